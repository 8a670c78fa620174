"""Resample with soxr.

Conventions
-----------
Samples are (frames, channels), also for mono. A result has round(frames * new_rate / sample_rate) frames,
halves up, and starts at the same instant: times in seconds stay valid. The work is done on float32 ("HQ",
alias below -130 dB: more than 16 bit can hold) or float64 ("VHQ", below -180 dB), never by soxr's own 16-bit
path, which adds noise to digital silence.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np

from clipaudio.audio.frames import as_frames, as_rate, frames_after
from clipaudio.audio.quantize import to_float
from clipaudio.errors import ConvertError
from clipaudio.extras import import_dependency

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Quality", "Resampler", "resample"]

Quality: TypeAlias = Literal["HQ", "VHQ"]

_STEEPEST: Final = 1000  # times: a header of 1 Hz makes hours of a second, and keeps soxr busy for ever


@functools.cache
def _load_soxr() -> Any:  # noqa: ANN401 - a module
    return import_dependency("soxr", purpose="another sample rate")


class Resampler:
    """Resample block by block; the result equals that of the whole signal, bit for bit.

    Parameters
    ----------
    sample_rate, new_rate
        Samples a second; positive whole numbers.
    channels
        Samples a frame.
    quality
        "HQ" works in float32, "VHQ" in float64.

    Raises
    ------
    ConvertError
        A rate is not a positive whole number, or the two are more than 1000 times apart.

    Examples
    --------
    >>> import numpy as np
    >>> resampler = Resampler(44_100, 16_000, 1)
    >>> parts = [resampler(np.zeros((441, 1), np.float32)), resampler(np.zeros((441, 1), np.float32), last=True)]
    >>> sum(map(len, parts))
    320
    """

    def __init__(self, sample_rate: int, new_rate: int, channels: int, *, quality: Quality = "HQ") -> None:
        sample_rate, new_rate = as_rate(sample_rate), as_rate(new_rate)
        if not 1 / _STEEPEST <= new_rate / sample_rate <= _STEEPEST:
            raise ConvertError(
                f"{sample_rate} Hz to {new_rate} Hz is a step of more than {_STEEPEST}; "
                "one of the two is no rate of sound",
                rate=new_rate,
            )
        self.dtype = np.dtype(np.float64 if quality == "VHQ" else np.float32)
        self._rates = (sample_rate, new_rate)
        self._channels = channels
        self._quality = quality
        self._stream: Any = None  # made when a second block comes
        self._in = self._out = 0

    def __call__(self, samples: NDArray[Any], *, last: bool = False) -> NDArray[Any]:
        """Process the next frames; with *last*, also return everything that is buffered.

        Parameters
        ----------
        samples
            (frames, channels); of any dtype, the result is `dtype` and keeps the scale.
        last
            The signal ends here; the resampler is not to be called again.
        """
        self._in += len(samples)
        if not last:
            if self._stream is None:
                self._stream = _load_soxr().ResampleStream(
                    *self._rates, self._channels, dtype=self.dtype, quality=self._quality
                )
            result: NDArray[Any] = self._stream.resample_chunk(samples.astype(self.dtype, copy=False))
            self._out += len(result)
            return result
        wanted = frames_after(self._in, *self._rates) - self._out
        if self._stream is None:  # the whole at once: other threads work from its start to its end
            result = self._at_once(samples.astype(self.dtype, copy=False))
            return result if len(result) == wanted else self._at_once(self._with_silence(samples))[:wanted]
        result = self._stream.resample_chunk(self._with_silence(samples), last=True)
        return result[:wanted]

    def _at_once(self, samples: NDArray[Any]) -> NDArray[Any]:
        result: NDArray[Any] = _load_soxr().resample(samples, *self._rates, quality=self._quality)
        return result

    def _with_silence(self, samples: NDArray[Any]) -> NDArray[Any]:
        """Append silence, so that soxr, which rounds some halves down, returns every frame."""
        heard = np.zeros((len(samples) + 1 + self._rates[0] // self._rates[1], self._channels), self.dtype)
        heard[: len(samples)] = samples
        return heard


def resample(samples: ArrayLike, sample_rate: int, new_rate: int, *, quality: Quality = "HQ") -> NDArray[Any]:
    """Return *samples* resampled to *new_rate*.

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
        A rate is not a positive whole number, or the shape is not that of samples.

    Examples
    --------
    >>> import numpy as np
    >>> tone = np.sin(np.arange(441) * 2 * np.pi / 44.1)
    >>> resample(tone, 44_100, 16_000).shape
    (160, 1)
    """
    frames = as_frames(samples)
    resampler = Resampler(sample_rate, new_rate, frames.shape[1], quality=quality)
    if sample_rate == new_rate:
        return frames
    if not frames.size:
        return np.zeros((frames_after(len(frames), sample_rate, new_rate), frames.shape[1]), resampler.dtype)
    return resampler(to_float(frames, resampler.dtype), last=True)
