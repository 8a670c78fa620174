"""Floats into integers of 8 to 32 bits: rounded, not floored; clipped and counted; dithered on demand.

Conventions
-----------
Floats are in [-1, 1). Integers are full scale for their dtype: 8 and 16 bits live in int16, 24 and 32 bits in
int32, the fewer bits always at the top (a 24-bit sample is a multiple of 256). So widening is a shift,
exact, and never touches float32. The scale is 2**(bits - 1), the same both ways; 1.0 itself is one step too
loud and is clipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from clipaudio.errors import ConvertError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

__all__ = ["BITS", "Dither", "check_finite", "quantize", "to_float"]

BITS = {"PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
"""Bits of each integer subtype."""

Dither: TypeAlias = Literal["none", "tpdf"]

_BLOCK = 1 << 16  # samples at a time: the work stays in the cache
_SILENT_RUN = 64  # frames
_SILENT = 2.0**-8  # of a step: what a resampler's rounding leaves in digital silence


def quantize(samples: ArrayLike, subtype: str, *, dither: Dither = "none", seed: int = 0) -> tuple[NDArray[Any], int]:
    """Give *samples* as integers of *subtype*, and how many were clipped.

    Samples that already lie on the new grid come out as they are, with dither or without: widening loses
    nothing and so does going back. Runs of digital silence stay silence under dither.

    Parameters
    ----------
    samples
        Floats in [-1, 1), or full-scale int16 / int32; any shape, frames first.
    subtype
        "PCM_U8", "PCM_16", "PCM_24" or "PCM_32".
    dither
        "none" rounds half to even; "tpdf" first adds triangular noise of two steps from peak to peak.
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
    bits = BITS.get(subtype)
    if bits is None:
        raise ConvertError(f"cannot quantize to {subtype!r}; expected one of {', '.join(BITS)}")
    array = np.asarray(samples)
    if array.dtype.kind in "iu":
        kept = _regrid(array, bits)
        if kept is not None:
            return kept, 0
        array = to_float(array, np.float64)
    check_finite(array)
    return _round(array, bits, dither=dither, seed=seed)


def to_float(samples: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
    """Give *samples* as floats of *dtype* in [-1, 1); floats keep their values.

    >>> import numpy as np
    >>> to_float(np.array([-32768, 16384], np.int16), np.float32)
    array([-1. ,  0.5], dtype=float32)
    """
    if samples.dtype.kind == "f":
        return samples.astype(dtype, copy=False)
    scale = 2.0 ** (1 - 8 * _integers(samples).dtype.itemsize)
    result: NDArray[Any] = np.multiply(samples, scale, dtype=dtype, casting="unsafe")
    return result


def check_finite(samples: NDArray[Any]) -> None:
    """Raise ConvertError with the place of the first sample that is NaN or infinite."""
    bad = ~np.isfinite(samples)
    if not bad.any():
        return
    place = tuple(int(rows[0]) for rows in np.nonzero(bad))
    frame, channel = place[0], place[1] if len(place) > 1 else 0
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
    """Shift integers to where *bits* live, or None when that would lose something."""
    own = 8 * _integers(samples).dtype.itemsize
    home = np.int16 if bits <= 16 else np.int32
    if bits < own and np.any(samples & ((1 << (own - bits)) - 1)):
        return None
    if home == np.int32:
        return samples.astype(np.int32) << (32 - own)
    return (samples >> (own - 16)).astype(np.int16)


def _round(samples: NDArray[Any], bits: int, *, dither: Dither, seed: int) -> tuple[NDArray[Any], int]:
    """Scale, dither, round, clip and count, a block at a time."""
    work = np.float32 if bits <= 16 and samples.dtype == np.float32 else np.float64
    home = np.dtype(np.int16 if bits <= 16 else np.int32)
    shift = 8 * home.itemsize - bits
    top = (1 << (bits - 1)) - 1
    flat = np.ascontiguousarray(samples).reshape(-1)
    result = np.empty(flat.shape, home)
    noise = np.random.Generator(np.random.SFC64(seed)) if dither == "tpdf" else None
    if noise is not None and _is_on_grid(flat, bits):
        noise = None
    clipped = 0
    for first in range(0, len(flat), _BLOCK):
        with np.errstate(over="ignore"):  # what becomes infinite is clipped, and counted
            block = np.multiply(flat[first : first + _BLOCK], 2.0 ** (bits - 1), dtype=work)
        if noise is not None:
            block += _triangle(noise, len(block))
        np.rint(block, out=block)
        clipped += int(np.count_nonzero((block > top) | (block < -top - 1)))
        np.clip(block, -top - 1, top, out=block)
        result[first : first + _BLOCK] = block.astype(home) << shift
    result = result.reshape(samples.shape)
    if noise is not None:
        for first, stop in _silent_runs(samples, bits):
            result[first:stop] = 0
    return result, clipped


def _is_on_grid(flat: NDArray[Any], bits: int) -> bool:
    """Tell whether every sample is a whole number of steps; most signals say no in the first block."""
    for first in range(0, len(flat), _BLOCK):
        block = flat[first : first + _BLOCK].astype(np.float64) * 2.0 ** (bits - 1)
        if not np.array_equal(block, np.rint(block)):
            return False
    return True


def _triangle(noise: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Draw triangular noise in (-1, 1): the difference of the two halves of one 32-bit draw."""
    halves = noise.integers(0, 1 << 32, count, dtype=np.uint32).view(np.uint16).reshape(-1, 2)
    drawn = np.subtract(halves[:, 0], halves[:, 1], dtype=np.float32)
    drawn *= np.float32(2.0**-16)
    return drawn


def _silent_runs(samples: NDArray[Any], bits: int) -> list[list[int]]:
    """Give first frame and stop of the runs of at least 64 frames that are silent in every channel."""
    quiet = np.abs(samples) < _SILENT * 2.0 ** (1 - bits)
    silent = quiet if samples.ndim == 1 else quiet.reshape(len(quiet), -1).all(axis=1)
    if not silent.any():
        return []
    edges = np.flatnonzero(np.diff(silent, prepend=False, append=False)).reshape(-1, 2)
    runs: list[list[int]] = edges[edges[:, 1] - edges[:, 0] >= min(_SILENT_RUN, len(silent))].tolist()
    return runs
