from __future__ import annotations

import logging
import socket
from contextlib import closing

import pytest

from clipaudio.emulator.exchange import EmulatorResponse
from clipaudio.emulator.server import Server


def answer(request):
    if request.path == "/broken":
        raise ZeroDivisionError
    return EmulatorResponse(200, request.method.encode() + b" " + request.body, {"X-Path": request.target})


@pytest.fixture
def server():
    """Yield a server that says what it was asked."""
    with closing(Server(0, answer=answer, pause=lambda _: None, clock=lambda: 0.0)) as server:
        yield server


@pytest.fixture
def talk(server):
    """Return the function that sends raw bytes and gives everything that comes back."""

    def talk(data):
        with socket.create_connection(server.server_address, timeout=5) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile("rb") as reader:
                return reader.read()

    return talk


def test_one_connection_carries_many_requests(talk):
    got = talk(b"PUT /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi" + b"GET /b HTTP/1.1\r\n\r\n")
    assert got.count(b"HTTP/1.1 200 OK") == 2
    assert b"\r\n\r\nPUT hi" in got
    assert got.endswith(b"X-Path: /b\r\nContent-Length: 4\r\n\r\nGET ")


def test_head_has_the_length_and_no_body(talk):
    assert talk(b"HEAD / HTTP/1.1\r\n\r\n").endswith(b"Content-Length: 5\r\n\r\n")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"Transfer-Encoding: chunked", b"411"),
        (b"Content-Length: x", b"411"),
        (b"Content-Length: 99999999999", b"413"),
    ],
)
def test_a_body_whose_size_cannot_be_is_refused_and_the_connection_ends(talk, head, status):
    got = talk(b"POST / HTTP/1.1\r\n" + head + b"\r\n\r\n")
    assert got.startswith(b"HTTP/1.1 " + status)
    assert b"Connection: close" in got


def test_our_own_failures_are_logged_as_errors(talk, caplog):
    with caplog.at_level(logging.DEBUG, "clipaudio.emulator"):
        assert talk(b"GET /broken HTTP/1.1\r\n\r\n") == b""
    assert ("clipaudio.emulator", logging.ERROR, "a connection failed") in caplog.record_tuples
    assert "ZeroDivisionError" in caplog.text


def test_it_listens_on_this_machine_only(server):
    assert server.origin.startswith("http://127.0.0.1:")


def test_closing_ends_connections_that_wait():
    server = Server(0, answer=answer, pause=lambda _: None, clock=lambda: 0.0)
    with socket.create_connection(server.server_address, timeout=5) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 200"
        server.close()
        with connection.makefile("rb") as reader:
            reader.read()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(server.server_address, timeout=5)


@pytest.mark.parametrize(
    ("request_line", "head", "status"),
    [
        (b"GET http://[/api HTTP/1.1", b"X: y", b"400"),
        (b"POST / HTTP/1.1", b"Content-Length: " + b"9" * 5000, b"413"),
    ],
)
def test_a_request_that_cannot_be_understood_is_answered(talk, request_line, head, status):
    assert talk(request_line + b"\r\n" + head + b"\r\n\r\n").startswith(b"HTTP/1.1 " + status)
