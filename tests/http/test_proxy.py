"""Proxies are used as everyone names them, and see no more than they must."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading

import pytest

from clipaudio.errors import ConnectionFailedError, UnsafeAddressError
from clipaudio.http.client import HttpTransport, Policy, Request
from clipaudio.http.proxy import choose_proxy
from clipaudio.http.url import parse_url


class TunnelProxy:
    """A proxy that leads every CONNECT to one place, and answers *status* to it."""

    def __init__(self, place=None, answer=b"HTTP/1.1 200 OK\r\n\r\n"):
        self.place, self.answer, self.asked = place, answer, []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://user:pass%40word@127.0.0.1:{self._listener.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._threads.append(threading.Thread(target=self._serve, args=(connection,)))
                self._threads[-1].start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += connection.recv(1)
            self.asked.append(head.decode("latin-1"))
            connection.sendall(self.answer)
            if self.place is None or not head.startswith(b"CONNECT"):
                return
            with socket.create_connection(self.place) as there:
                back = threading.Thread(target=self._pump, args=(there, connection))
                back.start()
                self._pump(connection, there)
                back.join()

    @staticmethod
    def _pump(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)


@pytest.fixture
def tunnel():
    made = []

    def make(*arguments):
        made.append(TunnelProxy(*arguments))
        return made[-1]

    yield make
    for one in made:
        one.close()


def public(_host, port):
    return [(socket.AF_INET, ("93.184.215.14", port))]


def ask(url, proxy, *, trusting=None, resolver=public, **policy):
    transport = HttpTransport(proxies={"all": proxy.url}, trust=trusting, resolver=resolver)
    headers = {"Authorization": "Token secret"}
    with transport.open(Request(method="GET", url=url, headers=headers, policy=Policy(**policy))) as answer:
        return answer.status, answer.read()


def test_https_goes_through_a_tunnel_that_sees_no_secret(tunnel, tls_peer, trusting):
    proxy = tunnel(("127.0.0.1", tls_peer.port))
    tls_peer.answer("/secret-path", 200, b"abc")
    assert ask("https://clips.example/secret-path", proxy, trusting=trusting) == (200, b"abc")
    (asked,) = proxy.asked
    assert asked.startswith("CONNECT clips.example:443 HTTP/1.1\r\nHost: clips.example:443\r\n")
    assert base64.b64encode(b"user:pass@word").decode() in asked
    assert "secret" not in asked
    assert "proxy-authorization" not in tls_peer.requests[0].headers


def test_the_certificate_is_still_that_of_the_url(tunnel, tls_peer, trusting):
    proxy = tunnel(("127.0.0.1", tls_peer.port))
    with pytest.raises(ConnectionFailedError, match=r"certificate of https://other.example/… was refused"):
        ask("https://other.example/a", proxy, trusting=trusting)


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (b"HTTP/1.1 407 Authentication\r\nContent-Length: 0\r\n\r\n", r"answered 407 .*name its user and password"),
        (
            b"HTTP/1.1 502 Bad\r\n\r\n",
            r"answered 502 to the request for https://clips.example/…; check the proxy",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\nsmuggled", r"the connection to .* failed \(no agreement on TLS\)"),
        (b"nonsense\r\n", r"the proxy 127.0.0.1 (sent a header that is malformed|failed)"),
    ],
)
def test_a_proxy_that_gives_no_way_is_named(tunnel, answer, match):
    with pytest.raises(ConnectionFailedError, match=match):
        ask("https://clips.example/a", tunnel(None, answer))


def test_plain_http_is_asked_of_the_proxy_itself_where_it_is_allowed(tunnel):
    proxy = tunnel(None, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    assert ask("http://clips.example/a?b", proxy, allow_http=True) == (200, b"ok")
    assert proxy.asked[0].startswith("GET http://clips.example/a?b HTTP/1.1\r\nHost: clips.example\r\n")
    with pytest.raises(UnsafeAddressError, match="not https"):
        ask("http://clips.example/a", proxy, allow_private=True)


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[::ffff:10.0.0.1]", "inside.example"])
def test_a_name_that_leads_inside_is_refused_before_the_proxy_is_asked(tunnel, host):
    proxy = tunnel()

    def resolver(name, port):
        return [(socket.AF_INET, ("10.0.0.1" if name == "inside.example" else name, port))]

    with pytest.raises(UnsafeAddressError, match="which is"):
        ask(f"https://{host}/a", proxy, resolver=resolver)
    assert proxy.asked == []


def test_a_name_only_the_proxy_knows_is_left_to_it(tunnel, tls_peer, trusting):
    def nowhere(_host, _port):
        raise OSError("unknown name")

    tls_peer.answer("/a", 200, b"abc")
    proxy = tunnel(("127.0.0.1", tls_peer.port))
    assert ask("https://clips.example/a", proxy, trusting=trusting, resolver=nowhere) == (200, b"abc")


def test_a_proxy_that_is_not_there_is_a_failed_connection():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    transport = HttpTransport(proxies={"https": f"http://127.0.0.1:{port}"}, resolver=public)
    with (
        pytest.raises(ConnectionFailedError, match=r"no connection to the proxy 127.0.0.1"),
        transport.open(Request(method="GET", url="https://clips.example/")),
    ):
        pass
    transport = HttpTransport(proxies={"https": "http://no-such-host.invalid"}, resolver=public)
    with (
        pytest.raises(ConnectionFailedError, match=r"the proxy 'no-such-host.invalid' does not resolve"),
        transport.open(Request(method="GET", url="https://clips.example/")),
    ):
        pass


@pytest.mark.parametrize("url", ["socks5://proxy.example", "https://proxy.example", "http://", "http://a:b"])
def test_a_proxy_of_another_kind_is_refused_with_advice(url):
    with pytest.raises(ConnectionFailedError, match=r"of the form http://host:port"):
        choose_proxy(parse_url("https://clips.example/"), {"https": url})


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_this_machine_is_reached_directly(host):
    assert choose_proxy(parse_url(f"https://{host}/"), {"all": "http://proxy.example:1"}) is None


def test_the_environment_is_asked_and_its_exceptions_count(script_in):
    code = """
from clipaudio.http.proxy import choose_proxy
from clipaudio.http.url import parse_url
print([choose_proxy(parse_url(url)) for url in ("https://a.example/", "https://b.inside.example/", "http://a.example/")])
"""
    environment = {"HTTPS_PROXY": "proxy.example:3128", "no_proxy": "inside.example"}
    assert script_in(code, environment) == "[Proxy(host='proxy.example', port=3128), None, None]"


def test_addresses_and_networks_are_exceptions_in_every_form_that_curl_and_go_take(script_in):
    direct = [
        ("[2001:db8::1]", "https://[2001:db8::1]/"),
        ("2001:DB8:0::1", "https://[2001:db8::1]/"),
        ("a.example, [2001:db8::1]:8443 ", "https://[2001:db8::1]:8443/"),
        ("[2001:db8::1]:443", "https://[2001:db8::1]/"),
        ("2001:db8::/32", "https://[2001:db8::1]/"),
        ("10.0.0.0/8", "https://10.1.2.3/"),
        ("10.0.0.1/8", "https://10.1.2.3/"),
        ("10.1.2.3:8443", "https://10.1.2.3:8443/"),
        ("a.example:8443", "https://a.example:8443/"),
        ("[::1]", "https://[::1]/"),
    ]
    asked = [
        ("[2001:db8::1]:8443", "https://[2001:db8::1]/"),
        ("[2001:db8::1]8443", "https://[2001:db8::1]:8443/"),
        ("[2001:db8::2]", "https://[2001:db8::1]/"),
        ("2001:db8:1::/48", "https://[2001:db8::1]/"),
        ("10.0.0.0/16", "https://10.1.2.3/"),
        ("10.0.0.0/33,[,],[],,:1", "https://10.1.2.3/"),
        ("10.0.0.0/8", "https://a.example/"),
        ("a.example:8443", "https://a.example/"),
        ("", "https://[2001:db8::1]/"),
    ]
    code = f"""
import os
from clipaudio.http.proxy import choose_proxy
from clipaudio.http.url import parse_url
for no_proxy, url in {direct + asked}:
    os.environ["no_proxy"] = no_proxy
    print("direct" if choose_proxy(parse_url(url)) is None else "asked")
"""
    ways = script_in(code, {"https_proxy": "proxy.example:3128"}).split()
    assert ways == ["direct"] * len(direct) + ["asked"] * len(asked)


@pytest.fixture
def script_in():
    """Run code in a process of its own with an environment of its own, and give what it prints."""
    import os
    import subprocess
    import sys

    def run(code, environment):
        kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        done = subprocess.run(
            [sys.executable, "-c", code], env=kept | environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    return run
