"""Cut a stretch of time out of the levels of a clip, move it to 0 and scale its speed."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from clipaudio.timing.aligned import Aligned
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from clipaudio.timing.timeline import Times

__all__ = ["crop_levels"]


def crop_levels(
    clip: Aligned, start: float, stop: float, *, speed: float = 1.0, rows: tuple[int, int] | None = None
) -> Aligned:
    """Keep what is spoken from *start* to *stop*, in seconds; a time t becomes (t - start) / speed.

    A grapheme or phone belongs to the window that holds its middle, so two windows that touch share none and lose none.
    An interval that crosses an edge is cut there. The last instant of the clip belongs to the last window. Words and
    sentences are found again. Where *rows* is given, the graphemes are those rows, half-open.

    Examples
    --------
    >>> from clipaudio.timing.aligned import align
    >>> clip = align(Timeline("Go on", [[i / 5, (i + 1) / 5] for i in range(5)]))
    >>> late = crop_levels(clip, 0.6, 1.0, speed=2.0)
    >>> late.words.labels, late.words.times.round(3).tolist(), round(late.duration, 3)
    (('on',), [[0.0, 0.2]], 0.2)
    """
    levels, reports = {}, dict(clip.reports)
    for name, line in (("graphemes", clip.graphemes), ("phones", clip.phones), ("visemes", clip.visemes)):
        middles = line.times.mean(axis=1) if len(line) else np.empty(0)
        inside = (middles >= start) & ((middles < stop) | ((middles == stop) & (stop >= clip.duration)))
        kept = np.arange(*rows) if rows is not None and name == "graphemes" else np.flatnonzero(inside)

        def moved(times: Times, kept: np.ndarray[tuple[int], np.dtype[np.intp]] = kept) -> Times:
            result: Times = (np.clip(times[kept], start, stop) - start) / speed
            return result

        levels[name] = Timeline(tuple(line.labels[row] for row in kept.tolist()), moved(line.times))
        if name in clip.reports:
            report = clip.reports[name]
            reports[name] = replace(report, shared_times=moved(report.shared_times))
    duration = max(min(stop, clip.duration) - start, 0.0) / speed
    return Aligned(
        levels["graphemes"],
        levels["phones"],
        MappingProxyType(reports),
        duration,
        clip.language,
        known_alphabet=clip.alphabet,
        found_language=clip.found_language,
        assumed_language=clip.assumed_language,
        visemes=levels["visemes"],
        viseme_set=clip.viseme_set,
    )
