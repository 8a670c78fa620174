"""A receiver behind a real socket."""

from __future__ import annotations

import http.client
import json
import socket
from urllib.parse import urlsplit

import pytest

from clipaudio.api.listener import listening
from clipaudio.api.receiver import Receiver


def send(url, method="POST", body=b"", headers=None):
    """Send one request and give status, headers and body."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
    try:
        connection.request(method, parts.path, body=body, headers=headers or {})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def raw(url, data):
    """Send bytes as they are and give all that comes back."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=5) as sock:
        sock.sendall(data)
        return b"".join(iter(lambda: sock.recv(65536), b""))


def payload(clip="c1"):
    return json.dumps({"id": clip, "project_id": "p1", "url": "https://example.com/a.wav"}).encode()


def test_a_callback_over_the_wire_reaches_who_waits(capsys):
    with listening(Receiver()) as listener:
        status, headers, body = send(listener.url_for("p1", "c1"), body=payload())
        assert (status, json.loads(body)) == (200, {"success": True})
        assert listener.wait("c1", 5).raw == payload()
    assert "Python" not in headers["Server"]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_another_method_is_refused_with_the_one_allowed(method):
    with listening(Receiver()) as listener:
        status, headers, body = send(listener.url_for("p1", "c1"), method)
        assert (status, headers["Allow"]) == (405, "POST")
        assert (body == b"") == (method == "HEAD")


def test_a_body_declared_too_long_is_refused_before_it_is_sent():
    with listening(Receiver(max_bytes=1000)) as listener:
        answer = raw(listener.url, b"POST / HTTP/1.1\r\nContent-Length: 1001\r\n\r\n")
        assert answer.startswith(b"HTTP/1.0 413")


@pytest.mark.parametrize(
    "field", [b"", b"Content-Length: x\r\n", b"Content-Length: -1\r\n", b"Content-Length: 1_0\r\n"]
)
def test_a_body_without_a_length_is_refused(field):
    with listening(Receiver()) as listener:
        assert raw(listener.url, b"POST / HTTP/1.1\r\n" + field + b"\r\n").startswith(b"HTTP/1.0 411")


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("trailers", [b"", b"X-Check: 1\r\n"])
def test_a_chunked_body_is_put_together(size, trailers):
    body = payload()
    pieces = [body[first : first + size] for first in range(0, len(body), size)]
    chunks = b"".join(b"%x;note=1\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    with listening(Receiver()) as listener:
        path = urlsplit(listener.url_for("p1", "c1")).path.encode()
        head = b"POST " + path + b" HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert raw(listener.url, head + chunks + b"0\r\n" + trailers + b"\r\n").startswith(b"HTTP/1.0 200")
        assert listener.wait("c1", 5).raw == body


@pytest.mark.parametrize(
    ("chunks", "status"),
    [
        (b"zz\r\n", b"400"),
        (b"-1\r\n", b"400"),
        (b"+1\r\na\r\n", b"400"),
        (b"\r\n", b"400"),
        (b"1\r\nabc\r\n0\r\n\r\n", b"400"),
        (b"1" * 5000, b"400"),
        (b"0\r\n" + b"a: b\r\n" * 200, b"400"),
        (b"3e9\r\n", b"413"),
        (b"258\r\n" + b"a" * 600 + b"\r\n258\r\n", b"413"),
    ],
)
def test_chunks_that_break_the_rules_are_refused(chunks, status):
    with listening(Receiver(max_bytes=1000)) as listener:
        answer = raw(listener.url, b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
        assert answer.startswith(b"HTTP/1.0 " + status)


def test_a_body_that_ends_early_is_not_delivered():
    with listening(Receiver()) as listener:
        path = urlsplit(listener.url_for("p1", "c1")).path.encode()
        host, port = urlsplit(listener.url).hostname, urlsplit(listener.url).port
        with socket.create_connection((host, port), timeout=5) as sock:
            sock.sendall(b"POST " + path + b" HTTP/1.1\r\nContent-Length: 500\r\n\r\n" + payload())
            sock.shutdown(socket.SHUT_WR)
            assert sock.recv(12) == b"HTTP/1.0 400"


@pytest.mark.parametrize("start", [b"", b"POST / HT", b"POST / HTTP/1.1\r\nContent-Length: 500\r\n\r\nab"])
def test_a_slow_peer_is_cut_off_at_the_deadline_and_others_are_served(start, capsys):
    with listening(Receiver(), read_deadline=0.2) as listener:
        parts = urlsplit(listener.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=5) as slow:
            slow.sendall(start)
            assert send(listener.url_for("p1", "c1"), body=payload())[0] == 200
            assert slow.recv(10) == b""
    assert capsys.readouterr() == ("", "")


def test_connections_beyond_the_limit_are_closed():
    with listening(Receiver(), max_connections=1) as listener:
        parts = urlsplit(listener.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=5) as first:
            first.sendall(b"POST")
            with socket.create_connection((parts.hostname, parts.port), timeout=5) as second:
                assert second.recv(10) == b""


def test_a_fault_of_our_own_is_shown(capsys):
    class Broken(Receiver):
        def handle(self, *_):
            raise ZeroDivisionError

    with listening(Broken()) as listener, pytest.raises(http.client.RemoteDisconnected):
        send(listener.url)
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_port_that_is_taken_is_an_error():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=r"in use"), listening(Receiver(), port=port):
            pass


def test_an_address_of_ip_version_6_is_written_in_brackets():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"this machine has no IPv6 loopback: {error}")
    with listening(Receiver(), host="::1") as listener:
        assert listener.url.startswith("http://[::1]:")
        assert send(listener.url_for("p1", "c1"), body=payload())[0] == 200
