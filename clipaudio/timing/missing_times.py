"""Estimate times that a source left out: ends of points, and words without any time.

A point lasts until the next start, or until the end of the audio. A run of words without times shares the room between
the words around it. Where nothing follows, a word gets its usual length.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clipaudio.timing.letter_times import split_graphemes, usual_lengths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.timing.timeline import Index, Times

__all__ = ["Completed", "complete_times"]

_SLIVER = 0.001
"""Seconds of untimed words between known ones that leave no room."""
_SHORTEST = 0.05
"""Seconds that a piece without a letter gets at least where nothing follows."""


class Completed(NamedTuple):
    """Times without gaps in knowledge, and the rows whose start or end was estimated."""

    times: Times
    rows: Index


def complete_times(labels: Sequence[str], times: Times, duration: float | None) -> Completed:
    """Return *times* in which starts and ends that are NaN are estimated.

    Parameters
    ----------
    labels
        The text of each piece, for its usual length.
    times
        float64, shape (n, 2), seconds.
    duration
        Seconds of the audio, None if unknown.

    Examples
    --------
    >>> nan = np.nan
    >>> complete_times(["a", "b", "c"], np.array([[0.1, nan], [0.4, 0.5], [nan, nan]]), 1.0).times.tolist()
    [[0.1, 0.4], [0.4, 0.5], [0.5, 1.0]]
    """
    missing = np.isnan(times)
    rows = np.flatnonzero(missing.any(axis=1))
    if not len(rows):
        return Completed(times, rows)
    done = times.copy()
    heads = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)
    for run in heads:
        _complete_run(done, run, labels, duration)
    return Completed(done, rows)


def _complete_run(done: Times, run: Index, labels: Sequence[str], duration: float | None) -> None:
    """Complete neighbouring rows, each of which lacks a start or an end."""
    first, stop = int(run[0]), int(run[-1]) + 1
    before = float(done[first - 1, 1]) if first else 0.0
    starts = done[first:stop, 0]
    known = np.flatnonzero(~np.isnan(starts))
    edges = [0, *known.tolist(), stop - first]
    for begin, end in itertools.pairwise(edges):  # from one known start to the next
        if begin == end:
            continue
        start = float(starts[begin]) if begin in known else before
        rows = slice(first + begin, first + end)
        lengths = np.array([_length_of(label) for label in labels[rows]])
        if begin in known or not _has_start(done, first + end):
            room = _room(done, first + end, start, float(lengths.sum()), duration)
        else:  # untimed words between known ones take the room between; where there is none, a sliver of the next
            known_start, known_end = done[first + end].tolist()
            room = max(start + _SLIVER, known_start)
            if known_start < room < known_end:
                done[first + end, 0] = room
        last = done[first + end - 1, 1]
        room = room if np.isnan(last) else max(float(last), start)
        cuts = start + np.cumsum(lengths) / lengths.sum() * (room - start)
        done[rows, 0] = np.concatenate(([start], cuts[:-1]))
        done[rows, 1] = cuts
        before = room


def _has_start(done: Times, row: int) -> bool:
    return row < len(done) and not np.isnan(done[row, 0])


def _room(done: Times, row: int, start: float, usual: float, duration: float | None) -> float:
    """Return where the pieces before *row* end at the latest."""
    following = done[row:, 0]
    later = following[:8][following[:8] > start] if len(following) else following
    if len(later):
        return float(later[0])
    if duration is not None and duration > start:
        return duration if not len(following) else start + min(usual, duration - start)
    return start + usual


def _length_of(label: str) -> float:
    return max(float(usual_lengths(split_graphemes(label)).sum()), _SHORTEST) if label else _SHORTEST
