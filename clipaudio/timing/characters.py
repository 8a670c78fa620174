"""Classify the characters of labels: letter, space, mark, ideograph, emoji.

Unicode properties decide. They are looked up once per distinct character and applied by numpy, without a Python loop
over the characters.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Index

__all__ = [
    "CharacterKind",
    "LaidText",
    "Text",
    "are_among",
    "classify",
    "is_mark",
    "lay_texts",
    "read_text",
    "table_of",
]


class CharacterKind(IntEnum):
    """Class of a character for finding words."""

    SPACE = 0  # white space, controls, zero-width space
    BREAK = 1  # punctuation that always separates words: dashes longer than a hyphen, ellipsis, CJK and Arabic marks
    EDGE = 2  # punctuation removed from the edge of a word but kept inside: . , ' ( " -
    LETTER = 3  # letters and marks
    DIGIT = 4
    SYMBOL = 5  # spoken signs: $ % & @ # + = § °
    IDEOGRAPH = 6  # Han, Hiragana: each a word of its own
    EMOJI = 7
    EXTEND = 8  # continues the character before: combining marks, joiners, soft hyphens, skin tones, small kana


_PATTERNS = (
    (
        CharacterKind.EXTEND,
        r"[\p{Grapheme_Extend}\p{Mc}\u00ad\u200d\u2060\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\u30fc\uff70ぁぃぅぇぉゃゅょゎ]",
    ),
    (CharacterKind.SPACE, r"[\s\p{Zs}\p{Cc}\u200b\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]"),
    (CharacterKind.IDEOGRAPH, r"[\p{Han}\p{Hiragana}]"),
    (CharacterKind.DIGIT, r"\p{N}"),
    (CharacterKind.LETTER, r"[\p{L}\p{M}]"),
    (CharacterKind.SYMBOL, r"[$%&@#+=§°©®™\u2030\p{Sc}\p{Sm}]"),
    (CharacterKind.EMOJI, r"[\p{Extended_Pictographic}\p{Regional_Indicator}]"),
    (CharacterKind.SYMBOL, r"\p{So}"),
    (
        CharacterKind.BREAK,
        r"[\u2012\u2014\u2015\u2026\u2e3a\u2e3b…·・•\u060c\u061b\u061f\u06d4\u0964\u0965\u3000-\u303f\uff00-\uff65]",
    ),
    (CharacterKind.EDGE, r"[\p{P}\p{S}]"),
)
_COMPILED = tuple((kind, regex.compile(pattern)) for kind, pattern in _PATTERNS)


@lru_cache(maxsize=4096)
def _kind_of(character: str) -> CharacterKind:
    return next((kind for kind, pattern in _COMPILED if pattern.match(character)), CharacterKind.SPACE)


def classify(codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Return the `CharacterKind` of each code point.

    Parameters
    ----------
    codes
        uint32, shape (n,): code points.

    Returns
    -------
    numpy.ndarray
        uint8, shape (n,).

    Examples
    --------
    >>> [CharacterKind(kind).name for kind in classify(np.array([ord(c) for c in "a 1."], np.uint32))]
    ['LETTER', 'SPACE', 'DIGIT', 'EDGE']
    """
    if not len(codes):
        return np.empty(0, np.uint8)
    seen = np.zeros(int(codes.max()) + 1, bool)
    seen[codes] = True
    table = np.zeros(len(seen), np.uint8)
    for code in np.flatnonzero(seen).tolist():
        table[code] = _kind_of(chr(code))
    return table[codes]


_MARKS = (CharacterKind.SPACE, CharacterKind.BREAK, CharacterKind.EDGE)
_MODIFIERS = range(0x2B0, 0x300)  # spacing modifier letters: marks of stress, length and tone


@lru_cache(maxsize=4096)
def is_mark(label: str) -> bool:
    """Return whether a label is nothing that is spoken by itself: blanks, punctuation, stress and length marks.

    Examples
    --------
    >>> [is_mark(label) for label in ("", " ", "?!", "\u02c8", "e", "%", "3", "\u0301")]
    [True, True, True, True, False, False, False, False]
    """
    return all(_kind_of(character) in _MARKS or ord(character) in _MODIFIERS for character in label)


def table_of(characters: str) -> NDArray[np.bool_]:
    """Return a table of *characters* for `are_among`: one bool per code point up to the last of them, then False."""
    codes = list(map(ord, characters))
    table = np.zeros(max(codes) + 2, bool)
    table[codes] = True
    return table


def are_among(codes: NDArray[np.uint32], table: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which code points are among the characters of a table.

    Examples
    --------
    >>> are_among(np.array([ord(c) for c in "a,—"], np.uint32), table_of(",;")).tolist()
    [False, True, False]
    """
    found: NDArray[np.bool_] = table[np.minimum(codes, len(table) - 1)]
    return found


class Text(NamedTuple):
    """All labels as one string; code point i belongs to label `rows[i]`."""

    string: str
    codes: NDArray[np.uint32]
    rows: Index

    def row_runs(self, starts: Index, stops: Index) -> Index:
        """Convert runs of code points to runs of labels, intp, shape (m, 2), half-open."""
        return np.column_stack((self.rows[starts], self.rows[stops - 1] + 1))


def read_text(labels: Sequence[str]) -> Text:
    """Join labels into one text; a label may hold any number of code points, including none.

    Examples
    --------
    >>> text = read_text(["a", "", "bc"])
    >>> text.string, text.rows.tolist()
    ('abc', [0, 2, 2])
    """
    string = "".join(labels)
    codes = np.frombuffer(string.encode("utf-32-le", "surrogatepass"), np.uint32)
    if len(codes) == len(labels) and "" not in labels:
        return Text(string, codes, np.arange(len(codes)))
    sizes = np.fromiter(map(len, labels), np.intp, len(labels))
    return Text(string, codes, np.repeat(np.arange(len(labels)), sizes))


class LaidText(NamedTuple):
    """Labels of several texts, laid end to end with a line break between two.

    Attributes
    ----------
    text
        All labels as one.
    rows
        intp, shape (k + 1,): the first label of each of k texts, and that of one more text if there were one.
    firsts
        intp, shape (k + 1,): the same for code points.
    """

    text: Text
    rows: Index
    firsts: Index


def lay_texts(texts: Sequence[Sequence[str]]) -> LaidText:
    """Lay the labels of *texts*, at least one, end to end.

    Examples
    --------
    >>> laid = lay_texts([("a", "bc"), ("d",)])
    >>> laid.text.string.split(), laid.rows.tolist(), laid.firsts.tolist()
    (['abc', 'd'], [0, 3, 5], [0, 4, 6])
    """
    if len(texts) == 1:
        text = read_text(texts[0])
        return LaidText(text, np.array([0, len(texts[0]) + 1]), np.array([0, len(text.codes) + 1]))
    labels: list[str] = []
    starts = [0]
    for each in texts:
        labels += each
        labels.append("\n")
        starts.append(len(labels))
    labels.pop()
    text = read_text(labels)
    rows = np.array(starts)
    firsts = text.rows.searchsorted(rows)
    firsts[-1] = len(text.codes) + 1
    return LaidText(text, rows, firsts)
