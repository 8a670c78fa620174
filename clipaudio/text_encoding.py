"""Decode text files of unknown encoding: Unicode, else Windows-1252, if it makes sense, which is told.

Rules
-----
1. A byte order mark decides.
2. Valid UTF-8 without control characters is UTF-8.
3. Where every second byte is often the same, as in text of one alphabet, or three of four are zero, it is UTF-16 or
   UTF-32, if that gives no control characters.
4. Valid UTF-8 is UTF-8. Where most bytes above 127 are valid, the others are damage: each becomes U+FFFD.
5. Else it is Windows-1252, which holds ISO 8859-1, if few letters have accents and no word has a sign inside, as "a³b".
6. All else is an error: nothing in such a file tells in which alphabet it is written.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.errors import TextEncodingError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

__all__ = ["DecodedText", "decode_text", "read_text"]

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL: Final = re.compile("[\\x00-\\x08\\x0e-\\x1a\\x1c-\\x1f]")
_SHIFTED: Final = (b"\x1b$B", b"\x1b$@", b"\x1b(J", b"\x1b$)")  # ISO 2022, in which ASCII stands for other letters
_PRIVATE: Final = re.compile("[\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff]")
_FEW, _MANY = 2, 12  # zeros, and other bytes, that are no accident
_OFTEN, _SELDOM = 0.4, 0.1
"""Shares of one byte at every second place, and at the places between."""
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
        mark = next((codec for mark, codec in _MARKS if raw.startswith(mark)), None)
        if mark is not None:
            return DecodedText(raw.decode(mark), None)
        if any(shift in raw for shift in _SHIFTED):
            raise TextEncodingError("the text is in ISO 2022, which is not read; save the file as UTF-8")
        text = raw.decode("utf-8-sig")
        if not _CONTROL.search(text):
            return DecodedText(text, None)
        return DecodedText(_as_wide(raw) or text, None)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        place = f"byte {error.start}, in line {line}"
    wide = _as_wide(raw)
    if wide is not None:
        return DecodedText(wide, None)
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
            raise TextEncodingError(f"{path}: {guess.partition('; ')[0]}; save the file as UTF-8")
        tell(f"{path}: {guess}")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _as_wide(raw: bytes) -> str | None:
    """Return the text as UTF-16 or UTF-32 without a mark, None if it is neither; a line feed of one byte may end it."""
    head = raw[:_LOOKED_AT]
    for size, names in ((4, ("utf-32-le", "utf-32-be")), (2, ("utf-16-le", "utf-16-be"))):
        whole = raw[:-1] if len(raw) % size == 1 and raw.endswith(b"\n") else raw
        for order, codec in zip((-1, 0), names, strict=True):  # where the upper byte of a character is
            if not _is_one_alphabet(head, size, order % size):
                continue
            with suppress(UnicodeDecodeError):
                text = whole.decode(codec)
                if not _CONTROL.search(text) and not _PRIVATE.search(text):
                    return text
    return None


def _is_one_alphabet(head: bytes, size: int, place: int) -> bool:
    """Return True if one byte is frequent at the upper *place* of characters, and rare at the lower one."""
    upper, lower = head[place::size], head[size - 1 - place :: size]
    if not upper or not lower:
        return False
    byte, count = Counter(upper).most_common(1)[0]
    is_enough = count >= (_FEW if byte == 0 else _MANY)
    return is_enough and count > _OFTEN * len(upper) and lower.count(byte) < max(_SELDOM * len(lower), 1)


def _as_windows_1252(raw: bytes) -> str | None:
    """Return the text if it makes sense."""
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError:
        return None
    if _CONTROL.search(text):
        return None
    letters = [letter for letter in text[:_READ] if letter.isalpha()]
    beyond = sum(not letter.isascii() for letter in letters)
    return None if beyond > _MOST_ACCENTS * len(letters) + _SOME or _MARK_IN_WORD.search(text, 0, _READ) else text
