"""Transcripts that older services, editors and scripts leave: lists of words, and words inside phrases."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.errors import SourceError
from clipaudio.sources.fields import Items, as_numbers, as_texts, collect, find, numbers, texts, wrong
from clipaudio.sources.interim import read_settled
from clipaudio.sources.language_tags import language_tag
from clipaudio.sources.layout import (
    WordLayout,
    join_texts,
    messages_of,
    phrases_reader,
    speaker_names,
    speakers_at,
)
from clipaudio.sources.source import Source
from clipaudio.timing.repair_report import Finding
from clipaudio.timing.speech_times import SpeechTimes, TimedText
from clipaudio.timing.time_units import detect_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clipaudio.sources.document import Document

__all__ = ["SOURCES", "row_of"]

_TICKS: Final = 1e7
"""Ticks of 100 ns a second."""
_STAMP: Final = re.compile(r"<span[^<>]{0,200}data-timestamp=\"([\d.]{1,20})\"[^<>]{0,200}>[^<>]{0,40}</span>")
_TAG: Final = re.compile(r"<[^<>]{0,300}>")
_HESITATION: Final = "%HESITATION"


def _plain(name: str, path: str) -> Callable[[Document], SpeechTimes]:
    """Return the reader of a list of words or segments, which says nothing of its unit."""

    def read(document: Document) -> SpeechTimes:
        items = collect(messages_of(document), path)
        pieces = _WORDS.pieces(items)
        if _are_offsets(pieces):
            raise SourceError("start and end count characters of a text, not time", path=f"{items.path(0)}.start")
        spoken = [label for label in pieces.labels if label.strip()]
        many = sum(" " in label.strip() for label in spoken) * 3 > len(spoken)
        pieces = pieces._replace(unit="sentences" if many else "words", is_spaced=pieces.is_spaced and not many)
        notes: dict[str, tuple[Finding, ...]] = {}
        if not many and detect_unit(pieces.times) == "ms":
            pieces = pieces._replace(times=pieces.times / 1e3)
            notes = {"words": (Finding("unit", np.arange(len(pieces.labels)), "milliseconds"),)}
        return SpeechTimes(source=name, words=pieces, speakers=speaker_names(items, "speaker"), found=notes)

    return read


def _are_offsets(pieces: TimedText) -> bool:
    """Return True if the numbers are places of the labels in a text, as finders of names give them."""
    sizes = np.array([len(label) for label in pieces.labels], np.float64)
    return bool(len(sizes) and np.array_equal(pieces.times[:, 1] - pieces.times[:, 0], sizes))


def _name(value: object) -> str | None:
    return None if value is None else str(value)


def _read_azure_batch(document: Document) -> SpeechTimes:
    """Read the best guess of each phrase of one channel; words as displayed, where the service times those."""
    phrases = collect(messages_of(document), "recognizedPhrases[]")
    channels = list(dict.fromkeys(str(phrase.get("channel")) for phrase in phrases.values))
    phrases = phrases.where(lambda phrase: str(phrase.get("channel")) == channels[0])
    best = collect(phrases, "nBest[0]")
    has_shown = any(guess.get("displayWords") for guess in best.values)
    path, label = ("nBest[0].displayWords[]", "displayText") if has_shown else ("nBest[0].words[]", "word")
    parts = [collect(phrase, path) for phrase in phrases.split()]
    has_words = any(part.values for part in parts)
    found: list[str] = []
    for part, phrase in zip(parts, phrases.values, strict=True):
        found += texts(part, (label,)) if part.values else [str(find(phrase, "nBest[0].display") or "")]
    parts = [part if part.values else phrase for part, phrase in zip(parts, phrases.split(), strict=True)]
    spans, unit = _tick_spans(Items.chain(parts)), "words" if has_words else "sentences"
    names = speaker_names(phrases, "speaker")
    counts = [len(part.values) for part in parts]
    speakers = tuple(name for name, count in zip(names, counts, strict=True) for _ in range(count)) if names else ()
    left = f"channel {channels[0]} of {len(channels)} is read" if channels else ""
    notes = (Finding("other_channels", np.arange(len(channels) - 1), left),) if len(channels) > 1 else ()
    return SpeechTimes(
        source="azure-batch-stt",
        words=TimedText(tuple(found), spans, unit=unit),
        speakers=speakers,
        text=join_texts(texts(best, ("display",))) or None if unit == "words" and not has_shown else None,
        language=language_tag(find(document.messages[0], "recognizedPhrases[].locale")),
        found={"words": notes} if notes else {},
    )


def _tick_spans(items: Items) -> np.ndarray[Any, np.dtype[np.float64]]:
    starts, lengths = numbers(items, ("offsetInTicks",)), numbers(items, ("durationInTicks",))
    return np.column_stack((starts, starts + lengths)) / _TICKS


def _read_watson(document: Document) -> SpeechTimes:
    """Read `[word, start, end]` of final results; hesitations are left out, speakers stand beside by their time."""
    messages = messages_of(document)
    results = Items.chain([collect(messages, "results[].results[]"), collect(messages, "results[]")])
    results = results.where(lambda result: "alternatives" in result)
    finals = results.where(lambda result: result.get("final") is not False)
    best = collect(finals if finals.values else results, "alternatives[0]")
    labels, times = _triples(best, "timestamps")
    spoken = [row for row, label in enumerate(labels) if label != _HESITATION]
    tags = Items.chain([collect(messages, "speaker_labels[]"), collect(messages, "results[].speaker_labels[]")])
    kept = times[spoken].reshape(-1, 2)
    notes = (Finding("noise", np.arange(len(labels) - len(spoken))),) if len(spoken) < len(labels) else ()
    return SpeechTimes(
        source="watson-stt",
        words=TimedText(tuple(labels[row] for row in spoken), kept),
        speakers=speakers_at(kept[:, 0], numbers(tags, ("from",)), speaker_names(tags, "speaker")),
        found={"words": notes} if notes else {},
    )


def _read_watson_speech(document: Document) -> SpeechTimes:
    """Read `[word, start, end]` of messages between the audio of a socket."""
    labels, times = _triples(messages_of(document), "words")
    return SpeechTimes(source="watson-tts", words=TimedText(tuple(labels), times))


def _triples(items: Items, key: str) -> tuple[list[str], np.ndarray[Any, np.dtype[np.float64]]]:
    """Return the labels and times of lists of `[label, start, end]`."""
    parts = []
    for row, item in enumerate(items.values):
        entries = item.get(key) or []
        if not isinstance(entries, list):
            raise wrong(f"{items.path(row)}.{key}", entries, "a list")
        parts.append(entries)
    firsts = list(accumulate(map(len, parts), initial=0))

    def path(place: int) -> str:
        row = bisect_right(firsts, place) - 1
        return f"{items.path(row)}.{key}[{place - firsts[row]}]"

    rows = list(chain.from_iterable(parts))
    for place, entry in enumerate(rows):
        if not isinstance(entry, list) or len(entry) < 3:
            raise wrong(path(place), entry, "[word, start, end]")
    labels = as_texts([row[0] for row in rows], path)
    sides = [as_numbers([row[side] for row in rows], path) for side in (1, 2)]
    return labels, np.column_stack(sides).reshape(-1, 2)


def _read_kaldi(document: Document) -> SpeechTimes:
    """Read the words of BBC's Kaldi, with marks; speakers stand beside by their time."""
    words = WordLayout(items="retval.words[]", text=("punct", "word")).read(document, "bbc-kaldi").words
    segments = collect(messages_of(document), "retval.segmentation.segments[]")
    names = speaker_names(segments.map(lambda segment: {"name": find(segment, "speaker.@id")}), "name")
    assert words is not None
    speakers = speakers_at(words.times[:, 0], numbers(segments, ("start",)), names)
    return SpeechTimes(source="bbc-kaldi", words=words, speakers=speakers)


def _read_speechmatics_first(document: Document) -> SpeechTimes:
    """Read words with start and length as text; speakers stand beside by their time."""
    messages = messages_of(document)
    words = WordLayout(items="", text=("name",), start=("time",), duration="duration").pieces(
        collect(messages, "words[]")
    )
    tags = collect(messages, "speakers[]")
    return SpeechTimes(
        source="speechmatics-v1",
        words=words,
        speakers=speakers_at(words.times[:, 0], numbers(tags, ("time",)), speaker_names(tags, "name")),
        language=language_tag(find(document.messages[0], "job.lang")),
    )


def _read_draft(document: Document) -> SpeechTimes:
    """Read the entities of Draft.js blocks: the text of the block counts, which may have been corrected."""
    message = document.messages[0]
    entities = find(message, "entityMap")
    labels: list[str] = []
    found: list[dict[str, Any]] = []
    speakers: list[str | None] = []
    for block in collect(messages_of(document), "blocks[]").values:
        own = list(_pieces_of(block, entities if isinstance(entities, dict) else {}))
        labels += [label for label, _ in own]
        found += [facts for _, facts in own]
        speakers += [_name(find(block, "data.speaker"))] * len(own)
    items = Items(found, lambda _: "$.entityMap")
    times = np.column_stack((numbers(items, ("start",)), numbers(items, ("end",)))).reshape(-1, 2)
    return SpeechTimes(
        source="draftjs", words=TimedText(tuple(labels), times), speakers=tuple(speakers) if any(speakers) else ()
    )


def _pieces_of(block: dict[str, Any], entities: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the words of a block with what is known of their times; what was typed between them has none."""
    text = str(block.get("text") or "")
    units = text.encode("utf-16-le", "surrogatepass")  # JavaScript counts these
    ranges = collect(Items([block]), "entityRanges[]")
    places = np.column_stack([numbers(ranges, (key,)) for key in ("offset", "length")]).reshape(-1, 2)
    end = 0
    for row in np.argsort(places[:, 0], kind="stable").tolist():
        offset, length = places[row].tolist()
        entity = entities.get(str(ranges.values[row].get("key")))
        facts = entity.get("data") if isinstance(entity, dict) else None
        if not isinstance(facts, dict) or not (end <= offset < 1e9 and 0 <= length < 1e9):
            continue
        start, stop = int(offset), int(offset + length)
        yield from _typed(units[2 * end : 2 * start])
        yield units[2 * start : 2 * stop].decode("utf-16-le", "replace"), facts
        end = stop
    yield from _typed(units[2 * end :])


def _typed(units: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    label = units.decode("utf-16-le", "replace").strip()
    if label:
        yield label, {}


def _read_podcast(document: Document) -> SpeechTimes:
    """Read segments, which are words or lines."""
    layout = WordLayout(
        items="segments[]", text=("body",), start=("startTime",), end=("endTime",), speaker="speaker", unit="sentences"
    )
    speech = layout.read(document, "podcast")
    assert speech.words is not None
    if any(" " in label.strip() for label in speech.words.labels):
        return speech
    words = speech.words._replace(unit="words")
    return SpeechTimes(source="podcast", words=words, speakers=speech.speakers)


def _has_stamps(document: Document) -> bool:
    text = document.messages[0].get("text") if document.is_one and isinstance(document.messages[0], dict) else None
    return isinstance(text, str) and _STAMP.search(text) is not None


def _read_otranscribe(document: Document) -> SpeechTimes:
    """Read a page of text with stamps: what follows a stamp lasts until the next one."""
    text = document.messages[0]["text"]
    stamps = list(_STAMP.finditer(text))
    ends = [*(stamp.start() for stamp in stamps), len(text)]
    starts = [0, *(stamp.end() for stamp in stamps)]
    shown = [" ".join(html.unescape(_TAG.sub(" ", text[a:b])).split()) for a, b in zip(starts, ends, strict=True)]
    times = [np.nan, *as_numbers([stamp[1] for stamp in stamps], lambda _: "$.text").tolist()]
    rows = [row for row, label in enumerate(shown) if label]
    stops = [*times[1:], np.nan]
    pairs = np.array([(times[row], stops[row]) for row in rows]).reshape(-1, 2)
    return SpeechTimes(
        source="otranscribe", words=TimedText(tuple(shown[row] for row in rows), pairs, unit="sentences")
    )


_WORDS: Final = WordLayout(
    items="", text=("word", "text"), start=("start", "start_time"), end=("end", "end_time"), is_spaced=None
)
_FAST: Final = WordLayout(
    items="", text=("text",), start=("offsetMilliseconds",), duration="durationMilliseconds", per_second=1e3
)
_AUTOEDIT: Final = WordLayout(items="", text=("text",), start=("startTime",), end=("endTime",))


def row_of(
    name: str,
    title: str,
    unit: str,
    tells: tuple[str, ...],
    read: Callable[[Document], SpeechTimes],
    *,
    kind: Any = "recogniser",  # noqa: ANN401 - one of the kinds of a Source
    level: str = "words",
    is_list: bool = False,
) -> Source:
    """Return the row of a transcript."""
    return Source(name=name, title=title, kind=kind, level=level, unit=unit, tells=tells, read=read, is_list=is_list)


SOURCES: Final = (
    row_of("azure-batch-stt", "Azure batch transcription", "ticks of 100 ns", ("recognizedPhrases[].nBest",),
         _read_azure_batch),
    row_of("azure-fast-stt", "Azure fast transcription", "milliseconds",
         ("phrases[].offsetMilliseconds", "combinedPhrases"),
         phrases_reader("azure-fast-stt", "phrases[]", "words[]", _FAST, text=("text",))),
    row_of("watson-stt", "IBM Watson Speech to Text", "seconds", ("results[].alternatives[].timestamps[][2]",),
         _read_watson),
    row_of("watson-stt", "IBM Watson Speech to Text, job", "seconds",
         ("results[].results[].alternatives[].timestamps[][2]",), _read_watson),
    row_of("watson-tts", "IBM Watson Text to Speech", "seconds", ("words[][2]",), _read_watson_speech, kind="service"),
    row_of("bbc-kaldi", "BBC Kaldi", "seconds", ("retval.words[].word",), _read_kaldi),
    row_of("speechmatics-v1", "Speechmatics, first version", "seconds, as text",
         ("words[].name", "words[].time", "words[].duration"), _read_speechmatics_first),
    row_of("podcast", "Podcast transcript", "seconds", ("segments[].body", "segments[].startTime"), _read_podcast,
         kind="editor", level="words or lines"),
    row_of("draftjs", "Draft.js transcript editors", "seconds",
         ("blocks[].entityRanges[].offset", "entityMap.0.data.start"), _read_draft, kind="editor"),
    row_of("autoedit", "autoEdit", "seconds", ("text[].paragraph[].line[].startTime",),
         phrases_reader("autoedit", "text[]", "paragraph[].line[]", _AUTOEDIT), kind="editor"),
    row_of("autoedit", "autoEdit, its text", "seconds", ("paragraph[].line[].startTime",),
         phrases_reader("autoedit", "", "paragraph[].line[]", _AUTOEDIT), kind="editor", is_list=True),
    Source(name="otranscribe", title="oTranscribe", kind="editor", level="lines", unit="seconds, points", tells=(),
           read=_read_otranscribe, detect=_has_stamps),
    row_of("words", "a list of words or segments", "seconds or milliseconds", ("word", "start", "end"),
         _plain("words", ""), is_list=True),
    row_of("words", "a list of words or segments, by text", "seconds or milliseconds", ("text", "start", "end"),
         _plain("words", ""), is_list=True),
    row_of("words", "a list of words, as of Qwen3 forced alignment", "seconds or milliseconds",
         ("text", "start_time", "end_time"), _plain("words", ""), is_list=True),
    row_of("words", "words alone", "seconds or milliseconds", ("words[].word", "words[].start", "words[].end"),
         read_settled(_plain("words", "words[]"))),
    row_of("words", "words alone, by text", "seconds or milliseconds", ("words[].text", "words[].start", "words[].end"),
         read_settled(_plain("words", "words[]"))),
)  # fmt: skip
"""The last rows are the least specific of all tables."""
