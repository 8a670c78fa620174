"""Write WAV files, whole or as a stream.

Format: as `clipaudio.audio.wav`. A file above 4 GiB becomes RF64 (EBU Tech 3306), which every current reader knows.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from clipaudio.errors import ConvertError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["WavWriter", "encode_wav"]

_PCM, _FLOAT = 1, 3
_KINDS: Final = {
    "PCM_U8": (_PCM, 8, "i2"),
    "PCM_16": (_PCM, 16, "i2"),
    "PCM_24": (_PCM, 24, "i4"),
    "PCM_32": (_PCM, 32, "i4"),
    "FLOAT": (_FLOAT, 32, "f4"),
    "DOUBLE": (_FLOAT, 64, "f8"),
}
"""Subtype -> format tag, bits, and the dtype it is made of."""
_MOST: Final = 0xFFFFFFFF  # bytes that a 32-bit size can tell; in RF64 it says: see the 64-bit one


@dataclass(frozen=True)
class _Kind:
    """What is written, and the header that tells of it."""

    sample_rate: int
    channels: int
    subtype: str

    @cached_property
    def width(self) -> int:
        """Bytes a frame."""
        return self.channels * _KINDS[self.subtype][1] // 8

    def check(self) -> None:
        """Raise when no WAV can hold this."""
        if self.subtype not in _KINDS:
            raise ConvertError(f"cannot write {self.subtype!r} as WAV here; expected one of {', '.join(_KINDS)}")
        fits = 1 <= self.channels <= 0xFFFF and self.width <= 0xFFFF and 1 <= self.sample_rate * self.width <= _MOST
        if not fits:
            raise ConvertError(f"a WAV cannot hold {self.channels} channels at {self.sample_rate} Hz as {self.subtype}")

    def pad(self, frames: int) -> bytes:
        """Return the padding byte of an odd number of bytes."""
        return b"\0" * (frames * self.width % 2)

    def total(self, frames: int, extra: int) -> int:
        """Return the RIFF size: all bytes but the first eight."""
        fmt = 24 if _KINDS[self.subtype][0] == _PCM else 38  # floats tell their frames in a fact chunk
        return 4 + fmt + 8 + frames * self.width + len(self.pad(frames)) + extra

    def is_rf64(self, frames: int, extra: int) -> bool:
        """Return True if the size needs more than 32 bits."""
        return self.total(frames, extra) > _MOST

    def header(self, frames: int, extra: int, *, is_rf64: bool) -> bytes:
        """Return everything before the samples."""
        tag, bits, _ = _KINDS[self.subtype]
        fmt = struct.pack(
            "<HHIIHH", tag, self.channels, self.sample_rate, self.sample_rate * self.width, self.width, bits
        )
        body = _chunk(b"fmt ", fmt)
        if tag == _FLOAT:
            body = _chunk(b"fmt ", fmt + b"\0\0") + _chunk(b"fact", struct.pack("<I", min(frames, _MOST)))
        total, size = self.total(frames, extra), frames * self.width
        if not is_rf64:
            return struct.pack("<4sI4s", b"RIFF", total, b"WAVE") + body + struct.pack("<4sI", b"data", size)
        sizes = _chunk(b"ds64", struct.pack("<QQQI", total + 36, size, frames, 0))
        intro = struct.pack("<4sI4s", b"RF64", _MOST, b"WAVE")
        return intro + sizes + body + struct.pack("<4sI", b"data", _MOST)


class WavWriter:
    """A WAV file that is written block by block.

    Parameters
    ----------
    file
        Where to write, from its start; seekable when *frames* may be wrong.
    sample_rate, channels, subtype
        One of PCM_U8, PCM_16, PCM_24, PCM_32, FLOAT, DOUBLE.
    frames
        How many will come. When others come, `close` corrects the header.
    chunks
        Whole chunks to write behind the samples, such as cue points.

    Raises
    ------
    ConvertError
        No WAV can hold this.

    Examples
    --------
    >>> import io
    >>> file = io.BytesIO()
    >>> writer = WavWriter(file, 8000, 1, "PCM_16")
    >>> writer.write(np.zeros((10, 1), np.int16)); writer.close()
    >>> len(file.getvalue())
    64
    """

    def __init__(
        self,
        file: BinaryIO,
        sample_rate: int,
        channels: int,
        subtype: str,
        *,
        frames: int = 0,
        chunks: bytes = b"",
    ) -> None:
        self._file = file
        self._kind = _Kind(sample_rate, channels, subtype)
        self._kind.check()
        self._chunks = chunks
        self._promised = frames
        self._written = 0
        self._is_rf64 = self._kind.is_rf64(frames, len(chunks))
        file.write(self._kind.header(frames, len(chunks), is_rf64=self._is_rf64))

    def write(self, samples: NDArray[Any]) -> None:
        """Write the next frames, (frames, channels), of the dtype that `clipaudio.audio.quantize` gives."""
        _check_payload(samples, self._kind.subtype)
        self._file.write(_payload(samples, self._kind.subtype))
        self._written += len(samples)

    def close(self) -> None:
        """Write what stands behind the samples and make the header true; the file stays open."""
        self._file.write(self._kind.pad(self._written) + self._chunks)
        if self._written == self._promised:
            return
        extra = len(self._chunks)
        if self._kind.is_rf64(self._written, extra) and not self._is_rf64:
            raise ConvertError(f"{self._written} frames came instead of {self._promised}: no header can be mended so")
        self._file.seek(0)
        self._file.write(self._kind.header(self._written, extra, is_rf64=self._is_rf64))


def encode_wav(samples: NDArray[Any], sample_rate: int, subtype: str, *, chunks: bytes = b"") -> bytes:
    """Return the bytes of a WAV file.

    Parameters
    ----------
    samples
        (frames, channels); full-scale int16 for PCM_U8 and PCM_16, int32 for PCM_24 and PCM_32, floats for
        FLOAT and DOUBLE: as `clipaudio.audio.quantize` gives them.
    sample_rate
        Samples a second.
    subtype
        One of the six named above.
    chunks
        Whole chunks to write behind the samples.

    Raises
    ------
    ConvertError
        The subtype or dtype does not fit.

    Examples
    --------
    >>> len(encode_wav(np.zeros((10, 2), np.int16), 16_000, "PCM_16"))
    84
    """
    kind = _Kind(sample_rate, samples.shape[1] if samples.ndim == 2 else 1, subtype)
    kind.check()
    _check_payload(samples, subtype)
    frames = len(samples)
    head = kind.header(frames, len(chunks), is_rf64=kind.is_rf64(frames, len(chunks)))
    return b"".join((head, _payload(samples, subtype), kind.pad(frames), chunks))


def _check_payload(samples: NDArray[Any], subtype: str) -> None:
    """Raise unless *samples* are what *subtype* stores."""
    wanted = np.dtype(_KINDS[subtype][2])
    if samples.ndim != 2 or samples.dtype != wanted:
        raise ConvertError(
            f"{subtype} wants {wanted} of shape (frames, channels), full scale; "
            f"found {samples.dtype} of shape {samples.shape}"
        )


def _payload(samples: NDArray[Any], subtype: str) -> bytes | memoryview:
    """Return the samples as little-endian bytes."""
    stored = np.ascontiguousarray(samples, dtype="<" + _KINDS[subtype][2])
    if subtype == "PCM_U8":
        return ((stored >> 8) + 128).astype(np.uint8).tobytes()
    if subtype == "PCM_24":
        return stored.reshape(-1).view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
    return stored.data.cast("B") if stored.size else b""


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body
