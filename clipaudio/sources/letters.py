"""Services that time each letter: ElevenLabs, Soniox, Inworld, TanStack AI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.sources.arrays import Arrays, find_spans, join_arrays, read_arrays, start_offsets
from clipaudio.sources.fields import Items, collect, find, number, numbers, texts
from clipaudio.sources.layout import messages_of, with_paths
from clipaudio.sources.source import Source
from clipaudio.timing.repair_report import Finding
from clipaudio.timing.speech_times import SpeechTimes, TimedText
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

    from clipaudio.sources.document import Document

__all__ = ["SOURCES"]

_BACKWARDS: Final = 0.25
"""Seconds. Letters that step back further than this, in one message, belong to text that was said twice."""


def _letters(name: str, arrays: Arrays, **facts: Any) -> SpeechTimes:  # noqa: ANN401 - those of SpeechTimes
    """Return letters; blanks before the first one are left out."""
    lead = next((row for row, label in enumerate(arrays.labels) if label.strip()), len(arrays.labels))
    speakers = facts.pop("speakers", ())[lead:]
    line = Timeline(tuple(arrays.labels[lead:]), arrays.times[lead:])
    return SpeechTimes(source=name, graphemes=line, speakers=speakers, **facts)


_SECONDS: Final = ("characters", "character_start_times_seconds", "character_end_times_seconds")
_REPEATED: Final = 4
"""Characters of a message that the next one does not begin with by chance."""
_SOCKET: Final = ("chars", "charStartTimesMs", "charDurationsMs")
_DIALOGUE: Final = ("chars", "char_start_times_ms", "char_durations_ms")


def _read_elevenlabs(document: Document) -> SpeechTimes:
    """Read the answer of `…/with-timestamps`, or the lines of its stream, whose times run on."""
    written, spoken, speakers = [], [], []
    for path, message in with_paths(document):
        inner = find(message, "alignments.alignment") or message.get("alignment")
        written.append(read_arrays(inner, f"{path}.alignment", _SECONDS))
        spoken.append(read_arrays(message.get("normalized_alignment"), f"{path}.normalized_alignment", _SECONDS))
        speakers += _voices(message, len(written[-1].labels), path)
    found, chosen = _choose(written, spoken)
    facts = {"speakers": tuple(speakers)} if any(speakers) and not found else {}
    name = "elevenlabs" if document.is_one else "elevenlabs-stream"
    return _letters("elevenlabs-dialogue" if any(speakers) else name, chosen, found=found, **facts)


def _choose(
    written: Sequence[Arrays], spoken: Sequence[Arrays], offsets: ArrayLike = ()
) -> tuple[dict[str, tuple[Finding, ...]], Arrays]:
    """Return the text as written, or as spoken where only that has times that run forwards."""
    text = join_arrays(written, offsets)
    if not any(part.labels for part in spoken) or (text.labels and not _steps_back(text)):
        return {}, text
    said = join_arrays(spoken, offsets)
    if text.labels and _steps_back(said):
        return {}, text
    return {"graphemes": (Finding("spoken_text", np.arange(len(said.labels))),)}, said


def _steps_back(arrays: Arrays) -> bool:
    starts = arrays.times[:, 0]
    return bool((np.diff(starts[~np.isnan(starts)]) < -_BACKWARDS).any())


def _voices(message: dict[str, Any], count: int, path: str) -> list[str | None]:
    """Return the voice of each character of a dialogue."""
    voices: list[str | None] = [None] * count
    segments = message.get("voice_segments")
    if not isinstance(segments, list):
        return voices
    for row, segment in enumerate(segment for segment in segments if isinstance(segment, dict)):
        where = f"{path}.voice_segments[{row}]"
        ends = [number(segment.get(f"character_{side}_index"), where) for side in ("start", "end")]
        if not all(np.isfinite(ends)):
            continue
        first, stop = (int(min(max(end, 0), count)) for end in ends)
        voices[first:stop] = [str(segment.get("voice_id"))] * max(stop - first, 0)
    return voices


def _read_socket(document: Document, keys: tuple[str, str, str], normalized: str) -> SpeechTimes:
    """Read messages whose times begin at 0 in each: every message follows the one before, by context."""
    contexts: dict[object, list[tuple[Arrays, Arrays]]] = {}
    for path, message in with_paths(document):
        context = message.get("contextId", message.get("context_id"))
        contexts.setdefault(context if isinstance(context, str) else None, []).append(
            (
                read_arrays(message.get("alignment"), f"{path}.alignment", keys, per_second=1e3, durations=True),
                read_arrays(message.get(normalized), f"{path}.{normalized}", keys, per_second=1e3, durations=True),
            )
        )
    parts = [part for messages in contexts.values() for part in messages]
    text, spoken = [part[0] for part in parts], [part[1] for part in parts]
    are_again = _writes_again(text, spoken)
    first, second = (spoken, text) if are_again else (text, spoken)
    chosen = [own if own.labels else other for own, other in zip(first, second, strict=True)]
    spans = find_spans(chosen) if are_again else np.maximum(find_spans(text), find_spans(spoken))
    are_said = [own is said for own, said in zip(chosen, spoken, strict=True)]
    of_spoken = np.repeat(np.array(are_said, bool), [len(own.labels) for own in chosen])
    found = {"graphemes": (Finding("spoken_text", np.flatnonzero(of_spoken)),)} if of_spoken.any() else {}
    return _letters("elevenlabs-websocket", join_arrays(chosen, start_offsets(spans)), found=found)


def _writes_again(written: Sequence[Arrays], spoken: Sequence[Arrays]) -> bool:
    """Return True if a message begins with all that the one before it wrote, while what is spoken goes on.

    Such a service writes a sentence again from its start where it sends the sound of its rest.
    """
    before = ("", "")
    for parts in zip(written, spoken, strict=True):
        text, said = ("".join(map(str, part.labels)).strip() for part in parts)
        if not text or not said:
            continue
        if len(before[0]) >= _REPEATED and text.startswith(before[0]) and not said.startswith(before[1]):
            return True
        before = text, said
    return False


def _read_soniox(document: Document) -> SpeechTimes:
    parts = [
        read_arrays(message.get("timestamps"), f"{path}.timestamps", _SECONDS) for path, message in with_paths(document)
    ]
    return _letters("soniox", join_arrays(parts))


def _read_inworld(document: Document) -> SpeechTimes:
    """Read `timestampInfo`, of a whole answer or of the lines of its stream, by words or by characters."""
    words, letters, phones = [], [], []
    for path, message in with_paths(document):
        inner = message.get("result", message)
        info = inner.get("timestampInfo") if isinstance(inner, dict) else None
        if not isinstance(info, dict):
            continue
        where = f"{path}.timestampInfo"
        keys = ("words", "wordStartTimeSeconds", "wordEndTimeSeconds")
        words.append(read_arrays(info.get("wordAlignment"), f"{where}.wordAlignment", keys))
        keys = ("characters", "characterStartTimeSeconds", "characterEndTimeSeconds")
        letters.append(read_arrays(info.get("characterAlignment"), f"{where}.characterAlignment", keys))
        phones.append(collect(Items([info], lambda _, where=where: where), "wordAlignment.phoneticDetails[].phones[]"))  # type: ignore[misc]
    sounds = [
        Arrays(texts(items, ("phoneSymbol",)), _spans(items, "startTimeSeconds", "durationSeconds")) for items in phones
    ]
    shapes = [Arrays(texts(items, ("visemeSymbol",)), sound.times) for items, sound in zip(phones, sounds, strict=True)]
    sound, shape = join_arrays(sounds), join_arrays(shapes)
    facts: dict[str, Any] = {"phones": Timeline(tuple(sound.labels), sound.times)}
    if any(shape.labels):
        facts |= {"visemes": Timeline(tuple(shape.labels), shape.times), "viseme_set": "inworld"}
    whole = join_arrays(words)
    if not whole.labels:
        return _letters("inworld", join_arrays(letters), **facts)
    is_spaced = any(label.isspace() for label in whole.labels)
    pieces = TimedText(tuple(whole.labels), whole.times, is_spaced)
    return SpeechTimes(source="inworld", words=pieces, **facts)


def _spans(items: Items, start: str, duration: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    starts = numbers(items, (start,))
    return np.column_stack((starts, starts + numbers(items, (duration,))))


def _read_tanstack(document: Document) -> SpeechTimes:
    parts = [
        read_arrays(find(message, "alignment"), f"{path}.alignment", ("texts", "startSeconds", "endSeconds"))
        for path, message in with_paths(document)
    ]
    whole = join_arrays(parts)
    if any(find(message, "alignment.unit") == "word" for message in document.messages):
        return SpeechTimes(source="tanstack", words=TimedText(tuple(whole.labels), whole.times))
    return _letters("tanstack", whole)


def _read_bare(document: Document) -> SpeechTimes:
    parts = [read_arrays(message, path, _SECONDS) for path, message in with_paths(document)]
    return _letters("elevenlabs", join_arrays(parts))


def _read_forced(document: Document) -> SpeechTimes:
    items = collect(messages_of(document), "characters[]")
    times = np.column_stack((numbers(items, ("start",)), numbers(items, ("end",))))
    return _letters("elevenlabs-alignment", Arrays(texts(items, ("text",)), times))


def _socket(keys: tuple[str, str, str], normalized: str) -> Callable[[Document], SpeechTimes]:
    return lambda document: _read_socket(document, keys, normalized)


def _socket_span(keys: tuple[str, str, str], normalized: str) -> Callable[[dict[str, Any]], float]:
    """Return the function that measures one message of a socket."""

    def span(message: dict[str, Any]) -> float:
        found = (message.get(key) for key in ("alignment", normalized))
        return max(read_arrays(value, "$", keys, per_second=1e3, durations=True).span for value in found)

    return span


SOURCES: Final = (
    Source(
        name="elevenlabs", title="ElevenLabs speech with timestamps, its stream and dialogue", kind="service",
        level="letters", unit="seconds", tells=("alignment.characters", "alignment.character_start_times_seconds"),
        read=_read_elevenlabs,
        stream="runs",
    ),
    Source(
        name="elevenlabs", title="ElevenLabs alignment alone", kind="service", level="letters", unit="seconds",
        tells=("characters", "character_start_times_seconds"), read=_read_bare,
    ),
    Source(
        name="elevenlabs", title="ElevenLabs history with alignments", kind="service",
        level="letters", unit="seconds", tells=("alignments.alignment.characters",), read=_read_elevenlabs,
    ),
    Source(
        name="elevenlabs", title="ElevenLabs speech, only as normalized", kind="service",
        level="letters", unit="seconds", tells=("normalized_alignment.characters",), read=_read_elevenlabs,
        stream="runs",
    ),
    Source(
        name="elevenlabs-websocket", title="ElevenLabs WebSocket", kind="service", level="letters",
        unit="milliseconds, from the start of each message", tells=("alignment.chars", "alignment.charStartTimesMs"),
        read=_socket(_SOCKET, "normalizedAlignment"),
        stream="restarts", span=_socket_span(_SOCKET, "normalizedAlignment"),
    ),
    Source(
        name="elevenlabs-websocket", title="ElevenLabs WebSocket, only as normalized", kind="service", level="letters",
        unit="milliseconds, from the start of each message", tells=("normalizedAlignment.chars",),
        read=_socket(_SOCKET, "normalizedAlignment"),
        stream="restarts", span=_socket_span(_SOCKET, "normalizedAlignment"),
    ),
    Source(
        name="elevenlabs-dialogue", title="ElevenLabs dialogue WebSocket", kind="service", level="letters",
        unit="milliseconds, from the start of each message", tells=("alignment.chars", "alignment.char_start_times_ms"),
        read=_socket(_DIALOGUE, "normalized_alignment"),
        stream="restarts", span=_socket_span(_DIALOGUE, "normalized_alignment"),
    ),
    Source(
        name="elevenlabs-alignment", title="ElevenLabs forced alignment", kind="aligner", level="letters",
        unit="seconds", tells=("characters[].text", "words[].loss"), read=_read_forced,
    ),
    Source(
        name="inworld", title="Inworld speech by words", kind="service", level="words, phones, visemes",
        unit="seconds", tells=("timestampInfo.wordAlignment",), read=_read_inworld,
        stream="runs",
    ),
    Source(
        name="inworld", title="Inworld speech by characters", kind="service", level="letters",
        unit="seconds", tells=("timestampInfo.characterAlignment",), read=_read_inworld,
        stream="runs",
    ),
    Source(
        name="inworld", title="Inworld stream", kind="service", level="words or letters",
        unit="seconds", tells=("result.timestampInfo",), read=_read_inworld,
        stream="runs",
    ),
    Source(
        name="soniox", title="Soniox speech WebSocket", kind="service", level="letters", unit="seconds",
        tells=("timestamps.characters",), read=_read_soniox,
        stream="runs",
    ),
    Source(
        name="tanstack", title="TanStack AI alignment", kind="service", level="letters or words", unit="seconds",
        tells=("alignment.unit", "alignment.texts"), read=_read_tanstack,
    ),
)  # fmt: skip
"""Several rows of one name are the forms that one shape comes in."""
