"""A cue: what stands on screen, from when until when, and when each of its words is spoken.

Conventions
-----------
Seconds, half-open. Text is plain and stands in `lines` alone; a word is a stretch of one line with a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

__all__ = ["Cue", "CueWord", "Piece", "speaker_label"]


class CueWord(NamedTuple):
    """Characters *first* to *stop* (half-open) of line *line* are spoken from *start* until *end*, seconds."""

    line: int
    first: int
    stop: int
    start: float
    end: float


class Piece(NamedTuple):
    """Text with the time of its word, seconds; what follows a word up to the next belongs to it."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Cue:
    r"""Lines shown from *start* until *end*, seconds, half-open.

    The text is plain: each format escapes for itself.

    Parameters
    ----------
    start, end
        Seconds on screen.
    lines
        What is shown, from top to bottom.
    words
        When each word is spoken, in order; empty where that is not known, as in a file read.
    speaker
        Who speaks, None where that is not known.

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
        """From when until when something is spoken in it, seconds; None where that is not known."""
        if not self.words:
            return None
        return min(word.start for word in self.words), max(word.end for word in self.words)

    def pieces(self) -> tuple[tuple[Piece, ...], ...]:
        """Cut each line before its words, so that the pieces joined give the line.

        What stands before the first word of a line belongs to that word. A line without words is one piece that
        takes no time, where the word before it ended.

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


def speaker_label(speaker: str | None, before: str | None) -> str:
    """Give what stands before the text of who speaks now; nothing where that is not known, or no other than *before*.

    >>> speaker_label("Ann", None), speaker_label("Ann", "Ann"), speaker_label(None, "Ann")
    ('Ann: ', '', '')
    """
    return "" if speaker in {None, before} else f"{speaker}: "
