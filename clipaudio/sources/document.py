"""Bytes of any source into values: one JSON, a list or lines of JSON messages, server-sent events, or plain text.

To a user these are the same thing: a stream that was saved line by line, as events or as a list reads like one JSON.
Base64 audio inside stays text.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import msgspec

from clipaudio.errors import SourceError, TextEncodingError
from clipaudio.text_encoding import decode_text

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Document", "decode_document"]

_DECODER: Final = msgspec.json.Decoder()
_LINE: Final = re.compile(rb"[^\r\n]+")
_EVENT: Final = re.compile(rb"(?:data|event|id|retry)?:")
_SAMPLES: Final = 3
"""Messages kept of each form, to recognize a source by."""
_LOOKED_AT: Final = 2000
"""Messages of a long stream that are all looked at, to recognize it; of the others every 16th, and the last ones."""
_HEAD: Final = 4096
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_ASCII: Final = bytes(range(128))
_FORMS: Final = 200
"""Forms of messages that are told apart; no source has so many."""


@dataclass(frozen=True, eq=False)
class Document:
    """A source as values.

    Attributes
    ----------
    raw
        The bytes without a byte order mark, UTF-8 where they are text.
    messages
        All JSON values of the top level; those of a list are its items. Empty for plain text.
    is_one
        Whether the source is one JSON object.
    guess
        What was guessed to decode the text, None if nothing was.
    problem
        Why the text cannot be decoded, None if it can; its labels must not be used.
    """

    raw: bytes
    messages: list[Any] = field(default_factory=list)
    is_one: bool = False
    guess: str | None = None
    problem: str | None = None

    @property
    def is_json(self) -> bool:
        """Whether the source is JSON in any of its forms."""
        return self.is_one or bool(self.messages) or self.raw.lstrip()[:1] in {b"[", b"{"}

    @cached_property
    def text(self) -> str:
        """The source as text; bytes that are no UTF-8 become U+FFFD."""
        return self.raw.decode("utf-8", "replace")

    @cached_property
    def samples(self) -> list[dict[str, Any]]:
        """A few messages of each form, by their keys and the types of their values."""
        forms: dict[object, int] = {}
        kept = []
        for message in self._candidates():
            if not isinstance(message, dict):
                continue
            form = _form(message)
            count = forms.get(form, 0)
            if count < _SAMPLES and (count or len(forms) < _FORMS):
                forms[form] = count + 1
                kept.append(message)
        return kept

    def _candidates(self) -> Iterable[Any]:
        """Return the messages that are looked at: all, but for very long streams."""
        if len(self.messages) <= _LOOKED_AT:
            return self.messages
        return chain(self.messages[:_LOOKED_AT], self.messages[_LOOKED_AT::16], self.messages[-_LOOKED_AT // 4 :])

    def path(self, row: int) -> str:
        """Return the path of message *row* for errors."""
        return "$" if self.is_one else f"$[{row}]"


def _form(message: dict[str, Any]) -> object:
    """Return what tells the form of a message: its type, and the keys that hold anything."""
    keys = tuple([key for key, value in message.items() if value])
    kinds = [value if isinstance(value := message.get(key), str) else None for key in ("type", "status")]
    return keys, *kinds


def decode_document(raw: bytes) -> Document:
    r"""Decode a source.

    Raises
    ------
    SourceError
        The bytes begin as JSON and are none; the message names the line.

    Examples
    --------
    >>> decode_document(b'data: {"a": 1}\n\ndata: {"a": 2}\n\ndata: [DONE]\n').messages
    [{'a': 1}, {'a': 2}]
    >>> decode_document(b'[{"a": 1}]').messages, decode_document(b"clip 1 0.05 0.37 Hello").messages
    ([{'a': 1}], [])
    """
    raw, guess, problem = _to_utf8(raw)
    document = _decode_utf8(raw)
    return document if guess is problem is None else replace(document, guess=guess, problem=problem)


def _decode_utf8(raw: bytes) -> Document:
    """Decode UTF-8 without a byte order mark."""
    head = raw.lstrip()[:16]
    if head[:1] in {b"{", b"["} and not _is_text(head):
        values = _decode_values(raw)
        if values is None or len(values) > 1:
            return Document(raw, values) if values else _decode_lines(raw)
        if isinstance(values[0], list):
            return Document(raw, values[0])
        return Document(raw, values, is_one=True)
    if _EVENT.match(head) and b"{" in raw:
        return Document(raw, _decode_events(raw))
    return Document(raw)


def _to_utf8(raw: bytes) -> tuple[bytes, str | None, str | None]:
    """Return the text as UTF-8, what was guessed to decode it, and why it cannot be decoded.

    Bytes that are no text, and JSON whose tokens are parts of characters, stay as they are.
    """
    head = raw[:_HEAD]
    if raw.isascii() and not _CONTROL.search(head) and b"\x1b$" not in raw:
        return raw, None, None
    if raw.lstrip()[:1] in {b"{", b"["} and b"\0" not in head:
        with suppress(UnicodeDecodeError):
            raw.translate(None, _ASCII).decode()
            return raw, None, None
    try:
        text, guess = decode_text(raw)
    except TextEncodingError as error:
        return raw.removeprefix(b"\xef\xbb\xbf"), None, str(error)
    return text.encode("utf-8"), guess, None


def _is_text(head: bytes) -> bool:
    """Return True for a line of lyrics, `[00:12.00]` or `[ti:…]`, a section of ASS or SubViewer, and MicroDVD."""
    return re.match(rb"\[(?:\d+:\d|[a-zA-Z#]+:|Script Info\]|SUBTITLE\]|INFORMATION\])|\{\d+\}", head) is not None


def _decode_values(raw: bytes) -> list[Any] | None:
    """Decode JSON values, one after another; None if one is damaged or unusual, so that each is looked at by itself."""
    with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _DECODER.decode_lines(raw)
    with suppress(SourceError):
        return [_decode(raw, "$")]
    return None


def _decode(raw: bytes, path: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:
        text = raw.decode("utf-8", "surrogateescape")  # tokens may be parts of a character
        return json.loads(text, strict=False)
    except RecursionError:
        raise SourceError("the JSON is nested too deeply for speech times", path=path) from None
    except ValueError as error:
        raise SourceError(f"not valid JSON: {error}; it starts with {raw[:60]!r}", path=path) from None


def _decode_lines(raw: bytes) -> Document:
    """Decode JSON values one a line, or one after another over several lines."""
    lines = [found[0] for found in _LINE.finditer(raw) if found[0].strip()]
    try:
        first = _decode(lines[0], "$[0]")
    except SourceError:
        return Document(raw, _decode_sequence(raw))
    messages = [first]
    for number, line in enumerate(lines[1:], 1):
        try:
            messages.append(_decode(line, f"$[{number}]"))
        except SourceError as error:
            raise SourceError(f"line {number + 1} of {len(lines)}: {error}", path=f"$[{number}]") from None
    return Document(raw, messages)


def _decode_sequence(raw: bytes) -> list[Any]:
    """Decode values that are written over several lines, one after another."""
    decoder = json.JSONDecoder(strict=False)
    text = raw.decode("utf-8", "surrogateescape")
    messages: list[Any] = []
    place = len(text) - len(text.lstrip())
    blank = re.compile(r"[\s,]*")
    while place < len(text):
        try:
            value, place = decoder.raw_decode(text, place)
        except RecursionError:
            raise SourceError("the JSON is nested too deeply for speech times", path="$") from None
        except ValueError as error:
            line = text.count("\n", 0, place) + 1
            start = raw[:60]
            raise SourceError(
                f"not valid JSON from line {line} on: {error}; it starts with {start!r}", path="$"
            ) from None
        messages.append(value)
        found = blank.match(text, place)
        place = found.end() if found else place
    return messages


def _decode_events(raw: bytes) -> list[Any]:
    """Decode the data of server-sent events; remarks and the closing [DONE] are passed over."""
    blocks: list[bytes] = []
    data: list[bytes] = []
    for line in [*re.split(rb"\r\n|\n|\r", raw), b""]:
        if line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" "))
        elif not line.strip() and data:
            block = b"\n".join(data)
            data.clear()
            if block.strip() not in {b"[DONE]", b""}:
                blocks.append(block)
    values = _decode_values(b"\n".join(blocks))
    if values is not None and len(values) == len(blocks):
        return values
    return [_decode(block, f"$[{row}]") for row, block in enumerate(blocks)]
