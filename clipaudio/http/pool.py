"""Connections that may be used again, kept until they are, are too old, or their owner goes.

A connection was opened to a tested address under the rules of a request; it serves another request to the same origin
only where the same is allowed to that one.
"""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from clipaudio.http.stream import Stream

__all__ = ["Connection", "ConnectionPool", "Place"]

Place: TypeAlias = tuple[str, str, int, bool, bool]  # scheme, host, port; whether private, whether plain http may be


@dataclass(frozen=True, slots=True)
class Connection:
    """An open stream; `is_private` where its address was only allowed as one, `proxy` what is said to a proxy."""

    stream: Stream
    is_private: bool
    proxy: Mapping[str, str] | None = None


class ConnectionPool:
    """Idle connections by place, the last used first; safe to use from several threads.

    Parameters
    ----------
    most
        Idle connections kept for one place.
    longest
        Seconds one is kept: servers close theirs after a minute or so, and a closed one costs a try.
    clock
        What time it is, in seconds that never go back.
    """

    def __init__(self, *, most: int = 32, longest: float = 30.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._longest = longest
        self._clock = clock
        self._lock = threading.Lock()
        self._idle: dict[Place, list[tuple[float, Connection]]] = {}
        weakref.finalize(self, _close_all, self._idle)

    def take(self, place: Place) -> Connection | None:
        """Give an idle connection that still stands, None where there is none."""
        while True:
            with self._lock:
                waiting = self._idle.get(place)
                if not waiting:
                    return None
                since, connection = waiting.pop()
            is_fresh = self._clock() - since <= self._longest
            if is_fresh and connection.stream.stands():
                return connection
            connection.stream.close()

    def give(self, place: Place, connection: Connection) -> None:
        """Keep *connection* for later, or close it where enough are kept."""
        with self._lock:
            waiting = self._idle.setdefault(place, [])
            if len(waiting) < self._most:
                waiting.append((self._clock(), connection))
                return
        connection.stream.close()

    def close(self) -> None:
        """Close what is idle; the pool can be used again."""
        with self._lock:
            _close_all(self._idle)


def _close_all(idle: dict[Place, list[tuple[float, Connection]]]) -> None:
    for waiting in idle.values():
        for _, connection in waiting:
            with contextlib.suppress(OSError):
                connection.stream.close()
    idle.clear()
