"""Streams give what came, plain and over TLS, and what went wrong only after it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ConnectionFailedError, DeadlineError
from clipaudio.http.deadline import Deadline
from clipaudio.http.stream import BLOCK_BYTES, Stream, TlsStream
from clipaudio.http.wire import read_body, read_head


@pytest.fixture
def ends():
    """Give a stream and the socket at its other end."""
    ours, theirs = socket.socketpair()
    stream = Stream(ours)
    stream.begin(Deadline(5.0), longest=1.0)
    with ours, theirs:
        yield stream, theirs


def test_lines_and_blocks_follow_each_other(ends):
    stream, theirs = ends
    theirs.sendall(b"one\r\ntwo\nabcdefgh\nrest")
    theirs.shutdown(socket.SHUT_WR)
    assert [stream.line(), stream.line(), stream.block(3), stream.block(5)] == [b"one\r\n", b"two\n", b"abc", b"defgh"]
    assert [stream.line(), stream.line(), stream.block(), stream.line()] == [b"\n", b"rest", b"", b""]
    assert not stream.has_more


LINES = st.lists(st.sampled_from([b"a: b\r\n", b"c\n", b"\r\n", b"\n", b"\r", b"\r\r\n", b"d"]), max_size=8)


@given(LINES.map(b"".join), LINES.map(b"".join), st.booleans())
def test_lines_go_up_to_the_empty_one_or_as_far_as_there_are_any(data, before, at_once):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        stream = Stream(ours)
        first = before.replace(b"\n", b"") + b"\n"
        theirs.sendall(first)
        assert at_once or stream.line() == first
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        assert not at_once or stream.line() == first
        one_by_one = Stream(_Slowly(data))
        expected = []
        while not expected or expected[-1] not in {b"", b"\n", b"\r\n"}:
            expected.append(one_by_one.line())
        assert stream.lines() == Stream(_Slowly(data)).lines() == b"".join(expected)
        assert stream.block() + stream.block() == data[len(b"".join(expected)) :]


class _Slowly:
    """A socket that gives a byte at once."""

    def __init__(self, data):
        self._data = iter(data)

    def setblocking(self, blocks):
        assert not blocks

    def recv_into(self, view):
        for byte in self._data:
            view[0] = byte
            return 1
        return 0


@given(st.binary(max_size=2000), st.lists(st.integers(1, 700), max_size=20))
def test_blocks_of_any_size_are_the_bytes_that_were_sent(data, sizes):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        stream = Stream(ours)
        blocks = [stream.block(size) for size in sizes]
        assert all(len(block) <= size for block, size in zip(blocks, sizes, strict=True))
        assert b"".join(blocks) + stream.block() == data


def test_a_long_block_is_given_in_parts(ends):
    stream, theirs = ends
    data = bytes(range(256)) * 4096
    sender = threading.Thread(target=theirs.sendall, args=(data,))
    sender.start()
    received = b""
    while len(received) < len(data):
        block = stream.block(len(data) - len(received))
        assert 0 < len(block) <= BLOCK_BYTES
        received += block
    sender.join()
    assert received == data


def test_a_line_without_an_end_is_given_up_at_64_kb(ends):
    stream, theirs = ends
    sender = threading.Thread(target=theirs.sendall, args=(b"x" * 100_000,))
    sender.start()
    line = stream.line()
    assert len(line) == 65_536
    assert stream.has_more
    stream.block(100_000 - len(line))
    sender.join()


def test_what_went_wrong_is_told_after_all_that_came_before(ends):
    stream, theirs = ends
    stream.begin(Deadline(5.0), longest=0.05)
    theirs.sendall(b"abc")
    assert stream.block(10) == b"abc"
    with pytest.raises(DeadlineError, match=r"silent for 0.05 s"):
        stream.block(7)


def test_a_peer_that_does_not_read_stops_the_sending(ends):
    stream, _ = ends
    stream.begin(Deadline(5.0), longest=0.05)
    with pytest.raises(DeadlineError, match=r"did not take the request in time"):
        stream.send(b"x" * 50_000_000)


def test_what_is_taken_in_parts_arrives_whole(ends):
    stream, theirs = ends
    data, received = bytes(range(251)) * 8000, []
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    reader = threading.Thread(target=lambda: received.extend(iter(lambda: theirs.recv(5000), b"")))
    reader.start()
    stream.send(data)
    stream.close()
    reader.join()
    assert b"".join(received) == data


def test_a_stream_stands_until_its_peer_speaks_or_goes(ends):
    stream, theirs = ends
    assert stream.stands()
    theirs.sendall(b"x")
    assert not stream.stands()
    theirs.close()
    assert not stream.stands()
    stream.close()
    assert not stream.stands()


@pytest.fixture
def tls_ends(certificate):
    """Give a stream over TLS, once it has greeted, and the TLS socket at its other end."""
    cert, key = certificate
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    ours, theirs = socket.socketpair()
    found = []
    thread = threading.Thread(target=lambda: found.append(server.wrap_socket(theirs, server_side=True)))
    thread.start()
    stream = TlsStream(ours, ssl.create_default_context(cafile=cert), "clips.example")
    stream.begin(Deadline(5.0), longest=1.0)
    stream.greet()
    thread.join()
    with ours, found[0]:
        yield stream, found[0]


def test_tls_carries_both_ways_and_stands_with_tickets_unread(tls_ends):
    stream, theirs = tls_ends
    assert stream.stands()
    stream.send(b"question")
    assert theirs.recv(100) == b"question"
    theirs.sendall(b"one\n" + b"x" * 40_000)
    assert stream.line() == b"one\n"
    assert stream.block(40_000) == b"x" * 40_000
    assert stream.stands()
    theirs.sendall(b"unasked")
    assert not stream.stands()


@pytest.mark.parametrize("politely", [True, False])
def test_tls_ends_where_its_peer_goes(tls_ends, politely):
    stream, theirs = tls_ends
    theirs.sendall(b"abc")

    def go():
        with contextlib.suppress(OSError):  # who goes politely waits for an answer
            theirs.unwrap()

    if politely:
        threading.Thread(target=go, daemon=True).start()
    else:
        theirs.close()
    assert stream.block(3) == b"abc"
    assert stream.block(3) == b""
    assert not stream.stands()


def test_a_certificate_of_another_name_is_refused(certificate):
    cert, key = certificate
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    ours, theirs = socket.socketpair()

    def serve():
        with pytest.raises(OSError, match=r"alert|EOF"):
            server.wrap_socket(theirs, server_side=True).recv(1)

    thread = threading.Thread(target=serve)
    thread.start()
    stream = TlsStream(ours, ssl.create_default_context(cafile=cert), "other.example")
    stream.begin(Deadline(5.0), longest=1.0)
    with ours, pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        stream.greet()
    thread.join()
    theirs.close()


class InMemory:
    """The socket of a peer over TLS that has all it ever sends ready at once: *tickets*, then nothing."""

    def __init__(self, certificate, tickets):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        context.num_tickets = tickets
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    @property
    def left(self):
        return self._outgoing.pending

    def send(self, data):
        self._incoming.write(data)
        with contextlib.suppress(ssl.SSLWantReadError):
            self._tls.do_handshake()
        return len(data)

    def recv_into(self, buffer):
        data = self._outgoing.read(len(buffer))
        if not data:
            raise BlockingIOError
        buffer[: len(data)] = data
        return len(data)

    def setblocking(self, flag):
        assert not flag


@pytest.mark.parametrize(("tickets", "stands"), [(0, True), (2, True), (20_000, False)])
def test_a_stream_with_more_tickets_than_anyone_needs_does_not_stand(certificate, tickets, stands):
    """They may come for ever, and who asks whether a stream stands must not wait for their end."""
    sock = InMemory(certificate, tickets)
    stream = TlsStream(sock, ssl.create_default_context(cafile=certificate[0]), "clips.example")
    stream.begin(Deadline(5.0), longest=1.0)
    stream.greet()
    assert stream.stands() is stands
    assert (sock.left == 0) is stands


@pytest.mark.parametrize("politely", [True, False])
def test_a_body_that_only_the_end_of_tls_ends_is_whole_where_that_end_was_said(tls_ends, politely):
    """Whoever stands between can close a connection, but not say goodbye (RFC 9112, 9.8)."""
    stream, theirs = tls_ends
    theirs.sendall(b"HTTP/1.1 200 X\r\n\r\nabc")

    def go():
        with contextlib.suppress(OSError):
            theirs.unwrap()

    if politely:
        threading.Thread(target=go, daemon=True).start()
    else:
        theirs.close()
    body = read_body(stream, read_head(stream, "GET", "https://a/…"), "https://a/…")
    assert next(body) == b"abc"
    with contextlib.nullcontext() if politely else pytest.raises(ConnectionFailedError, match="without an end"):
        assert list(body) == []
