"""Match the words of two texts: as many as can be kept in order.

Theory
------
The longest common subsequence of words, by its bits: a row of the table of lengths is one integer, with a 0 where the
length grows (H. Hyyrö, Bit-parallel LCS-length computation revisited, AWOCA 2004). Every n-th row is held, and the rows
between two of them are made again on the way back, so that memory grows with the root. A table above a limit is divided
first at runs of words that stand once in both texts (patience diff), else at its middle. So time is linear for texts of
any length, and the result is exact below the limit.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from math import isqrt
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["match_words"]

_LARGEST: Final = 20_000_000
"""Cells of a table that is solved exactly."""
_FEW: Final = 8
"""Bits that are set one by one; for more of them, each of which copies the integer, bytes are packed."""
_ANCHOR: Final = 3
"""Words of a run that stands once in both texts."""

Pair = tuple[int, int]
Table = tuple[int, int, int, int]


def match_words(ours: Sequence[str], theirs: Sequence[str]) -> list[Pair]:
    """Return the rows of equal words, ascending on both sides, as many as possible.

    Parameters
    ----------
    ours, theirs
        Words of two texts, compared as they stand.

    Examples
    --------
    >>> match_words("I really like it".split(), "I like it not".split())
    [(0, 0), (2, 1), (3, 2)]
    """
    pairs: list[Pair] = []
    pending = [(0, len(ours), 0, len(theirs))]
    while pending:
        a, b, c, d = pending.pop()
        first = 0
        while first < min(b - a, d - c) and ours[a + first] == theirs[c + first]:
            first += 1
        pairs += [(a + row, c + row) for row in range(first)]
        a, c = a + first, c + first
        last = 0
        while last < min(b - a, d - c) and ours[b - 1 - last] == theirs[d - 1 - last]:
            last += 1
        pairs += [(b - 1 - row, d - 1 - row) for row in range(last)]
        b, d = b - last, d - last
        if (b - a) * (d - c) > _LARGEST:
            pending += _divide(ours, theirs, (a, b, c, d))
        elif a < b and c < d:
            pairs += [(a + i, c + j) for i, j in _solve(ours[a:b], theirs[c:d])]
    return _slide(ours, theirs, sorted(pairs))


def _divide(ours: Sequence[str], theirs: Sequence[str], table: Table) -> list[Table]:
    """Divide a table at the runs of words that stand once on both sides, or at its middle."""
    a, b, c, d = table
    runs, others = (_single_runs(side, low, high) for side, low, high in ((ours, a, b), (theirs, c, d)))
    cuts = _ascending([(i, others[run]) for run, i in runs.items() if run in others])
    if not cuts:
        middle = ((a + b) // 2, (c + d) // 2)
        return [(a, middle[0], c, middle[1]), (middle[0], b, middle[1], d)]
    edges = [(a, c), *cuts, (b, d)]
    return [(i, k, j, m) for (i, j), (k, m) in pairwise(edges)]


def _single_runs(words: Sequence[str], first: int, stop: int) -> dict[tuple[str, ...], int]:
    """Return the row of each run of words that stands once."""
    rows: dict[tuple[str, ...], int] = {}
    for row in range(first, stop - _ANCHOR + 1):
        run = tuple(words[row : row + _ANCHOR])
        rows[run] = -1 if run in rows else row
    return {run: row for run, row in rows.items() if row >= 0}


def _ascending(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the longest chain of *pairs*, ascending on our side, that ascends on theirs, too."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for row, (_, j) in enumerate(pairs):
        at = bisect_left(tails, j)
        before.append(ends[at - 1] if at else -1)
        tails[at : at + 1], ends[at : at + 1] = [j], [row]
    chain = []
    row = ends[-1] if ends else -1
    while row >= 0:
        chain.append(pairs[row])
        row = before[row]
    return chain[::-1]


def _solve(ours: Sequence[str], theirs: Sequence[str]) -> list[Pair]:
    """Return the longest common subsequence of one table."""
    held = set(ours)
    columns = [j for j, word in enumerate(theirs) if word in held]  # others match nothing
    found = _place_bits([theirs[j] for j in columns])
    rows = [i for i, word in enumerate(ours) if word in found]
    masks = [found[ours[i]] for i in rows]
    full = (1 << len(columns)) - 1
    step = isqrt(len(rows)) + 1
    starts = [full]
    for first in range(0, len(rows), step):
        *_, last = _lengths(masks[first : first + step], starts[-1], full)
        starts.append(last)
    pairs: list[Pair] = []
    column = len(columns)
    size = len(columns) // 8 + 1
    for block in range(len(starts) - 2, -1, -1):
        first = block * step
        grown = list(_lengths(masks[first : first + step], starts[block], full))
        lines = [line.to_bytes(size, "little") for line in (starts[block], *grown)]
        row = len(grown)
        while row and column:
            at, bit = (column - 1) >> 3, 1 << (column - 1 & 7)
            if lines[row][at] & bit:  # the length does not grow in this column
                column -= 1
            elif lines[row - 1][at] & bit:
                pairs.append((rows[first + row - 1], columns[column - 1]))
                row, column = row - 1, column - 1
            else:
                row -= 1
    return pairs


def _place_bits(words: Sequence[str]) -> dict[str, int]:
    """Return an integer for each word, with a 1 at each of its places."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        places.setdefault(word, []).append(place)
    found = {}
    for word, rows in places.items():
        if len(rows) <= _FEW:
            found[word] = sum(1 << row for row in rows)
            continue
        bits = np.zeros(len(words), np.uint8)
        bits[rows] = 1
        found[word] = int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")
    return found


def _lengths(masks: Sequence[int], line: int, full: int) -> Iterator[int]:
    """Yield the row of lengths after each word."""
    for mask in masks:
        both = line & mask
        line = ((line + both) | (line - both)) & full
        yield line


def _slide(ours: Sequence[str], theirs: Sequence[str], pairs: list[Pair]) -> list[Pair]:
    """Move a pair that stands alone to the pair after it, where the same word stands there, too."""
    for row in range(len(pairs) - 2, -1, -1):
        (i, j), (k, m) = pairs[row], pairs[row + 1]
        if (k, m) == (i + 1, j + 1) or (row and pairs[row - 1] == (i - 1, j - 1)):
            continue
        if ours[k - 1] == theirs[m - 1] == ours[i]:
            pairs[row] = (k - 1, m - 1)
    return pairs
