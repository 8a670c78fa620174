"""Measure loudness over time, and find the intervals that contain sound.

Conventions
-----------
Level k of an envelope is the root mean square of frames k * step to (k + 1) * step, all channels, full scale 1.0;
the last step may be short. Stretches of sound are (n, 2) seconds, in order, apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from numpy.typing import NDArray

    from clipaudio.audio.reader import AudioReader

__all__ = ["Envelope", "find_sound", "read_envelope", "rms_envelope"]

_STEP = 0.005  # seconds: the fifth of a pitch period would follow the voice, a tenth of a second would smear it
_BLOCK = 1 << 18
_QUIETEST = 5.0  # percent of the steps
_FAINTEST, _LOUDEST = 10 ** (-60 / 20), 10 ** (-20 / 20)  # bounds of the threshold, as shares of the peak


class Envelope(NamedTuple):
    """Levels (float64, shape (n,), full scale 1.0), one each *step* seconds."""

    levels: NDArray[np.float64]
    step: float


def rms_envelope(blocks: Iterable[NDArray[Any]], sample_rate: int, *, step: float = _STEP) -> Envelope:
    """Measure how loud each *step* of samples is; its length is rounded to whole frames.

    Parameters
    ----------
    blocks
        Samples in shape (frames, channels), block after block: floats, int16, or integers at full scale.
    sample_rate
        Frames a second.
    step
        Seconds a level stands for.

    Examples
    --------
    >>> rms_envelope([np.array([[0.0], [0.0], [0.5], [-0.5]])], 2, step=1.0)
    Envelope(levels=array([0. , 0.5]), step=1.0)
    """
    hop = max(1, round(step * sample_rate))
    levels: list[NDArray[np.float64]] = []
    rest = np.empty(0)
    for block in blocks:
        scale = 1.0 if block.dtype.kind == "f" else 2.0 ** (8 * block.dtype.itemsize - 1)
        power = np.square(block.astype(np.float64) / scale).mean(axis=1) if block.size else np.empty(0)
        power = np.concatenate((rest, power))
        whole = len(power) // hop * hop
        levels.append(power[:whole].reshape(-1, hop).mean(axis=1))
        rest = power[whole:]
    if len(rest):
        levels.append(rest.mean(keepdims=True))
    return Envelope(np.sqrt(np.concatenate(levels)) if levels else np.empty(0), hop / sample_rate)


def read_envelope(audio: AudioReader, *, step: float = _STEP) -> Envelope:
    """Measure an open audio file, block by block."""
    return rms_envelope(audio.blocks(_BLOCK), audio.sample_rate, step=step)


def find_sound(
    envelope: Envelope, *, above_floor_db: float = 10.0, min_sound: float = 0.02, min_silence: float = 0.05
) -> NDArray[np.float64]:
    """Return the intervals in which the level is above the noise of the recording.

    The floor is the level that the quietest 5 % of the steps stay below. The threshold lies *above_floor_db* over it,
    but between 60 dB (a recording without noise) and 20 dB (one without a pause) below the loudest step.

    Parameters
    ----------
    envelope
        Of one clip.
    above_floor_db
        What is less than this above the floor is silence.
    min_sound, min_silence
        Seconds: a shorter sound is a click and a shorter silence the closure of a plosive; both are passed over.

    Returns
    -------
    float64, shape (n, 2), seconds
        In order, at least *min_silence* apart; empty for silence.

    Examples
    --------
    >>> find_sound(Envelope(np.array([0, 0, 0.5, 0.4, 0, 0]), 0.1)).round(3)
    array([[0.2, 0.4]])
    """
    levels, step = envelope
    peak = levels.max(initial=0.0)
    floor = np.percentile(levels, _QUIETEST) if len(levels) else 0.0
    threshold = np.clip(floor * 10 ** (above_floor_db / 20), peak * _FAINTEST, peak * _LOUDEST)
    loud = np.concatenate(([False], levels > threshold, [False]))
    edges = np.flatnonzero(loud[1:] != loud[:-1]).reshape(-1, 2) * np.float64(step)
    if not len(edges):
        return edges
    apart = edges[1:, 0] - edges[:-1, 1] >= min_silence - step / 2
    found = np.stack((edges[np.append(True, apart), 0], edges[np.append(apart, True), 1]), axis=1)
    kept: NDArray[np.float64] = found[found[:, 1] - found[:, 0] >= min_sound - step / 2]
    return kept
