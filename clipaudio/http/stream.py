"""A socket becomes a stream that gives lines and blocks, plain or over TLS, each step within its deadline.

Conventions
-----------
TLS runs in memory, the socket is read in large pieces: a record of 16 kB would else cost three calls into the system.
The socket does not block: it is waited for only where nothing is there. What was received and not yet taken waits in
the stream, which belongs to one thread at a time.
"""

from __future__ import annotations

import re
import ssl
import time
from typing import TYPE_CHECKING, Final, cast

from clipaudio.errors import ConnectionFailedError, DeadlineError
from clipaudio.http.deadline import Deadline, wait_for

if TYPE_CHECKING:
    import socket

__all__ = ["BLOCK_BYTES", "Stream", "TlsStream"]

BLOCK_BYTES: Final = 256 * 1024
_LINE_BYTES: Final = 64 * 1024
_RAW_BYTES: Final = 64 * 1024  # stays in the cache of the processor on its way through TLS
_EMPTY_LINE: Final = re.compile(rb"\r?\n")
_LAST_LINE: Final = re.compile(rb"\n\r?\n")
_BLOCK_SECONDS = 0.25  # a block is given before it is full where the peer is slow
_FOR_EVER = 86_400.0
_TICKETS = 8  # reads from a peer of whom nothing is expected


class Stream:
    r"""Bytes over *sock*, which it closes.

    Examples
    --------
    >>> import socket
    >>> ours, theirs = socket.socketpair()
    >>> with ours, theirs:
    ...     stream = Stream(ours)
    ...     theirs.sendall(b"one line\r\nabcdef")
    ...     stream.line(), stream.block(3), stream.has_more
    (b'one line\r\n', b'abc', True)
    """

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        sock.setblocking(False)
        self._buffer = bytearray(BLOCK_BYTES + _LINE_BYTES)  # a block, and the head before it
        self._view = memoryview(self._buffer)
        self._start = self._end = 0
        self.was_cut = False
        """Whether it was over without an end that only the peer can have said: over TLS there is one."""
        self._failure: ConnectionFailedError | OSError | None = None
        self.begin(Deadline(_FOR_EVER), longest=_FOR_EVER)

    def begin(self, deadline: Deadline, *, longest: float) -> None:
        """Start an exchange that lasts until *deadline*, each step of it *longest* seconds at most."""
        self._deadline, self._longest = deadline, longest
        self.has_received = False

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send *data* whole.

        Raises
        ------
        DeadlineError
            The other side does not take it in time.
        """
        self._send(data)

    def line(self) -> bytes:
        """Take a line with its end; without one where the stream is over, or the end is not within 64 kB."""
        while True:
            end = self._buffer.find(b"\n", self._start, min(self._start + _LINE_BYTES, self._end))
            if end >= 0:
                return self._take(end + 1 - self._start)
            if self._end - self._start >= _LINE_BYTES:
                return self._take(_LINE_BYTES)
            if not self._fill(BLOCK_BYTES):
                return self._take(self._end - self._start)

    def lines(self) -> bytes:
        """Take lines up to the first that is empty, with it; fewer where the stream is over, or 64 kB hold none."""
        found = None
        looked_at = 0
        while found is None:
            received = self._end - self._start
            end = self._start + min(received, _LINE_BYTES)
            found = _EMPTY_LINE.match(self._buffer, self._start, end) or _LAST_LINE.search(
                self._buffer, self._start + max(looked_at - 2, 0), end
            )
            looked_at = received
            if found is None and (received >= _LINE_BYTES or not self._fill(BLOCK_BYTES)):
                return self._take(min(self._end - self._start, _LINE_BYTES))  # they have moved
        return self._take(found.end() - self._start)

    def block(self, most: int = BLOCK_BYTES) -> bytes:
        """Take up to *most* bytes, 256 kB at once; none where the stream is over. Nothing beyond them is received."""
        if self._failure is not None and not self.has_more:
            failure, self._failure = self._failure, None
            raise failure
        want = min(most, BLOCK_BYTES)
        began = time.monotonic()
        try:
            while self._end - self._start < want and self._failure is None and self._fill(want):
                if time.monotonic() - began > _BLOCK_SECONDS:
                    break
        except (ConnectionFailedError, OSError) as error:
            if not self.has_more:
                raise
            self._failure = error  # once all before it is taken
        return self._take(min(want, self._end - self._start))

    @property
    def has_more(self) -> bool:
        """Whether more was received than was taken."""
        return self._start < self._end

    def stands(self) -> bool:
        """Tell whether the peer, of whom nothing is expected, has neither closed nor said anything."""
        try:
            return not self.has_more and self._is_silent()
        except OSError:
            return False

    def _fill(self, want: int) -> bool:
        """Receive until *want* bytes may be there; False at the end."""
        if self._start + want > len(self._buffer) or self._start == self._end:
            self._view[: self._end - self._start] = self._view[self._start : self._end]
            self._start, self._end = 0, self._end - self._start
        count = self._receive(self._view[self._end : self._start + want])
        if count == 0:
            return False
        self._end += count
        self.has_received = True
        return True

    def _take(self, count: int) -> bytes:
        data = bytes(self._view[self._start : self._start + count])
        self._start += count
        return data

    def _send(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            timeout = self._deadline.timeout(self._longest)
            try:
                left = left[self.socket.send(left) :]
            except BlockingIOError:
                if not wait_for(self.socket, timeout, writing=True):
                    raise DeadlineError(
                        "the other side did not take the request in time; try again or allow more time"
                    ) from None

    def _receive(self, view: memoryview) -> int:
        """Put what has come into *view*, at least one byte unless the stream is over."""
        while True:
            timeout = self._deadline.timeout(self._longest)
            try:
                return self.socket.recv_into(view)
            except BlockingIOError:
                if wait_for(self.socket, timeout):
                    continue
            self._deadline.timeout(self._longest)
            raise DeadlineError(
                f"the other side was silent for {timeout:g} s; try again or allow more time", seconds=timeout
            )

    def _is_silent(self) -> bool:
        try:
            self.socket.recv(1)
        except BlockingIOError:
            return True
        return False


class TlsStream(Stream):
    """The same over TLS, once `greet` has passed: the certificate carries the name of *host* and is trusted."""

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, host: str) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._raw = memoryview(bytearray(_RAW_BYTES))
        super().__init__(sock)

    def greet(self) -> None:
        """Agree on keys with the peer and verify its certificate.

        Raises
        ------
        ssl.SSLError
            They do not agree, or the certificate is refused.
        """
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._pass_on()
                self._refill()
        self._pass_on()
        self.has_received = False

    def _send(self, data: bytes) -> None:
        self._tls.write(data)
        self._pass_on()

    def _receive(self, view: memoryview) -> int:
        while True:
            count = self._decrypt(view)
            if count is not None:
                return count
            self._pass_on()
            self._refill()

    def _decrypt(self, view: memoryview) -> int | None:
        """Decrypt what is there into *view*; 0 at the end, None where more must come first."""
        filled = 0
        try:
            while filled < len(view):
                count = cast("int", self._tls.read(len(view) - filled, view[filled:]))  # given a buffer it counts
                if count == 0:
                    break
                filled += count
        except ssl.SSLWantReadError:
            return filled or None
        except ssl.SSLZeroReturnError:
            return filled
        except ssl.SSLEOFError:  # lengths tell whether the end came too early, where there are any
            self.was_cut = True
            return filled
        return filled

    def _refill(self) -> None:
        """Receive more to decrypt."""
        count = super()._receive(self._raw)
        if count:
            self._incoming.write(self._raw[:count])
        else:
            self._incoming.write_eof()

    def _pass_on(self) -> None:
        """Send what TLS itself has to say."""
        if self._outgoing.pending:
            super()._send(self._outgoing.read())

    def _is_silent(self) -> bool:
        """Take tickets for later sessions, which come unasked, but no more than anyone needs."""
        for _ in range(_TICKETS):
            try:
                self._tls.read(1)
            except ssl.SSLWantReadError:
                pass
            else:
                return False
            try:
                count = self.socket.recv_into(self._raw)
            except BlockingIOError:
                return True
            if count == 0:
                return False
            self._incoming.write(self._raw[:count])
        return False
