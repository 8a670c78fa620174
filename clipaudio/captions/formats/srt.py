"""Write and read SubRip (.srt).

SubRip has neither a specification nor escapes. Text that a reader would take for times, tags or numbers gets a word
joiner (see `escaping`): it looks the same, and `loads` returns it unchanged.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from clipaudio.captions.cue import Cue
from clipaudio.captions.escaping import escape, is_harmless, unescape
from clipaudio.captions.sanitize import label_speakers, prepare
from clipaudio.captions.timestamp import format_milliseconds, round_to_units
from clipaudio.errors import CaptionError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["dumps", "loads"]

_TIMES = re.compile(
    r"^[ \t]*(?:(\d{1,9}):)?(\d{1,2}):(\d{1,2})(?:[,.:](\d{1,3})\d*)?[ \t]*-->"
    r"[ \t]*(?:(\d{1,9}):)?(\d{1,2}):(\d{1,2})(?:[,.:](\d{1,3})\d*)?(?![\d:])[^\n]*$",
    re.MULTILINE | re.ASCII,
)
_TAG = re.compile(r"</?(?:b|i|u|s|font)(?: [^<>\n]*)?>", re.IGNORECASE)
_OVERRIDE = re.compile(r"\{\\[^{}\n]*\}")


def dumps(cues: Iterable[Cue], *, speakers: bool = False) -> str:
    r"""Return *cues* as SubRip text, without cues that have no text; "" if there are none.

    Parameters
    ----------
    speakers
        Prefix `NAME: ` to the text wherever the speaker changes.

    Raises
    ------
    ExportError
        A time is not finite.

    Examples
    --------
    >>> dumps([Cue(0.5, 2.0, ("Hello there,", "General."))])
    '1\n00:00:00,500 --> 00:00:02,000\nHello there,\nGeneral.\n\n'
    """
    kept = prepare(cues, words=False).cues
    if speakers:
        kept = label_speakers(kept)
    texts = ["\n".join(cue.lines) for cue in kept]
    if not is_harmless("\n".join(texts), "srt"):
        texts = [escape(text, "srt") for text in texts]
    rows = zip(round_to_units(kept, 1000), texts, strict=True)
    return "".join(
        [
            f"{number}\n{format_milliseconds(start, ',')} --> {format_milliseconds(end, ',')}\n{text}\n\n"
            for number, ((start, end), text) in enumerate(rows, 1)
        ]
    )


def loads(text: str) -> tuple[Cue, ...]:
    r"""Return the cues of SubRip *text*, in the order of the file.

    Accepts a byte order mark, any line end, missing numbers, missing hours, a point for the comma, blank lines within a
    cue, and positions after the times. The tags b, i, u, s and font and overrides such as `{\an8}` are dropped; other
    tags are text. A cue without text is dropped.

    Raises
    ------
    CaptionError
        There is text, but no timing line; `line` is that of the first text.

    Examples
    --------
    >>> loads("1\n00:00:00,500 --> 00:00:02,000\n<i>Hello</i> there,\nGeneral.\n")
    (Cue(start=0.5, end=2.0, lines=('Hello there,', 'General.'), words=(), speaker=None),)
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    found = list(_TIMES.finditer(text))
    if not found and text.strip():
        line = len(text[: len(text) - len(text.lstrip())].split("\n"))
        raise CaptionError(
            f"line {line}: no line such as 00:00:01,000 --> 00:00:02,000 follows; this is not SubRip text", line=line
        )
    cues = []
    for times, following in pairwise([*found, None]):
        assert times is not None
        if following is None:
            body = text[times.end() :]
        else:
            body = text[times.end() : following.start()]
            rest, _, last = body[:-1].rpartition("\n")  # the line right above the times is the number of the cue
            if last.strip().isdecimal():
                body = rest
        lines = _lines(body)
        if lines:
            h, m, s, ms, h2, m2, s2, ms2 = times.groups()
            cues.append(Cue(_seconds(h, m, s, ms), _seconds(h2, m2, s2, ms2), lines))
    return tuple(cues)


def _lines(text: str) -> tuple[str, ...]:
    if "<" in text:
        text = _TAG.sub("", text)
    if "{" in text:
        text = _OVERRIDE.sub("", text)
    text = text.strip(" \t\n")
    lines = [line for line in [line.strip(" \t") for line in text.split("\n")] if line and not line.isspace()]
    return tuple(unescape("\n".join(lines), "srt").split("\n")) if lines else ()


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> float:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return (whole * 1000 + int((fraction or "0").ljust(3, "0"))) / 1000
