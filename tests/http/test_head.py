"""Heads are accepted by the letter; the standard library agrees on those that are well made."""

from __future__ import annotations

import http.client
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ConnectionFailedError, DownloadError
from clipaudio.http.head import header_lines, read_head


def read(data, method="GET"):
    """Read the head in *data*, line by line as libcurl gives it."""
    return read_head(data.splitlines(keepends=True) if b"\r\r" not in data else _lines(data), method, "https://a/…")


def _lines(data):
    return [line + b"\n" for line in data.split(b"\n")[:-1]]


class _Wire:
    """What `http.client` reads from."""

    def __init__(self, data):
        self._data = data

    def makefile(self, _mode):
        return io.BytesIO(self._data)


names = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True).filter(
    lambda name: name.lower() not in {"content-length", "transfer-encoding", "content-encoding"}
)
values = st.text(st.characters(min_codepoint=33, max_codepoint=255, exclude_categories=["Cc", "Zs"]), max_size=30)


@given(
    st.integers(200, 599).filter(lambda status: status not in {204, 304}),
    st.lists(st.tuples(names, values), max_size=20, unique_by=lambda pair: pair[0].lower()),
    st.integers(0, 10**15),
)
def test_the_standard_library_reads_the_same_head(status, fields, length):
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    data = f"HTTP/1.1 {status} Any reason\r\n{lines}Content-Length: {length}\r\n\r\n".encode("latin-1")
    theirs = http.client.HTTPResponse(_Wire(data))
    theirs.begin()
    head = read_head(_lines(data), "GET", "https://a/…")
    assert (head.status, head.length) == (theirs.status, theirs.length)
    assert head.headers == {name.lower(): value.strip() for name, value in theirs.getheaders()}


def test_informational_heads_are_skipped():
    informational = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    assert read(informational) is None
    head = read(informational + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
    assert (head.status, dict(head.headers)) == (200, {"content-length": "2"})


@pytest.mark.parametrize(
    ("data", "method", "length"),
    [
        (b"HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\n", "GET", None),
        (b"HTTP/1.1 304 X\r\n\r\n", "GET", None),
        (b"HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\n", "HEAD", None),
        (b"HTTP/1.0 200 X\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", "GET", 5),
        (b"HTTP/1.1 200\nTransfer-Encoding: Chunked\n\n", "GET", None),
    ],
)
def test_the_head_tells_the_length_of_the_body(data, method, length):
    assert read(data, method).length == length


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 200 X\r\n", b"HTTP/1.1 200 X\r\nA: b\r\n"])
def test_a_head_without_its_end_is_no_head_yet(data):
    assert read(data) is None


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"HTTP/2 200\r\n\r\n", r"no HTTP/1"),
        (b"HTTP/1.1 2000 X\r\n\r\n", r"no HTTP/1"),
        (b"HTTP/1.1 099 X\r\n\r\n", r"no HTTP/1"),
        (b"HTTP/1.1 101 X\r\nUpgrade: b\r\n\r\n", r"no HTTP/1"),
        (b"\r\nHTTP/1.1 200 X\r\n\r\n", r"no HTTP/1"),
        (b"HTTP/1.1 200 X\r\n" + b"a: b\r\n" * 101 + b"\r\n", r"more than 100 headers"),
        (b"HTTP/1.1 200 X\r\nA : b\r\n\r\n", r"malformed"),
        (b"HTTP/1.1 200 X\r\n folded\r\n\r\n", r"malformed"),
        (b"HTTP/1.1 200 X\r\n: 5\r\n\r\n", r"malformed"),
        (b"HTTP/1.1 200 X\r\nA: b\0\r\n\r\n", r"malformed"),
        (b"HTTP/1.1 200 X\r\nA: b\r\r\n\r\n", r"malformed"),
    ],
)
def test_what_is_no_head_is_refused(data, match):
    with pytest.raises(ConnectionFailedError, match=match):
        read(data)


@pytest.mark.parametrize(
    ("headers", "match"),
    [
        (b"Transfer-Encoding: identity\r\nContent-Length: 3\r\n", "transfer encoding 'identity'"),
        (b"Transfer-Encoding:\r\nContent-Length: 3\r\n", "transfer encoding ''"),
        (b"Transfer-Encoding: gzip, chunked\r\n", "transfer encoding 'gzip, chunked'"),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "transfer encoding 'chunked, chunked'"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: x\r\n", "no single whole number"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "chunks together with a Content-Length"),
        (b"Content-Encoding: gzip\r\nContent-Encoding: identity\r\nContent-Length: 3\r\n", "compressed"),
        (b"Content-Length: 3\r\nContent-Length: 4\r\n", "no single whole number"),
        (b"Content-Length: " + b"9" * 30 + b"\r\n", "no single whole number"),
    ],
)
def test_a_body_whose_end_or_form_is_in_doubt_is_refused(headers, match):
    with pytest.raises(DownloadError, match=match):
        read(b"HTTP/1.1 200 X\r\n" + headers + b"\r\n")


def test_chunks_of_http_1_0_are_refused():
    with pytest.raises(DownloadError, match=r"by HTTP/1.0"):
        read(b"HTTP/1.0 200 X\r\nTransfer-Encoding: chunked\r\n\r\n")


PIECES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 100 C",
        b"Content-Length: 5",
        b"Transfer-Encoding: chunked",
        b"A: b",
        b":",
        b" ",
        b"",
    ]
)
ENDS = st.sampled_from([b"\r\n"] * 8 + [b"\n", b"\r\r\n", b"\0\r\n", b"\v\n"])


@given(st.lists(st.tuples(st.one_of(PIECES, st.binary(max_size=20)), ENDS), max_size=12))
def test_any_lines_are_a_head_an_unfinished_one_or_a_typed_error(pairs):
    lines = [text.replace(b"\n", b"") + end for text, end in pairs]
    try:
        head = read_head(lines, "GET", "https://a/…")
    except (ConnectionFailedError, DownloadError):
        return
    if head is None:
        assert not lines or lines[0].startswith(b"HTTP/1.")
    else:
        assert 200 <= head.status <= 999
        assert {b"\r\n", b"\n"} & set(lines)
        assert head.length is None or "transfer-encoding" not in head.headers


@pytest.mark.parametrize("value", ["a\r\nB: c", "a\nb", "a\rb", "a\0", "Token SECRET…"])
@pytest.mark.parametrize("place", ["header", "name", "method", "path"])
def test_nothing_of_a_request_ends_a_line(value, place):
    method, path = ("GET" + value if place == "method" else "GET"), ("/" + value if place == "path" else "/")
    headers = {"A" + value: "b"} if place == "name" else {"A": value if place == "header" else "b"}
    with pytest.raises(ValueError, match="end of a line") as caught:
        header_lines(method, path, headers)
    assert "SECRET" not in repr(caught.value)


@given(st.dictionaries(names, values, max_size=8))
def test_the_header_lines_are_those_given(headers):
    lines = header_lines("GET", "/", headers)
    assert lines[: len(headers)] == [
        (f"{name}: {value}" if value else f"{name};").encode("latin-1") for name, value in headers.items()
    ]
