"""Cut text into cues: which units share a cue, and which a line.

Conventions
-----------
Times are seconds, float64. A cue is half-open, [start, end), from its first sound to its last. The text is the original
with its punctuation; only white space is collapsed. Cues are ascending.

The result is the cheapest of all cuts, by dynamic programming over every place where a cue may end; `cost_model` prices
each cue with the best of its layouts. Limits are hard: a silence of `Profile.pause` always ends a cue, and no line is
wider and no cue longer than allowed, unless a single unit is.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise, starmap
from operator import add
from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.captions.break_units import TextLevels, find_units_together
from clipaudio.captions.cost_model import price_cues
from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.layout import Layout
from clipaudio.captions.tabulation import find_windows, tabulate
from clipaudio.timing.intervals import list_run_rows, rise_within, span_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.captions.break_units import Units
    from clipaudio.captions.cue_table import CueTable
    from clipaudio.captions.profiles import Profile
    from clipaudio.timing.timeline import Index, Spans, Timeline, Times

__all__ = ["cut_cues", "cut_texts", "find_cheapest_cuts"]

_CELLS: Final = 1 << 15  # of the table of costs held at once: it fits the cache of a core


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
        Tidy graphemes, including spaces and marks.
    words
        Spans over *graphemes*.
    sentences
        Spans over *words*; if empty, full stops decide.
    profile
        Limits; those of *language* apply.
    language
        Language tag (`pt`, `pt-BR`), for breaks between words and in scripts without spaces.
    label
        Text before the first line, such as the name of the speaker: it takes room and reading time.

    Returns
    -------
    tuple of Cue
        Ascending, with the times of their sound (`cue_timing` computes times on screen), lines and words. Empty without
        text.

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
    return cut_texts([TextLevels(graphemes, words, sentences)], profile=profile, language=language, label=label)[0]


def cut_texts(
    texts: Sequence[TextLevels], *, profile: Profile, language: str = "en", label: str = ""
) -> list[tuple[Cue, ...]]:
    """Cut each of *texts* into cues, as `cut_cues` does; many short ones take less time together than one by one."""
    limits = profile.for_language(language)
    cues: list[tuple[Cue, ...]] = [()] * len(texts)
    spoken = [row for row, text in enumerate(texts) if text.graphemes.text.strip()]
    for has_sentences in (True, False):
        rows = [row for row in spoken if bool(len(texts[row].sentences)) == has_sentences]
        if rows:
            for row, own in zip(rows, _cut_texts([texts[row] for row in rows], limits, language, label), strict=True):
                cues[row] = own
    return cues


def _cut_texts(texts: Sequence[TextLevels], profile: Profile, language: str, label: str) -> list[tuple[Cue, ...]]:
    """Cut texts that have units, laid end to end."""
    units = find_units_together(texts, language=language, wide=profile.wide_columns, max_chars=profile.line_columns)
    table = tabulate(units, profile=profile, language=language, label=label)
    lines = list(Layout(table).lines(find_cheapest_cuts(table)))
    letters = np.concatenate([text.graphemes.times for text in texts])
    words = np.concatenate([text.words.times for text in texts])
    cues = _assemble(units, letters, words, lines)
    places = [bisect_left(lines, (first,)) for first in units.bounds.tolist()]
    return [cues[first:stop] for first, stop in pairwise(places)]


def find_cheapest_cuts(table: CueTable, *, cells: int = _CELLS) -> list[int]:
    """Return the places around the cheapest cues, including both edges; at a tie the first cue is shorter.

    No more than about *cells* costs are held at once; the result does not depend on it.
    """
    if table.profile.max_chars is None:
        return _whole_sentences(table, cells)
    return _cheapest(table, *find_windows(table), cells=cells)


def _cheapest(table: CueTable, line: Index, cue: Index, *, cells: int) -> list[int]:
    """Decide from the end of the text to its start, in blocks; *line* and *cue* are the most units of each."""
    count = table.count
    best = [0] * (count + 1)
    length = [0] * count
    cues = cue.tolist()
    stop = count
    while stop:
        first = max(stop - max(cells // int(cue[max(stop - 1024, 0) : stop].max()), 64), 0)
        span = int(cue[first:stop].max())
        width = int(line[first : min(stop + (table.max_lines - 1) * span, count)].max())
        rows = price_cues(table, first, stop, width, span).tolist()
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
    """Keep text between sentence ends and silences whole if the other limits allow."""
    forced = table.forced
    first, stop = forced[:-1], forced[1:]
    whole = (table.finish[stop - 1] - table.begin[first]) <= table.profile.max_duration * 1e6
    if table.profile.max_words is not None:
        whole &= table.words[stop] - table.lead_words[first] <= table.profile.max_words
    if whole.all():
        return [int(place) for place in forced]
    cuts = np.asarray(_cheapest(table, *find_windows(table), cells=cells))
    inside = np.repeat(whole, stop - first)  # units of the sentences that stay whole
    starts = np.zeros(table.count, bool)
    starts[cuts[:-1]] = True
    starts &= ~inside
    starts[first] = True
    return [*np.flatnonzero(starts).tolist(), table.count]


def _assemble(units: Units, graphemes: Times, words: Times, cues: list[tuple[int, ...]]) -> tuple[Cue, ...]:
    """Make cues of the places around their lines."""
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
    """Return first and last sound of each cue, or the time of its marks."""
    starts, ends = units.times[firsts, 0], units.times[lasts, 1]
    spoken = units.has_words.nonzero()[0]
    left, right = spoken.searchsorted(firsts), spoken.searchsorted(lasts, side="right")
    speaks = right > left
    latest = rise_within(units.times[spoken, 1], spoken.searchsorted(units.bounds))
    starts[speaks] = units.times[spoken[left[speaks]], 0]
    ends[speaks] = latest[right[speaks] - 1]
    return starts.tolist(), np.maximum(starts, ends).tolist()


def _cue_words(
    units: Units, graphemes: Times, words: Times, line_first: Index, line_stop: Index, counts: list[int]
) -> tuple[list[CueWord], list[int]]:
    """Return all words, cut at line breaks, and the first word of each line."""
    first, stop, times = _parts(units, graphemes, words, line_first, line_stop)
    row = line_first.searchsorted(first, side="right") - 1
    numbers = np.array([line for count in counts for line in range(count)], np.intp)
    columns = (numbers[row], first - line_first[row], stop - line_first[row], times[:, 0], times[:, 1])
    bounds = row.searchsorted(np.arange(len(line_first) + 1))
    return list(starmap(CueWord, zip(*(column.tolist() for column in columns), strict=True))), bounds.tolist()


def _parts(
    units: Units, graphemes: Times, words: Times, line_first: Index, line_stop: Index
) -> tuple[Index, Index, Times]:
    """Return characters and times of the words; a word on several lines is cut, each part with its own time."""
    kept = units.word_runs[:, 0] < units.word_runs[:, 1]
    first, stop = units.word_runs[kept].T
    times = words[kept]
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
    times[torn] = span_runs(graphemes, runs)
    return first, stop, times
