"""Units into how bad a break before each of them is: 0 is best.

Published rules give the order (Netflix Timed Text Style Guide, "Line Treatment"; BBC Subtitle Guidelines, "Break at
natural points"): after a sentence is best, then after a clause, before a conjunction, before a preposition; a word
that leans on the next (article, preposition, auxiliary, title, first name) ends no line. Closed word classes tell;
without a table for the language, marks and names do.

Conventions
-----------
Row i of an array belongs to the break before unit i; row 0 and the row after the last unit are the edges of the
text. Costs are small numbers, a cue of its own being worth about 4.
"""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import regex

from clipaudio.captions.languages import Language, Role, find_language
from clipaudio.captions.scripts import Joint, is_unspaced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.captions.units import Units

__all__ = ["Mark", "break_quality", "sentence_starts"]

_SEMICOLON: Final = 0.5
_COMMA: Final = 1.8
_CLAUSE_COMMA: Final = 1.0  # before a conjunction or a pronoun
_SPACED_CLAUSE: Final = 1.5  # Thai, Lao, Khmer and Burmese part clauses, not words, by a space
_CLOSED: Final = 2.5  # after a closing bracket or quote
_OPENED: Final = 3.0  # before an opening one
_STRANDED: Final = 30.0  # a dash at the head of a line
_PLAIN: Final = 5.4
_NAME: Final = 8.0
_NAME_OF: Final = 2.0  # University|of Cambridge
_MEASURE: Final = 8.0  # 5|km
_COUNTED: Final = 2.5  # 5|people
_VERB_NEGATION: Final = 1.5

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
_LOOSE: Final = Role.OBJECT | Role.MODIFIER  # lean less where a phrase or a clause follows: "thank you very much | for"
_FREED: Final = Role.PREPOSITION | Role.PRONOUN | Role.AUXILIARY | Role.NEGATION  # where a clause: "turn it on | and"
_FREED_SHARE: Final = 0.4  # of the lean that is left then
_EITHER: Final = 4.8  # before a pronoun that is as likely an object
_JOINTS: Final = {
    Joint.DASH: 0.5,
    Joint.HYPHEN: 60.0,
    Joint.PHRASE: 5.0,
    Joint.LOOSE: 4.5,
    Joint.CLOSE: 6.0,
    Joint.TIGHT: 8.0,
}


class Mark(IntFlag):
    """What the edges of a unit show."""

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
    MEASURE = 4096
    CLAUSE = 8192  # begins with a conjunction or a pronoun
    CONJUNCTION = 16384
    NEGATION = 32768
    AUXILIARY = 65536
    FUNCTION = 131072  # the last word belongs to a closed class: no name
    PHRASE = 262144  # begins with a preposition
    GENITIVE = 524288


class _Features(NamedTuple):
    base: float
    lean: float
    freed: float
    loose: float
    marks: int


_TAIL: Final = regex.compile(r"[\"'»”’«“„)\]}」』）】》〉\s]*$")
_STOPS: Final = (".", "?", "!", "…", "。", "？", "！", "؟", "।", "॥", "។", "၊", "။", "...", "．")
_SEMICOLONS: Final = (";", ":", "—", "–", "--", "；", "：", "؛", " -")
_COMMAS: Final = (",", "、", "，", "،")
_OPENS: Final = regex.compile(r"[\p{Ps}\p{Pi}„¿¡]|[\"'](?=\w)")
_DASHES: Final = regex.compile(r"[\p{Pd}~]+")
_EDGES: Final = regex.compile(r"^[^\w%°€$£]+|[^\w%°€$£]+$")
_DOTTED: Final = regex.compile(r"(?:\p{L}\.)+\p{L}?|\p{Lu}")


def break_quality(units: Units, opens: NDArray[np.bool_], *, language: str = "en") -> NDArray[np.float64]:
    """Say how bad a break before each unit is.

    Parameters
    ----------
    units
        From `find_units`.
    opens
        bool, shape (n,): whether a sentence starts with each unit.
    language
        ISO 639-1 code.

    Returns
    -------
    numpy.ndarray
        float64, shape (n + 1,); 0 at both edges.

    Examples
    --------
    >>> from clipaudio.captions.units import find_units
    >>> from clipaudio.timing.timeline import Spans, Timeline
    >>> none = Spans((), [], [])
    >>> units = find_units(Timeline("Well, the dog", [[0, 1]] * 13), none, none)
    >>> break_quality(units, np.array([True, False, False])).tolist()
    [0.0, 1.8, 12.9, 0.0]
    """
    count = len(units)
    cost = np.zeros(count + 1)
    if count < 2:
        return cost
    found, rows = _features(units, find_language(language))
    base, lean, freed, loose = (np.array([row[k] for row in found])[rows] for k in range(4))
    marks = np.array([row.marks for row in found])[rows]
    before, after = marks[:-1], marks[1:]
    clause = _has(after, Mark.CONJUNCTION)
    phrase = clause | _has(after, Mark.PHRASE)
    plain = base[1:] + np.maximum.reduce(
        [
            lean[:-1],
            freed[:-1] * np.where(clause, _FREED_SHARE, 1.0),
            loose[:-1] * np.where(phrase, _FREED_SHARE, 1.0),
        ]
    )
    numbered = _has(before, Mark.NUMBER_LAST)
    plain += np.where(numbered, np.where(_has(after, Mark.MEASURE), _MEASURE, _COUNTED), 0.0)
    plain += _VERB_NEGATION * (_has(before, Mark.AUXILIARY) & _has(after, Mark.NEGATION))
    if not find_language(language).nouns_capitalised:
        named = _has(before, Mark.CAPITAL) & _has(after, Mark.CAPITAL) & ~_has(before, Mark.FUNCTION) & ~opens[:-1]
        plain += _NAME * named
        plain += _NAME_OF * (_has(before, Mark.CAPITAL) & ~opens[:-1] & _has(after, Mark.GENITIVE))
    joints = units.joints[1:]
    for joint, value in _JOINTS.items():
        plain[joints == joint] = value
    unspaced = _has(before, Mark.UNSPACED_LAST) & _has(after, Mark.UNSPACED_FIRST)
    plain[unspaced & (joints == Joint.SPACE)] = _SPACED_CLAUSE
    cost[1:-1] = _with_marks(plain, before, after, opens[1:])
    return cost


def sentence_starts(units: Units, *, language: str = "en") -> NDArray[np.bool_]:
    """Tell with which units sentences start: as is known, or else after a full stop that ends no abbreviation.

    Returns
    -------
    numpy.ndarray
        bool, shape (n,); True for the first unit.
    """
    opens = np.zeros(len(units), bool)
    if units.opens is not None:
        opens |= units.opens
    elif len(units):
        found, rows = _features(units, find_language(language))
        marks = np.array([row.marks for row in found])[rows]
        ended = _has(marks[:-1], Mark.STOP) & ~_has(marks[:-1], Mark.ABBREVIATED)
        opens[1:] = ended & ~_has(marks[1:], Mark.LOWER)
    opens[:1] = True
    return opens


def _has(marks: NDArray[np.int64], mark: Mark) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (marks & int(mark)) != 0
    return found


def _with_marks(
    plain: NDArray[np.float64], before: NDArray[np.int64], after: NDArray[np.int64], opens: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Let marks decide where there are some."""
    cost = plain
    cost = np.where(_has(after, Mark.OPENED), np.minimum(cost, _OPENED), cost)
    cost = np.where(_has(before, Mark.CLOSED), np.minimum(cost, _CLOSED), cost)
    comma = np.where(_has(after, Mark.CLAUSE), _CLAUSE_COMMA, _COMMA)
    weak = _has(before, Mark.COMMA) | (_has(before, Mark.STOP) & ~_has(before, Mark.ABBREVIATED))
    cost = np.where(weak, comma, cost)
    cost = np.where(_has(before, Mark.SEMICOLON), _SEMICOLON, cost)
    cost = np.where(_has(after, Mark.DASH_ALONE), _STRANDED, cost)
    return np.where(opens, 0.0, cost)


def _features(units: Units, language: Language) -> tuple[list[_Features], NDArray[np.intp]]:
    """Give the features of each distinct unit, and which of them each unit has."""
    texts = units.texts
    number: dict[str, int] = {}
    rows = np.fromiter((number.setdefault(text, len(number)) for text in texts), np.intp, len(texts))
    return [_read(text, language) for text in number], rows


def _read(text: str, language: Language) -> _Features:
    bare = _TAIL.sub("", text)
    parts = text.split(" ")
    first, last = (_EDGES.sub("", part).casefold() for part in (parts[0], _EDGES.sub("", bare).rpartition(" ")[2]))
    head, tail = language.head(first), language.tail(last)
    marks = _edge_marks(text, bare)
    if bare.endswith(".") and (tail & (Role.TITLE | Role.ABBREVIATION) or _DOTTED.fullmatch(_EDGES.sub("", bare))):
        marks |= Mark.ABBREVIATED
    for role, mark in (
        (Role.UNIT, Mark.MEASURE),
        (Role.CONJUNCTION, Mark.CONJUNCTION),
        (Role.NEGATION, Mark.NEGATION),
        (Role.PREPOSITION, Mark.PHRASE),
        (Role.GENITIVE, Mark.GENITIVE),
    ):
        marks |= mark if head & role else 0
    marks |= Mark.CLAUSE if head & (Role.CONJUNCTION | Role.PRONOUN) else 0
    marks |= Mark.AUXILIARY if tail & Role.AUXILIARY else 0
    marks |= Mark.FUNCTION if tail & ~(Role.TITLE | Role.UNIT | Role.ABBREVIATION) else 0
    base = min((cost for role, cost in _BASE.items() if head & role), default=_PLAIN)
    base = max(base, _BASE[Role.DETERMINER]) if head & Role.DETERMINER and not head & Role.CONJUNCTION else base
    base = _EITHER if head & Role.PRONOUN and head & Role.OBJECT and base < _EITHER else base
    leans = {role: cost for role, cost in _LEAN.items() if tail & role and (role != Role.TITLE or _is_title(text))}
    loosened = _LOOSE | (Role.DETERMINER if tail & Role.OBJECT else Role.NONE)  # "saw her | in the house"
    freed = max((cost for role, cost in leans.items() if role & _FREED), default=0.0)
    loose = max((cost for role, cost in leans.items() if role & loosened), default=0.0)
    hard = max((cost for role, cost in leans.items() if not role & (_FREED | loosened)), default=0.0)
    return _Features(base, hard, freed, loose, int(marks))


def _is_title(text: str) -> bool:
    """Tell whether it is written like one: with a capital or a full stop, so that "no" is none."""
    return text[:1].isupper() or text.endswith(".")


def _edge_marks(text: str, bare: str) -> Mark:
    marks = Mark(0)
    for mark, ends in ((Mark.STOP, _STOPS), (Mark.SEMICOLON, _SEMICOLONS), (Mark.COMMA, _COMMAS)):
        marks |= mark if bare.endswith(ends) else 0
    word = _EDGES.sub("", text)
    marks |= Mark.CLOSED if len(bare) < len(text) and not marks else 0
    marks |= Mark.OPENED if _OPENS.match(text) else 0
    marks |= Mark.DASH_ALONE if _DASHES.fullmatch(text) else 0
    marks |= Mark.NUMBER_LAST if bare[-1:].isdigit() else 0
    marks |= Mark.CAPITAL if word[:1].isupper() else 0
    marks |= Mark.LOWER if word[:1].islower() else 0
    marks |= Mark.UNSPACED_LAST if bare and is_unspaced(bare[-1]) else 0
    marks |= Mark.UNSPACED_FIRST if is_unspaced(text[0]) else 0
    return marks
