"""Convert an audio file to another sample rate, depth or format, atomically.

The file is processed in blocks of some seconds, so that hours take no more memory than a clip. The output equals
that of a conversion in one piece, and is the same in every run.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, TypedDict, cast

import numpy as np

from clipaudio.audio.encode import FORMATS, LOSSY, integer_subtype, open_writer, plain_subtype
from clipaudio.audio.frames import as_rate, frames_after
from clipaudio.audio.pipeline import FRAMES, Pipeline
from clipaudio.audio.quantize import BITS
from clipaudio.audio.reader import MAX_HOURS, Recording, open_audio
from clipaudio.errors import ConvertError
from clipaudio.files import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from clipaudio.audio.decode import Audio
    from clipaudio.audio.dither import Dither
    from clipaudio.audio.wav import Issue

__all__ = ["ConvertOptions", "ConvertReport", "convert", "render"]


class ConvertOptions(TypedDict, total=False):
    """Keyword arguments of `convert`, for functions that pass them on."""

    sample_rate: int | None
    subtype: str | None
    dither: Dither
    quality: float | None
    is_constant: bool
    title: str | None
    comment: str | None
    chunks: bytes
    normalize_lufs: float | None
    trim_silence: bool
    compensate_delay: bool
    overwrite: bool
    with_hash: bool
    max_hours: float


@dataclass(frozen=True, slots=True)
class ConvertReport:
    """What one conversion wrote and met on the way; `peak` is the largest sample, 1.0 is full scale.

    `offset` is the silence that was taken off the start, seconds: a time in the new file is the old one minus this.
    `gain_db` is what was done to the level.
    """

    source: str
    target: str
    frames: int
    sample_rate: int
    subtype: str
    clipped: int
    peak: float
    issues: tuple[Issue, ...]
    sha256: str | None = None
    offset: float = 0.0
    gain_db: float = 0.0

    def as_row(self) -> dict[str, object]:
        """Return the report as plain values for a table or JSON."""
        return {
            "source": self.source,
            "target": self.target,
            "frames": self.frames,
            "sample_rate": self.sample_rate,
            "subtype": self.subtype,
            "clipped": self.clipped,
            "peak": round(self.peak, 6),
            "sha256": self.sha256,
            "offset": self.offset,
            "gain_db": round(self.gain_db, 2),
            "issues": [str(issue) for issue in self.issues],
        }


def convert(  # noqa: PLR0913 - all that can be asked of a conversion, by keyword
    source: str | os.PathLike[str] | bytes | Recording,
    target: str | os.PathLike[str],
    *,
    sample_rate: int | None = None,
    subtype: str | None = None,
    dither: Dither = "tpdf",
    quality: float | None = None,
    is_constant: bool = False,
    title: str | None = None,
    comment: str | None = None,
    chunks: bytes = b"",
    normalize_lufs: float | None = None,
    trim_silence: bool = False,
    compensate_delay: bool = False,
    overwrite: bool = True,
    with_hash: bool = False,
    max_hours: float = MAX_HOURS,
) -> ConvertReport:
    """Read *source* and write it as *target*, whose extension names the format.

    Parameters
    ----------
    source
        Path of an audio file, its bytes, or a `clipaudio.audio.montage.Montage`.
    target
        Path ending in .wav, .flac, .ogg, .opus or .mp3, or in .m4a or .aac if ffmpeg is installed; may be the source
        itself. Missing folders are not made.
    sample_rate
        Samples a second; None keeps the source's.
    subtype
        "PCM_16", "PCM_24", "PCM_32", "FLOAT", "MULAW", …; None keeps the source's where the format can hold
        it, else takes PCM_16.
    dither
        What happens when depth is lost: "tpdf", "tpdf-hp" or "none".
    quality
        For every format but wav: 0 (best) to 1 (smallest).
    is_constant
        Give an mp3 one bit rate throughout.
    title, comment
        Texts for the file to carry.
    chunks
        Chunks to write into a WAV behind its samples, see `clipaudio.audio.marks`; no other format takes them.
    normalize_lufs
        Bring the integrated loudness to this (the extra `loudness`), as far as true peaks stay below -1 dBFS.
    trim_silence
        Take the silence off both ends but for 50 ms; the report's `offset` tells how much at the start. This and the
        one above take the whole file into memory.
    compensate_delay
        Drop the 1105 samples by which an MP3 comes late that does not tell its encoder's delay.
    overwrite
        False refuses to replace a file.
    with_hash
        Put the SHA-256 of the written file into the report.
    max_hours
        Refuse compressed audio that is longer: a file of 1 MB can hold days of silence.

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
    >>> target = tempfile.mkdtemp() + "/clip.wav"
    >>> report = convert(encode(np.zeros(44_100), 44_100), target, sample_rate=16_000)
    >>> report.frames, report.sample_rate, report.subtype, report.clipped
    (16000, 16000, 'PCM_16', 0)
    """
    path = os.fspath(target)
    kind = _kind_of(path)
    if not overwrite and os.path.exists(path):
        raise ConvertError(f"{path} exists and was not to be replaced", path=path)
    name = _name_of(source)
    # the source is closed before its file may be replaced, which Windows asks for
    with (
        contextlib.ExitStack() as target_file,
        open_audio(source, compensate_delay=compensate_delay, max_hours=max_hours) as audio,
    ):
        tidy = _Tidy(normalize_lufs, trim_silence=trim_silence)
        stored = plain_subtype(subtype) if subtype else _kept_subtype(audio.subtype, kind)
        rate = audio.sample_rate if sample_rate is None else as_rate(sample_rate)
        pipeline = Pipeline(audio.sample_rate, rate, audio.channels, integer_or_float(stored, kind), dither=dither)
        frames = 0
        file = target_file.enter_context(replacing(path))
        hashing = _HashingFile(file) if with_hash else None
        writer = open_writer(
            cast("BinaryIO", hashing) if hashing is not None else file,
            rate,
            audio.channels,
            kind=kind,
            subtype=stored,
            frames=frames_after(audio.frames, audio.sample_rate, rate),
            chunks=chunks,
            title=title,
            comment=comment,
            quality=quality,
            is_constant=is_constant,
        )
        for block, is_last in _with_last(tidy(audio.blocks(FRAMES), audio.sample_rate)):
            made = pipeline(block, last=is_last)
            frames += len(made)
            writer.write(made)
        writer.close()
    digest = None if hashing is None else hashing.digest or _digest(path)
    kept = LOSSY.get(kind, stored)
    clipped, peak = pipeline.clipped, pipeline.peak
    return ConvertReport(name, path, frames, rate, kept, clipped, peak, audio.issues, digest, tidy.offset, tidy.gain_db)


def _name_of(source: str | os.PathLike[str] | bytes | Recording) -> str:
    """Return the path of a source, or "<bytes>" or "<montage>"."""
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    return "<montage>" if isinstance(source, Recording) else "<bytes>"


def _kind_of(path: str) -> str:
    """Return the format of an extension."""
    extension = os.path.splitext(path)[1]
    kind = extension.lower().lstrip(".")
    if kind not in FORMATS:
        known = ", ".join("." + name for name in FORMATS)
        raise ConvertError(f"{path}: unknown extension {extension!r}; expected one of {known}", path=path)
    return kind


class _HashingFile:
    """A new file that is hashed as it is written, until the writer goes back to a part of it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash: Any = hashlib.sha256()

    @property
    def digest(self) -> str | None:
        """The SHA-256 of the content; None if it was not written from its start to its end."""
        return None if self._hash is None else self._hash.hexdigest()

    def write(self, data: bytes) -> int:
        """Write *data* and return its size."""
        if self._hash is not None:
            self._hash.update(data)
        return self._file.write(data)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a method of the file
        if name in {"seek", "truncate", "writelines"}:
            self._hash = None
        return getattr(self._file, name)


def _digest(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Tidy:
    """Trim silence and normalize loudness if asked for; both need the whole signal in memory."""

    def __init__(self, lufs: float | None, *, trim_silence: bool) -> None:
        self._lufs = lufs
        self._trims = trim_silence
        self.offset = self.gain_db = 0.0

    def __call__(self, blocks: Iterator[NDArray[Any]], sample_rate: int) -> Iterator[NDArray[Any]]:
        """Yield the blocks unchanged, or one trimmed and normalized block."""
        if self._lufs is None and not self._trims:
            yield from blocks
            return
        from clipaudio.audio import measure  # noqa: PLC0415 - scipy's size of work for those who ask
        from clipaudio.audio.quantize import to_float  # noqa: PLC0415 - as above

        samples = np.concatenate(list(blocks))
        if self._trims:
            samples, self.offset, _ = measure.trim_silence(samples, sample_rate)
        if self._lufs is not None:
            levels = measure.measure(samples, sample_rate, with_loudness=True)
            if levels.loudness_lufs is not None and math.isfinite(levels.loudness_lufs):
                gain = measure.gain_to(levels.loudness_lufs, self._lufs, true_peak_db=levels.true_peak_db)
                self.gain_db = 20 * math.log10(gain)
                samples = to_float(samples, np.float64) * gain
        yield samples


def _with_last(blocks: Iterator[NDArray[Any]]) -> Iterator[tuple[NDArray[Any], bool]]:
    """Yield each block with True for the last one."""
    before = next(blocks, None)
    while before is not None:
        after = next(blocks, None)
        yield before, after is None
        before = after


def render(audio: Audio, sample_rate: int, subtype: str, *, dither: Dither = "tpdf") -> tuple[NDArray[Any], int]:
    """Return the samples of *audio* at *sample_rate* as *subtype*, and the number of clipped samples.

    *subtype* is one of PCM_U8 … PCM_32, FLOAT or DOUBLE.

    Examples
    --------
    >>> import numpy as np
    >>> from clipaudio.audio.decode import Audio
    >>> tone = Audio(np.array([[0.5], [2.0]]), 8000, "DOUBLE", "WAV")
    >>> render(tone, 8000, "PCM_16", dither="none")
    (array([[16384], [32767]], dtype=int16), 1)
    """
    pipeline = Pipeline(audio.sample_rate, sample_rate, audio.channels, subtype, dither=dither)
    return pipeline(audio.samples, last=True), pipeline.clipped


def integer_or_float(subtype: str, kind: str) -> str:
    """Return the subtype that `render` produces before `encode` writes *subtype* in format *kind*.

    >>> integer_or_float("FLOAT", "wav"), integer_or_float("ULAW", "wav")
    ('FLOAT', 'PCM_16')
    """
    if kind == "wav" and subtype in {"FLOAT", "DOUBLE"}:
        return subtype
    return integer_subtype(subtype, kind)


def _kept_subtype(subtype: str, kind: str) -> str:
    """Return the source's subtype if format *kind* can hold it, else PCM_16."""
    if kind == "wav" and subtype in {*BITS, "FLOAT", "DOUBLE", "ULAW", "ALAW"}:
        return subtype
    if kind == "flac" and subtype in {"PCM_24", "PCM_32", "FLOAT", "DOUBLE"}:
        return "PCM_24"
    return "PCM_16"
