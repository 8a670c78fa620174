"""Decode text files of unknown encoding: UTF-8, UTF-16, else Windows-1252, if it makes sense, which is told.

Rules
-----
1. A byte order mark decides. Without one, text with a zero in every other byte is UTF-16.
2. Valid UTF-8 is UTF-8.
3. Where most bytes above 127 are valid UTF-8, the others are damage: each becomes U+FFFD.
4. Else it is Windows-1252, which holds ISO 8859-1, if few letters have accents and no word has a sign inside, as "a³b".
5. All else is an error: nothing in such a file tells in which alphabet it is written.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.errors import TextEncodingError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

__all__ = ["DecodedText", "decode_text", "read_text"]

_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HIGH: Final = bytes(range(128, 256))
_SEQUENCES: Final = re.compile(rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+")
_MARK_IN_WORD: Final = re.compile(r"(?<=[^\W\d_])[¡¢£¤¥¦§¨©«¬®¯°±²³¶¸¹»¼½¾¿×÷†‡‰€ˆ˜](?=[^\W\d_])")
_MOST_ACCENTS: Final = 0.3
"""The largest share of letters beyond ASCII in a language that Windows-1252 is made for."""
_SOME: Final = 2
"""Letters beyond ASCII that a short text may have above that share."""
_LOOKED_AT: Final = 4096
_READ: Final = 1 << 20


class DecodedText(NamedTuple):
    """Text, and what was guessed to decode it: a sentence, or None if nothing was."""

    text: str
    guess: str | None


def decode_text(raw: bytes) -> DecodedText:
    r"""Decode *raw*; line ends stay as they are.

    Raises
    ------
    TextEncodingError
        It is no Unicode, and makes no sense as Windows-1252.

    Examples
    --------
    >>> decode_text("Café".encode("utf-8-sig")), decode_text("Café".encode("utf-16"))
    (DecodedText(text='Café', guess=None), DecodedText(text='Café', guess=None))
    >>> decode_text(b"Caf\xe9 ol\xe9")
    DecodedText(text='Café olé', guess='not UTF-8: taken for Windows-1252; save it as UTF-8 if that is wrong')
    """
    try:
        if raw.startswith(_MARKS):
            return DecodedText(raw.decode("utf-16"), None)
        if wide := _find_utf16(raw):
            return DecodedText(raw.decode(wide), None)
        return DecodedText(raw.decode("utf-8-sig"), None)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        place = f"byte {error.start}, in line {line}"
    high = len(raw) - len(raw.translate(None, _HIGH))
    valid = sum(len(found[0]) for found in _SEQUENCES.finditer(raw))
    if 2 * valid > high:
        text = raw.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
        return DecodedText(text, f"damaged UTF-8, first at {place}: replaced by U+FFFD")
    western = _as_windows_1252(raw)
    if western is not None:
        return DecodedText(western, "not UTF-8: taken for Windows-1252; save it as UTF-8 if that is wrong")
    raise TextEncodingError(f"{place}, is not UTF-8, and the encoding is unknown; save the file as UTF-8")


def read_text(path: str | os.PathLike[str], *, tell: Callable[[str], None] | None = None) -> str:
    """Read a text file as `decode_text` does, with line feeds for line ends.

    Parameters
    ----------
    tell
        Called with a sentence where the encoding is a guess; without it that is an error.

    Raises
    ------
    TextEncodingError
        The encoding is unknown, or only a guess; the message names the file.
    OSError
        The file cannot be read.
    """
    with open(path, "rb") as file:  # noqa: PTH123 - any path-like
        raw = file.read()
    try:
        text, guess = decode_text(raw)
    except TextEncodingError as error:
        raise TextEncodingError(f"{path}: {error}") from error
    if guess is not None:
        if tell is None:
            raise TextEncodingError(f"{path}: {guess}; save the file as UTF-8")
        tell(f"{path}: {guess}")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _find_utf16(raw: bytes) -> str | None:
    """Return the byte order of UTF-16 without a mark: every other byte of most of its text is zero."""
    head = raw[:_LOOKED_AT]
    if len(raw) % 2 or len(head) < 8 or b"\0" not in head:
        return None
    low, high = head[::2].count(0), head[1::2].count(0)
    least = len(head) // 4
    if max(low, high) < least or min(low, high) * 8 > max(low, high):
        return None
    return "utf-16-le" if high > low else "utf-16-be"


def _as_windows_1252(raw: bytes) -> str | None:
    """Return the text if it makes sense."""
    if b"\0" in raw:
        return None
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError:
        return None
    letters = [letter for letter in text[:_READ] if letter.isalpha()]
    beyond = sum(not letter.isascii() for letter in letters)
    return None if beyond > _MOST_ACCENTS * len(letters) + _SOME or _MARK_IN_WORD.search(text, 0, _READ) else text
