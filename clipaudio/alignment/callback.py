"""Write aligned speech times as a callback, which every command reads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from clipaudio.timing.aligned import align

if TYPE_CHECKING:
    from clipaudio.timing.speech_times import SpeechTimes
    from clipaudio.timing.timeline import Timeline

__all__ = ["to_callback"]


def to_callback(times: SpeechTimes, *, name: str, engine: str) -> dict[str, Any]:
    """Return a callback with the letters and phones of *times*, seconds with 4 decimals.

    Letters divide the time of their word. The key `alignment` holds the engine and each word with its confidence, null
    where the engine found no time for it; `issues` what the text and the sound do not share.

    Examples
    --------
    >>> from clipaudio.timing.speech_times import SpeechTimes, TimedText
    >>> times = SpeechTimes(source="alignment", words=TimedText.of(["Hi"], [0.1], [0.5]), confidences=(0.9,))
    >>> found = to_callback(times, name="hi", engine="clipaudio")
    >>> found["audio_timestamps"]["graph_times"], found["alignment"]["words"]
    ([[0.1, 0.2778], [0.2778, 0.5]], [{'label': 'Hi', 'start': 0.1, 'end': 0.5, 'confidence': 0.9}])
    """
    levels = align(times, duration=times.duration, language=times.language)
    words = [] if times.words is None else list(zip(times.words.labels, times.words.times.tolist(), strict=True))
    confidences = times.confidences or (None,) * len(words)
    return {
        "id": name,
        "issues": list(times.issues),
        "duration": None if times.duration is None else round(times.duration, 4),
        "audio_timestamps": {
            "graph_chars": list(levels.graphemes.labels),
            "graph_times": _rounded(levels.graphemes),
            "phon_chars": list(levels.phones.labels),
            "phon_times": _rounded(levels.phones),
        },
        "alignment": {
            "engine": engine,
            "language": times.language,
            "estimated": True,
            "words": [
                {"label": label, "start": _round(start), "end": _round(end), "confidence": confidence}
                for (label, (start, end)), confidence in zip(words, confidences, strict=True)
            ],
        },
    }


def _round(seconds: float) -> float | None:
    return round(seconds, 4) if math.isfinite(seconds) else None


def _rounded(line: Timeline) -> list[list[float]]:
    pairs: list[list[float]] = line.times.round(4).tolist()
    return pairs
