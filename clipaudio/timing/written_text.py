"""Put the text as written over the words as spoken.

Engines time what they say or hear: lower case, without marks, numbers as words. The written text has the same words in
the same order, but for some. `place_text` matches the two from left to right and gives each written stretch the times
of the words that were spoken for it.

Matching
--------
Letters and digits are compared without case and marks. Where all of them agree, each piece covers its own characters,
however the two sides are divided. Else as many words as possible are matched in order, and what lies between two of
them belongs together: "$4.50" has the time of "four dollars fifty".
"""

from __future__ import annotations

import itertools
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import regex

from clipaudio.timing.word_matching import match_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.timing.timeline import Index

__all__ = ["PlacedText", "fold", "place_text", "split_words"]

_SPOKEN: Final = frozenset("%&@#\u2030\u00a7")
"""Punctuation that is spoken; all symbols are."""
_IDEOGRAPH: Final = r"[\p{Han}\p{Hiragana}\p{Katakana}]"
_WORD: Final = regex.compile(rf"{_IDEOGRAPH}\p{{M}}*|(?:(?!{_IDEOGRAPH})\S)+")


class PlacedText(NamedTuple):
    """Stretches of the written text, each with the pieces that were spoken for it.

    Attributes
    ----------
    ranges
        intp, shape (n, 2): half-open characters of the text; ascending and disjoint.
    pieces
        intp, shape (n, 2): half-open pieces; empty where nothing was spoken for a stretch.
    dropped
        intp, shape (m,): pieces that the text lacks.
    is_equal
        bool, shape (n,): the letters of the stretch are those of its pieces.
    """

    ranges: Index
    pieces: Index
    dropped: Index
    is_equal: np.ndarray[tuple[int], np.dtype[np.bool_]]


def place_text(text: str, pieces: Sequence[str]) -> PlacedText:
    """Find the stretch of *text* for which each piece was spoken.

    Parameters
    ----------
    text
        The text as written.
    pieces
        The text of what was spoken, in order.

    Examples
    --------
    >>> placed = place_text("It's $4.50, OK?", ["its", "four", "dollars", "fifty", "okay"])
    >>> placed.ranges.tolist(), placed.pieces.tolist()
    ([[0, 4], [5, 10], [12, 14]], [[0, 1], [1, 4], [4, 5]])
    """
    folded = [fold(piece) for piece in pieces]
    letters, places = _fold_text(text)
    spoken = [row for row, piece in enumerate(folded) if piece]
    if letters == "".join(folded):
        stops = np.cumsum([len(folded[row]) for row in spoken], dtype=np.intp)
        starts = np.concatenate(([0], stops[:-1])).astype(np.intp) if len(stops) else stops
        ranges = np.column_stack((places[starts], places[stops - 1] + 1)) if spoken else np.empty((0, 2), np.intp)
        rows = np.array(spoken, np.intp)
        ranges, rows = _keep_apart(ranges, rows)
        return PlacedText(ranges, np.column_stack((rows, rows + 1)), np.empty(0, np.intp), np.ones(len(rows), bool))
    return _match_words(text, folded, spoken)


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return the letters, digits and spoken signs of *text* without case and accents of width.

    Examples
    --------
    >>> fold("\u201cDon\u2019t!\u201d"), fold("50 %")
    ('dont', '50%')
    """
    if text.isascii() and text.isalnum():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(one for one in folded if one.isalnum() or one in _SPOKEN or unicodedata.category(one)[0] in "MS")


def _fold_text(text: str) -> tuple[str, Index]:
    """Return the folded text and the character of *text* that each of its characters comes from."""
    folded = [fold(one) for one in text]
    counts = np.fromiter(map(len, folded), np.intp, len(folded))
    return "".join(folded), np.repeat(np.arange(len(text)), counts)


def _keep_apart(ranges: Index, rows: Index) -> tuple[Index, Index]:
    """Leave out stretches that share a character with the one before: one character of the text, two pieces."""
    if not len(ranges):
        return ranges, rows
    fresh = np.ones(len(ranges), bool)
    fresh[1:] = ranges[1:, 0] >= np.maximum.accumulate(ranges[:-1, 1])
    return ranges[fresh], rows[fresh]


def _match_words(text: str, folded: Sequence[str], spoken: Sequence[int]) -> PlacedText:
    """Match word by word."""
    words = [word for found in _WORD.finditer(text) if (word := _core(found))]
    ours, theirs = [word[2] for word in words], [folded[row] for row in spoken]
    ranges: list[tuple[int, int]] = []
    pieces: list[tuple[int, int]] = []
    equal: list[bool] = []
    dropped: list[int] = []
    i = j = 0
    for k, m in [*match_words(ours, theirs), (len(ours), len(theirs))]:
        pairs = _divide(ours[i:k], theirs[j:m])
        if k < len(ours):
            pairs.append(((k - i, k - i + 1), (m - j, m - j + 1)))
        for (a, b), (c, d) in pairs:
            if a == b:
                dropped += spoken[j + c : j + d]
                continue
            ranges.append((words[i + a][0], words[i + b - 1][1]))
            pieces.append((spoken[j + c], spoken[j + d - 1] + 1) if d > c else (0, 0))
            equal.append("".join(ours[i + a : i + b]) == "".join(theirs[j + c : j + d]))
        i, j = k + 1, m + 1
    return PlacedText(
        np.array(ranges, np.intp).reshape(-1, 2),
        np.array(pieces, np.intp).reshape(-1, 2),
        np.array(dropped, np.intp),
        np.array(equal, bool),
    )


def split_words(text: str, first: int, stop: int) -> list[tuple[int, int]]:
    """Return the half-open characters of each word of *text* from *first* to *stop*, without marks at its edges.

    Examples
    --------
    >>> split_words("Hi, you!", 0, 8)
    [(0, 2), (4, 7)]
    """
    return [word[:2] for found in _WORD.finditer(text, first, stop) if (word := _core(found))]


def _core(found: regex.Match[str]) -> tuple[int, int, str] | None:
    """Return the first and the last letter or sign of a word, half-open, and the word folded; None for marks."""
    word = found[0]
    spoken = fold(word)
    if not spoken:
        return None
    lead, tail = 0, len(word)
    while not fold(word[lead]):
        lead += 1
    while not fold(word[tail - 1]):
        tail -= 1
    return found.start() + lead, found.start() + tail, spoken


def _divide(ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Divide a difference: word by word where both sides have as many, else where their letters meet, else as one."""
    m, n = len(ours), len(theirs)
    if m == n or not m or not n:
        return [((k, k + 1), (k, k + 1)) for k in range(m)] if m == n else [((0, m), (0, n))]
    ends = [np.cumsum([len(word) for word in side]).tolist() for side in (ours, theirs)]
    rows = [{end: row + 1 for row, end in enumerate(side)} for side in ends]
    letters, spoken = "".join(ours), "".join(theirs)
    meets = [end for end in ends[0] if end in rows[1] and letters[:end] == spoken[:end]]
    cuts = [(0, 0), *((rows[0][end], rows[1][end]) for end in meets)]
    tail: list[tuple[int, int]] = []
    a, c = cuts[-1]
    while m - a > 1 and n - c > 1 and _is_similar(ours[m - 1], theirs[n - 1]):
        tail.append((m, n))
        m, n = m - 1, n - 1
    cuts += [*([(m, n)] if (m, n) != (a, c) else []), *reversed(tail)]
    return [((a, b), (c, d)) for (a, c), (b, d) in itertools.pairwise(cuts)]


def _is_similar(one: str, other: str) -> bool:
    """Return True if two words begin alike, by half of the shorter one and two letters at least."""
    least = max(2, (min(len(one), len(other)) + 1) // 2)
    return one[:least] == other[:least] and len(one) >= 2
