"""What the text and the sound do not share: words that are not said, and sound that the text lacks.

The first pass finds both. The second pass works on what is said; then each run of other words is laid over the sound of
its gap, or else over the silence there, at no more than a usual length.

Conventions
-----------
Times are frames of 5 ms. A gap is a silence between two words, before the first or behind the last one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.alignment.features import HOP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.alignment.pronunciation import PhoneStates

__all__ = ["find_uncovered", "lay_skipped"]

_LONGEST: Final = 1.5  # of the usual length of words that are not said
_SHORTEST: Final = 0.3  # seconds of sound that are told


def lay_skipped(
    states: PhoneStates, edges: NDArray[np.intp], is_skipped: NDArray[np.bool_], is_sound: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """Return *edges* with those of skipped states, in proportion to their typical durations.

    Parameters
    ----------
    states
        n states.
    edges
        intp, shape (n, 2), right for the states that are said.
    is_skipped
        bool, shape (n,).
    is_sound
        bool, shape (frames,): frames that are not silent.
    """
    found = edges.copy()
    for first, stop in _runs(is_skipped):
        low, high = edges[first - 1].tolist()
        inside = _extent(is_sound, low, high) or (low, high)
        lengths = states.durations[first:stop] / HOP
        total = min(inside[1] - inside[0], _LONGEST * float(lengths.sum()))
        ends = np.cumsum(np.append(0.0, lengths)) / max(float(lengths.sum()), 1e-9) * total + inside[0]
        places = np.round(ends).astype(np.intp)
        found[first:stop] = np.stack((places[:-1], places[1:]), axis=1)
    return found


def find_uncovered(
    edges: NDArray[np.intp], is_filled: NDArray[np.bool_], is_sound: NDArray[np.bool_]
) -> tuple[tuple[float, float], ...]:
    """Return the start and end in seconds of the sound in each gap that holds speech or noise, if it lasts 0.3 s."""
    found = []
    for low, high in edges[is_filled].tolist():
        inside = _extent(is_sound, low, high)
        if inside is not None and int(is_sound[low:high].sum()) * HOP >= _SHORTEST:
            found.append((round(inside[0] * HOP, 3), round(inside[1] * HOP, 3)))
    return tuple(found)


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the half-open runs of rows that are True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(first), int(stop)) for first, stop in edges.reshape(-1, 2)]


def _extent(is_sound: NDArray[np.bool_], low: int, high: int) -> tuple[int, int] | None:
    """Return the first and the last frame that sounds between *low* and *high*, half-open."""
    rows = np.flatnonzero(is_sound[low:high])
    return (low + int(rows[0]), low + int(rows[-1]) + 1) if len(rows) else None
