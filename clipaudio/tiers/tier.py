"""A tidy Timeline into the plain, gapless intervals of an annotation tier.

Conventions
-----------
Seconds as plain Python floats: numpy's own print themselves by name. Intervals are in order and share their
boundaries exactly; those closer than a microsecond become one. Labels are stripped; a label of white space
alone is silence here and leaves a blank interval, for in an annotation the space between words is no sound.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from clipaudio.errors import ExportError

if TYPE_CHECKING:
    from clipaudio.timing.timeline import Timeline

__all__ = ["Interval", "check_duration", "clean_label", "fill", "labelled"]

_SAME = 1e-6  # seconds: far below one sample
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]")  # Praat drops the last, a byte order mark
_SURROGATES = re.compile("[\ud800-\udfff]")


class Interval(NamedTuple):
    """One stretch of a tier, seconds, half-open."""

    start: float
    end: float
    label: str


def labelled(timeline: Timeline, duration: float, *, name: str = "") -> list[Interval]:
    """Give the intervals of *timeline* that have a label, boundaries snapped.

    Raises
    ------
    ExportError
        A time is not finite, outside [0, *duration*], empty, or overlaps the one before; `index` names it.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> labelled(Timeline(("a", " ", "b"), [[0, 0.1 + 0.2], [0.3, 0.4], [0.4, 1]]), 1.0)
    [Interval(start=0.0, end=0.30000000000000004, label='a'), Interval(start=0.4, end=1.0, label='b')]
    """
    found: list[Interval] = []
    last = 0.0
    for index, (label, (start, end)) in enumerate(zip(timeline.labels, timeline.times.tolist(), strict=True)):
        text = clean_label(label)
        if not text:
            continue
        problem = _problem(start, end, last, duration)
        if problem:
            raise ExportError(
                f"tier {name!r}, label {index} ({text!r}) at {start}-{end} s {problem}; repair the timeline first",
                index=index,
                tier=name,
            )
        first = last if abs(start - last) <= _SAME else start
        last = duration if abs(end - duration) <= _SAME else end
        found.append(Interval(first, last, text))
    return found


def fill(timeline: Timeline, duration: float, *, name: str = "") -> list[Interval]:
    """Give the intervals of *timeline* with blanks between them, from 0 to *duration* without a gap.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> [tuple(interval) for interval in fill(Timeline(("a",), [[0.5, 1.0]]), 2.0)]
    [(0.0, 0.5, ''), (0.5, 1.0, 'a'), (1.0, 2.0, '')]
    """
    filled: list[Interval] = []
    last = 0.0
    for interval in labelled(timeline, duration, name=name):
        if interval.start > last:
            filled.append(Interval(last, interval.start, ""))
        filled.append(interval)
        last = interval.end
    if last < duration:
        filled.append(Interval(last, duration, ""))
    return filled


def check_duration(duration: float) -> float:
    """Give *duration* as a plain float, or raise ExportError when no tier can be so long."""
    seconds = float(duration)
    if not (math.isfinite(seconds) and seconds > 0):
        raise ExportError(f"the duration is {duration} s; expected a finite number above 0")
    return seconds


def clean_label(label: str) -> str:
    r"""Give *label* as every reader returns it: line feeds, no controls, no lone surrogates, stripped.

    >>> clean_label(" a\r\nb\x00 ")
    'a\nb'
    """
    text = _CONTROLS.sub("", label.replace("\r\n", "\n").replace("\r", "\n"))
    return _SURROGATES.sub("\ufffd", text).strip()


def _problem(start: float, end: float, last: float, duration: float) -> str:
    """Say what is wrong with an interval, or nothing."""
    if not (math.isfinite(start) and math.isfinite(end)):
        return "has a time that is not finite"
    if end - start <= _SAME:
        return "lasts no time, which no tier can show"
    if start < -_SAME or end > duration + _SAME:
        return f"lies outside the audio (0-{duration} s)"
    if start < last - _SAME:
        return f"starts before the one before it ends ({last} s)"
    return ""
