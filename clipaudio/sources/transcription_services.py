"""Hosted transcription, and editors of it: phrases that hold words.

The text of a phrase is as written, with its marks; words often lack them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.sources.fields import Items, collect, find, numbers, texts
from clipaudio.sources.language_tags import language_tag
from clipaudio.sources.layout import WordLayout, messages_of, phrases_reader, spans, speaker_names, speakers_at
from clipaudio.sources.transcripts import row_of
from clipaudio.timing.speech_times import SpeechTimes, TimedText

if TYPE_CHECKING:
    from clipaudio.sources.document import Document

__all__ = ["SOURCES"]

_GLADIA: Final = WordLayout(items="", text=("word", "text"))
_VOLCENGINE: Final = WordLayout(items="", text=("text",), start=("start_time",), end=("end_time",), per_second=1e3)
_PARAFORMER: Final = WordLayout(items="", text=("text",), start=("begin_time",), end=("end_time",), per_second=1e3)
_SPEECHKIT: Final = WordLayout(
    items="", text=("text",), start=("startTimeMs", "start_time_ms"), end=("endTimeMs", "end_time_ms"), per_second=1e3
)
_SALUTE: Final = WordLayout(items="", text=("word", "normalized_text", "text"))
_SONIX: Final = WordLayout(items="", text=("text",), start=("start_time",), end=("end_time",))
_TRINT: Final = WordLayout(items="transcript.words[]", text=("value",), start=("time",), duration="duration",
                           per_second=1e3)  # fmt: skip
_MINIMAX: Final = WordLayout(items="", text=("word", "text"), start=("time_begin",), end=("time_end",), per_second=1e3)


def _read_trint(document: Document) -> SpeechTimes:
    """Read words; the speaker of each is that of the paragraph in which it begins."""
    words = _TRINT.pieces(collect(messages_of(document), _TRINT.items))
    paragraphs = collect(messages_of(document), "transcript.paragraphs[]")
    names = speaker_names(paragraphs, "speaker")
    speakers = speakers_at(words.times[:, 0], numbers(paragraphs, ("time",)) / 1e3, names)
    return SpeechTimes(source="trint", words=words, speakers=speakers)


def _read_premiere(document: Document) -> SpeechTimes:
    """Read words by start and length; a segment names its speaker by an id."""
    segments = collect(messages_of(document), "segments[]")
    people = collect(messages_of(document), "speakers[]")
    names = {str(person.get("id")): person.get("name") for person in people.values}
    parts = [collect(segment, "words[]").where(_is_spoken) for segment in segments.split()]
    owners = [names.get(str(segment.get("speaker"))) for segment in segments.values]
    speakers = [owner for owner, part in zip(owners, parts, strict=True) for _ in part.values]
    items = Items.chain(parts)
    return SpeechTimes(
        source="premiere",
        words=TimedText(tuple(texts(items, ("text",))), spans(items)),
        speakers=tuple(None if name is None else str(name) for name in speakers) if any(speakers) else (),
        language=language_tag(find(document.messages[0], "language")),
    )


def _is_spoken(word: dict[str, Any]) -> bool:
    return str(word.get("type", "word")) == "word"


def _read_captions(document: Document) -> SpeechTimes:
    """Read lines by start and length; a line ends at the latest when the next one begins, for players show it so."""
    items = messages_of(document)
    times = spans(items)
    following = np.append(times[1:, 0], np.nan)
    times[:, 1] = np.where(following > times[:, 0], np.fmin(times[:, 1], following), times[:, 1])
    return SpeechTimes(
        source="youtube-transcript", words=TimedText(tuple(texts(items, ("text",))), times, unit="sentences")
    )


SOURCES: Final = (
    row_of("gladia", "Gladia", "seconds", ("result.transcription.utterances[].words",),
         phrases_reader("gladia", "result.transcription.utterances[]", "words[]", _GLADIA, text=("text",),
                        language="language")),
    row_of("volcengine", "Volcengine, Doubao", "milliseconds", ("result.utterances[].start_time",),
         phrases_reader("volcengine", "result.utterances[]", "words[]", _VOLCENGINE, text=("text",),
                        speaker="speaker_id")),
    row_of("paraformer", "Alibaba Cloud Paraformer", "milliseconds", ("transcripts[].sentences[].begin_time",),
         phrases_reader("paraformer", "transcripts[].sentences[]", "words[]", _PARAFORMER, text=("text",),
                        speaker="speaker_id")),
    row_of("speechkit", "Yandex SpeechKit", "milliseconds, as text", ("final.alternatives[].words[].text",),
         phrases_reader("speechkit", "final.alternatives[0]", "words[]", _SPEECHKIT, text=("text",))),
    row_of("speechkit", "Yandex SpeechKit, by results", "milliseconds, as text",
         ("result.final.alternatives[].words[].text",),
         phrases_reader("speechkit", "result.final.alternatives[0]", "words[]", _SPEECHKIT, text=("text",))),
    row_of("salutespeech", "SaluteSpeech", "seconds, as text", ("results[].word_alignments",),
         phrases_reader("salutespeech", "results[]", "word_alignments[]", _SALUTE, text=("normalized_text", "text"))),
    row_of("sonix", "Sonix", "seconds", ("transcript[].start_time", "transcript[].words"),
         phrases_reader("sonix", "transcript[]", "words[]", _SONIX, text=("text",)), kind="editor"),
    row_of("trint", "Trint", "milliseconds", ("transcript.words[].value", "transcript.words[].time"), _read_trint,
         kind="editor"),
    row_of("premiere", "Adobe Premiere transcript", "seconds", ("segments[].words[].eos",), _read_premiere,
         kind="editor"),
    row_of("minimax", "MiniMax subtitles", "milliseconds", ("text", "time_begin", "time_end"),
         phrases_reader("minimax", "", "timestamped_words[]", _MINIMAX, text=("text",)), kind="service",
         level="words or sentences", is_list=True),
    row_of("youtube-transcript", "youtube-transcript-api", "seconds", ("text", "start", "duration"), _read_captions,
         level="lines", is_list=True),
)  # fmt: skip
