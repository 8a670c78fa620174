"""Services and engines that send events: a word, viseme or phone at a moment, with or without a length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.sources.fields import Items, collect, numbers, texts
from clipaudio.sources.layout import messages_of
from clipaudio.sources.markup import drop_tags, unescape
from clipaudio.sources.source import Source
from clipaudio.timing.repair_report import Finding
from clipaudio.timing.speech_times import SpeechTimes, TimedText
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

    from clipaudio.sources.document import Document
    from clipaudio.timing.timeline import Times

__all__ = ["SOURCES"]

_TICKS: Final = 1e7
"""Ticks of 100 ns a second."""
_REST: Final = "sil"


def _select(items: Items, key: str, *values: str) -> Items:
    """Return the items whose *key* has one of *values*."""
    return items.where(lambda item: str(item.get(key)) in values)


def _points(starts: ArrayLike) -> Times:
    """Return intervals without an end."""
    begins = np.asarray(starts, np.float64).reshape(-1)
    return np.column_stack((begins, np.full(len(begins), np.nan)))


def _until_next(starts: ArrayLike, end: float | None = None) -> Times:
    """Return intervals that each last until the next one begins; the last one until *end*, or no time."""
    times = _points(starts)
    if len(times):
        times[:-1, 1] = times[1:, 0]
        times[-1, 1] = times[-1, 0] if end is None else max(end, float(times[-1, 0]))
    return times


def _read_polly(document: Document) -> SpeechTimes:
    """Read speech marks: words without ends, which rest at the next `sil`."""
    items = messages_of(document)
    words, sentences, visemes = (_select(items, "type", kind) for kind in ("word", "sentence", "viseme"))
    starts = numbers(words, ("time",)) / 1e3
    shapes = texts(visemes, ("value",))
    moments = numbers(visemes, ("time",)) / 1e3
    times = _points(starts)
    rests = moments[[label == _REST for label in shapes]] if len(moments) else moments
    if len(rests):
        following = np.append(starts[1:], np.inf)
        rest = np.append(rests, np.inf)[np.searchsorted(rests, starts, side="right")]
        times[:, 1] = np.where(rest < following, rest, np.nan)
    labels = tuple(drop_tags(unescape(label)).replace("\ufffd", "") for label in texts(words, ("value",)))
    spoken = [drop_tags(unescape(text)) for text in texts(sentences, ("value",))]
    return SpeechTimes(
        source="polly",
        words=TimedText(labels, times, unit="words") if labels else None,
        visemes=Timeline(tuple(shapes), _until_next(moments.tolist())),
        viseme_set="polly" if shapes else "",
        text=" ".join(spoken).strip() or None,
    )


def _read_azure(document: Document) -> SpeechTimes:
    """Read a dump of the events of the Azure SDK: ticks; a duration may have lost its whole seconds."""
    messages = messages_of(document)
    items = collect(messages, "word_boundaries[]")
    events = items if items.values else messages
    kept = events.where(
        lambda event: "audio_offset" in event and "Sentence" not in str(event.get("boundary_type", "Word"))
    )
    kept = kept.where(lambda event: "viseme_id" not in event)
    starts = numbers(kept, ("audio_offset",)) / _TICKS
    parts = numbers(kept, ("duration_milliseconds",)) / 1e3
    lengths = np.where(np.isnan(parts), numbers(kept, ("duration",)) / _TICKS, parts)
    ends = starts + lengths
    labels = tuple(drop_tags(text) for text in texts(kept, ("text",)))
    visemes = collect(messages, "visemes[]")
    if not visemes.values:
        visemes = messages.where(lambda event: "viseme_id" in event)
    end = float(np.nanmax(ends, initial=0.0))
    shapes = Timeline(
        tuple(texts(visemes, ("viseme_id",))), _until_next(numbers(visemes, ("audio_offset",)) / _TICKS, end)
    )
    whole = ends if np.isnan(parts).any() else _whole_seconds(labels, starts, ends)  # only that key loses seconds
    restored = np.flatnonzero(whole > ends)
    notes = {"words": (Finding("lost_second", restored),)} if len(restored) else {}
    return SpeechTimes(
        source="azure-events",
        words=TimedText(labels, np.column_stack((starts, whole))),
        found=notes,
        visemes=shapes,
        viseme_set="azure" if len(shapes) else "",
    )


def _whole_seconds(labels: Sequence[str], starts: Any, ends: Any) -> Any:  # noqa: ANN401 - arrays
    """Return ends to which lost seconds are added, where the next start shows that some are missing.

    A word that ends more than a second before the next one begins, and is implausibly short, was longer.
    """
    result = ends.copy()
    if len(starts) and np.nanmax(ends - starts) >= 1:
        return result  # no length has lost its seconds
    for row in range(len(starts) - 1):
        lost = np.floor(starts[row + 1] - ends[row] + 1e-6)
        letters = sum(letter.isalnum() for letter in labels[row])
        if lost >= 1 and letters and (ends[row] - starts[row]) < 0.03 * letters:
            result[row] = ends[row] + lost
    return result


def _read_edge(document: Document) -> SpeechTimes:
    """Read boundaries of edge-tts; sentences are used where no word came."""
    items = messages_of(document)
    words = _select(items, "type", "WordBoundary")
    unit = "words" if words.values else "sentences"
    kept = words if words.values else _select(items, "type", "SentenceBoundary")
    starts, lengths = numbers(kept, ("offset",)) / _TICKS, numbers(kept, ("duration",)) / _TICKS
    labels = tuple(unescape(text) for text in texts(kept, ("text",)))
    return SpeechTimes(
        source="edge-tts", words=TimedText(labels, np.column_stack((starts, starts + lengths)), unit=unit)
    )


def _read_edge_frames(document: Document) -> SpeechTimes:
    """Read frames as the service of edge-tts sends them, with references in their text."""
    items = collect(messages_of(document), "Metadata[]").where(lambda item: item.get("Type") == "WordBoundary")
    flat = items.map(lambda item: item["Data"] if isinstance(item.get("Data"), dict) else {})
    labels = texts(flat.map(lambda data: data["text"] if isinstance(data.get("text"), dict) else {}), ("Text",))
    starts, lengths = numbers(flat, ("Offset",)) / _TICKS, numbers(flat, ("Duration",)) / _TICKS
    words = TimedText(tuple(map(unescape, labels)), np.column_stack((starts, starts + lengths)))
    return SpeechTimes(source="edge-tts", words=words)


def _read_timepoints(document: Document) -> SpeechTimes:
    """Read marks of SSML, which name places in a text that is not there."""
    items = collect(messages_of(document), "timepoints[]")
    labels = tuple(texts(items, ("markName",)))
    return SpeechTimes(
        source="google-timepoints", words=TimedText(labels, _points(numbers(items, ("timeSeconds",))), unit="marks")
    )


def _read_espeak(document: Document) -> SpeechTimes:
    """Read events of espeak-ng: phones with their starts; the text is not in them."""
    items = messages_of(document)
    phones, ends = _select(items, "type", "phoneme"), _select(items, "type", "end")
    last = numbers(ends, ("audio_position",)) / 1e3
    end = float(last[-1]) if len(last) else None
    starts = numbers(phones, ("audio_position",)) / 1e3
    return SpeechTimes(
        source="espeak", phones=Timeline(tuple(texts(phones, ("id",))), _until_next(starts.tolist(), end)), duration=end
    )


def _row(
    name: str,
    title: str,
    level: str,
    unit: str,
    tells: tuple[str, ...],
    read: Callable[[Document], SpeechTimes],
) -> Source:
    kind: Any = "engine" if name == "espeak" else "service"
    stream: Any = "runs" if name == "edge-tts" else ""
    return Source(name=name, title=title, kind=kind, level=level, unit=unit, tells=tells, read=read, stream=stream)


SOURCES: Final = (
    _row("polly", "Amazon Polly speech marks", "words, visemes", "milliseconds, points",
         ("time", "type=word|sentence|viseme|ssml", "value"), _read_polly),
    _row("azure-events", "Azure Speech SDK events", "words, visemes", "ticks of 100 ns",
         ("word_boundaries[].audio_offset",), _read_azure),
    _row("azure-events", "Azure Speech SDK events, one a line", "words, visemes", "ticks of 100 ns",
         ("audio_offset", "boundary_type"), _read_azure),
    _row("edge-tts", "edge-tts", "words or sentences", "ticks of 100 ns",
         ("type=WordBoundary|SentenceBoundary", "offset", "duration"), _read_edge),
    _row("edge-tts", "edge-tts, raw frames", "words", "ticks of 100 ns",
         ("Metadata[].Data.text.Text",), _read_edge_frames),
    _row("google-timepoints", "Google Text-to-Speech timepoints", "marks", "seconds, points",
         ("timepoints[].markName",), _read_timepoints),
    _row("espeak", "espeak-ng events", "phones", "milliseconds, points",
         ("audio_position", "type"), _read_espeak),
)  # fmt: skip
