"""Slices of audio files and silence, read as one recording.

Conventions
-----------
Places and lengths are frames at the montage's own rate; a source at another rate is brought there first, so that
nothing is ever rounded twice. If all sources have the same format, their samples pass unchanged; otherwise they
are converted to float64.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clipaudio.audio.frames import frames_after
from clipaudio.audio.quantize import to_float
from clipaudio.audio.reader import Recording, open_audio
from clipaudio.errors import AudioError

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Iterator, Sequence

    from numpy.typing import NDArray

    from clipaudio.audio.reader import AudioReader
    from clipaudio.audio.wav import Issue

__all__ = ["AudioSlice", "Montage", "join_montages", "montage_of"]

_DTYPES = {"PCM_U8": np.int16, "PCM_S8": np.int16, "PCM_16": np.int16, "PCM_24": np.int32, "PCM_32": np.int32}
_ROUNDED_AWAY = 200  # of a second: what rates put upon rates may take from the end of a file, and more


class AudioSlice(NamedTuple):
    """Frames *first* to *stop* (half-open) of *source*, or as much silence where that is None.

    *source* is a path, the bytes of a file, or float64 samples of shape (frames, channels). The first *fade_in* frames
    rise from silence, and the last *fade_out* frames fall to it.
    """

    source: str | os.PathLike[str] | bytes | NDArray[np.float64] | None
    first: int
    stop: int
    fade_in: int = 0
    fade_out: int = 0

    def cut(self, first: int, stop: int) -> AudioSlice:
        """Keep the frames from *first* to *stop*, counted from the start of the slice."""
        fade_in = max(self.fade_in - first, 0)
        fade_out = max(self.fade_out - (self.stop - self.first - stop), 0)
        return AudioSlice(self.source, self.first + first, self.first + stop, fade_in, fade_out)


@dataclass(frozen=True, eq=False)
class Montage(Recording):
    """A sequence of audio slices, read as one signal.

    Parameters
    ----------
    takes
        In order.
    sample_rate, channels
        Of the whole. A mono source is heard on every channel; other numbers of channels do not mix.
    subtype
        How its sources are stored; what `convert` writes when it is not told otherwise.
    is_plain
        All sources are files of this rate, number of channels and subtype: samples pass as they are.

    Examples
    --------
    >>> from clipaudio.audio.wav_writer import encode_wav
    >>> tone = montage_of(encode_wav(np.full((8, 1), 7, np.int16), 8000, "PCM_16"))
    >>> with open_audio(tone.cut(2, 6).pad(1, 1)) as audio:
    ...     np.concatenate(list(audio.blocks(64))).ravel().tolist()
    [0, 7, 7, 7, 7, 0]
    """

    takes: tuple[AudioSlice, ...]
    sample_rate: int
    channels: int
    subtype: str
    is_plain: bool = True

    @property
    def frames(self) -> int:
        """Number of frames."""
        return sum(take.stop - take.first for take in self.takes)

    def cut(self, first: int, stop: int) -> Montage:
        """Keep the frames from *first* to *stop*, clamped to the length."""
        return self.select([(first, stop)])

    def select(self, windows: Sequence[tuple[int, int]], *, fade: int = 0) -> Montage:
        """Return the frames of *windows*, one after another, each clamped to the length.

        Parameters
        ----------
        windows
            Half-open frames, in any order.
        fade
            Frames that fall to silence and rise from it where one window does not go on where the last one ended.

        Examples
        --------
        >>> ones = Montage((AudioSlice(np.ones((9, 1)), 0, 9),), 8000, 1, "FLOAT", is_plain=False)
        >>> with open_audio(ones.select([(0, 4), (6, 9)], fade=2)) as audio:
        ...     np.concatenate(list(audio.blocks(64))).ravel().round(2).tolist()
        [1.0, 1.0, 0.85, 0.15, 0.15, 0.85, 1.0]
        """
        starts = [0, *accumulate(take.stop - take.first for take in self.takes)]
        kept: list[AudioSlice] = []
        before = 0
        clamped = [(max(first, 0), min(stop, starts[-1])) for first, stop in windows]
        clamped = [window for window in clamped if window[0] < window[1]]
        for row, (first, stop) in enumerate(clamped):
            after = clamped[row + 1][0] if row + 1 < len(clamped) else starts[-1]
            at = bisect_right(starts, first) - 1
            taken = []
            while at < len(self.takes) and starts[at] < stop:
                taken.append(self.takes[at].cut(max(first - starts[at], 0), min(stop, starts[at + 1]) - starts[at]))
                at += 1
            taken = [take for take in taken if take.first < take.stop]
            if fade and first != before:
                taken[0] = taken[0]._replace(fade_in=min(fade, taken[0].stop - taken[0].first))
            if fade and stop != after:
                taken[-1] = taken[-1]._replace(fade_out=min(fade, taken[-1].stop - taken[-1].first))
            kept += taken
            before = stop
        return replace(self, takes=tuple(kept))

    def pad(self, before: int, after: int) -> Montage:
        """Add frames of silence before and after."""
        head, tail = (((AudioSlice(None, 0, frames),) if frames > 0 else ()) for frames in (before, after))
        return replace(self, takes=(*head, *self.takes, *tail))

    def at_rate(self, sample_rate: int) -> Montage:
        """Convert positions and lengths to another rate, rounded half up; samples in memory are resampled.

        Each take ends where the sum of all before it does, rounded once: however many there are, nothing drifts.
        """
        if sample_rate == self.sample_rate:
            return self
        takes = []
        arrays: dict[int, NDArray[np.float64]] = {}
        length = now = 0
        for take in self.takes:
            source = take.source
            if isinstance(source, np.ndarray):
                if id(source) not in arrays:
                    arrays[id(source)] = _resampled(source, self.sample_rate, sample_rate)
                source = arrays[id(source)]
            first = frames_after(take.first, self.sample_rate, sample_rate)
            length += take.stop - take.first
            end = frames_after(length, self.sample_rate, sample_rate)
            fades = (frames_after(fade, self.sample_rate, sample_rate) for fade in (take.fade_in, take.fade_out))
            takes.append(AudioSlice(source, first, first + end - now, *fades))
            now = end
        return replace(self, takes=tuple(takes), sample_rate=sample_rate, is_plain=False)

    @contextlib.contextmanager
    def opened(self, *, compensate_delay: bool = False) -> Iterator[AudioReader]:
        """Open for reading, as `open_audio` does with a file."""
        reader = _MontageReader(self, compensate_delay=compensate_delay)
        with contextlib.closing(reader):
            yield reader


def montage_of(source: str | os.PathLike[str] | bytes) -> Montage:
    """Return a montage of one whole file.

    Raises
    ------
    AudioError
        It is no audio.
    OSError
        It cannot be read.
    """
    with open_audio(source) as audio:
        # a WAV tells its frames truly, by its bytes; what is compressed must be read to know
        frames = audio.frames if audio.format == "WAV" else sum(map(len, audio.blocks(1 << 18)))
        plain = audio.format in {"WAV", "FLAC"} and audio.subtype in _DTYPES
        return Montage((AudioSlice(source, 0, frames),), audio.sample_rate, audio.channels, audio.subtype, plain)


def join_montages(montages: Sequence[Montage], *, gap: int = 0) -> Montage:
    """Concatenate montages with *gap* frames of silence between them, at the rate of the first.

    A take at another rate keeps its place and length to the nearest frame.

    Raises
    ------
    AudioError
        Numbers of channels differ, and it is not one that is mono.
    """
    first = montages[0]
    channels = max(montage.channels for montage in montages)
    odd = [montage.channels for montage in montages if montage.channels not in {1, channels}]
    if odd:
        raise AudioError(f"{odd[0]} and {channels} channels do not join; convert one of them first")
    takes: list[AudioSlice] = []
    for montage in montages:
        if takes and gap > 0:
            takes.append(AudioSlice(None, 0, gap))
        takes.extend(montage.at_rate(first.sample_rate).takes)
    alike = {(montage.sample_rate, montage.channels, montage.subtype, montage.is_plain) for montage in montages}
    return Montage(tuple(takes), first.sample_rate, channels, first.subtype, first.is_plain and len(alike) == 1)


class _MontageReader:
    """Read the slices of a montage in sequence."""

    def __init__(self, montage: Montage, *, compensate_delay: bool) -> None:
        self.sample_rate = montage.sample_rate
        self.channels = montage.channels
        self.subtype = montage.subtype
        self.format = "WAV"
        self.frames = montage.frames
        self.issues: tuple[Issue, ...] = ()
        self._montage = montage
        self._compensate_delay = compensate_delay
        self._cursor: _Cursor | None = None

    def blocks(self, frames: int) -> Iterator[NDArray[Any]]:
        """Yield the samples, up to *frames* at a time, at least one block."""
        dtype = _DTYPES[self.subtype] if self._montage.is_plain else np.float64
        empty = True
        for take in self._montage.takes:
            for block in self._of_take(take, frames, np.dtype(dtype)):
                empty = False
                yield block
        if empty:
            yield np.zeros((0, self.channels), dtype)

    def close(self) -> None:
        """Close the file that is open."""
        if self._cursor is not None:
            self._cursor.blocks.close()
            self._cursor = None

    def _of_take(self, take: AudioSlice, frames: int, dtype: np.dtype[Any]) -> Iterator[NDArray[Any]]:
        """Yield the samples of one slice."""
        done, length = 0, take.stop - take.first
        for block in self._of_source(take, frames, dtype):
            yield _faded(block, take, done)
            done += len(block)
        missing = length - done
        if missing > 0:
            if self._montage.is_plain or missing > self.sample_rate // _ROUNDED_AWAY:
                now = take.first + done
                raise AudioError(f"a take ends at frame {take.stop}, its file at {now}: was it changed since?")
            yield np.zeros((missing, self.channels), dtype)

    def _of_source(self, take: AudioSlice, frames: int, dtype: np.dtype[Any]) -> Iterator[NDArray[Any]]:
        """Yield the samples of a slice without its fades, at the montage's rate and number of channels."""
        if take.source is None or isinstance(take.source, np.ndarray):
            last = take.stop if take.source is None else min(take.stop, len(take.source))
            for first in range(take.first, last, frames):
                stop = min(first + frames, last)
                silence = np.zeros((stop - first, self.channels), dtype)
                yield silence if take.source is None else silence + take.source[first:stop]
            return
        cursor = self._cursor
        if cursor is None or cursor.source is not take.source or take.first < cursor.first:
            self.close()
            cursor = self._cursor = _Cursor(take.source, self._of_file(take.source, frames))
        yield from cursor.read(take.first, take.stop)

    def _of_file(self, source: str | os.PathLike[str] | bytes, frames: int) -> Generator[NDArray[Any], None, None]:
        """Yield a whole file, at the montage's rate and number of channels."""
        with open_audio(source, compensate_delay=self._compensate_delay) as audio:
            self.issues += tuple(issue for issue in audio.issues if issue not in self.issues)
            if self._montage.is_plain:
                yield from audio.blocks(frames)
                return
            for block in _at_rate(audio, self.sample_rate, frames):
                yield np.broadcast_to(block, (len(block), self.channels))


class _Cursor:
    """A file that is read forward: slices in ascending order read it once, however many they are."""

    def __init__(self, source: str | os.PathLike[str] | bytes, blocks: Generator[NDArray[Any], None, None]) -> None:
        self.source, self.blocks = source, blocks
        self.first = 0  # the frame at which the block that is held begins
        self._block: NDArray[Any] = np.empty((0, 1))

    def read(self, first: int, stop: int) -> Iterator[NDArray[Any]]:
        """Yield the frames from *first* to *stop*, fewer if the file ends before."""
        while True:
            a, b = max(first - self.first, 0), min(stop - self.first, len(self._block))
            if a < b:
                yield self._block[a:b]
            if stop <= self.first + len(self._block):
                return
            block = next(self.blocks, None)
            self.first += len(self._block)
            self._block = self._block[:0] if block is None else block
            if block is None:
                return


def _faded(block: NDArray[Any], take: AudioSlice, done: int) -> NDArray[Any]:
    """Return *block*, which begins *done* frames after the start of *take*, with the fades of the take."""
    length = take.stop - take.first
    if done >= take.fade_in and done + len(block) <= length - take.fade_out:
        return block
    frame = np.arange(done, done + len(block))[:, None] + 0.5
    rise = np.clip(frame / max(take.fade_in, 1e-9), 0.0, 1.0)
    fall = np.clip((length - frame) / max(take.fade_out, 1e-9), 0.0, 1.0)
    faded: NDArray[Any] = block * np.sin(rise * (np.pi / 2)) ** 2 * np.sin(fall * (np.pi / 2)) ** 2
    return faded if block.dtype.kind == "f" else np.rint(faded).astype(block.dtype)


def _resampled(samples: NDArray[np.float64], sample_rate: int, new_rate: int) -> NDArray[np.float64]:
    from clipaudio.audio.resample import resample  # noqa: PLC0415 - soxr loads on use

    return np.asarray(resample(samples, sample_rate, new_rate, quality="VHQ"), np.float64)


def _at_rate(audio: AudioReader, sample_rate: int, frames: int) -> Iterator[NDArray[np.float64]]:
    """Return the samples of *audio* as float64 at *sample_rate*."""
    floats = (to_float(block, np.float64) for block in audio.blocks(frames))
    if audio.sample_rate == sample_rate:
        yield from floats
        return
    from clipaudio.audio.resample import Resampler  # noqa: PLC0415 - soxr loads on use

    resampler = Resampler(audio.sample_rate, sample_rate, audio.channels, quality="VHQ")
    for block in floats:
        yield resampler(block)
    yield resampler(np.zeros((0, audio.channels)), last=True)
