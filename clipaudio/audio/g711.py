"""Decode µ-law and A-law to 16-bit samples.

Format: ITU-T Recommendation G.711.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["expand"]


def expand(codes: NDArray[np.uint8], law: str) -> NDArray[np.int16]:
    """Return the samples of *codes*, int16 full scale, any shape.

    Parameters
    ----------
    codes
        uint8.
    law
        "ULAW" or "ALAW".

    Examples
    --------
    >>> expand(np.array([0x00, 0x80, 0xFF], np.uint8), "ULAW").tolist()
    [-32124, 32124, 0]
    """
    return _table(law)[codes]


@lru_cache(maxsize=2)
def _table(law: str) -> NDArray[np.int16]:
    code = np.arange(256)
    if law == "ULAW":
        code = ~code & 0xFF
        exponent, mantissa = (code >> 4) & 7, code & 15
        size = (((mantissa << 3) + 0x84) << exponent) - 0x84
        return np.where(code & 0x80, -size, size).astype(np.int16)
    code ^= 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    size = np.where(exponent, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0), (mantissa << 4) + 8)
    return np.where(code & 0x80, size, -size).astype(np.int16)
