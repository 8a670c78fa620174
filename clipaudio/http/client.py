"""Send a request and return its response: pinned addresses, checked redirects, deadlines, counted bytes.

Conventions
-----------
Keys, secrets and signed urls never reach a repr or a message: urls are shown through `redact`. Header names of a
`Response` are lower case. A `Request` carries its own `Policy`, so a transport holds no permission of its own.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pycurl

from clipaudio.errors import (
    ConnectionFailedError,
    DeadlineError,
    DownloadError,
    RequestError,
    UnsafeAddressError,
)
from clipaudio.http.address import Address, resolve, system_resolver
from clipaudio.http.answer import Answer, read_answer
from clipaudio.http.guard import Guard
from clipaudio.http.head import check_request_lines
from clipaudio.http.loop import EventLoop, ThreadCall
from clipaudio.http.message import Policy, Request, Response, Transport
from clipaudio.http.proxy import Proxy, check_name, choose_proxy
from clipaudio.http.redact import redact
from clipaudio.http.transfer import Handle, Transfer
from clipaudio.http.trust import Trust
from clipaudio.http.url import Target, next_url, parse_url

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping

    from clipaudio.http.address import Resolver
    from clipaudio.http.loop import Steps

__all__ = ["Answer", "HttpTransport", "Policy", "Request", "Response", "Transport", "Trust", "shared_transport"]

_Result = TypeVar("_Result")
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SAFE_ELSEWHERE: Final = frozenset({"accept", "user-agent", "range", "if-range"})
_OLDEST_LIBCURL: Final = 0x080400
_RESOLVED_SECONDS: Final = 30.0
_CONNECTION_SECONDS: Final = 30  # servers close theirs after a minute or so, and a closed one costs a try
_IDLE_LOOPS: Final = 32


@dataclass(frozen=True, slots=True)
class _Route:
    """How one hop is reached: by the tested addresses of the host, or of a proxy."""

    target: Target
    addresses: list[Address]
    proxy: Proxy | None


class HttpTransport:
    """HTTP/1.1 by libcurl, checked as `Policy` says; connections are kept and used again.

    Each hop tests all addresses of its host, connects to a tested address only, and verifies the certificate against
    the host's name. Through a proxy the host's name is tested as far as it resolves here; the proxy resolves it anew.
    A transport may be used by several threads and, after a fork, by several processes.

    Parameters
    ----------
    connect_timeout, read_timeout
        Seconds to open a connection, and without any progress. The policy's deadline covers the whole besides.
    trust
        The certificates to trust and to present; the system's when None.
    resolver, dial, clock
        How names become addresses, addresses become sockets, and what time it is; for tests and odd networks.
    proxies
        Urls of proxies by scheme; the environment's when None, none when empty.

    Examples
    --------
    >>> try:
    ...     with HttpTransport().open(Request(method="GET", url="http://example.com/?signature=x")) as response:
    ...         response.read()
    ... except UnsafeAddressError as error:
    ...     print(error)
    http://example.com/… is not https; refused (pass allow_private or allow_http for a server of your own)
    """

    def __init__(
        self,
        *,
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
        trust: Trust | None = None,
        resolver: Resolver | None = None,
        dial: Callable[[Address, float], socket.socket] | None = None,
        clock: Callable[[], float] = time.monotonic,
        proxies: Mapping[str, str] | None = None,
    ) -> None:
        if pycurl.version_info()[2] < _OLDEST_LIBCURL:
            raise RequestError(
                f"libcurl {pycurl.version_info()[1]} is too old, expected 8.4 or newer;"
                " run: pip install --upgrade --only-binary=:all: pycurl",
                field="pycurl",
            )
        self._connect_timeout, self._read_timeout = connect_timeout, read_timeout
        self._trust = trust or Trust()
        self._resolver, self._dial, self._clock, self._proxies = resolver, dial, clock, proxies
        self._resolved: dict[tuple[str, int, bool], tuple[float, list[Address]]] = {}
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._idle: list[EventLoop] = []

    def close(self) -> None:
        """Close the connections that are kept; the transport can be used again."""
        with self._lock:
            loops, self._idle = self._idle, []
        for loop in loops:
            loop.close()

    @contextlib.contextmanager
    def loop(self) -> Iterator[EventLoop]:
        """Lend a loop with its kept connections to the calling thread."""
        with self._lock:
            if os.getpid() != self._process:  # the connections belong to the process that forked
                _inherited.extend(self._idle)
                self._idle, self._process = [], os.getpid()
            loop = self._idle.pop() if self._idle else None
        loop = loop or EventLoop(self._make_handle, clock=self._clock)
        try:
            yield loop
        finally:
            with self._lock:
                is_kept = len(self._idle) < _IDLE_LOOPS and os.getpid() == self._process
                if is_kept:
                    self._idle.append(loop)
            if not is_kept:
                loop.close()

    def run(self, steps: Steps[_Result]) -> _Result:
        """Run a task that uses `ask` to its end."""
        with self.loop() as loop:
            return loop.run(steps)

    @contextlib.contextmanager
    def open(self, request: Request) -> Iterator[Response]:
        """Send *request*; follow redirects of a GET as far as its policy allows, checking each hop anew.

        Raises
        ------
        UnsafeAddressError
            The url, or a redirect, leads to a scheme or an address where no clip lives.
        ConnectionFailedError, DeadlineError
            No whole response came, or not in time.
        DownloadError
            Too many redirects, too many bytes, or a compressed body nobody asked for.
        """
        with self.loop() as loop:
            answer = loop.run(self.ask(request))
            try:
                yield Response(
                    status=answer.status,
                    headers=answer.headers,
                    url=answer.url,
                    blocks=iter(lambda: loop.run(answer.block()), b""),
                    length=answer.length,
                )
            finally:
                answer.close()

    def ask(self, request: Request) -> Steps[Answer]:
        """Send *request* as a task; the answer is to be closed. Raises as `open` does."""
        policy = request.policy
        end = self._clock() + policy.deadline
        headers = {"User-Agent": "clipaudio", **request.headers}
        target, may_be_private = parse_url(request.url), policy.allow_private
        for hop in range(policy.redirects + 1):
            route = yield from self._route(target, policy, end, may_be_private=may_be_private, is_hop=hop > 0)
            transfer = self._transfer(request, route, headers, end, allow_private=may_be_private)
            answer = yield from read_answer(transfer, request, target.url)
            location = answer.headers.get("location") if answer.status in _REDIRECTS else None
            if location is None or request.method != "GET" or policy.redirects == 0:
                return answer
            with contextlib.closing(answer):
                following = parse_url(next_url(target, location))
                may_be_private = may_be_private and route.proxy is None and answer.is_private
            if target.scheme == "https" and following.scheme == "http":
                raise UnsafeAddressError(f"{target.shown} redirects from https to http; refused")
            if following.origin != target.origin:
                headers = {name: value for name, value in headers.items() if name.lower() in _SAFE_ELSEWHERE}
            target = following
        raise DownloadError(f"more than {policy.redirects} redirects from {redact(request.url)}; refused")

    def _make_handle(self) -> Handle:
        """Make a handle with the options that no request changes."""
        handle = Handle(Guard(self._dial, self._connect_timeout))
        setopt: Callable[[int, Any], None] = handle.curl.setopt
        for option, value in _OPTIONS.items():
            setopt(option, value)
        setopt(pycurl.CONNECTTIMEOUT_MS, max(1, int(self._connect_timeout * 1e3)))
        self._trust.apply(setopt)
        return handle

    def _route(
        self, target: Target, policy: Policy, end: float, *, may_be_private: bool, is_hop: bool
    ) -> Steps[_Route]:
        """Test where *target* leads; plain http needs permission or an allowed private address."""
        if target.scheme == "http" and not (policy.allow_http or may_be_private):
            raise UnsafeAddressError(
                f"{target.shown} is not https; refused (pass allow_private or allow_http for a server of your own)"
            )
        left = end - self._clock()
        if left <= 0:
            raise DeadlineError(
                f"not done within {policy.deadline:g} s; try again or allow more time", seconds=policy.deadline
            )
        proxy = choose_proxy(target, self._proxies)
        if proxy is not None:
            if target.scheme == "http" and not policy.allow_http:
                raise UnsafeAddressError(f"{target.shown} is not https; refused through a proxy (pass allow_http)")
            check = functools.partial(check_name, target, allow_private=may_be_private, resolver=self._resolver)
            yield ThreadCall(check, left)
            addresses = yield ThreadCall(functools.partial(_resolve_proxy, proxy), left)
            return _Route(target, addresses, proxy)
        try:
            addresses = yield from self._resolve(target, left, may_be_private=may_be_private)
        except UnsafeAddressError as error:
            if is_hop:
                raise UnsafeAddressError(f"a redirect was refused: {error}", **error.__dict__) from error
            raise
        if target.scheme == "http" and not policy.allow_http and not all(one.is_private for one in addresses):
            raise UnsafeAddressError(f"{target.shown} is not https; refused (only a private address may be plain http)")
        return _Route(target, addresses, None)

    def _resolve(self, target: Target, seconds: float, *, may_be_private: bool) -> Steps[list[Address]]:
        """Return the tested addresses of the host, as they were at most 30 seconds ago."""
        key = target.host, target.port, may_be_private
        now = self._clock()
        since, addresses = self._resolved.get(key, (now, []))
        if not addresses or now - since > _RESOLVED_SECONDS:
            call = functools.partial(
                resolve, target.host, target.port, allow_private=may_be_private, resolver=self._resolver
            )
            addresses = call() if _is_literal(target.host) else (yield ThreadCall(call, seconds))
            if len(self._resolved) >= _MOST_RESOLVED:
                self._resolved.clear()
            self._resolved[key] = now, addresses
        return addresses

    def _transfer(
        self, request: Request, route: _Route, headers: Mapping[str, str], end: float, *, allow_private: bool
    ) -> Transfer:
        """Describe one request to libcurl."""
        target, proxy, policy = route.target, route.proxy, request.policy
        lines = _header_lines(target, headers)
        try:
            check_request_lines([target.path, request.method, *lines])
        except ValueError as error:
            raise ConnectionFailedError(f"nothing was sent to {target.shown}: {error}") from None
        host, port = (target.host, target.port) if proxy is None else (proxy.host, proxy.port)
        pins = ",".join(_bracketed(str(one.socket_address[0])) for one in route.addresses)
        options: dict[int, Any] = {
            pycurl.URL: f"{target.scheme}://{_bracketed(target.host)}:{target.port}/",
            pycurl.REQUEST_TARGET: target.url if proxy is not None and target.scheme == "http" else target.path,
            pycurl.HTTPHEADER: [line.encode("latin-1") for line in lines],
            pycurl.RESOLVE: [f"+{host}:{port}:{pins}"],
        }
        if request.method == "HEAD":
            options[pycurl.NOBODY] = 1
        elif request.method != "GET" or request.body is not None:
            options[pycurl.POSTFIELDS] = request.body or b""
            options[pycurl.CUSTOMREQUEST] = request.method
        if request.method == "POST":  # on a kept connection that has died libcurl would send it twice
            options[pycurl.FRESH_CONNECT] = 1
        if proxy is not None:
            options[pycurl.PROXY] = f"http://{_bracketed(proxy.host)}:{proxy.port}"
            options[pycurl.PROXYHEADER] = [f"{name}: {value}" for name, value in proxy.headers.items()]
        return Transfer(
            shown=target.shown,
            reached=target.shown if proxy is None else f"the proxy {proxy.host}",
            options=options,
            is_plain=len(options) == _PLAIN_OPTIONS,
            admit=functools.partial(
                Guard.admit,
                addresses=route.addresses,
                is_proxied=proxy is not None,
                allow_private=allow_private,
                requires_private=target.scheme == "http" and not policy.allow_http,
            ),
            end_time=end,
            seconds=policy.deadline,
            read_timeout=self._read_timeout,
            connect_timeout=self._connect_timeout,
        )


@functools.cache
def shared_transport() -> HttpTransport:
    """Return the transport of this process, whose connections all callers share."""
    return HttpTransport()


def _header_lines(target: Target, headers: Mapping[str, str]) -> list[str]:
    """Return the header lines for libcurl; those it would add by itself are suppressed."""
    sent = [("Host", target.authority), *headers.items(), ("Accept-Encoding", "identity")]
    given = {name.lower() for name in headers}
    lines = [f"{name}: {value}" if value else f"{name};" for name, value in sent]
    return lines + [f"{name}:" for name in ("Accept", "Content-Type", "Expect") if name.lower() not in given]


def _resolve_proxy(proxy: Proxy) -> list[Address]:
    """Resolve the proxy, which the user chose: it may be anywhere."""
    try:
        found = system_resolver(proxy.host, proxy.port)
    except (OSError, UnicodeError) as error:
        raise ConnectionFailedError(f"the proxy {proxy.host!r} does not resolve ({error}); check its url") from error
    return [Address(family, where, is_private=True) for family, where in found]


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


_inherited: list[EventLoop] = []  # of the process that forked: closing them would end its TLS sessions
_MOST_RESOLVED: Final = 1000
_PLAIN_OPTIONS: Final = 4
_OPTIONS: Final[dict[int, Any]] = {
    pycurl.NOSIGNAL: 1,
    pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
    pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
    pycurl.HEADEROPT: pycurl.HEADER_SEPARATE,
    pycurl.HTTP_CONTENT_DECODING: 0,
    265: 1,  # CURLOPT_SUPPRESS_CONNECT_HEADERS, which pycurl does not name
    pycurl.PROXY: "",
    pycurl.NOPROXY: "",
    pycurl.BUFFERSIZE: 32 * 1024,  # one call of libcurl receives up to 44 times that
    pycurl.MAXAGE_CONN: _CONNECTION_SECONDS,
}
