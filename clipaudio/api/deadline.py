"""A number of seconds becomes a limit that every socket operation keeps, also when the peer drips bytes.

Conventions
-----------
A socket's own timeout counts from the last byte, so a slow peer can hold a reader for ever. Here each
operation gets the smaller of its own timeout and what is left of the whole.
"""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, cast

from clipaudio.errors import DeadlineError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

__all__ = ["Deadline", "TimedReader", "TimedSocket"]


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
        self.is_over = False  # nothing more is asked of the peer

    def readable(self) -> bool:
        """Tell that reading is what this is for."""
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        """Fill *buffer* with what has come, at least one byte unless the peer is done."""
        if self.is_over:
            return None
        timeout = self._deadline.timeout(self._longest)
        if timeout != self._set:
            self._sock.settimeout(timeout)
            self._set = timeout
        try:
            return self._sock.recv_into(buffer)
        except TimeoutError as error:
            self._deadline.timeout(self._longest)
            raise DeadlineError(f"the other side was silent for {timeout:g} s", seconds=timeout) from error


class _LineReader(io.BufferedReader):
    """Remember the last line that was read, an empty one being the end of the stream, and what was never read."""

    last_line = b""
    has_more = False

    def close(self) -> None:
        """Look whether more came than was read, and close."""
        if not self.closed:
            cast("TimedReader", self.raw).is_over = True
            self.has_more = bool(self.peek(1))
        super().close()

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read a line as ever."""
        self.last_line = super().readline(-1 if size is None else size)
        return self.last_line


class TimedSocket:
    """The part of a socket that `http.client` uses, under one deadline; its opener closes it."""

    def __init__(self, sock: socket.socket, deadline: Deadline, *, longest: float) -> None:
        self._sock = sock
        self._deadline = deadline
        self._longest = longest
        self._reader: _LineReader | None = None

    def sendall(self, data: bytes) -> None:
        """Send *data* whole before the deadline."""
        self._sock.settimeout(self._deadline.timeout(self._longest))
        try:
            self._sock.sendall(data)
        except TimeoutError as error:
            raise DeadlineError("the other side did not take the request in time") from error

    def makefile(self, _mode: str = "rb") -> io.BufferedReader:
        """Give a buffered reader that keeps the deadline."""
        self._reader = _LineReader(TimedReader(self._sock, self._deadline, longest=self._longest), 65536)
        return self._reader

    @property
    def has_answered(self) -> bool:
        """Whether the other side has sent anything."""
        return self._reader is not None and self._reader.last_line != b""

    @property
    def has_more(self) -> bool:
        """Whether more came than the answer that was read."""
        return self._reader is not None and self._reader.has_more

    @property
    def is_head_whole(self) -> bool:
        """Whether the head just read ended with its empty line; `http.client` takes one that was cut off as well."""
        return self._reader is not None and self._reader.last_line != b""

    def close(self) -> None:
        """Do nothing: `http.client` closes before the body is read, the opener closes after."""
