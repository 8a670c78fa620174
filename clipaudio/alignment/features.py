"""Log-mel features of speech at 16 kHz, one frame each 5 ms.

Conventions
-----------
A frame is centred: frame k describes the 25 ms around k * 5 ms. Features are float16, shape (frames, 40), natural log
of power, minus the mean of the loud frames, so that level and timbre of a recording matter little.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["BANDS", "CONTEXT", "HOP", "SAMPLE_RATE", "log_mel", "normalize", "stack_context"]

SAMPLE_RATE: Final = 16_000
HOP: Final = 0.005
"""Seconds from one frame to the next."""
BANDS: Final = 40
CONTEXT: Final = 11
"""Frames that the model sees, 10 ms apart."""

_STEP: Final = round(HOP * SAMPLE_RATE)
_WINDOW: Final = 400
_FFT: Final = 512
_LOWEST, _HIGHEST = 60.0, 7600.0
_PRE_EMPHASIS: Final = 0.97
_FAINTEST: Final = 1e-9
_LOUD: Final = 8.0  # of the natural log of power
_CHUNK: Final = 8192


@functools.cache
def _filters() -> NDArray[np.float32]:
    """Return triangular mel filters, float32, shape (257, 40)."""
    lowest, highest = (2595 * np.log10(1 + hertz / 700) for hertz in (_LOWEST, _HIGHEST))
    mel = np.linspace(lowest, highest, BANDS + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)
    bins = np.arange(_FFT // 2 + 1)[:, None] * (SAMPLE_RATE / _FFT)
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    filters: NDArray[np.float32] = np.clip(np.minimum(rising, falling), 0, None).astype(np.float32)
    return filters


def log_mel(blocks: Iterable[NDArray[np.floating]]) -> NDArray[np.float16]:
    """Return the log-mel power of mono samples that come in blocks, before `normalize`.

    Parameters
    ----------
    blocks
        Samples at 16 kHz, shape (n,), full scale 1.0.

    Returns
    -------
    float16, shape (frames, 40)
        One frame each 5 ms; empty without samples. Memory grows by 16 kB a second.

    Examples
    --------
    >>> log_mel([np.zeros(800), np.zeros(800)]).shape
    (20, 40)
    """
    done: list[NDArray[np.float16]] = []
    rest = np.zeros(_WINDOW // 2, np.float32)
    last = np.float32(0)
    for block in blocks:
        samples = np.nan_to_num(np.clip(np.asarray(block, np.float32), -8, 8))
        if len(samples):
            before = np.append(last, samples[:-1])
            last = samples[-1]
            rest = np.concatenate((rest, samples - np.float32(_PRE_EMPHASIS) * before))
        whole = max((len(rest) - _WINDOW) // _STEP + 1, 0)
        done += _analyse(rest, whole)
        rest = rest[whole * _STEP :]
    rest = np.concatenate((rest, np.zeros(_WINDOW // 2 - 1, np.float32)))
    done += _analyse(rest, max((len(rest) - _WINDOW) // _STEP + 1, 0))
    return np.concatenate(done) if done else np.empty((0, BANDS), np.float16)


def _analyse(samples: NDArray[np.float32], count: int) -> list[NDArray[np.float16]]:
    """Return the log-mel power of the first *count* windows, in chunks."""
    if not count:
        return []
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_STEP][:count]
    hann = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    found = []
    for first in range(0, count, _CHUNK):
        spectrum = np.fft.rfft(windows[first : first + _CHUNK] * hann, _FFT)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32) @ _filters()
        found.append(np.log(np.maximum(power, _FAINTEST)).astype(np.float16))
    return found


def normalize(features: NDArray[np.float16]) -> NDArray[np.float16]:
    """Subtract the mean of the loud frames: those within 8 (natural log) of the 95th percentile of all.

    Returns
    -------
    float16, shape of *features*
    """
    if not len(features):
        return features
    level = features.mean(axis=1, dtype=np.float32)
    loud = level >= np.percentile(level, 95) - _LOUD
    centred: NDArray[np.float16] = features - features[loud].mean(axis=0, dtype=np.float32).astype(np.float16)
    return centred


def stack_context(features: NDArray[np.float16], first: int, stop: int) -> NDArray[np.float32]:
    """Return frames *first* to *stop* with five neighbours at each side, float32, shape (stop - first, 440).

    The first and the last frame stand for what lies outside.
    """
    around = np.arange(-(CONTEXT // 2), CONTEXT // 2 + 1) * 2
    rows = np.clip(np.arange(first, stop)[:, None] + around, 0, len(features) - 1)
    stacked: NDArray[np.float32] = features[rows].reshape(stop - first, -1).astype(np.float32)
    return stacked
