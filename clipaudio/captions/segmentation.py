"""Words into cues: sentence ends, pauses, limits and good places decide where one cue ends.

Conventions
-----------
Times are seconds, float64. A cue is half-open, [start, end). The text is the original one with its
punctuation; only white space is collapsed. Cues are in order and never overlap.

Each stretch between sentence ends and long pauses is cut by dynamic programming: among all cuts that keep
the limits the cheapest is taken, where a cost stands for each cue, each weak break, and each cue too short
to be read.
"""

from __future__ import annotations

from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

from clipaudio.captions.cue import Cue
from clipaudio.captions.cue_timing import time_cues
from clipaudio.captions.line_breaking import break_cost, break_lines
from clipaudio.captions.profiles import Profile
from clipaudio.captions.units import Unit, find_units
from clipaudio.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clipaudio.timing.timeline import Spans, Timeline

__all__ = ["make_cues"]

_CUE_COST = 4.0
_SHORT = 16  # characters below which a cue looks lost


def make_cues(  # noqa: PLR0913 - each limit has a name of its own, all but the texts by keyword
    graphemes: Timeline,
    words: Spans,
    sentences: Spans,
    *,
    max_chars: int = 42,
    max_lines: int = 2,
    max_duration: float = 7.0,
    pause: float = 0.6,
    min_gap: float = 2 / 24,
    min_duration: float = 5 / 6,
    duration: float | None = None,
) -> tuple[Cue, ...]:
    """Cut a text with times into cues.

    Parameters
    ----------
    graphemes
        Every letter, space and mark with its time, tidy.
    words
        Spans over *graphemes*.
    sentences
        Spans over *words*; may be empty.
    max_chars, max_lines
        Room on screen, in graphemes. A longer word stays whole.
    max_duration, min_duration
        Seconds a cue stays, as far as the speech allows.
    pause
        A silence of so many seconds ends a cue.
    min_gap
        Seconds between cues, as far as there are so many.
    duration
        Seconds of audio: no cue is held beyond; None where that is not known.

    Returns
    -------
    tuple of Cue
        In order, disjoint, each with start < end. No text, no cues.

    Raises
    ------
    ExportError
        A limit is not positive, or *min_gap*, *min_duration* or *pause* is below 0.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Spans, Timeline
    >>> letters = Timeline("Go. Now!", [[i / 2, (i + 1) / 2] for i in range(8)])
    >>> words = Spans(("Go", "Now"), [[0, 1], [2, 3.5]], [[0, 2], [4, 7]])
    >>> sentences = Spans(("Go.", "Now!"), words.times, [[0, 1], [1, 2]])
    >>> [(cue.start, cue.end, cue.lines) for cue in make_cues(letters, words, sentences)]
    [(0.0, 1.0, ('Go.',)), (2.0, 3.5, ('Now!',))]
    """
    if max_chars < 1 or max_lines < 1 or not max_duration > 0:
        raise ExportError(
            f"max_chars={max_chars}, max_lines={max_lines}, max_duration={max_duration}: all must be above 0"
        )
    if not (0 <= min_gap < inf and 0 <= min_duration < inf and pause >= 0):
        raise ExportError(
            f"min_gap={min_gap}, min_duration={min_duration}, pause={pause}: all must be seconds from 0 on"
        )
    units = find_units(graphemes, words, sentences)
    runs: list[tuple[int, int]] = []
    for first, stop in _stretches(units, pause):
        cuts = _cheapest(units[first:stop], max_chars, max_lines, max_duration, min_duration)
        runs.extend((first + a, first + b) for a, b in cuts)
    spoken = [
        Cue(units[a].start, max(unit.end for unit in units[a:b]), break_lines(units[a:b], max_chars=max_chars))
        for a, b in runs
    ]
    limits = Profile(
        name="",
        min_duration=min_duration,
        max_duration=inf,
        min_gap_frames=round(min_gap * 24),
        chain=0.0,
        hold=inf,
        lead_frames=0,
    )
    return time_cues(spoken, profile=limits, duration=duration)


def _stretches(units: tuple[Unit, ...], pause: float) -> Iterator[tuple[int, int]]:
    """Cut at sentence starts and at pauses; a mark without sound never starts a stretch after a pause."""
    first = 0
    for i in range(1, len(units)):
        silent = units[i].start - units[i - 1].end >= pause and units[i].has_words
        if units[i].opens or silent:
            yield first, i
            first = i
    if units:
        yield first, len(units)


def _cheapest(
    units: tuple[Unit, ...], max_chars: int, max_lines: int, max_duration: float, min_duration: float
) -> list[tuple[int, int]]:
    """Give the runs of units, one a cue, that cost least together."""
    count = len(units)
    best = [0.0] + [float("inf")] * count
    origin = [0] * (count + 1)
    at_end = [0.0, *(break_cost(one, other) for one, other in pairwise(units)), 0.0]
    for first in range(count):
        line, width, lines = 0, 0, 1
        for stop in range(first + 1, count + 1):
            unit = units[stop - 1]
            width += unit.width + unit.spaced
            line = line + unit.spaced + unit.width if stop > first + 1 else unit.width
            if line > max_chars and stop > first + 1:
                lines, line = lines + 1, unit.width
            duration = unit.end - units[first].start
            if stop > first + 1 and (lines > max_lines or duration > max_duration):
                break
            cost = best[first] + _cue_cost(width, duration, lines, min_duration)
            cost += at_end[stop]
            if cost < best[stop]:
                best[stop], origin[stop] = cost, first
    stops = [count]
    while stops[-1]:
        stops.append(origin[stops[-1]])
    stops.reverse()
    return list(pairwise(stops))


def _cue_cost(width: int, duration: float, lines: int, min_duration: float) -> float:
    """Say what a cue costs by itself: each one, each line more, too little text, too little time."""
    cost = _CUE_COST + (lines - 1)
    if width < _SHORT:
        cost += 1.5 * (_SHORT - width) ** 2 / 100
    if duration < min_duration:
        cost += 4.0 * (1 - duration / min_duration)
    return cost
