"""Find the lines of a cue: the best layout of each, by the same prices that chose the cues."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from clipaudio.captions.cost_model import IMPOSSIBLE, LINE_PRICE, price_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clipaudio.captions.cue_table import CueTable

__all__ = ["Layout"]


class Layout:
    """Lines for cues of one table."""

    def __init__(self, table: CueTable) -> None:
        self._ends = table.ends.tolist()
        self._leads = table.leads.tolist()
        self._line_end = table.line_end.tolist()
        self._max_chars = table.max_chars
        self._max_lines = table.max_lines

    def lines(self, places: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """Return, for each cue between two *places*, the places around its lines."""
        for first, stop in pairwise(places):
            _, lines = self.best(first, stop)
            yield lines

    def best(self, first: int, stop: int) -> tuple[int, tuple[int, ...]]:
        """Return the cost of the best layout of units *first* to *stop*, and the places around its lines.

        It has as few lines as can hold the text; of equally good ones the one with the shorter first line wins.
        """
        for count in range(1, self._max_lines + 1):
            cost, lines = self._on_lines(first, stop, count)
            if cost < IMPOSSIBLE:
                return cost, lines
        return 2 * IMPOSSIBLE, (first, stop)

    def upper_line(self, first: int, place: int, stop: int, below: int) -> int:
        """Return the cost of the line from *first* to *place* above *below* lines that reach to *stop*."""
        upper = self._ends[place] - self._leads[first]
        uneven = below * upper + self._leads[place] + 1 - self._ends[stop]
        cost: int = price_line(uneven, below, self._line_end[place] + LINE_PRICE)
        return cost

    def fits(self, first: int, stop: int) -> bool:
        """Return True if units *first* to *stop* fit into one line."""
        return stop == first + 1 or self._ends[stop] - self._leads[first] <= self._max_chars

    def _on_lines(self, first: int, stop: int, count: int) -> tuple[int, tuple[int, ...]]:
        if count == 1:
            return (0 if self.fits(first, stop) else IMPOSSIBLE), (first, stop)
        best: tuple[int, tuple[int, ...]] = (IMPOSSIBLE, (first, stop))
        for place in range(first + 1, stop):
            if not self.fits(first, place):
                break
            rest, lines = self._on_lines(place, stop, count - 1)
            if rest >= IMPOSSIBLE:
                continue
            cost = rest + self.upper_line(first, place, stop, count - 1)
            if cost < best[0]:
                best = (cost, (first, *lines))
        return best
