"""Cues into lines: the best layout of each, by the same costs that chose the cues."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from clipaudio.captions.cost_model import EXTRA_LINE, IMPOSSIBLE, LINE, SCALE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clipaudio.captions.cost_model import CueTable

__all__ = ["Layout"]


class Layout:
    """What finds lines for cues of one table."""

    def __init__(self, table: CueTable) -> None:
        self._ends = table.ends.tolist()
        self._leads = table.leads.tolist()
        self._line_end = table.line_end.tolist()
        self._opened = table.opened.tolist()
        self._max_chars = table.max_chars
        self._max_lines = table.max_lines

    def lines(self, places: Sequence[int]) -> Iterator[tuple[int, ...]]:
        """Give, for each cue between two *places*, the places around its lines."""
        for first, stop in pairwise(places):
            _, lines = self.best(first, stop)
            yield lines

    def best(self, first: int, stop: int) -> tuple[int, tuple[int, ...]]:
        """Give the cost of the best layout of units *first* to *stop*, and the places around its lines.

        Of several equally good ones it is that with fewer lines, then that with the shorter line first.
        """
        parted = self._opened[stop - 1] > self._opened[first]
        if self._fits(first, stop) and not parted:  # a second line would only add
            found: list[tuple[int, tuple[int, ...]]] = [(0, (first, stop))]
        else:
            found = [self._on_lines(first, stop, count) for count in range(1, self._max_lines + 1)]
        return min(self._with_extra(found, parted=parted), key=lambda layout: layout[0])

    @staticmethod
    def _with_extra(found: list[tuple[int, tuple[int, ...]]], *, parted: bool) -> Iterator[tuple[int, tuple[int, ...]]]:
        fits = False
        for cost, lines in found:
            yield cost + round(EXTRA_LINE * SCALE) * (fits and not parted), lines
            fits = fits or cost < IMPOSSIBLE

    def _fits(self, first: int, stop: int) -> bool:
        return stop == first + 1 or self._ends[stop] - self._leads[first] <= self._max_chars

    def _on_lines(self, first: int, stop: int, count: int) -> tuple[int, tuple[int, ...]]:
        if count == 1:
            return (0 if self._fits(first, stop) else IMPOSSIBLE), (first, stop)
        best: tuple[int, tuple[int, ...]] = (IMPOSSIBLE, (first, stop))
        for place in range(first + 1, stop):
            if not self._fits(first, place):
                break
            rest, lines = self._on_lines(place, stop, count - 1)
            if rest >= IMPOSSIBLE:
                continue
            upper = self._ends[place] - self._leads[first]
            uneven = (count - 1) * upper + self._leads[place] + 1 - self._ends[stop]
            cost = rest + round(LINE * SCALE) + self._line_end[place] + uneven * uneven // (count - 1) ** 2
            if cost < best[0]:
                best = (cost, (first, *lines))
        return best
