"""Extend or drop stretches of a mouth track that are too short to be seen.

Conventions
-----------
Seconds. A track is the start of each stretch, from 0 on, and the row of its sound. A stretch ends where the next one
starts, the last one with the clip. Closures are placed first. The stretches between two closures are then placed from
the last to the first, so that a mouth short of time is early rather than late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Seconds = NDArray[np.float64]
    Rows = NDArray[np.intp]

_Stretch: TypeAlias = tuple[float, float, int]
"""Start, end and sound; a plain tuple, since a clip has fifty of them."""

__all__ = ["DurationLimits", "Visibility", "enforce_durations", "hold_stretches", "join_equal"]

_SAME: Final = 1e-9


class DurationLimits(NamedTuple):
    """Shortest duration of a shape and of a closure, and the duration of the clip, in seconds."""

    shape: float
    closure: float
    end: float


def enforce_durations(
    edges: Seconds, codes: Rows, *, closes: NDArray[np.bool_], weight: Rows, limits: DurationLimits
) -> tuple[Seconds, Rows]:
    """Make every closure and every other stretch last long enough.

    Parameters
    ----------
    edges
        float64, shape (n,), ascending from 0, n > 0; a closure may start together with the next stretch.
    codes
        intp, shape (n,), the sound of each stretch.
    closes
        bool, by sound: whether it is a closure, which is never dropped.
    weight
        intp, by sound: 0 (rest) to 3; the heavier one is kept if there is no room for both.
    limits
        If the clip is too short for all its closures, they share it.

    Returns
    -------
    edges, codes
        As given; neighbours differ.

    Examples
    --------
    >>> edges, codes = np.array([0.0, 0.3, 0.31]), np.array([0, 1, 0])
    >>> closes, weight = np.array([False, True]), np.array([2, 1])
    >>> limits = DurationLimits(0.07, 0.04, 0.6)
    >>> enforce_durations(edges, codes, closes=closes, weight=weight, limits=limits)[0].round(3).tolist()
    [0.0, 0.27, 0.31]
    """
    visibility = Visibility(closes.tolist(), weight.tolist())
    held = hold_stretches(list(zip(edges.tolist(), codes.tolist(), strict=True)), visibility, limits)
    return np.array([start for start, _ in held]), np.array([code for _, code in held], np.intp)


class Visibility(NamedTuple):
    """How visible each sound is: whether it is a closure, and its weight, see `enforce_durations`."""

    closes: list[bool]
    weights: list[int]


def hold_stretches(
    stretches: list[tuple[float, int]], visibility: Visibility, limits: DurationLimits
) -> list[tuple[float, int]]:
    """Do what `enforce_durations` does with starts and sounds as plain values, which most clips have few of."""
    closes = visibility.closes
    made = _hold(stretches, visibility, limits)
    # merged closures leave more time to the others
    count = sum([closes[code] for _, code in stretches])
    is_shared = count * limits.closure > limits.end
    while is_shared and (left := sum([closes[code] for _, code in made])) < count:
        stretches, count = made, left
        made = _hold(stretches, visibility, limits)
    return made


def _hold(given: list[tuple[float, int]], visibility: Visibility, limits: DurationLimits) -> list[tuple[float, int]]:
    """Apply the limits once."""
    closes, weights = visibility
    ends = [*[start for start, _ in given[1:]], limits.end]
    stretches = [(start, end, code) for (start, code), end in zip(given, ends, strict=True)]
    rows = [row for row, (_, code) in enumerate(given) if closes[code]]
    closures = _placed(stretches, rows, limits)
    kept: list[tuple[float, int]] = []
    low, first = 0.0, 0
    for row, (start, end) in zip(rows, closures, strict=True):
        between = _fit(stretches[first:row], low, start, weights, limits) if row > first else []
        kept += between
        kept.append((start if between else low, stretches[row][2]))
        low, first = end, row + 1
    if first < len(stretches):
        kept += _fit(stretches[first:], low, limits.end, weights, limits, must=not kept)
    return join_equal(kept)


def _placed(stretches: list[_Stretch], rows: list[int], limits: DurationLimits) -> list[tuple[float, float]]:
    """Return the time of each closure: long enough, ascending, disjoint, inside the clip."""
    if not rows:
        return []
    least = min(limits.closure, limits.end / len(rows))
    found: list[tuple[float, float]] = []
    last = 0.0
    for row in rows:
        start, end, _ = stretches[row]
        if end - start < least - _SAME:
            before = stretches[row - 1][1] - stretches[row - 1][0] if row else 0.0
            after = stretches[row + 1][1] - stretches[row + 1][0] if row + 1 < len(stretches) else 0.0
            lack = least - (end - start)
            early = min(lack, max(before - limits.shape, 0.0))
            late = min(lack - early, max(after - limits.shape, 0.0))
            start, end = start - (lack - late), end + late
        start = max(start, last)
        last = end = max(end, start + least) if end - start < least - _SAME else end
        found.append((start, end))
    following = limits.end
    for i in range(len(found) - 1, -1, -1):
        start, end = found[i]
        end = min(end, following)
        if end - start < least - _SAME:
            start = max(end - least, 0.0)
        found[i] = (start, end)
        following = start
    return found


def _fit(
    stretches: list[_Stretch],
    low: float,
    high: float,
    weights: list[int],
    limits: DurationLimits,
    *,
    must: bool = False,
) -> list[tuple[float, int]]:
    """Return starts and sounds of the stretches between *low* and *high*, none if there is no room."""
    least = limits.shape
    placed: list[tuple[float, float, int]] = []  # from the last to the first: start, end, sound
    now = high
    for begin, _, code in reversed(stretches):
        start = min(max(begin, low), now)
        length = now - start
        if placed and placed[-1][2] == code:
            placed[-1] = (start, *placed[-1][1:])
        elif length >= max(least - _SAME, _SAME):
            placed.append((start, now, code))
        elif length <= max(least * _DROPPED[weights[code]], _SAME) + _SAME:
            if not placed:
                continue  # its time goes to the one before
            placed[-1] = (start, *placed[-1][1:])
        elif now - least >= low - _SAME:
            placed.append((max(now - least, low), now, code))
        else:
            _squeeze(placed, low, code, weights, limits)
        now = placed[-1][0] if placed else now
    if placed:
        return [(start, code) for start, _, code in reversed(placed)]
    return _only(stretches, low, high, weights, limits, must=must)


_DROPPED: Final = (
    1.0,
    0.5,
    0.25,
    0.2,
)  # by weight: a stretch with less than this share of its shortest duration is dropped


def _squeeze(
    placed: list[tuple[float, float, int]], low: float, code: int, weights: list[int], limits: DurationLimits
) -> None:
    """Place the first stretch of a gap, which is too short, at the cost of those after it.

    They move as far as they have time to spare. If they have none, two share the gap evenly; otherwise the lighter one
    leaves its time to the heavier one.
    """
    if not placed:
        return
    _, end, following = placed[-1]
    shifted, now = [], low
    for own in (code, *(code for _, _, code in reversed(placed))):
        shifted.append((now, now + limits.shape, own))
        now += limits.shape
        rest = len(placed) - len(shifted) + 1  # these may stay, except for the start of the first
        if rest and placed[rest - 1][1] - now >= limits.shape - _SAME:
            placed[rest - 1] = (now, *placed[rest - 1][1:])
            placed[rest:] = reversed(shifted)
            return
    half = (end - low) / 2
    if len(placed) == 1 and weights[following] and half >= min(limits.shape, limits.closure) - _SAME:
        placed[:] = [(low + half, end, following), (low, low + half, code)]
    else:
        placed[-1] = (low, end, code if weights[code] > weights[following] else following)


def _only(
    stretches: list[_Stretch], low: float, high: float, weights: list[int], limits: DurationLimits, *, must: bool
) -> list[tuple[float, int]]:
    """Return the one stretch that is seen in a gap too short for any: the heaviest, then the longest, then the first.

    Lengths are rounded, so that the same sounds at another time give the same shapes.
    """
    _, _, best = max(stretches, key=lambda one: (weights[one[2]], round(min(one[1], high) - max(one[0], low), 9)))
    least = limits.shape if weights[best] == 0 else min(limits.shape, limits.closure)
    return [(low, best)] if must or high - low >= max(least - _SAME, _SAME) else []


def join_equal(stretches: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """Join neighbours of one sound.

    Examples
    --------
    >>> join_equal([(0.0, 1), (0.1, 1), (0.2, 0)])
    [(0.0, 1), (0.2, 0)]
    """
    return [one for row, one in enumerate(stretches) if not row or stretches[row - 1][1] != one[1]]
