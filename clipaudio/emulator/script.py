"""Parse the body of a request into plain text and pauses.

Conventions
-----------
Positions are code points of the cleaned text, which is what the letters of a clip spell when joined. Tags
are taken out, the five XML entities and numeric references become characters, and white space collapses to
one space: that is what the service's samples show. ``<break time="1.5s"/>`` is spoken as a pause; every
other element only loses its tags. A comment without an end lasts to the end of the body.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Script", "read_body"]

_TAG = re.compile(r"<!--.*?(?:-->|\Z)|<\?[^<>]*\?>|</?[A-Za-z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
_BREAK = re.compile(r"<break\b[^>]*?\btime\s*=\s*[\"']?\s*(\d+(?:\.\d+)?)\s*(ms|s)\b", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_UNSPEAKABLE = re.compile("[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff]")
LONGEST_PAUSE = 10.0


@dataclass(frozen=True, slots=True)
class Script:
    """Cleaned text and its pauses.

    Parameters
    ----------
    text
        What the letters of the clip spell.
    pauses
        Pairs of position in `text` and seconds, positions not falling.
    """

    text: str
    pauses: tuple[tuple[int, float], ...] = ()

    def pieces(self) -> list[tuple[int, str] | float]:
        """Yield text runs with their position, and seconds of silence, in spoken order.

        >>> Script("One. Two.", ((5, 0.5),)).pieces()
        [(0, 'One. '), 0.5, (5, 'Two.')]
        """
        found: list[tuple[int, str] | float] = []
        first = 0
        for position, seconds in self.pauses:
            if position > first:
                found.append((first, self.text[first:position]))
            found.append(seconds)
            first = position
        if first < len(self.text):
            found.append((first, self.text[first:]))
        return found


def read_body(body: str) -> Script:
    """Remove tags, entities and superfluous white space from *body*, and keep its pauses.

    A pause lasts 10 s at most. An empty body gives an empty text.

    Examples
    --------
    >>> read_body('<speak>Salt  &amp; <b>pepper</b>.<break time="300ms"/> Yes?</speak>')
    Script(text='Salt & pepper. Yes?', pauses=((14, 0.3),))
    """
    text = ""
    pauses: list[tuple[int, float]] = []
    last = 0
    for tag in _TAG.finditer(body):
        text = _append(text, body[last : tag.start()])
        last = tag.end()
        if asked := _BREAK.match(tag.group()):
            seconds = float(asked[1]) / (1000 if asked[2].lower() == "ms" else 1)
            pauses.append((len(text), min(seconds, LONGEST_PAUSE)))
    text = _append(text, body[last:]).rstrip()
    return Script(text, tuple((min(position, len(text)), seconds) for position, seconds in pauses))


def _append(text: str, raw: str) -> str:
    """Add *raw*, unescaped and with single spaces, to the cleaned *text*."""
    plain = _UNSPEAKABLE.sub("\ufffd", _ENTITY.sub(_character, raw))
    joined = re.sub(r"\s+", " ", plain)
    return text + (joined.lstrip() if not text or text.endswith(" ") else joined)


def _character(match: re.Match[str]) -> str:
    """Return the character of an entity; an unknown one stays as it is."""
    name, decimal, hexadecimal = match.groups()
    if name:
        return _NAMED[name]
    number = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(number) if 0 < number < 0x110000 else match.group()
