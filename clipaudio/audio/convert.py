"""One audio file into another rate, depth or format, without ever leaving half a file.

Only what has to change does: at the same rate and depth the samples are copied bit by bit, more depth is a
shift, a new rate is soxr, and less depth is rounding with dither whose seed comes from the samples, so that
a second run gives the same bytes.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clipaudio.audio.decode import Audio, read_audio
from clipaudio.audio.encode import FORMATS, LOSSY, encode, integer_subtype, plain_subtype
from clipaudio.audio.quantize import BITS, Dither, check_finite, quantize
from clipaudio.errors import ConvertError
from clipaudio.files import write_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.audio.resample import Quality
    from clipaudio.audio.wav import Issue

__all__ = ["ConvertReport", "convert", "render"]


@dataclass(frozen=True, slots=True)
class ConvertReport:
    """What one conversion wrote and met on the way."""

    source: str
    target: str
    frames: int
    sample_rate: int
    subtype: str
    clipped: int
    issues: tuple[Issue, ...]

    def as_row(self) -> dict[str, object]:
        """Give the report as plain values, for a table or JSON."""
        return {
            "source": self.source,
            "target": self.target,
            "frames": self.frames,
            "sample_rate": self.sample_rate,
            "subtype": self.subtype,
            "clipped": self.clipped,
            "issues": [str(issue) for issue in self.issues],
        }


def convert(
    source: str | os.PathLike[str] | bytes,
    target: str | os.PathLike[str],
    *,
    sample_rate: int | None = None,
    subtype: str | None = None,
    dither: Dither = "tpdf",
    overwrite: bool = True,
) -> ConvertReport:
    """Read *source* and write it as *target*, whose extension names the format.

    Parameters
    ----------
    source
        Path of an audio file, or its bytes.
    target
        Path ending in .wav, .flac, .ogg, .opus or .mp3; may be the source itself. Missing folders are not
        made.
    sample_rate
        Samples a second; None keeps the source's.
    subtype
        "PCM_16", "PCM_24", "PCM_32", "FLOAT", "MULAW", …; None keeps the source's where the format can hold
        it, else takes PCM_16.
    dither
        What happens when depth is lost: "tpdf" or "none".
    overwrite
        False refuses to replace a file.

    Raises
    ------
    AudioError
        The source is no audio.
    ConvertError
        It cannot be written as asked; nothing was written.
    OSError
        A file cannot be read or written.

    Examples
    --------
    >>> import numpy as np, tempfile
    >>> from clipaudio.audio.encode import encode
    >>> target = Path(tempfile.mkdtemp()) / "clip.wav"
    >>> report = convert(encode(np.zeros(44_100), 44_100), target, sample_rate=16_000)
    >>> report.frames, report.sample_rate, report.subtype, report.clipped
    (16000, 16000, 'PCM_16', 0)
    """
    path = Path(target)
    kind = path.suffix.lower().lstrip(".")
    if kind not in FORMATS:
        known = ", ".join("." + name for name in FORMATS)
        raise ConvertError(f"{path}: unknown extension {path.suffix!r}; expected one of {known}", path=str(path))
    if not overwrite and path.exists():
        raise ConvertError(f"{path} exists and was not to be replaced", path=str(path))
    audio = read_audio(source)
    stored = plain_subtype(subtype) if subtype else _kept_subtype(audio.subtype, kind)
    rate = audio.sample_rate if sample_rate is None else sample_rate
    samples, clipped = render(audio, rate, integer_or_float(stored, kind), dither=dither)
    data = encode(samples, rate, format=kind, subtype=stored)
    write_bytes(path, data)
    name = "<bytes>" if isinstance(source, bytes) else os.fspath(source)
    return ConvertReport(name, str(path), len(samples), rate, LOSSY.get(kind, stored), clipped, audio.issues)


def render(audio: Audio, sample_rate: int, subtype: str, *, dither: Dither = "tpdf") -> tuple[NDArray[Any], int]:
    """Give the samples of *audio* at *sample_rate* as *subtype*, and how many were clipped.

    *subtype* is one of PCM_U8 … PCM_32, FLOAT or DOUBLE.

    Examples
    --------
    >>> import numpy as np
    >>> tone = Audio(np.array([[0.5], [2.0]]), 8000, "DOUBLE", "WAV")
    >>> render(tone, 8000, "PCM_16", dither="none")
    (array([[16384], [32767]], dtype=int16), 1)
    """
    samples = audio.samples
    if sample_rate != audio.sample_rate:
        from clipaudio.audio.resample import resample  # noqa: PLC0415 - copies need no soxr: load it on use

        if samples.dtype.kind == "f":
            check_finite(samples)
        quality: Quality = "HQ" if BITS.get(subtype, 32) <= 16 else "VHQ"
        samples = resample(samples, audio.sample_rate, sample_rate, quality=quality)
    if subtype not in BITS:
        return samples, 0
    seed = zlib.crc32(np.ascontiguousarray(audio.samples).tobytes()) if dither != "none" else 0
    return quantize(samples, subtype, dither=dither, seed=seed)


def integer_or_float(subtype: str, kind: str) -> str:
    """Give what `render` makes before `encode` writes *subtype* as format *kind*.

    >>> integer_or_float("FLOAT", "wav"), integer_or_float("ULAW", "wav")
    ('FLOAT', 'PCM_16')
    """
    if kind == "wav" and subtype in {"FLOAT", "DOUBLE"}:
        return subtype
    return integer_subtype(subtype, kind)


def _kept_subtype(subtype: str, kind: str) -> str:
    """Keep the source's subtype where the format *kind* can hold it, else PCM_16."""
    if kind == "wav" and subtype in {*BITS, "FLOAT", "DOUBLE", "ULAW", "ALAW"}:
        return subtype
    if kind == "flac" and subtype in {"PCM_24", "PCM_32", "FLOAT", "DOUBLE"}:
        return "PCM_24"
    return "PCM_16"
