"""Cues into WebVTT text (.vtt), and WebVTT text into cues.

Rules: https://www.w3.org/TR/webvtt1/. What cues say is in `webvtt_markup`, what else a file holds in `webvtt_blocks`.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from clipaudio.captions.cue import Cue
from clipaudio.captions.direction import isolate_mixed
from clipaudio.captions.escaping import escape, is_harmless
from clipaudio.captions.formats.webvtt_blocks import KARAOKE, CueSettings, Note, Region, StyleSheet
from clipaudio.captions.formats.webvtt_markup import decode, encode_references, encode_words, voice
from clipaudio.captions.sanitize import prepare
from clipaudio.captions.timestamp import clock, to_units
from clipaudio.errors import CaptionError, ExportError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["dumps", "loads"]

_TIMES = re.compile(
    r"^[ \t]*(?:(\d{1,9}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})[ \t]*-->"
    r"[ \t]*(?:(\d{1,9}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})(?![\d:])[^\n]*$",
    re.MULTILINE | re.ASCII,
)
_HEADER = re.compile(r"WEBVTT(?=[ \t\n]|\Z)")
# right after a blank line, or after the identifier that follows one, only times can stand before an arrow
_BROKEN = re.compile(r"\n\n(?:[^\n]+\n)?([ \t]*[-\d:.,]+[ \t]*-->[^\n]*)")
_CLASS = re.compile(r"[^\W\d]\w*")


def dumps(
    cues: Iterable[Cue],
    *,
    words: bool = False,
    word_class: str | None = None,
    karaoke: bool = False,
    speakers: bool = False,
    isolate: bool = False,
    settings: CueSettings | str | None = None,
    blocks: Iterable[Note | StyleSheet | Region] = (),
) -> str:
    r"""Give *cues* as WebVTT text; a cue without text is left out, no cues give the header alone.

    Parameters
    ----------
    words
        Put the time of each word into the text.
    word_class
        Put each word into `<c.word_class>`, for style sheets; with `words`.
    karaoke
        Put the time of each word into the text, each word into `<c>`, and a style sheet before the cues that shows
        what has been said in white and what is to come in gray.
    speakers
        Put the text of a cue into the voice of its speaker.
    isolate
        Put lines that mix directions of writing between isolates, U+2066 or U+2067 and U+2069.
    settings
        Where the cues stand, as `CueSettings` or as written in the file.
    blocks
        Notes, style sheets and regions before the cues.

    Raises
    ------
    ExportError
        A time is not finite, or an option is not as the grammar of the format wants it.

    Examples
    --------
    >>> dumps([Cue(0.5, 2.0, ("AT&T",), speaker="Ann")], speakers=True, settings="line:85%")
    'WEBVTT\n\n00:00:00.500 --> 00:00:02.000 line:85%\n<v Ann>AT&amp;T</v>\n\n'
    """
    if word_class is not None and not _CLASS.fullmatch(word_class):
        raise ExportError(f"{word_class!r} is no class of words; expected a name such as word")
    words = words or karaoke or word_class is not None
    given = CueSettings.parse(settings) if isinstance(settings, str) else settings
    placed = f" {given}" if given and str(given) else ""
    kept = prepare(cues, words=words).cues
    if isolate:
        kept = isolate_mixed(kept)
    times = to_units(kept, 1000)
    texts = _texts(kept)
    if words:
        name = "" if karaoke and word_class is None else word_class
        for row, (cue, (start, end)) in enumerate(zip(kept, times, strict=True)):
            if cue.words:
                texts[row] = encode_words(cue, start, end, word_class=name)
    if speakers:
        texts = [voice(text, cue.speaker) for text, cue in zip(texts, kept, strict=True)]
    head = "".join([f"{block}\n\n" for block in [*([KARAOKE] if karaoke else []), *blocks]])
    rows = zip(times, texts, strict=True)
    body = "".join([f"{clock(start)} --> {clock(end)}{placed}\n{text}\n\n" for (start, end), text in rows])
    return f"WEBVTT\n\n{head}{body}"


def loads(text: str) -> tuple[Cue, ...]:
    r"""Give the cues of WebVTT *text*, in the order of the file.

    Times within the text become `words`, the voice becomes `speaker`; other tags, identifiers, settings, notes, style
    sheets and regions are left out. Read as well: a byte order mark, any line end, a comma in times, hours of one
    digit. A cue without text is left out.

    Raises
    ------
    CaptionError
        The text does not begin with WEBVTT, or a line of times cannot be read; `line` tells which.

    Examples
    --------
    >>> loads("WEBVTT\n\nNOTE hi\n\n1\n00:00.500 --> 00:02.000 align:left\n<v Ann>Hello &amp; <i>bye</i>\n")
    (Cue(start=0.5, end=2.0, lines=('Hello & bye',), words=(), speaker='Ann'),)
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
    if not _HEADER.match(text):
        raise CaptionError(f"line 1: expected WEBVTT, found {text[:20]!r}; this is not WebVTT text", line=1)
    found = list(_TIMES.finditer(text))
    if text.count("-->") != len(found):
        _refuse_broken(text)
    cues = []
    for times, following in pairwise([*found, None]):
        assert times is not None
        body = text[times.end() + 1 : None if following is None else following.start()]
        h, m, s, ms, h2, m2, s2, ms2 = times.groups()
        start, end = _seconds(h, m, s, ms), _seconds(h2, m2, s2, ms2)
        decoded = decode(f"\n{body}\n\n".partition("\n\n")[0], start, end)
        if decoded.lines:
            cues.append(Cue(start, end, *decoded))
    return tuple(cues)


def _texts(cues: Sequence[Cue]) -> list[str]:
    """Give the text of each cue, escaped; where nothing in all of them needs it, no cue pays for it."""
    texts = ["\n".join(cue.lines) for cue in cues]
    together = "\n".join(texts)
    if not is_harmless(together, "webvtt"):
        texts = [escape(text, "webvtt") for text in texts]
    if "&" in together or "<" in together or ">" in together:
        texts = [encode_references(text) for text in texts]
    return texts


def _refuse_broken(text: str) -> None:
    for found in _BROKEN.finditer(text):
        if not _TIMES.match(found[1]):
            line = text.count("\n", 0, found.start(1)) + 1
            raise CaptionError(
                f"line {line}: expected times such as 00:01.000 --> 00:02.000, found {found[1][:60]!r}", line=line
            )


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    whole = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return (whole * 1000 + int(fraction.ljust(3, "0"))) / 1000
