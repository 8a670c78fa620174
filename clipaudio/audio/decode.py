"""Read a whole audio file into an array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.audio.reader import MAX_HOURS, open_audio

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

    from clipaudio.audio.reader import Recording
    from clipaudio.audio.wav import Issue

__all__ = ["Audio", "read_audio"]

_BLOCK: Final = 1 << 22  # frames


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


def read_audio(source: str | os.PathLike[str] | bytes | Recording, *, max_hours: float = MAX_HOURS) -> Audio:
    """Read *source*, the path of an audio file, its bytes or a recording; *max_hours* is as in `open_audio`.

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
    >>> from clipaudio.audio.wav_writer import encode_wav
    >>> audio = read_audio(encode_wav(np.zeros((80, 1), np.int16), 8000, "PCM_16"))
    >>> audio.frames, audio.sample_rate, audio.subtype, audio.duration
    (80, 8000, 'PCM_16', 0.01)
    >>> read_audio(b"<Error><Code>AccessDenied</Code></Error>")
    Traceback (most recent call last):
    clipaudio.errors.AudioError: a document instead of audio (AccessDenied):
    '<Error><Code>AccessDenied</Code></Error>'; the url has probably expired: ask for the clip again
    """
    with open_audio(source, max_hours=max_hours) as audio:
        blocks = list(audio.blocks(_BLOCK))
        samples = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
        return Audio(samples, audio.sample_rate, audio.subtype, audio.format, audio.issues)
