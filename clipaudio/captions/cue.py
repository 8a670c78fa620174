"""A cue: lines on screen with their times, and the times of their words.

Conventions
-----------
Seconds, half-open. Text is plain and stored in `lines` only; a word is a stretch of one line with a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple
from unicodedata import east_asian_width

import regex

__all__ = ["Cue", "CueWord", "Piece", "add_space", "find_cut", "make_speaker_label"]

_OPENER: Final = regex.compile(r"[\p{Ps}\p{Pi}„‚¿¡]")
_BEFORE_QUOTE: Final = regex.compile(r"[:—–\p{Ps}\p{Pi}¿¡]")


class CueWord(NamedTuple):
    """Characters *first* to *stop* (half-open) of line *line* are spoken from *start* to *end*, seconds."""

    line: int
    first: int
    stop: int
    start: float
    end: float


class Piece(NamedTuple):
    """Text with the time of its word, in seconds: with the opening marks before it, and all else after it."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Cue:
    r"""Lines shown from *start* to *end*, seconds, half-open.

    The text is plain; each format escapes it.

    Parameters
    ----------
    start, end
        Seconds on screen.
    lines
        Text from top to bottom.
    words
        Words with their times, in order; empty if unknown, as in cues read from a file.
    speaker
        Name of the speaker, None if unknown.

    Examples
    --------
    >>> cue = Cue(0.5, 2.0, ("Hello there,", "General."))
    >>> cue.duration, cue.text
    (1.5, 'Hello there,\nGeneral.')
    """

    start: float
    end: float
    lines: tuple[str, ...]
    words: tuple[CueWord, ...] = ()
    speaker: str | None = None

    @property
    def duration(self) -> float:
        """Seconds on screen."""
        return self.end - self.start

    @property
    def text(self) -> str:
        """The lines, joined by line feeds."""
        return "\n".join(self.lines)

    @property
    def speech(self) -> tuple[float, float] | None:
        """Start and end of its speech, seconds; None if unknown."""
        if not self.words:
            return None
        return min(word.start for word in self.words), max(word.end for word in self.words)

    def pieces(self) -> tuple[tuple[Piece, ...], ...]:
        """Cut each line between its words, by `find_cut`; the pieces joined are the line.

        Text before the first word of a line belongs to that word. A line without words is one piece of no duration at
        the end of the word before it.

        Examples
        --------
        >>> Cue(0.0, 1.0, ("Oh, no!",), (CueWord(0, 0, 2, 0.1, 0.3), CueWord(0, 4, 6, 0.5, 0.9))).pieces()
        ((Piece(text='Oh, ', start=0.1, end=0.3), Piece(text='no!', start=0.5, end=0.9)),)
        """
        lines = []
        now = self.start
        for number, line in enumerate(self.lines):
            words = [word for word in self.words if word.line == number]
            cuts = [0, *(find_cut(line, a.stop, b.first) for a, b in pairwise(words)), len(line)]
            pieces = [
                Piece(line[a:b], word.start, word.end) for word, (a, b) in zip(words, pairwise(cuts), strict=False)
            ]
            pieces = pieces or [Piece(line, now, now)]
            now = pieces[-1].end
            lines.append(tuple(pieces))
        return tuple(lines)

    def spaced_words(self) -> tuple[Piece, ...]:
        """Return each word with the space and the opening marks before it, and all text up to the next.

        The first word of a cue has its space too, unless its script has none; so the words of many cues join to their
        text. A cue without words has none.

        Examples
        --------
        >>> Cue(0.0, 1.0, ("Oh,", "no!"), (CueWord(0, 0, 2, 0.1, 0.3), CueWord(1, 0, 2, 0.5, 0.9))).spaced_words()
        (Piece(text=' Oh,', start=0.1, end=0.3), Piece(text=' no!', start=0.5, end=0.9))
        """
        if not self.words:
            return ()
        text = " ".join(self.lines)
        offsets = [0]
        for line in self.lines:
            offsets.append(offsets[-1] + len(line) + 1)
        cuts = [0]
        for before, word in pairwise(self.words):
            start = offsets[word.line]
            if before.line == word.line:
                start += find_cut(self.lines[word.line], before.stop, word.first)
            cuts.append(_before_space(text, start))
        cuts.append(len(text))
        pieces = [text[a:b] for a, b in pairwise(cuts)]
        pieces[0] = add_space(pieces[0])
        return tuple(Piece(piece, word.start, word.end) for piece, word in zip(pieces, self.words, strict=True))


def add_space(text: str) -> str:
    """Prefix a space to *text* unless its script has no spaces.

    >>> add_space("no"), add_space("不")
    (' no', '不')
    """
    return text if east_asian_width(text[0]) in "WF" else f" {text}"


def _before_space(text: str, first: int) -> int:
    while first > 0 and text[first - 1] == " ":
        first -= 1
    return first


def find_cut(text: str, stop: int, first: int) -> int:
    """Return where a word that begins at *first* takes over from one that ends at *stop*.

    The cut is after the last white space between them, or before opening marks that stand between spaces. Without white
    space it is before the opening marks.

    >>> text = 'said, "Tuesday « so »'
    >>> text[find_cut(text, 4, 7) :], text[find_cut(text, 14, 17) :]
    ('"Tuesday « so »', '« so »')
    """
    if text[stop:first] == " ":  # the usual case
        return first
    at = first
    while at > stop and not text[at - 1].isspace():
        at -= 1
    if at == stop:  # no white space
        while first > stop and _opens(text[first - 1], text[first - 2] if first - 1 > stop else ""):
            first -= 1
        return first
    cut = at
    while at == first > stop:  # after white space: opening marks that stand alone
        while at > stop and text[at - 1].isspace():
            at -= 1
        first = at
        while at > stop and _OPENER.match(text[at - 1]):
            at -= 1
        if at in (first, stop) or not text[at - 1].isspace():
            break
        cut = first = at
    return cut


def _opens(mark: str, before: str) -> bool:
    """Return whether *mark* opens what follows it; a straight quote does after a mark that it cannot close."""
    return _OPENER.match(mark) is not None or (
        mark in "\"'" and before != "" and _BEFORE_QUOTE.match(before) is not None
    )


def make_speaker_label(speaker: str | None, before: str | None) -> str:
    """Return the speaker label to prefix ("Ann: "), or "" if the speaker is unknown or unchanged.

    >>> make_speaker_label("Ann", None), make_speaker_label("Ann", "Ann"), make_speaker_label(None, "Ann")
    ('Ann: ', '', '')
    """
    return "" if speaker in {None, before} else f"{speaker}: "
