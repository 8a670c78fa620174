"""Callbacks of the service, and the JSON that clipaudio writes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.resemble.callback import read_callback
from clipaudio.sources.fields import Items, collect, find, number, numbers, texts
from clipaudio.sources.layout import messages_of, with_paths
from clipaudio.sources.source import Source
from clipaudio.sources.tiers import with_marks
from clipaudio.timing.speech_times import SpeechTimes, TimedText
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from clipaudio.sources.document import Document

__all__ = ["SOURCES", "STREAM"]

_CAMEL: Final = {
    "graphChars": "graph_chars", "graphTimes": "graph_times", "phonChars": "phon_chars", "phonTimes": "phon_times",
}  # fmt: skip
_ARRAYS: Final = tuple(_CAMEL.values())


def _read_stream(document: Document) -> SpeechTimes:
    """Read the messages of a stream, whose times run on, as one payload."""
    arrays: dict[str, list[Any]] = {key: [] for key in _ARRAYS}
    facts: dict[str, Any] = {}
    for path, message in with_paths(document):
        for key in {"audio_timestamps", "timestamps"} & message.keys():
            for found in collect(Items([message], lambda _, path=path: path), key).values:  # type: ignore[misc]
                named = {_CAMEL.get(name, name): value for name, value in found.items()}
                for name in _ARRAYS:
                    value = named.get(name)
                    arrays[name] += value if isinstance(value, list) else []
        facts |= {key: message[key] for key in ("sample_rate", "duration") if message.get(key) is not None}
    facts.pop("duration", None) if len(document.messages) > 1 else None
    speech = read_callback({**facts, "audio_timestamps": arrays}).speech_times
    name = "resemble" if document.is_one else "resemble-stream"
    return SpeechTimes(**{**{key: getattr(speech, key) for key in SpeechTimes.__dataclass_fields__}, "source": name})


def _read_timeline(document: Document) -> SpeechTimes:
    """Read a timeline: its words count; its letters are used as long as they say the same."""
    messages = messages_of(document)
    words, letters, phones, sentences = (
        _line(collect(messages, f"{level}[]")) for level in ("words", "graphemes", "phones", "sentences")
    )
    first = document.messages[0]
    length = number(find(first, "duration"), "$.duration")
    facts: dict[str, Any] = {
        "phones": phones,
        "id": _text(find(first, "id")),
        "project_id": _text(find(first, "project_id")),
        "duration": length if length > 0 else None,
        "issues": tuple(map(str, find(first, "issues") or ())),
    }
    if _agree(words, letters):
        return SpeechTimes(source="timeline", graphemes=letters, **facts)
    text = with_marks(" ".join(sentences.labels), words.labels) if len(sentences) else None
    return SpeechTimes(source="timeline", words=TimedText(words.labels, words.times), text=text, **facts)


def _line(items: Items) -> Timeline:
    times = np.column_stack((numbers(items, ("start",)), numbers(items, ("end",))))
    return Timeline(tuple(texts(items, ("label",))), times)


def _agree(words: Timeline, letters: Timeline) -> bool:
    """Return True if the letters hold these words with these times."""
    from clipaudio.timing.words import find_words  # noqa: PLC0415 - only here

    if not len(letters) or not np.isfinite(letters.times).all():
        return False
    found = find_words(letters)
    return found.labels == words.labels and bool(np.allclose(found.times, words.times, rtol=0, atol=1e-6))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


STREAM: Final = Source(
    name="resemble-stream", title="Resemble AI stream, xAI stream", kind="service", level="letters, phones",
    unit="seconds", tells=("audio_timestamps.graph_chars",), read=_read_stream, is_list=True,
    stream="runs",
)  # fmt: skip

SOURCES: Final = (
    STREAM,
    Source(
        name="resemble-stream", title="Resemble AI stream, camel case", kind="service", level="letters, phones",
        unit="seconds", tells=("timestamps.graphChars",), read=_read_stream, stream="runs",
    ),
    Source(
        name="resemble-stream", title="Resemble AI, camel case", kind="service", level="letters, phones",
        unit="seconds", tells=("audio_timestamps.graphChars",), read=_read_stream, stream="runs",
    ),
    Source(
        name="timeline", title="clipaudio timeline", kind="clipaudio", level="words, letters, phones", unit="seconds",
        tells=("words[].label", "graphemes", "report"), read=_read_timeline,
    ),
)  # fmt: skip
