"""Quantize floats to integers of 8 to 32 bits: rounded, clipped and counted, dithered on demand.

Conventions
-----------
Floats are in [-1, 1). Integers are full scale for their dtype: 8 and 16 bits live in int16, 24 and 32 bits in int32,
the fewer bits always at the top (a 24-bit sample is a multiple of 256). So widening is a shift, exact, and never
touches float32. The scale is 2**(bits - 1), the same both ways; 1.0 itself is one step too loud and is clipped.

A signal is quantized in blocks of `dither.BLOCK` frames, whole or as it streams: the result is the same. A block that
already lies on the new grid comes out as it is, with dither or without. Digital silence stays silence.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, get_args

import numpy as np

from clipaudio.audio.dither import BLOCK, Dither, terms
from clipaudio.errors import ConvertError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

__all__ = ["BITS", "Quantizer", "check_finite", "quantize", "to_float"]

BITS: Final = {"PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
"""Bits of each integer subtype."""

_SILENT_RUN: Final = 64  # frames
_SILENT: Final = 2.0**-8  # of a step: what a resampler's rounding leaves in digital silence
_PROBE: Final = 64  # samples that are looked at before all are


class Quantizer:
    """Floats or wider integers into integers of one subtype, block by block.

    Parameters
    ----------
    subtype
        "PCM_U8", "PCM_16", "PCM_24" or "PCM_32".
    dither
        "none" rounds half to even; "tpdf" and "tpdf-hp" first add triangular noise of two steps from peak to peak.
    seed
        Same samples and same seed, same result.
    scale
        What full scale is in the floats that come: 1.0, or 32768.0 for int16 that went through a resampler unscaled.
    may_fit
        Look whether a block of floats lies on the grid already; what a resampler makes never does.

    Attributes
    ----------
    clipped
        Number of clipped samples so far.

    Raises
    ------
    ConvertError
        The subtype or the dither is none of those named.

    Examples
    --------
    >>> quantizer = Quantizer("PCM_16")
    >>> quantizer(np.array([[0.5], [1.5]])).tolist(), quantizer.clipped
    ([[16384], [32767]], 1)
    """

    def __init__(
        self, subtype: str, *, dither: Dither = "none", seed: int = 0, scale: float = 1.0, may_fit: bool = True
    ) -> None:
        bits = BITS.get(subtype)
        if bits is None:
            raise ConvertError(f"cannot quantize to {subtype!r}; expected one of {', '.join(BITS)}")
        if dither not in get_args(Dither):
            raise ConvertError(f"unknown dither {dither!r}; expected one of {', '.join(get_args(Dither))}")
        self.clipped = 0
        self._bits = bits
        self._gain = 2.0 ** (bits - 1) / scale
        self._dither: Dither = dither
        self._seed = seed
        self._may_fit = may_fit
        self._home = np.dtype(np.int16 if bits <= 16 else np.int32)
        self._frames = 0

    def __call__(self, samples: NDArray[Any]) -> NDArray[Any]:
        """Quantize the next frames of the signal.

        Parameters
        ----------
        samples
            Finite floats (see `check_finite`), or full-scale int16 / int32; (frames, channels). All but the last
            call must bring whole blocks of `BLOCK` frames.

        Returns
        -------
        numpy.ndarray
            int16 up to 16 bits, int32 above, full scale; the shape of *samples*.
        """
        if samples.dtype.kind in "iu":
            whole = _regrid(samples, self._bits)
            if whole is not None:
                self._frames += len(samples)
                return whole
        result = np.empty(samples.shape, self._home)
        for first in range(0, len(samples), BLOCK):
            block = samples[first : first + BLOCK]
            self._block(block, result[first : first + BLOCK])
            self._frames += len(block)
        return result

    def _block(self, block: NDArray[Any], result: NDArray[Any]) -> None:
        """Scale, dither, round, clip and count one block into *result*."""
        if block.dtype.kind in "iu":
            whole = _regrid(block, self._bits)
            if whole is not None:
                result[:] = whole
                return
            block = to_float(block, np.float64)
        work = np.float32 if self._bits <= 16 and block.dtype == np.float32 else np.float64
        if self._gain != 1.0 or block.dtype != work:
            with np.errstate(over="ignore"):  # what becomes infinite is clipped, and counted
                block = np.multiply(block, self._gain, dtype=work)
        size = np.abs(block)
        loudest = float(size.max()) if size.size else 0.0
        if math.isnan(loudest):  # finite samples came: a resampler met what it cannot hold
            raise ConvertError("samples are too large to be resampled; bring full scale to 1.0 first")
        if self._dither == "none" or (self._may_fit and _is_on_grid(block)):
            steps = np.rint(block, dtype=work)
        else:
            silent = _silent_runs(size)
            plus, minus = terms(self._dither, self._seed, self._frames // BLOCK, block.shape)
            steps = np.add(block, plus, out=size)
            np.subtract(steps, minus, out=steps)
            for first, stop in silent:
                steps[first:stop] = 0
            np.rint(steps, out=steps)
        top = (1 << (self._bits - 1)) - 1
        if loudest > top - 1.5:  # with dither and rounding some may be too large: look closer
            self.clipped += int(np.count_nonzero((steps > top) | (steps < -top - 1)))
            np.clip(steps, -top - 1, top, out=steps)
        result[:] = steps  # whole numbers that fit: the cast is exact
        shift = 8 * self._home.itemsize - self._bits
        if shift:
            np.left_shift(result, shift, out=result)


def quantize(samples: ArrayLike, subtype: str, *, dither: Dither = "none", seed: int = 0) -> tuple[NDArray[Any], int]:
    """Return *samples* as integers of *subtype*, and the number of clipped samples.

    Widening loses nothing, and neither does going back.

    Parameters
    ----------
    samples
        Floats in [-1, 1), or full-scale int16 / int32; any shape, frames first.
    subtype
        "PCM_U8", "PCM_16", "PCM_24" or "PCM_32".
    dither
        "none", "tpdf" or "tpdf-hp", see `Quantizer`.
    seed
        Same samples and same seed, same result.

    Returns
    -------
    integers
        int16 up to 16 bits, int32 above, full scale; the shape of *samples*.
    clipped
        Number of samples that did not fit.

    Raises
    ------
    ConvertError
        A sample is not finite, or the subtype is not one of the four.

    Examples
    --------
    >>> quantize([0.5, -1.0, 1.5], "PCM_16")
    (array([ 16384, -32768,  32767], dtype=int16), 1)
    """
    array = np.asarray(samples)
    frames = array.reshape(array.shape[0] if array.ndim else 1, math.prod(array.shape[1:]))
    quantizer = Quantizer(subtype, dither=dither, seed=seed)
    if frames.dtype.kind not in "iu":
        check_finite(array)
    result = quantizer(frames)
    return result.reshape(array.shape), quantizer.clipped


def to_float(samples: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
    """Return *samples* as floats of *dtype* in [-1, 1); floats keep their values.

    >>> import numpy as np
    >>> to_float(np.array([-32768, 16384], np.int16), np.float32)
    array([-1. ,  0.5], dtype=float32)
    """
    if samples.dtype.kind == "f":
        return samples.astype(dtype, copy=False)
    scale = 2.0 ** (1 - 8 * _integers(samples).dtype.itemsize)
    result: NDArray[Any] = np.multiply(samples, scale, dtype=dtype, casting="unsafe")
    return result


def check_finite(samples: NDArray[Any], *, first_frame: int = 0) -> None:
    """Raise ConvertError with the place of the first sample that is NaN or infinite."""
    with np.errstate(over="ignore", invalid="ignore"):
        total = samples.sum(dtype=np.float64)
    if np.isfinite(total):  # one that is not finite makes the sum so: one cheap look
        return
    bad = ~np.isfinite(samples)
    if not bad.any():
        return
    place = tuple(int(rows[0]) for rows in np.nonzero(bad))
    frame, channel = first_frame + place[0], place[1] if len(place) > 1 else 0
    raise ConvertError(
        f"sample {frame} of channel {channel} is {samples[place]}, {int(bad.sum())} such in all; "
        "a finite number was expected: repair the source or replace them by 0",
        frame=frame,
        channel=channel,
    )


def _integers(samples: NDArray[Any]) -> NDArray[Any]:
    if samples.dtype not in (np.dtype(np.int16), np.dtype(np.int32)):
        raise ConvertError(f"integers are {samples.dtype}; expected full-scale int16 or int32")
    return samples


def _regrid(samples: NDArray[Any], bits: int) -> NDArray[Any] | None:
    """Shift integers to *bits*; return None if that would lose precision."""
    own = 8 * _integers(samples).dtype.itemsize
    home = np.int16 if bits <= 16 else np.int32
    if bits < own and np.any(samples & ((1 << (own - bits)) - 1)):
        return None
    if home == np.int32:
        return samples.astype(np.int32) << (32 - own)
    return (samples >> (own - 16)).astype(np.int16)


def _is_on_grid(steps: NDArray[Any]) -> bool:
    """Return True if every sample is a whole number of steps; most signals fail the first check."""
    flat = steps.reshape(-1)
    return all(np.array_equal(part, np.rint(part)) for part in (flat[:_PROBE], flat[_PROBE:]))


def _silent_runs(size: NDArray[Any]) -> list[list[int]]:
    """Return (first, stop) frames of the runs that are silent in every channel; *size* is in steps.

    A run has 64 frames or more, or touches an end of the block, where it may go on.
    """
    if size.size and size.min() >= _SILENT:
        return []
    quiet = size < _SILENT
    silent: NDArray[np.bool_] = quiet[:, 0] if size.shape[1] == 1 else np.logical_and.reduce(quiet, axis=1)
    if not len(silent) or (np.count_nonzero(silent) < _SILENT_RUN and not (silent[0] or silent[-1])):
        return []
    edges = np.flatnonzero(np.diff(silent, prepend=False, append=False)).reshape(-1, 2)
    long = edges[:, 1] - edges[:, 0] >= _SILENT_RUN
    runs: list[list[int]] = edges[long | (edges[:, 0] == 0) | (edges[:, 1] == len(silent))].tolist()
    return runs
