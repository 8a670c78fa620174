"""Connections are used again where that is safe, and only there."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest

from clipaudio.errors import ConnectionFailedError, UnsafeAddressError
from clipaudio.http.client import HttpTransport, Policy, Request

OWN = Policy(allow_private=True)
ANSWER = b"HTTP/1.1 200 X\r\nContent-Length: 3\r\n\r\nabc"


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


def test_a_body_that_is_not_read_to_its_end_ends_its_connection(keeping):
    peer, transport = keeping(b"HTTP/1.1 200 X\r\nContent-Length: 4\r\n\r\nabc"), HttpTransport()
    with transport.open(Request(method="GET", url=peer.url, policy=OWN)):
        peer.answer = ANSWER
    ask(transport, peer)
    assert peer.connections == 2
    transport.close()


class Wired:
    """A transport whose names lead to *addresses*, and whose every connection ends at one that answers."""

    def __init__(self, *addresses, answer=ANSWER, **options):
        self._answer = answer
        self._theirs = []
        self.transport = HttpTransport(
            resolver=lambda _host, port: [(socket.AF_INET, (address, port)) for address in addresses],
            dial=self._dial,
            **{"proxies": {}, **options},
        )

    def _dial(self, _address, timeout):
        ours, theirs = socket.socketpair()
        ours.settimeout(timeout)
        theirs.sendall(self._answer)
        self._theirs.append(theirs)
        return ours

    def again(self):
        """Let the last connection answer once more, a moment after it is asked."""
        last = self._theirs[-1]

        def serve():
            with suppress(OSError):
                last.recv(4096)
                last.sendall(self._answer)

        thread = threading.Thread(target=serve)
        last.recv(4096)  # the first request
        thread.start()
        return thread

    def get(self, url, **policy):
        with self.transport.open(Request(method="GET", url=url, policy=Policy(**policy))) as answer:
            return answer.read()

    def close(self):
        for one in self._theirs:
            one.close()
        self.transport.close()


@pytest.fixture
def wired():
    made = []

    def make(*addresses, **options):
        made.append(Wired(*addresses, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.mark.parametrize(
    ("addresses", "first", "then"),
    [
        (["127.0.0.1", "93.184.215.14"], {"allow_private": True, "allow_http": True}, {"allow_http": True}),
        (["127.0.0.1"], {"allow_private": True, "allow_http": True}, {"allow_http": True}),
        (["93.184.215.14"], {"allow_http": True}, {"allow_private": True}),
    ],
    ids=["one private address of two", "a private address", "plain http to a public address"],
)
def test_a_private_connection_serves_no_request_that_may_not_open_one(wired, addresses, first, then):
    one = wired(*addresses)
    assert one.get("http://clips.example/a", **first) == b"abc"
    thread = one.again()
    with pytest.raises(UnsafeAddressError, match=r"which is loopback|not https"):
        one.get("http://clips.example/a", **then)
    one._theirs[-1].close()
    one.close()
    thread.join(5)


def test_a_private_target_behind_a_proxy_serves_nobody_who_might_not_ask_for_it(wired):
    one = wired("10.0.0.1", proxies={"all": "http://127.0.0.1:3128"})
    assert one.get("http://inside.example/a", allow_private=True, allow_http=True) == b"abc"
    thread = one.again()
    with pytest.raises(UnsafeAddressError, match="which is private"):
        one.get("http://inside.example/a", allow_http=True)
    one._theirs[-1].close()
    one.close()
    thread.join(5)
