"""Measure levels and loudness, trim silence, and compute gains.

Conventions
-----------
Samples are (frames, channels), floats in [-1, 1) or full-scale int16 / int32. Levels are dB against full scale: 0 is a
sample of 1.0, and for the RMS a square wave of that height; digital silence is -inf. Silence at the ends is reported
in seconds, always a whole number of frames: a time in the output of `trim_silence` is the old time minus `offset`.

True peak and loudness: ITU-R BS.1770-5. Its filters are defined at 48 kHz, and there the loudness is measured.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clipaudio.audio.frames import are_cancelled, as_frames
from clipaudio.audio.quantize import check_finite, to_float
from clipaudio.audio.resample import resample
from clipaudio.errors import ConvertError
from clipaudio.extras import import_dependency, import_extra

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Levels", "Trimmed", "gain_to", "loudness", "measure", "trim_silence"]

_OVERSAMPLED = 4
_BLOCK = 1 << 18  # frames at a time
_LOUDNESS_RATE = 48_000
_GATE = 4800  # frames at that rate: the gating blocks of 0.4 s start every 0.1 s


@dataclass(frozen=True, slots=True)
class Levels:
    """How loud samples are.

    Attributes
    ----------
    peak_db
        Highest sample.
    true_peak_db
        Highest point of the wave between the samples, at four times the rate.
    rms_db
        Root of the mean square over all channels.
    clipped
        Samples at full scale or beyond.
    leading_silence, trailing_silence
        Seconds before and behind the sound; where all is silence, all of it leads.
    loudness_lufs
        Integrated loudness; None when it was not asked for or there is less than 0.4 s.
    are_channels_cancelled
        Whether next to nothing is left when the channels are mixed to mono, as where one of two is inverted.
    """

    peak_db: float
    true_peak_db: float
    rms_db: float
    clipped: int
    leading_silence: float
    trailing_silence: float
    loudness_lufs: float | None = None
    are_channels_cancelled: bool = False

    def as_row(self) -> dict[str, float | int | None]:
        """Return the levels as plain values for a table or JSON; None stands for -inf.

        >>> measure([0.0], 8000).as_row()["peak_db"] is None
        True
        """
        return {name: value if value is None or math.isfinite(value) else None for name, value in asdict(self).items()}


class Trimmed(NamedTuple):
    """Samples without the silence at their ends, and the seconds that were taken off."""

    samples: NDArray[Any]
    offset: float
    removed_tail: float


def measure(samples: ArrayLike, sample_rate: int, *, silence_db: float = -60.0, with_loudness: bool = False) -> Levels:
    """Measure *samples*.

    Parameters
    ----------
    samples
        Floats in [-1, 1) or full-scale int16 / int32; shape (frames, channels), or (frames,) for mono.
    sample_rate
        Samples a second.
    silence_db
        A frame with no sample above this is silent.
    with_loudness
        Measure the integrated loudness too, which needs the extra `loudness`.

    Raises
    ------
    ConvertError
        A sample is not finite, or, with loudness, there are more than five channels.
    MissingExtraError
        The loudness was asked for and pyloudnorm is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> tone = 0.5 * np.sin(2 * np.pi * 12_000 * np.arange(48_000) / 48_000 + np.pi / 4)
    >>> tone[:4800] = tone[-2400:] = 0
    >>> levels = measure(tone, 48_000)
    >>> round(levels.peak_db, 2), round(levels.true_peak_db, 1), levels.leading_silence, levels.trailing_silence
    (-9.03, -5.9, 0.1, 0.05)
    """
    frames = as_frames(samples)
    if frames.dtype.kind == "f":
        check_finite(frames)
    peak = true_peak = power = mixed = 0.0
    clipped, top = 0, _full_scale(frames)
    for block, above in _oversampled(frames, sample_rate):
        peak = max(peak, float(np.abs(block).max(initial=0.0)))
        true_peak = max(true_peak, above)
        power += float(np.square(block).sum())
        if block.shape[1] > 1:
            mixed += float(np.square(block.mean(axis=1)).sum())
        clipped += int(np.count_nonzero((block >= top) | (block <= -1.0)))
    first, stop = _sounding(frames, silence_db)
    return Levels(
        _db(peak),
        _db(max(peak, true_peak)),
        _db(math.sqrt(power / frames.size) if frames.size else 0.0),
        clipped,
        first / sample_rate,
        (len(frames) - stop) / sample_rate,
        loudness(frames, sample_rate) if with_loudness else None,
        frames.shape[1] > 1 and are_cancelled(mixed, power / frames.shape[1]),
    )


def loudness(samples: ArrayLike, sample_rate: int) -> float | None:
    """Return the integrated loudness of *samples* in LUFS; -inf for silence, None below 0.4 s.

    Raises
    ------
    MissingExtraError
        pyloudnorm is not installed.
    ConvertError
        There are more than five channels (left, right, centre and the two surrounds).

    Examples
    --------
    A tone of 997 Hz at full scale has -3.01 LUFS; a click is too short to have any:

    >>> loudness([0.0, 0.5, 0.0], 48_000) is None
    True
    """
    frames = as_frames(samples)
    if not 1 <= frames.shape[1] <= 5:
        raise ConvertError(f"loudness is defined for 1 to 5 channels, found {frames.shape[1]}; mix them down first")
    heard = to_float(resample(frames, sample_rate, _LOUDNESS_RATE), np.float64)
    whole = len(heard) - len(heard) % _GATE  # a gating block that is not full does not count
    if whole < 4 * _GATE:
        return None
    pyloudnorm = import_extra("pyloudnorm", extra="loudness", purpose="loudness")
    meter = pyloudnorm.Meter(_LOUDNESS_RATE, filter_class="DeMan")  # the filters of BS.1770 to all their digits
    return float(meter.integrated_loudness(heard[:whole]))


def trim_silence(samples: ArrayLike, sample_rate: int, *, silence_db: float = -60.0, keep: float = 0.05) -> Trimmed:
    """Trim the silence at both ends of *samples*, except for *keep* seconds.

    The samples that stay are a view of the given ones. Of silence alone, its last *keep* seconds stay.

    Parameters
    ----------
    samples
        Floats or full-scale integers; shape (frames, channels), or (frames,) for mono.
    sample_rate
        Samples a second.
    silence_db
        A frame with no sample above this is silent.
    keep
        Seconds left before and behind the sound, where there are as many.

    Returns
    -------
    Trimmed
        Samples, shape (frames, channels); seconds taken off the start, to be taken off every time; seconds taken off
        the end.

    Examples
    --------
    >>> import numpy as np
    >>> clip = np.concatenate([np.zeros(4000), np.full(800, 0.1), np.zeros(1600)])
    >>> samples, offset, removed_tail = trim_silence(clip, 8000, keep=0.1)
    >>> samples.shape, offset, removed_tail
    ((2400, 1), 0.4, 0.1)
    """
    frames = as_frames(samples)
    if keep < 0:
        raise ConvertError(f"{keep} s of silence were to be kept; expected 0 or more")
    kept = round(keep * sample_rate)
    first, stop = _sounding(frames, silence_db)
    first, stop = max(first - kept, 0), min(stop + kept, len(frames))
    return Trimmed(frames[first:stop], first / sample_rate, (len(frames) - stop) / sample_rate)


def gain_to(lufs: float, target: float, *, true_peak_db: float | None = None, ceiling_db: float = -1.0) -> float:
    """Return the factor that changes loudness *lufs* to *target*.

    With *true_peak_db*, the peak they have now, the factor is held so low that none gets above *ceiling_db*.

    Raises
    ------
    ConvertError
        A level is not finite: silence cannot be made louder.

    Examples
    --------
    >>> gain_to(-26.0, -20.0)
    1.9952623149688795
    >>> gain_to(-26.0, -20.0, true_peak_db=-4.0)  # 3 dB are left below -1
    1.4125375446227544
    """
    if not (math.isfinite(lufs) and math.isfinite(target)):
        raise ConvertError(f"no gain leads from {lufs} to {target} LUFS; expected finite levels: silence stays silent")
    gain_db = target - lufs
    if true_peak_db is not None:
        gain_db = min(gain_db, ceiling_db - true_peak_db)
    return float(10 ** (gain_db / 20))


def _oversampled(frames: NDArray[Any], sample_rate: int) -> Iterator[tuple[NDArray[Any], float]]:
    """Yield each block as float64, with the peak of its oversampled waveform.

    soxr keeps some frames back until it has seen more; the last block is an empty one and brings what it kept.
    """
    if not frames.size:
        return
    soxr = import_dependency("soxr", purpose="the true peak")
    stream = soxr.ResampleStream(
        sample_rate, _OVERSAMPLED * sample_rate, frames.shape[1], dtype="float32", quality="HQ"
    )
    for first in range(0, len(frames) + _BLOCK, _BLOCK):
        block = to_float(frames[first : first + _BLOCK], np.float64)
        between = stream.resample_chunk(block.astype(np.float32), last=first >= len(frames))
        yield block, float(np.abs(between).max(initial=0.0))


def _full_scale(frames: NDArray[Any]) -> float:
    """Return the full-scale value of the dtype; integers of fewer bits are left-aligned."""
    if frames.dtype.kind == "f":
        return 1.0
    width = 8 * frames.dtype.itemsize
    bits = width if np.any(frames & 0xFF) else width - 8
    return 1.0 - 2.0 ** (1 - bits)


def _sounding(frames: NDArray[Any], silence_db: float) -> tuple[int, int]:
    """Return the first frame and the stop of what is not silent; both equal the length if all is silent."""
    limit = 10 ** (silence_db / 20)
    if frames.dtype.kind != "f":
        limit *= 2.0 ** (8 * frames.dtype.itemsize - 1)
    size = len(frames)
    first = next((at for at in _blocks(frames, range(0, size, _BLOCK), limit, last=False)), size)
    stop = next((at + 1 for at in _blocks(frames, range(size, 0, -_BLOCK), limit, last=True)), size)
    return first, stop


def _blocks(frames: NDArray[Any], edges: range, limit: float, *, last: bool) -> Iterator[int]:
    """Yield the first or last frame above *limit* of each block that has one."""
    for edge in edges:
        start = max(edge - _BLOCK, 0) if last else edge
        block = frames[start : edge if last else edge + _BLOCK]
        loud = np.flatnonzero(((block > limit) | (block < -limit)).any(axis=1))
        if len(loud):
            yield start + int(loud[-1 if last else 0])


def _db(level: float) -> float:
    return 20 * math.log10(level) if level > 0 else -math.inf
