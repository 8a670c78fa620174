"""Shapes that are a list of timed words, described by the path of the list and the keys of its items.

Most recognisers, aligners and services differ in nothing else, so each is one `WordLayout`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import regex

from clipaudio.sources.fields import Items, collect, find, number, numbers, texts
from clipaudio.sources.language_tags import language_tag
from clipaudio.timing.speech_times import SpeechTimes, TimedText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from clipaudio.sources.document import Document
    from clipaudio.timing.timeline import Times

__all__ = [
    "WordLayout",
    "join_texts",
    "messages_of",
    "phrases_reader",
    "spans",
    "speaker_names",
    "speakers_at",
    "with_paths",
]

_TEXT: Final = ("text", "word", "punct", "value")
"""Keys of the text of a piece that has none of the keys of its shape, such as a word that was added by hand."""
_TOUCHES: Final = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}ー、。！？」』]")


@dataclass(frozen=True, kw_only=True)
class WordLayout:
    """Where a shape keeps its words.

    Parameters
    ----------
    items
        Path of the timed pieces; "" for the messages themselves.
    text, start, end
        Keys of a piece; of several the first that it has.
    duration
        Key of its length, for shapes without an end; a piece that lacks its end is read so by "duration".
    per_second
        Units a second.
    is_spaced
        Whether labels carry their blanks; None if the first one with a blank tells.
    keep
        Which pieces are spoken; None for all.
    transcript, language, length
        Paths of the text as written, of the language, and of the length of the audio.
    length_per_second
        Units a second of `length`.
    speaker
        Key of the speaker of a piece.
    unit
        "words" or "sentences".
    """

    items: str
    text: tuple[str, ...] = ("word",)
    start: tuple[str, ...] = ("start",)
    end: tuple[str, ...] = ("end",)
    duration: str | None = None
    per_second: float = 1.0
    is_spaced: bool | None = False
    keep: Callable[[dict[str, Any]], bool] | None = None
    transcript: str | None = None
    language: str | None = None
    length: str | None = None
    length_per_second: float = 1.0
    speaker: str | None = None
    unit: str = "words"

    def reader(self, name: str) -> Callable[[Document], SpeechTimes]:
        """Return the function that reads shape *name*."""

        def read(document: Document) -> SpeechTimes:
            return self.read(document, name)

        return read

    def read(self, document: Document, name: str) -> SpeechTimes:
        """Read the words of *document*.

        Raises
        ------
        SourceError
            A field has the wrong type; `path` names it.
        """
        items = collect(messages_of(document), self.items)
        if self.keep is not None:
            items = items.where(self.keep)
        words = self.pieces(items)
        spoken = [str(text) for text in _all(document, self.transcript) if isinstance(text, str)]
        text = join_texts(spoken) or None
        return SpeechTimes(
            source=name,
            words=words,
            speakers=speaker_names(items, self.speaker),
            text=None if words.is_spaced else text,
            language=language_tag(next(iter(_all(document, self.language)), None)),
            duration=self._length(document),
        )

    def pieces(self, items: Items) -> TimedText:
        """Return the pieces of *items*."""
        labels = texts(items, (*self.text, *_TEXT))
        end = self.end if self.duration is None else ()
        times = spans(items, self.start, end, (self.duration or "duration",)) / self.per_second
        spaced = self.is_spaced
        if spaced is None:
            spaced = any(label[:1].isspace() for label in labels[1:])
        return TimedText(tuple(labels), times, spaced, self.unit)

    def _length(self, document: Document) -> float | None:
        for value in _all(document, self.length):
            seconds = number(value, f"$.{self.length}") / self.length_per_second
            return seconds if seconds > 0 else None
        return None


def spans(
    items: Items,
    start: tuple[str, ...] = ("start",),
    end: tuple[str, ...] = ("end",),
    duration: tuple[str, ...] = ("duration",),
) -> Times:
    """Return the start and end of each item: that under *end*, else the start and the length under *duration*.

    Examples
    --------
    >>> spans(Items([{"start": 0.1, "end": 0.5}, {"start": 0.5, "duration": 0.25}, {"start": 1}])).tolist()
    [[0.1, 0.5], [0.5, 0.75], [1.0, nan]]
    """
    starts = numbers(items, start)
    ends = numbers(items, end) if end else np.full(len(starts), np.nan)
    missing = np.isnan(ends)
    if missing.any():
        ends[missing] = (starts + numbers(items, duration))[missing]
    return np.column_stack((starts, ends)).reshape(-1, 2)


def phrases_reader(
    name: str,
    path: str,
    words: str,
    layout: WordLayout,
    *,
    text: tuple[str, ...] = (),
    speaker: str = "speaker",
    language: str = "locale",
) -> Callable[[Document], SpeechTimes]:
    """Return the reader of phrases that hold words; a phrase without words is read by itself, if it has a text.

    Parameters
    ----------
    path, words
        Path of the phrases, and of the words in each.
    layout
        Keys of a word, and of a phrase that is read by itself.
    text, speaker, language
        Keys of a phrase.
    """

    def has_text(item: dict[str, Any]) -> bool:
        """Return False for a blank between words, which some send with a time of its own, some with -1."""
        return not all(
            isinstance(item.get(key), str | None) and not (item.get(key) or "").strip() for key in layout.text
        )

    def read(document: Document) -> SpeechTimes:
        phrases = collect(messages_of(document), path)
        parts: list[TimedText] = []
        speakers: list[str | None] = []
        has_words = False
        for row, phrase in enumerate(phrases.values):
            own = phrases.take([row])
            items = collect(own, words)
            items = items if layout.is_spaced else items.where(has_text)
            has_words |= bool(items.values)
            part = layout.pieces(items if items.values else own)
            if layout.is_spaced and part.labels and not part.labels[0][:1].isspace():
                part = part._replace(labels=(f" {part.labels[0]}", *part.labels[1:]))
            names = speaker_names(items, layout.speaker) or (_name(phrase.get(speaker)),) * len(part.labels)
            parts.append(part)
            speakers += names
        spoken = texts(phrases, text) if text and has_words else []
        labels = tuple(label for part in parts for label in part.labels)
        times = np.concatenate([np.empty((0, 2)), *(part.times for part in parts)])
        return SpeechTimes(
            source=name,
            words=TimedText(labels, times, bool(layout.is_spaced), "words" if has_words else "sentences"),
            speakers=tuple(speakers) if any(speakers) else (),
            text=join_texts(spoken) or None,
            language=language_tag(next((phrase.get(language) for phrase in phrases.values), None)),
        )

    return read


def _name(value: object) -> str | None:
    return None if value is None else str(value)


def messages_of(document: Document) -> Items:
    """Return the objects among the messages of *document*."""
    return Items(document.messages, document.path).where(lambda message: isinstance(message, dict))


def with_paths(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects among the messages of *document*, each with its path."""
    for row, message in enumerate(document.messages):
        if isinstance(message, dict):
            yield document.path(row), message


def speaker_names(items: Items, key: str | None) -> tuple[str | None, ...]:
    """Return the speaker of each item; empty if none is known."""
    if key is None:
        return ()
    names = [item.get(key) for item in items.values]
    if names.count(None) == len(names):
        return ()
    return tuple([None if name is None else str(name) for name in names])


def speakers_at(
    starts: NDArray[np.float64], begins: NDArray[np.float64], names: Sequence[str | None]
) -> tuple[str | None, ...]:
    """Return who speaks at each of *starts*: the last one of *names* that begins by then; empty if none is known.

    Examples
    --------
    >>> speakers_at(np.array([0.5, np.nan, 2.0]), np.array([0.0, 1.5]), ("Ann", "Bob"))
    ('Ann', 'Ann', 'Bob')
    """
    if not names:
        return ()
    held = np.maximum.accumulate(np.nan_to_num(starts)) if len(starts) else starts
    rows = np.searchsorted(np.maximum.accumulate(np.nan_to_num(begins)), held + 1e-6, side="right") - 1
    return tuple(names[row] if row >= 0 else None for row in rows.tolist())


def join_texts(parts: Sequence[str]) -> str:
    """Return stretches of a text as one, with blanks where the script has them.

    Examples
    --------
    >>> join_texts([" Hi.", "Ho.", ""]), join_texts(["行きます。", "今日は"])
    ('Hi. Ho.', '行きます。今日は')
    """
    joined: list[str] = []
    for part in parts:
        text = part.strip()
        if joined and text and not (_TOUCHES.match(text) and _TOUCHES.match(joined[-1][-1])):
            joined.append(" ")
        joined += [text] if text else []
    return "".join(joined)


def _all(document: Document, path: str | None) -> list[Any]:
    """Return the value at *path* of each message that has one."""
    if path is None:
        return []
    found = [find(message, path) for message in document.messages]
    return [value for value in found if value is not None]
