"""Lyrics in LRC: lines with their times, also with those of their words, and lines that come again.

Conventions
-----------
A line begins with one stamp or several, `[mm:ss.xx]` or `[h:mm:ss.xx]`; with several, it is sung at each of them.
Stamps inside, `<mm:ss.xx>` or `[mm:ss.xx]`, are those of the words behind them; of a line that comes again they are
moved with it. A line lasts until the next one begins, a word until the next stamp. A positive `offset` lets all begin
earlier.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.errors import SourceError
from clipaudio.sources.language_tags import header_language
from clipaudio.sources.markup import unescape
from clipaudio.timing.pieces import are_apart
from clipaudio.timing.repair_report import Finding
from clipaudio.timing.speech_times import SpeechTimes, TimedText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clipaudio.sources.document import Document

__all__ = ["is_lyrics", "read_lyrics"]

_CLOCK: Final = r"(?:(\d{1,4}):(?=\d\d?:\d\d\.))?(\d{1,6}):(\d{1,3})(?:[.:](\d{1,9}))?"
_HEADS: Final = re.compile(rf"\s*(?:\[{_CLOCK}\]\s*)+")
_STAMP: Final = re.compile(rf"\[{_CLOCK}\]")
_INSIDE: Final = re.compile(rf"(?:\[{_CLOCK}\]|<{_CLOCK}>)")
_OFFSET: Final = re.compile(r"\[offset\s*:\s*([-+]?\d{1,12})\s*\]", re.IGNORECASE)
_TAG: Final = re.compile(r"\[[^\[\]]*\]")
"""A tag of the file, or the name of a part, such as `[Chorus]`."""
_FIRST: Final = re.compile(rf"\[(?:{_CLOCK}|[A-Za-z#]+:[^\]]*)\]")


class _Piece(NamedTuple):
    """Text that begins at *start*; of a line without times inside, the whole."""

    text: str
    start: float


class _Line(NamedTuple):
    """A line of lyrics: its start, its pieces, and the end of the last one, NaN if that is not given."""

    start: float
    pieces: tuple[_Piece, ...]
    end: float
    has_words: bool


def is_lyrics(document: Document) -> bool:
    """Return True if a text begins with a stamp or a tag of LRC."""
    return bool(_FIRST.match(document.text[:400].lstrip("\ufeff \t\r\n")))


def read_lyrics(document: Document) -> SpeechTimes:
    r"""Read lyrics; those of words, if a line has them.

    Raises
    ------
    SourceError
        No line has a time and text.

    Examples
    --------
    >>> from clipaudio.sources.document import decode_document
    >>> read_lyrics(decode_document(b"[00:01.00][00:05.00]Oh no\n[00:03.00]Why\n")).words.labels
    ('Oh no', 'Why', 'Oh no')
    """
    offset = 0.0
    lines: list[_Line] = []
    texts = document.text.splitlines()
    untimed: list[str] = []
    for text in texts:
        if found := _OFFSET.fullmatch(text.strip()):
            offset = int(found[1]) / 1e3
        else:
            own = list(_lines_of(text))
            lines += own
            untimed += (
                [] if own or not text.strip(" \ufeff") or _TAG.fullmatch(text.strip(" \ufeff")) else [text.strip()]
            )
    if not any(line.pieces for line in lines):
        raise SourceError("no line of the lyrics has a time and text", path="$")
    lines.sort(key=lambda line: line.start)  # lines that come again stand where they do first
    has_words = any(line.has_words for line in lines)
    labels: list[str] = []
    times: list[tuple[float, float]] = []
    whole: list[int] = []  # lines without times of their words
    for line, following in zip(lines, [*(later.start for later in lines[1:]), math.nan], strict=True):
        if not line.pieces:  # it ends the line before
            continue
        if not line.has_words:
            whole.append(len(labels))
        ends = [*(piece.start for piece in line.pieces[1:]), line.end if line.has_words else following]
        for piece, end in zip(line.pieces, ends, strict=True):
            labels.append(unescape(" ".join(piece.text.split())))
            times.append((piece.start, end if end > piece.start else math.nan))
    pairs = np.array(times).reshape(-1, 2) - offset
    notes = [Finding("estimated_word", np.array(whole, np.intp))] if whole else []
    notes += [Finding("untimed_line", np.arange(len(untimed)), f"first: {untimed[0][:40]!r}")] if untimed else []
    return SpeechTimes(
        source="lrc-words" if has_words else "lrc",
        words=TimedText(tuple(labels), pairs, unit="words" if has_words else "sentences"),
        language=header_language(texts),
        found={"words": tuple(notes)} if notes else {},
    )


def _lines_of(text: str) -> Iterator[_Line]:
    """Return the lyrics of a line of text, once for each of its stamps; none if it has no stamp."""
    head = _HEADS.match(text)
    if head is None:
        return
    starts = [_seconds(*found.groups()) for found in _STAMP.finditer(head[0])]
    pieces, end = _pieces_of(text[head.end() :], starts[0])
    has_words = len(pieces) > 1 or not math.isnan(end)
    for start in starts:
        by = start - starts[0]
        yield _Line(start, tuple(piece._replace(start=piece.start + by) for piece in pieces), end + by, has_words)


def _pieces_of(text: str, start: float) -> tuple[list[_Piece], float]:
    """Return the words of a line, whose parts are joined, and the end of the last one, NaN if that is not given."""
    pieces: list[_Piece] = []
    place, now, is_open = 0, start, False
    for found in [*_INSIDE.finditer(text), None]:
        part = text[place : found.start() if found else len(text)]
        if part.strip():
            goes_on = is_open and not part[0].isspace() and not are_apart(pieces[-1].text, part)
            if goes_on:
                pieces[-1] = _Piece(pieces[-1].text + part, pieces[-1].start)
            else:
                pieces.append(_Piece(part, now))
        is_open = bool(part.strip() and not part[-1].isspace()) or (is_open and not part)
        if found is None:
            return pieces, math.nan if part.strip() or not pieces or not place else now
        place, now = found.end(), _seconds(*_groups(found))
    raise AssertionError("the last piece has no stamp behind it")


def _groups(found: re.Match[str]) -> tuple[str | None, ...]:
    """Return the parts of a stamp in square or in angle brackets."""
    return found.groups()[:4] if found[0][0] == "[" else found.groups()[4:]


def _seconds(hours: str | None, minutes: str | None, seconds: str | None, part: str | None) -> float:
    fraction = int(part) / 10 ** len(part) if part else 0.0
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + fraction
