"""Answers are read by the letter; the standard library agrees on those that are well made."""

from __future__ import annotations

import http.client
import io
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ConnectionFailedError, DownloadError
from clipaudio.http.stream import Stream
from clipaudio.http.wire import read_body, read_head, request_bytes


def read(data, method="GET"):
    """Read the answer *data* is: its head, its body, and what is left."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        stream = Stream(ours)
        head = read_head(stream, method, "https://a/…")
        return head, b"".join(read_body(stream, head, "https://a/…")), stream.block()


class _Wire:
    """What `http.client` reads from."""

    def __init__(self, data):
        self._data = data

    def makefile(self, _mode):
        return io.BytesIO(self._data)


names = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True).filter(
    lambda name: name.lower() not in {"content-length", "transfer-encoding", "connection", "content-encoding"}
)
values = st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_categories=["Cc", "Zs"]), max_size=30)


@given(
    st.integers(200, 599).filter(lambda status: status not in {204, 304}),
    st.lists(st.tuples(names, values), max_size=20, unique_by=lambda pair: pair[0].lower()),
    st.binary(max_size=100),
)
def test_the_standard_library_reads_the_same(status, fields, body):
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    data = f"HTTP/1.1 {status} Any reason\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode("latin-1") + body
    theirs = http.client.HTTPResponse(_Wire(data))
    theirs.begin()
    head, found, left = read(data)
    assert (head.status, found, left) == (theirs.status, theirs.read(), b"")
    assert head.headers == {name.lower(): value.strip() for name, value in theirs.getheaders()}


def test_passing_answers_are_passed_over():
    passing = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    data = passing + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"
    head, body, _ = read(data)
    assert (head.status, dict(head.headers), body) == (200, {"content-length": "2"}, b"ab")


@pytest.mark.parametrize(
    ("data", "method", "is_last"),
    [
        (b"HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\n", "GET", False),
        (b"HTTP/1.1 304 X\r\n\r\n", "GET", False),
        (b"HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\n", "HEAD", False),
        (b"HTTP/1.1 200 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "GET", True),
        (b"HTTP/1.0 200 X\r\nContent-Length: 0\r\n\r\n", "GET", True),
        (b"HTTP/1.0 200 X\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n", "GET", False),
        (b"HTTP/1.1 200\r\n\r\n", "GET", True),
        (b"HTTP/1.1 204 X\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n", "GET", True),
        (b"HTTP/1.1 200 X\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "GET", True),
        (b"HTTP/1.0 200 X\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n", "GET", True),
    ],
)
def test_the_head_tells_whether_there_is_a_body_and_another_answer(data, method, is_last):
    head, body, _ = read(data, method)
    assert (head.is_last, body) == (is_last, b"")


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", r"closed without an answer"),
        (b"HTTP/2 200\r\n\r\n", r"no HTTP/1"),
        (b"HTTP/1.1 2000 X\r\n\r\n", r"no HTTP/1"),
        (b"HTTP/1.1 200 X", r"no HTTP/1"),
        (b"HTTP/1.1 200 X\r\n", r"in mid-header"),
        (b"HTTP/1.1 200 X\r\nA: b\r\n", r"in mid-header"),
        (b"HTTP/1.1 200 X\r\nA: " + b"b" * 70_000 + b"\r\n\r\n", r"header without an end"),
        (b"HTTP/1.1 200 X\r\n" + b"a: b\r\n" * 101 + b"\r\n", r"more than 100 headers"),
        (b"HTTP/1.1 200 X\r\nA : b\r\n\r\n", r"malformed"),
        (b"HTTP/1.1 200 X\r\nA: b\r\n folded\r\n\r\n", r"malformed"),
        (b"HTTP/1.1 200 X\r\nA: b\rContent-Length: 0\r\n\r\n", r"malformed"),
        (b"HTTP/1.1 200 X\r\nA: b\0\r\n\r\n", r"malformed"),
        (b"HTTP/1.1 200 X\r\nA: b\r\n\r\r\n", r"malformed"),
        (b"HTTP/1.1 200 X\rA: b\r\n\r\n", r"no HTTP/1"),
        (b"\r\nHTTP/1.1 200 X\r\n\r\n", r"no HTTP/1"),
        (b"HTTP/1.1 101 X\r\nUpgrade: b\r\n\r\n", r"no HTTP/1"),
    ],
)
def test_what_is_no_head_is_refused(data, match):
    with pytest.raises(ConnectionFailedError, match=match):
        read(data)


@pytest.mark.parametrize(
    "chunks",
    [
        b"",
        b"5\r\nabc",
        b"3\r\nabcX\r\n0\r\n\r\n",
        b"-1\r\n\r\n",
        b"1" * 16 + b"\r\n",
        b"0\r\nTrailer: 1\r\n",
        b"0\r\n" + b"T: 1\r\n" * 200,
        b"0\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"3\nabc\n0\n\n",
        b"3;a\rb\r\nabc\r\n0\r\n\r\n",
        b"3;" + b"x" * 65_534 + b"abc\r\n0\r\n\r\n",
    ],
)
def test_chunks_that_break_the_rules_are_refused(chunks):
    with pytest.raises(ConnectionFailedError, match=r"in mid-body"):
        read(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)


@pytest.mark.parametrize(
    ("headers", "match"),
    [
        (b"Transfer-Encoding: identity\r\nContent-Length: 3\r\n", "transfer encoding 'identity'"),
        (b"Transfer-Encoding:\r\nContent-Length: 3\r\n", "transfer encoding ''"),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "transfer encoding 'chunked, chunked'"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: x\r\n", "no single whole number"),
        (b"Content-Encoding: gzip\r\nContent-Encoding: identity\r\nContent-Length: 3\r\n", "compressed"),
    ],
)
def test_a_body_whose_end_or_form_is_in_doubt_is_refused(headers, match):
    with pytest.raises(DownloadError, match=match):
        read(b"HTTP/1.1 200 X\r\n" + headers + b"\r\nabc")


def test_chunks_may_carry_extensions_and_trailers():
    data = b"HTTP/1.1 200 X\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=b\r\nabc\r\n2 \r\nde\r\n0\r\nT: 1\r\n\r\nnext"
    head, body, left = read(data)
    assert (head.length, body, left) == (None, b"abcde", b"next")


@pytest.mark.parametrize("field", ["a\r\nB: c", "a\nb", "a\0", "Token SECRET…"])
def test_no_header_ends_a_line_of_the_request(field):
    with pytest.raises(ValueError, match="end of a line") as caught:
        request_bytes("GET", "/", {"A": field}, None)
    assert "SECRET" not in repr(caught.value)


def test_a_request_with_a_body_tells_its_length():
    assert request_bytes("POST", "/", {}, None) == b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
    assert request_bytes("PUT", "/", {}, b"ab") == b"PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab"
