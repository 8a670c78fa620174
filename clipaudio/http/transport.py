"""One request becomes one answer: TLS, a pinned address, deadlines, checked redirects and counted bytes.

Conventions
-----------
Keys, secrets and signed urls never reach a repr or a message: urls are shown through `redact`.
Heads and bodies are read by `clipaudio.http.wire`: `http.client` takes an answer that ends early as complete.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from clipaudio.errors import (
    ConnectionFailedError,
    DeadlineError,
    DownloadError,
    UnsafeAddressError,
)
from clipaudio.http.address import Address, Resolver, resolve, system_resolver
from clipaudio.http.deadline import Deadline
from clipaudio.http.exchange import Closing, Exchange, Translated, too_large
from clipaudio.http.message import Policy, Request, Response
from clipaudio.http.pool import Connection, ConnectionPool, Place
from clipaudio.http.proxy import Proxy, check_name, choose_proxy, open_tunnel
from clipaudio.http.redact import redact
from clipaudio.http.stream import Stream, TlsStream
from clipaudio.http.url import Target, next_url, parse_url
from clipaudio.http.wire import read_head, request_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from clipaudio.http.address import SocketAddress

__all__ = ["HttpTransport", "Policy", "Request", "Response", "Transport"]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_IDENTITY = {"Accept-Encoding": "identity"}
_SAFE_ELSEWHERE = frozenset({"accept", "user-agent", "range", "if-range"})


@dataclass(frozen=True, slots=True)
class _Rules:
    """Where one hop may lead."""

    policy: Policy
    allow_private: bool
    is_hop: bool


class Transport(Protocol):
    """The seam: whatever turns a `Request` into an `Response`, open as long as the ``with`` block lasts."""

    def open(self, request: Request) -> AbstractContextManager[Response]:
        """Send *request*, follow what its policy allows, give the answer."""
        ...


class HttpTransport:
    """HTTP/1.1, checked as `Policy` says; connections are kept and used again.

    Each hop resolves its host once, tests all answers, connects to a tested address and verifies the
    certificate against the host's name. Through a proxy the host's name is tested as far as it resolves here; what
    the proxy makes of it cannot be.

    Parameters
    ----------
    connect_timeout, read_timeout
        Seconds to open a connection, and between two reads. The policy's deadline covers the whole besides.
    ssl_context
        Trust and keys for TLS; the system's trust when None.
    resolver, dial, clock
        How names become addresses, addresses become sockets, and what time it is; for tests and odd networks.
    proxies
        Urls of proxies by scheme; the environment's when None, none when empty.

    Examples
    --------
    >>> try:
    ...     with HttpTransport().open(Request(method="GET", url="http://example.com/?signature=x")) as answer:
    ...         answer.read()
    ... except UnsafeAddressError as error:
    ...     print(error)
    http://example.com/… is not https; refused (pass allow_private or allow_http for a server of your own)
    """

    def __init__(
        self,
        *,
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
        ssl_context: ssl.SSLContext | None = None,
        resolver: Resolver | None = None,
        dial: Callable[[Address, float], socket.socket] | None = None,
        clock: Callable[[], float] = time.monotonic,
        proxies: Mapping[str, str] | None = None,
    ) -> None:
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._given_context = ssl_context
        self._resolver = resolver
        self._dial = dial or _dial
        self._clock = clock
        self._proxies = proxies
        self._pool = ConnectionPool(clock=clock)

    def close(self) -> None:
        """Close the connections that are kept; the transport can be used again."""
        self._pool.close()

    @contextlib.contextmanager
    def open(self, request: Request) -> Iterator[Response]:
        """Send *request*; follow redirects of a GET as far as its policy allows, checking each hop anew.

        Raises
        ------
        UnsafeAddressError
            The url, or a redirect, leads to a scheme or an address where no clip lives.
        ConnectionFailedError, DeadlineError
            No whole answer came, or not in time.
        DownloadError
            Too many redirects, too many bytes, or a compressed body nobody asked for.
        """
        deadline = Deadline(request.policy.deadline, clock=self._clock)
        headers = {"User-Agent": "clipaudio", **request.headers}
        target, may_be_private = parse_url(request.url), request.policy.allow_private
        for hop in range(request.policy.redirects + 1):
            rules = _Rules(request.policy, allow_private=may_be_private, is_hop=hop > 0)
            with self._exchange(request, target, headers, rules, deadline) as exchange:
                answer = exchange.answer
                location = answer.headers.get("location") if answer.status in _REDIRECTS else None
                if location is None or request.method != "GET" or request.policy.redirects == 0:
                    yield answer
                    return
                following = parse_url(next_url(target, location))
            if target.scheme == "https" and following.scheme == "http":
                raise UnsafeAddressError(f"{target.shown} redirects from https to http; refused")
            if following.origin != target.origin:
                headers = {name: value for name, value in headers.items() if name.lower() in _SAFE_ELSEWHERE}
            may_be_private = may_be_private and exchange.connection.is_private
            target = following
        raise DownloadError(f"more than {request.policy.redirects} redirects from {redact(request.url)}; refused")

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return self._given_context or ssl.create_default_context()

    def _addresses(self, target: Target, rules: _Rules) -> list[Address]:
        """Test where *target* leads; plain http needs permission or an allowed private address."""
        try:
            addresses = resolve(target.host, target.port, allow_private=rules.allow_private, resolver=self._resolver)
        except UnsafeAddressError as error:
            if rules.is_hop:
                raise UnsafeAddressError(f"a redirect was refused: {error}", **error.__dict__) from error
            raise
        if target.scheme == "http" and not rules.policy.allow_http and not all(one.is_private for one in addresses):
            raise UnsafeAddressError(f"{target.shown} is not https; refused (only a private address may be plain http)")
        return addresses

    def _exchange(
        self, request: Request, target: Target, headers: Mapping[str, str], rules: _Rules, deadline: Deadline
    ) -> Exchange:
        """Send one request and read the head of its answer.

        A connection that was kept may have died unnoticed: where nothing was answered a new one is opened. A POST,
        which must not be sent twice, gets a new one at once.
        """
        if target.scheme == "http" and not (rules.policy.allow_http or rules.allow_private):
            raise UnsafeAddressError(
                f"{target.shown} is not https; refused (pass allow_private or allow_http for a server of your own)"
            )
        place = (*target.origin, rules.allow_private, rules.policy.allow_http)
        kept = self._pool.take(place) if request.method != "POST" else None
        if kept is not None:
            try:
                return self._ask(request, target, headers, kept, place, deadline)
            except ConnectionFailedError as error:
                if kept.stream.has_received or isinstance(error, DeadlineError):
                    raise
        return self._ask(request, target, headers, self._connect(target, rules, deadline), place, deadline)

    def _ask(
        self,
        request: Request,
        target: Target,
        headers: Mapping[str, str],
        connection: Connection,
        place: Place,
        deadline: Deadline,
    ) -> Exchange:
        """Send the request over *connection*, which is closed where that fails, and read the head of the answer."""
        shown = target.shown
        where, host = target.path, target.authority
        if connection.proxy is not None and target.scheme == "http":
            where, headers = target.url, {**headers, **connection.proxy}
        with Closing(connection.stream):
            try:
                data = request_bytes(request.method, where, {"Host": host, **headers, **_IDENTITY}, request.body)
            except ValueError as error:
                raise ConnectionFailedError(f"nothing was sent to {shown}: {error}") from None
            connection.stream.begin(deadline, longest=self._read_timeout)
            with Translated(shown):
                connection.stream.send(data)
                head = read_head(connection.stream, request.method, shown)
            if head.length is not None and head.length > request.policy.max_bytes:
                raise too_large(shown, request.policy.max_bytes)
        return Exchange(connection, head, request.policy.max_bytes, target, lambda: self._pool.give(place, connection))

    def _connect(self, target: Target, rules: _Rules, deadline: Deadline) -> Connection:
        """Open the first tested address that answers, or the way through a proxy."""
        proxy = choose_proxy(target, self._proxies)
        if proxy is not None:
            return self._connect_through(proxy, target, rules, deadline)
        addresses = self._addresses(target, rules)
        stream = self._dialled(target.shown, addresses, deadline)
        is_private = all(one.is_private for one in addresses)
        return Connection(self._secured(stream, target, deadline), is_private)

    def _connect_through(self, proxy: Proxy, target: Target, rules: _Rules, deadline: Deadline) -> Connection:
        if target.scheme == "http" and not rules.policy.allow_http:
            raise UnsafeAddressError(f"{target.shown} is not https; refused through a proxy (pass allow_http)")
        check_name(target, allow_private=rules.allow_private, resolver=self._resolver)
        addresses = [Address(family, where, is_private=True) for family, where in _located(proxy)]
        stream = self._dialled(f"the proxy {proxy.host}", addresses, deadline)
        if target.scheme == "http":
            return Connection(stream, is_private=False, proxy=proxy.headers)
        with Closing(stream), Translated(f"the proxy {proxy.host}"):
            stream.begin(deadline, longest=self._connect_timeout)
            open_tunnel(stream, proxy, target)
        return Connection(self._secured(stream, target, deadline), is_private=False, proxy=proxy.headers)

    def _dialled(self, shown: str, addresses: Sequence[Address], deadline: Deadline) -> Stream:
        """Open the first address that answers."""
        failures: list[OSError] = []
        for address in addresses:
            try:
                return Stream(self._dial(address, deadline.timeout(self._connect_timeout)))
            except OSError as error:
                if isinstance(error, DeadlineError):
                    raise
                failures.append(error)
        last = failures[-1]
        message = f"no connection to {shown} ({last}); check the network and the url"
        if isinstance(last, TimeoutError):
            raise DeadlineError(message, seconds=self._connect_timeout) from last
        raise ConnectionFailedError(message) from last

    def _secured(self, stream: Stream, target: Target, deadline: Deadline) -> Stream:
        """Speak TLS where the url says so; the certificate must carry the name of the url."""
        if target.scheme == "http":
            return stream
        with Closing(stream), Translated(target.shown):
            secure = TlsStream(stream.socket, self._context, target.host)
            secure.begin(deadline, longest=self._connect_timeout)
            secure.greet()
        return secure


def _dial(address: Address, timeout: float) -> socket.socket:
    """Open a TCP connection to exactly *address*."""
    with contextlib.ExitStack() as opened:
        sock = opened.enter_context(socket.socket(address.family, socket.SOCK_STREAM))
        sock.settimeout(timeout)
        sock.connect(address.socket_address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.pop_all()
        return sock


def _located(proxy: Proxy) -> list[tuple[socket.AddressFamily, SocketAddress]]:
    """Resolve the proxy, whom the user chose: it may be anywhere."""
    try:
        return system_resolver(proxy.host, proxy.port)
    except (OSError, UnicodeError) as error:
        raise ConnectionFailedError(f"the proxy {proxy.host!r} does not resolve ({error}); check its url") from error
