"""What the listener says about requests that it refuses, and which rules of HTTP it follows."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading

import pytest

from clipaudio.cli.refusals import Refusals
from clipaudio.receive.listener import listening
from clipaudio.receive.receiver import Receiver

BODY = b'{"id": "a", "url": null}'


def exchange(url, start, headers=b"", body=BODY):
    """Send one request; *start* may contain PATH. Return all that comes back."""
    host, port, path = url.removeprefix("http://").replace("/", ":", 1).split(":", 2)
    with socket.create_connection((host, int(port)), timeout=20) as sock:
        head = b"%s\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n"
        sock.sendall(head % (start.replace(b"PATH", b"/" + path.encode()), len(body), headers) + body)
        return b"".join(iter(lambda: sock.recv(65536), b""))


@pytest.mark.parametrize(
    ("start", "headers", "body", "status"),
    [
        (b"POST http://clips.example.comPATH HTTP/1.1", b"", BODY, b"200"),
        (b"POST HTTPS://clips.example.com:8443PATH?a=http://b HTTP/1.1", b"", BODY, b"200"),
        (b"POST http://clips.example.com HTTP/1.1", b"", BODY, b"404"),
        (b"POST PATH HTTP/1.0", b"Expect: 100-continue\r\n", BODY, b"200"),
        (b"POST PATH HTTP/1.1", b"Content-Encoding: gzip\r\n", gzip.compress(BODY, mtime=0), b"415"),
        (b"POST PATH HTTP/1.1", b"Content-Encoding: br\r\n", BODY, b"415"),
        (b"POST PATH HTTP/1.1", b"Content-Encoding: identity\r\n", BODY, b"200"),
    ],
)
def test_forms_of_a_request_get_the_status_that_http_asks_for(start, headers, body, status):
    with listening(Receiver()) as listener:
        answer = exchange(listener.url_for("p"), start, headers, body)
    assert answer.split()[1] == status


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="the system has no sockets of IPv6 and IPv4")
def test_every_address_of_ipv6_takes_ipv4_too():
    with listening(Receiver(), host="::") as listener:
        url = listener.url_for("p").replace("[::]", "127.0.0.1")
        assert exchange(url, b"POST PATH HTTP/1.1").split()[1] == b"200"


def test_refusals_are_reported_with_their_reason_and_without_the_secret():
    reports = []
    with listening(Receiver(), on_refusal=lambda *facts: reports.append(facts)) as listener:
        url = listener.url_for("p", "a")
        exchange(url, b"POST PATH HTTP/1.1")
        exchange(url, b"POST PATH HTTP/1.1", body=b"{}")
        exchange(url, b"POST PATH HTTP/1.1", body=b'{"id": "b"}')
        exchange(url, b"POST /prefixPATH/ HTTP/1.1")
        exchange(url, b"POST PATH HTTP/1.1", b"Content-Length: 5\r\n")
    assert [status for status, _ in reports] == [400, 409, 404, 400]
    assert reports[0] == (400, "no id")
    assert url.rpartition("/")[2] not in str(reports)


def test_many_refusals_are_counted():
    came, reports = threading.Event(), []

    def report(*facts):
        reports.append(facts)
        came.wait(20)  # a terminal that hangs

    with Refusals(report) as refusals:
        refusals.add(404, "not found")
        while not reports:
            pass
        for number in range(1000):
            refusals.add(400, f"reason {number}")
            refusals.add(404, "not found")
        came.set()
    assert (404, "not found", 1000) in reports
    assert sum(count for status, _, count in reports if status == 400) == 1000
    assert len(reports) < 100


def test_report_that_fails_does_not_stop_the_others():
    reports = []

    def report(status, _reason, _count):
        reports.append(status)
        raise OSError(status)

    with Refusals(report) as refusals:
        refusals.add(400, "a")
        refusals.add(404, "b")
    assert sorted(reports) == [400, 404]


def test_silent_connections_give_way_to_those_that_wait():
    with listening(Receiver(), max_connections=8, read_deadline=600.0) as listener:
        url = listener.url_for("p")
        host, port = url.removeprefix("http://").partition("/")[0].split(":")
        with contextlib.ExitStack() as opened:
            for _ in range(24):
                opened.enter_context(socket.create_connection((host, int(port)), timeout=20)).sendall(b"POST ")
            assert exchange(url, b"POST PATH HTTP/1.1").split()[1] == b"200"
