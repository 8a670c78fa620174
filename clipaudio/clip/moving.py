"""Move the times of what is spoken against the audio, and keep every letter.

What would lie outside the audio stands at its edge: each entry there has a millisecond, or its share of the audio where
that is shorter, in the order of the text.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.timing.aligned import Aligned
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.export.options import Part
    from clipaudio.timing.repair_report import RepairReport
    from clipaudio.timing.speech_times import SpeechTimes
    from clipaudio.timing.timeline import Times

__all__ = ["find_early", "keep_inside", "move_levels", "move_parts", "move_speech"]

_LEAST: Final = 0.001  # seconds


def keep_inside(times: Times, start: float, stop: float) -> Times:
    """Return ascending *times* within *start* to *stop*, seconds; float64, shape (n, 2).

    Times inside are unchanged, but for those beside entries at an edge.

    Examples
    --------
    >>> keep_inside(np.array([[-0.3, -0.2], [-0.2, -0.1], [-0.1, 0.4], [0.5, 0.8]]), 0.0, 0.7).round(3).tolist()
    [[0.0, 0.001], [0.001, 0.002], [0.002, 0.4], [0.5, 0.7]]
    """
    count = len(times)
    if not count or (times.min() >= start and times.max() <= stop):
        return times
    least = min(_LEAST, max(stop - start, 0.0) / count)
    rows = np.arange(count + 1)
    early = int(np.searchsorted(times[:, 0], start))  # entries that begin before the audio
    late = count - int(np.searchsorted(times[:, 1], stop, side="right"))
    low = start + least * np.minimum(rows, early)
    high = stop - least * np.minimum(count - rows, late)
    low, high = np.minimum(low, stop - least * (count - rows)), np.maximum(high, start + least * rows)
    inside: Times = np.clip(times, np.column_stack((low[:-1], low[1:])), np.column_stack((high[:-1], high[1:])))
    return inside


def move_parts(parts: Sequence[Part], offset: float, pace: float, *, duration: float) -> tuple[Part, ...]:
    """Return *parts* with each time t, counted from the start of the audio, at offset + pace * t.

    Parameters
    ----------
    parts
        In order of time.
    offset
        Seconds.
    pace
        Above 0.
    duration
        Of the audio, seconds.
    """
    counts = np.array([len(part.aligned.graphemes) for part in parts])
    rooms = _LEAST * counts * min(1.0, duration / max(_LEAST * float(counts.sum()), 1e-9))  # what letters need
    before, after = np.cumsum(rooms) - rooms, np.cumsum(rooms[::-1])[::-1] - rooms
    is_early = bool(parts) and parts[0].offset * pace + offset < 0
    moved = []
    for part, own, earlier, later in zip(parts, rooms.tolist(), before.tolist(), after.tolist(), strict=True):
        begin = part.offset * pace + offset
        end = min(begin + part.aligned.duration * pace, duration - later)
        start = min(max(begin, earlier if is_early else 0.0), duration - later - own)
        room = min(max(end - start, own), duration - start)
        shift = begin - start
        original = None if part.original is None else _move(part.original, shift, pace, room)
        moved.append(replace(part, aligned=_move(part.aligned, shift, pace, room), original=original, offset=start))
    return tuple(moved)


def find_early(speech: SpeechTimes) -> float:
    """Return the seconds by which times in seconds begin before the audio, 0 if they do not."""
    levels = [speech.words, speech.graphemes, speech.phones, speech.visemes]
    times = [line.times for line in levels if line is not None and len(line.labels)]
    if speech.unit != "s" or not times:
        return 0.0
    every = np.concatenate(times)
    return float(max(-every.min(initial=0.0, where=np.isfinite(every)), 0.0))


def move_speech(speech: SpeechTimes, by: float) -> SpeechTimes:
    """Return the times of a source *by* seconds later."""
    return replace(
        speech,
        words=None if speech.words is None else speech.words._replace(times=speech.words.times + by),
        graphemes=None if speech.graphemes is None else _later(speech.graphemes, by),
        phones=_later(speech.phones, by),
        visemes=_later(speech.visemes, by),
    )


def move_levels(clip: Aligned, by: float) -> Aligned:
    """Return levels *by* seconds later, wherever that is."""
    reports = {name: replace(report, shared_times=report.shared_times + by) for name, report in clip.reports.items()}
    lines = [_later(line, by) for line in (clip.graphemes, clip.phones, clip.visemes)]
    return _with_lines(clip, *lines, reports=reports, duration=clip.duration + by)


def _later(line: Timeline, by: float) -> Timeline:
    return Timeline(line.labels, line.times + by)


def _move(clip: Aligned, shift: float, pace: float, duration: float) -> Aligned:
    """Return levels whose time t is at shift + pace * t, within 0 to *duration*, seconds."""
    reports = {
        name: replace(report, shared_times=np.clip(report.shared_times * pace + shift, 0.0, duration))
        for name, report in clip.reports.items()
    }
    lines = [
        Timeline(line.labels, keep_inside(line.times * pace + shift, 0.0, duration))
        for line in (clip.graphemes, clip.phones, clip.visemes)
    ]
    return _with_lines(clip, *lines, reports=reports, duration=duration)


def _with_lines(
    clip: Aligned,
    graphemes: Timeline,
    phones: Timeline,
    visemes: Timeline,
    *,
    reports: dict[str, RepairReport],
    duration: float,
) -> Aligned:
    return Aligned(
        graphemes,
        phones,
        MappingProxyType(reports),
        duration,
        clip.language,
        known_alphabet=clip.alphabet,
        found_language=clip.found_language,
        assumed_language=clip.assumed_language,
        visemes=visemes,
        viseme_set=clip.viseme_set,
    )
