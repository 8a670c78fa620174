"""Letters and words into units: the pieces of text between which a cue or a line may end.

Conventions
-----------
A unit is original text without white space at its ends: a word with its punctuation, in scripts that put
spaces between words; a word or a single character in those that do not. Nothing but white space lies between
units, so joining them gives the text back. A unit's time is that of what is spoken in it: silent punctuation
counts only where nothing else is there.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Spans, Timeline

__all__ = ["Unit", "find_units", "join", "width"]

_CHUNK = re.compile(r"[\S\u00a0\u202f\u2007]+")  # spaces that forbid a break stay inside
_CLUSTER = regex.compile(r"\X")
_UNSPACED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}\u3000-\u303f\uff00-\uffef]"
)
_ALPHABETIC = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_CLOSING = frozenset("、。，．！？：；…‥ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ々ๆฯ")
_OPENERS = frozenset({"Ps", "Pi"})
_AFTERS = frozenset({"Pe", "Pf", "Po"})


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of text that stays whole.

    `spaced` tells whether white space stood before it, `opens` whether a sentence starts with it,
    `has_words` whether anything in it is spoken, `width` how many graphemes a reader sees.
    """

    text: str
    start: float
    end: float
    width: int
    spaced: bool
    opens: bool
    has_words: bool


def find_units(graphemes: Timeline, words: Spans, sentences: Spans) -> tuple[Unit, ...]:
    """Cut the text of *graphemes* into units.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Spans, Timeline
    >>> letters = Timeline("Oh, no!", [[i / 10, (i + 1) / 10] for i in range(7)])
    >>> words = Spans(("Oh", "no"), [[0, 0.2], [0.4, 0.6]], [[0, 2], [4, 6]])
    >>> [(unit.text, unit.start, unit.end) for unit in find_units(letters, words, Spans((), [], []))]
    [('Oh,', 0.0, 0.2), ('no!', 0.4, 0.6)]
    """
    text = graphemes.text
    lengths = np.fromiter(map(len, graphemes.labels), np.intp, len(graphemes))
    row_of = np.repeat(np.arange(len(graphemes)), lengths)
    first_char = np.concatenate([[0], np.cumsum(lengths)])
    spoken = _covered(words.runs, len(graphemes))
    word_starts = np.unique(first_char[words.runs[:, 0]]).tolist()
    pieces = list(_pieces(text, word_starts))
    opening = _openings(text, pieces, words, sentences, first_char)
    units = []
    for number, (first, stop, spaced) in enumerate(pieces):
        top, bottom = int(row_of[first]), int(row_of[stop - 1]) + 1
        rows = np.flatnonzero(spoken[top:bottom])
        has_words = len(rows) > 0
        if has_words:
            top, bottom = top + int(rows[0]), top + int(rows[-1]) + 1
        start, end = float(graphemes.starts[top]), float(graphemes.ends[bottom - 1])
        piece = text[first:stop]
        units.append(Unit(piece, start, end, width(piece), spaced, number in opening, has_words))
    return tuple(units)


def join(units: tuple[Unit, ...] | list[Unit]) -> str:
    """Give the text of *units*, one space where white space stood."""
    return "".join(" " * (unit.spaced and i > 0) + unit.text for i, unit in enumerate(units))


def width(text: str) -> int:
    """Count the graphemes a reader sees.

    >>> width("e\u0301tat"), width("👩‍👧")
    (4, 1)
    """
    return len(text) if text.isascii() else len(_CLUSTER.findall(text))


def _covered(runs: NDArray[np.intp], count: int) -> NDArray[np.bool_]:
    """Mark the rows inside any run."""
    steps = np.zeros(count + 1, np.intp)
    np.add.at(steps, runs[:, 0], 1)
    np.subtract.at(steps, runs[:, 1], 1)
    return np.cumsum(steps[:-1]) > 0


def _pieces(text: str, word_starts: list[int]) -> Iterator[tuple[int, int, bool]]:
    """Give first character, stop and whether white space stands before, for each unit."""
    for chunk in _CHUNK.finditer(text):
        inside = chunk[0].strip()
        if not inside:
            continue
        spaced = True
        first = chunk.start() + chunk[0].index(inside)  # a space at the edge forbids nothing
        stop = first + len(inside)
        if _UNSPACED.search(inside):
            for at in _inner_breaks(text, first, stop, word_starts):
                yield first, at, spaced
                first, spaced = at, False
        yield first, stop, spaced


def _inner_breaks(text: str, first: int, stop: int, word_starts: list[int]) -> Iterator[int]:
    """Give where text without spaces may break: between characters, or words where letters spell them."""
    clusters = [match.span() for match in _CLUSTER.finditer(text, first, stop)]
    known = set(word_starts[bisect_left(word_starts, first) : bisect_left(word_starts, stop)])
    for (_, _), (at, _) in pairwise(clusters):
        before, after = text[at - 1], text[at]
        if before.isspace() or after.isspace():  # a space inside a chunk is one that forbids a break
            continue
        if not (_UNSPACED.match(before) or _UNSPACED.match(after)):
            continue
        if after in _CLOSING or unicodedata.category(after) in _AFTERS or unicodedata.category(before) in _OPENERS:
            continue
        if len(known) > 1 and at not in known and _is_spelled(text, at):
            continue
        yield at


def _is_spelled(text: str, at: int) -> bool:
    """Tell whether a word is many letters on both sides, as in Thai; Han and kana may break anywhere."""
    return bool(_ALPHABETIC.match(text[at]) and _ALPHABETIC.match(text[at - 1]))


def _openings(
    text: str,
    pieces: list[tuple[int, int, bool]],
    words: Spans,
    sentences: Spans,
    first_char: NDArray[np.intp],
) -> frozenset[int]:
    """Give the numbers of the units with which sentences start.

    Between the last word of one sentence and the first of the next, closing marks stay with the old one,
    opening marks and dashes go with the new one.
    """
    starts = np.fromiter((piece[0] for piece in pieces), np.intp, len(pieces))
    found = set()
    for left, right in zip(sentences.runs[:-1, 1].tolist(), sentences.runs[1:, 0].tolist(), strict=True):
        old_end = int(first_char[words.runs[left - 1, 1]])
        new_start = int(first_char[words.runs[right, 0]])
        number = int(np.searchsorted(starts, old_end))
        last = int(np.searchsorted(starts, new_start, side="right")) - 1
        while number < last and not _opens(text[pieces[number][0]]):
            number += 1
        if number < len(pieces) and number <= last:
            found.add(number)
    return frozenset(found)


def _opens(character: str) -> bool:
    return unicodedata.category(character) in {"Ps", "Pi", "Pd"} or character in "¿¡"
