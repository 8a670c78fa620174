"""Resample and quantize a signal block by block, with the same result as on the whole.

Only what has to change does: at the same rate and depth samples pass bit by bit, more depth is a shift, a new rate is
soxr, and less depth is rounding with dither whose seed comes from the first samples. Integers go through the resampler
unscaled, so that the quantizer has nothing to multiply.
"""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.audio.dither import BLOCK, Dither
from clipaudio.audio.frames import as_rate
from clipaudio.audio.quantize import BITS, Quantizer, check_finite, to_float
from clipaudio.errors import ConvertError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.audio.resample import Quality, Resampler

__all__ = ["FRAMES", "Pipeline"]

FRAMES: Final = 1 << 18
"""Frames that are read at a time: six seconds at 44.1 kHz."""
_SEED_BYTES: Final = 1 << 14


class Pipeline:
    """Resample and quantize a signal block by block.

    Parameters
    ----------
    sample_rate, new_rate
        Samples a second.
    channels
        Samples a frame.
    subtype
        What comes out: one of PCM_U8 … PCM_32 as integers, FLOAT as float32, DOUBLE as float64.
    dither
        What happens when depth is lost.

    Attributes
    ----------
    clipped
        Number of clipped samples so far.
    peak
        Largest sample that came out so far, 1.0 is full scale.

    Raises
    ------
    ConvertError
        A rate is not a positive whole number, or the dither is unknown.

    Examples
    --------
    >>> pipeline = Pipeline(44_100, 16_000, 1, "PCM_16")
    >>> pipeline(np.zeros((441, 1), np.int16), last=True).shape, pipeline.clipped
    ((160, 1), 0)
    """

    def __init__(
        self, sample_rate: int, new_rate: int, channels: int, subtype: str, *, dither: Dither = "tpdf"
    ) -> None:
        self._subtype = subtype
        self._dither: Dither = dither
        self._quantizer: Quantizer | None = None
        self._resampler: Resampler | None = None
        self._head: NDArray[Any] | None = None  # first samples, as long as they are too few for a seed
        self._waiting: NDArray[Any] | None = None
        self._frames = 0
        self._scale = 1.0
        whole = "i2" if BITS.get(subtype, 32) <= 16 else "i4"
        self._made = np.dtype({"FLOAT": "f4", "DOUBLE": "f8"}.get(subtype, whole))
        self.peak = 0.0
        if as_rate(sample_rate) != as_rate(new_rate):
            from clipaudio.audio.resample import Resampler  # noqa: PLC0415 - copies need no soxr: load it on use

            quality: Quality = "HQ" if BITS.get(subtype, 32) <= 16 else "VHQ"
            self._resampler = Resampler(sample_rate, new_rate, channels, quality=quality)

    @property
    def clipped(self) -> int:
        """Number of clipped samples so far."""
        return 0 if self._quantizer is None else self._quantizer.clipped

    def __call__(self, samples: NDArray[Any], *, last: bool = False) -> NDArray[Any]:
        """Process the next frames; with *last*, also return everything that is buffered.

        Parameters
        ----------
        samples
            Floats in [-1, 1) or full-scale int16 / int32, (frames, channels), always of one dtype.
        last
            The signal ends here.

        Raises
        ------
        ConvertError
            A sample is not finite; its place is counted from the start of the signal. Or finite ones are too large
            for the resampler, or for FLOAT.
        """
        if self._frames == 0:
            if self._head is not None:
                samples = np.concatenate((self._head, samples))
            if samples.nbytes < _SEED_BYTES and not last:
                self._head = samples
                return samples[:0].astype(self._made)
            self._head = None
            self._begin(samples)
        if samples.dtype.kind == "f":
            check_finite(samples, first_frame=self._frames)
        self._frames += len(samples)
        with np.errstate(over="ignore"):  # what becomes infinite is met below
            if self._resampler is not None:
                samples = self._resampler(samples, last=last)
            if self._quantizer is None:
                scaled = samples if self._scale == 1.0 else samples / self._scale
                return self._measured(to_float(scaled, self._made))
        if self._waiting is not None:
            samples = np.concatenate((self._waiting, samples))
        whole = len(samples) if last else len(samples) - len(samples) % BLOCK
        self._waiting = samples[whole:] if whole < len(samples) else None
        return self._measured(self._quantizer(samples[:whole]))

    def _measured(self, made: NDArray[Any]) -> NDArray[Any]:
        """Update the peak of the output."""
        if made.size:
            full = 1.0 if made.dtype.kind == "f" else 2.0 ** (8 * made.dtype.itemsize - 1)
            highest, lowest = float(made.max()), float(made.min())
            if not (math.isfinite(highest) and math.isfinite(lowest)):
                raise ConvertError(f"samples are too large for {self._subtype}; bring full scale to 1.0 first")
            self.peak = max(self.peak, highest / full, -lowest / full)
        return made

    def _begin(self, samples: NDArray[Any]) -> None:
        """Set the scale of the resampler's output, and the dither seed from the first samples."""
        if self._resampler is not None and samples.dtype.kind in "iu":
            self._scale = 2.0 ** (8 * samples.dtype.itemsize - 1)
        if self._subtype in BITS:
            first = np.ascontiguousarray(samples[: _SEED_BYTES // max(samples[:1].nbytes, 1)])
            seed = zlib.crc32(first.data) if self._dither != "none" and first.size else 0
            self._quantizer = Quantizer(
                self._subtype,
                dither=self._dither,
                seed=seed,
                scale=self._scale,
                may_fit=self._resampler is None,
            )
