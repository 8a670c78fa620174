"""A `Receiver` gets a loopback address of its own: a small server of the standard library in a thread.

Conventions
-----------
It is meant for one machine: a demo, a test, or a tunnel of your own. Each request has a deadline as a whole, bodies are
refused by their declared length before they are read, and nothing is logged, because paths hold secrets.
"""

from __future__ import annotations

import contextlib
import io
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import msgspec

from clipaudio.api.deadline import Deadline, TimedReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from clipaudio.api.callback import ClipCallback
    from clipaudio.api.receiver import Receiver

__all__ = ["Listener", "listening"]

_LINE_BYTES = 4096
_TRAILERS = 100


class Listener:
    """A receiver that listens at `url`, as `listening` gives it."""

    def __init__(self, receiver: Receiver, url: str) -> None:
        self.receiver = receiver
        self.url = url

    def url_for(self, project: str, clip: str | None = None) -> str:
        """Hand out a fresh callback_uri for *clip*; None for a clip that is still to be created."""
        return self.url + self.receiver.expect(project, clip)

    def wait(self, clip: str, timeout: float) -> ClipCallback:
        """Wait for the callback of *clip*, see `Receiver.wait`."""
        return self.receiver.wait(clip, timeout)


@contextlib.contextmanager
def listening(
    receiver: Receiver,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    read_deadline: float = 30.0,
    max_connections: int = 64,
    health: Callable[[], Mapping[str, object]] | None = None,
) -> Iterator[Listener]:
    """Serve *receiver* over plain http as long as the block lasts.

    Parameters
    ----------
    receiver
        What answers the requests.
    host, port
        Where to listen; port 0 takes a free one.
    read_deadline
        Seconds one request may take to arrive in all.
    max_connections
        Connections served at once; more are closed at once.
    health
        What ``GET /healthz`` answers, with status 200; None has no such path.

    Raises
    ------
    OSError
        The port is taken.

    Examples
    --------
    >>> from clipaudio.api.receiver import Receiver
    >>> with listening(Receiver()) as listener:
    ...     listener.url_for("3700a2f1", "cecad6f9").startswith("http://127.0.0.1:")
    True
    """
    with _Server((host, port), receiver, read_deadline, max_connections, health) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="clipaudio-listener", daemon=True)
        thread.start()
        try:
            shown = f"[{host}]" if ":" in host else host
            yield Listener(receiver, f"http://{shown}:{server.server_address[1]}")
        finally:
            server.shutdown()
            thread.join()


class _Server(ThreadingHTTPServer):
    """One thread a connection, up to a limit."""

    daemon_threads = True

    def __init__(
        self,
        where: tuple[str, int],
        receiver: Receiver,
        read_deadline: float,
        max_connections: int,
        health: Callable[[], Mapping[str, object]] | None,
    ) -> None:
        self.receiver = receiver
        self.health = health
        self.read_deadline = read_deadline
        self.address_family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
        self._places = threading.BoundedSemaphore(max_connections)
        super().__init__(where, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # the signature overridden
        """Serve the connection if there is a place for it."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # as above
        """Give the place back when the connection is done."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # as above
        """Pass over a peer that went away; anything else is a fault of ours and shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Read one request within its deadline and let the receiver answer it."""

    server: _Server
    connection: socket.socket
    server_version = "clipaudio"
    sys_version = ""
    protocol_version = "HTTP/1.0"  # one request a connection

    def setup(self) -> None:
        """Read through the deadline instead of the plain socket."""
        super().setup()
        seconds = self.server.read_deadline
        self.rfile.close()
        self.rfile = io.BufferedReader(TimedReader(self.connection, Deadline(seconds), longest=seconds))

    def do_POST(self) -> None:
        """Answer any method: the receiver knows which it takes."""
        if self.command in {"GET", "HEAD"} and self.path == "/healthz" and self.server.health is not None:
            self._answer(200, msgspec.json.encode(dict(self.server.health())))
            return
        if self.command != "POST":
            self._answer(*self.server.receiver.handle(self.command, self.path, {}, b""))
            return
        try:
            body = self._body()
        except _UnreadableError as error:
            self._answer(error.status, b'{"success":false,"message":"%s"}' % str(error).encode())
            return
        self._answer(*self.server.receiver.handle("POST", self.path, dict(self.headers.items()), body))

    do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_POST  # noqa: N815  # names http.server asks for

    def log_message(self, *_: object) -> None:
        """Stay quiet: the path of a request holds its secret."""

    def _body(self) -> bytes:
        """Read the body by its length or, as some tunnels send it, by its chunks; never more than is taken."""
        if self.headers.get("Transfer-Encoding", "").strip().lower() == "chunked":
            return b"".join(self._chunks())
        length = _number(self.headers.get("Content-Length", ""), 10)
        if length is None:
            raise _UnreadableError(411, "Content-Length needed")
        if length > self.server.receiver.max_bytes:
            raise _UnreadableError(413, "too long")
        return self._exactly(length)

    def _chunks(self) -> Iterator[bytes]:
        """Yield the chunks of the body (RFC 9112, 7.1); trailers are read and dropped."""
        left = self.server.receiver.max_bytes
        while True:
            size = _number(self._line().partition(";")[0].strip(), 16)
            if size is None:
                raise _UnreadableError(400, "a chunk without a size")
            if size == 0:
                break
            left -= size
            if left < 0:
                raise _UnreadableError(413, "too long")
            yield self._exactly(size)
            if self._exactly(2) != b"\r\n":
                raise _UnreadableError(400, "a chunk longer than its size")
        for _ in range(_TRAILERS):
            if not self._line():
                return
        raise _UnreadableError(400, "too many trailers")

    def _line(self) -> str:
        line = self.rfile.readline(_LINE_BYTES)
        if not line.endswith(b"\n"):
            raise _UnreadableError(400, "the body ends early")
        return line.decode("latin-1").strip()

    def _exactly(self, count: int) -> bytes:
        data = self.rfile.read(count)
        if len(data) != count:
            raise _UnreadableError(400, "the body ends early")
        return data

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 405:
            self.send_header("Allow", "POST")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class _UnreadableError(Exception):
    """The body cannot be read; the status says why. It never leaves this file."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def _number(text: str, base: int) -> int | None:
    """Read a whole number as HTTP writes it: digits only, no sign, no blanks."""
    digits = "0123456789abcdefABCDEF" if base == 16 else "0123456789"
    return int(text, base) if 0 < len(text) <= 15 and all(digit in digits for digit in text) else None
