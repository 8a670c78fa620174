"""Threads that work take turns, those that wait for others stand aside.

Threads of one interpreter hand its lock over at each call into the system. Where the network is faster than the
processor, eight that are never idle take longer than one, and half as much again of the processor.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Aside", "Turns"]

_PATIENCE: Final = 0.05  # seconds: who has the turn may be waiting for something that does not tell
_WORTH: Final = 0.001  # seconds: what lasts as long is worth handing over for
_mine = threading.local()


class Turns:
    """Lets *most* threads work at once.

    Nobody is kept from work for long: who has waited *patience* seconds goes on without a turn.

    Examples
    --------
    >>> turns = Turns(1)
    >>> with turns.turn():
    ...     with Aside():
    ...         pass  # another may work here
    """

    def __init__(self, most: int, *, patience: float = _PATIENCE) -> None:
        self._free = threading.Semaphore(most)
        self._patience = patience
        self.lasted: dict[str, float] = {}
        """How many seconds each sort of wait lasted last."""

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and take it as long as the block lasts."""
        _mine.turns = self
        self.take()
        try:
            yield
        finally:
            _mine.turns = None
            self.give()

    def take(self) -> None:
        """Wait for a turn, as long as patience lasts."""
        _mine.has_turn = self._free.acquire(timeout=self._patience)

    def give(self) -> None:
        """Give the turn to another, where this thread has it."""
        if _mine.has_turn:
            self._free.release()


class Aside:
    """Lend the turn of this thread, where it takes turns, to others as long as the block lasts.

    Parameters
    ----------
    sort
        What is waited for, where that is instant on most machines: the turn is only lent where it lasted last time.
    """

    def __init__(self, sort: str | None = None, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self._sort = sort
        self._clock = clock
        self._turns: Turns | None = getattr(_mine, "turns", None)
        self._is_lent = False

    def __enter__(self) -> None:
        if self._turns is None:
            return
        self._is_lent = self._sort is None or self._turns.lasted.get(self._sort, 0.0) >= _WORTH
        if self._is_lent:
            self._turns.give()
        if self._sort is not None:
            self._began = self._clock()

    def __exit__(self, *_error: object) -> None:
        if self._turns is None:
            return
        if self._sort is not None:
            self._turns.lasted[self._sort] = self._clock() - self._began
        if self._is_lent:
            self._turns.take()
