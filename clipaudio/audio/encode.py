"""Encode samples as WAV, FLAC, Ogg Vorbis, Opus, MP3 or AAC.

Writers get integers made by `clipaudio.audio.quantize`: libsndfile floors floats in one format and rounds
them in another.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import numpy as np

from clipaudio.audio.frames import as_frames
from clipaudio.audio.marks import text_chunk
from clipaudio.audio.quantize import BITS, quantize, to_float
from clipaudio.audio.wav_writer import WavWriter, encode_wav
from clipaudio.errors import ConvertError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "FORMATS",
    "LOSSY",
    "SUBTYPES",
    "Writer",
    "encode",
    "integer_subtype",
    "open_writer",
    "plain_subtype",
    "require_encoder",
]

FORMATS = {"wav": "WAV", "flac": "FLAC", "ogg": "OGG", "opus": "OGG", "mp3": "MP3", "m4a": "", "aac": ""}
"""Format, which is also the file's extension -> libsndfile's name; empty if ffmpeg writes it."""

SUBTYPES = ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW")
"""Kinds of samples a WAV can hold; MULAW is another name of ULAW."""

LOSSY = {"ogg": "VORBIS", "opus": "OPUS", "mp3": "MPEG_LAYER_III", "m4a": "AAC", "aac": "AAC"}
"""Formats that keep no samples -> the one subtype they have."""


def encode(samples: ArrayLike, sample_rate: int, *, format: str = "wav", subtype: str = "PCM_16") -> bytes:  # noqa: A002 - the word on the command line
    r"""Return the bytes of an audio file.

    Floats become integers without dither; quantize them first to choose otherwise or to learn how many clip.

    Parameters
    ----------
    samples
        Floats in [-1, 1) or full-scale int16 / int32; (frames, channels), or (frames,) for mono.
    sample_rate
        Samples a second.
    format
        "wav", "flac", "ogg", "opus" or "mp3"; "m4a" or "aac" if ffmpeg is installed.
    subtype
        One of `SUBTYPES` for WAV, "PCM_16" or "PCM_24" for FLAC; for lossy formats the depth of the samples
        that the encoder gets.

    Raises
    ------
    ConvertError
        The format is unknown or cannot hold what was asked; a sample is not finite.

    Examples
    --------
    >>> encode([0.0, 0.25], 8000)[-4:]
    b'\x00\x00\x00 '
    """
    frames = as_frames(samples)
    kind = format.lower().lstrip(".")
    if kind not in FORMATS:
        raise ConvertError(f"unknown audio format {format!r}; expected one of {', '.join(FORMATS)}")
    subtype = plain_subtype(subtype)
    if kind == "wav" and subtype in {"FLOAT", "DOUBLE"}:
        return encode_wav(to_float(frames, np.float32 if subtype == "FLOAT" else np.float64), sample_rate, subtype)
    integers, _ = quantize(frames, integer_subtype(subtype, kind))
    if kind == "wav" and subtype in BITS:
        return encode_wav(integers, sample_rate, subtype)
    file = io.BytesIO()
    writer = open_writer(file, sample_rate, frames.shape[1], kind=kind, subtype=subtype, frames=len(frames))
    writer.write(integers)
    writer.close()
    return file.getvalue()


class Writer(Protocol):
    """A file that is written block by block; closing it leaves the file below open."""

    def write(self, samples: NDArray[Any]) -> None:
        """Write the next frames, (frames, channels)."""
        ...

    def close(self) -> None:
        """Write what is left."""
        ...


def open_writer(  # noqa: PLR0913 - what a file is
    file: BinaryIO,
    sample_rate: int,
    channels: int,
    *,
    kind: str,
    subtype: str,
    frames: int,
    chunks: bytes = b"",
    title: str | None = None,
    comment: str | None = None,
    quality: float | None = None,
    is_constant: bool = False,
) -> Writer:
    """Return a writer for format *kind* that stores *subtype*.

    The writer takes what `integer_subtype` names, floats for FLOAT and DOUBLE WAV. *chunks* go behind the samples of a
    WAV; *quality* and *is_constant* go to the encoder of any other format.

    Raises
    ------
    ConvertError
        The format cannot hold this.
    """
    if kind == "wav" and subtype not in {"ULAW", "ALAW"}:
        behind = chunks + text_chunk(title=title, comment=comment)
        return WavWriter(file, sample_rate, channels, subtype, frames=frames, chunks=behind)
    texts = {name: text for name, text in (("title", title), ("comment", comment)) if text}
    if not FORMATS[kind]:
        if chunks:
            raise ConvertError(f"{kind} cannot hold words or other chunks of a WAV; write .wav, or leave them out")
        from clipaudio.audio.ffmpeg_writer import FfmpegWriter  # noqa: PLC0415 - few need it: load it on use

        return FfmpegWriter(file, sample_rate, channels, kind=kind, texts=texts, quality=quality)
    from clipaudio.audio.libsndfile import SndfileWriter  # noqa: PLC0415 - WAV needs no libsndfile: load it on use

    return SndfileWriter(
        file,
        sample_rate,
        channels,
        format=FORMATS[kind],
        subtype=LOSSY.get(kind, subtype),
        texts=texts,
        quality=quality,
        is_constant=is_constant,
        chunks=chunks,
    )


def require_encoder(kind: str) -> None:
    """Raise ConvertError if format *kind* needs a program that is not installed."""
    if FORMATS.get(kind) == "":
        from clipaudio.audio.ffmpeg_writer import require_ffmpeg  # noqa: PLC0415 - few need it: load it on use

        require_ffmpeg(kind)


def plain_subtype(name: str) -> str:
    """Return the canonical name of a subtype.

    Raises
    ------
    ConvertError
        It is none of `SUBTYPES`.

    Examples
    --------
    >>> plain_subtype("mulaw"), plain_subtype("pcm_16")
    ('ULAW', 'PCM_16')
    """
    subtype = {"MULAW": "ULAW"}.get(name.upper(), name.upper())
    if subtype not in SUBTYPES:
        raise ConvertError(f"unknown subtype {name!r}; expected one of {', '.join(SUBTYPES)} or MULAW")
    return subtype


def integer_subtype(subtype: str, kind: str) -> str:
    """Return the integer subtype to quantize to before *subtype* is written in format *kind*.

    >>> integer_subtype("ULAW", "wav"), integer_subtype("FLOAT", "mp3")
    ('PCM_16', 'PCM_32')
    """
    if subtype in BITS:
        return subtype
    if subtype in {"FLOAT", "DOUBLE"}:
        return "PCM_24" if kind == "flac" else "PCM_32"
    return "PCM_16"
