"""Read what breaks depend on from the text of each unit: roles of its first and last word, and marks at its edges.

Conventions
-----------
As in `clipaudio.captions.break_quality`.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import regex

from clipaudio.captions.languages import Language, Role, find_language
from clipaudio.captions.scripts import is_unspaced
from clipaudio.phonetics.label_cache import remember

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.captions.break_units import Units

__all__ = ["EdgeMark", "Features", "read_features", "read_unit"]

_PLAIN: Final = 5.4
_BASE: Final = {  # before a word of this role
    Role.CONJUNCTION: 2.4,
    Role.PREPOSITION: 3.5,
    Role.PRONOUN: 3.4,
    Role.DETERMINER: 4.3,
    Role.GENITIVE: 4.4,
    Role.AUXILIARY: 4.2,
    Role.MODIFIER: 4.0,
    Role.NEGATION: 5.4,
    Role.OBJECT: 6.0,
}
_LEAN: Final = {  # after a word of this role
    Role.TITLE: 20.0,
    Role.DETERMINER: 22.0,
    Role.GENITIVE: 18.0,
    Role.PREPOSITION: 14.0,
    Role.CONJUNCTION: 16.0,
    Role.PRONOUN: 12.0,
    Role.AUXILIARY: 12.0,
    Role.NEGATION: 8.0,
    Role.MODIFIER: 6.0,
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
_EITHER: Final = 4.8  # before a pronoun that may be an object


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


class Features(NamedTuple):
    """Features of each unit and of a row behind each text, which is none: float64 costs, int64 roles and marks."""

    base: NDArray[np.float64]
    lean: NDArray[np.float64]
    freed: NDArray[np.float64]
    loose: NDArray[np.float64]
    head: NDArray[np.int64]
    tail: NDArray[np.int64]
    marks: NDArray[np.int64]
    is_unit: NDArray[np.bool_]


_CLOSERS: Final = "\"'»”’«“„)]}」』）】》〉 \u00a0\u202f"
_STOPS: Final = (".", "?", "!", "…", "。", "？", "！", "؟", "।", "॥", "។", "၊", "။", "...", "．")
_SEMICOLONS: Final = (";", ":", "—", "–", "--", "；", "：", "؛", " -")
_COMMAS: Final = (",", "、", "，", "،")
_OPENS: Final = regex.compile(r"[\p{Ps}\p{Pi}„¿¡]|[\"'](?=\w)")
_DASHES: Final = regex.compile(r"[\p{Pd}~]+")
_INNER: Final = regex.compile(r"[\w%°€$£]")
_DOTTED: Final = regex.compile(r"(?:\p{L}\.)+\p{L}?|\p{Lu}")


def read_features(units: Units, language: Language) -> Features:
    """Read each distinct unit once, and weigh its roles; behind each text is a row that is no unit."""
    texts = units.texts
    number: dict[str, int] = {}
    rows = np.array([number.setdefault(text, len(number)) for text in texts], np.intp)
    rows = np.insert(rows, units.bounds[1:], len(number))
    read = [*(_weigh(text, language.code) for text in number), (0.0,) * 7]
    columns = np.array(read, np.float64).reshape(-1, 7)[rows].T  # roles and marks are whole numbers below 2**53
    base, lean, freed, loose = columns[:4]
    head, tail, marks = columns[4:].astype(np.int64)
    return Features(base, lean, freed, loose, head, tail, marks, rows < len(number))


@remember
def _weigh(text: str, code: str) -> tuple[float, float, float, float, int, int, int]:
    """Return the features of a unit in the language of *code*."""
    head, tail, marks = read_unit(text, find_language(code))
    return (_base(head), *_leans(tail), head, tail, marks)


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


def read_unit(text: str, language: Language) -> tuple[int, int, int]:
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
