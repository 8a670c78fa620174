"""Dither noise that is reproducible for every block size and thread.

Noise belongs to a place in the signal: block k of `BLOCK` frames has the same noise however the signal is cut on its
way. It is read from one table of uniform numbers at an offset that seed and block decide, so that it costs an addition.

Kinds (Lipshitz, Wannamaker, Vanderkooy 1992, "Quantization and dither: a theoretical survey"): "tpdf" is the
difference of two independent uniform numbers, triangular in (-1, 1) steps, white; "tpdf-hp" is the difference of
neighbouring ones in each channel, triangular too, with less noise where the ear hears most.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BLOCK", "Dither", "noise", "terms"]

Dither = Literal["none", "tpdf", "tpdf-hp"]

BLOCK: Final = 1 << 16
"""Frames in a block."""
_SIZE: Final = 1 << 20
_MASK: Final = (1 << 64) - 1


def noise(kind: Dither, seed: int, block: int, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return the noise of one block.

    Parameters
    ----------
    kind
        "tpdf" or "tpdf-hp".
    seed, block
        Which noise, and the number of the block.
    shape
        Frames, at most `BLOCK`, and channels.

    Returns
    -------
    numpy.ndarray
        float32, *shape*, in steps, between -1 and 1.

    Examples
    --------
    >>> whole = noise("tpdf", 7, 0, (100, 2))
    >>> bool((noise("tpdf", 7, 0, (50, 2)) == whole[:50]).all()), bool(abs(whole).max() < 1)
    (True, True)
    """
    plus, minus = terms(kind, seed, block, shape)
    return plus - minus


def terms(
    kind: Dither, seed: int, block: int, shape: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the two uniform terms whose difference is the noise of one block, as views of the table."""
    frames, channels = shape
    count = frames * channels
    reach = BLOCK * channels
    # with many channels no more than a few frames ask for: a header may name 65,535 of them
    table = _uniform(min(reach, max(_SIZE, 1 << count.bit_length())) + channels)
    first = _mixed(seed, block) % _SIZE
    # the other term lies a whole block away, so that no number is met twice inside one
    away = channels if kind == "tpdf-hp" else (first + (reach % _SIZE or _SIZE // 2)) % _SIZE - first
    return table[first : first + count].reshape(shape), table[first + away : first + away + count].reshape(shape)


@lru_cache(maxsize=4)
def _uniform(reach: int) -> NDArray[np.float32]:
    """Return uniform numbers in [-0.5, 0.5), with the first *reach* repeated at the end."""
    bits = np.random.Generator(np.random.SFC64(0)).integers(0, 1 << 24, _SIZE, dtype=np.uint32)
    table = bits.astype(np.float32) * np.float32(2.0**-24) - np.float32(0.5)
    return np.resize(table, _SIZE + reach)


def _mixed(seed: int, block: int) -> int:
    """Mix seed and block number into 64 bits (splitmix64, Steele, Lea and Flood 2014)."""
    state = (seed * 0x9E3779B97F4A7C15 + block * 0xD1342543DE82EF95 + 0x632BE59BD9B4E019) & _MASK
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & _MASK
    return state ^ (state >> 31)
