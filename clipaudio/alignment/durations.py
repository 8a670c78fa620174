"""Refine the edges of phones with a model of their durations: the second pass of the aligner.

An explicit-duration hidden Markov model: the score of a phone is that of its frames, weighted, plus the log-normal
probability of its duration around the typical one at the rate of the speaker. Silences have any length at a fixed cost.
Each edge lies near the one that the first pass found, so that time and memory are linear.

Conventions
-----------
Frames last 5 ms. Edges are frame numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from clipaudio.alignment.features import HOP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.alignment.pronunciation import PhoneStates

__all__ = ["refine_edges"]

_WEIGHT: Final = 0.2
_SPREAD: Final = 0.3  # standard deviation of the log of durations
_LONGEST: Final = 100  # frames of a phone
_REACH: Final = 120  # frames that an edge may move
_SILENCE_COST: Final = 2.0
_SHORTEST: Final = 0.015  # seconds


def refine_edges(
    scores: NDArray[np.float16],
    states: PhoneStates,
    ends: NDArray[np.intp],
    filler: NDArray[np.float16],
    is_filled: NDArray[np.bool_],
) -> NDArray[np.intp]:
    """Return the frame at which each state ends, exclusive.

    Parameters
    ----------
    scores
        Shape (frames, classes).
    states
        n states.
    ends
        intp, shape (n,), ascending: the ends that the first pass found.
    filler
        Shape (frames,): the score of a silence that holds a filler.
    is_filled
        bool, shape (n,): silences that hold one.

    Returns
    -------
    intp, shape (n,)
        Ascending. The ends as they came where no path leads from the first state to the last one.
    """
    count, frames = len(states), len(scores)
    lows = np.clip(ends - _REACH, 0, frames)
    highs = np.clip(ends + _REACH, 0, frames)
    lows[-1] = highs[-1] = frames
    rate = _find_rate(states, ends)
    previous, before = np.zeros(1), 0  # the best score of each end of the state before, and the first of these ends
    sources: list[NDArray[np.int16]] = []  # of each end, the start that gives it, counted from the first one there is
    for row in range(count):
        low, high = int(lows[row]), int(highs[row])
        column = filler if is_filled[row] else scores[:, states.classes[row]]
        if states.phones[row] < 0:
            cost = 0.0 if row in (0, count - 1) else _SILENCE_COST
            previous, source = _pass_silence(previous, before, column, (low, high), cost)
        else:
            length = max(states.durations[row] * rate, _SHORTEST) / HOP
            previous, source = _pass_phone(previous, before, column, (low, high), length)
        sources.append((source - before).astype(np.int16))
        before = low
    if not np.isfinite(previous[-1]):
        return ends
    found = np.empty(count, np.intp)
    end = frames
    for row in range(count - 1, -1, -1):
        found[row] = end
        end = int(sources[row][end - lows[row]]) + (int(lows[row - 1]) if row else 0)
    return found


def _find_rate(states: PhoneStates, ends: NDArray[np.intp]) -> float:
    """Return how much longer the phones are than typical ones: the median, between a third and three."""
    lengths = np.diff(ends, prepend=0) * HOP
    spoken = states.phones >= 0
    ratios = lengths[spoken] / np.maximum(states.durations[spoken], _SHORTEST)
    return float(np.clip(np.median(ratios), 1 / 3, 3)) if len(ratios) else 1.0


def _pass_phone(
    previous: NDArray[np.float64], before: int, column: NDArray[np.float16], edges: tuple[int, int], length: float
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the best score of each end of a phone from *low* to *high*, and the start that gives it."""
    low, high = edges
    longest = int(np.clip(3 * length, _LONGEST // 4, 4 * _LONGEST))
    first = low - longest
    sums = np.zeros(high - first + 1)
    inside = max(first, 0)
    sums[inside - first + 1 :] = np.cumsum(column[inside:high], dtype=np.float64) * _WEIGHT
    starts = np.full(high - first + 1, -np.inf)
    a, b = max(before, inside), min(before + len(previous), high + 1)
    if a < b:
        starts[a - first : b - first] = previous[a - before : b - before] - sums[a - first : b - first]
    lengths = np.arange(longest, 0, -1)
    prior = -0.5 * (np.log(lengths / length) / _SPREAD) ** 2
    windows = sliding_window_view(starts[:-1], longest) + prior
    best = windows.argmax(axis=1)
    rows = np.arange(len(best))
    return windows[rows, best] + sums[longest:], (first + rows + best)


def _pass_silence(
    previous: NDArray[np.float64], before: int, column: NDArray[np.float16], edges: tuple[int, int], cost: float
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the best score of each end of a silence from *low* to *high*, and its start; both may be the same."""
    low, high = edges
    first = min(before, low)
    sums = np.concatenate(([0.0], np.cumsum(column[first:high], dtype=np.float64) * _WEIGHT))
    known = np.full(high - first + 1, -np.inf)
    b = min(before + len(previous), high + 1)
    if b > before:
        known[before - first : b - first] = previous[: b - before]
    value = known - sums
    best = np.maximum.accumulate(value)
    fresh = np.concatenate(([True], value[1:] > best[:-1]))
    place = np.maximum.accumulate(np.where(fresh, np.arange(len(value)), 0))
    silent = best + sums - cost
    is_empty = known >= silent
    ends = np.arange(len(value))
    score = np.where(is_empty, known, silent)[low - first :]
    return score, (first + np.where(is_empty, ends, place))[low - first :]
