"""Read the sound that engines hear: one channel, blocks of float32, at the sample rate that they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.audio.frames import mix_down
from clipaudio.errors import AlignmentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from clipaudio.audio.reader import AudioReader

__all__ = ["MonoSound"]

_BLOCK: Final = 1 << 18
_SILENT: Final = 1e-4  # peak, full scale 1.0: below 80 dB there is no speech


class MonoSound:
    """An open audio file, its channels mixed; where they cancel each other, the loudest one.

    Attributes
    ----------
    sample_rate
        Of the file.
    duration
        Seconds that were read.
    """

    def __init__(self, audio: AudioReader) -> None:
        self._audio = audio
        self._frames = 0
        self._is_cancelled = False
        self.sample_rate = audio.sample_rate

    @property
    def duration(self) -> float:
        """Seconds that were read."""
        return self._frames / self.sample_rate

    @property
    def issues(self) -> tuple[str, ...]:
        """What was odd about the sound that was read."""
        text = "the channels cancel each other when they are mixed, as one that is inverted does: the loudest is heard"
        return (text,) if self._is_cancelled else ()

    def blocks(self, sample_rate: int, *, most_seconds: float | None = None) -> Iterator[NDArray[np.float32]]:
        """Yield the samples at *sample_rate*, shape (n,), full scale 1.0.

        Raises
        ------
        AlignmentError
            The sound is silent, or longer than *most_seconds*.
        """
        import soxr  # noqa: PLC0415 - loads on use

        stream = soxr.ResampleStream(self.sample_rate, sample_rate, 1, dtype="float32")
        peak = 0.0
        for block in self._audio.blocks(_BLOCK):
            scale = 1.0 if block.dtype.kind == "f" else 2.0 ** (8 * block.dtype.itemsize - 1)
            samples = np.nan_to_num(block / scale, posinf=0.0, neginf=0.0).astype(np.float32, copy=False)
            mono, is_cancelled = mix_down(samples)
            self._is_cancelled |= is_cancelled
            self._frames += len(mono)
            peak = max(peak, float(np.abs(mono).max(initial=0.0)))
            if most_seconds is not None and self.duration > most_seconds:
                raise AlignmentError(f"the sound lasts more than {most_seconds / 60:.0f} minutes; cut it")
            yield stream.resample_chunk(mono)
        if not peak > _SILENT:
            raise AlignmentError("the audio is silent; there is nothing to align the text with")
        yield stream.resample_chunk(np.empty(0, np.float32), last=True)
