"""Shape, sample rate and channel order of samples.

Conventions
-----------
Samples are (frames, channels), also for mono.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np

from clipaudio.errors import ConvertError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["WAV_ORDER", "are_cancelled", "as_frames", "as_rate", "frames_after", "mix_down"]

WAV_ORDER: Final = {
    3: (0, 2, 1),
    5: (0, 2, 1, 3, 4),
    6: (0, 2, 1, 5, 3, 4),
    7: (0, 2, 1, 6, 5, 3, 4),
    8: (0, 2, 1, 7, 5, 6, 3, 4),
}
"""Channels of Ogg Vorbis and Opus in the order of WAV, by their number (Vorbis I, 4.3.9; RFC 7845, 5.1.1.2)."""


def frames_after(frames: int, sample_rate: int, new_rate: int) -> int:
    """Return the number of frames at *new_rate*, rounded half up.

    >>> frames_after(3, 44_100, 22_050)
    2
    """
    return (2 * frames * new_rate + sample_rate) // (2 * sample_rate)


def as_rate(rate: float) -> int:
    """Return a sample rate as an int.

    Raises
    ------
    ConvertError
        It is not a positive whole number.

    Examples
    --------
    >>> as_rate(16_000.0)
    16000
    """
    try:
        whole = int(rate)
    except (TypeError, ValueError, OverflowError):
        whole = 0
    if whole <= 0 or whole != rate:
        raise ConvertError(f"sample rate {rate!r} found, a positive whole number expected", rate=rate)
    return whole


def as_frames(samples: ArrayLike) -> NDArray[Any]:
    """Return *samples* with shape (frames, channels); one dimension is mono.

    Raises
    ------
    ConvertError
        There are more than two dimensions, or none.

    Examples
    --------
    >>> as_frames([0.0, 0.5]).shape
    (2, 1)
    """
    array = np.asarray(samples)
    if array.ndim == 1:
        return array[:, np.newaxis]
    if array.ndim != 2:
        raise ConvertError(f"samples have shape {array.shape}; expected (frames, channels) or (frames,)")
    return array


_Float = TypeVar("_Float", bound="np.floating[Any]")
_CANCELLED: Final = 0.01
"""Share of the power of the channels that their mean keeps at least: that of n unlike ones keeps 1 / n."""


def are_cancelled(mixed: float, alone: float) -> bool:
    """Return True if channels cancel each other: *mixed* is the power of their mean, *alone* the mean of their powers.

    >>> are_cancelled(0.0, 0.5), are_cancelled(0.25, 0.5)
    (True, False)
    """
    return mixed < _CANCELLED * alone


def mix_down(samples: NDArray[_Float]) -> tuple[NDArray[_Float], bool]:
    """Return the mean of the channels; the loudest channel if they cancel each other, as one that is inverted does.

    Parameters
    ----------
    samples
        Floats, shape (frames, channels).

    Returns
    -------
    float array, shape (frames,), and whether the channels cancel each other

    Examples
    --------
    >>> mix_down(np.array([[0.5, -0.5], [0.25, -0.25]]))
    (array([0.5 , 0.25]), True)
    >>> mix_down(np.array([[0.5, 0.25]]))
    (array([0.375]), False)
    """
    mono: NDArray[_Float] = samples.mean(axis=1, dtype=samples.dtype)
    if samples.shape[1] < 2 or not len(samples):
        return mono, False
    powers = np.einsum("ij,ij->j", samples, samples)
    is_cancelled = are_cancelled(float(np.dot(mono, mono)), float(powers.mean()))
    return (samples[:, int(powers.argmax())] if is_cancelled else mono), is_cancelled
