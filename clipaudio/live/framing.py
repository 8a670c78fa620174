"""Bytes of a stream, cut anywhere, into JSON messages: lines, values one after another, lists, server-sent events.

Every byte is looked at once. A message is complete at its closing brace, or, in server-sent events, at the end of its
line. What is no message is skipped to the end of its line, so that one bad line does not spoil those after it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from clipaudio.errors import SourceError
from clipaudio.sources.document import decode_document

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MessageSplitter"]

_LONGEST: Final = 64 << 20
"""Bytes of one message; a longer one is refused."""
_FIELD: Final = re.compile(rb"(data|event|id|retry)?:")
_LINE_END: Final = re.compile(rb"[\r\n]")
_FIELD_START: Final = b"deir:"
_STEP: Final = re.compile(rb'["{}\[\]\r\n]')
_QUOTE: Final = re.compile(rb'[\\"\r\n]')
_BLANK: Final = re.compile(rb"[ \t\r\n,\[\]\x1e]+")
"""Bytes between messages: blanks, and what joins messages to a list."""
_MARK: Final = b"\xef\xbb\xbf"
_SHOWN: Final = 60


class MessageSplitter:
    """Collect bytes and return the messages that they complete."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._depth = 0
        self._in_string = False
        self._seen = 0  # bytes of the rest that were looked at
        self._is_first = True
        self._skips = False  # the rest of a line that is too long

    def push(self, data: bytes) -> Iterator[dict[str, Any] | SourceError]:
        """Yield the messages that *data* completes, in order, and an error for each thing that is none."""
        self._rest += data
        while True:
            found, size = self._next()
            if not size:
                break
            del self._rest[:size]
            self._depth, self._in_string, self._seen = 0, False, 0
            yield from found
        if len(self._rest) > _LONGEST:
            self._drop()
            yield SourceError(f"a message has more than {_LONGEST} bytes; the rest of its line is skipped", path="$")

    def finish(self) -> Iterator[dict[str, Any] | SourceError]:
        """Yield what the last bytes hold, as if a line ended here."""
        yield from self.push(b"\n")
        rest = bytes(self._rest)
        self._drop()
        if rest:
            yield SourceError(f"the stream ends inside a message that begins {rest[:_SHOWN]!r}", path="$")

    def _drop(self) -> None:
        """Forget what was collected."""
        self._skips = bool(self._rest)
        self._rest.clear()
        self._depth, self._in_string, self._seen = 0, False, 0

    def _next(self) -> tuple[list[dict[str, Any] | SourceError], int]:
        """Return the messages at the start of the rest, and how many bytes they take; 0 if more are needed."""
        rest = self._rest
        if self._skips:
            size = _line_length(rest)
            self._skips = not size
            return [], size or len(rest)
        blank = 0 if self._seen else self._blank_length()
        if blank or not rest or rest == _MARK[: len(rest)]:
            return [], blank
        return self._value() if rest[0] == ord("{") else self._line()

    def _blank_length(self) -> int:
        """Return the bytes before the next message: a byte order mark, and what joins messages."""
        if self._is_first and self._rest.startswith(_MARK):
            self._is_first = False
            return len(_MARK)
        found = _BLANK.match(self._rest)
        return found.end() if found else 0

    def _line(self) -> tuple[list[dict[str, Any] | SourceError], int]:
        """Return the message of a whole line that begins with no brace: a field of an event, or no message."""
        size = _line_length(self._rest, self._seen)
        if not size:
            self._seen = len(self._rest)
            return [], 0
        line = bytes(self._rest[:size]).strip()
        field = _FIELD.match(line) if line[:1] in _FIELD_START else None
        if field is not None:
            content = line[field.end() :].strip()
            if field[1] != b"data" or content in {b"", b"[DONE]"}:
                return [], size
            return _decode(content), size
        return _decode(line.rstrip(b",]")), size

    def _value(self) -> tuple[list[dict[str, Any] | SourceError], int]:
        """Return the object at the start of the rest if it is complete."""
        rest = self._rest
        while True:
            found = (_QUOTE if self._in_string else _STEP).search(rest, self._seen)
            if found is None:
                self._seen = len(rest)
                return [], 0
            mark, place = found[0], found.end()
            if mark in b"\r\n\\" and place == len(rest):  # what follows tells what it means
                self._seen = found.start()
                return [], 0
            if mark in b"\r\n" and rest[place] == ord("{"):
                return [_cut_off(bytes(rest[: found.start()]))], place
            self._seen = place + (mark == b"\\")
            self._in_string ^= mark == b'"'
            self._depth += (mark in b"{[") - (mark in b"}]")
            if self._depth <= 0:
                return _decode(bytes(rest[:place])), place


def _line_length(rest: bytearray, seen: int = 0) -> int:
    """Return the bytes up to the first line end after those *seen*, with it; 0 without one."""
    found = _LINE_END.search(rest, seen)
    return found.end() if found else 0


def _cut_off(rest: bytes) -> SourceError:
    return SourceError(f"a message ends before its closing brace: {rest[:_SHOWN]!r}", path="$")


def _decode(raw: bytes) -> list[dict[str, Any] | SourceError]:
    """Return the objects of *raw*; other JSON values hold no times."""
    if raw[:1] not in {b"{", b"["}:
        if re.fullmatch(rb'null|true|false|-?[\d.eE+-]+|"[^"]*"', raw):
            return []
        return [SourceError(f"expected a JSON message, got {raw[:_SHOWN]!r}", path="$")]
    try:
        return [value for value in decode_document(raw).messages if isinstance(value, dict)]
    except SourceError as error:
        return [error]
