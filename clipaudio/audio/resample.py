"""Samples at one rate into samples at another, with soxr.

Conventions
-----------
Samples are (frames, channels), also for mono. A result has round(frames * new_rate / sample_rate) frames,
halves up, and starts at the same instant: times in seconds stay valid. The work is done on float32 ("HQ",
alias below -130 dB: more than 16 bit can hold) or float64 ("VHQ", below -180 dB), never by soxr's own 16-bit
path, which adds noise to digital silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import soxr

from clipaudio.audio.quantize import to_float
from clipaudio.errors import ConvertError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Quality", "as_frames", "frames_after", "resample"]

Quality: TypeAlias = Literal["HQ", "VHQ"]

_STEEPEST = 1000  # times: a header of 1 Hz makes hours of a second, and keeps soxr busy for ever


def resample(samples: ArrayLike, sample_rate: int, new_rate: int, *, quality: Quality = "HQ") -> NDArray[Any]:
    """Give *samples* at *new_rate*.

    Parameters
    ----------
    samples
        Floats in [-1, 1) or full-scale int16 / int32; shape (frames, channels), or (frames,) for mono.
    sample_rate, new_rate
        Samples a second; positive whole numbers.
    quality
        "HQ" works in float32, enough for 16 bit; "VHQ" in float64, for 24 and 32 bit.

    Returns
    -------
    ndarray
        float32 ("HQ") or float64 ("VHQ"), shape (frames, channels); the samples as they are when the rates
        are equal. No frames give no frames.

    Raises
    ------
    ConvertError
        A rate is not a positive whole number, the two are more than 1000 times apart, or the shape is not that
        of samples.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(np.arange(441) * 2 * np.pi / 44.1)
    >>> resample(tone, 44_100, 16_000).shape
    (160, 1)
    """
    frames = as_frames(samples)
    for rate in (sample_rate, new_rate):
        if rate <= 0 or rate != int(rate):
            raise ConvertError(f"sample rate {rate!r} found, a positive whole number expected", rate=rate)
    if sample_rate == new_rate:
        return frames
    if not 1 / _STEEPEST <= new_rate / sample_rate <= _STEEPEST:
        raise ConvertError(
            f"{sample_rate} Hz to {new_rate} Hz is a step of more than {_STEEPEST}; one of the two is no rate of sound",
            rate=new_rate,
        )
    dtype = np.float64 if quality == "VHQ" else np.float32
    given = to_float(frames, dtype)
    wanted = frames_after(len(given), sample_rate, new_rate)
    if not wanted or not given.shape[1]:
        return np.zeros((wanted, given.shape[1]), dtype)
    result: NDArray[Any] = soxr.resample(given, sample_rate, new_rate, quality=quality)
    if len(result) < wanted:  # soxr rounds some halves down: let it see the silence after the end
        tail = np.zeros((1 + sample_rate // new_rate, given.shape[1]), dtype)
        result = soxr.resample(np.concatenate([given, tail]), sample_rate, new_rate, quality=quality)
    return result[:wanted]


def frames_after(frames: int, sample_rate: int, new_rate: int) -> int:
    """Give how many frames *frames* become at *new_rate*: rounded, halves up.

    >>> frames_after(3, 44_100, 22_050)
    2
    """
    return (2 * frames * new_rate + sample_rate) // (2 * sample_rate)


def as_frames(samples: ArrayLike) -> NDArray[Any]:
    """Give *samples* as (frames, channels); one dimension is mono.

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
