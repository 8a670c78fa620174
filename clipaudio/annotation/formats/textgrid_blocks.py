"""Read many entries of a TextGrid at once, where they are written alike, as programs write them.

What stands between two labels is cut into words. The words that are no numbers must be the same for each entry, so that
they are comments for all or for none; what differs is left to the parser of one entry after the other.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.timing.timeline import Times

__all__ = ["Block", "read_block"]

_LEAST: Final = 16  # entries that are worth it
_CHARACTERS: Final = 256  # of an entry, as far as the size of a block is concerned
_MOST: Final = 1 << 18  # characters of a block
_RANK: Final = re.compile(r"(?:\[\d*+\]:?+ )*+", re.ASCII)
_NUMBERS: Final = msgspec.json.Decoder(list[float])
_DIGITS: Final = frozenset("-0123456789")


class Block(NamedTuple):
    """Entries that were read: times (seconds, float64, shape (n, numbers)), labels, and the character behind them."""

    times: Times
    labels: list[str]
    stop: int


def read_block(source: str, start: int, *, count: int, numbers: int) -> Block | int:
    """Read up to *count* entries of one or two *numbers* and a label each, from the character *start* on.

    Returns
    -------
    Block or int
        At least one entry; else how many entries stand here that have to be read one by one, at least 1.

    Examples
    --------
    >>> text = '0 0.5 "a" ' * 20
    >>> read_block(" " + text, 0, count=20, numbers=2).times[-1].tolist()
    [0.0, 0.5]
    >>> read_block(" " + text.replace("0.5", "+.5"), 0, count=20, numbers=2)
    20
    """
    if count < _LEAST:
        return count
    stop = min(start + min(count * _CHARACTERS, _MOST), len(source))
    between, labels, texts = _cut(source[start:stop], is_end=stop == len(source))
    size = min(len(labels), count)
    if not size:
        return 1
    times = _read_numbers('"'.join([*between[:size], between[size][:1]]), size, numbers)
    if times is None:
        return size
    length = sum(map(len, between[:size])) + sum(map(len, labels[:size])) + size + texts[size]
    return Block(times, labels[:size], start + length)


def _cut(text: str, *, is_end: bool) -> tuple[list[str], list[str], Sequence[int]]:
    """Return what stands before and behind each whole label, the labels, and how many texts in quotes precede each.

    A text with nothing before it goes on with the label before, after a quote: that quote was written twice.
    """
    pieces = text.split('"')
    between, labels = pieces[::2], pieces[1::2]
    if is_open := len(pieces) % 2 == 0:
        between.append("")
    texts: Sequence[int] = range(len(between))
    if "" in between[1:-1]:
        texts = [0, *(row for row in texts[1:-1] if between[row]), len(labels)]
        labels = ['"'.join(labels[begin:end]) for begin, end in pairwise(texts)]
        between = [between[row] for row in texts]
    if labels and not between[-1] and (is_open or not is_end):  # whether the last one ends here is not known
        del labels[-1], between[-1]
    return between, labels, texts


def _read_numbers(text: str, size: int, numbers: int) -> Times | None:
    """Return the numbers of *size* entries, whose labels are left out and one quote of each stays; None if in doubt."""
    words = text.split()
    width = len(words) // size
    columns = [words[column::width] for column in range(width)]
    first = words[:width]
    if len(words) != width * size or first[-1:] != ['"'] or first.count('"') != 1:
        return None
    values = [column for column in columns if column[0][0] in _DIGITS]
    if len(values) != numbers or not all(map(_is_comment, (each for each in columns if each[0][0] not in _DIGITS))):
        return None
    try:
        flat = _NUMBERS.decode("[" + ",".join([",".join(column) for column in values]) + "]")
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    return np.array(flat, np.float64).reshape(numbers, size).T if len(flat) == numbers * size else None


def _is_comment(words: list[str]) -> bool:
    """Return True if *words*, one of each entry, are one comment, numbers in brackets, or the quote of the label."""
    first = words[0]
    if first[0] == "[":
        return _RANK.fullmatch(" ".join(words) + " ") is not None
    return (first in {'"', "="} or first.isalpha()) and words.count(first) == len(words)
