"""A number of seconds becomes a limit that every socket operation keeps, also when the peer drips bytes.

Conventions
-----------
A socket's own timeout counts from the last byte, so a slow peer can hold a reader for ever. Here each
operation gets the smaller of its own timeout and what is left of the whole.
"""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

from clipaudio.errors import DeadlineError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

__all__ = ["Deadline", "TimedReader"]


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


class TimedReader(io.RawIOBase):
    """Read from *sock*; each read keeps *deadline* and lasts *longest* seconds at most."""

    def __init__(self, sock: socket.socket, deadline: Deadline, *, longest: float) -> None:
        self._sock = sock
        self._deadline = deadline
        self._longest = longest
        self._set: float | None = None  # the timeout the socket has: setting it is a call into the system

    def readable(self) -> bool:
        """Tell that reading is what this is for."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Fill *buffer* with what has come, at least one byte unless the peer is done."""
        timeout = self._deadline.timeout(self._longest)
        if timeout != self._set:
            self._sock.settimeout(timeout)
            self._set = timeout
        try:
            return self._sock.recv_into(buffer)
        except TimeoutError as error:
            self._deadline.timeout(self._longest)
            raise DeadlineError(
                f"the other side was silent for {timeout:g} s; try again or allow more time", seconds=timeout
            ) from error

    def forget_timeout(self) -> None:
        """Set the timeout anew at the next read: another has set one meanwhile."""
        self._set = None
