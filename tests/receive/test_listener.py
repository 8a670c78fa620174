"""A receiver behind a real socket."""

from __future__ import annotations

import contextlib
import gc
import http.client
import json
import socket
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from clipaudio.receive.inbox import Inbox
from clipaudio.receive.listener import listening
from clipaudio.receive.receiver import Receiver


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


def payload(clip="c1", **fields):
    return json.dumps({"id": clip, "project_id": "p1", "url": "https://example.com/a.wav", **fields}).encode()


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
        answer = raw(listener.url, b"POST / HTTP/1.0\r\nContent-Length: 1001\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 413")


def test_a_request_that_breaks_the_rules_is_told_so():
    with listening(Receiver()) as listener:
        assert raw(listener.url, b"POST / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 411")
        assert raw(listener.url, b"\x16\x03\x01\x02\x00\x01\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_a_body_that_ends_early_is_not_delivered():
    with listening(Receiver()) as listener:
        path = urlsplit(listener.url_for("p1", "c1")).path.encode()
        host, port = urlsplit(listener.url).hostname, urlsplit(listener.url).port
        with socket.create_connection((host, port), timeout=5) as sock:
            sock.sendall(b"POST " + path + b" HTTP/1.0\r\nContent-Length: 500\r\n\r\n" + payload())
            sock.shutdown(socket.SHUT_WR)
            assert sock.recv(12) == b"HTTP/1.1 400"


@pytest.mark.parametrize("start", [b"", b"POST / HT", b"POST / HTTP/1.0\r\nContent-Length: 500\r\n\r\nab"])
def test_a_slow_peer_is_cut_off_at_the_deadline_and_others_are_served(start, capsys):
    with listening(Receiver(), read_deadline=0.2) as listener:
        parts = urlsplit(listener.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=5) as slow:
            slow.sendall(start)
            assert send(listener.url_for("p1", "c1"), body=payload())[0] == 200
            assert slow.recv(10) == b""
    assert capsys.readouterr() == ("", "")


def test_a_fault_of_our_own_is_shown_and_answered(capsys):
    class Broken(Receiver):
        def handle_many(self, _):
            raise ZeroDivisionError

    with listening(Broken()) as listener:
        assert send(listener.url)[0] == 503
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


def test_a_connection_is_kept_for_the_next_request_as_the_peer_asks():
    with listening(Receiver()) as listener:
        parts = urlsplit(listener.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
        connection.connect()
        first = connection.sock
        for number in range(3):
            path = urlsplit(listener.url_for("p1", f"c{number}")).path
            connection.request("POST", path, payload(f"c{number}"))
            assert connection.getresponse().read() == b'{"success":true}'
            assert connection.sock is first
        connection.close()


@pytest.mark.parametrize(
    ("version", "wish", "stays"),
    [("1.1", "", True), ("1.1", "close", False), ("1.0", "", False), ("1.0", "Keep-Alive", False)],
)
def test_two_requests_at_once_are_answered_in_turn(version, wish, stays):
    with listening(Receiver(), read_deadline=0.3) as listener:
        one = f"GET / HTTP/{version}\r\nHost: h\r\nConnection: {wish}\r\n\r\n".encode()
        answer = raw(listener.url, one + one)
        assert answer.count(b"HTTP/1.1 405") == 1 + stays
        assert (b"Connection: close" not in answer) == stays


def test_who_asks_whether_to_go_on_is_told():
    with listening(Receiver()) as listener:
        parts = urlsplit(listener.url_for("p1", "c1"))
        with socket.create_connection((parts.hostname, parts.port), timeout=5) as sock:
            length = len(payload())
            fields = f"Host: h\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n"
            sock.sendall(f"POST {parts.path} HTTP/1.1\r\n{fields}\r\n".encode())
            assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
            sock.sendall(payload())
            assert sock.recv(12) == b"HTTP/1.1 200"


@pytest.mark.parametrize("framing", [b"Content-Length: 900000", b"Transfer-Encoding: chunked"])
def test_a_long_body_is_only_read_for_a_path_that_was_handed_out(framing):
    with listening(Receiver()) as listener:
        head = b"POST /callbacks/guess HTTP/1.1\r\nHost: h\r\n" + framing + b"\r\n\r\n"
        answer = raw(listener.url, head + b"dbba0\r\n" + b"{" * 70_000)
        assert answer.startswith(b"HTTP/1.1 404")
        assert answer.endswith(send(listener.url + "/nowhere", body=b"{}")[2])
        body = payload(issues=["x" * 900_000])
        sent = iter([body[:500_000], body[500_000:]]) if b"chunked" in framing else body
        assert send(listener.url_for("p1", "c1"), body=sent)[0] == 200
        assert listener.wait("c1", 5).raw == body


def test_many_long_bodies_wait_for_each_other_and_all_get_through():
    body = payload("c", issues=["x" * 300_000])
    with listening(Receiver()) as listener, ThreadPoolExecutor(16) as threads:
        urls = [listener.url_for("p1") for _ in range(32)]
        assert list(threads.map(lambda url: send(url, body=body)[0], urls)) == [200] * 32


def open_long(stack, listener, project, length):
    """Open a connection that has declared a long body and waits to be told to send it."""
    parts = urlsplit(listener.url_for(project))
    sock = stack.enter_context(socket.create_connection((parts.hostname, parts.port), timeout=5))
    head = f"POST {parts.path} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
    sock.sendall(head.encode())
    return sock, sock.recv(1000)


def test_project_with_too_many_long_bodies_is_told_to_retry_and_another_is_served():
    body = payload("c", project_id="p2", issues=["x" * 300_000])
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(listening(Receiver(), spool_bytes=3_000_000))
        answers = [open_long(stack, listener, "p1", 500_000)[1] for _ in range(4)]
        assert answers[:3] == [b"HTTP/1.1 100 Continue\r\n\r\n"] * 3
        assert answers[3].startswith(b"HTTP/1.1 503")
        assert b"\r\nRetry-After: 5\r\n" in answers[3]
        assert send(listener.url_for("p2"), body=body)[0] == 200


def test_room_is_free_again_when_a_long_body_was_answered_or_its_client_left():
    body = payload("c", issues=["x" * 900_000])
    with listening(Receiver(), spool_bytes=2_000_000, read_deadline=5) as listener:
        for _ in range(3):
            with contextlib.ExitStack() as stack:
                assert open_long(stack, listener, "p1", 900_000)[1].startswith(b"HTTP/1.1 100")
                assert send(listener.url_for("p1"), body=body)[0] == 503
            for _ in range(2):
                assert answered(listener, body) == 200


def answered(listener, body):
    """Post *body*, again if the listener has not yet seen that an earlier client left."""
    statuses = (send(listener.url_for("p1"), body=body)[0] for _ in range(100))
    return next((status for status in statuses if status != 503), 503)


def test_slow_long_bodies_do_not_fill_the_memory():
    length, sent = 1_000_000, 900_000
    tracemalloc.start()
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(listening(Receiver(), max_connections=64))
        socks = [open_long(stack, listener, f"p{number % 8}", length)[0] for number in range(60)]
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        for sock in socks:
            sock.sendall(b" " * sent)
        assert send(listener.url_for("p9", "c1"), body=payload(project_id="p9"))[0] == 200
        peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert peak < 60 * 200_000


def test_body_above_4_mb_is_refused_by_default():
    with listening(Receiver()) as listener:
        url = listener.url_for("p1", "c1")
        assert send(url, body=payload(issues=["x" * 4_190_000]))[0] == 200
        parts = urlsplit(url)
        head = f"POST {parts.path} HTTP/1.1\r\nHost: h\r\nContent-Length: {4 * 1024 * 1024 + 1}\r\n\r\n"
        assert raw(listener.url, head.encode()).startswith(b"HTTP/1.1 413")


def test_a_long_body_is_not_taken_when_the_inbox_cannot_be_read(tmp_path):
    inbox = Inbox(tmp_path / "inbox.db")
    with listening(Receiver(inbox=inbox)) as listener:
        url = listener.url_for("p1", "c1")
        inbox.close()
        (tmp_path / "inbox.db").write_bytes(b"no database" * 1000)
        for leftover in tmp_path.glob("inbox.db-*"):
            leftover.unlink()
        assert send(url, body=b" " * 100_000)[0] == 503
        assert send(url, body=b" ")[0] == 503


def test_connections_beyond_the_limit_wait_for_a_place():
    with listening(Receiver(), max_connections=1, read_deadline=0.2) as listener:
        url = listener.url_for("p1", "c1")
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname, parts.port), timeout=5) as first:
            first.sendall(b"POST")
            assert send(url, body=payload())[0] == 200
            assert first.recv(10) == b""


@pytest.mark.slow
def test_a_thousand_callbacks_at_once_are_taken_though_two_hundred_peers_dawdle(tmp_path):
    """All connections are open before the first byte is sent; the slow ones came first and stay."""
    inbox = Inbox(tmp_path / "inbox.db")
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(listening(Receiver(inbox=inbox), max_connections=400))
        parts = urlsplit(listener.url)
        where = parts.hostname, parts.port
        slow = [stack.enter_context(socket.create_connection(where, 30)) for _ in range(200)]
        for number, sock in enumerate(slow):
            sock.sendall(
                b"POST /callbacks/guess HTTP/1.1\r\nHost: h\r\nContent-Length: 500\r\n\r\n{"[: 1 + number % 69]
            )
        paths = [urlsplit(listener.url_for("p1", f"c{number}")).path for number in range(1000)]
        good = [stack.enter_context(socket.create_connection(where, 30)) for _ in paths]
        for number, (sock, path) in enumerate(zip(good, paths, strict=True)):
            body = payload(f"c{number}")
            sock.sendall(f"POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        assert {sock.recv(12) for sock in good} == {b"HTTP/1.1 200"}
        for sock in slow[:5]:
            sock.setblocking(False)
            with pytest.raises(BlockingIOError):  # still there: no deadline has cut it off
                sock.recv(1)
    assert {entry.clip for entry in inbox.list()} == {f"c{number}" for number in range(1000)}
    inbox.close()


def test_connections_that_arrive_while_the_listener_stops_are_closed():
    """Each is taken and closed, or left to the system's queue, which ends with the listener."""
    for number in range(30):
        with contextlib.ExitStack() as stack:
            with listening(Receiver(), read_deadline=60) as listener:
                parts = urlsplit(listener.url)
                where = parts.hostname, parts.port
                peers = [stack.enter_context(socket.create_connection(where, 5)) for _ in range(number % 7 + 1)]
            for peer in peers:
                with contextlib.suppress(ConnectionResetError):
                    assert peer.recv(1) == b""
            gc.collect()  # a socket that was forgotten would warn


def test_what_was_read_whole_is_answered_when_the_listener_ends():
    class Slow(Receiver):
        def handle_many(self, requests):
            begun.set()
            assert done.wait(5)
            return super().handle_many(requests)

    begun, done, answers = threading.Event(), threading.Event(), []
    with listening(Slow()) as listener:
        url = listener.url_for("p1", "c1")
        sending = threading.Thread(target=lambda: answers.append(send(url, body=payload())[0]))
        sending.start()
        assert begun.wait(5)
        threading.Timer(0.1, done.set).start()
    sending.join(5)
    assert answers == [200]
