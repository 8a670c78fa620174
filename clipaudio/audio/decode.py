"""A file or its bytes into samples: WAV by our own tolerant reader, the rest by libsndfile.

A dead url answers with a page that says so, saved under the name of the clip: such documents are recognised
first and named, with their first words, before any decoder sees them.
"""

from __future__ import annotations

import os
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipaudio.audio.wav import Issue, WavLayout, is_wav, read_layout, read_samples
from clipaudio.errors import AudioError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Audio", "Issue", "read_audio"]


@dataclass(frozen=True, eq=False, slots=True)
class Audio:
    """Samples and what is known about them.

    Attributes
    ----------
    samples
        (frames, channels). Integer files stay integers: int16 up to 16 bits, full-scale int32 above; float
        files are float32 or float64; lossy formats float32.
    sample_rate
        Samples a second.
    subtype
        Kind of the stored samples, "PCM_16", "FLOAT", "MPEG_LAYER_III", …
    format
        "WAV", "FLAC", "OGG", "MP3", …
    issues
        What was wrong with the file and what was made of it; empty for a sound one.
    """

    samples: NDArray[Any]
    sample_rate: int
    subtype: str
    format: str
    issues: tuple[Issue, ...] = ()

    @property
    def frames(self) -> int:
        """Samples a channel."""
        return len(self.samples)

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[1])

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.frames / self.sample_rate


def read_audio(source: str | os.PathLike[str] | bytes) -> Audio:
    """Read *source*, the path of an audio file or its bytes.

    Raises
    ------
    AudioError
        There is no audio: an empty file, an error page, a cut header, an unknown format. The attribute `kind`
        names which, `path` the file.
    OSError
        The file cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> from clipaudio.audio.wav import encode_wav
    >>> audio = read_audio(encode_wav(np.zeros((80, 1), np.int16), 8000, "PCM_16"))
    >>> audio.frames, audio.sample_rate, audio.subtype, audio.duration
    (80, 8000, 'PCM_16', 0.01)
    >>> read_audio(b"<Error><Code>AccessDenied</Code></Error>")
    Traceback (most recent call last):
    clipaudio.errors.AudioError: a document instead of audio (AccessDenied):
    '<Error><Code>AccessDenied</Code></Error>'; the url has probably expired: ask for the clip again
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _decode(bytes(source))
    try:
        return _decode(Path(source).read_bytes())
    except AudioError as error:
        raise AudioError(f"{os.fspath(source)}: {error}", **vars(error), path=os.fspath(source)) from error


def _decode(data: bytes) -> Audio:
    if not data:
        raise AudioError("the file is empty; fetch it again", kind="empty_file")
    if is_wav(data):
        layout = read_layout(data)
        if layout.subtype is None:
            return _decode_compressed_wav(data, layout)
        samples = read_samples(data, layout)
        return Audio(samples, layout.sample_rate, layout.subtype, "WAV", layout.issues)
    _refuse_documents(data)
    from clipaudio.audio.libsndfile import decode  # noqa: PLC0415 - WAV needs no libsndfile: load it on use

    return Audio(*decode(data))


def _decode_compressed_wav(data: bytes, layout: WavLayout) -> Audio:
    """Decode µ-law and the like: libsndfile gets the same samples under a header that is true."""
    from clipaudio.audio.libsndfile import decode  # noqa: PLC0415 - WAV needs no libsndfile: load it on use

    if layout.order == ">":
        raise AudioError("compressed big-endian WAV is not supported; convert it first", kind="invalid_format")
    body = data[layout.start : layout.stop]
    pad = b"\0" * (len(body) % 2)
    fmt = layout.fmt + b"\0" * (len(layout.fmt) % 2)
    size = 4 + 8 + len(fmt) + 8 + len(body) + len(pad)
    head = struct.pack("<4sI4s4sI", b"RIFF", size, b"WAVE", b"fmt ", len(layout.fmt))
    whole = b"".join((head, fmt, struct.pack("<4sI", b"data", len(body)), body, pad))
    samples, sample_rate, subtype, *_ = decode(whole)
    return Audio(samples, sample_rate, subtype, "WAV", layout.issues)


def _refuse_documents(data: bytes) -> None:
    """Raise when *data* is a text that tells why there is no audio."""
    start = data
    if data[:3] == b"ID3" and len(data) >= 10:
        size = (data[6] & 127) << 21 | (data[7] & 127) << 14 | (data[8] & 127) << 7 | data[9] & 127
        start = data[10 + size :] if 10 + size < len(data) else data[10:]
    text = start[:4096].lstrip(b"\xef\xbb\xbf \t\r\n\0").decode("utf-8", "replace")
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
