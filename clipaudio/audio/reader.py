"""Open an audio file as blocks of samples: WAV by our own tolerant reader, the rest by libsndfile or ffmpeg.

An expired url returns an error page, which may have been saved under the name of the clip. Such documents are detected
first and reported with their first words. The bytes decide what a file is, never its extension.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import struct
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final, Protocol

from clipaudio.audio.byte_ranges import part_of
from clipaudio.audio.declared_size import find_missing_end
from clipaudio.audio.demuxers import LENIENT, find_demuxer
from clipaudio.audio.streams import StreamsReader
from clipaudio.audio.tag_skipping import start_without_tags
from clipaudio.audio.wav import Issue, Sliceable, WavLayout, decode_samples, is_wav, read_layout
from clipaudio.errors import AudioError

if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from clipaudio.audio.ffmpeg import FfmpegReader
    from clipaudio.audio.streams import Stream

__all__ = ["MAX_HOURS", "AudioReader", "Recording", "open_audio"]

_WHOLE: Final = 1 << 24  # bytes; a smaller file is read at once
_MP3_IN_WAV: Final = 0x55
_PACKED: Final = frozenset({0x02, 0x06, 0x07, 0x11, 0x31, 0x38, 0x40, 0x55})
"""Compression in WAV that libsndfile knows: ADPCM, µ-law, A-law, GSM 6.10, NMS ADPCM, G.721 and MP3."""
_MOST_CHANNELS: Final = 1024  # as libsndfile; more are a damaged header, and resamplers crash on them
MAX_HOURS: Final = 12.0
"""Hours of sound that are read unless more are allowed: longer than any clip, short enough for a disk."""


class AudioReader(Protocol):
    """An open audio file.

    Attributes
    ----------
    sample_rate, channels
        Samples a second, and samples a frame.
    subtype, format
        Kind of the stored samples, "PCM_16", "FLOAT", "MPEG_LAYER_III", …; "WAV", "FLAC", "OGG", "MP3", ….
    frames
        How many are promised; `issues` tells, after the last block, when fewer came.
    issues
        What is wrong with the file and what was made of it; empty for a sound one.
    """

    sample_rate: int
    channels: int
    subtype: str
    format: str
    frames: int

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What is wrong with the file, complete after the last block."""
        ...

    def blocks(self, frames: int) -> Iterator[NDArray[Any]]:
        """Yield the samples, up to *frames* at a time, at least one block: int16, full-scale int32 or floats."""
        ...

    def close(self) -> None:
        """Close the file and stop any decoder process, even if reading ended early."""
        ...


class Recording(ABC):
    """Audio that is no file but can be read like one."""

    @abstractmethod
    def opened(self, *, compensate_delay: bool = False) -> contextlib.AbstractContextManager[AudioReader]:
        """Open for reading, as `open_audio` does with a file."""


@contextlib.contextmanager
def open_audio(
    source: str | os.PathLike[str] | bytes | Recording, *, compensate_delay: bool = False, max_hours: float = MAX_HOURS
) -> Iterator[AudioReader]:
    """Open *source*, the path of an audio file, its bytes or a `Recording`, for as long as the block lasts.

    Parameters
    ----------
    source
        A path, the bytes of a file, or a recording such as `clipaudio.audio.montage.Montage`.
    compensate_delay
        Drop the 1105 samples by which an MP3 comes late that does not tell its encoder's delay; without, the issue
        "no_delay_tag" tells of them. See `clipaudio.audio.mp3`.
    max_hours
        Refuse longer audio: a file of 1 MB can hold days of silence.

    Raises
    ------
    AudioError
        There is no audio: an empty file, an error page, a cut header, an unknown format; or there is too much of it
        ("too_long"). The attribute `kind` names which, `path` the file. An AudioError raised inside the block is given
        the path as well.
    OSError
        The file cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> from clipaudio.audio.wav_writer import encode_wav
    >>> with open_audio(encode_wav(np.zeros((80, 1), np.int16), 8000, "PCM_16")) as audio:
    ...     [len(block) for block in audio.blocks(64)]
    [64, 16]
    """
    if isinstance(source, Recording):
        with source.opened(compensate_delay=compensate_delay) as recorded:
            yield recorded
        return
    if isinstance(source, (bytes, bytearray, memoryview)):
        with contextlib.closing(_reader(bytes(source), None, compensate_delay=compensate_delay)) as reader:
            yield _limited(reader, max_hours)
        return
    path = os.fspath(source)
    with open(path, "rb", buffering=0) as file:
        try:
            data: Sliceable
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):  # a pipe tells no size and can be read once
                data, place = file.readall(), None
            else:
                size, place = found.st_size, path
                data = file.read(size + 1) if size <= _WHOLE else _FileBytes(file, size)
            with contextlib.closing(_reader(data, place, compensate_delay=compensate_delay)) as reader:
                yield _limited(reader, max_hours)
        except AudioError as error:
            if getattr(error, "path", None) is not None:
                raise
            raise type(error)(f"{path}: {error}", **vars(error), path=path) from error


class _FileBytes:
    """A file that can be sliced like bytes; only the slices are read."""

    def __init__(self, file: io.FileIO, size: int) -> None:
        self._file = file
        self._size = size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, place: slice, /) -> bytes:
        first, stop, _ = place.indices(self._size)
        self._file.seek(first)
        return self._file.read(max(stop - first, 0))


def _reader(data: Sliceable, path: str | None, *, compensate_delay: bool) -> AudioReader:
    """Return a reader for *data*; *path* is None if the data is only in memory.

    Tags in front are left out first: only then the bytes say what they are.
    """
    if not len(data):
        raise AudioError("the file is empty; fetch it again", kind="empty_file")
    start = start_without_tags(data)
    body: Sliceable = part_of(data, start, len(data))
    if is_wav(body):
        layout = read_layout(body)
        if layout.subtype is not None:
            return _WavReader(body, layout)
        return _or_by_ffmpeg(
            lambda: _packed_wav(body, layout, compensate_delay),
            body,
            path if start == 0 else None,
            is_unknown=layout.tag not in _PACKED,
        )
    _refuse_documents(body)
    if body[:2] == b"\xf0\x7e":  # libsndfile prints to stdout what is wrong in one, where rows of JSON may stand
        raise AudioError("a MIDI sample dump, which is not read here; save it as WAV first", kind="not_audio")
    if body[:2] in {b"\xff\xf8", b"\xff\xf9"}:
        from clipaudio.audio.flac import find_headless_flac  # noqa: PLC0415 - loads on use

        headless = find_headless_flac(body)
        if headless is not None:
            return StreamsReader(headless[0], issues=headless[1], compensate_delay=compensate_delay)
    demuxer = find_demuxer(bytes(body[:160]))
    if demuxer is not None:
        from clipaudio.audio.ffmpeg import FfmpegReader  # noqa: PLC0415 - few files need another program

        return FfmpegReader(body, path if start == 0 else None, demuxer=demuxer)

    def read() -> AudioReader:
        found = _find_streams(body, is_tagged=start > 0)
        if found is not None:
            return StreamsReader(found[0], issues=found[1], compensate_delay=compensate_delay)
        return _by_libsndfile(body, compensate_delay=compensate_delay)

    return _or_by_ffmpeg(read, body, path if start == 0 else None)


def _or_by_ffmpeg(
    read: Callable[[], AudioReader], body: Sliceable, path: str | None, *, is_unknown: bool = False
) -> AudioReader:
    """Return what *read* returns; a reader of ffmpeg where it refuses a file that ffmpeg knows.

    Such a file is damaged, unless its compression *is_unknown* to libsndfile.
    """
    try:
        return read()
    except AudioError:
        reader = _by_ffmpeg_instead(body, path)
        if reader is None:
            raise
        if not is_unknown:
            reader.issues += (Issue("damaged", "libsndfile refuses the file; ffmpeg read what it could"),)
        return reader


def _by_ffmpeg_instead(body: Sliceable, path: str | None) -> FfmpegReader | None:
    """Return a reader for a file that libsndfile knows by name and refuses, if ffmpeg is here and finds sound in it."""
    demuxer = LENIENT.get(bytes(body[:4]))
    if demuxer is None:
        return None
    from clipaudio.audio.ffmpeg import FfmpegReader  # noqa: PLC0415 - few files need another program

    try:
        return FfmpegReader(body, path, demuxer=demuxer)
    except AudioError:
        return None


def _find_streams(body: Sliceable, *, is_tagged: bool) -> tuple[list[Stream], tuple[Issue, ...]] | None:
    """Return the streams of an Ogg, FLAC or MP3 file; None if it is none of them."""
    head = bytes(body[:4])
    if head == b"OggS":
        from clipaudio.audio.ogg import find_ogg_streams  # noqa: PLC0415 - loads on use

        return find_ogg_streams(body)
    if head == b"fLaC":
        from clipaudio.audio.flac import find_flac_streams  # noqa: PLC0415 - loads on use

        return find_flac_streams(body)
    if is_tagged or head[:1] in {b"\xff", b"\0"}:
        from clipaudio.audio.mp3_streams import find_mp3_streams  # noqa: PLC0415 - loads on use

        return find_mp3_streams(body)
    return None


def _by_libsndfile(body: Sliceable, *, compensate_delay: bool) -> AudioReader:
    """Return a reader for what libsndfile knows, else for MP3 frames behind bytes of another kind.

    Frames are at least half of the bytes: any compressed data has some that look like them.
    """
    from clipaudio.audio.libsndfile import SndfileReader  # noqa: PLC0415 - WAV needs no libsndfile: load it on use

    try:
        return SndfileReader(body, issues=find_missing_end(body))
    except AudioError:
        from clipaudio.audio.mp3_streams import find_mp3_streams  # noqa: PLC0415 - loads on use

        found = None if bytes(body[:4]) in LENIENT else find_mp3_streams(body)
        if found is None or 2 * sum(len(stream.data) for stream in found[0]) < len(body):
            raise
    return StreamsReader(found[0], issues=found[1], compensate_delay=compensate_delay)


def _packed_wav(body: Sliceable, layout: WavLayout, compensate_delay: bool) -> AudioReader:  # noqa: FBT001 - an internal step
    """Return a reader for compressed samples in a WAV; MP3 among them is read as what it is."""
    if layout.tag == _MP3_IN_WAV:
        from clipaudio.audio.mp3_streams import find_mp3_streams  # noqa: PLC0415 - loads on use

        found = find_mp3_streams(part_of(body, layout.start, layout.stop))
        if found is not None:
            issues = (*layout.issues, *found[1])
            return StreamsReader(found[0], issues=issues, compensate_delay=compensate_delay)
    from clipaudio.audio.libsndfile import SndfileReader  # noqa: PLC0415 - WAV needs no libsndfile: load it on use

    return SndfileReader(_true_wav(body, layout), issues=layout.issues, frames=layout.frames)


def _limited(reader: AudioReader, max_hours: float) -> AudioReader:
    """Return *reader* with a limit to what it reads; a WAV without compression is as long as its bytes."""
    if reader.channels > _MOST_CHANNELS:
        text = f"the header says {reader.channels} channels; at most {_MOST_CHANNELS} are read"
        raise AudioError(text, kind="invalid_format")
    return reader if isinstance(reader, _WavReader) else _LimitedReader(reader, max_hours)


class _LimitedReader:
    """A reader that refuses more than *max_hours*, as the header says or as the samples come."""

    def __init__(self, reader: AudioReader, max_hours: float) -> None:
        self._reader, self._max_hours = reader, max_hours
        self.sample_rate, self.channels = reader.sample_rate, reader.channels
        self.subtype, self.format, self.frames = reader.subtype, reader.format, reader.frames
        self._check(self.frames)

    @property
    def issues(self) -> tuple[Issue, ...]:
        return self._reader.issues

    def blocks(self, frames: int) -> Iterator[NDArray[Any]]:
        found = 0
        for block in self._reader.blocks(frames):
            found += len(block)
            self._check(found)
            yield block

    def close(self) -> None:
        self._reader.close()

    def _check(self, frames: int) -> None:
        if frames > self._max_hours * 3600 * self.sample_rate:
            hours = max(frames, self.frames) / self.sample_rate / 3600
            text = f"the audio lasts {hours:.1f} hours, the limit is {self._max_hours:g}"
            raise AudioError(f"{text}; raise it with max_hours (--max-hours)", kind="too_long", hours=hours)


class _WavReader:
    """Blocks of a WAV whose samples need no decoder."""

    def __init__(self, data: Sliceable, layout: WavLayout) -> None:
        self.sample_rate = layout.sample_rate
        self.channels = layout.channels
        self.subtype = str(layout.subtype)
        self.format = "WAV"
        self.frames = (layout.stop - layout.start) // layout.width
        self.issues = layout.issues
        self._data = memoryview(data) if isinstance(data, bytes) else data
        self._layout = layout

    def blocks(self, frames: int) -> Iterator[NDArray[Any]]:
        """Yield the samples, up to *frames* at a time."""
        start, stop, width = self._layout.start, self._layout.stop, self._layout.width
        for first in range(start, max(stop, start + 1), frames * width):  # no frames are one empty block
            last = min(first + frames * width, stop)
            raw = self._data[first:last]
            if len(raw) < last - first:
                raise AudioError("the file became shorter while it was read; try again", kind="truncated")
            yield decode_samples(raw, self._layout)

    def close(self) -> None:
        """Do nothing: the caller closes the file."""


def _true_wav(data: Sliceable, layout: WavLayout) -> bytes:
    """Return compressed samples with a correct header."""
    if layout.order == ">":
        raise AudioError("compressed big-endian WAV is not supported; convert it first", kind="invalid_format")
    body = data[layout.start : layout.stop]
    pad = b"\0" * (len(body) % 2)
    fmt = layout.fmt + b"\0" * (len(layout.fmt) % 2)
    size = 4 + 8 + len(fmt) + 8 + len(body) + len(pad)
    head = struct.pack("<4sI4s4sI", b"RIFF", size, b"WAVE", b"fmt ", len(layout.fmt))
    return b"".join((head, fmt, struct.pack("<4sI", b"data", len(body)), body, pad))


def _refuse_documents(data: Sliceable) -> None:
    """Raise AudioError if *data* is a document (HTML, XML, JSON) instead of audio."""
    first = 10 if data[:3] == b"ID3" else 0  # a tag that is cut, or says it is longer than the file
    text = bytes(data[first : first + 4096]).lstrip(b"\xef\xbb\xbf \t\r\n\0").decode("utf-8", "replace")
    if not re.match(r"<[?!a-zA-Z]|[{\[]\s*[\"{\[\]}]", text):
        return
    snippet = " ".join(text.split())[:200]
    code = re.search(r"<Code>([^<]{1,80})</Code>", text)
    name = f" ({code[1]})" if code else ""
    raise AudioError(
        f"a document instead of audio{name}: {snippet!r}; the url has probably expired: ask for the clip again",
        kind="error_document",
        code=code[1] if code else None,
        snippet=snippet,
    )
