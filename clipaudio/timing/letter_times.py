"""Lay letters inside words whose times were given.

A word keeps its times exactly: its first letter or sign starts with it, its last one ends with it, and what lies
between takes a share by its usual length. Marks at the edge of a word take no time, and blanks between words take the
silence there. So the words that are found in the letters again have the times that were given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import regex

from clipaudio.timing.characters import CharacterKind, classify
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Index, Times

__all__ = ["grapheme_ranges", "lay_letters", "split_graphemes", "usual_lengths"]

_CLUSTER: Final = regex.compile(r"\X")
_SECONDS: Final = 0.07
"""The usual length of a letter, of which the lengths below are multiples."""
_LENGTHS: Final = {
    CharacterKind.SPACE: 0.0,
    CharacterKind.BREAK: 0.0,
    CharacterKind.EDGE: 0.0,
    CharacterKind.LETTER: 1.0,
    CharacterKind.DIGIT: 4.0,  # a syllable or two each
    CharacterKind.SYMBOL: 5.0,
    CharacterKind.IDEOGRAPH: 3.0,
    CharacterKind.EMOJI: 5.0,
    CharacterKind.EXTEND: 0.0,
}
_TABLE: Final = np.array([_LENGTHS[kind] for kind in CharacterKind])
_VOWEL: Final = 1.25  # times a consonant's: measured on letters of engines that time each


def split_graphemes(text: str) -> tuple[str, ...]:
    """Return the user-perceived characters of *text*.

    Examples
    --------
    >>> split_graphemes("ne\u0301e")
    ('n', 'e\u0301', 'e')
    """
    return tuple(text) if text.isascii() and "\r" not in text else tuple(_CLUSTER.findall(text))


def grapheme_ranges(letters: tuple[str, ...], ranges: Index, size: int) -> Index:
    """Convert runs of characters to runs of graphemes; a grapheme that two runs share belongs to the first.

    Parameters
    ----------
    letters
        Graphemes of the whole text.
    ranges
        intp, shape (n, 2): half-open characters; ascending and disjoint.
    size
        Characters of the text.

    Examples
    --------
    >>> grapheme_ranges(("e\u0301", "a"), np.array([[0, 2], [2, 3]]), 3).tolist()
    [[0, 1], [1, 2]]
    """
    if len(letters) == size:
        return ranges
    starts = np.concatenate(([0], np.cumsum([len(letter) for letter in letters], dtype=np.intp)))
    stops = np.searchsorted(starts, ranges[:, 1], side="left")
    firsts = np.searchsorted(starts, ranges[:, 0], side="right") - 1
    firsts[1:] = np.maximum(firsts[1:], np.maximum.accumulate(stops)[:-1])
    return np.column_stack((firsts, stops))


def usual_lengths(letters: tuple[str, ...]) -> NDArray[np.float64]:
    """Return the usual seconds of each grapheme; blanks and marks have none.

    Examples
    --------
    >>> usual_lengths(("b", "e", "5", ".")).round(4).tolist()
    [0.07, 0.0875, 0.28, 0.0]
    """
    first = np.fromiter((ord(letter[0]) for letter in letters), np.uint32, len(letters))
    lengths = _TABLE[classify(first)] * _SECONDS
    vowels = np.isin(first | 0x20, [ord(letter) for letter in "aeiouyäöüéèàáíóúâêîôû"])
    lengths[vowels] *= _VOWEL
    return lengths


def lay_letters(letters: tuple[str, ...], ranges: Index, times: Times) -> Timeline:
    """Return *letters* with times inside their words.

    Parameters
    ----------
    letters
        Graphemes of the whole text.
    ranges
        intp, shape (n, 2): half-open rows of the letters of each word; ascending, disjoint, none empty.
    times
        float64, shape (n, 2), seconds, tidy: of each word.

    Examples
    --------
    >>> line = lay_letters(tuple("Hi, you!"), np.array([[0, 3], [4, 8]]), np.array([[0.1, 0.3], [0.5, 0.8]]))
    >>> [(label, round(start, 2), round(end, 2)) for label, start, end in line if label in "H i,!"]
    [('H', 0.1, 0.19), ('i', 0.19, 0.3), (',', 0.3, 0.3), (' ', 0.3, 0.5), ('!', 0.8, 0.8)]
    """
    count = len(letters)
    if not len(ranges):
        return Timeline(letters, np.zeros((count, 2)))
    shares = usual_lengths(letters)
    sizes = ranges[:, 1] - ranges[:, 0]
    inside = np.zeros(count, bool)
    rows = np.repeat(ranges[:, 0] - np.concatenate(([0], np.cumsum(sizes)[:-1])), sizes) + np.arange(sizes.sum())
    inside[rows] = True
    word = np.repeat(np.arange(len(ranges)), sizes)
    weights = shares[rows]
    totals = np.bincount(word, weights, len(ranges))
    empty = totals == 0
    weights = np.where(empty[word], 1.0, weights)  # a piece of marks alone: each takes a part
    totals = np.where(empty, sizes, totals)
    below = np.concatenate(([0.0], np.cumsum(weights)))
    first = np.concatenate(([0], np.cumsum(sizes)))
    done = (below[1:] - below[first[:-1]][word]) / totals[word]
    left = (below[first[1:]][word] - below[1:]) <= 1e-9 * totals[word]  # nothing that sounds comes behind
    starts, ends = times[:, 0][word], times[:, 1][word]
    stops = np.where(left, ends, starts + done.clip(max=1.0) * (ends - starts))
    begins = np.concatenate(([0.0], stops[:-1]))
    begins[first[:-1]] = times[:, 0]
    result = np.empty((count, 2))
    result[rows, 0], result[rows, 1] = begins, stops
    _fill_between(letters, inside, result, ranges, times)
    return Timeline(letters, result)


def _fill_between(
    letters: tuple[str, ...], inside: NDArray[np.bool_], result: Times, ranges: Index, times: Times
) -> None:
    """Set the times of what stands between words: blanks share the silence, marks stand beside their word."""
    outside = np.flatnonzero(~inside)
    if not len(outside):
        return
    word = np.searchsorted(ranges[:, 0], outside, side="right") - 1  # the word before, -1 for none
    before = np.where(word >= 0, times[:, 1][word.clip(min=0)], times[0, 0])
    after = times[:, 0][np.minimum(word + 1, len(ranges) - 1)]
    after = np.where(word + 1 < len(ranges), after, before)
    before = np.where(word >= 0, before, after)
    blank = np.fromiter((letters[row].isspace() for row in outside.tolist()), bool, len(outside))
    gap = np.searchsorted(np.unique(word), word)
    blanks = np.bincount(gap, blank)
    passed = np.cumsum(blank) - np.concatenate(([0], np.cumsum(blanks)))[gap]  # blanks of the gap up to and with this
    share = np.divide(after - before, blanks[gap], out=np.zeros(len(outside)), where=blanks[gap] > 0)
    ends = np.where(passed == blanks[gap], np.where(blanks[gap] > 0, after, before), before + passed * share)
    starts = np.where(blank, before + (passed - 1) * share, ends)
    result[outside, 0], result[outside, 1] = starts, ends
