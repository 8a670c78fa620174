"""Recognisers and transcripts that time each word they hear."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.sources.channels import merge_channels
from clipaudio.sources.fields import Items, collect, find, number, numbers, texts
from clipaudio.sources.google_speech import read_google
from clipaudio.sources.interim import read_settled
from clipaudio.sources.language_tags import language_tag
from clipaudio.sources.layout import WordLayout, join_texts, messages_of, speaker_names, speakers_at
from clipaudio.sources.source import Source
from clipaudio.timing.repair_report import Finding
from clipaudio.timing.speech_times import SpeechTimes, TimedText
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.sources.document import Document

__all__ = ["SOURCES", "read_youtube", "row_of"]

_TICKS: Final = 1e7
"""Ticks of 100 ns a second."""

_DEEPGRAM: Final = WordLayout(
    items="results.channels[0].alternatives[0].words[]", text=("punctuated_word", "word"), speaker="speaker",
    transcript="results.channels[0].alternatives[0].transcript", length="metadata.duration",
    language="results.channels[0].detected_language",
)  # fmt: skip
_DEEPGRAM_LIVE: Final = WordLayout(
    items="channel.alternatives[0].words[]", text=("punctuated_word", "word"), speaker="speaker",
    transcript="channel.alternatives[0].transcript",
)  # fmt: skip
_ASSEMBLYAI: Final = WordLayout(
    items="words[]", text=("text",), per_second=1e3, transcript="text", speaker="speaker", language="language_code",
)  # fmt: skip
_ASSEMBLYAI_LIVE: Final = WordLayout(items="words[]", text=("text",), per_second=1e3, speaker="speaker_label")
_HYPERAUDIO: Final = WordLayout(items="words[]", text=("text",))
_BBC: Final = WordLayout(items="words[]", text=("text", "punct", "word"))  # a corrected word is under "text"
_VOSK: Final = WordLayout(items="result[]", transcript="text")
_SONIOX: Final = WordLayout(
    items="tokens[]", text=("text",), start=("start_ms",), end=("end_ms",), per_second=1e3, is_spaced=True,
    speaker="speaker", keep=lambda item: not re.fullmatch(r"<\w+>", str(item.get("text"))),
)  # fmt: skip
_SCRIBE: Final = WordLayout(
    items="words[]", text=("text",), is_spaced=True, language="language_code", length="audio_duration_secs",
    speaker="speaker_id", keep=lambda item: item.get("type") != "audio_event",
)  # fmt: skip
_TRANSFORMERS: Final = WordLayout(items="chunks[]", text=("text",), start=("s",), end=("e",), is_spaced=None)
_REMOTION: Final = WordLayout(
    items="", text=("text",), start=("startMs",), end=("endMs",), per_second=1e3, is_spaced=None
)


def _read_deepgram(document: Document) -> SpeechTimes:
    """Read the words of all channels by their times; those of a channel that repeats another are told."""
    channels = collect(messages_of(document), "results.channels[]").values
    spoken = [row for row, channel in enumerate(channels) if find(channel, "alternatives[0].words[0]")]
    if len(spoken) < 2 and spoken in ([], [0]):
        return _DEEPGRAM.read(document, "deepgram")
    read = [
        WordLayout(
            **{**_facts(_DEEPGRAM), "items": f"results.channels[{row}].alternatives[0].words[]",
               "transcript": f"results.channels[{row}].alternatives[0].transcript",
               "language": f"results.channels[{row}].detected_language"}
        ).read(document, "deepgram")
        for row in spoken
    ]  # fmt: skip
    merged = merge_channels([(str(row), speech) for row, speech in zip(spoken, read, strict=True)])
    silent = [channel for row, channel in enumerate(channels) if row not in spoken]
    mute = [channel for channel in silent if find(channel, "alternatives[0].transcript")]
    left = [Finding("other_channels", np.arange(len(mute)), "their words have no times")] if mute else []
    return merged.with_findings(*left)


def _read_deepgram_live(document: Document) -> SpeechTimes:
    """Read the results among the messages of a stream, those of the first channel that has words."""
    results = [(_words_in(message), find(message, "channel_index[0]")) for message in document.messages]
    channels = list(dict.fromkeys(channel for words, channel in results if words))
    own = channels[0] if channels else None
    messages = [
        message if words is not None and channel == own else None
        for message, (words, channel) in zip(document.messages, results, strict=True)
    ]
    speech = _DEEPGRAM_LIVE.read(replace(document, messages=messages), "deepgram")
    if len(channels) < 2:
        return speech
    return speech.with_findings(Finding("other_channels", np.arange(len(channels) - 1), f"channel {own} is read"))


def _words_in(message: object) -> int | None:
    """Return the number of words of a result; None of other messages, whose channel is a list."""
    if not isinstance(find(message, "channel"), dict):
        return None
    return len(find(message, "channel.alternatives[0].words") or ())


def _facts(layout: WordLayout) -> dict[str, Any]:
    return {name: getattr(layout, name) for name in WordLayout.__dataclass_fields__}


def _read_transformers(document: Document) -> SpeechTimes:
    """Read chunks of `[start, end]`; the end of the last one may be null."""
    items = collect(messages_of(document), "chunks[]")
    return SpeechTimes(source="transformers", words=_TRANSFORMERS.pieces(items.map(_flatten)))


def _flatten(chunk: dict[str, Any]) -> dict[str, Any]:
    pair = chunk.get("timestamp")
    start, end = pair[:2] if isinstance(pair, list) and len(pair) > 1 else (None, None)
    return {"text": chunk.get("text"), "s": start, "e": end}


def _best(item: dict[str, Any]) -> dict[str, Any]:
    """Return the first alternative of an item, an empty one if it has none."""
    found = item.get("alternatives")
    first = found[0] if isinstance(found, list) and found else None
    return first if isinstance(first, dict) else {}


def _read_aws(document: Document) -> SpeechTimes:
    """Read items whose marks have no times; those of several channels stand by their times."""
    items = collect(messages_of(document), "results.items[]")
    best = items.map(_best)
    times = np.column_stack((numbers(items, ("start_time",)), numbers(items, ("end_time",))))
    return SpeechTimes(
        source="aws-transcribe",
        words=TimedText(tuple(texts(best, ("content",))), times),
        speakers=speaker_names(items, "speaker_label") or _aws_speakers(document, times[:, 0]),
        language=language_tag(find(document.messages[0], "results.language_code")),
    )


def _aws_speakers(document: Document, starts: Any) -> tuple[str | None, ...]:  # noqa: ANN401 - an array
    """Return the speaker of each item, as older answers name it beside the items, else its channel."""
    messages = messages_of(document)
    tags = collect(messages, "results.speaker_labels.segments[].items[]")
    if not tags.values:
        tags = collect(messages, "results.speaker_labels.segments[]")
    if tags.values:
        return speakers_at(starts, numbers(tags, ("start_time",)), speaker_names(tags, "speaker_label"))
    channels = collect(messages, "results.channel_labels.channels[]")
    spoken = [
        (part, channel) for part, channel in zip(_aws_items(channels), channels.values, strict=True) if part.values
    ]
    if len(spoken) < 2:
        return ()
    tags = Items.chain([part for part, _ in spoken])
    names = [str(channel.get("channel_label")) for part, channel in spoken for _ in part.values]
    begins = numbers(tags, ("start_time",))
    order = np.argsort(begins, kind="stable")
    return speakers_at(starts, begins[order], [names[row] for row in order.tolist()])


def _aws_items(channels: Items) -> list[Items]:
    """Return the items of each channel that have a time."""
    return [collect(channel, "items[]").where(lambda item: "start_time" in item) for channel in channels.split()]


def _read_azure(document: Document) -> SpeechTimes:
    """Read the best guess of each phrase: its words in ticks, its text from `Display`."""
    messages = messages_of(document)
    parts = [(collect(message, "NBest[0].Words[]"), message) for message in messages.split()]
    parts = [(part, message) for part, message in parts if part.values or _shown(message.values[0])]
    words = Items.chain([part if part.values else message.map(_as_word) for part, message in parts])
    phones = collect(messages, "NBest[0].Words[].Phonemes[]")
    shown = [_shown(message) for message in messages.values]
    return SpeechTimes(
        source="azure-stt",
        words=TimedText(tuple(texts(words, ("Word",))), _tick_spans(words)),
        phones=Timeline(tuple(texts(phones, ("Phoneme",))), _tick_spans(phones)),
        text=" ".join(text for text in shown if isinstance(text, str)) or None,
    )


def _shown(phrase: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    return find(phrase, "NBest[0].Display") or phrase.get("DisplayText")


def _as_word(phrase: dict[str, Any]) -> dict[str, Any]:
    """Return a phrase without words as one."""
    return {"Word": _shown(phrase), "Offset": phrase.get("Offset"), "Duration": phrase.get("Duration")}


def _tick_spans(items: Items) -> np.ndarray[Any, np.dtype[np.float64]]:
    starts, lengths = numbers(items, ("Offset",)), numbers(items, ("Duration",))
    return np.column_stack((starts, starts + lengths)) / _TICKS


def _read_speechmatics(document: Document) -> SpeechTimes:
    items = collect(messages_of(document), "results[]")
    best = items.map(_best)
    labels = texts(best, ("content",))
    times = np.column_stack((numbers(items, ("start_time",)), numbers(items, ("end_time",))))
    return SpeechTimes(
        source="speechmatics",
        words=TimedText(tuple(labels), times),
        speakers=speaker_names(best, "speaker"),
        language=language_tag(next((item.get("language") for item in best.values if item.get("language")), None)),
    )


def _read_rev(document: Document) -> SpeechTimes:
    """Read elements with their marks and blanks; the speaker is that of the monologue."""
    monologues = collect(messages_of(document), "monologues[]")
    labels: list[str] = []
    times, speakers, noise = [np.empty((0, 2))], [], 0
    for row, monologue in enumerate(monologues.values):
        every = collect(monologues.take([row]), "elements[]")
        items = every
        if not {"text", "punct"}.issuperset([str(element.get("type")) for element in every.values]):
            items = items.where(lambda element: str(element.get("type")) not in {"tag", "unknown"})
        if any("timestamp" in element for element in items.values):
            items = items.map(_rev_times)
        noise += len(every.values) - len(items.values)
        found = texts(items, ("value",))
        if labels and found and not labels[-1][-1:].isspace():
            found[0] = f" {found[0]}"
        labels += found
        times.append(np.column_stack((numbers(items, ("ts",)), numbers(items, ("end_ts",)))))
        name = monologue.get("speaker")
        speakers += [None if name is None else str(name)] * len(items.values)
    words = TimedText(tuple(labels), np.concatenate(times), is_spaced=True)
    notes = (Finding("noise", np.arange(noise)),) if noise else ()
    return SpeechTimes(source="rev", words=words, speakers=tuple(speakers), found={"words": notes} if notes else {})


def _rev_times(element: dict[str, Any]) -> dict[str, Any]:
    """Return an element with its times in seconds; transcripts by people have them as `00:00:20,138`."""
    clocks = {"ts": element.get("timestamp"), "end_ts": element.get("end_timestamp")}
    found = {key: re.fullmatch(r"(\d+):(\d\d):(\d\d)[,.](\d{1,3})", value) for key, value in clocks.items()
             if isinstance(value, str)}  # fmt: skip
    times = {key: int(c[1]) * 3600 + int(c[2]) * 60 + int(c[3]) + int(c[4]) / 10 ** len(c[4])
             for key, c in found.items() if c}  # fmt: skip
    return {**element, **times} if times else element


def _read_hyperaudio(document: Document) -> SpeechTimes:
    """Read words; the speaker of each is that of the paragraph in which it begins."""
    items = collect(messages_of(document), "words[]")
    paragraphs = collect(messages_of(document), "paragraphs[]")
    names = speaker_names(paragraphs, "speaker")
    words = _HYPERAUDIO.pieces(items)
    speakers = speakers_at(words.times[:, 0], numbers(paragraphs, ("start",)), names)
    return SpeechTimes(source="hyperaudio", words=words, speakers=speakers)


def read_youtube(document: Document) -> SpeechTimes:
    """Read events of segments; a segment lasts until the next one, at most to the end of its event."""
    labels: list[str] = []
    starts: list[float] = []
    events = collect(messages_of(document), "events[]")
    ends: list[float] = []
    for row, event in enumerate(events.values):
        items = collect(events.take([row]), "segs[]")
        if not items.values:
            continue
        begin, length = (number(event.get(key), f"{events.path(row)}.{key}") for key in _EVENT)
        offsets = np.nan_to_num(numbers(items, ("tOffsetMs",)))
        said = texts(items, ("utf8",))
        if labels and _needs_blank(labels[-1], said[0]):
            said = [f" {said[0]}", *said[1:]]
        for text, offset in zip(said, offsets.tolist(), strict=True):
            labels.append(text.replace("\n", " ") if text.strip() else " ")
            starts.append((begin + offset) / 1e3 if text.strip() else np.nan)
            ends.append((begin + length) / 1e3)
    times = np.column_stack((starts, ends)).reshape(-1, 2)
    spoken = np.flatnonzero(np.isfinite(times).all(axis=1))
    lasting = float(times[spoken, 1].max()) if len(spoken) else None
    following = np.append(times[spoken[1:], 0], np.nan)
    goes_on = np.ones(len(times), bool)
    goes_on[spoken] = ~(times[spoken, 1] < following)  # until the next one begins
    times[goes_on, 1] = np.nan
    return SpeechTimes(source="youtube", words=TimedText(tuple(labels), times, is_spaced=True), duration=lasting)


_EVENT: Final = ("tStartMs", "dDurationMs")


def _needs_blank(before: str, text: str) -> bool:
    """Return True where the *text* of an event follows that of another without the blank of its script."""
    is_open = bool(before.strip() and text.strip()) and not (before[-1].isspace() or text[0].isspace())
    return is_open and join_texts([before, text]) != before.strip() + text.strip()


def row_of(
    name: str,
    title: str,
    unit: str,
    tells: tuple[str, ...],
    read: WordLayout | Callable[[Document], SpeechTimes],
    *,
    level: str = "words",
    is_list: bool = False,
    is_live: bool = False,
) -> Source:
    """Return the row of a recogniser; of a live one, messages may replace earlier ones."""
    reader = read.reader(name) if isinstance(read, WordLayout) else read
    if is_live:
        reader = read_settled(reader)
    return Source(
        name=name, title=title, kind="recogniser", level=level, unit=unit, tells=tells, read=reader, is_list=is_list
    )


SOURCES: Final = (
    row_of("deepgram", "Deepgram", "seconds", ("results.channels[].alternatives",), _read_deepgram),
    row_of("deepgram", "Deepgram live", "seconds", ("channel.alternatives[].words",), _read_deepgram_live,
           is_live=True),
    row_of("elevenlabs-scribe", "ElevenLabs Scribe", "seconds", ("words[].type=word|spacing|audio_event",), _SCRIBE),
    row_of("aws-transcribe", "Amazon Transcribe", "seconds, as text", ("results.items[].alternatives",), _read_aws),
    row_of("speechmatics", "Speechmatics", "seconds", ("results[].alternatives[].content", "results[].type"),
         _read_speechmatics, is_live=True),
    row_of("google-stt", "Google Speech-to-Text", "seconds, as text",
         ("results[].alternatives[].words[].word",), read_google, is_live=True),
    row_of("google-stt", "Google Speech-to-Text, long running", "seconds, as text",
         ("response.results[].alternatives[].words[].word",), read_google),
    row_of("google-stt", "Google Speech-to-Text, its results", "seconds, as text",
         ("alternatives[].words[].word", "alternatives[].transcript"), read_google, is_list=True, is_live=True),
    row_of("azure-stt", "Azure Speech to text, detailed", "ticks of 100 ns", ("NBest[].Words[].Word",), _read_azure,
         level="words, phones"),
    row_of("rev", "Rev AI", "seconds", ("monologues[].elements",), _read_rev),
    row_of("soniox-stt", "Soniox recognition", "milliseconds", ("tokens[].text", "tokens[].start_ms"), _SONIOX,
           is_live=True),
    row_of("assemblyai", "AssemblyAI", "milliseconds", ("words[].text", "audio_duration"), _ASSEMBLYAI),
    row_of("assemblyai", "AssemblyAI", "milliseconds", ("words[].text", "words[].confidence", "status"), _ASSEMBLYAI),
    row_of("assemblyai", "AssemblyAI live", "milliseconds", ("turn_order", "words[].text", "words[].start"),
           _ASSEMBLYAI_LIVE, is_live=True),
    row_of("assemblyai", "AssemblyAI live, older", "milliseconds",
           ("message_type=PartialTranscript|FinalTranscript", "words[].text"), _ASSEMBLYAI_LIVE, is_live=True),
    row_of("bbc-transcript", "BBC React transcript editor", "seconds", ("words[].punct",), _BBC),
    row_of("hyperaudio", "Hyperaudio", "seconds", ("words[].text", "paragraphs"), _read_hyperaudio),
    row_of("vosk", "Vosk", "seconds", ("result[].conf", "result[].word"), _VOSK),
    row_of("transformers", "Hugging Face transformers pipeline", "seconds", ("chunks[].timestamp",),
         _read_transformers),
    row_of("youtube", "YouTube json3", "milliseconds", ("events[].segs",), read_youtube),
    row_of("remotion", "Remotion captions", "milliseconds", ("text", "startMs", "endMs"), _REMOTION, is_list=True),
)  # fmt: skip
