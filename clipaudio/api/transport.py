"""One request becomes one answer: TLS, a pinned address, deadlines, checked redirects and counted bytes.

Conventions
-----------
A `Request` carries its own `Policy`, so a transport holds no permission of its own. Names of headers in an
`Answer` are lower case. Keys, secrets and signed urls never reach a repr or a message: urls are shown through
`redact`.
`http.client` reports an answer that ends early as complete, in its head as in its body; here the bytes are counted and
the head must have its end.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import time
from dataclasses import dataclass, field
from email.errors import MissingHeaderBodySeparatorDefect
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, cast

from clipaudio.api.address import Address, Resolver, resolve
from clipaudio.api.deadline import Deadline, TimedSocket
from clipaudio.api.pool import Connection, ConnectionPool
from clipaudio.api.url import Target, next_url, parse_url, redact
from clipaudio.errors import (
    ClipAudioError,
    ConnectionFailedError,
    DeadlineError,
    DownloadError,
    UnsafeAddressError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

__all__ = ["Answer", "HttpTransport", "Policy", "Request", "Transport", "redact"]

BLOCK_BYTES = 256 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_IDENTITY = {"Accept-Encoding": "identity"}
_SAFE_ELSEWHERE = frozenset({"accept", "user-agent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What one request may do: hops to follow, bytes to take, seconds to last, and where it may lead."""

    redirects: int = 0
    max_bytes: int = 16 * 1024 * 1024
    deadline: float = 60.0
    allow_http: bool = False
    allow_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent. The url, the headers and the body stay out of its repr: they carry secrets."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    policy: Policy = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: the status, the headers, the final url, and the body block by block.

    Examples
    --------
    >>> Answer(status=200, headers={}, url="https://example.com/a", blocks=iter([b"ab", b"c"])).read()
    b'abc'
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    url: str = field(repr=False)
    blocks: Iterator[bytes] = field(repr=False)
    length: int | None = None

    def read(self) -> bytes:
        """Read what is left of the body at once."""
        return b"".join(self.blocks)


@dataclass(frozen=True, slots=True)
class _Rules:
    """Where one hop may lead."""

    policy: Policy
    allow_private: bool
    is_hop: bool


class Transport(Protocol):
    """The seam: whatever turns a `Request` into an `Answer`, open as long as the ``with`` block lasts."""

    def open(self, request: Request) -> AbstractContextManager[Answer]:
        """Send *request*, follow what its policy allows, give the answer."""
        ...


class HttpTransport:
    """HTTP over `http.client`, checked as `Policy` says; connections are kept and used again.

    Each hop resolves its host once, tests all answers, connects to a tested address and verifies the
    certificate against the host's name. Proxies named in the environment are not used: what a proxy resolves
    cannot be tested here.

    Parameters
    ----------
    connect_timeout, read_timeout
        Seconds to open a connection, and between two reads. The policy's deadline covers the whole besides.
    ssl_context
        Trust and keys for TLS; the system's trust when None.
    resolver, dial, clock
        How names become addresses, addresses become sockets, and what time it is; for tests and odd networks.

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
    ) -> None:
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._given_context = ssl_context
        self._resolver = resolver
        self._dial = dial or _dial
        self._clock = clock
        self._pool = ConnectionPool(clock=clock)

    def close(self) -> None:
        """Close the connections that are kept; the transport can be used again."""
        self._pool.close()

    @contextlib.contextmanager
    def open(self, request: Request) -> Iterator[Answer]:
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
            with self._exchange(request, target, headers, rules, deadline) as (answer, is_private):
                location = answer.headers.get("location") if answer.status in _REDIRECTS else None
                if location is None or request.method != "GET" or request.policy.redirects == 0:
                    yield answer
                    return
                following = parse_url(next_url(target, location))
            if target.scheme == "https" and following.scheme == "http":
                raise UnsafeAddressError(f"{redact(target.url)} redirects from https to http; refused")
            if following.origin != target.origin:
                headers = {name: value for name, value in headers.items() if name.lower() in _SAFE_ELSEWHERE}
            may_be_private = may_be_private and is_private
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
            raise UnsafeAddressError(
                f"{redact(target.url)} is not https; refused (only a private address may be plain http)"
            )
        return addresses

    @contextlib.contextmanager
    def _exchange(
        self, request: Request, target: Target, headers: Mapping[str, str], rules: _Rules, deadline: Deadline
    ) -> Iterator[tuple[Answer, bool]]:
        """Send one request, read the head of its answer, and tell whether its address is a private one.

        A connection that was kept may have died unnoticed: where nothing was answered a new one is opened. A POST,
        which must not be sent twice, gets a new one at once.
        """
        if target.scheme == "http" and not (rules.policy.allow_http or rules.allow_private):
            raise UnsafeAddressError(
                f"{redact(target.url)} is not https; refused"
                " (pass allow_private or allow_http for a server of your own)"
            )
        kept = None
        if request.method != "POST":
            kept = self._pool.take(target.origin, allow_private=rules.allow_private)
        with contextlib.ExitStack() as opened:
            connection = kept or self._connect(target, self._addresses(target, rules), deadline)
            opened.callback(connection.socket.close)
            timed = TimedSocket(connection.socket, deadline, longest=self._read_timeout)
            try:
                response = _ask(request, target, headers, timed)
            except ConnectionFailedError as error:
                if kept is None or timed.has_answered or isinstance(error, DeadlineError):
                    raise
                opened.close()
                connection = self._connect(target, self._addresses(target, rules), deadline)
                opened.callback(connection.socket.close)
                timed = TimedSocket(connection.socket, deadline, longest=self._read_timeout)
                response = _ask(request, target, headers, timed)
            with contextlib.closing(response):
                yield _answer_of(response, request, target), connection.is_private
                is_over = response.isclosed() and not response.will_close and not timed.has_more
            if is_over:
                opened.pop_all()
                self._pool.give(target.origin, connection)

    def _connect(self, target: Target, addresses: Sequence[Address], deadline: Deadline) -> Connection:
        """Open the first tested address that answers; the certificate must carry the name of the url."""
        failures = []
        for address in addresses:
            try:
                sock = self._dial(address, deadline.timeout(self._connect_timeout))
            except OSError as error:
                if isinstance(error, DeadlineError):
                    raise
                failures.append(error)
                continue
            is_private = all(one.is_private for one in addresses)
            if target.scheme == "http":
                return Connection(sock, is_private)
            with contextlib.ExitStack() as opened:
                opened.callback(sock.close)
                with _translated(redact(target.url)):
                    sock.settimeout(deadline.timeout(self._connect_timeout))
                    wrapped = self._context.wrap_socket(sock, server_hostname=target.host)
                opened.pop_all()
                return Connection(wrapped, is_private)
        last = failures[-1]
        message = f"no connection to {redact(target.url)} ({last}); check the network and the url"
        if isinstance(last, TimeoutError):
            raise DeadlineError(message, seconds=self._connect_timeout) from last
        raise ConnectionFailedError(message) from last


def _ask(request: Request, target: Target, headers: Mapping[str, str], timed: TimedSocket) -> http.client.HTTPResponse:
    """Send the request and read the head of the answer, which must be whole."""
    shown = redact(target.url)
    # the socket speaks TLS already; HTTPSConnection would load all certificates of the system for nothing
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.default_port = 443 if target.scheme == "https" else 80  # left out of the Host header
    connection.sock = cast("socket.socket", timed)
    with _translated(shown):
        connection.request(request.method, target.path, body=request.body, headers={**headers, **_IDENTITY})
        response = connection.getresponse()
    if not timed.is_head_whole:
        response.close()
        raise ConnectionFailedError(f"{shown} closed the connection in mid-header; try again")
    # after such a line all headers are lost, the length among them
    if any(isinstance(one, MissingHeaderBodySeparatorDefect) for one in response.headers.defects):
        response.close()
        raise ConnectionFailedError(f"{shown} sent a header that is malformed; refused")
    return response


def _answer_of(response: http.client.HTTPResponse, request: Request, target: Target) -> Answer:
    shown = redact(target.url)
    length = _checked_length(response, request, shown)
    return Answer(
        status=response.status,
        headers={name.lower(): value for name, value in response.getheaders()},
        url=target.url,
        blocks=_blocks(response, length, request.policy.max_bytes, shown),
        length=length,
    )


def _dial(address: Address, timeout: float) -> socket.socket:
    """Open a TCP connection to exactly *address*."""
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.connect(address.socket_address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


@contextlib.contextmanager
def _translated(shown: str) -> Iterator[None]:
    """Turn what sockets, TLS and `http.client` raise into errors of this library."""
    try:
        yield
    except ClipAudioError:
        raise
    except ssl.SSLCertVerificationError as error:
        advice = "do not trust it, or pass an ssl_context that knows its issuer"
        raise ConnectionFailedError(
            f"the certificate of {shown} was refused ({error.verify_message}); {advice}"
        ) from error
    except TimeoutError as error:
        raise DeadlineError(f"{shown} did not answer in time") from error
    except http.client.IncompleteRead as error:
        raise ConnectionFailedError(f"{shown} closed the connection in mid-body; try again") from error
    except (OSError, http.client.HTTPException) as error:
        reason = type(error).__name__ if isinstance(error, http.client.HTTPException) else error
        raise ConnectionFailedError(f"the connection to {shown} failed ({reason}); try again") from error


def _checked_length(response: http.client.HTTPResponse, request: Request, shown: str) -> int | None:
    """Give the declared length of the body, None when there is none; refuse what cannot be counted."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise DownloadError(f"{shown} sent a body compressed as {encoding!r} that nobody asked for; refused")
    transfer = response.headers.get("Transfer-Encoding", "").strip().lower()
    if transfer not in {"", "identity", "chunked"}:
        raise DownloadError(f"{shown} sent the unknown transfer encoding {transfer!r}; refused")
    if request.method == "HEAD" or transfer == "chunked" or response.status in {204, 304}:
        return None
    declared = {text.strip() for text in response.headers.get_all("Content-Length", [])}
    if not declared:
        return None
    text = declared.pop()
    if declared or not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise DownloadError(f"{shown} declared a Content-Length that is no single whole number; refused")
    if int(text) > request.policy.max_bytes:
        raise _too_large(shown, request.policy.max_bytes)
    return int(text)


def _blocks(response: http.client.HTTPResponse, length: int | None, max_bytes: int, shown: str) -> Iterator[bytes]:
    """Yield the body, counted: neither shorter than declared nor longer than allowed."""
    buffer = bytearray(BLOCK_BYTES)
    view = memoryview(buffer)
    received = 0
    while True:
        with _translated(shown):
            count = response.readinto(buffer)
        if count == 0:
            break
        received += count
        if received > max_bytes:
            raise _too_large(shown, max_bytes)
        yield bytes(view[:count])
    if length is not None and received != length:
        raise ConnectionFailedError(
            f"{shown} closed the connection after {received} of {length} bytes; try again",
            received=received,
            expected=length,
        )


def _too_large(shown: str, max_bytes: int) -> DownloadError:
    return DownloadError(f"{shown} sends more than {max_bytes} bytes; refused (raise max_bytes to take it)")
