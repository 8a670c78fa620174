"""Measure the lowest and highest sample over time, for drawing.

Conventions
-----------
Row k holds the extremes of frames k * hop to (k + 1) * hop, all channels, full scale 1.0; the last step may be short.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from numpy.typing import NDArray

    from clipaudio.audio.reader import AudioReader

__all__ = ["Waveform", "find_extremes", "read_waveform"]

_BLOCK = 1 << 18  # frames


class Waveform(NamedTuple):
    """The lowest and the highest sample of each step (float32, shape (n, 2), full scale 1.0); *step* in seconds."""

    extremes: NDArray[np.float32]
    step: float


def find_extremes(blocks: Iterable[NDArray[Any]], sample_rate: int, *, step: float) -> Waveform:
    """Return the extremes of each *step* of samples; its length is rounded to whole frames.

    Parameters
    ----------
    blocks
        Samples in shape (frames, channels), block after block: floats, int16, or integers at full scale.
    sample_rate
        Frames a second.
    step
        Seconds a row stands for.

    Returns
    -------
    Waveform
        Without rows if there are no samples. Samples that are not finite count as 0.

    Examples
    --------
    >>> find_extremes([np.array([[0.0], [0.5], [-0.25], [0.0]])], 2, step=1.0).extremes.tolist()
    [[0.0, 0.5], [-0.25, 0.0]]
    """
    hop = max(1, round(step * sample_rate))
    rows: list[NDArray[np.float32]] = []
    rest: NDArray[np.float32] = np.empty((0, 2), np.float32)
    for block in blocks:
        scale = 1.0 if block.dtype.kind == "f" else 2.0 ** (8 * block.dtype.itemsize - 1)
        found = np.stack((block.min(axis=1), block.max(axis=1)), axis=1) if block.size else np.empty((0, 2))
        found = np.nan_to_num(found.astype(np.float32) / np.float32(scale), posinf=0.0, neginf=0.0)
        pairs: NDArray[np.float32] = np.concatenate((rest, found))
        whole = len(pairs) // hop * hop
        rows.append(_reduce(pairs[:whole].reshape(-1, hop, 2)))
        rest = pairs[whole:]
    if len(rest):
        rows.append(_reduce(rest[None]))
    return Waveform(np.concatenate(rows) if rows else np.empty((0, 2), np.float32), hop / sample_rate)


def read_waveform(audio: AudioReader, *, step: float) -> Waveform:
    """Return the extremes of an open audio file, block by block; see `find_extremes`."""
    return find_extremes(audio.blocks(_BLOCK), audio.sample_rate, step=step)


def _reduce(groups: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the lowest and the highest of each group."""
    if not groups.size:
        return np.empty((0, 2), np.float32)
    return np.stack((groups[:, :, 0].min(axis=1), groups[:, :, 1].max(axis=1)), axis=1)
