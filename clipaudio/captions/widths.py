"""Measure the width of text in columns: one per grapheme cluster, East Asian wide ones more."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["count_columns_before", "list_code_points", "match_characters", "measure_hanging", "measure_width"]

HANGING: Final = ("。", "、", "，")
_CLUSTER: Final = regex.compile(r"\X")
_CLUSTERED: Final = regex.compile(
    r"[\p{M}\p{Grapheme_Extend}\p{Cf}\p{Emoji_Modifier}\p{Regional_Indicator}"
    r"\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\U0001f3fb-\U0001f3ff\u0e33\u0eb3]"
)


def measure_width(text: str, *, wide: int = 1) -> int:
    """Count the columns of *text*: grapheme clusters, East Asian wide ones as *wide*.

    >>> measure_width("e\u0301tat"), measure_width("👩‍👧"), measure_width("字a", wide=2)
    (4, 1, 3)
    """
    if text.isascii():
        return len(text)
    clusters = _CLUSTER.findall(text)
    return len(clusters) if wide == 1 else sum(wide if _is_wide(cluster[0]) else 1 for cluster in clusters)


def measure_hanging(text: str, *, wide: int) -> int:
    """Return the columns of a CJK full stop or comma at the end of a line: guidelines write none there.

    >>> measure_hanging("字。", wide=2), measure_hanging("字", wide=2)
    (2, 0)
    """
    return wide if text[-1:] in HANGING else 0


@lru_cache(maxsize=4096)
def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def match_characters(codes: NDArray[np.uint32], test: Callable[[str], object]) -> NDArray[np.bool_]:
    """Return which characters pass *test*, which is called once per distinct character."""
    seen = np.zeros(int(codes.max(initial=0)) + 1, bool)
    seen[codes] = True
    passed = np.zeros(len(seen), bool)
    for code in np.flatnonzero(seen).tolist():
        passed[code] = bool(test(chr(code)))
    found: NDArray[np.bool_] = passed[codes]
    return found


def list_code_points(text: str) -> NDArray[np.uint32]:
    """Return the code point of each character, uint32."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def count_columns_before(texts: Sequence[str], wide: int) -> NDArray[np.int64]:
    """Count the columns before each character of *texts*, laid end to end: int64, shape (n + 1,)."""
    heads = np.ones(sum(map(len, texts)), np.int64)
    first = 0
    for text in texts:
        if not text.isascii():
            _measure_heads(text, heads[first : first + len(text)], wide)
        first += len(text)
    return np.concatenate(([0], np.cumsum(heads)))


def _measure_heads(text: str, heads: NDArray[np.int64], wide: int) -> None:
    """Set *heads*, all 1, to the columns of each cluster at its first character."""
    if _CLUSTERED.search(text):
        heads[:] = 0
        heads[[match.start() for match in _CLUSTER.finditer(text)]] = 1
    if wide > 1:
        heads[match_characters(list_code_points(text), _is_wide)] *= wide
