"""A cue: lines on screen with their times, and the times of their words.

Conventions
-----------
Seconds, half-open. Text is plain and stored in `lines` only; a word is a stretch of one line with a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

__all__ = ["Cue", "CueWord", "Piece", "make_speaker_label"]


class CueWord(NamedTuple):
    """Characters *first* to *stop* (half-open) of line *line* are spoken from *start* to *end*, seconds."""

    line: int
    first: int
    stop: int
    start: float
    end: float


class Piece(NamedTuple):
    """Text with the time of its word, in seconds; text after a word, up to the next, belongs to it."""

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
        """Cut each line before its words; the pieces joined are the line.

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
            cuts = [0, *(word.first for word in words[1:]), len(line)]
            pieces = [
                Piece(line[a:b], word.start, word.end) for word, (a, b) in zip(words, pairwise(cuts), strict=False)
            ]
            pieces = pieces or [Piece(line, now, now)]
            now = pieces[-1].end
            lines.append(tuple(pieces))
        return tuple(lines)


def make_speaker_label(speaker: str | None, before: str | None) -> str:
    """Return the speaker label to prefix ("Ann: "), or "" if the speaker is unknown or unchanged.

    >>> make_speaker_label("Ann", None), make_speaker_label("Ann", "Ann"), make_speaker_label(None, "Ann")
    ('Ann: ', '', '')
    """
    return "" if speaker in {None, before} else f"{speaker}: "
