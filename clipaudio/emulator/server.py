"""Serve the emulator on a socket of 127.0.0.1, with short or slow bodies and dropped connections on demand."""

from __future__ import annotations

import logging
import os
import socket
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clipaudio.emulator.exchange import EmulatorRequest, EmulatorResponse, problem
from clipaudio.waits import join

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Server"]

_CHUNK = 4096
_EXCLUSIVE = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)  # of Windows
_LARGEST_BODY = 8 * 1024 * 1024
_logger = logging.getLogger("clipaudio.emulator")


class Server(ThreadingHTTPServer):
    """Listen on 127.0.0.1, one thread a connection, until `close`.

    Parameters
    ----------
    port
        0 takes a free one.
    answer
        Request -> answer.
    pause
        Waits for some seconds, or less when the emulator stops.
    clock
        Stamps requests.
    """

    request_queue_size = 128
    allow_reuse_address = not _EXCLUSIVE  # on Windows it lets another program take the port at the same time

    def __init__(
        self,
        port: int,
        *,
        answer: Callable[[EmulatorRequest], EmulatorResponse],
        pause: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self.answer = answer
        self.pause = pause
        self.clock = clock
        self._connections: dict[socket.socket, threading.Thread] = {}
        super().__init__(("127.0.0.1", port), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def server_bind(self) -> None:
        """Bind the port for this server alone."""
        if _EXCLUSIVE is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, _EXCLUSIVE, 1)
        super().server_bind()

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the base class has it
        """Start a thread for the connection that `close` can find."""
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._connections[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - as the base class has it
        """End a connection."""
        self._connections.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002 - as the base class has it
        """Log instead of printing: clients go away every day, anything else is a fault of ours."""
        gone = isinstance(sys.exception(), OSError)
        _logger.log(logging.DEBUG if gone else logging.ERROR, "a connection failed", exc_info=True)

    def close(self) -> None:
        """Stop listening, end all connections and wait for their threads."""
        self.shutdown()
        join(self._thread)
        for connection, thread in list(self._connections.items()):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                _logger.debug("connection was gone already")
            join(thread)
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Read a request, write its answer."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "clipaudio-emulator"
    sys_version = ""
    disable_nagle_algorithm = True

    def _exchange(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if "Transfer-Encoding" in self.headers or not length.isdecimal():
            self.close_connection = True
            self._write(problem(411, "Length required"))
        elif len(length) > 18 or int(length) > _LARGEST_BODY:
            self.close_connection = True
            self._write(problem(413, "Content too large"))
        elif not _is_target(self.path):
            self.close_connection = True
            self._write(problem(400, "Bad request"))
        else:
            request = EmulatorRequest(
                self.command,
                self.path,
                tuple(self.headers.items()),
                self.rfile.read(int(length)),
                self.server.clock(),
            )
            self._write(self.server.answer(request))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _exchange  # noqa: N815 - http.server's names

    def _write(self, answer: EmulatorResponse) -> None:
        """Send *answer* as it wants to be sent."""
        if answer.dropped:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.has_length:
            self.send_header("Content-Length", str(len(answer.body)))
        if not answer.has_length or answer.sent is not None:
            self.close_connection = True
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self._write_body(answer)
        if answer.reset:
            self.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
            )
            self.connection.close()

    def _write_body(self, answer: EmulatorResponse) -> None:
        body = answer.body[: answer.sent]
        for first in range(0, len(body), _CHUNK if answer.wait else max(len(body), 1)):
            self.server.pause(answer.wait)
            self.wfile.write(body[first : first + _CHUNK] if answer.wait else body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - as the base class has it
        """Log where a program can choose to look."""
        _logger.debug(format, *args)


def _is_target(text: str) -> bool:
    """Return True if the target of a request line can be parsed."""
    try:
        urlsplit(text)
    except ValueError:
        return False
    return True
