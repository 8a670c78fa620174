"""Send a request and return its response: pinned addresses, checked redirects, deadlines, counted bytes.

Conventions
-----------
Keys, secrets and signed urls never reach a repr or a message: urls are shown through `redact`. Header names of a
`Response` are lower case. A `Request` carries its own `Policy`, so a transport holds no permission of its own.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import logging
import os
import threading
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pycurl

from clipaudio.errors import (
    ConnectionFailedError,
    DeadlineError,
    DownloadError,
    RequestError,
    UnsafeAddressError,
)
from clipaudio.http.answer import Answer, read_answer
from clipaudio.http.guard import Guard
from clipaudio.http.head import header_lines
from clipaudio.http.loop import EventLoop
from clipaudio.http.message import Policy, Request, Response, Transport
from clipaudio.http.redact import redact
from clipaudio.http.router import Router
from clipaudio.http.transfer import Handle, Transfer
from clipaudio.http.trust import Trust
from clipaudio.http.url import Target, next_url, parse_url

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Mapping

    from clipaudio.http.address import Address, Resolver
    from clipaudio.http.loop import Steps
    from clipaudio.http.route import Route

__all__ = ["Answer", "HttpTransport", "Policy", "Request", "Response", "Transport", "Trust", "shared_transport"]

_log = logging.getLogger(__name__)

_Result = TypeVar("_Result")
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SAFE_ELSEWHERE: Final = frozenset({"accept", "user-agent", "range", "if-range"})
_OLDEST_LIBCURL: Final = 0x080400
_CONNECTION_SECONDS: Final = 30  # servers close theirs after a minute or so, and a closed one costs a try
_IDLE_LOOPS: Final = 32
_IDENTITY: Final = {"Accept-Encoding": "identity"}


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
        _check_libcurl(*pycurl.version_info()[1:3])
        self._connect_timeout, self._read_timeout = connect_timeout, read_timeout
        self._trust = trust or Trust()
        self._dial, self._clock = dial, clock
        self._router = Router(resolver=resolver, proxies=proxies, clock=clock)
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
        is_sound = False  # an interrupt may come between any two steps
        try:
            yield loop
            is_sound = True
        except Exception:  # an error of ours leaves the loop usable; an interrupt may not
            is_sound = True
            raise
        finally:
            with self._lock:
                is_kept = is_sound and len(self._idle) < _IDLE_LOOPS and os.getpid() == self._process
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
                    blocks=itertools.chain.from_iterable(iter(lambda: loop.run(answer.blocks()), [])),
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
            left = end - self._clock()
            if left <= 0:
                raise DeadlineError(
                    f"not done within {policy.deadline:g} s; try again or allow more time", seconds=policy.deadline
                )
            try:
                route = yield from self._router.find(target, policy, left, allow_private=may_be_private)
            except UnsafeAddressError as error:
                if hop:
                    raise UnsafeAddressError(f"a redirect was refused: {error}", **error.__dict__) from error
                raise
            transfer = self._transfer(request, target, route, headers, end)
            answer = yield from read_answer(transfer, request, target.url)
            _log.debug("%s %s: status %d", request.method, target.shown, answer.status)
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

    def _transfer(
        self, request: Request, target: Target, route: Route, headers: Mapping[str, str], end: float
    ) -> Transfer:
        """Describe one request to libcurl."""
        proxy, policy = route.proxy, request.policy
        where = target.url if proxy is not None and target.scheme == "http" else target.path
        try:
            lines = header_lines(request.method, where, {"Host": route.authority, **headers, **_IDENTITY})
        except ValueError as error:
            raise ConnectionFailedError(f"nothing was sent to {route.shown}: {error}") from None
        options: dict[int, Any] = {
            pycurl.URL: route.base_url,
            pycurl.REQUEST_TARGET: where,
            pycurl.HTTPHEADER: lines,
            pycurl.RESOLVE: [route.pin],
        }
        if request.method == "HEAD":
            options[pycurl.NOBODY] = 1
        elif request.method != "GET" or request.body is not None:
            options[pycurl.POSTFIELDS] = request.body or b""
            options[pycurl.CUSTOMREQUEST] = request.method
        if request.method == "POST":  # on a kept connection that has died libcurl would send it twice
            options[pycurl.FRESH_CONNECT] = 1
        if proxy is not None:
            options[pycurl.PROXY] = proxy.url
            options[pycurl.PROXYHEADER] = [f"{name}: {value}" for name, value in proxy.headers.items()]
        return Transfer(
            route,
            options,
            end_time=end,
            seconds=policy.deadline,
            read_timeout=self._read_timeout,
            connect_timeout=self._connect_timeout,
        )


@functools.cache
def shared_transport() -> HttpTransport:
    """Return the transport of this process, whose connections all callers share."""
    return HttpTransport()


def _check_libcurl(name: str, number: int) -> None:
    """Refuse a libcurl that is too old: before 8.4 a proxy's answer could overflow a buffer (CVE-2023-38545)."""
    if number < _OLDEST_LIBCURL:
        raise RequestError(
            f"libcurl {name} is too old, expected 8.4 or newer; run: pip install --upgrade --only-binary=:all: pycurl",
            field="pycurl",
        )


_inherited: list[EventLoop] = []  # of the process that forked: closing them would end its TLS sessions
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
