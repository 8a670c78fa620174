"""A number of seconds becomes a limit that every socket operation keeps, also when the peer drips bytes.

Conventions
-----------
A timeout that counts from the last byte lets a slow peer hold a reader for ever. Here each operation gets the smaller
of its own timeout and what is left of the whole.
"""

from __future__ import annotations

import math
import select
import time
from typing import TYPE_CHECKING, Final

from clipaudio.errors import DeadlineError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

__all__ = ["Deadline", "wait_for"]

_LONGEST: Final = 86_400.0  # seconds: the system counts milliseconds in 31 bits


class Deadline:
    """A moment *seconds* from now on *clock*.

    Examples
    --------
    >>> Deadline(60.0, clock=lambda: 5.0).timeout(10.0)
    10.0
    """

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def timeout(self, longest: float) -> float:
        """Give the seconds the next operation may take: *longest*, or less when the end is near.

        Raises
        ------
        DeadlineError
            Nothing is left.
        """
        left = self._end - self._clock()
        if left <= 0:
            raise DeadlineError(
                f"not done within {self.seconds:g} s; try again or allow more time", seconds=self.seconds
            )
        return min(left, longest)


def wait_for(sock: socket.socket, seconds: float, *, writing: bool = False) -> bool:
    """Wait until *sock* has something to read, or takes something to write; False where *seconds* have gone by.

    Examples
    --------
    >>> import socket
    >>> ours, theirs = socket.socketpair()
    >>> with ours, theirs:
    ...     wait_for(ours, 0.0), wait_for(ours, 0.0, writing=True)
    (False, True)
    """
    return _wait(sock, min(seconds, _LONGEST), writing)


def _wait_by_poll(sock: socket.socket, seconds: float, writing: bool) -> bool:  # noqa: FBT001 - as the next, for one place
    poll = select.poll()
    poll.register(sock, select.POLLOUT if writing else select.POLLIN)
    return bool(poll.poll(math.ceil(seconds * 1e3)))


def _wait_by_select(sock: socket.socket, seconds: float, writing: bool) -> bool:  # noqa: FBT001 - as the one before
    asked = [sock]
    return any(map(bool, select.select([] if writing else asked, asked if writing else [], asked, seconds)))


_wait = _wait_by_poll if hasattr(select, "poll") else _wait_by_select  # Windows has no poll
