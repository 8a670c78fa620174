"""Read several compressed streams, one behind the other, as one signal.

A stream is what one encoder wrote. Most files hold one; joined MP3s, chained Ogg files and streams that change their
rate or channels hold several. All are brought to the rate and channels of the first.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from clipaudio.audio.frames import frames_after, mix_down
from clipaudio.audio.quantize import BITS, to_float
from clipaudio.audio.wav import Issue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from clipaudio.audio.libsndfile import SndfileReader
    from clipaudio.audio.wav import Sliceable

__all__ = ["Stream", "StreamsReader"]


@dataclass(frozen=True, slots=True)
class Stream:
    """The bytes of one stream, and what is known of its length.

    Parameters
    ----------
    data
        A file that libsndfile reads.
    frames
        The exact number of frames; None if libsndfile finds it.
    claimed_size
        The size that the file seems to have; None for its own.
    late
        Frames of silence at the start that the decoder adds and no tag declares.
    issues
        What is wrong with the stream.
    """

    data: Sliceable
    frames: int | None = None
    claimed_size: int | None = None
    late: int = 0
    issues: tuple[Issue, ...] = ()


class StreamsReader:
    """Read streams in order; see `clipaudio.audio.reader.AudioReader`.

    Parameters
    ----------
    streams
        One at least.
    issues
        What is wrong with the bytes around them.
    compensate_delay
        Drop the frames of silence that the decoder adds.
    """

    def __init__(
        self, streams: Sequence[Stream], *, issues: tuple[Issue, ...] = (), compensate_delay: bool = False
    ) -> None:
        self._compensates = compensate_delay
        self._streams = streams
        self._reader: SndfileReader | None = None
        first = self._open(streams[0])
        self._first: SndfileReader | None = first
        self.sample_rate, self.channels = first.sample_rate, first.channels
        self.subtype, self.format = first.subtype, first.format
        self.frames, kinds = first.frames, {(first.sample_rate, first.channels)}
        subtypes = [first.subtype]
        self.issues = (*first.issues, *issues)
        for stream in streams[1:]:
            with contextlib.closing(self._open(stream)) as reader:
                kinds.add((reader.sample_rate, reader.channels))
                subtypes.append(reader.subtype)
                self.frames += frames_after(reader.frames, reader.sample_rate, self.sample_rate)
        self._is_mixed = len(kinds) > 1 or len(set(subtypes)) > 1
        if self._is_mixed:  # the widest keeps all of them
            self.subtype = max(subtypes, key=lambda subtype: BITS.get(subtype, 0))
        if len(streams) > 1:
            text = f"{len(streams)} streams one behind the other were read as one"
            if len(kinds) > 1:
                said = ", ".join(f"{channels} channels at {rate} Hz" for rate, channels in sorted(kinds))
                text += f" at {self.sample_rate} Hz with {self.channels} channels ({said})"
            self.issues += (Issue("joined", text),)

    def blocks(self, frames: int) -> Iterator[NDArray[Any]]:
        """Yield the samples, up to *frames* at a time, at least one block."""
        found = self.issues
        for number, stream in enumerate(self._streams):
            reader = self._first if number == 0 and self._first is not None else self._open(stream)
            self._reader, self._first = reader, None
            with contextlib.closing(reader):
                before = len(reader.issues)
                yield from self._adapted(reader, frames)
            found += tuple(issue for issue in reader.issues[before if number == 0 else 0 :] if issue not in found)
        if len(self._streams) > 1:  # one empty stream among others is no empty file
            found = tuple(issue for issue in found if issue.kind != "empty")
        self.issues = found

    def close(self) -> None:
        """Close the stream that is open."""
        for reader in (self._first, self._reader):
            if reader is not None:
                reader.close()

    def _open(self, stream: Stream) -> SndfileReader:
        from clipaudio.audio.libsndfile import SndfileReader  # noqa: PLC0415 - loads on use

        reader = SndfileReader(stream.data, issues=stream.issues, frames=stream.frames, size=stream.claimed_size)
        if stream.late:
            reader.guess_frames(skip=stream.late if self._compensates else 0)
            if not self._compensates:
                text = f"the MP3 does not tell its encoder's delay: its sound comes about {stream.late} samples late"
                reader.issues += (Issue("no_delay_tag", f"{text}; compensate_delay drops them"),)
        return reader

    def _adapted(self, reader: SndfileReader, frames: int) -> Iterator[NDArray[Any]]:
        """Yield the blocks of *reader* at the rate and with the channels of the first stream, and of one dtype."""
        if not self._is_mixed:
            yield from reader.blocks(frames)
            return
        from clipaudio.audio.resample import Resampler  # noqa: PLC0415 - few files change in the middle

        same_rate = reader.sample_rate == self.sample_rate
        resampler = None if same_rate else Resampler(reader.sample_rate, self.sample_rate, self.channels)
        for block in reader.blocks(frames):
            mixed = _with_channels(to_float(block, np.float32), self.channels)
            yield mixed if resampler is None else resampler(mixed)
        if resampler is not None:
            yield resampler(np.zeros((0, self.channels), np.float32), last=True)


def _with_channels(samples: NDArray[Any], channels: int) -> NDArray[Any]:
    """Return *samples* with another number of channels: mono on every channel, others mixed down to mono first."""
    if samples.shape[1] == channels:
        return samples
    return np.repeat(mix_down(samples)[0][:, np.newaxis], channels, axis=1)
