"""Messages of one source into rows: labels with their times, from the start of the stream.

Each message is read at most three times, never those before the last one. How a source counts its times is a fact of
its row in the table of sources (`Source.stream`): times that run on are taken as they are, times that begin anew in
each message or request are moved by what came before, of snapshots the last one of each chunk counts. What can be
placed only when the stream has ended is held until then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.sources.document import Document
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from clipaudio.sources.source import Source
    from clipaudio.timing.speech_times import SpeechTimes
    from clipaudio.timing.timeline import Index, Times

__all__ = ["Excerpt", "RowReader", "Rows"]

_CONTEXTS: Final = ("contextId", "context_id")


@dataclass(frozen=True, eq=False)
class Excerpt(Document):
    """Some messages of a stream, with their rows in it for the paths of errors."""

    rows: tuple[int, ...] = ()

    def path(self, row: int) -> str:
        """Return the path of message *row* for errors."""
        return f"$[{self.rows[row]}]"


@dataclass(frozen=True, eq=False)
class Rows:
    """Labels with their times.

    Attributes
    ----------
    labels, times
        float64, shape (n, 2), seconds.
    are_letters
        Whether they are graphemes, not pieces of words.
    is_spaced, unit
        As in `clipaudio.timing.speech_times.TimedText`.
    """

    labels: tuple[str, ...]
    times: Times
    are_letters: bool
    is_spaced: bool = False
    unit: str = "words"


class RowReader:
    """Read the messages of one source as they arrive.

    Attributes
    ----------
    is_held
        Whether the words of this stream come only at its end.
    reads
        Messages that were read, each time counted.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._offset = 0.0
        self._anchor: tuple[dict[str, Any], int, int] | None = None  # message, its row, how many rows it has
        self._group: str | None = None
        self._longest = 0.0  # span of the request that is spoken
        self._snapshot: tuple[str, SpeechTimes] | None = None
        self._past: set[str] = set()
        self._phones: list[Timeline] = []
        self.is_held = not source.stream
        self.reads = 0

    def read(self, message: dict[str, Any], row: int) -> Rows | None:
        """Return the rows that *message*, number *row* of the stream, adds; None if it adds none now.

        Raises
        ------
        SourceError
            A field has the wrong type; `path` names it. Nothing has changed.
        """
        if self.is_held:
            self._read([message], [row])  # a bad message is refused now
            return None
        if self._source.stream == "snapshots":
            return self._read_snapshot(message, row)
        alone = self._read([message], [row])
        if alone.text is not None or alone.speakers:
            self.is_held = True
            return None
        group = self._group_of(message)
        count = _count(alone)
        if group is not None and count:
            if self._group is None:
                self._group = group
            elif group != self._group and (group in self._past or self._source.stream == "restarts"):
                return None  # its place in the text is known at the end
        return self._add(message, row, alone, group)

    def _add(self, message: dict[str, Any], row: int, alone: SpeechTimes, group: str | None) -> Rows | None:
        """Return the rows of a message whose place is known."""
        stream, span = self._source.stream, self._source.span
        found, before, moved = alone, 0, 0.0
        if self._anchor is not None and (alone.graphemes is not None or stream == "runs"):
            last, number, before = self._anchor
            found = self._read([last, message], [number, row])
            moved = span(last) if span is not None and stream == "restarts" else 0.0
            if (_spoken_rows(found) >= before).any() and not len(_spoken_rows(alone)):  # it was written before
                self.is_held = True
                return None
        length = span(message) if span is not None else 0.0
        if stream == "requests" and group != self._group and _count(alone):
            self._past.add(str(self._group))
            self._group, self._offset, self._longest = group, self._offset + self._longest, 0.0
        offset = self._offset if stream != "runs" else 0.0
        if len(alone.phones):
            self._phones.append(Timeline(alone.phones.labels, alone.phones.times + offset))
        rows = _rows_of(found, before, offset - moved)
        exact = _rows_of(alone, 0, offset)
        if rows is not None and exact is not None and moved:
            rows.times[-len(exact.times) :] = exact.times  # without the rounding of the detour
        if stream == "restarts":
            self._offset += length
        self._longest = max(self._longest, length)
        if _count(alone):
            self._anchor = message, row, _count(alone)
        return rows

    def take_phones(self) -> Timeline:
        """Return the phones that came since the last call."""
        parts, self._phones = self._phones, []
        labels = tuple(label for part in parts for label in part.labels)
        return Timeline(labels, np.concatenate([np.empty((0, 2)), *(part.times for part in parts)]))

    def finish(self) -> Rows | None:
        """Return the rows of the last snapshot."""
        return None if self._snapshot is None or self.is_held else _rows_of(self._snapshot[1], 0, 0.0)

    def _read_snapshot(self, message: dict[str, Any], row: int) -> Rows | None:
        """Return the rows of the chunk that ends where another one begins."""
        found = self._read([message], [row])
        if found.text is not None:
            self.is_held = True
            return None
        if not isinstance(message.get("alignment"), dict):
            return None
        chunk = str(message.get("chunk_seq"))
        if chunk in self._past:
            return None
        last, self._snapshot = self._snapshot, (chunk, found)
        if last is None or last[0] == chunk:
            return None
        self._past.add(last[0])
        return _rows_of(last[1], 0, 0.0)

    def _read(self, messages: list[dict[str, Any]], rows: list[int]) -> SpeechTimes:
        self.reads += len(messages)
        return self._source.read(Excerpt(b"", messages, rows=tuple(rows)))

    def _group_of(self, message: dict[str, Any]) -> str | None:
        """Return the request or context that *message* belongs to."""
        if self._source.stream == "requests":
            return str(message.get("request_id"))
        if self._source.stream != "restarts" or self._source.name == "rime":
            return None
        found = next((message[key] for key in _CONTEXTS if key in message), None)
        return found if isinstance(found, str) else ""


def _spoken_rows(speech: SpeechTimes) -> Index:
    """Return the letters that are as spoken, not as written."""
    found = [finding.rows for finding in speech.found.get("graphemes", ()) if finding.kind == "spoken_text"]
    return found[0] if found else np.empty(0, np.intp)


def _count(speech: SpeechTimes) -> int:
    """Return the number of rows that a message has."""
    if speech.graphemes is not None:
        return len(speech.graphemes)
    return 0 if speech.words is None else len(speech.words.labels)


def _rows_of(speech: SpeechTimes, first: int, offset: float) -> Rows | None:
    """Return the rows from *first* on, moved by *offset* seconds."""
    line, words = speech.graphemes, speech.words
    if line is not None and len(line) > first:
        return Rows(line.labels[first:], line.times[first:] + offset, are_letters=True)
    if line is None and words is not None and len(words.labels) > first:
        times = np.asarray(words.times)[first:] + offset
        return Rows(words.labels[first:], times, are_letters=False, is_spaced=words.is_spaced, unit=words.unit)
    return None
