"""Bytes of a peer as requests: read the same however they are cut, refused where two readers could differ."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.receive.http_request import SMALL_BYTES, RequestReader, UnreadableError, answer_bytes

MOST = 100_000


class Peer:
    """What a peer sends, in these pieces; it notes what it was told and who was let in."""

    def __init__(self, *pieces, admits=True):
        self._pieces = list(pieces)
        self._admits = admits
        self.seen = []

    async def receive(self, count):
        if not self._pieces:
            return b""
        piece, self._pieces[0] = self._pieces[0][:count], self._pieces[0][count:]
        if not self._pieces[0]:
            self._pieces.pop(0)
        return piece

    async def proceed(self):
        self.seen.append("100")

    async def admit(self, path):
        self.seen.append(path)
        if not self._admits:
            raise UnreadableError(404, "not found")

    def reader(self):
        return RequestReader(self.receive, proceed=self.proceed, admit=self.admit, max_bytes=MOST)


def read(*pieces, **options):
    """Read one request."""
    return asyncio.run(Peer(*pieces, **options).reader().read())


def refusal(*pieces, **options):
    """Give the status with which a request is refused."""
    with pytest.raises(UnreadableError, match=r"\w") as caught:
        read(*pieces, **options)
    return caught.value.status


def read_all(*pieces):
    """Read requests until the peer is done."""

    async def go():
        reader, found = Peer(*pieces).reader(), []
        while await reader.begins():
            found.append(await reader.read())
        return found

    return asyncio.run(go())


def chunked(body, size):
    pieces = [body[first : first + size] for first in range(0, len(body), size)]
    return b"".join(b"%x;note=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n"


CHUNKED = b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
SOME = (
    b"POST /a?b HTTP/1.1\r\nHost: h\r\nX-Odd:  \xe9t\xe9 \t\r\nContent-Length: 5\r\n\r\nhello"
    b"\r\nGET /healthz HTTP/1.1\r\n\r\n"
    + CHUNKED
    + chunked(b"in three pieces", 7)
    + b"\r\nPOST /last HTTP/1.0\nContent-Length: 0\n\n"
)


@given(st.lists(st.integers(1, len(SOME) - 1), max_size=12))
def test_requests_are_read_the_same_however_they_are_cut(cuts):
    marks = sorted({0, *cuts, len(SOME)})
    found = read_all(*(SOME[first:last] for first, last in itertools.pairwise(marks)))
    assert [(one.method, one.path, one.body, one.can_stay) for one in found] == [
        ("POST", "/a?b", b"hello", True),
        ("GET", "/healthz", b"", True),
        ("POST", "/x", b"in three pieces", True),
        ("POST", "/last", b"", False),
    ]
    assert found[0].headers == {"host": "h", "x-odd": "été", "content-length": "5"}


@given(st.integers(0, len(SOME)))
def test_a_request_that_ends_anywhere_is_whole_or_refused(end):
    try:
        found = read_all(SOME[:end])
    except UnreadableError as error:
        refused = error
    else:
        assert found == read_all(SOME)[: len(found)]
        return
    assert (refused.status, str(refused)) in {(400, "the request ends early"), (400, "this is no HTTP request")}


@given(st.binary(max_size=200), st.sampled_from([b"", SOME[:60], CHUNKED]))
def test_any_bytes_are_read_or_refused_with_a_status(noise, start):
    try:
        found = read_all(start + noise)
    except UnreadableError as error:
        refused = error
    else:
        assert all(len(one.body) <= len(noise) for one in found)
        return
    assert refused.status in {400, 404, 411, 413, 431, 501}


@pytest.mark.parametrize(
    "field", [b"", b"Content-Length: x\r\n", b"Content-Length: -1\r\n", b"Content-Length: 1_0\r\n"]
)
def test_a_body_without_a_length_is_refused(field):
    assert refusal(b"POST / HTTP/1.0\r\n" + field + b"\r\n") == 411


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("trailers", [b"", b"X-Check: 1\r\n"])
def test_a_chunked_body_is_put_together(size, trailers):
    body = bytes(range(256)) * 4
    assert read(CHUNKED + chunked(body, size) + trailers + b"\r\n").body == body


@pytest.mark.parametrize(
    ("chunks", "status"),
    [
        (b"zz\r\n", 400),
        (b"-1\r\n", 400),
        (b"+1\r\na\r\n", 400),
        (b"\r\n", 400),
        (b"1\r\nabc\r\n0\r\n\r\n", 400),
        (b"1" * 5000, 400),
        (b"0\r\n" + b"a: b\r\n" * 200, 400),
        (b"3e9fff\r\n", 413),
        (b"c350\r\n" + b"a" * 50_000 + b"\r\nc351\r\n", 413),
        (b"5\r\nab", 400),
    ],
)
def test_chunks_that_break_the_rules_are_refused(chunks, status):
    assert refusal(CHUNKED + chunks) == status


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length : 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n",
        b"POST / HTTP/1.1\r\nA: b\rContent-Length: 2\r\n\r\n",
        b"POST / HTTP/2.0\r\n\r\n",
        b"POST /a b HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        b"A" * 40_000,
        b"POST / HTTP/1.1\r\nA: " + b"b" * 40_000,
        b"\r\n\r\nPOST / HTTP/1.1\r\n\r\n",
    ],
)
def test_a_head_that_could_be_read_in_two_ways_is_refused(head):
    assert refusal(head) == 400


def test_one_length_said_twice_is_one():
    assert read(b"POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi").body == b"hi"


def test_more_than_a_request_needs_is_refused():
    assert refusal(b"POST / HTTP/1.1\r\n" + b"a: b\r\n" * 101) == 431
    assert refusal(b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n") == 501
    assert refusal(b"POST / HTTP/1.1\r\nContent-Length: 100001\r\n\r\n") == 413


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_long_body_is_only_read_when_it_is_let_in(framing):
    def request(size):
        body = b"x" * size
        head = b"POST /secret HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size
        return head + body if framing == "length" else CHUNKED.replace(b"/x", b"/secret") + chunked(body, 60_000)

    for size, asked in ((SMALL_BYTES, []), (SMALL_BYTES + 1, ["/secret"])):
        peer = Peer(request(size) + b"\r\n")
        assert len(asyncio.run(peer.reader().read()).body) == size
        assert peer.seen == asked
    assert refusal(request(SMALL_BYTES + 1), admits=False) == 404


def test_who_asks_whether_to_go_on_is_told_before_the_body_is_read():
    peer = Peer(b"POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n\r\n", b"hi")
    assert asyncio.run(peer.reader().read()).body == b"hi"
    assert peer.seen == ["100"]


@pytest.mark.parametrize("field", [b"", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_the_body_of_another_method_is_not_read_and_ends_the_connection(field):
    found = read(b"PUT / HTTP/1.1\r\n" + field + b"\r\nhello")
    assert (found.body, found.can_stay) == (b"", field == b"")


def test_an_answer_says_what_the_peer_needs():
    assert answer_bytes(200, b"{}", stays=True).endswith(b"Content-Length: 2\r\nConnection: keep-alive\r\n\r\n{}")
    refused = answer_bytes(405, b"{}", method="HEAD", stays=False)
    assert refused.endswith(b"Connection: close\r\nAllow: POST\r\n\r\n")
