"""The words of a clip as cue points of a WAV file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import os

    from clipaudio.audio.reader import Recording
    from clipaudio.timing.timeline import Timeline

__all__ = ["word_chunks"]


def word_chunks(
    words: Timeline,
    audio: str | os.PathLike[str] | Recording,
    *,
    sample_rate: int | None = None,
    trim_silence: bool = False,
    compensate_delay: bool = False,
) -> bytes:
    """Return *words* as WAV chunks at *sample_rate*; None uses that of the audio.

    *trim_silence* and *compensate_delay* are those the audio is converted with: the marks follow.
    """
    from clipaudio.audio.marks import CuePoint, mark_chunks  # noqa: PLC0415 - audio loads on use
    from clipaudio.audio.reader import open_audio  # noqa: PLC0415 - as above

    times = words.times
    with open_audio(audio, compensate_delay=compensate_delay) as found:
        if trim_silence:
            from clipaudio.audio.measure import trim_silence as trim  # noqa: PLC0415 - as above

            kept = trim(np.concatenate(list(found.blocks(1 << 18))), found.sample_rate)
            times = np.clip(times - kept.offset, 0, len(kept.samples) / found.sample_rate)
        rate = found.sample_rate if sample_rate is None else sample_rate
    frames = np.rint(times * rate).astype(np.int64).tolist()
    marks = [CuePoint(label, a, b - a) for label, (a, b) in zip(words.labels, frames, strict=True)]
    return mark_chunks(marks)
