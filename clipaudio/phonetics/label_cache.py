"""Cache results for short texts: the clips of one voice repeat a few labels."""

from __future__ import annotations

from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["forget", "remember"]

_Options = ParamSpec("_Options")
_Found = TypeVar("_Found")
_MOST: Final = 4096
_LONGEST: Final = 64  # characters; longer texts are not cached, so hostile input cannot fill the memory
_forgets: Final[list[Callable[[], None]]] = []


def forget() -> None:
    """Clear all caches, for measurements."""
    for each in _forgets:
        each()


def remember(
    find: Callable[Concatenate[str, _Options], _Found],
) -> Callable[Concatenate[str, _Options], _Found]:
    """Cache *find* by its text: the last 4096 results, for texts of up to 64 characters.

    Examples
    --------
    >>> asked = []
    >>> @remember
    ... def count(text):
    ...     asked.append(text)
    ...     return len(text)
    >>> [count("ab"), count("ab"), count("x" * 65), count("x" * 65)], len(asked)
    ([2, 2, 65, 65], 3)
    """
    kept = lru_cache(maxsize=_MOST)(find)
    _forgets.append(kept.cache_clear)

    @wraps(find)
    def look(text: str, /, *args: _Options.args, **options: _Options.kwargs) -> _Found:
        if len(text) > _LONGEST:
            return find(text, *args, **options)
        return kept(text, *args, **options)  # type: ignore[arg-type]  # options are hashable names

    return look
