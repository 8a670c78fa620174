"""A file or its bytes into blocks of samples: WAV by our own tolerant reader, the rest by libsndfile or ffmpeg.

A dead url answers with a page that says so, saved under the name of the clip: such documents are recognised first and
named, with their first words, before any decoder sees them. The bytes decide, never the extension.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import struct
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final, Protocol

from clipaudio.audio.wav import Issue, Sliceable, WavLayout, decode_samples, is_wav, read_layout
from clipaudio.errors import AudioError

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from clipaudio.audio.libsndfile import SndfileReader

__all__ = ["AudioReader", "Recording", "open_audio"]

_WHOLE: Final = 1 << 24  # bytes; a smaller file is read at once
_MP3_HEAD: Final = 1 << 22  # bytes in which the first frame stands, behind a picture of the cover


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
    issues: tuple[Issue, ...]

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
    source: str | os.PathLike[str] | bytes | Recording, *, compensate_delay: bool = False
) -> Iterator[AudioReader]:
    """Open *source*, the path of an audio file, its bytes or a `Recording`, for as long as the block lasts.

    Parameters
    ----------
    source
        A path, the bytes of a file, or a recording such as `clipaudio.audio.montage.Montage`.
    compensate_delay
        Drop the 1105 samples by which an MP3 comes late that does not tell its encoder's delay; without, the issue
        "no_delay_tag" tells of them. See `clipaudio.audio.mp3`.

    Raises
    ------
    AudioError
        There is no audio: an empty file, an error page, a cut header, an unknown format. The attribute `kind` names
        which, `path` the file. An AudioError raised inside the block is given the path as well.
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
            yield reader
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
                yield reader
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
    """Return a reader for *data*; *path* is None if the data is only in memory."""
    if not len(data):
        raise AudioError("the file is empty; fetch it again", kind="empty_file")
    if is_wav(data):
        layout = read_layout(data)
        if layout.subtype is not None:
            return _WavReader(data, layout)
    else:
        layout = None
        _refuse_documents(data)
        if data[:2] == b"\xf0\x7e":  # libsndfile prints to stdout what is wrong in one, where rows of JSON may stand
            raise AudioError("a MIDI sample dump, which is not read here; save it as WAV first", kind="not_audio")
        if data[4:8] == b"ftyp" or (data[:1] == b"\xff" and data[1:2] in {b"\xf1", b"\xf9"}):
            from clipaudio.audio.ffmpeg import FfmpegReader  # noqa: PLC0415 - m4a alone needs another program

            return FfmpegReader(data, path)
    from clipaudio.audio.libsndfile import SndfileReader  # noqa: PLC0415 - WAV needs no libsndfile: load it on use

    if layout is not None:
        return SndfileReader(_true_wav(data, layout), issues=layout.issues)
    reader = SndfileReader(path if path is not None and not isinstance(data, bytes) else data[:])
    if reader.format == "MP3":
        _mind_the_delay(reader, data, compensate_delay=compensate_delay)
    return reader


def _mind_the_delay(reader: SndfileReader, data: Sliceable, *, compensate_delay: bool) -> None:
    """Report the MP3 delay that libsndfile does not know, or drop it."""
    from clipaudio.audio.mp3 import compensation, encoder_delay  # noqa: PLC0415 - only MP3 has it

    delay = encoder_delay(bytes(data[:_MP3_HEAD]))
    late = 0 if delay is None else compensation(delay)
    if not late:
        return
    reader.guess_frames(skip=late if compensate_delay else 0)
    if not compensate_delay:
        text = f"the MP3 does not tell its encoder's delay: its sound comes about {late} samples late"
        reader.issues += (Issue("no_delay_tag", f"{text}; compensate_delay drops them"),)


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
    head = data[:10]
    first = 0
    if head[:3] == b"ID3" and len(head) == 10:
        size = (head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | head[9] & 127
        first = 10 + size if 10 + size < len(data) else 10
    text = data[first : first + 4096].lstrip(b"\xef\xbb\xbf \t\r\n\0").decode("utf-8", "replace")
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
