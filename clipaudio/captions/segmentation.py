"""Words into cues: which units share a cue, and which a line.

Conventions
-----------
Times are seconds, float64. A cue is half-open, [start, end), from its first sound to its last. The text is the
original one with its punctuation; only white space is collapsed. Cues are in order.

The cut is the best of all: dynamic programming over every place where a cue may end, each cue costing what
`cue_costs` says, with the best of all its layouts. Only limits forbid: a silence of `Profile.pause` always ends a
cue, a line is no wider than it may be and a cue no longer, unless a single unit is.
"""

from __future__ import annotations

from itertools import starmap
from operator import add
from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.captions.break_units import find_units
from clipaudio.captions.cost_model import cue_costs
from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.cue_table import tabulate, windows
from clipaudio.captions.layout import Layout
from clipaudio.timing.intervals import list_run_rows, span_runs

if TYPE_CHECKING:
    from clipaudio.captions.break_units import Units
    from clipaudio.captions.cue_table import CueTable
    from clipaudio.captions.profiles import Profile
    from clipaudio.timing.timeline import Index, Spans, Timeline, Times

__all__ = ["cheapest_cuts", "cut_cues"]

_CELLS: Final = 1 << 15  # of the table of costs that is held at once: what a core has room for beside it


def cut_cues(
    graphemes: Timeline,
    words: Spans,
    sentences: Spans,
    *,
    profile: Profile,
    language: str = "en",
    label: str = "",
) -> tuple[Cue, ...]:
    """Cut a text with times into cues with lines.

    Parameters
    ----------
    graphemes
        Every letter, space and mark with its time, tidy.
    words
        Spans over *graphemes*.
    sentences
        Spans over *words*; where there are none, full stops tell.
    profile
        Limits; those of *language* hold.
    language
        ISO 639-1 code or a tag such as "pt-BR": tells what leans on what, and how scripts without spaces break.
    label
        What stands before the text, such as the name of who speaks: it takes room in the first line, and is read.

    Returns
    -------
    tuple of Cue
        In order, with the times of their sound (`cue_timing` makes times on screen of them), lines and words. No
        text, no cues.

    Raises
    ------
    ExportError
        A time is not finite.

    Examples
    --------
    >>> from clipaudio.captions.profiles import find_profile
    >>> from clipaudio.timing.timeline import Spans, Timeline
    >>> letters = Timeline("Go. Now!", [[i / 2, (i + 1) / 2] for i in range(8)])
    >>> words = Spans(("Go", "Now"), [[0, 1], [2, 3.5]], [[0, 2], [4, 7]])
    >>> sentences = Spans(("Go.", "Now!"), words.times, [[0, 1], [1, 2]])
    >>> for cue in cut_cues(letters, words, sentences, profile=find_profile("netflix")):
    ...     print(cue.start, cue.end, cue.lines, cue.words)
    0.0 1.0 ('Go.',) (CueWord(line=0, first=0, stop=2, start=0.0, end=1.0),)
    2.0 3.5 ('Now!',) (CueWord(line=0, first=0, stop=3, start=2.0, end=3.5),)
    """
    profile = profile.for_language(language)
    units = find_units(graphemes, words, sentences, language=language, wide=profile.wide, max_chars=profile.max_chars)
    if not len(units):
        return ()
    table = tabulate(units, profile=profile, language=language, label=label)
    places = cheapest_cuts(table)
    lines = list(Layout(table).lines(places))
    return _assemble(units, graphemes, words, lines)


def cheapest_cuts(table: CueTable, *, cells: int = _CELLS) -> list[int]:
    """Give the places around the cues that cost least together, both edges included; shorter first at a tie.

    No more than about *cells* costs are held at once; the result does not depend on it.
    """
    if table.profile.max_chars is None:
        return _whole_sentences(table, cells)
    return _cheapest(table, *windows(table), cells=cells)


def _cheapest(table: CueTable, line: Index, cue: Index, *, cells: int) -> list[int]:
    """Decide from the end of the text to its start, a stretch at a time; *line* and *cue* tell what they may hold."""
    count = table.count
    best = [0] * (count + 1)
    length = [0] * count
    cues = cue.tolist()
    stop = count
    while stop:
        first = max(stop - max(cells // int(cue[max(stop - 1024, 0) : stop].max()), 64), 0)
        span = int(cue[first:stop].max())
        width = int(line[first : min(stop + (table.max_lines - 1) * span, count)].max())
        rows = cue_costs(table, first, stop, width, span).tolist()
        for i in range(stop - 1, first - 1, -1):
            sums = list(map(add, rows[i - first], best[i + 1 : i + 1 + cues[i]]))
            least = min(sums)
            best[i], length[i] = least, sums.index(least) + 1
        stop = first
    places = [0]
    while places[-1] < count:
        places.append(places[-1] + length[places[-1]])
    return places


def _whole_sentences(table: CueTable, cells: int) -> list[int]:
    """Keep what lies between sentence ends and silences whole where the other limits allow."""
    forced = table.forced
    first, stop = forced[:-1], forced[1:]
    whole = (table.finish[stop - 1] - table.begin[first]) <= table.profile.max_duration * 1e6
    if table.profile.max_words is not None:
        whole &= table.words[stop] - table.words[first] <= table.profile.max_words
    if whole.all():
        return [int(place) for place in forced]
    cuts = np.asarray(_cheapest(table, *windows(table), cells=cells))
    inside = np.repeat(whole, stop - first)  # units of the sentences that stay whole
    starts = np.zeros(table.count, bool)
    starts[cuts[:-1]] = True
    starts &= ~inside
    starts[first] = True
    return [*np.flatnonzero(starts).tolist(), table.count]


def _assemble(units: Units, graphemes: Timeline, words: Spans, cues: list[tuple[int, ...]]) -> tuple[Cue, ...]:
    """Make cues of the places between which their lines stand."""
    firsts = np.array([cue[0] for cue in cues], np.intp)
    lasts = np.array([cue[-1] for cue in cues], np.intp) - 1
    counts = [len(cue) - 1 for cue in cues]
    line_units = np.array([place for cue in cues for place in cue[:-1]], np.intp)
    line_first = units.first[line_units]
    line_stop = units.stop[np.concatenate((line_units[1:], [len(units)])) - 1]
    texts = [units.text[a:b] for a, b in zip(line_first.tolist(), line_stop.tolist(), strict=True)]
    spoken, bounds = _cue_words(units, graphemes, words, line_first, line_stop, counts)
    starts, ends = _speech(units, firsts, lasts)
    made = []
    line = 0
    for number, count in enumerate(counts):
        here = tuple(spoken[bounds[line] : bounds[line + count]])
        made.append(Cue(starts[number], ends[number], tuple(texts[line : line + count]), here))
        line += count
    return tuple(made)


def _speech(units: Units, firsts: Index, lasts: Index) -> tuple[list[float], list[float]]:
    """Give first and last sound of each cue; of one without any, the time of its marks."""
    starts, ends = units.times[firsts, 0], units.times[lasts, 1]
    spoken = units.has_words.nonzero()[0]
    left, right = spoken.searchsorted(firsts), spoken.searchsorted(lasts, side="right")
    speaks = right > left
    latest = np.maximum.accumulate(units.times[spoken, 1]) if len(spoken) else ends
    starts[speaks] = units.times[spoken[left[speaks]], 0]
    ends[speaks] = latest[right[speaks] - 1]
    return starts.tolist(), np.maximum(starts, ends).tolist()


def _cue_words(
    units: Units, graphemes: Timeline, words: Spans, line_first: Index, line_stop: Index, counts: list[int]
) -> tuple[list[CueWord], list[int]]:
    """Give all words, cut where lines part them, and with which of them each line begins."""
    first, stop, times = _parts(units, graphemes, words, line_first, line_stop)
    row = line_first.searchsorted(first, side="right") - 1
    numbers = np.array([line for count in counts for line in range(count)], np.intp)
    columns = (numbers[row], first - line_first[row], stop - line_first[row], times[:, 0], times[:, 1])
    bounds = row.searchsorted(np.arange(len(line_first) + 1))
    return list(starmap(CueWord, zip(*(column.tolist() for column in columns), strict=True))), bounds.tolist()


def _parts(
    units: Units, graphemes: Timeline, words: Spans, line_first: Index, line_stop: Index
) -> tuple[Index, Index, Times]:
    """Give characters and times of the words; one that several lines hold is cut, each part with its letters' time."""
    kept = units.word_runs[:, 0] < units.word_runs[:, 1]
    first, stop = units.word_runs[kept].T
    times = words.times[kept]
    top, bottom = (line_first.searchsorted(place, side="right") - 1 for place in (first, stop - 1))
    if not (bottom > top).any():
        return first, stop, times
    count = bottom - top + 1
    word = np.repeat(np.arange(len(first)), count)
    line = list_run_rows(top, count)
    torn = count[word] > 1
    first, stop = np.maximum(first[word], line_first[line]), np.minimum(stop[word], line_stop[line])
    times = times[word]
    runs = np.column_stack((units.rows[first[torn]], units.rows[stop[torn] - 1] + 1))
    times[torn] = span_runs(graphemes.times, runs)
    return first, stop, times
