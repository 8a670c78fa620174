"""Requests of one connection, parsed and framed by h11; their answers as bytes.

Conventions
-----------
No sockets here: `RequestReader` asks *receive* for more bytes. h11 decides what a valid request is. This file adds the
bounds (size of the head, of the body, of all bytes on the wire) and refuses what two readers could frame differently:
a length beside chunks, chunks in HTTP/1.0, and padding or control characters on the line of a chunk's size.
"""

from __future__ import annotations

import http
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import h11
import msgspec

from clipaudio.receive.body_spool import RefusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from clipaudio.receive.body_spool import RequestBody

__all__ = ["IncomingRequest", "RequestReader", "refusal"]

_HEAD_BYTES: Final = 1 << 15
_BLOCK_BYTES: Final = 1 << 16
_RETRY_AFTER: Final = 5  # seconds
_FRAMING: Final = {"content-length", "transfer-encoding"}
_ABSOLUTE: Final = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_CHUNK_HEAD: Final = re.compile(rb"\n?[0-9A-Fa-f]+(?:;[\t\x20-\x7e\x80-\xff]*)?")


@dataclass(frozen=True, slots=True)
class IncomingRequest:
    """The head of a request; names of headers are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]


class RequestReader:
    r"""Read the requests of one connection in turn, and write their answers.

    Parameters
    ----------
    receive
        Return up to that many bytes, none at the end of the connection.
    send
        Send bytes: an interim response that a client waits for.
    max_bytes
        The longest body that is read.

    Examples
    --------
    >>> import asyncio
    >>> async def receive(_count):
    ...     return b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    >>> reader = RequestReader(receive, send=None, max_bytes=10)
    >>> asyncio.run(reader.read_head()).path, reader.can_stay
    ('/healthz', True)
    """

    def __init__(
        self,
        receive: Callable[[int], Awaitable[bytes]],
        *,
        send: Callable[[bytes], Awaitable[None]],
        max_bytes: int,
    ) -> None:
        self._receive = receive
        self._send = send
        self._max_bytes = max_bytes
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEAD_BYTES)
        self._method = ""
        self._wire_bytes = 0
        self._is_at_chunk_head = False
        self._may_continue = False

    @property
    def can_stay(self) -> bool:
        """Whether the request was read to its end and the client may send another one on this connection."""
        return self._http.their_state is h11.DONE

    async def begins(self) -> bool:
        """Wait for the first byte of a request; False if the client is done."""
        return bool(self._http.trailing_data[0]) or await self._fill()

    async def read_head(self) -> IncomingRequest:
        """Read the head of a request; for a method without a body here, all of it.

        Raises
        ------
        RefusedError
            It is not a valid request, or its framing is ambiguous.
        """
        event = await self._next_event()
        if not isinstance(event, h11.Request):
            raise RefusedError(400, "the request ends early")
        headers = {name.decode("ascii"): value.decode("latin-1") for name, value in event.headers}
        self._method = event.method.decode("ascii")
        is_chunked = "transfer-encoding" in headers
        if is_chunked and ("content-length" in headers or event.http_version == b"1.0"):
            raise RefusedError(400, "chunks beside a length, or in HTTP/1.0")
        if not event.http_version.startswith(b"1."):
            raise RefusedError(400, "expected HTTP/1.1")
        self._is_at_chunk_head = is_chunked
        if self._method != "POST" and not _FRAMING & headers.keys():
            await self._next_event()  # the end; the body of another method is never read
        self._may_continue = event.http_version != b"1.0"  # HTTP/1.0 knows no interim response
        return IncomingRequest(self._method, _origin_form(event.target.decode("ascii")), headers)

    async def read_body(self, request: IncomingRequest, body: RequestBody) -> None:
        """Read the body of *request* into *body*.

        Raises
        ------
        RefusedError
            It has no length, is too long, breaks the rules of chunks, or *body* refuses it.
        """
        if not _FRAMING & request.headers.keys():
            raise RefusedError(411, "Content-Length needed")
        if "content-length" in request.headers:
            length = int(request.headers["content-length"])  # digits: h11 has seen to that
            if length > self._max_bytes:
                raise RefusedError(413, "too long")
            await body.reserve(length)
        if self._may_continue and self._http.they_are_waiting_for_100_continue:
            interim = h11.InformationalResponse(status_code=100, headers=[], reason="Continue")
            await self._send(self._http.send(interim))
        size = 0
        while isinstance(event := await self._next_event(), h11.Data):
            size += len(event.data)
            if size > self._max_bytes:
                raise RefusedError(413, "too long")
            await body.append(event.data)
            self._is_at_chunk_head = event.chunk_end

    def write_answer(self, status: int, text: bytes, *, stays: bool) -> bytes:
        """Return an answer of JSON as bytes."""
        headers = [("Server", "clipaudio"), ("Content-Type", "application/json"), ("Content-Length", str(len(text)))]
        if status == 405:
            headers.append(("Allow", "POST"))
        if status == 503:
            headers.append(("Retry-After", str(_RETRY_AFTER)))
        if not stays:
            headers.append(("Connection", "close"))
        reason = http.HTTPStatus(status).phrase
        data = self._http.send(h11.Response(status_code=status, headers=headers, reason=reason))
        if self._method != "HEAD":
            data += self._http.send(h11.Data(data=text))
        return data + self._http.send(h11.EndOfMessage())

    def start_next(self) -> None:
        """Prepare for the next request of the connection."""
        self._http.start_next_cycle()
        self._wire_bytes = 0

    async def _next_event(self) -> h11.Event | type[h11.NEED_DATA | h11.PAUSED]:
        """Return the next event of h11, with as much data as it needs."""
        try:
            while True:
                if self._is_at_chunk_head:
                    self._check_chunk_head()
                event = self._http.next_event()
                if event is not h11.NEED_DATA:
                    return event
                await self._fill()
        except h11.RemoteProtocolError as error:  # its text quotes the request, which holds a secret
            if error.error_status_hint == 431:
                raise RefusedError(431, "the head is too long") from None
            raise RefusedError(400, "the request breaks the rules of HTTP/1.1, or ends early") from None

    def _check_chunk_head(self) -> None:
        """Refuse what h11 lets pass on the line of a chunk's size."""
        line, end, _ = self._http.trailing_data[0].removeprefix(b"\r\n").partition(b"\r\n")
        if not end:
            return
        self._is_at_chunk_head = False
        if _CHUNK_HEAD.fullmatch(line) is None:
            raise RefusedError(400, "the line of a chunk's size breaks the rules of HTTP/1.1")

    async def _fill(self) -> bool:
        data = await self._receive(_BLOCK_BYTES)
        self._wire_bytes += len(data)
        if self._wire_bytes > 2 * self._max_bytes + _HEAD_BYTES + _BLOCK_BYTES:  # tiny chunks cost time, not memory
            raise RefusedError(413, "too long")
        self._http.receive_data(data)
        return bool(data)


def _origin_form(target: str) -> str:
    """Return the path and query of *target*, which a proxy may send as a whole url (RFC 9112, 3.2.2).

    >>> _origin_form("http://example.com/callbacks/a?b"), _origin_form("/callbacks/a")
    ('/callbacks/a?b', '/callbacks/a')
    """
    found = _ABSOLUTE.match(target)
    return target if found is None else target[found.end() :] or "/"


def refusal(error: RefusedError) -> bytes:
    """Return the JSON that says why a request was refused.

    >>> refusal(RefusedError(413, "too long"))
    b'{"success":false,"message":"too long"}'
    """
    return msgspec.json.encode({"success": False, "message": str(error)})
