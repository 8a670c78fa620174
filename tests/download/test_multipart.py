"""A long file over several slow connections is the same file, whatever one of them does."""

from __future__ import annotations

import hashlib
import itertools
import random
import re
import socket
import threading
import time
from contextlib import suppress

import pytest

from clipaudio.download.task import download
from clipaudio.errors import DownloadError
from clipaudio.http.client import HttpTransport
from clipaudio.http.retry import Retry

TAG = '"v1"'
BODY = b"RIFF" + (11_999_992).to_bytes(4, "little") + b"WAVE" + random.Random(1).randbytes(11_999_988)


class SlowServer:
    """Give the whole slowly and ranges at once; *ranged* may answer a range in another way."""

    def __init__(self, ranged=None, etag=TAG):
        self.ranged, self.etag, self.ranges, self.fast = ranged, etag, [], threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/a"
        self._done = threading.Event()
        self._open = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self):
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
                self._threads[-1].start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as reader, suppress(OSError):
            while True:
                head = b""
                while (line := reader.readline()) not in {b"\r\n", b""}:
                    head += line
                if not line:
                    return
                found = re.search(rb"Range: bytes=(\d+)-(\d+)\r\nIf-Range: (.*)\r\n", head)
                if found is None:
                    self._slowly(connection)
                    return
                first, last = int(found[1]), int(found[2])
                self.ranges.append((first, last, found[3].decode()))
                answer = self.ranged and self.ranged(len(self.ranges), first, last)
                connection.sendall(answer or part(first, last))
                if answer:
                    return

    def _slowly(self, connection):
        tag = f"ETag: {self.etag}\r\n" if self.etag else ""
        connection.sendall(f"HTTP/1.1 200 X\r\nContent-Length: {len(BODY)}\r\n{tag}\r\n".encode())
        for at in range(0, len(BODY), 50_000):
            connection.sendall(BODY[at : at + 50_000])
            if not self.fast.is_set() and self._done.wait(0.01):
                return

    def close(self):
        self._done.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)


def part(first, last, total=12_000_000):
    body = BODY[first : last + 1]
    head = f"HTTP/1.1 206 X\r\nContent-Length: {len(body)}\r\nContent-Range: bytes {first}-{last}/{total}\r\n\r\n"
    return head.encode() + body


@pytest.fixture
def serve():
    made = []

    def make(*arguments, **options):
        made.append(SlowServer(*arguments, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def get(server, tmp_path, **options):
    told = []
    done = download(
        server.url,
        tmp_path / "a.wav",
        allow_private=True,
        progress=lambda received, total: told.append((received, total)),
        **options,
    )
    assert (tmp_path / "a.wav").read_bytes() == BODY
    assert (done.sha256, done.bytes) == (hashlib.sha256(BODY).hexdigest(), len(BODY))
    assert told == sorted(told)
    assert told[-1] == (len(BODY), len(BODY))
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_the_ends_meet(serve, tmp_path):
    server = serve()
    get(server, tmp_path)
    taken = sorted(server.ranges, reverse=True)
    assert taken[0][1] == len(BODY) - 1
    assert all(later[0] == earlier[1] + 1 for later, earlier in itertools.pairwise(taken))  # no byte twice
    assert {tag for _, _, tag in taken} == {TAG}


def test_one_connection_is_all_where_one_is_wanted(serve, tmp_path):
    server = serve()
    server.fast.set()
    get(server, tmp_path, connections=1)
    assert server.ranges == []


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_proof_nothing_is_taken_from_elsewhere(serve, tmp_path, etag):
    server = serve(etag=etag)
    threading.Timer(0.5, server.fast.set).start()
    get(server, tmp_path)
    assert server.ranges == []


@pytest.mark.parametrize(
    "ranged",
    [
        lambda _n, _first, _last: b"HTTP/1.1 200 X\r\nContent-Length: 4\r\n\r\nRIFF",
        lambda n, first, last: part(first, last, total=999) if n == 3 else None,
        lambda n, first, last: part(first, last, total="9" * 5000) if n == 3 else None,
        lambda n, first, last: part(first - 5, last - 5) if n == 2 else None,
        lambda n, _first, _last: b"HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n" if n == 4 else None,
    ],
    ids=["no ranges", "another total", "a total beyond all numbers", "another part", "died meanwhile"],
)
def test_where_a_piece_does_not_come_the_first_connection_goes_on_alone(serve, tmp_path, ranged):
    server = serve(ranged=ranged)
    threading.Timer(0.5, server.fast.set).start()
    get(server, tmp_path)
    assert server.ranges


def test_a_piece_that_breaks_off_goes_on(serve, tmp_path):
    server = serve(ranged=lambda n, first, last: part(first, last)[:50_000] if n in {2, 5} else None)
    get(server, tmp_path)
    assert any(first > 0 and last != len(BODY) - 1 for first, last, _ in server.ranges)


def short(first, last, framing):
    """Half of the bytes asked for, whole by its own framing."""
    body = BODY[first : (first + last) // 2]
    wire = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if framing.startswith("Transfer") else body
    head = f"HTTP/1.1 206 X\r\nContent-Range: bytes {first}-{last}/{len(BODY)}\r\n{framing}\r\n\r\n"
    return head.replace("LENGTH", str(len(body))).encode() + wire


@pytest.mark.parametrize("framing", ["Content-Length: LENGTH", "Transfer-Encoding: chunked", "Connection: close"])
def test_a_piece_that_is_shorter_than_it_says_leaves_no_hole(serve, tmp_path, framing):
    server = serve(ranged=lambda n, first, last: short(first, last, framing) if n in {2, 5} else None)
    threading.Timer(1.0, server.fast.set).start()
    get(server, tmp_path)
    assert len(server.ranges) > 5


def test_an_error_of_another_kind_leaves_no_hole(serve, tmp_path):
    class Failing(HttpTransport):
        def ask(self, request):
            if "Range" in request.headers:
                raise RuntimeError("a transport of somebody else's")
            return super().ask(request)

    server = serve()
    threading.Timer(0.5, server.fast.set).start()
    get(server, tmp_path, transport=Failing())
    assert server.ranges == []


def test_a_first_connection_that_breaks_off_ends_the_others(serve, tmp_path):
    server = serve(ranged=lambda _n, _first, _last: time.sleep(0.1))
    threading.Timer(0.2, server._done.set).start()
    with pytest.raises(DownloadError, match=r"did not arrive whole"):
        get(server, tmp_path, retry=Retry(attempts=1))
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_silent_is_not_waited_for(serve, tmp_path):
    let_go, were_let_go = threading.Event(), []
    server = serve(ranged=lambda _n, _first, _last: were_let_go.append(let_go.wait(10)))
    threading.Timer(0.3, server._done.set).start()
    with pytest.raises(DownloadError, match=r"did not arrive whole"):
        get(server, tmp_path, retry=Retry(attempts=1))
    let_go.set()
    for thread in server._threads[1:]:
        thread.join(5)
    assert were_let_go
    assert all(were_let_go)
