"""Find tokens that must stay with their neighbours: marks, and the parts of a number or an abbreviation.

A closing mark on its own stays with the token before it, an opening one with the token after it. "10 000", "$ 5",
"z. B.", "Ms. Hale" and "2. Platz" stay whole while they fit into a line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import regex

from clipaudio.phonetics.label_cache import remember
from clipaudio.timing.full_stops import Verdict, judge_full_stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["find_glued"]

_EXTENDS: Final = regex.compile(r"[\p{M}\p{Grapheme_Extend}\u200d\U0001f3fb-\U0001f3ff\u0e33\u0eb3]")
_SOLITARY: Final = regex.compile(r"[\p{Ps}\p{Pi}\"'¿¡]+")
_CLOSER: Final = regex.compile(r"[\p{Pe}\p{Pf}!?.,:;…%‰\"'、。，！？：；؟،؛।]+")
_CURRENCY: Final = regex.compile(r"\p{Sc}|[#§№]")
_INITIAL: Final = regex.compile(r"[\p{Ps}\p{Pi}\"']*\p{L}{1,2}\.")
_DIGITS: Final = regex.compile(r".*(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})*")
_THOUSANDS: Final = regex.compile(r"\d{3}(?!\d).*")


class _Glue(NamedTuple):
    """How a token depends on its neighbours."""

    to_next: bool
    to_previous: bool
    is_initial: bool
    ends_number: bool
    is_thousands: bool
    is_sign: bool
    starts_number: bool


_FREE: Final = _Glue(*[False] * 7)


def find_glued(
    tokens: list[str], most: int, *, language: str = "en", firsts: Sequence[int] = (0,)
) -> NDArray[np.bool_]:
    """Return which tokens stay with the one before: marks, and parts of a number or a name up to *most* wide.

    Tokens may be those of several texts, which begin at *firsts*.
    """
    memo: dict[str, _Glue] = {}
    for token in tokens:
        if token not in memo:
            memo[token] = _glue(token)
    edges = set(firsts)
    stopped = [row for row, token in enumerate(tokens[:-1], 1) if "." in token[-3:]]
    tied = [row for row in stopped if row not in edges and _is_tied(tokens, row, edges, language)]
    if not tied and not any(map(any, memo.values())):
        return np.zeros(len(tokens), bool)
    found = np.array([memo[token] for token in tokens], bool).reshape(-1, 7)
    before, after = found[:-1], found[1:]
    marks, glued = np.zeros((2, len(tokens)), bool)
    marks[1:] = before[:, 0] | after[:, 1]
    glued[1:] = (before[:, 2] & after[:, 2]) | (before[:, 3] & after[:, 4]) | (before[:, 5] & after[:, 6])
    glued[tied] = True
    glued |= marks
    own = [row for row in firsts if row < len(tokens)]
    marks[own] = glued[own] = False
    if (glued & ~marks).any():
        row = np.cumsum(~glued)
        too_long = np.bincount(row, [len(token) + 1 for token in tokens]) - 1 > most
        glued &= marks | ~too_long[row]
    return glued


def _is_tied(tokens: list[str], row: int, edges: set[int], language: str) -> bool:
    """Return True if the token at *row* stays with the one before, which ends in a full stop."""
    before = ["", ""]
    for at in (row - 1, row - 2):
        if at in edges or at < 1:
            break
        before = [tokens[at - 1], *before]
    return judge_full_stop((before[1], before[0]), tokens[row - 1], tokens[row], language=language) is Verdict.TIED


@remember
def _glue(token: str) -> _Glue:
    if token.isalpha() and not _EXTENDS.match(token):
        return _FREE
    return _Glue(
        to_next=_SOLITARY.fullmatch(token) is not None and token not in {'"', "'"},
        to_previous=_CLOSER.fullmatch(token) is not None or _EXTENDS.match(token) is not None,
        is_initial=_INITIAL.fullmatch(token) is not None,
        ends_number=_DIGITS.fullmatch(token) is not None,
        is_thousands=_THOUSANDS.fullmatch(token) is not None,
        is_sign=_CURRENCY.fullmatch(token) is not None,
        starts_number=token[0].isdigit(),
    )
