"""Units into lines: how good a place is to end a line or a cue, and the best lines for one cue.

The costs follow the published rules of broadcasters (Netflix Timed Text Style Guide; BBC Subtitle
Guidelines): after punctuation is best, before a conjunction or preposition is good, and no line ends with a
word that leans on the next. The word lists are English; in other languages punctuation, pauses and balance
decide.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from clipaudio.captions.units import Unit, join

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["break_cost", "break_lines", "widths_of_lines"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CONJUNCTIONS = _words(
    "and but or nor so because although though while when if that which who where whereas "
    "unless until since than as what how why whether"
)
_PREPOSITIONS = _words(
    "in on at by for with from to of about into over after before between under through during "
    "without against among around"
)
_LEANING = _words(
    "a an the my your his her its our their this these those i you he she it we they is are was "
    "were be been am have has had do does did will would can could should may might must not "
    "very of to in on at by for with from and or but that"
)
_AFTER = re.compile(r"[\"'»”’)\]}」』）]*$")
_EDGES = re.compile(r"^\W+|\W+$")
_STRANDED = 30.0  # a mark alone at the head of a line


def break_cost(before: Unit, after: Unit) -> float:
    """Say how bad a break between two neighbouring units is; 0 is best.

    Examples
    --------
    >>> def unit(text): return Unit(text, 0, 1, len(text), True, False, True)
    >>> break_cost(unit("well,"), unit("then")), break_cost(unit("the"), unit("dog"))
    (1.5, 8.0)
    """
    if not after.has_words and not after.opens:
        return _STRANDED
    bare = _AFTER.sub("", before.text)
    if bare.endswith((".", "?", "!", "…", "。", "？", "！", "؟", "।")):
        return 0.0
    if bare.endswith((";", ":", "—", "–", "--", "；", "：", "؛")):
        return 0.5
    if bare.endswith((",", "、", "，", "،")):
        return 1.5
    word = _EDGES.sub("", after.text).lower()
    cost = 2.5 if word in _CONJUNCTIONS else 3.5 if word in _PREPOSITIONS else 5.0
    return cost + 3.0 * (_EDGES.sub("", before.text).lower() in _LEANING)


def widths_of_lines(units: Sequence[Unit], *, max_chars: int) -> list[int]:
    """Fill lines one after the other and give their widths: their number is the least possible."""
    widths: list[int] = []
    for unit in units:
        added = (widths[-1] + unit.spaced + unit.width) if widths else max_chars + 1
        if widths and added <= max_chars:
            widths[-1] = added
        else:
            widths.append(unit.width)
    return widths


def break_lines(units: Sequence[Unit], *, max_chars: int) -> tuple[str, ...]:
    """Lay *units* out on as few lines as possible, evenly, ending lines at good places.

    A unit wider than *max_chars* stays whole on a line of its own.

    Examples
    --------
    >>> units = [Unit(text, 0, 1, len(text), True, False, True) for text in "I came, I saw, I left".split()]
    >>> break_lines(units, max_chars=16)
    ('I came,', 'I saw, I left')
    """
    count = len(widths_of_lines(units, max_chars=max_chars))
    if count <= 1:
        return (join(list(units)),) if units else ()
    ends = [0]
    for unit in units:
        ends.append(ends[-1] + unit.spaced + unit.width)
    ideal = ends[-1] / count
    at_end = [0.0, *(0.8 * break_cost(one, other) for one, other in pairwise(units)), 0.0]
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for _ in range(count):
        best.append(_next_line(units, ends, at_end, best[-1], max_chars=max_chars, ideal=ideal))
    stops = [len(units)]
    for line in range(count, 0, -1):
        stops.append(best[line][stops[-1]][1])
    stops.reverse()
    return tuple(join(list(units[a:b])) for a, b in pairwise(stops))


def _next_line(
    units: Sequence[Unit],
    ends: list[int],
    at_end: list[float],
    before: dict[int, tuple[float, int]],
    *,
    max_chars: int,
    ideal: float,
) -> dict[int, tuple[float, int]]:
    """Give, for each unit where one more line may stop, the least cost and where that line starts."""
    found: dict[int, tuple[float, int]] = {}
    for first, (cost, _) in before.items():
        for stop in range(first + 1, len(units) + 1):
            wide = ends[stop] - ends[first] - units[first].spaced
            if wide > max_chars and stop > first + 1:
                break
            total = cost + 1.5 * ((wide - ideal) / 10) ** 2
            total += at_end[stop]
            if stop not in found or total < found[stop][0]:
                found[stop] = (total, first)
    return found
