"""Lines of a paragraph of TTML, collected piece by piece, and the times of the words in them."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from clipaudio.timing.pieces import are_apart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clipaudio.captions.cue import CueWord

__all__ = ["SpanTime", "TimedTextLines"]


class SpanTime(NamedTuple):
    """The seconds of a span; the end is NaN if none is given."""

    start: float
    end: float


@dataclass
class _TimedSpan:
    """Characters *first* to *stop* of a line, and when they are spoken."""

    line: int
    first: int
    stop: int
    start: float
    end: float
    is_background: bool


class TimedTextLines:
    """Lines with white space as XML has it by default, and their timed spans."""

    def __init__(self) -> None:
        self.spans: list[_TimedSpan] = []
        self._pieces: list[list[str]] = [[]]
        self._length = 0
        self._has_space = False
        self._last_word = ""  # of the last text with a time

    def add(self, text: str | None, time: SpanTime | None, *, is_background: bool = False) -> None:
        """Append *text*, if there is any, to the last line."""
        for word in re.findall(r"\s+|\S+", text or ""):
            if word.isspace():
                self._has_space = self._length > 0
                continue
            row, space = len(self._pieces) - 1, " " * self._has_space
            self._has_space = False
            self._pieces[-1].append(space + word)
            first, self._length = self._length + len(space), self._length + len(space) + len(word)
            if time is None:
                continue
            last = self.spans[-1] if self.spans else None
            touches = last is not None and (last.line, last.stop) == (row, first)
            if last is not None and touches and not are_apart(self._last_word, word):  # parts of one word
                last.stop = self._length
                last.end = max(time.end, last.end)  # that of the last part, if it is NaN
            else:
                self.spans.append(_TimedSpan(row, first, self._length, *time, is_background))
            self._last_word = word

    def end_word(self) -> None:
        """Let what follows be another word."""
        self._has_space = self._length > 0

    def new_line(self) -> None:
        """Begin the next line."""
        self._pieces.append([])
        self._length = 0
        self._has_space = False

    def lines(self) -> list[str]:
        """Return the lines, empty ones too."""
        return ["".join(pieces) for pieces in self._pieces]

    def words(self, lines: list[str]) -> tuple[CueWord, ...]:
        """Return the words, on the lines that are not empty; none if no word has a time.

        Words outside the spans have NaN for times; marks there are no words. So have the fewest words without which the
        others are in order, background words first: one text cannot go on at two times.
        """
        from clipaudio.captions.cue import CueWord  # noqa: PLC0415 - a format loads its room on use

        if not self.spans:
            return ()
        place = {row: number for number, row in enumerate(row for row, line in enumerate(lines) if line)}
        of_line: dict[int, list[_TimedSpan]] = {}
        for span in _find_ordered(self.spans):
            of_line.setdefault(span.line, []).append(span)
        found = []
        for row, line in enumerate(lines):
            spans = _with_untimed(line, row, of_line.get(row, []))
            found += [CueWord(place[row], span.first, span.stop, span.start, span.end) for span in spans]
        return tuple(found)


def _find_ordered(spans: list[_TimedSpan]) -> list[_TimedSpan]:
    """Return the most spans whose starts ascend, and of the background those that fit between them."""
    if all(a.start <= b.start for a, b in pairwise(spans)):
        return spans
    kept = _find_longest([row for row, span in enumerate(spans) if not span.is_background], spans)
    later = [math.inf] * (len(spans) + 1)  # the start of the first kept span behind each
    for row in range(len(spans) - 1, -1, -1):
        later[row] = spans[row].start if row in kept else later[row + 1]
    found: list[_TimedSpan] = []
    for row, span in enumerate(spans):
        fits = span.is_background and (not found or found[-1].start <= span.start) and span.start <= later[row]
        if row in kept or fits:
            found.append(span)
    return found


def _find_longest(rows: list[int], spans: list[_TimedSpan]) -> set[int]:
    """Return the most of *rows* whose starts ascend."""
    tails: list[float] = []  # the least start that ends a run of each length
    ends: list[int] = []  # its row
    before: dict[int, int | None] = {}
    for row in rows:
        place = bisect_right(tails, spans[row].start)
        before[row] = ends[place - 1] if place else None
        tails[place : place + 1] = [spans[row].start]
        ends[place : place + 1] = [row]
    found: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        found.add(last)
        last = before[last]
    return found


def _with_untimed(line: str, row: int, spans: list[_TimedSpan]) -> Iterator[_TimedSpan]:
    """Return each word of a line with the time of the spans in it, NaN where there is none.

    A span is a word of its own if its script has no blanks.
    """
    number = 0
    for word in re.finditer(r"\S+", line):
        first = word.start()
        if number == len(spans) or spans[number].first >= word.end():
            if any(map(str.isalnum, word[0])):
                yield _TimedSpan(row, first, word.end(), math.nan, math.nan, is_background=False)
            continue
        begun = number
        while number < len(spans) and spans[number].first < word.end():
            number += 1
            last = spans[number - 1]
            is_more = number < len(spans) and spans[number].first < word.end()
            if is_more and not are_apart(line[last.stop - 1], line[spans[number].first]):
                continue
            yield _TimedSpan(row, first, last.stop, spans[begun].start, last.end, is_background=False)
            first, begun = last.stop, number
