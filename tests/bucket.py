"""An object store on loopback: moto behind a door that counts what is asked, and refuses what it is told to."""

from __future__ import annotations

import contextlib
import http.client
import logging
import re
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

_ERROR = "<?xml version='1.0'?><Error><Code>{0}</Code><Message>{0} it is</Message></Error>"
_SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=an-id/20260101/us-east-1/s3/aws4_request"}
_PASSED_ON = {"content-type", "if-none-match", "authorization", "x-amz-date"}


class Door(ThreadingHTTPServer):
    """Ask moto, and count; `refusals` are answers, (status, code), given first to those who come next.

    `url` is what AWS_ENDPOINT names.
    """

    daemon_threads = True

    def __init__(self, moto_port: int):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.moto_port = moto_port
        self.requests: list[tuple[str, str]] = []
        self.refusals: list[tuple[int, str]] = []
        self.always: tuple[int, str] | None = None
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """Return what a process is told that uses the store."""
        return {
            "AWS_ENDPOINT": self.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "an-id",
            "AWS_SECRET_ACCESS_KEY": "a-secret",
        }

    def counts(self) -> Counter[str]:
        """Count the requests by method."""
        return Counter(method for method, _ in self.requests)

    def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None):
        """Ask moto itself."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.moto_port)) as connection:
            connection.request(method, path, body, {**_SIGNED, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def reset(self):
        """Begin with one empty bucket, `clips`."""
        self.ask("POST", "/moto-api/reset")
        self.ask("PUT", "/clips")
        self.requests, self.refusals, self.always = [], [], None

    def objects(self, bucket: str = "clips") -> list[str]:
        """Return the keys of what is there."""
        listed = self.ask("GET", f"/{bucket}?list-type=2")[2].decode()
        return sorted(re.findall("<Key>([^<]*)</Key>", listed))

    def handle_error(self, request, client_address):
        """Say nothing of those who leave in the middle."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Door
    _dropped: ClassVar = {"transfer-encoding", "connection", "content-length", "date", "server"}

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        door = self.server
        with door.lock:
            door.requests.append((self.command, self.path.partition("?")[0]))
            refusal = door.refusals.pop(0) if door.refusals else door.always
        if refusal is not None:
            self._answer(refusal[0], {"Content-Type": "application/xml"}, _ERROR.format(refusal[1]).encode())
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() in _PASSED_ON}
        self._answer(*door.ask(self.command, self.path, body, headers))

    def do_GET(self):
        self._serve()

    def do_PUT(self):
        self._serve()

    def do_HEAD(self):
        self._serve()

    def _answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in self._dropped:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def _door(needs):
    """Start moto once: it takes a second."""
    server = needs("moto.server").ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it tells of every request
    server.start()
    with Door(server.get_host_and_port()[1]) as door:
        thread = threading.Thread(target=door.serve_forever, args=(0.02,))
        thread.start()
        yield door
        door.shutdown()
        thread.join()
    server.stop()


@pytest.fixture
def store(_door):
    """Return the door of a store with one empty bucket, `clips`."""
    _door.reset()
    return _door
