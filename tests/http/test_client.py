"""One request, one answer, against a peer on loopback that misbehaves as told."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ConnectionFailedError, DeadlineError, DownloadError, UnsafeAddressError
from clipaudio.http.client import HttpTransport, Policy, Request, Response

OWN = Policy(allow_private=True)
FOLLOWING = Policy(allow_private=True, redirects=5)


def fetch(url, *, policy=OWN, transport=None, **request):
    """Send one request and give status and body."""
    with (transport or HttpTransport()).open(
        Request(method=request.pop("method", "GET"), url=url, policy=policy, **request)
    ) as answer:
        return answer.status, answer.read()


def answering(address, family=socket.AF_INET):
    """Make a resolver that always gives *address*."""
    return lambda _host, port: [(family, (address, port))]


def test_a_body_arrives_whole_and_the_request_asks_for_no_compression(peer):
    body = bytes(range(256)) * 3000
    url = peer.answer("/a?b=c", 200, body, Content_Type="audio/wav")
    with HttpTransport().open(Request(method="GET", url=url, policy=OWN)) as answer:
        assert (answer.status, answer.length, answer.headers["content-type"]) == (200, len(body), "audio/wav")
        assert answer.read() == body
    sent = peer.requests[0]
    assert (sent.method, sent.path) == ("GET", "/a?b=c")
    assert sent.headers["accept-encoding"] == "identity"
    assert sent.headers["host"] == f"127.0.0.1:{peer.port}"


def test_a_body_is_sent_with_its_length(peer):
    url = peer.answer("/a", 204, Content_Length=None)
    assert fetch(url, method="PUT", body=b"{}", headers={"Authorization": "Bearer k"}) == (204, b"")
    assert peer.requests[0].body == b"{}"
    assert peer.requests[0].headers["authorization"] == "Bearer k"


def test_a_chunked_body_is_put_together(peer):
    url = peer.script("/a", b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert fetch(url) == (200, b"abcde")


@pytest.mark.parametrize(
    "pieces",
    [
        (b"HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nabc",),
        (b"HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\n",),
        (b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",),
        (b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",),
        (b"HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nabc", 0.05, None),
    ],
)
def test_a_body_that_ends_early_is_an_error(peer, pieces):
    with pytest.raises(ConnectionFailedError, match=r"http://127.0.0.1:\d+/… closed|the connection to .* failed"):
        fetch(peer.script("/secret-path", *pieces))


@pytest.mark.parametrize(
    "pieces", [(None,), (b"",), (b"SSH-2.0-x\r\n",), (b"HTTP/1.1 200 X\r\n" + b"a: b\r\n" * 200 + b"\r\n",)]
)
def test_an_answer_that_is_no_http_is_an_error(peer, pieces):
    with pytest.raises(ConnectionFailedError, match=r"the connection to http://127.0.0.1:\d+/… failed .*; try again"):
        fetch(peer.script("/secret-path", *pieces))


@pytest.mark.parametrize("length", ["-1", "1, 2", "x", "1e3", "9" * 30, "²"])
def test_a_length_that_is_no_number_is_refused(peer, length):
    with pytest.raises(DownloadError, match=r"Content-Length that is no single whole number"):
        fetch(peer.script("/a", f"HTTP/1.1 200 X\r\nContent-Length: {length}\r\n\r\nabc".encode("latin-1")))


@pytest.mark.parametrize("line", [b"no colon here", b": no name", b" folded from nothing", b"na me: x"])
def test_a_header_that_is_malformed_does_not_hide_the_length(line):
    with pytest.raises((ConnectionFailedError, DownloadError)):
        answer_of(b"HTTP/1.1 200 X\r\n" + line + b"\r\nContent-Length: 10\r\n\r\nabc")


def test_a_header_that_only_looks_odd_does_no_harm():
    odd = b"Content-Type: multipart/mixed\r\nX:\xe4\xff \r\nEmpty:\nContent-Length: 3\r\n\r\nabc"
    assert answer_of(b"HTTP/1.1 200 X\r\n" + odd) == (200, b"abc")


def test_two_lengths_that_differ_are_refused(peer):
    with pytest.raises(DownloadError, match=r"Content-Length that is no single whole number"):
        fetch(peer.script("/a", b"HTTP/1.1 200 X\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"))


def from_memory(data):
    """Make a transport whose peer sends *data* and closes, whatever it is asked."""

    def dial(_address, timeout):
        ours, theirs = socket.socketpair()
        ours.settimeout(timeout)
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        peers.append(theirs)
        return ours

    peers = []
    return HttpTransport(dial=dial), peers


def answer_of(data):
    """Read the answer *data* is."""
    transport, peers = from_memory(data)
    try:
        return fetch("http://127.0.0.1/", transport=transport)
    finally:
        for one in peers:
            one.close()


@given(st.binary(max_size=300), st.lists(st.integers(1, 50)), st.integers(0, 700))
def test_a_chunked_body_cut_anywhere_is_whole_or_an_error(body, sizes, cut):
    pieces, rest = [], body
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in [*pieces, rest] if one) + b"0\r\n\r\n"
    data = b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    assert answer_of(data) == (200, body)
    try:
        status, found = answer_of(data[:cut])
    except ConnectionFailedError:
        return
    assert (status, found) == (200, body)


@given(st.binary(max_size=200), st.integers(0, 300))
def test_a_body_with_a_length_cut_anywhere_is_whole_or_an_error(body, cut):
    data = http_data(body)
    assert answer_of(data) == (200, body)
    try:
        status, found = answer_of(data[:cut])
    except ConnectionFailedError:
        return
    assert (status, found) == (200, body)


def http_data(body):
    return b"HTTP/1.1 200 X\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


@given(st.binary(max_size=300))
def test_no_answer_breaks_the_transport(data):
    for start in (b"", b"HTTP/1.1 200 X\r\n", b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n"):
        with contextlib.suppress(ConnectionFailedError, DownloadError):
            answer_of(start + data)


def test_bytes_beyond_the_declared_length_are_not_taken(peer):
    assert fetch(peer.answer("/a", 200, b"abcdef", Content_Length="3")) == (200, b"abc")


def test_a_compressed_body_nobody_asked_for_is_refused_unread(peer):
    bomb = gzip.compress(b"\0" * 1_000_000)
    with pytest.raises(DownloadError, match=r"compressed as 'gzip'"):
        fetch(peer.answer("/a", 200, bomb, Content_Encoding="gzip"))


def test_an_unknown_transfer_encoding_is_refused(peer):
    with pytest.raises(DownloadError, match=r"unknown transfer encoding"):
        fetch(peer.answer("/a", 200, b"x", Transfer_Encoding="gzip, chunked"))


def test_a_body_declared_too_large_is_refused_before_it_is_read(peer):
    with pytest.raises(DownloadError, match=r"more than 10 bytes"):
        fetch(peer.answer("/a", 200, b"x" * 11), policy=Policy(allow_private=True, max_bytes=10))


def test_a_body_without_a_length_is_counted(peer):
    url = peer.answer("/a", 200, b"x" * 11, Content_Length=None)
    assert fetch(url, policy=Policy(allow_private=True, max_bytes=11)) == (200, b"x" * 11)
    with pytest.raises(DownloadError, match=r"more than 10 bytes"):
        fetch(url, policy=Policy(allow_private=True, max_bytes=10))


@pytest.mark.parametrize("start", [b" ", b" X\r\nContent-Length: 1000\r\n\r\n", b" X\r\nA: "])
def test_a_peer_that_drips_is_stopped_by_the_deadline_of_the_whole(peer, start):
    drip = itertools.chain.from_iterable((b"x", 0.02) for _ in range(200))
    with pytest.raises(DeadlineError, match=r"not done within 0.3 s"):
        fetch(peer.script("/a", b"HTTP/1.1 200" + start, *drip), policy=Policy(allow_private=True, deadline=0.3))


def test_a_silent_peer_is_stopped_by_the_read_timeout(peer):
    with pytest.raises(DeadlineError, match=r"silent for 0.1 s"):
        fetch(peer.script("/a", 5.0), transport=HttpTransport(read_timeout=0.1))


def test_a_clock_that_has_run_out_sends_nothing(peer):
    ticks = itertools.count(step=100)
    with pytest.raises(DeadlineError, match=r"not done within 60 s"):
        fetch(peer.answer("/a"), transport=HttpTransport(clock=lambda: next(ticks)))
    assert peer.requests == []


def test_a_refused_connection_is_an_error_with_advice():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(ConnectionFailedError, match=r"no connection to http://127.0.0.1:\d+/… .*check the network"):
        fetch(f"http://127.0.0.1:{port}/secret-path")


def test_a_connection_that_does_not_open_in_time_is_a_deadline():
    def stalled(_address, timeout):
        assert timeout == 0.5
        raise TimeoutError("timed out")

    with pytest.raises(DeadlineError, match=r"no connection to"):
        fetch("http://127.0.0.1:9/", transport=HttpTransport(connect_timeout=0.5, dial=stalled))


def test_the_next_address_is_tried_when_one_is_dead(peer):
    url = peer.answer("/a", 200, b"x")

    def resolver(_host, port):
        return [(socket.AF_INET, ("127.0.0.2", port)), (socket.AF_INET, ("127.0.0.1", port))]

    assert fetch(url, transport=HttpTransport(resolver=resolver)) == (200, b"x")


def test_a_rejected_loopback_address_is_never_dialled(peer):
    with pytest.raises(UnsafeAddressError, match=r"is not https"):
        fetch(peer.answer("/a"), policy=Policy())
    with pytest.raises(UnsafeAddressError, match=r"which is loopback"):
        fetch(peer.answer("/a"), policy=Policy(allow_http=True))
    assert peer.requests == []


def test_allowing_private_addresses_does_not_allow_plain_http_to_public_ones():
    with pytest.raises(UnsafeAddressError, match=r"only a private address may be plain http"):
        fetch("http://clips.example/", transport=HttpTransport(resolver=answering("1.1.1.1")))


def test_the_name_is_resolved_once_and_the_tested_address_is_dialled(peer):
    asked, dialled = [], []

    def rebinding(host, port):
        asked.append(host)
        return [(socket.AF_INET, ("1.1.1.1" if len(asked) == 1 else "169.254.169.254", port))]

    def dial(address, timeout):
        dialled.append(address.socket_address[0])
        return socket.create_connection(("127.0.0.1", peer.port), timeout)

    peer.answer("/a", 200, b"x")
    transport = HttpTransport(resolver=rebinding, dial=dial)
    assert fetch("http://clips.example/a", transport=transport, policy=Policy(allow_http=True)) == (200, b"x")
    assert (asked, dialled) == (["clips.example"], ["1.1.1.1"])
    assert peer.requests[0].headers["host"] == "clips.example"


def test_redirects_are_followed_only_as_far_as_the_policy_says(peer):
    url = peer.answer("/a", 302, Location="/b")
    peer.answer("/b", 307, Location="/c?d")
    peer.answer("/c?d", 200, b"x")
    assert fetch(url) == (302, b"")
    assert fetch(url, policy=FOLLOWING) == (200, b"x")
    with pytest.raises(DownloadError, match=r"more than 1 redirects"):
        fetch(url, policy=Policy(allow_private=True, redirects=1))


def test_a_redirect_loop_ends(peer):
    with pytest.raises(DownloadError, match=r"more than 5 redirects"):
        fetch(peer.answer("/a", 302, Location="/a"), policy=FOLLOWING)
    assert len(peer.requests) == 6


def test_only_a_get_is_redirected(peer):
    url = peer.answer("/a", 307, Location="/b")
    assert fetch(url, policy=FOLLOWING, method="PUT", body=b"{}")[0] == 307


def test_a_redirect_without_a_location_is_the_answer(peer):
    assert fetch(peer.answer("/a", 302), policy=FOLLOWING)[0] == 302


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://[fd00:ec2::254]/",
        "http://0.0.0.0/",
        "file:///etc/passwd",
        "data:audio/wav,x",
        "https://me:SECRET@example.com/",
        "http://example.com:0/",
        "https://[::1",
    ],
)
def test_a_redirect_to_where_no_clip_lives_is_refused(peer, location):
    with pytest.raises(UnsafeAddressError) as caught:
        fetch(peer.answer("/a", 302, Location=location), policy=FOLLOWING)
    assert "SECRET" not in str(caught.value)
    assert len(peer.requests) == 1


def test_a_redirect_from_a_public_to_a_private_address_is_always_refused(peer):
    transport = HttpTransport(
        resolver=lambda host, port: [(socket.AF_INET, ("1.1.1.1" if host == "clips.example" else host, port))],
        dial=lambda _address, timeout: socket.create_connection(("127.0.0.1", peer.port), timeout),
    )
    peer.answer("/a", 302, Location=peer.url("/b"))
    with pytest.raises(UnsafeAddressError, match=r"a redirect was refused: '127.0.0.1' leads to 127.0.0.1"):
        fetch(
            "http://clips.example/a",
            transport=transport,
            policy=Policy(allow_private=True, allow_http=True, redirects=5),
        )


def test_the_key_stays_with_the_origin_it_was_made_for(peer, other_peer):
    url = peer.answer("/a", 302, Location="/b")
    peer.answer("/b", 302, Location=other_peer.answer("/c", 302, Location=peer.answer("/d", 200, b"x")))
    headers = {"Authorization": "Bearer k", "X-Access-Token": "k", "Cookie": "k", "Accept": "audio/*"}
    assert fetch(url, policy=FOLLOWING, headers=headers) == (200, b"x")
    seen = [request.headers.get("authorization") for request in [*peer.requests, *other_peer.requests]]
    assert seen == ["Bearer k", "Bearer k", None, None]
    assert "x-access-token" not in other_peer.requests[0].headers
    assert "cookie" not in other_peer.requests[0].headers
    assert other_peer.requests[0].headers["accept"] == "audio/*"


def test_a_redirect_from_https_to_http_is_refused(tls_peer, peer, trusting):
    tls_peer.answer("/a", 302, Location=peer.answer("/b"))
    transport = HttpTransport(trust=trusting, resolver=answering("127.0.0.1"))
    with pytest.raises(UnsafeAddressError, match=r"redirects from https to http"):
        fetch(tls_peer.url("/a", "clips.example"), transport=transport, policy=FOLLOWING)
    assert peer.requests == []


def test_the_certificate_must_carry_the_name_while_the_address_is_pinned(tls_peer, trusting):
    tls_peer.answer("/a", 200, b"x")
    transport = HttpTransport(trust=trusting, resolver=answering("127.0.0.1"))
    assert fetch(tls_peer.url("/a", "clips.example"), transport=transport) == (200, b"x")
    assert tls_peer.requests[0].headers["host"] == f"clips.example:{tls_peer.port}"
    with pytest.raises(ConnectionFailedError, match=r"certificate of https://other.example:.* refused .*subject name"):
        fetch(tls_peer.url("/a", "other.example"), transport=transport)


def test_a_certificate_of_an_unknown_maker_is_refused(tls_peer):
    with pytest.raises(ConnectionFailedError, match=r"certificate of .* was refused \(self-signed certificate\)"):
        fetch(tls_peer.url("/a", "clips.example"), transport=HttpTransport(resolver=answering("127.0.0.1")))


def test_a_peer_that_speaks_no_tls_is_an_error(peer):
    peer.greeting = b"SSH-2.0-server\r\n"
    with pytest.raises(ConnectionFailedError, match=r"the connection to https://127.0.0.1:.* failed"):
        fetch(f"https://127.0.0.1:{peer.port}/")


def test_a_tls_body_cut_short_is_an_error(tls_peer, trusting):
    tls_peer.script("/a", b"HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nabc")
    transport = HttpTransport(trust=trusting, resolver=answering("127.0.0.1"))
    with pytest.raises(ConnectionFailedError, match=r"after 3 of 10 bytes") as caught:
        fetch(tls_peer.url("/a", "clips.example"), transport=transport)
    assert (caught.value.received, caught.value.expected) == (3, 10)


@pytest.mark.parametrize("politely", [True, False])
def test_a_body_that_only_the_end_of_tls_ends_is_whole_where_that_end_was_said(tls_peer, trusting, politely):
    """Anybody between can close a connection, but not end TLS (RFC 9112, 9.8)."""
    tls_peer.script("/a", b"HTTP/1.1 200 X\r\n\r\nabc", *([...] if politely else []))
    transport = HttpTransport(trust=trusting, resolver=answering("127.0.0.1"))
    url = tls_peer.url("/a", "clips.example")
    if politely:
        assert fetch(url, transport=transport) == (200, b"abc")
    else:
        with pytest.raises(ConnectionFailedError, match="failed"):
            fetch(url, transport=transport)


def test_a_tls_handshake_that_stalls_is_a_deadline():
    expected = pytest.raises(DeadlineError, match=r"no connection to .* within 0.1 s")
    with socket.create_server(("127.0.0.1", 0)) as mute, expected:
        fetch(f"https://127.0.0.1:{mute.getsockname()[1]}/", transport=HttpTransport(connect_timeout=0.1))


def test_no_secret_shows_in_a_repr():
    request = Request(
        method="PUT", url="https://example.com/SECRET", headers={"Authorization": "SECRET"}, body=b"SECRET"
    )
    answer = Response(status=200, headers={"location": "SECRET"}, url="https://example.com/SECRET", blocks=iter([]))
    assert "SECRET" not in repr(request) + repr(answer)
