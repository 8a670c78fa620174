"""Rate the break before each unit: 0 is best.

Published rules define the order (Netflix Timed Text Style Guide, "Line Treatment"; BBC Subtitle Guidelines, "Break at
natural points"): after a sentence is best, then after a clause, before a conjunction, before a preposition. A word
closely tied to the next (article, preposition, auxiliary, title, first name) ends no line. Closed word classes decide;
without a table for the language, marks and names do.

Conventions
-----------
Row i of an array belongs to the break before unit i; row 0 and the row after the last unit are the edges of the
text. Costs are small numbers; a cue costs about 4.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import regex

from clipaudio.captions.break_grammar import GUESSED, adjust_breaks
from clipaudio.captions.languages import Language, Role, find_language
from clipaudio.captions.scripts import Joint, is_unspaced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.captions.break_units import Units

__all__ = ["EdgeMark", "describe_breaks", "find_sentence_starts", "rate_breaks"]

_SEMICOLON: Final = 0.5
_COMMA: Final = 1.8
_CLAUSE_COMMA: Final = 1.0  # before a conjunction or a pronoun
_SPACED_CLAUSE: Final = 1.5  # Thai, Lao, Khmer and Burmese separate clauses, not words, by a space
_CLOSED: Final = 2.5  # after a closing bracket or quote
_OPENED: Final = 3.0  # before an opening one
_STRANDED: Final = 30.0  # a dash at the start of a line
_PLAIN: Final = 5.4
_LEAST: Final = 0.5  # of a break without a mark
_NAME: Final = 8.0
_NAME_OF: Final = 2.0  # University|of Cambridge
_MEASURE: Final = 8.0  # 5|km
_COUNTED: Final = 2.5  # 5|people
_VERB_NEGATION: Final = 1.5
_ABBREVIATED: Final = 10.0  # at 5 p.m.|on Monday

_BASE: Final = {  # before a word of this role
    Role.CONJUNCTION: 2.6,
    Role.PREPOSITION: 3.5,
    Role.PRONOUN: 3.9,
    Role.DETERMINER: 4.3,
    Role.GENITIVE: 4.6,
    Role.AUXILIARY: 4.8,
    Role.MODIFIER: 4.8,
    Role.NEGATION: 5.4,
    Role.OBJECT: 6.0,
}
_LEAN: Final = {  # after a word of this role
    Role.TITLE: 10.0,
    Role.DETERMINER: 7.5,
    Role.GENITIVE: 7.0,
    Role.PREPOSITION: 5.5,
    Role.CONJUNCTION: 5.5,
    Role.PRONOUN: 5.5,
    Role.AUXILIARY: 5.0,
    Role.NEGATION: 4.5,
    Role.MODIFIER: 4.0,
    Role.OBJECT: 0.5,
}
_LOOSE: Final = (
    Role.OBJECT,
    Role.MODIFIER,
)  # lean less if a phrase or a clause follows: "thank you very much | for"
_FREED: Final = (
    Role.PREPOSITION,
    Role.PRONOUN,
    Role.AUXILIARY,
    Role.NEGATION,
)  # lean less if a clause follows: "turn it on | and"
_FREED_SHARE: Final = 0.4  # of the lean that remains then
_EITHER: Final = 4.8  # before a pronoun that may be an object
_JOINTS: Final = {
    Joint.DASH: 0.5,
    Joint.HYPHEN: 60.0,
    Joint.PHRASE: 5.0,
    Joint.LOOSE: 4.5,
    Joint.CLOSE: 6.0,
    Joint.TIGHT: 8.0,
}
_JOINT_COSTS: Final = np.array([_JOINTS.get(joint, 0.0) for joint in Joint])
_FUNCTION: Final = ~(Role.TITLE | Role.UNIT | Role.ABBREVIATION | GUESSED)
_TOLD: Final = ~int(Role.COORDINATOR)  # a conjunction, too
_SUBJECT: Final = Role.CONJUNCTION | Role.PRONOUN


class EdgeMark(IntEnum):
    """Marks at the edges of a unit, one bit each."""

    STOP = 1
    SEMICOLON = 2
    COMMA = 4
    CLOSED = 8
    ABBREVIATED = 16
    OPENED = 32
    DASH_ALONE = 64
    NUMBER_LAST = 128
    CAPITAL = 256
    LOWER = 512
    UNSPACED_LAST = 1024
    UNSPACED_FIRST = 2048


_ENDS: Final = (EdgeMark.STOP, EdgeMark.SEMICOLON, EdgeMark.COMMA, EdgeMark.CLOSED, EdgeMark.NUMBER_LAST)
_STARTS: Final = (EdgeMark.OPENED, EdgeMark.DASH_ALONE)


class _Features(NamedTuple):
    """Features of each unit: float64 costs, int64 roles and marks, shape (n,)."""

    base: NDArray[np.float64]
    lean: NDArray[np.float64]
    freed: NDArray[np.float64]
    loose: NDArray[np.float64]
    head: NDArray[np.int64]
    tail: NDArray[np.int64]
    marks: NDArray[np.int64]


_CLOSERS: Final = "\"'»”’«“„)]}」』）】》〉 \u00a0\u202f"
_STOPS: Final = (".", "?", "!", "…", "。", "？", "！", "؟", "।", "॥", "។", "၊", "။", "...", "．")
_SEMICOLONS: Final = (";", ":", "—", "–", "--", "；", "：", "؛", " -")
_COMMAS: Final = (",", "、", "，", "،")
_OPENS: Final = regex.compile(r"[\p{Ps}\p{Pi}„¿¡]|[\"'](?=\w)")
_DASHES: Final = regex.compile(r"[\p{Pd}~]+")
_INNER: Final = regex.compile(r"[\w%°€$£]")
_DOTTED: Final = regex.compile(r"(?:\p{L}\.)+\p{L}?|\p{Lu}")


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
        float64, shape (n + 1,); 0 at both edges.

    Examples
    --------
    >>> from clipaudio.captions.break_units import find_units
    >>> from clipaudio.timing.timeline import Spans, Timeline
    >>> none = Spans((), [], [])
    >>> units = find_units(Timeline("Well, the dog", [[0, 1]] * 13), none, none)
    >>> rate_breaks(units, np.array([True, False, False])).tolist()
    [0.0, 1.8, 12.9, 0.0]
    """
    count = len(units)
    cost = np.zeros(count + 1)
    if count < 2:
        return cost
    spoken = find_language(language)
    found = _features(units, spoken)
    plain = _plain(found)
    if not spoken.nouns_capitalised:
        named = _has(found.marks[:-1], EdgeMark.CAPITAL) & ~opens[:-1]
        function = _has(found.tail[:-1], _FUNCTION)
        plain += _NAME * (named & ~function & _has(found.marks[1:], EdgeMark.CAPITAL))
        plain += _NAME_OF * (named & _has(found.head[1:], Role.GENITIVE))
    spaced = units.spaced[1:]
    plain = np.where(spaced, plain, _JOINT_COSTS[units.joints[1:]])
    unspaced = _has(found.marks[:-1], EdgeMark.UNSPACED_LAST) & _has(found.marks[1:], EdgeMark.UNSPACED_FIRST)
    plain[unspaced & spaced] = _SPACED_CLAUSE
    cost[1:-1] = _with_marks(plain, found, opens[1:])
    return cost


def find_sentence_starts(units: Units, *, language: str = "en") -> NDArray[np.bool_]:
    """Return which units start a sentence: as known, or else after a full stop that ends no abbreviation.

    Returns
    -------
    numpy.ndarray
        bool, shape (n,); True for the first unit.
    """
    opens = np.zeros(len(units), bool)
    if units.opens is not None:
        opens |= units.opens
    elif len(units):
        marks = _features(units, find_language(language)).marks
        ended = _has(marks[:-1], EdgeMark.STOP) & ~_has(marks[:-1], EdgeMark.ABBREVIATED)
        opens[1:] = ended & ~_has(marks[1:], EdgeMark.LOWER)
    opens[:1] = True
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
    read = [_read(text, find_language(language)) for text in units.texts]
    described = [""] * min(len(read), 1)
    for (_, tail, before), (head, _, after) in pairwise(read):
        ends: list[IntFlag | IntEnum] = [*(mark for mark in _ENDS if before & mark)] or [*Role(tail & _TOLD)]
        starts: list[IntFlag | IntEnum] = [*(mark for mark in _STARTS if after & mark)] or [*Role(head & _TOLD)]
        sides = [("after", ends), ("before", starts)]
        names = [f"{side} {' or '.join((one.name or '').lower() for one in found)}" for side, found in sides if found]
        described.append("; ".join(names).replace("_", " "))
    return described


def _has(bits: NDArray[np.int64], wanted: int) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (bits & int(wanted)) != 0
    return found


def _plain(found: _Features) -> NDArray[np.float64]:
    """Rate breaks between words without marks."""
    tail, head = found.tail[:-1], found.head[1:]
    clause = _has(head, Role.CONJUNCTION)
    phrase = clause | _has(head, Role.PREPOSITION)
    lean = np.maximum(found.lean[:-1], found.freed[:-1] * np.where(clause, _FREED_SHARE, 1.0))
    lean = np.maximum(lean, found.loose[:-1] * np.where(phrase, _FREED_SHARE, 1.0))
    counted = np.where(_has(head, Role.UNIT), _MEASURE, _COUNTED)
    plain = found.base[1:] + lean + np.where(_has(found.marks[:-1], EdgeMark.NUMBER_LAST), counted, 0.0)
    plain += _VERB_NEGATION * (_has(tail, Role.AUXILIARY) & _has(head, Role.NEGATION))
    ended = _has(found.marks, EdgeMark.STOP | EdgeMark.SEMICOLON | EdgeMark.COMMA | EdgeMark.CLOSED)
    return np.maximum(plain + adjust_breaks(found.head, found.tail, ended), _LEAST)


def _with_marks(plain: NDArray[np.float64], found: _Features, opens: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Rate breaks at marks, which override word classes."""
    before, after = found.marks[:-1], found.marks[1:]
    cost = plain
    cost = np.where(_has(after, EdgeMark.OPENED), np.minimum(cost, _OPENED), cost)
    cost = np.where(_has(before, EdgeMark.CLOSED), np.minimum(cost, _CLOSED), cost)
    comma = np.where(_has(found.head[1:], _SUBJECT), _CLAUSE_COMMA, _COMMA)
    weak = _has(before, EdgeMark.COMMA) | (_has(before, EdgeMark.STOP) & ~_has(before, EdgeMark.ABBREVIATED))
    cost = np.where(weak, comma, cost)
    cost = np.where(_has(before, EdgeMark.SEMICOLON), _SEMICOLON, cost)
    cost = np.where(_has(after, EdgeMark.DASH_ALONE), _STRANDED, cost)
    cost = cost + _ABBREVIATED * (_has(before, EdgeMark.ABBREVIATED) & _has(after, EdgeMark.LOWER))
    return np.where(opens, 0.0, cost)


def _features(units: Units, language: Language) -> _Features:
    """Read each distinct unit once, and weigh its roles."""
    texts = units.texts
    number: dict[str, int] = {}
    rows = np.array([number.setdefault(text, len(number)) for text in texts], np.intp)
    read = [_read(text, language) for text in number]
    bits = np.array(read, np.int64).reshape(-1, 3)[rows].T
    weights = np.array([(_base(head), *_leans(tail)) for head, tail, _ in read], np.float64).reshape(-1, 4)[rows].T
    return _Features(*weights, *bits)


@lru_cache(maxsize=4096)
def _base(head: int) -> float:
    """Weigh a break before a word of these roles."""
    if head == Role.OBJECT:
        return _BASE[Role.OBJECT]
    base = min([_PLAIN, *(cost for role, cost in _BASE.items() if head & role)])
    if head & Role.DETERMINER and not head & Role.CONJUNCTION:
        base = max(base, _BASE[Role.DETERMINER])
    return max(base, _EITHER) if head & Role.PRONOUN and head & Role.OBJECT else base


@lru_cache(maxsize=4096)
def _leans(tail: int) -> tuple[float, float, float]:
    """Weigh a break after a word of these roles: always, unless a clause follows, and unless a phrase does."""
    leans = {role: cost for role, cost in _LEAN.items() if tail & role}
    loose = [leans.pop(role, 0.0) for role in _LOOSE]
    if tail & Role.DETERMINER and tail & Role.OBJECT:  # "saw her | in the house"
        loose.append(leans.pop(Role.DETERMINER))
    freed = [leans.pop(role, 0.0) for role in _FREED]
    return max(leans.values(), default=0.0), max(freed), max(loose)


def _read(text: str, language: Language) -> tuple[int, int, int]:
    """Return the roles of the first word, those of the last, and the marks at the edges."""
    bare = first = last = text
    if not text.isalpha():
        bare = text.rstrip(_CLOSERS)
        first = _word(text.partition(" ")[0])
        last = _word(bare).rpartition(" ")[2]
    head = int(language.head(first.casefold()))
    tail = head if first == last and first.isalpha() else int(language.tail(last.casefold()))
    marks = _edge_marks(text, bare, first or text)
    if bare.endswith(".") and (tail & Role.ABBREVIATION or _DOTTED.fullmatch(last)):
        marks |= EdgeMark.ABBREVIATED
    if tail & Role.TITLE and not (text[0].isupper() or text.endswith(".")):  # "no" is no number
        tail -= Role.TITLE
    return head, tail, marks


def _word(text: str) -> str:
    """Return *text* from its first letter, digit or spoken sign to its last."""
    first = _INNER.search(text)
    if first is None:
        return ""
    stop = len(text)
    while not _INNER.match(text, stop - 1):
        stop -= 1
    return text[first.start() : stop]


def _edge_marks(text: str, bare: str, word: str) -> int:
    marks = 0
    if not text.isalpha():
        for mark, ends in ((EdgeMark.STOP, _STOPS), (EdgeMark.SEMICOLON, _SEMICOLONS), (EdgeMark.COMMA, _COMMAS)):
            marks |= mark if bare.endswith(ends) else 0
        marks |= EdgeMark.CLOSED if len(bare) < len(text) and not marks else 0
        marks |= EdgeMark.OPENED if _OPENS.match(text) else 0
        marks |= EdgeMark.DASH_ALONE if _DASHES.fullmatch(text) else 0
        marks |= EdgeMark.NUMBER_LAST if bare[-1:].isdigit() else 0
    marks |= EdgeMark.CAPITAL if word[0].isupper() else 0
    marks |= EdgeMark.LOWER if word[0].islower() else 0
    if not text.isascii():
        marks |= EdgeMark.UNSPACED_LAST if bare and is_unspaced(bare[-1]) else 0
        marks |= EdgeMark.UNSPACED_FIRST if is_unspaced(text[0]) else 0
    return marks
