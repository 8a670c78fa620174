"""Rate the break before each unit: 0 is best.

Published rules define the order (Netflix Timed Text Style Guide, "Line Treatment"; BBC Subtitle Guidelines, "Break at
natural points"): after a sentence is best, then after a clause, before a conjunction, before a preposition. A word
closely tied to the next (article, preposition, auxiliary, title, first name) ends no line. Closed word classes decide;
without a table for the language, marks and names do.

Conventions
-----------
Row i of an array belongs to the break before unit i; the first row of each text and the row after the last unit are
edges of a text. Costs are small numbers: up to 6 between words that may part, 8 and more between words that belong
together.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np

from clipaudio.captions.break_features import EdgeMark, Features, read_features, read_unit
from clipaudio.captions.break_grammar import GUESSED, adjust_breaks, has_bits
from clipaudio.captions.languages import Role, find_language
from clipaudio.captions.scripts import Joint

if TYPE_CHECKING:
    from enum import IntEnum, IntFlag

    from numpy.typing import NDArray

    from clipaudio.captions.break_units import Units

__all__ = ["describe_breaks", "find_sentence_starts", "rate_breaks"]

_SEMICOLON: Final = 0.3
_COMMA: Final = 1.2  # a comma of a list
_CLAUSE_COMMA: Final = 0.5  # before a word of a closed class: a clause or a phrase follows
_SPACED_CLAUSE: Final = 1.5  # Thai, Lao, Khmer and Burmese separate clauses, not words, by a space
_CLOSED: Final = 2.5  # after a closing bracket or quote
_OPENED: Final = 3.0  # before an opening one
_STRANDED: Final = 30.0  # a dash at the start of a line
_LEAST: Final = 0.5  # of a break without a mark
_NAME: Final = 12.0
_NAME_OF: Final = 2.0  # University|of Cambridge
_MEASURE: Final = 16.0  # 5|km
_COUNTED: Final = 2.5  # 5|people
_VERB_NEGATION: Final = 3.0
_ABBREVIATED: Final = 20.0  # at 5 p.m.|on Monday

_FREED_SHARE: Final = 0.4  # of the lean that remains then
_JOINTS: Final = {
    Joint.DASH: 0.5,
    Joint.HYPHEN: 60.0,
    Joint.PHRASE: 5.0,
    Joint.LOOSE: 4.5,
    Joint.CLOSE: 6.0,
    Joint.TIGHT: 8.0,
}
_JOINT_COSTS: Final = np.array([_JOINTS.get(joint, 0.0) for joint in Joint])
_TOLD: Final = ~int(Role.COORDINATOR)  # a conjunction, too


_ENDS: Final = (EdgeMark.STOP, EdgeMark.SEMICOLON, EdgeMark.COMMA, EdgeMark.CLOSED, EdgeMark.NUMBER_LAST)
_STARTS: Final = (EdgeMark.OPENED, EdgeMark.DASH_ALONE)


Mask: TypeAlias = "NDArray[np.bool_]"


class _Following(NamedTuple):
    """Roles of the first word after each break: masks, in the order of `_HEADS`."""

    conjunction: Mask
    opens_phrase: Mask
    unit: Mask
    negation: Mask
    genitive: Mask
    subject: Mask


class _Preceding(NamedTuple):
    """Roles of the last word before each break: masks, in the order of `_TAILS`."""

    auxiliary: Mask
    function: Mask


class _Marks(NamedTuple):
    """Marks of units: masks, in the order of `EdgeMark`."""

    stop: Mask
    semicolon: Mask
    comma: Mask
    closed: Mask
    abbreviated: Mask
    opened: Mask
    dash_alone: Mask
    number_last: Mask
    capital: Mask
    lower: Mask
    unspaced_last: Mask
    unspaced_first: Mask


class _Sides(NamedTuple):
    """What each break has before and after it, with the costs of both sides and what grammar adds."""

    tail: _Preceding
    head: _Following
    before: _Marks
    after: _Marks
    base: NDArray[np.float64]
    lean: NDArray[np.float64]
    freed: NDArray[np.float64]
    loose: NDArray[np.float64]
    adjusted: NDArray[np.float64]


_HEADS: Final = np.array(
    [
        Role.CONJUNCTION,
        Role.CONJUNCTION | Role.PREPOSITION,
        *(Role.UNIT, Role.NEGATION, Role.GENITIVE),
        ~int(GUESSED | Role.TITLE | Role.UNIT | Role.ABBREVIATION),
    ],
    np.int64,
)
_TAILS: Final = np.array([Role.AUXILIARY, ~(Role.TITLE | Role.UNIT | Role.ABBREVIATION | GUESSED)], np.int64)
_MARKS: Final = np.array(list(EdgeMark), np.int64)
_ENDED: Final = np.array([EdgeMark.STOP | EdgeMark.SEMICOLON | EdgeMark.COMMA | EdgeMark.CLOSED], np.int64)


def rate_breaks(units: Units, opens: NDArray[np.bool_], *, language: str = "en") -> NDArray[np.float64]:
    """Rate the break before each unit.

    Parameters
    ----------
    units
        From `find_units`.
    opens
        bool, shape (n,): whether a sentence starts with each unit.
    language
        Language tag (`pt`, `pt-BR`).

    Returns
    -------
    numpy.ndarray
        float64, shape (n + 1,); 0 at the edges of each text.

    Examples
    --------
    >>> from clipaudio.captions.break_units import find_units
    >>> from clipaudio.timing.timeline import Spans, Timeline
    >>> none = Spans((), [], [])
    >>> units = find_units(Timeline("Well, the dog", [[0, 1]] * 13), none, none)
    >>> rate_breaks(units, np.array([True, False, False])).tolist()
    [0.0, 0.5, 27.4, 0.0]
    """
    count = len(units)
    cost = np.zeros(count + 1)
    if count < 2:
        return cost
    spoken = find_language(language)
    sides = _sides_of(read_features(units, spoken))
    plain = _plain(sides)
    if not spoken.nouns_capitalised:
        named = sides.before.capital & ~opens[:-1]
        plain += _NAME * (named & ~sides.tail.function & sides.after.capital)
        plain += _NAME_OF * (named & sides.head.genitive)
    spaced = units.spaced[1:]
    plain = np.where(spaced, plain, _JOINT_COSTS[units.joints[1:]])
    unspaced = sides.before.unspaced_last & sides.after.unspaced_first
    plain[unspaced & spaced] = _SPACED_CLAUSE
    cost[1:-1] = _with_marks(plain, sides, opens[1:])
    cost[units.bounds] = 0.0
    return cost


def find_sentence_starts(units: Units, *, language: str = "en") -> NDArray[np.bool_]:
    """Return which units start a sentence: as known, or else after a full stop that ends no abbreviation.

    Returns
    -------
    numpy.ndarray
        bool, shape (n,); True for the first unit of each text.
    """
    opens = np.zeros(len(units), bool)
    if units.opens is not None:
        opens |= units.opens
    elif len(units):
        found = read_features(units, find_language(language))
        marks = _Marks(*has_bits(found.marks[found.is_unit], _MARKS))
        opens[1:] = marks.stop[:-1] & ~marks.abbreviated[:-1] & ~marks.lower[1:]
    opens[units.bounds[:-1]] = True
    return opens


def describe_breaks(units: Units, *, language: str = "en") -> list[str]:
    """Describe both sides of the break before each unit: marks and word classes.

    Examples
    --------
    >>> from clipaudio.captions.break_units import find_units
    >>> from clipaudio.timing.timeline import Spans, Timeline
    >>> none = Spans((), [], [])
    >>> describe_breaks(find_units(Timeline("Well, the dog", [[0, 1]] * 13), none, none))
    ['', 'after comma; before determiner', 'after determiner']
    """
    read = [read_unit(text, find_language(language)) for text in units.texts]
    described = [""] * min(len(read), 1)
    for (_, tail, before), (head, _, after) in pairwise(read):
        ends: list[IntFlag | IntEnum] = [*(mark for mark in _ENDS if before & mark)] or [*Role(tail & _TOLD)]
        starts: list[IntFlag | IntEnum] = [*(mark for mark in _STARTS if after & mark)] or [*Role(head & _TOLD)]
        sides = [("after", ends), ("before", starts)]
        names = [f"{side} {' or '.join((one.name or '').lower() for one in found)}" for side, found in sides if found]
        described.append("; ".join(names).replace("_", " "))
    return described


def _sides_of(found: Features) -> _Sides:
    """Return what each break has before and after it."""
    rows = found.is_unit.nonzero()[0]
    before, after = rows[:-1], rows[1:]
    marks = has_bits(found.marks, _MARKS)
    ended = has_bits(found.marks, _ENDED)[0]
    return _Sides(
        tail=_Preceding(*has_bits(found.tail[before], _TAILS)),
        head=_Following(*has_bits(found.head[after], _HEADS)),
        before=_Marks(*marks[:, before]),
        after=_Marks(*marks[:, after]),
        base=found.base[after],
        lean=found.lean[before],
        freed=found.freed[before],
        loose=found.loose[before],
        adjusted=adjust_breaks(found.head, found.tail, ended, found.is_unit)[before],
    )


def _plain(sides: _Sides) -> NDArray[np.float64]:
    """Rate breaks between words without marks."""
    head = sides.head
    lean = np.maximum(sides.lean, sides.freed * np.where(head.conjunction, _FREED_SHARE, 1.0))
    lean = np.maximum(lean, sides.loose * np.where(head.opens_phrase, _FREED_SHARE, 1.0))
    counted = np.where(head.unit, _MEASURE, _COUNTED)
    plain = sides.base + lean + np.where(sides.before.number_last, counted, 0.0)
    plain += _VERB_NEGATION * (sides.tail.auxiliary & head.negation)
    return np.maximum(plain + sides.adjusted, _LEAST)


def _with_marks(plain: NDArray[np.float64], sides: _Sides, opens: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Rate breaks at marks, which override word classes."""
    before, after = sides.before, sides.after
    cost = plain
    cost = np.where(after.opened, np.minimum(cost, _OPENED), cost)
    cost = np.where(before.closed, np.minimum(cost, _CLOSED), cost)
    comma = np.where(sides.head.subject, _CLAUSE_COMMA, _COMMA)
    cost = np.where(before.comma | (before.stop & ~before.abbreviated), comma, cost)
    cost = np.where(before.semicolon, _SEMICOLON, cost)
    cost = np.where(after.dash_alone, _STRANDED, cost)
    cost = cost + _ABBREVIATED * (before.abbreviated & after.lower)
    return np.where(opens, 0.0, cost)
