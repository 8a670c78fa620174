"""Adapt the scores of frames to the speaker and the recording, by a first alignment of the same sound.

Each class that was found gets a Gaussian of its own cepstra; classes of few frames lean on the mean of all. How much
more likely a class is than the others, by these, is added to the scores of the network with a small weight.

References
----------
J.-L. Gauvain and C.-H. Lee, "Maximum a posteriori estimation for multivariate Gaussian mixture observations of Markov
chains", IEEE Transactions on Speech and Audio Processing 2 (1994).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.alignment.features import BANDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from clipaudio.alignment.pronunciation import PhoneStates

__all__ = ["adapt_scores"]

_WEIGHT: Final = 0.3
_PRIOR_FRAMES: Final = 10.0  # of the mean of all frames in the mean of a class
_WORST: Final = -10.0  # natural logarithm
_CEPSTRA: Final = 13
_REACH: Final = 2  # frames at each side of the slope
_CHUNK: Final = 8192
_FEWEST: Final = 200  # frames of speech


def adapt_scores(
    scores: NDArray[np.float16],
    features: NDArray[np.float16],
    states: PhoneStates,
    ends: NDArray[np.intp],
    is_filled: NDArray[np.bool_],
) -> NDArray[np.float16]:
    """Return *scores*, adapted; as they are where less than a second of speech was aligned.

    Parameters
    ----------
    scores
        Shape (frames, classes).
    features
        Shape (frames, 40), of `clipaudio.alignment.features.normalize`.
    states
        n states.
    ends
        intp, shape (n,): the frame at which each of them ends, exclusive.
    is_filled
        bool, shape (n,): silences that hold other sound.
    """
    kinds = np.repeat(np.where(is_filled, -1, states.classes), np.diff(ends, prepend=0))
    if int((kinds > 0).sum()) < _FEWEST:
        return scores
    present, means, variance = _estimate(features, kinds)
    adapted = scores.copy()
    for first, part in _cepstra(features):
        likely = np.stack([-0.5 * ((part - mean) ** 2 / variance).sum(axis=1) for mean in means], axis=1)
        likely -= np.logaddexp.reduce(likely, axis=1, keepdims=True)
        adapted[first : first + len(part), present] += (_WEIGHT * np.maximum(likely, _WORST)).astype(np.float16)
    return adapted


def _estimate(
    frames: NDArray[np.float16], kinds: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Return the classes that occur, the mean of each, and the variance inside classes."""
    size = 2 * _CEPSTRA
    count = int(kinds.max()) + 1
    totals, sums, squares = np.zeros(count), np.zeros((count, size)), np.zeros(size)
    for first, part in _cepstra(frames):
        kind = kinds[first : first + len(part)]
        known = kind >= 0
        totals += np.bincount(kind[known], minlength=count)
        np.add.at(sums, kind[known], part[known])
        squares += (part[known] ** 2).sum(axis=0)
    whole = sums.sum(axis=0) / totals.sum()
    own = sums / np.maximum(totals, 1)[:, None]
    variance = (squares - (own**2 * totals[:, None]).sum(axis=0)) / totals.sum() + 1e-3
    present = np.flatnonzero(totals)
    means = (sums + _PRIOR_FRAMES * whole) / (totals + _PRIOR_FRAMES)[:, None]
    return present, means[present], variance


def _cepstra(frames: NDArray[np.float16]) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield the first frame of each chunk, and its cepstra with their slopes, shape (n, 26)."""
    basis = np.cos(np.pi / BANDS * (np.arange(BANDS)[:, None] + 0.5) * np.arange(_CEPSTRA)) * np.sqrt(2 / BANDS)
    for first in range(0, len(frames), _CHUNK):
        rows = np.arange(first - _REACH, min(first + _CHUNK, len(frames)) + _REACH)
        wide = frames[np.clip(rows, 0, len(frames) - 1)].astype(np.float64) @ basis
        slopes = wide[2 * _REACH :] - wide[: -2 * _REACH]
        yield first, np.concatenate((wide[_REACH:-_REACH], slopes), axis=1)
