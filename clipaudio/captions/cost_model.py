"""Price cues: what a cue costs, in whole numbers, for many cues at once.

What a cue costs
----------------
    cue      CUE for each cue
    end      CUE_SHARE times the quality of the break at its end, less PAUSE_BONUS per second of silence there
    layout   for each line but the last: LINE, LINE_SHARE times the quality of its break, TORN_SHARE times what that is
             above TORN, and RAGGED times the squared difference between its width and the mean width of the lines
             below, per ten columns; no cue has a line more than it needs
    inside   INNER_PAUSE per second of silence, INNER_SENTENCE per sentence that starts in the middle of a line
             (PARTED_SENTENCE at a line break)
    torn     TORN_SENTENCE if sentences part inside but the cue does not hold whole ones only
    short    SHORT for few columns, a share of it for whole sentences
    time     BRIEF for less time than the cue must stay, HASTY for more text than can be read in it

The weights are rounded from captions that people made (docs/design.md); those of silence are set by hand, for such
captions do not tell how long a speaker paused.

The quality of a break is that of `break_quality`: 0 is best. `price_terms` is the only statement of the terms,
`price_line` the only one of the layout; `explanation` prints both.

Conventions
-----------
A cue holds units i to j (half-open). Costs are whole numbers, `SCALE` to one: sums are exact and equal costs are
equal on every machine. Times are whole microseconds. `IMPOSSIBLE`, or near it, marks a cue that breaks a limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.captions.cue_table import Costs, CueTable, Whole
    from clipaudio.captions.profiles import Profile
    from clipaudio.timing.timeline import Index


__all__ = [
    "IMPOSSIBLE",
    "LINE_PRICE",
    "ROUNDING",
    "SCALE",
    "Cues",
    "measure_cue",
    "price_cue_ends",
    "price_cues",
    "price_inner_places",
    "price_line",
    "price_line_ends",
    "price_lines",
    "price_terms",
    "rate_pauses",
]

RAGGED: Final = 1 / 5
SCALE: Final = round(100 / RAGGED)  # a squared difference of columns is its own cost
IMPOSSIBLE: Final = 1 << 28

CUE: Final = 1.5
CUE_SHARE: Final = 2.0
LINE: Final = 0.2
LINE_SHARE: Final = 0.4
TORN: Final = 8.0  # quality from which on words belong together
TORN_SHARE: Final = 0.4
INNER_SENTENCE: Final = 5.0
PARTED_SENTENCE: Final = 4.0
TORN_SENTENCE: Final = 15.0
SHORT: Final = 3.0
SHORT_COLUMNS: Final = 24
WHOLE_SHARE: Final = 0.2  # of SHORT, for whole sentences
BRIEF: Final = 6.0
HASTY: Final = 3.0
PAUSE_BONUS: Final = 12.0
PAUSE_FREE: Final = 0.08  # seconds between words that are no pause
PAUSE_LEAST, PAUSE_MOST = -0.5, 8.0
LINE_PAUSE_SHARE: Final = 0.2
INNER_PAUSE: Final = 6.0
INNER_PAUSE_FREE: Final = 0.15

_LEAST_TIME: Final = 100  # microseconds
ROUNDING: Final = 2  # microseconds
_LONGEST_HOLD: Final = 10.0


def price_lines(table: CueTable, first: int, stop: int, line: int, span: int) -> list[Costs]:
    """Return the cost of the best layout of each cue that starts with one of the units *first* to *stop*.

    Parameters
    ----------
    first, stop
        Units with which the cues start.
    line, span
        The most units of a line and of a cue.

    Returns
    -------
    list
        `[m - 1][d]`: int32, shape (stop - first,): the cue of d units on m lines, as far as m lines reach.
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
            head = line_end[a : a + height] + levels[0][a, :height] + np.int32(LINE_PRICE)
            base = more * upper + leads[a : a + height] + 1  # 1: of two equal layouts, that with the shorter upper line
            lower = min(len(below), len(level) - a)
            cost = base - _ahead(ends, a + 1, lower - 1, height)
            price_line(cost, more, head)
            cost += below[1:lower, a : a + height]
            both = level[a + 1 : a + lower]
            np.minimum(both, cost, out=both)
        levels.append(level)
    return [level[:, :rows] for level in levels]


def _ahead(values: NDArray[Any], first: int, count: int, rows: int) -> NDArray[Any]:
    """Return a view of the values *first* and more places ahead of each of *rows* rows, one row per place."""
    step = values.itemsize
    return np.ndarray((count, rows), values.dtype, values, first * step, (step, step))


def price_cues(table: CueTable, first: int, stop: int, line: int, span: int) -> Costs:
    """Return the cost of each cue that starts with one of the units *first* to *stop*, including its end.

    Returns
    -------
    numpy.ndarray
        int32, shape (stop - first, span): column d - 1 is the cue of d units.
    """
    rows = stop - first
    cues = _measure(table, first, rows, span)
    cost = np.full((span, rows), IMPOSSIBLE, np.int64)
    fits_before = np.zeros((span, rows), bool)
    for level in price_lines(table, first, stop, line, span):
        layout, units = level[1:], len(level) - 1
        np.copyto(cost[:units], layout, where=~fits_before[:units])
        fits_before[:units] |= layout < IMPOSSIBLE // 2  # a good line end may reduce the cost
    for term in price_terms(table.profile, cues).values():
        cost += term
    cost[cues.illegal] = IMPOSSIBLE
    return np.minimum(cost, IMPOSSIBLE).astype(np.int32).T


def price_terms(profile: Profile, cues: Cues) -> dict[str, Whole]:
    """Return every term of the cost of *cues* but the layout, by name."""
    terms = {
        "cue": np.asarray(_CUE),
        "end": cues.end,
        "inside": cues.inside,
        "torn": np.where((cues.parted > 0) & ~cues.whole, _TORN, 0),
    }
    if profile.max_chars is None:
        return terms
    seconds = np.maximum(cues.stays, _LEAST_TIME) / 1e6
    needed = np.maximum(
        cues.columns / (profile.reading_speed * profile.char_columns), cues.words * profile.seconds_per_word
    )
    terms["short"] = _SHORT_BY_COLUMNS[cues.whole.view(np.int8), np.minimum(cues.columns, SHORT_COLUMNS)]
    hasty = HASTY * np.clip(needed / seconds - 1.0, 0.0, 1.0)
    if profile.min_duration > 0:
        hasty += BRIEF * np.maximum(1.0 - seconds / profile.min_duration, 0.0)
    terms["time"] = _whole(hasty)
    return terms


def measure_cue(table: CueTable, first: int, stop: int) -> Cues:
    """Measure the one cue of units *first* to *stop*."""
    values: list[Any] = [array[-1:] for array in _measure(table, first, 1, stop - first)]
    return Cues(*values)


def price_line(uneven: Any, below: int, head: Any) -> Any:  # noqa: ANN401 - whole numbers, or arrays of them
    """Return *head* and the price of a ragged line above *below* more; changes *uneven* in place if it is an array.

    *uneven* is the width of the line times *below*, less the width of the lines below.
    """
    uneven *= uneven
    if below > 1:
        uneven //= below * below
    uneven += head
    return uneven


def rate_pauses(seconds: NDArray[np.float64], bounds: Index, *, has_limit: bool) -> NDArray[np.float64]:
    """Return what the silence at each place takes off a cue that ends there; nothing at *bounds*, edges of texts."""
    bonus = np.minimum(np.maximum(PAUSE_BONUS * (seconds - PAUSE_FREE), PAUSE_LEAST), PAUSE_MOST)
    bonus[bounds] = 0.0
    return bonus if has_limit else np.zeros(len(seconds))


def price_line_ends(quality: NDArray[np.float64], bonus: NDArray[np.float64], parts: NDArray[np.bool_]) -> Costs:
    """Return the price of a line that ends at each place."""
    relief = (PARTED_SENTENCE - INNER_SENTENCE) * parts
    torn = TORN_SHARE * np.maximum(quality - TORN, 0.0)
    return _whole(LINE_SHARE * quality + torn + relief - LINE_PAUSE_SHARE * bonus).astype(np.int32)


def price_cue_ends(quality: NDArray[np.float64], bonus: NDArray[np.float64]) -> Costs:
    """Return the price of a cue that ends at each place."""
    return _whole(CUE_SHARE * quality - bonus).astype(np.int32)


def price_inner_places(seconds: NDArray[np.float64], parts: NDArray[np.bool_]) -> Whole:
    """Return the price of each place inside a cue: its silence, and a sentence that starts there."""
    inner = INNER_PAUSE * np.maximum(seconds - INNER_PAUSE_FREE, 0.0)
    return np.minimum(_whole(inner + INNER_SENTENCE * parts), IMPOSSIBLE)


class Cues(NamedTuple):
    """Measurements of cues: arrays of shape (span, rows), row d - 1 the cues of d units.

    `parted` counts the sentences that start inside, `whole` is whether the cue holds whole sentences only, `illegal`
    whether it breaks a limit or passes the end of the text. `stays` is in microseconds; `end` and `inside` are costs.
    """

    parted: Whole
    whole: NDArray[np.bool_]
    columns: Costs
    words: Whole
    stays: Whole
    end: Whole
    inside: Whole
    illegal: NDArray[np.bool_]


def _measure(table: CueTable, first: int, rows: int, span: int) -> Cues:
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
    duration, spoken = finish - begin, words - table.lead_words[here]
    too_much = duration > profile.max_duration * 1e6 + ROUNDING
    if profile.max_words is not None:
        too_much |= spoken > profile.max_words
    too_much[0] = False  # a single unit is shown whatever its length
    hold = int(min(profile.hold, _LONGEST_HOLD) * 1e6)
    return Cues(
        parted=opened - table.opened[here],
        whole=starts & table.starts[here],
        columns=ends - table.leads[here],
        words=spoken,
        stays=np.minimum(duration + hold, next_begin - begin),
        end=cue_end,
        inside=inside - table.inside[here],
        illegal=too_much | (cuts > table.cuts[here]),
    )


def _whole(cost: NDArray[np.float64]) -> Whole:
    return np.rint(cost * SCALE).astype(np.int64)


_CUE: Final = round(CUE * SCALE)
LINE_PRICE: Final = int(LINE * SCALE)
_TORN: Final = round(TORN_SENTENCE * SCALE)
_SHORT_BY_COLUMNS: Final = _whole(np.outer([1.0, WHOLE_SHARE], SHORT * np.arange(SHORT_COLUMNS, -1, -1) ** 2 / 100))
