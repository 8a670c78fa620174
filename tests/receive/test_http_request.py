"""Bytes of a client as requests: read the same however they are cut, refused where two readers could differ."""

from __future__ import annotations

import asyncio
import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.receive.body_spool import SMALL_BYTES, BodySpool, RefusedError, RequestBody
from clipaudio.receive.http_request import RequestReader

MOST = 100_000
ROOM = 1 << 30


class Peer:
    """What a client sends, in these pieces; it notes what it was sent and which paths were looked up."""

    def __init__(self, *pieces, is_expected=True, room=ROOM):
        self._pieces = list(pieces)
        self._is_expected = is_expected
        self.spool = BodySpool(max_bytes=room)
        self.seen = []
        self.reader = RequestReader(self.receive, send=self.send, max_bytes=MOST)

    async def receive(self, count):
        if not self._pieces:
            return b""
        piece, self._pieces[0] = self._pieces[0][:count], self._pieces[0][count:]
        if not self._pieces[0]:
            self._pieces.pop(0)
        return piece

    async def send(self, data):
        self.seen.append(data)

    async def find_project(self, path):
        self.seen.append(path)
        if not self._is_expected:
            raise RefusedError(404, "not found")
        return "p1"

    async def read(self):
        """Read one request: its head, its body, and whether its connection can stay."""
        head = await self.reader.read_head()
        with contextlib.closing(RequestBody(self.spool, lambda: self.find_project(head.path))) as body:
            if head.method == "POST":
                await self.reader.read_body(head, body)
            return head, body.read(), self.reader.can_stay


def read(*pieces, **options):
    return asyncio.run(Peer(*pieces, **options).read())


def refusal(*pieces, **options):
    """Return the status with which a request is refused."""
    with pytest.raises(RefusedError, match=r"\w") as caught:
        read(*pieces, **options)
    return caught.value.status


def read_all(*pieces):
    """Read and answer requests until the client is done."""

    async def go():
        peer, found = Peer(*pieces), []
        while await peer.reader.begins():
            found.append(await peer.read())
            stays = peer.reader.can_stay
            peer.reader.write_answer(200, b"{}", stays=stays)
            if not stays:
                break
            peer.reader.start_next()
        return found

    return asyncio.run(go())


def chunked(body, size):
    pieces = [body[first : first + size] for first in range(0, len(body), size)]
    return b"".join(b"%x;note=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n"


def post(fields, body=b"", *, version=b"1.1"):
    return b"POST /x HTTP/%s\r\nHost: h\r\n%s\r\n%s" % (version, fields, body)


CHUNKED = b"Transfer-Encoding: chunked\r\n"
SOME = (
    b"POST /a?b HTTP/1.1\r\nHost: h\r\nX-Odd:  \xe9t\xe9 \t\r\nContent-Length: 5\r\n\r\nhello"
    b"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"
    + post(CHUNKED, chunked(b"in three pieces", 7))
    + b"\r\nPOST /last HTTP/1.0\nContent-Length: 0\n\n"
)


@given(st.lists(st.integers(1, len(SOME) - 1), max_size=12))
def test_requests_are_read_the_same_however_they_are_cut(cuts):
    marks = sorted({0, *cuts, len(SOME)})
    found = read_all(*(SOME[first:last] for first, last in itertools.pairwise(marks)))
    assert [(head.method, head.path, body, can_stay) for head, body, can_stay in found] == [
        ("POST", "/a?b", b"hello", True),
        ("GET", "/healthz", b"", True),
        ("POST", "/x", b"in three pieces", True),
        ("POST", "/last", b"", False),
    ]
    assert found[0][0].headers == {"host": "h", "x-odd": "été", "content-length": "5"}


@given(st.integers(0, len(SOME)))
def test_request_that_ends_anywhere_is_whole_or_refused(end):
    try:
        found = read_all(SOME[:end])
    except RefusedError as error:
        assert error.status == 400  # noqa: PT017 - either outcome is right, neither is expected
        return
    assert found == read_all(SOME)[: len(found)]


@given(st.binary(max_size=200), st.sampled_from([b"", SOME[:60], post(CHUNKED)]))
def test_any_bytes_are_read_or_refused_with_a_status(noise, start):
    try:
        found = read_all(start + noise)
    except RefusedError as error:
        assert error.status in {400, 404, 411, 413, 431}  # noqa: PT017 - as above
        return
    assert all(len(body) <= len(noise) + len(start) for _, body, _ in found)


def test_post_without_a_length_is_refused():
    assert refusal(post(b"")) == refusal(post(b"", version=b"1.0")) == 411


@pytest.mark.parametrize("length", [b"x", b"-1", b"+1", b"1_0", b"", b"0x2", b"2, 3", b"2\r\nContent-Length: 3"])
def test_length_that_is_no_number_is_refused(length):
    assert refusal(post(b"Content-Length: " + length + b"\r\n", b"hi")) == 400


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("trailers", [b"", b"X-Check: 1\r\n"])
def test_chunked_body_is_put_together(size, trailers):
    body = bytes(range(256)) * 4
    assert read(post(CHUNKED, chunked(body, size) + trailers + b"\r\n"))[1] == body


CHUNKS = {
    "no hexadecimal": b"zz\r\n",
    "a sign": b"-1\r\n",
    "another sign": b"+1\r\na\r\n0\r\n\r\n",
    "no size": b"\r\n",
    "a chunk longer than its size": b"1\r\nabc\r\n0\r\n\r\n",
    "a chunk shorter than its size": b"3\r\nab\r\n0\r\n\r\n",
    "an end in mid-chunk": b"5\r\nab",
    "an endless size": b"1" * 5000,
    "a bare line feed after the size": b"2\nhi\r\n0\r\n\r\n",
    "a bare line feed after the chunk": b"2\r\nhi\n0\r\n\r\n",
    "a bare line feed after the last size": b"2\r\nhi\r\n0\n\r\n",
    "a blank before the size": b" 2\r\nhi\r\n0\r\n\r\n",
    "a blank after the size": b"2 \r\nhi\r\n0\r\n\r\n",
    "a tab after the size": b"2\t\r\nhi\r\n0\r\n\r\n",
    "a blank before the extension": b"2 ;a=b\r\nhi\r\n0\r\n\r\n",
    "a NUL in the extension": b"2;a=\x00b\r\nhi\r\n0\r\n\r\n",
    "a bare carriage return in the extension": b"2;a\rb\r\nhi\r\n0\r\n\r\n",
    "a NUL in the last extension": b"2\r\nhi\r\n0;\x00\r\n\r\n",
    "a trailer without a colon": b"2\r\nhi\r\n0\r\nbad trailer\r\n\r\n",
    "a trailer with a blank before its colon": b"2\r\nhi\r\n0\r\nA : b\r\n\r\n",
    "a trailer with a NUL": b"2\r\nhi\r\n0\r\nA: \x00b\r\n\r\n",
    "a trailer that ends early": b"2\r\nhi\r\n0\r\nA: b\r\n",
}


@pytest.mark.parametrize("cut", [1, 1000])
@pytest.mark.parametrize("what", CHUNKS)
def test_malformed_chunks_are_refused(what, cut):
    data = post(CHUNKED, CHUNKS[what])
    assert refusal(*(data[first : first + cut] for first in range(0, len(data), cut))) in {400, 431}
    assert (what == "an endless size") or refusal(data) == 400


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (post(CHUNKED, b"0\r\n" + b"a: b\r\n" * 6000), 431),
        (post(CHUNKED, b"3e9fff\r\n" + b"a" * 200_000), 413),
        (post(CHUNKED, b"c350\r\n" + b"a" * 50_000 + b"\r\nc351\r\n" + b"a" * 50_001), 413),
        (post(CHUNKED, b"1;" + b"e" * 20_000 + b"\r\na\r\n") + b"1;" + b"e" * 20_000 + b"\r\na\r\n" * 20, 400),
        (post(CHUNKED, (b"1;" + b"e" * 20_000 + b"\r\na\r\n") * 20), 413),
        (post(b"Content-Length: 100001\r\n"), 413),
        (post(b"Content-Length: 99999999999999\r\n"), 413),
    ],
)
def test_more_than_a_request_needs_is_refused(data, status):
    assert refusal(data) == status


@pytest.mark.parametrize(
    "fields",
    [
        CHUNKED * 2,
        b"Transfer-Encoding: chunked, chunked\r\n",
        b"Transfer-Encoding: gzip\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Content-Length: 2\r\n" + CHUNKED,
        CHUNKED + b"Content-Length: 2\r\n",
    ],
)
def test_framing_other_than_one_length_or_one_chunked_is_refused(fields):
    assert refusal(post(fields, b"2\r\nhi\r\n0\r\n\r\n")) == 400


def test_chunks_in_http_1_0_are_refused():
    assert refusal(post(CHUNKED, b"2\r\nhi\r\n0\r\n\r\n", version=b"1.0")) == 400


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (post(b"Content-Length : 2\r\n", b"hi"), 400),
        (post(b"A: b\rContent-Length: 2\r\n", b"hi"), 400),
        (post(b"A: \x00\r\nContent-Length: 2\r\n", b"hi"), 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi", 400),  # no Host
        (b"POST / HTTP/1.1\r\n folded\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", 400),
        (post(b"Content-Length: 2\r\n", b"hi", version=b"2.0"), 400),
        (b"POST /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        (b"POST /\xe9 HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        (b"\r\nPOST / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
        (b"A" * 40_000, 431),
        (b"POST / HTTP/1.1\r\nA: " + b"b" * 40_000, 431),
        (b"POST / HTTP/1.1\r\n" + b"a: b\r\n" * 10_000, 431),
    ],
)
def test_malformed_head_is_refused(head, status):
    assert refusal(head) == status


def test_folded_header_is_one_value():
    assert read(post(b"A: b\r\n \t c\r\nContent-Length: 2\r\n", b"hi"))[0].headers["a"] == "b c"


def test_one_length_said_twice_is_one():
    assert read(post(b"Content-Length: 2\r\nContent-Length: 2\r\n", b"hi"))[1] == b"hi"


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_long_body_is_only_read_for_a_path_that_is_expected(framing):
    def request(size):
        body = b"x" * size
        if framing == "length":
            return post(b"Content-Length: %d\r\n" % size, body)
        return post(CHUNKED, chunked(body, 60_000) + b"\r\n")

    for size, asked in ((SMALL_BYTES, []), (SMALL_BYTES + 1, ["/x"])):
        peer = Peer(request(size))
        assert asyncio.run(peer.read())[1] == b"x" * size
        assert peer.seen == asked
    assert refusal(request(SMALL_BYTES + 1), is_expected=False) == 404
    assert refusal(request(SMALL_BYTES + 1), room=2 * SMALL_BYTES) == 503


def test_client_that_waits_for_100_continue_is_told_before_the_body_is_read():
    peer = Peer(post(b"Content-Length: 2\r\nExpect: 100-Continue\r\n"), b"hi")
    assert asyncio.run(peer.read())[1] == b"hi"
    assert peer.seen == [b"HTTP/1.1 100 Continue\r\n\r\n"]


@pytest.mark.parametrize(("length", "status"), [(MOST + 1, 413), (SMALL_BYTES + 1, 404)])
def test_client_that_waits_for_100_continue_is_refused_without_it(length, status):
    peer = Peer(post(b"Content-Length: %d\r\nExpect: 100-continue\r\n" % length), is_expected=False)
    with pytest.raises(RefusedError, match=r"too long|not found") as caught:
        asyncio.run(peer.read())
    assert caught.value.status == status
    assert peer.seen == ["/x"] * (status == 404)


@pytest.mark.parametrize("field", [b"", b"Content-Length: 5\r\n", CHUNKED])
def test_body_of_another_method_is_not_read_and_ends_the_connection(field):
    _, body, can_stay = read(post(field, b"hello").replace(b"POST", b"PUT"))
    assert (body, can_stay) == (b"", field == b"")


def answer(status, *, method=b"POST", stays=True):
    peer = Peer(post(b"Content-Length: 0\r\n").replace(b"POST", method))
    asyncio.run(peer.read())
    return peer.reader.write_answer(status, b"{}", stays=stays)


def test_answer_carries_what_the_client_needs():
    assert answer(200).startswith(b"HTTP/1.1 200 OK\r\nServer: clipaudio\r\n")
    assert answer(200).endswith(b"Content-Length: 2\r\n\r\n{}")
    assert b"\r\nConnection: close\r\n" in answer(200, stays=False)
    assert b"\r\nAllow: POST\r\n" in answer(405)
    assert b"\r\nRetry-After: 5\r\n" in answer(503)
    assert answer(405, method=b"HEAD").endswith(b"\r\n\r\n")
