"""Units into what every possible cue costs, in whole numbers, for many cues at once.

Conventions
-----------
A cue holds units i to j (half-open). Costs are whole numbers, `SCALE` to one: sums are exact and equal costs are
equal on every machine. Times are whole microseconds. `IMPOSSIBLE`, or near it, stands for a cue that keeps no limit.

What a cue costs
----------------
    CUE
    + CUE_SHARE of how bad the break at its end is, less PAUSE_BONUS a second of silence there
    + its layout: for each line but the last LINE, LINE_SHARE of how bad the break is, and RAGGED times the squared
      difference of its width and the mean width of the lines below, ten columns being one; EXTRA_LINE for a line
      more than needed, unless sentences part there
    + what it holds inside: silence, ends of sentences, most of all when it holds no whole sentences
    + SHORT for few columns, BRIEF for less time than it must stay, HASTY for more text than can be read
A sentence in the middle of a line costs INNER_SENTENCE, one a line PARTED_SENTENCE.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from clipaudio.captions.break_quality import break_quality, sentence_starts
from clipaudio.captions.break_units import measure_width
from clipaudio.captions.limits import spaced_words
from clipaudio.captions.scripts import Joint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.captions.break_units import Units
    from clipaudio.captions.profiles import Profile

    Whole = NDArray[np.int64]
    Costs = NDArray[np.int32]

__all__ = ["IMPOSSIBLE", "SCALE", "CueTable", "cue_costs", "line_costs", "tabulate", "windows"]

RAGGED: Final = 1 / 5
SCALE: Final = round(100 / RAGGED)  # so that a squared difference of columns is its own cost
IMPOSSIBLE: Final = 1 << 28

CUE: Final = 3.8
CUE_SHARE: Final = 1.1
LINE: Final = 0.6
LINE_SHARE: Final = 0.9
EXTRA_LINE: Final = 3.0
INNER_SENTENCE: Final = 6.0
PARTED_SENTENCE: Final = 3.0
TORN_SENTENCE: Final = 15.0
SHORT: Final = 1.5
SHORT_COLUMNS: Final = 16
WHOLE_SHARE: Final = 0.3  # of SHORT, for whole sentences
BRIEF: Final = 6.0
HASTY: Final = 3.0
PAUSE_BONUS: Final = 10.0
PAUSE_FREE: Final = 0.08  # seconds between words that are no pause
PAUSE_LEAST, PAUSE_MOST = -0.5, 6.0
LINE_PAUSE_SHARE: Final = 0.5
INNER_PAUSE: Final = 6.0
INNER_PAUSE_FREE: Final = 0.15

MOST_UNITS: Final = 256  # of a cue, so that a limit of columns that is none costs no square of time
_LEAST_TIME: Final = 100  # microseconds
_ROUNDING: Final = 2  # microseconds
_WIDEST: Final = 30_000  # columns of a cue: their square is still a cost
_LONGEST_HOLD: Final = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class CueTable:
    """All that the cost of a cue is made of, as arrays over n units or the n + 1 places around them.

    Attributes
    ----------
    count
        n.
    ends, leads
        Columns until place b; columns before the first column of unit i: units i to j take `ends[j] - leads[i]`.
    line_end, cue_end
        Cost of a line or cue that ends at place b.
    inside
        Sum of what the places up to b cost inside a cue.
    opened
        How many sentences start at the places up to b; `starts` tells whether one does at b.
    cuts
        How many places up to b always end a cue.
    begin, finish
        Microseconds: first sound from unit i on, last sound up to unit i.
    next_begin
        Microseconds: first sound after place b; far away at the end.
    words
        Spoken units before place b, less those of the label, which is read with the first.
    """

    count: int
    profile: Profile
    max_chars: int
    max_lines: int
    ends: Costs
    leads: Costs
    line_end: Costs
    cue_end: Costs
    inside: Whole
    opened: Whole
    starts: NDArray[np.bool_]
    cuts: Whole
    begin: Whole
    finish: Whole
    next_begin: Whole
    words: Whole

    @property
    def forced(self) -> NDArray[np.intp]:
        """The places that always end a cue, both edges of the text included."""
        forced = self.cuts[: self.count + 1].copy()
        forced[1:] -= self.cuts[: self.count]
        return forced.nonzero()[0]


def tabulate(units: Units, *, profile: Profile, language: str, label: str = "") -> CueTable:
    """Make the table of *units* for a *profile* that holds for the language; *label* stands before them."""
    count = len(units)
    begin, finish = _sounds(units)
    gaps = np.zeros(count + 1, np.int64)
    gaps[1:-1] = begin[1:] - finish[:-1]
    opens = sentence_starts(units, language=language)
    starts = np.concatenate((opens, [True]))
    quality = break_quality(units, opens, language=language)
    cuts = _forced(gaps, opens, units.has_words, profile)
    if profile.max_chars is None:
        cuts |= starts
    max_lines = min(profile.max_lines, max(count, 1))
    max_chars = min(profile.max_chars or _WIDEST, max(_WIDEST // max_lines, 1))
    bonus, inner = _pauses(gaps) if profile.max_chars is not None else np.zeros((2, count + 1))
    parts = starts.copy()
    parts[0] = parts[-1] = False
    relief = (PARTED_SENTENCE - INNER_SENTENCE) * parts
    spaced = units.spaced
    ends = np.concatenate(([0], (np.minimum(units.widths, max_chars) + spaced).cumsum())).astype(np.int32)
    leads = ends[:-1] + spaced
    leads[:1] -= min(measure_width(label, wide=profile.wide), max_chars)
    spoken = units.has_words if units.has_words.any() else np.ones(count, bool)
    return CueTable(
        count=count,
        profile=profile,
        max_chars=max_chars,
        max_lines=max_lines,
        ends=ends,
        leads=leads,
        line_end=_whole(LINE_SHARE * quality + relief - LINE_PAUSE_SHARE * bonus).astype(np.int32),
        cue_end=_whole(CUE_SHARE * quality - bonus).astype(np.int32),
        inside=np.minimum(_whole(inner + INNER_SENTENCE * parts), IMPOSSIBLE).cumsum(),
        opened=parts.cumsum(),
        starts=starts,
        cuts=cuts.cumsum(),
        begin=begin,
        finish=finish,
        next_begin=np.concatenate((begin, [1 << 60])),
        words=np.concatenate(([-spaced_words(label)], (spoken & (units.joints != _HYPHEN)).cumsum())),
    )


def _pauses(gaps: Whole) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give what the silence at each place takes off a cue that ends there, and adds to one that holds it."""
    seconds = gaps / 1e6
    bonus = np.minimum(np.maximum(PAUSE_BONUS * (seconds - PAUSE_FREE), PAUSE_LEAST), PAUSE_MOST)
    inner = INNER_PAUSE * np.maximum(seconds - INNER_PAUSE_FREE, 0.0)
    bonus[0] = bonus[-1] = inner[0] = inner[-1] = 0.0
    return bonus, inner


def windows(table: CueTable) -> tuple[Whole, Whole]:
    """Give, for each unit, how many units a line and a cue that start with it may hold: 1 to `MOST_UNITS`."""
    rows = np.arange(table.count)
    line = table.ends.searchsorted(table.leads + table.max_chars, side="right") - 1 - rows
    room = table.max_lines * (table.max_chars + 1) - 1
    cue = table.ends.searchsorted(table.leads + room, side="right") - 1 - rows
    cue = np.minimum(cue, _next(table.forced, rows) - rows)
    if table.profile.max_words is not None:
        most = table.words.searchsorted(table.words[:-1] + table.profile.max_words, side="right") - 1
        cue = np.minimum(cue, most - rows)
    if table.profile.max_duration < inf:
        latest = table.begin + int(table.profile.max_duration * 1e6) + _ROUNDING
        cue = np.minimum(cue, table.finish.searchsorted(latest, side="right") - rows)
    cue = np.minimum(np.maximum(cue, 1), MOST_UNITS)
    return np.minimum(np.maximum(line, 1), cue), cue


def _next(forced: NDArray[np.intp], rows: NDArray[np.intp]) -> NDArray[np.intp]:
    following: NDArray[np.intp] = forced[forced.searchsorted(rows, side="right")]
    return following


def line_costs(table: CueTable, first: int, stop: int, line: int, span: int) -> list[Costs]:
    """Give what the best layout costs of a cue that starts with one of the units *first* to *stop*.

    Parameters
    ----------
    first, stop
        Units with which the cues start.
    line, span
        The most units of a line and of a cue.

    Returns
    -------
    list
        `[m - 1][d]`: int32, shape (stop - first,): the cue of d units on m lines; more units fit on no m lines.
    """
    rows = stop - first
    reach = np.minimum(np.arange(first, stop + (table.max_lines - 1) * line + span + 1), table.count)
    ends, line_end = table.ends[reach], table.line_end[reach]
    leads = table.leads[np.minimum(reach, table.count - 1)]
    height = rows + (table.max_lines - 1) * line
    units = min(line, span)
    single = np.full((units + 1, height), IMPOSSIBLE, np.int32)
    single[1:][_ahead(ends, 1, units, height) - leads[:height] <= table.max_chars] = 0
    single[1] = 0
    levels = [single]
    for more in range(1, table.max_lines):
        height -= line
        below = levels[-1]
        level = np.full((min(span, line * (more + 1)) + 1, height), IMPOSSIBLE, np.int32)
        for a in range(1, min(line, len(level) - 2) + 1):
            upper = ends[a : a + height] - leads[:height]
            head = line_end[a : a + height] + levels[0][a, :height] + _LINE
            base = more * upper + leads[a : a + height] + 1  # 1: at a tie the upper line is the shorter
            lower = min(len(below), len(level) - a)
            cost = base - _ahead(ends, a + 1, lower - 1, height)
            np.multiply(cost, cost, out=cost)
            if more > 1:
                np.floor_divide(cost, more * more, out=cost)
            cost += head
            cost += below[1:lower, a : a + height]
            both = level[a + 1 : a + lower]
            np.minimum(both, cost, out=both)
        levels.append(level)
    return [level[:, :rows] for level in levels]


def _ahead(values: NDArray[Any], first: int, count: int, rows: int) -> NDArray[Any]:
    """Give the values *first* and more places ahead of each of so many *rows*, one row a place; nothing is copied."""
    step = values.itemsize
    return np.ndarray((count, rows), values.dtype, values, first * step, (step, step))


def cue_costs(table: CueTable, first: int, stop: int, line: int, span: int) -> Costs:
    """Give what each cue costs that starts with one of the units *first* to *stop*, its end included.

    Returns
    -------
    numpy.ndarray
        int32, shape (stop - first, span): column d - 1 is the cue of d units.
    """
    rows = stop - first
    cues = _measure(table, first, rows, span)
    cost = np.full((span, rows), IMPOSSIBLE, np.int64)
    fits_before = np.zeros((span, rows), bool)
    for level in line_costs(table, first, stop, line, span):
        layout, units = level[1:], len(level) - 1
        extra = np.where(fits_before[:units] & (cues.parted[:units] == 0), _EXTRA_LINE, 0)
        np.minimum(cost[:units], layout + extra, out=cost[:units])
        fits_before[:units] |= layout < IMPOSSIBLE // 2  # a good line end may have taken something off
    cost += cues.edges
    cost += np.where((cues.parted > 0) & ~cues.whole, _TORN, 0)
    if table.profile.max_chars is not None:
        cost += _SHORT_BY_COLUMNS[cues.whole.view(np.int8), np.minimum(cues.columns, SHORT_COLUMNS)]
        cost += _time_costs(table.profile, cues)
    cost[cues.illegal] = IMPOSSIBLE
    return np.minimum(cost, IMPOSSIBLE).astype(np.int32).T


class _Cues(NamedTuple):
    """What cues measure: arrays of shape (span, rows), row d - 1 the cues of d units.

    `parted` counts the sentences that start inside, `whole` tells whether it holds whole ones alone, `illegal` whether
    it keeps no limit or no text is left for it. `stays` and `duration` are microseconds; `edges` is what the cue costs
    for itself, its end and its inside.
    """

    parted: Whole
    whole: NDArray[np.bool_]
    columns: Costs
    words: Whole
    stays: Whole
    edges: Whole
    illegal: NDArray[np.bool_]


def _measure(table: CueTable, first: int, rows: int, span: int) -> _Cues:
    """Measure all cues of up to *span* units that start with one of *rows* units from *first* on."""
    profile = table.profile
    here = slice(first, first + rows)
    reach = np.arange(first + 1, first + rows + span)  # the places at which they end
    past = reach > table.count
    place = np.minimum(reach, table.count)
    at = (table.ends, table.cue_end, table.next_begin, table.words, table.starts)
    ends, cue_end, next_begin, words, starts = (_ahead(array[place], 0, span, rows) for array in at)
    unit = place - 1
    up_to = (table.opened[unit], table.inside[unit], table.finish[unit], table.cuts[unit] + past)
    opened, inside, finish, cuts = (_ahead(array, 0, span, rows) for array in up_to)
    begin = table.begin[here]
    duration, spoken = finish - begin, words - table.words[here]
    too_much = duration > profile.max_duration * 1e6 + _ROUNDING
    if profile.max_words is not None:
        too_much |= spoken > profile.max_words
    too_much[0] = False  # a single unit is shown whatever its length
    hold = int(min(profile.hold, _LONGEST_HOLD) * 1e6)
    return _Cues(
        parted=opened - table.opened[here],
        whole=starts & table.starts[here],
        columns=ends - table.leads[here],
        words=spoken,
        stays=np.minimum(duration + hold, next_begin - begin),
        edges=_CUE + cue_end + inside - table.inside[here],
        illegal=too_much | (cuts > table.cuts[here]),
    )


def _time_costs(profile: Profile, cues: _Cues) -> Whole:
    """Give what it costs that there is less time than the cue needs, as long as it can stay."""
    seconds = np.maximum(cues.stays, _LEAST_TIME) / 1e6
    needed = np.maximum(cues.columns / profile.reading_speed, cues.words * profile.seconds_per_word)
    cost = HASTY * np.clip(needed / seconds - 1.0, 0.0, 1.0)
    if profile.min_duration > 0:
        cost += BRIEF * np.maximum(1.0 - seconds / profile.min_duration, 0.0)
    return _whole(cost)


def _sounds(units: Units) -> tuple[Whole, Whole]:
    """Give the first sound from each unit on and the last up to each, microseconds; silent units have none."""
    times = np.rint(units.times * 1e6).astype(np.int64)
    count = len(units)
    spoken = np.flatnonzero(units.has_words)
    rows = np.arange(count)
    following = np.searchsorted(spoken, rows)
    begin = times[:, 0].copy()
    inside = following < len(spoken)
    begin[inside] = times[spoken[following[inside]], 0]
    earlier = np.searchsorted(spoken, rows, side="right") - 1
    finish = times[:, 1].copy()
    inside = earlier >= 0
    finish[inside] = times[spoken[earlier[inside]], 1]
    return begin, np.maximum.accumulate(finish) if count else finish


def _forced(gaps: Whole, opens: NDArray[np.bool_], has_words: NDArray[np.bool_], profile: Profile) -> NDArray[np.bool_]:
    """Tell which places always end a cue: long silences. A lone mark stays before it, unless it opens a sentence."""
    count = len(opens)
    forced = np.zeros(count + 1, bool)
    silent = (gaps[:-1] > 0) & (gaps[:-1] >= profile.pause * 1e6 - _ROUNDING)
    forced[:-1] = silent & has_words
    for row in (forced[1:-1] & ~has_words[:-1]).nonzero()[0].tolist():  # before unit row + 1 stands a lone mark
        first = row
        while first and not has_words[first - 1]:
            first -= 1
        opening = [unit for unit in range(max(first, 1), row + 1) if opens[unit] and silent[unit]]
        if opening:
            forced[row + 1], forced[opening[0]] = False, True
    forced[0] = forced[-1] = True
    return forced


def _whole(cost: NDArray[np.float64]) -> Whole:
    return np.rint(cost * SCALE).astype(np.int64)


_HYPHEN: Final = int(Joint.HYPHEN)
_CUE: Final = round(CUE * SCALE)
_LINE: Final = np.int32(LINE * SCALE)
_EXTRA_LINE: Final = round(EXTRA_LINE * SCALE)
_TORN: Final = round(TORN_SENTENCE * SCALE)
_SHORT_BY_COLUMNS: Final = _whole(np.outer([1.0, WHOLE_SHARE], SHORT * np.arange(SHORT_COLUMNS, -1, -1) ** 2 / 100))
