"""Change the speed of speech at the same pitch (WSOLA).

Windows of the old signal are laid over one another at another distance; each is looked for near its place, where it
goes on most like the one before (WSOLA: W. Verhelst and M. Roelands, ICASSP 1993, doi:10.1109/ICASSP.1993.319366).
A sound at time t comes to lie at t / speed, to within the search of 10 ms, and the errors do not add up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.audio.frames import as_frames, mix_down
from clipaudio.audio.quantize import to_float
from clipaudio.errors import ConvertError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["stretch"]

_WINDOW: Final = 0.04  # seconds: two periods of a deep voice
_SEARCH: Final = 0.01  # seconds to either side: one period of it


def stretch(samples: ArrayLike, sample_rate: int, speed: float) -> NDArray[np.float64]:
    """Return *samples*, *speed* times as fast, at the same pitch.

    Parameters
    ----------
    samples
        Floats, or integers at full scale; shape (frames, channels), or (frames,) for mono.
    sample_rate
        Samples a second.
    speed
        2 is twice as fast and half as long; from 0.1 to 10.

    Returns
    -------
    float64, shape (round(frames / speed), channels)
        Speed 1 gives the samples as they are; no samples give none.

    Raises
    ------
    ConvertError
        The speed is outside 0.1 to 10.

    Examples
    --------
    >>> stretch(np.zeros(8000), 8000, 1.25).shape
    (6400, 1)
    """
    if not 0.1 <= speed <= 10:
        raise ConvertError(f"a speed of {speed}; expected 0.1 to 10")
    signal: NDArray[np.float64] = to_float(as_frames(samples), np.float64)
    length = round(len(signal) / speed)
    if speed == 1 or not len(signal):
        return signal
    half = max(1, round(_WINDOW * sample_rate / 2))
    reach = round(_SEARCH * sample_rate)
    window = np.hanning(2 * half + 1)[:-1, np.newaxis]  # windows half their length apart add up to one
    margin = half + reach
    padded = np.pad(signal, ((margin, margin + 3 * half), (0, 0)))
    mono, _ = mix_down(padded)
    made = np.zeros((length + 3 * half, signal.shape[1]))
    weight = np.zeros((len(made), 1))
    follows = margin - half  # where the window before goes on in the old signal
    for place in range(0, length + half, half):
        wanted = min(round(place * speed) + margin - half, len(padded) - 2 * half - reach - 1)
        at = wanted if place == 0 else _most_alike(mono, follows, wanted, half, reach)
        made[place : place + 2 * half] += window * padded[at : at + 2 * half]
        weight[place : place + 2 * half] += window
        follows = min(at + half, len(padded) - 2 * half)
    made /= np.maximum(weight, 1e-9)
    return made[half : half + length]


def _most_alike(signal: NDArray[np.float64], model: int, wanted: int, half: int, reach: int) -> int:
    """Return the position within *reach* of *wanted* where the signal is most similar to that at *model*."""
    pattern = signal[model : model + 2 * half]
    region = signal[wanted - reach : wanted + reach + 2 * half]
    size = 1 << (len(region) + len(pattern)).bit_length()
    product = np.fft.irfft(np.fft.rfft(region, size) * np.conj(np.fft.rfft(pattern, size)), size)
    likeness = product[: 2 * reach + 1]
    energy = np.concatenate(([0.0], np.cumsum(np.square(region))))
    norm = np.sqrt(np.maximum(energy[2 * half :] - energy[: -2 * half], 0.0))[: 2 * reach + 1]
    score = likeness / (norm + 1e-9)
    best = int(score.argmax())
    # in silence and in what repeats nothing, stay where the time wants it
    return wanted if score[best] <= score[reach] * (1 + 1e-9) + 1e-12 else wanted - reach + best
