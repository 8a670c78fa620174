"""What was found out about a short text is kept: clips of one voice say the same few labels again and again."""

from __future__ import annotations

from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["forget", "remember"]

_Options = ParamSpec("_Options")
_Found = TypeVar("_Found")
_MOST: Final = 4096
_LONGEST: Final = 64  # characters: whoever sends longer ones shall not fill the memory with them
_forgets: Final[list[Callable[[], None]]] = []


def forget() -> None:
    """Forget all that was kept, as when a process begins; for measurements."""
    for each in _forgets:
        each()


def remember(
    find: Callable[Concatenate[str, _Options], _Found],
) -> Callable[Concatenate[str, _Options], _Found]:
    """Let *find* look at each short text once; the last 4096 are kept, longer ones than 64 characters are not.

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
        return kept(text, *args, **options)  # type: ignore[arg-type]  # options are names, which have a hash

    return look
