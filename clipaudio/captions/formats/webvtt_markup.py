"""Encode and decode the text of WebVTT cues: voices, times and classes of words, character references.

`&`, `<` and `>` are always written as character references
(https://www.w3.org/TR/webvtt1/#webvtt-cue-text-span): some readers drop a bare `>`, and without one no `-->` can
appear in a text.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, NamedTuple

from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.escaping import JOINER, unescape
from clipaudio.captions.timestamp import format_milliseconds

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Decoded", "decode", "encode_references", "encode_words", "find_hidden", "wrap_voice"]

# a `<` that begins no tag, as in `a < b`, is text
_TAG = re.compile(r"(<(?:/?[A-Za-z][^<>]*|/|[ \t]*\d+:[\d:.]+[ \t]*|[\d:.]+)?>)")
_STAMP = re.compile(r"<(?:(\d{1,9}):)?(\d\d):(\d\d)\.(\d{3})>", re.ASCII)
_LONG_REFERENCE = re.compile(r"&#(\d{8,});?", re.ASCII)
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t\n]+([^<>]*)>")


class Decoded(NamedTuple):
    """The lines of a cue, its words if the text has times, and its speaker."""

    lines: tuple[str, ...]
    words: tuple[CueWord, ...]
    speaker: str | None


def encode_references(text: str) -> str:
    """Escape *text* so that it has no markup.

    >>> encode_references("if a < b & c")
    'if a &lt; b &amp; c'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def wrap_voice(text: str, speaker: str | None) -> str:
    """Wrap escaped *text* in the voice of *speaker*.

    >>> wrap_voice("Hi.", "Ann & Bob")
    '<v Ann &amp; Bob>Hi.</v>'
    """
    if speaker is None:
        return text
    space = " " if speaker.endswith("-") else ""  # no arrow may arise
    return f"<v {encode_references(speaker)}{space}>{text}</v>"


def encode_words(cue: Cue, start: int, end: int, *, word_class: str | None) -> str:
    """Return the text of *cue*, shown from *start* to *end* in milliseconds, with a time before each word.

    Times that the format forbids are left out: each is after the start, before the end, and after the time before.
    """
    opening, closing = ("", "") if word_class is None else (f"<c.{word_class}>" if word_class else "<c>", "</c>")
    last = start
    lines = []
    for line, pieces in zip(cue.lines, cue.pieces(), strict=True):
        written = []
        for piece in pieces:
            now = int(piece.start * 1000 + 0.5)
            stamp = ""
            if last < now < end and piece.text:
                last = now
                stamp = f"<{format_milliseconds(now)}>"
            text = encode_references(piece.text)
            kept = text.rstrip()
            written.append(f"{stamp}{opening}{kept}{closing}{text[len(kept) :]}")
        lines.append("".join(written) if line else "")
    return "\n".join(lines)


def decode(text: str, start: float, end: float) -> Decoded:
    """Parse the text of a cue shown from *start* to *end*, seconds.

    If voices change within the cue, their names come before their text and `speaker` is None.

    Examples
    --------
    >>> decode("<v Ann>Oh, <00:00:01.500>no &amp; yes</v>", 1.0, 2.0)
    Decoded(lines=('Oh, no & yes',), words=(CueWord(line=0, first=0, stop=3, start=1.0, end=1.5),
    CueWord(line=0, first=4, stop=12, start=1.5, end=2.0)), speaker='Ann')
    """
    if "<" not in text:
        if "&" in text:
            text = _unescape(text)
        lines = [line for line in [line.strip(" \t") for line in text.split("\n")] if line and not line.isspace()]
        return Decoded(_restored(lines), (), None)
    tokens = _TAG.split(text)
    names = [_unescape(found[1]).strip() for token in tokens[1::2] if (found := _VOICE.match(token))]
    several = len(set(names)) > 1
    parts: list[str] = []
    stretches: list[tuple[str, float]] = []
    now = start
    for place, token in enumerate(tokens):
        if place % 2 == 0:
            parts.append(_unescape(token) if "&" in token else token)
        elif found := _STAMP.fullmatch(token):
            stretches.append(("".join(parts), now))
            parts = []
            hours, minutes, seconds, rest = (int(group or 0) for group in found.groups())
            now = ((hours * 3600 + minutes * 60 + seconds) * 1000 + rest) / 1000
        elif several and (found := _VOICE.match(token)):
            parts.append(f"{_unescape(found[1]).strip()}: ")
    stretches.append(("".join(parts), now))
    lines, words = _lay_out(stretches, end)
    speaker = names[0] if names and names[0] and not several else None
    if len(stretches) == 1:
        return Decoded(_restored(lines), (), speaker)
    return Decoded(tuple(lines), tuple(words), speaker)


def find_hidden(text: str) -> int | None:
    """Return where players begin to hide the text of a cue: a `<` that is text here begins a tag for them.

    >>> find_hidden("<b>if</b> a < b"), find_hidden("<b>fine</b>")
    (12, None)
    """
    place = 0
    for row, token in enumerate(_TAG.split(text)):
        if row % 2 == 0 and "<" in token:
            return place + token.index("<")
        place += len(token)
    return None


def _unescape(text: str) -> str:
    """Replace character references; long numbers are cut because Python refuses thousands of digits."""
    return html.unescape(_LONG_REFERENCE.sub(_shortened, text) if "&#" in text else text)


def _shortened(found: re.Match[str]) -> str:
    digits = found[1].lstrip("0")
    return f"&#{digits};" if len(digits) < 8 else "\ufffd"


def _restored(lines: Sequence[str]) -> tuple[str, ...]:
    if any(JOINER in line for line in lines):
        return tuple(unescape("\n".join(lines), "webvtt").split("\n"))
    return tuple(lines)


def _lay_out(stretches: Sequence[tuple[str, float]], end: float) -> tuple[list[str], list[CueWord]]:
    """Split stretches of text, each with its time, into lines; the text of each on a line is a word."""
    lines: list[str] = []
    words: list[CueWord] = []
    line: list[str] = []
    length = 0
    ends = [time for _, time in stretches[1:]] + [end]
    for (text, start), stop in zip(stretches, ends, strict=True):
        for number, given in enumerate(text.split("\n")):
            if number:
                _close(lines, line)
                line, length = [], 0
            part = given if length else given.lstrip(" \t")
            shown = part.strip()
            if shown:
                first = length + part.index(shown)
                words.append(CueWord(len(lines), first, first + len(shown), start, stop))
            line.append(part)
            length += len(part)
    _close(lines, line)
    return lines, words


def _close(lines: list[str], line: list[str]) -> None:
    text = "".join(line).rstrip(" \t")
    if text and not text.isspace():
        lines.append(text)
