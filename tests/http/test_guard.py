"""The second lock: what libcurl connects to, and what it uses again, is tested when it does so."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import threading

import pycurl
import pytest

from clipaudio.errors import ConnectionFailedError, DeadlineError, RequestError, UnsafeAddressError
from clipaudio.http.address import Address
from clipaudio.http.client import HttpTransport, Policy, Request, _check_libcurl
from clipaudio.http.guard import Guard
from clipaudio.http.route import Route
from clipaudio.http.trust import Trust

OWN = Policy(allow_private=True)


def route(*addresses, **options):
    found = tuple(Address(socket.AF_INET, (one, 443), is_private=False) for one in addresses)
    given = {"proxy": None, "allow_private": False, "requires_private": False, **options}
    return Route("a.example", "https://a.example/…", "a", "https://a.example:443/", "", found, **given)


def test_a_socket_is_opened_for_an_admitted_address_only():
    guard, curl = Guard(None, 1.0), pycurl.Curl()
    guard.watch(curl)
    guard.admit(route("127.0.0.2"))
    with socket.create_server(("127.0.0.1", 0)) as server:
        curl.setopt(pycurl.URL, f"http://127.0.0.1:{server.getsockname()[1]}/")
        with pytest.raises(pycurl.error):
            curl.perform()
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert isinstance(guard.problem, UnsafeAddressError)
    curl.close()


def test_a_kept_connection_is_not_used_where_it_may_not_be_opened(keeping):
    """The name led inside when it was opened, with permission; now it leads outside, and there is none."""
    now, answers = [0.0], ["127.0.0.1", "1.1.1.1"]
    peer = keeping()
    port = int(peer.url.rpartition(":")[2].partition("/")[0])
    transport = HttpTransport(
        resolver=lambda _host, _port: [(socket.AF_INET, (answers[now[0] > 30], port))], clock=lambda: now[0], proxies={}
    )
    url = f"http://clips.example:{port}/a"
    with transport.open(Request(method="GET", url=url, policy=Policy(allow_private=True, allow_http=True))) as response:
        assert response.read() == b"abc"
    now[0] = 31.0
    with (
        pytest.raises(UnsafeAddressError, match=r"kept connection leads to 127.0.0.1, which is loopback"),
        transport.open(Request(method="GET", url=url, policy=Policy(allow_http=True))),
    ):
        pass
    assert peer.requests == 1
    transport.close()


@pytest.mark.filterwarnings("ignore:This process .*is multi-threaded:DeprecationWarning")  # the peer runs in a thread
def test_a_process_that_was_forked_opens_connections_of_its_own(keeping):
    peer = keeping()
    transport = HttpTransport()

    def ask():
        with transport.open(Request(method="GET", url=peer.url, policy=OWN)) as response:
            return response.read() == b"abc"

    assert ask()
    child = os.fork()
    if child == 0:
        os._exit(0 if ask() else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert ask()
    assert (peer.connections, peer.requests) == (2, 3)
    transport.close()


def test_threads_have_connections_of_their_own_at_the_same_time(keeping):
    peer, transport, done = keeping(), HttpTransport(), []

    def ask():
        for _ in range(20):
            with transport.open(Request(method="GET", url=peer.url, policy=OWN)) as response:
                done.append(response.read())

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [b"abc"] * 80
    assert peer.connections <= 4
    transport.close()


@pytest.mark.parametrize(("number", "is_taken"), [(0x080300, False), (0x080400, True), (0x081700, True)])
def test_an_old_libcurl_is_refused(number, is_taken):
    if is_taken:
        _check_libcurl("some", number)
    else:
        with pytest.raises(RequestError, match=r"too old, expected 8.4"):
            _check_libcurl("some", number)


def test_a_client_certificate_is_presented(keeping, needs, tmp_path):
    cert, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    command = [needs.program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-nodes", "-days", "1", "-subj", "/CN=own", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.load_verify_locations(cert)
    context.verify_mode = ssl.CERT_REQUIRED
    peer = keeping(tls=context)
    for trust, is_known in ((Trust(cafile=cert, certificate=cert, key=key), True), (Trust(cafile=cert), False)):
        transport = HttpTransport(trust=trust)
        request = Request(method="GET", url=peer.url, policy=OWN)
        if is_known:
            with transport.open(request) as response:
                assert response.read() == b"abc"
        else:
            with pytest.raises(ConnectionFailedError, match="failed"), transport.open(request):
                pass
        transport.close()


def test_only_the_named_issuers_are_trusted(keeping, certificate):
    """Neither a folder without issuers nor the paths built into libcurl vouch for the peer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    peer = keeping(tls=context)
    transport = HttpTransport(trust=Trust(capath=certificate[0].parent / "none"))
    expected = pytest.raises(ConnectionFailedError, match=r"certificate of .* was refused|cannot be read")
    with expected, transport.open(Request(method="GET", url=peer.url, policy=OWN)):
        pass
    assert peer.requests == 0


class Taker:
    """A server that takes a request as slowly as it is told, then answers."""

    def __init__(self, pause, most):
        self._pause, self._most = pause, most
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        connection, _ = self._listener.accept()
        with connection:
            taken = 0
            while taken < self._most:
                taken += len(connection.recv(1_000_000))
                self._over.wait(self._pause)
            if self._over.wait(0 if self._pause else 20):
                return
            connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n")

    def close(self):
        self._over.set()
        self._listener.close()
        self._thread.join(5)


def test_a_request_that_is_taken_slowly_is_not_silent():
    body = bytes(40_000_000)
    taker = Taker(0.02, len(body))
    transport = HttpTransport(read_timeout=0.4)
    with transport.open(Request(method="POST", url=taker.url, body=body, policy=OWN)) as response:
        assert response.status == 200
    taker.close()
    transport.close()


def test_a_request_that_nobody_takes_is_silent():
    taker = Taker(0.0, 100)
    transport = HttpTransport(read_timeout=0.2)
    request = Request(method="POST", url=taker.url, body=bytes(50_000_000), policy=OWN)
    with pytest.raises(DeadlineError, match=r"silent for 0.2 s"), transport.open(request):
        pass
    taker.close()
