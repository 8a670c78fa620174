"""Connections are used again where that is safe, and only there."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest

from clipaudio.api.download import download
from clipaudio.api.pool import Connection, ConnectionPool
from clipaudio.api.stream import Stream
from clipaudio.api.transport import HttpTransport, Policy, Request
from clipaudio.errors import ConnectionFailedError, DownloadError

OWN = Policy(allow_private=True)
ANSWER = b"HTTP/1.1 200 X\r\nContent-Length: 3\r\n\r\nabc"


class KeepingPeer:
    """A peer that answers on one connection as often as it is asked, and counts its connections."""

    def __init__(self, answer=ANSWER, requests_each=1000, *, silently=False):
        self.answer, self.requests_each, self.silently = answer, requests_each, silently
        self.connections = self.requests = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/a"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        self._open = []

    def _accept(self):
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
                self._threads[-1].start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as reader, suppress(OSError):
            for number in range(self.requests_each + self.silently):
                length = 0
                while (line := reader.readline()) not in {b"\r\n", b""}:
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                if line == b"":
                    return
                reader.read(length)
                if number == self.requests_each:
                    return  # takes the request, and goes without a word
                self.requests += 1
                connection.sendall(self.answer)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)


@pytest.fixture
def keeping():
    made = []

    def make(*arguments, **options):
        made.append(KeepingPeer(*arguments, **options))
        return made[-1]

    yield make
    for peer in made:
        peer.close()


def ask(transport, peer, method="GET", body=None):
    with transport.open(Request(method=method, url=peer.url, policy=OWN, body=body)) as answer:
        return answer.read()


def test_one_connection_serves_many_requests(keeping):
    peer, transport = keeping(), HttpTransport()
    assert [ask(transport, peer) for _ in range(20)] == [b"abc"] * 20
    assert (peer.connections, peer.requests) == (1, 20)
    transport.close()


def test_requests_at_once_have_connections_of_their_own(keeping):
    peer, transport = keeping(), HttpTransport()
    with transport.open(Request(method="GET", url=peer.url, policy=OWN)) as one:
        assert ask(transport, peer) == b"abc"
        assert one.read() == b"abc"
    ask(transport, peer)
    assert peer.connections == 2
    transport.close()


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("silently", [False, True])
def test_a_connection_that_died_unnoticed_costs_nothing(keeping, method, silently):
    peer, transport = keeping(requests_each=1, silently=silently), HttpTransport()
    assert [ask(transport, peer, method, b"{}") for _ in range(4)] == [b"abc"] * 4
    assert (peer.connections, peer.requests) == (4, 4)
    transport.close()


def test_a_post_is_never_sent_twice(keeping):
    peer, transport = keeping(requests_each=1, silently=True), HttpTransport()
    assert ask(transport, peer) == b"abc"
    assert ask(transport, peer, "POST", b"{}") == b"abc"
    assert peer.connections == 2
    dead = keeping(requests_each=0, silently=True)
    with pytest.raises(ConnectionFailedError, match="failed"):
        ask(transport, dead, "POST", b"{}")
    assert dead.connections == 1
    transport.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 X\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
        b"HTTP/1.0 200 X\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 X\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 200 smuggled\r\n\r\n",
    ],
)
def test_what_cannot_be_trusted_with_another_request_is_closed(keeping, answer):
    peer, transport = keeping(answer), HttpTransport()
    assert [ask(transport, peer) for _ in range(3)] == [b"abc"] * 3
    assert peer.connections == 3
    transport.close()


def test_a_body_that_was_not_read_ends_its_connection(keeping):
    peer, transport = keeping(), HttpTransport()
    with transport.open(Request(method="GET", url=peer.url, policy=OWN)):
        pass
    ask(transport, peer)
    assert peer.connections == 2
    transport.close()


def pair():
    ours, theirs = socket.socketpair()
    return Connection(Stream(ours), is_private=True), theirs


def test_a_private_connection_serves_no_request_that_may_not_open_one():
    pool = ConnectionPool()
    connection, theirs = pair()
    pool.give(("https", "a", 443), connection)
    assert pool.take(("https", "b", 443), allow_private=True) is None
    assert pool.take(("https", "a", 443), allow_private=False) is None
    assert connection.stream.socket.fileno() == -1
    theirs.close()


def test_old_connections_and_too_many_are_closed():
    now = [0.0]
    pool = ConnectionPool(most=1, longest=30, clock=lambda: now[0])
    (one, first), (other, second) = pair(), pair()
    pool.give(("https", "a", 443), one)
    pool.give(("https", "a", 443), other)
    assert other.stream.socket.fileno() == -1
    now[0] = 31
    assert pool.take(("https", "a", 443), allow_private=True) is None
    assert one.stream.socket.fileno() == -1
    first.close()
    second.close()


def test_a_download_that_fails_keeps_no_connection_of_its_own(keeping, tmp_path):
    peer = keeping(b"HTTP/1.1 302 X\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n")
    with pytest.raises(DownloadError, match="more than 5 redirects") as caught:
        download(peer.url, tmp_path / "a.wav", allow_private=True)
    serving = peer._threads[1]
    serving.join(5)
    assert not serving.is_alive()
    assert caught.value.__traceback__ is not None  # which holds on to the transport
