"""Rows into words: a word is settled when the next one has begun.

Only the rows from the second last settled word on are kept, and laid out again with each message. They are treated as
the whole text would be: repaired if they are letters, else joined, completed and laid out as letters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.timing.pieces import lay_pieces
from clipaudio.timing.repair import repair
from clipaudio.timing.speech_times import TimedText
from clipaudio.timing.timeline import Entry, Timeline
from clipaudio.timing.words import find_words

if TYPE_CHECKING:
    from clipaudio.live.rows import Rows
    from clipaudio.timing.timeline import Index, Spans, Times

__all__ = ["Settled", "WordSettler"]

_CONTEXT: Final = 2
"""Settled words that stay in view: a time may be cut at that of a neighbour."""
_QUOTED: Final = 600
"""Rows in view after which a straight quote that is still open no longer keeps them there."""

_MOST: Final = 2000
"""Rows in view without a settled word after which all words wait for the end: no work grows with what came before."""


class Settled(NamedTuple):
    """Words that will not change, and the graphemes up to the start of the next word."""

    words: tuple[Entry, ...]
    labels: tuple[str, ...]
    times: Times


class WordSettler:
    """Collect rows and return the words that they settle."""

    def __init__(self) -> None:
        self._labels: list[str] = []
        self._times = np.empty((0, 2))
        self._done = 0  # graphemes in view that were returned
        self._is_spaced = False
        self._is_stuck = False

    def push(self, rows: Rows) -> Settled | None:
        """Return what *rows* settle, None for nothing."""
        if self._is_stuck:
            return None
        self._labels += rows.labels
        self._times = np.concatenate((self._times, rows.times))
        self._is_spaced |= rows.is_spaced
        graphemes, origin = self._lay(rows)
        words = find_words(graphemes)
        firsts = words.child_ranges[:, 0]
        fresh = int(np.searchsorted(firsts, self._done))
        stop = self._settled_count(graphemes, words)
        if stop <= fresh:
            self._is_stuck = len(self._labels) > _MOST
            return None
        edge = int(firsts[stop])
        found = Settled(
            tuple([words[row] for row in range(fresh, stop)]),
            graphemes.labels[self._done : edge],
            graphemes.times[self._done : edge],
        )
        self._forget(origin, firsts, stop, edge)
        return found

    def _lay(self, rows: Rows) -> tuple[Timeline, Index]:
        """Return the graphemes in view, and the row of each."""
        if rows.are_letters:
            line = Timeline(tuple(self._labels), self._times)
            return repair(line, unit="s").timeline, np.arange(len(line))
        laid = lay_pieces(TimedText(tuple(self._labels), self._times, self._is_spaced, rows.unit))
        return laid.graphemes, laid.pieces

    def _settled_count(self, graphemes: Timeline, words: Spans) -> int:
        """Return how many words in view are settled: the next one has begun, and lasts."""
        count = len(words) - 1
        while count > 0 and not np.ptp(graphemes.times[words.child_ranges[count, 0]]) > 0:
            count -= 1
        return count

    def _forget(self, origin: Index, firsts: Index, stop: int, edge: int) -> None:
        """Keep the rows from a settled word on that begins a row of its own."""
        keep = stop - _CONTEXT
        while keep > 0 and not self._may_begin(int(firsts[keep]), origin):
            keep -= 1
        if keep <= 0:
            self._done = edge
            return
        first = int(firsts[keep])
        row = int(origin[first])
        self._done = edge - first
        del self._labels[:row]
        self._times = self._times[row:]

    def _may_begin(self, first: int, origin: Index) -> bool:
        """Return True if the view may begin at grapheme *first*: a row begins there, outside straight quotes."""
        if first and origin[first] == origin[first - 1]:
            return False
        before = self._labels[: int(origin[first])]
        return len(self._labels) > _QUOTED or "".join(before).count('"') % 2 == 0
