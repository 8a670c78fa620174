"""Phones with times into a track of mouth shapes without gaps.

Conventions
-----------
Seconds. The track covers [0, duration]: each shape ends where the next one starts, and no two neighbours are
equal. A diphthong gives 60 % of its time to its first shape. A pause under 0.12 s holds the shape before it,
a longer one is X. No shape is shorter than 0.04 s, one picture of film; lips that close for p, b or m are
never dropped but held so long, at the cost of their neighbours where those have time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clipaudio.errors import ExportError
from clipaudio.lipsync.old_visemes import ANY, Viseme, letter_viseme, phone_viseme
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MouthTrack", "mouth_track"]

_HELD_PAUSE = 0.12
_LEAST = 0.04
_FIRST_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class MouthTrack:
    """Mouth shapes over a whole clip.

    Attributes
    ----------
    shapes
        "A" to "H" and "X" with their times, from 0 to the end without a gap.
    estimated
        True when there were no phones and letters had to do.
    unknown
        Labels no shape is known for, each once; they became neutral shapes.
    """

    shapes: Timeline
    estimated: bool
    unknown: tuple[str, ...]


@dataclass(slots=True)
class _Segment:
    start: float
    end: float
    shape: str

    @property
    def duration(self) -> float:
        return self.end - self.start


def mouth_track(phones: Timeline | None, graphemes: Timeline, duration: float) -> MouthTrack:
    """Give the mouth shapes of a clip.

    Parameters
    ----------
    phones
        Phones with times, tidy; None or without a sound in it: *graphemes* are read instead.
    graphemes
        Letters with times, tidy.
    duration
        Seconds of audio; what lies outside is cut off.

    Raises
    ------
    ExportError
        The duration is not a finite number above 0.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> phones = Timeline(("m", "ˈaɪ"), [[0.2, 0.3], [0.3, 0.8]])
    >>> track = mouth_track(phones, Timeline.empty(), 1.0)
    >>> [(entry.label, round(entry.start, 2), round(entry.end, 2)) for entry in track.shapes]
    [('X', 0.0, 0.2), ('A', 0.2, 0.3), ('D', 0.3, 0.6), ('B', 0.6, 0.8), ('X', 0.8, 1.0)]
    """
    if not (math.isfinite(duration) and duration > 0):
        raise ExportError(f"the duration is {duration} s; expected a finite number above 0")
    end = float(duration)
    segments: list[_Segment] = []
    unknown: tuple[str, ...] = ()
    if phones is not None:
        segments, unknown = _sounds(phones, phone_viseme, end)
    estimated = not segments
    if estimated:
        segments, unknown = _sounds(graphemes, letter_viseme, end)
    _settle_any(segments)
    track = _hold_closures(_without_short(_merged(_with_pauses(segments, end))))
    times = np.array([[segment.start, segment.end] for segment in track])
    return MouthTrack(Timeline(tuple(segment.shape for segment in track), times), estimated, unknown)


def _sounds(
    timeline: Timeline, viseme_of: Callable[[str], Viseme], duration: float
) -> tuple[list[_Segment], tuple[str, ...]]:
    """Give a segment for each shape of each sound inside the audio, and the labels that are not known."""
    visemes = {label: viseme_of(label) for label in dict.fromkeys(timeline.labels)}
    segments: list[_Segment] = []
    for label, (first, last) in zip(timeline.labels, timeline.times.tolist(), strict=True):
        shapes = visemes[label].shapes
        start, end = max(first, 0.0), min(last, duration)
        if not shapes or not start < end:
            continue
        share = _FIRST_SHARE if len(shapes) == 2 else 1 / len(shapes)
        edges = [start + (end - start) * min(share * i, 1.0) for i in range(len(shapes))] + [end]
        segments.extend(map(_Segment, edges, edges[1:], shapes))
    return segments, tuple(label for label, viseme in visemes.items() if not viseme.is_known)


def _settle_any(segments: list[_Segment]) -> None:
    """Let glottal sounds take the shape of the next sound close by, else of the one before, else B."""
    for i in range(len(segments) - 1, -1, -1):
        if segments[i].shape != ANY:
            continue
        segments[i].shape = "B"
        if i + 1 < len(segments) and segments[i + 1].start - segments[i].end < _HELD_PAUSE:
            segments[i].shape = segments[i + 1].shape
        elif i and segments[i - 1].shape != ANY and segments[i].start - segments[i - 1].end < _HELD_PAUSE:
            segments[i].shape = segments[i - 1].shape


def _with_pauses(segments: list[_Segment], duration: float) -> list[_Segment]:
    """Hold shapes through short pauses and rest in longer ones, from 0 to *duration*."""
    filled: list[_Segment] = []
    last = 0.0
    for segment in [*segments, _Segment(duration, duration, "X")]:
        gap = segment.start - last
        if gap >= _HELD_PAUSE or (gap > 0 and not filled):
            filled.append(_Segment(last, segment.start, "X"))
        elif filled:
            filled[-1].end = segment.start
        if segment.duration > 0:
            filled.append(segment)
            last = segment.end
    return filled


def _merged(segments: list[_Segment]) -> list[_Segment]:
    """Join equal neighbours."""
    merged: list[_Segment] = []
    for segment in segments:
        if merged and merged[-1].shape == segment.shape:
            merged[-1].end = segment.end
        else:
            merged.append(segment)
    return merged


def _without_short(segments: list[_Segment]) -> list[_Segment]:
    """Give the time of shapes too short to be seen to the one before, or after a closure to the next."""
    kept: list[_Segment] = []
    for i, segment in enumerate(segments):
        if kept and kept[-1].shape == segment.shape:
            kept[-1].end = segment.end
        elif segment.duration >= _LEAST - 1e-9 or segment.shape == "A":
            kept.append(segment)
        elif kept and (kept[-1].shape != "A" or i + 1 == len(segments)):
            kept[-1].end = segment.end
        elif i + 1 < len(segments):
            segments[i + 1].start = segment.start
        else:
            kept.append(segment)
    return kept


def _hold_closures(segments: list[_Segment]) -> list[_Segment]:
    """Lengthen closed lips to the least duration, first into the shape before, then into the one after."""
    for i, segment in enumerate(segments):
        if segment.shape != "A":
            continue
        if i and segment.duration < _LEAST:
            before = segments[i - 1]
            segment.start -= min(_LEAST - segment.duration, max(before.duration - _LEAST, 0.0))
            before.end = segment.start
        if i + 1 < len(segments) and segment.duration < _LEAST:
            after = segments[i + 1]
            segment.end += min(_LEAST - segment.duration, max(after.duration - _LEAST, 0.0))
            after.start = segment.end
    return segments
