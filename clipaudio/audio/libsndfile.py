"""Everything libsndfile does for us, and the one place where its errors are translated."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

from clipaudio.audio.wav import Issue
from clipaudio.errors import AudioError, ConvertError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["decode", "encode"]

_DTYPES = {"DOUBLE": "float64", "PCM_24": "int32", "PCM_32": "int32", "ALAC_24": "int32", "ALAC_32": "int32"}
_INT16 = frozenset({"PCM_S8", "PCM_U8", "PCM_16", "ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM", "GSM610", "ALAC_16"})
_BLOCK = 65_536  # frames; libsndfile 1.2.2 overflows its stack when Ogg Vorbis comes in one long write
_READ_BLOCK = 4096  # frames, as many as a FLAC frame: so much is lost at a cut


def decode(data: bytes) -> tuple[NDArray[Any], int, str, str, tuple[Issue, ...]]:
    """Give samples (frames, channels), sample rate, subtype, format and issues of *data*.

    Raises
    ------
    AudioError
        libsndfile does not know the bytes either.
    """
    try:
        with soundfile.SoundFile(_Bytes(data)) as file:
            subtype = str(file.subtype)
            dtype = _DTYPES.get(subtype, "int16" if subtype in _INT16 else "float32")
            samples = _read_what_is_there(file, dtype)
            issues = _compare(int(file.frames), len(samples))
            return samples, int(file.samplerate), subtype, str(file.format), issues
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"not audio that can be read: it starts with {data[:16]!r}, "
            f"expected WAV, FLAC, Ogg or MP3 ({_reason(error)})",
            kind="not_audio",
        ) from error


def _read_what_is_there(file: soundfile.SoundFile, dtype: str) -> NDArray[Any]:
    """Read block by block: a header may promise the moon, and a cut file ends in an error."""
    blocks = [np.zeros((0, file.channels), dtype)]
    try:
        while len(block := file.read(_READ_BLOCK, dtype=dtype, always_2d=True)):
            blocks.append(block)
    except soundfile.LibsndfileError:
        if len(blocks) == 1:
            raise
    return np.concatenate(blocks)


def _compare(promised: int, found: int) -> tuple[Issue, ...]:
    """Name what is wrong with the number of frames."""
    if found == 0:
        return (Issue("empty", "the file holds no audio at all"),)
    if found >= promised:
        return ()
    return (Issue("truncated", f"{promised} frames promised, {found} found"),)


class _Bytes(io.BytesIO):
    """Bytes that stay where they are when a damaged file sends its reader to before their start."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        base = {0: 0, 1: self.tell(), 2: self.getbuffer().nbytes}[whence]
        return super().seek(max(base + offset, 0))


def encode(samples: NDArray[Any], sample_rate: int, *, format: str, subtype: str) -> bytes:  # noqa: A002 - soundfile's own word
    """Give the bytes of a file of *format* and *subtype* in libsndfile's names.

    Raises
    ------
    ConvertError
        The format cannot hold this subtype, rate or number of channels.
    """
    target = io.BytesIO()
    try:
        with soundfile.SoundFile(
            target, "w", samplerate=sample_rate, channels=samples.shape[1], format=format, subtype=subtype
        ) as file:
            for first in range(0, len(samples), _BLOCK):
                file.write(np.ascontiguousarray(samples[first : first + _BLOCK]))
    except (soundfile.LibsndfileError, ValueError) as error:
        raise ConvertError(
            f"{format} cannot hold {samples.shape[1]} channels at {sample_rate} Hz as {subtype} ({_reason(error)}); "
            "MP3 ends at 48 kHz, Opus knows 8, 12, 16, 24 and 48 kHz"
        ) from error
    return target.getvalue()


def _reason(error: Exception) -> str:
    """Give what libsndfile says, without the address of the object it said it about."""
    return str(getattr(error, "error_string", error))
