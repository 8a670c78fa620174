"""Read and write files through libsndfile, and translate its errors."""

from __future__ import annotations

import contextlib
import io
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import soundfile

from clipaudio.audio.byte_ranges import SeekableBytes
from clipaudio.audio.frames import WAV_ORDER
from clipaudio.audio.wav import Issue
from clipaudio.errors import AudioError, ConvertError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from clipaudio.audio.wav import Sliceable

__all__ = ["SndfileReader", "SndfileWriter"]

_DTYPES = {"DOUBLE": "float64", "PCM_24": "int32", "PCM_32": "int32", "ALAC_24": "int32", "ALAC_32": "int32"}
_INT16 = frozenset({"PCM_S8", "PCM_U8", "PCM_16", "ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM", "GSM610", "ALAC_16"})
_UNKNOWN = 0x7FFFFFFFFFFFFFFF  # frames: what libsndfile says of a FLAC that was written to a pipe
_BLOCK = 65_536  # frames; libsndfile 1.2.2 overflows its stack when Ogg Vorbis comes in one long write
_MOST_OGG_CHANNELS = 255
_MOST = 0xFFFFFFFF  # bytes that a 32-bit size can tell
_READ_BLOCK = 16_384  # frames
_SMALL_BLOCK = 64  # frames
_MOST_PIECES = _READ_BLOCK // _SMALL_BLOCK  # what one failed read can have held
_WHOLE = 1 << 24  # bytes; a smaller file is read from memory


class SndfileReader:
    """Blocks of a file that libsndfile decodes.

    Parameters
    ----------
    source
        The bytes of a file.
    issues
        What is already known to be wrong with them.
    frames
        The exact number of frames to read; None for the number that libsndfile finds.
    size
        The size that the file claims to have, beyond its bytes; None for its own.

    Raises
    ------
    AudioError
        libsndfile does not know the bytes either.
    """

    def __init__(
        self,
        source: Sliceable,
        *,
        issues: tuple[Issue, ...] = (),
        frames: int | None = None,
        size: int | None = None,
    ) -> None:
        self._source, self._claimed = source, max(len(source), size or 0)
        if self._claimed <= _WHOLE:  # from memory reading is twice as fast
            data = source if isinstance(source, bytes) else bytes(source[:])
            self._source = data + bytes(self._claimed - len(data))
        self._file = self._opened()
        self.sample_rate = int(self._file.samplerate)
        self.channels = int(self._file.channels)
        self.subtype = str(self._file.subtype)
        self.format = str(self._file.format)
        promised = int(self._file.frames) if frames is None else frames
        self._is_promise = promised < _UNKNOWN
        self.frames = promised if self._is_promise else 0
        self._most = self.frames if self._is_promise else None
        self.issues = issues
        self._skipped = 0
        order = WAV_ORDER.get(self.channels) if self.format == "OGG" else None
        self._order = None if order is None else list(order)

    def _opened(self) -> _Stream:
        source = self._source
        try:
            file = _Stream(_Bytes(source) if isinstance(source, bytes) else SeekableBytes(source, self._claimed))
            if file.subtype == "OPUS":  # else too little is skipped of a stream whose clock does not begin at zero
                file.seek(0)
        except (soundfile.LibsndfileError, OverflowError) as error:
            raise _not_audio(bytes(source[:16]), error) from error
        return file

    def guess_frames(self, *, skip: int = 0) -> None:
        """Treat the number of frames as a guess, and skip the first *skip*."""
        self._is_promise = False
        self._skipped = skip
        self.frames = max(self.frames - skip, 0)

    def blocks(self, frames: int) -> Iterator[NDArray[Any]]:
        """Yield the samples, up to *frames* at a time; can be called once."""
        dtype = _DTYPES.get(self.subtype, "int16" if self.subtype in _INT16 else "float32")
        found, waiting, count = 0, [np.zeros((0, self.channels), dtype)], 0
        with self._file as file:
            left_out = self._skipped
            for piece in self._pieces(file, dtype):
                block = piece[left_out:]
                left_out -= len(piece) - len(block)
                found += len(block)
                count += len(block)
                waiting.append(block if self._order is None else block[:, self._order])
                if count >= frames:
                    whole = np.concatenate(waiting)
                    yield whole[:frames]
                    waiting, count = [whole[frames:]], count - frames
        if count or not found:  # no frames are one empty block
            yield np.concatenate(waiting)
        self.issues += _compare(self.frames if self._is_promise else found, found)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _pieces(self, file: soundfile.SoundFile, dtype: str) -> Iterator[NDArray[Any]]:
        """Read block by block up to the last frame; a truncated file ends in an error."""
        found = 0
        try:
            while self._most is None or found < self._most:
                wanted = _READ_BLOCK if self._most is None else min(_READ_BLOCK, self._most - found)
                piece = file.read(wanted, dtype=dtype, always_2d=True)
                if not len(piece):
                    return
                yield piece
                found += len(piece)
        except soundfile.LibsndfileError as error:
            pieces = self._before_the_error(found, dtype)
            if not found and not pieces:
                raise _not_audio(bytes(self._source[:16]), error) from error
            yield from pieces

    def _before_the_error(self, found: int, dtype: str) -> list[NDArray[Any]]:
        """Return what follows the first *found* frames, in small pieces.

        soundfile drops the block that ends in an error. So the file is decoded once more from its start: after an error
        no decoder can be sent back.
        """
        pieces: list[NDArray[Any]] = []
        with self._opened() as file, contextlib.suppress(soundfile.LibsndfileError):
            while found > 0:
                found -= len(file.read(min(_READ_BLOCK, found), dtype=dtype))
            while len(piece := file.read(_SMALL_BLOCK, dtype=dtype, always_2d=True)) and len(pieces) < _MOST_PIECES:
                pieces.append(piece)
        return pieces


def _not_audio(head: bytes, error: Exception) -> AudioError:
    return AudioError(
        f"not audio that can be read: it starts with {head!r}, expected WAV, FLAC, Ogg or MP3 ({_reason(error)})",
        kind="not_audio",
    )


def _reason(error: Exception) -> str:
    """Return the message of libsndfile without the address of its object."""
    return str(getattr(error, "error_string", error))


def _compare(promised: int, found: int) -> tuple[Issue, ...]:
    """Return the issues of the number of frames."""
    if found == 0:
        return (Issue("empty", "the file holds no audio at all"),)
    if found >= promised:
        return ()
    return (Issue("truncated", f"{promised} frames promised, {found} found"),)


class _Stream(soundfile.SoundFile):  # type: ignore[misc]  # soundfile has no types
    """A file that is only read sequentially.

    soundfile seeks after each read. An MP3 decoder that is sent anywhere, even to where it is, forgets the bits that
    frames lend each other, and the next block begins with a crack.
    """

    def seekable(self) -> bool:
        """Return False, so that libsndfile does not seek."""
        return False


class _Bytes(io.BytesIO):
    """Bytes that clamp seeks before their start, which damaged files cause."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        base = {0: 0, 1: self.tell(), 2: self.getbuffer().nbytes}[whence]
        return super().seek(max(base + offset, 0))


class SndfileWriter:
    """A file that libsndfile encodes, block by block.

    Parameters
    ----------
    file
        Where to write, seekable.
    sample_rate, channels
        Of the samples.
    format, subtype
        In libsndfile's names.
    texts
        "title", "comment" and the like, which the file carries where its format can.
    quality
        0 (best) to 1 (smallest), for lossy formats and for how hard FLAC tries; None leaves it to libsndfile.
    is_constant
        Give MP3 one bit rate throughout instead of one that follows the sound.
    chunks
        Whole chunks to write behind the samples of a WAV.

    Raises
    ------
    ConvertError
        The format cannot hold this subtype, rate or number of channels, or no chunks.
    """

    def __init__(  # noqa: PLR0913 - what a file is
        self,
        file: BinaryIO,
        sample_rate: int,
        channels: int,
        *,
        format: str,  # noqa: A002 - soundfile's own word
        subtype: str,
        texts: Mapping[str, str] = MappingProxyType({}),
        quality: float | None = None,
        is_constant: bool = False,
        chunks: bytes = b"",
    ) -> None:
        self._target, self._format, self._chunks = file, format, chunks
        self._what = f"{format} cannot hold {channels} channels at {sample_rate} Hz as {subtype}"
        options: dict[str, Any] = {} if quality is None else {"compression_level": quality}
        if is_constant:
            options["bitrate_mode"] = "CONSTANT"
        if chunks and format != "WAV":
            raise ConvertError(f"{format} cannot hold words or other chunks of a WAV; write .wav, or leave them out")
        if format == "OGG" and channels > _MOST_OGG_CHANNELS:  # libsndfile 1.2.2 crashes on them in Opus
            raise ConvertError(f"{self._what}: at most {_MOST_OGG_CHANNELS} channels fit")
        order = WAV_ORDER.get(channels) if format == "OGG" else None
        self._order = None if order is None else np.argsort(order)
        with self._translated():
            self._file = soundfile.SoundFile(
                self._target, "w", samplerate=sample_rate, channels=channels, format=format, subtype=subtype, **options
            )
            for name, text in texts.items():
                setattr(self._file, name, text.replace("\0", ""))

    def write(self, samples: NDArray[Any]) -> None:
        """Write the next frames, int16 or full-scale int32."""
        with self._translated():
            for first in range(0, len(samples), _BLOCK):
                block = samples[first : first + _BLOCK]
                self._file.write(np.ascontiguousarray(block if self._order is None else block[:, self._order]))

    def close(self) -> None:
        """Write what is left; the file stays open."""
        with self._translated():
            self._file.close()
        if not self._target.tell():  # FLAC begins its file with the first frame
            raise ConvertError(f"{self._format} cannot hold a file without a frame; write WAV, or leave it out")
        if self._chunks:
            self._append(self._chunks)

    def _append(self, chunks: bytes) -> None:
        """Append chunks to what libsndfile wrote, and update the size in its header."""
        end = self._target.seek(0, io.SEEK_END)
        size = end + end % 2 + len(chunks) - 8
        if size > _MOST:
            raise ConvertError("a WAV of this subtype above 4 GiB cannot hold chunks; write PCM_16")
        self._target.write(b"\0" * (end % 2) + chunks)
        self._target.seek(4)
        self._target.write(size.to_bytes(4, "little"))

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (soundfile.LibsndfileError, ValueError, OverflowError) as error:
            raise ConvertError(
                f"{self._what} ({_reason(error)}); MP3 ends at 48 kHz, Opus knows 8, 12, 16, 24 and 48 kHz"
            ) from error
