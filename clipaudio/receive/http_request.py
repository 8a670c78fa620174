"""Bytes of a peer become one HTTP request, read within bounds; the answer becomes bytes again.

Conventions
-----------
Nothing here knows a socket: `RequestReader` asks its *receive* for more. Framing follows RFC 9112 and refuses what two
readers could understand in two ways: both a length and chunks, two lengths, folded lines, blanks before a colon. A body
of more than `SMALL_BYTES` is only read when *admit* lets it in, so that strangers cannot fill the memory.
"""

from __future__ import annotations

import http
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

__all__ = ["SMALL_BYTES", "Incoming", "RequestReader", "UnreadableError", "answer_bytes", "failure"]

SMALL_BYTES: Final = 1 << 16
_HEAD_BYTES: Final = 1 << 15
_LINE_BYTES: Final = 4096  # of a chunk
_HEADERS: Final = 100
_BLOCK: Final = 1 << 16
_FIRST = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ([\x21-\xff]+) HTTP/1\.([0-9])")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00\r]*?)[ \t]*")
_FRAMING = {"content-length", "transfer-encoding"}


class UnreadableError(Exception):
    """The request cannot be read; the status says why. It is answered, and never leaves the listener."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request. Names of headers are lower case; `can_stay` tells whether its connection may carry another one."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    can_stay: bool


class RequestReader:
    r"""Read requests one after the other.

    Parameters
    ----------
    receive
        Gives up to that many bytes, none at the end.
    proceed
        Sends ``100 Continue`` to a peer that waits for it.
    admit
        Lets a long body to that path in, or raises `UnreadableError`.
    max_bytes
        The longest body that is read.

    Examples
    --------
    >>> import asyncio
    >>> async def receive(_count):
    ...     return b"POST /x HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"
    >>> reader = RequestReader(receive, proceed=None, admit=None, max_bytes=10)
    >>> asyncio.run(reader.read()).body
    b'hi'
    """

    def __init__(
        self,
        receive: Callable[[int], Awaitable[bytes]],
        *,
        proceed: Callable[[], Awaitable[None]],
        admit: Callable[[str], Awaitable[None]],
        max_bytes: int,
    ) -> None:
        self._receive = receive
        self._proceed = proceed
        self._admit = admit
        self._max_bytes = max_bytes
        self._buffer = bytearray()

    async def begins(self) -> bool:
        """Wait for the first byte of a request; False when the peer is done."""
        return bool(self._buffer) or await self._more()

    async def read(self) -> Incoming:
        """Read one request.

        Raises
        ------
        UnreadableError
            It breaks the rules, ends early, or is too long.
        """
        first, headers = await self._head()
        method, path, minor = first
        if method != "POST":  # no other method is taken: its body is left where it is
            return Incoming(method, path, headers, b"", can_stay=not _FRAMING & set(headers) and _stays(minor, headers))
        if headers.get("expect", "").lower() == "100-continue":
            await self._proceed()
        body = await self._body(path, headers)
        return Incoming(method, path, headers, body, can_stay=_stays(minor, headers))

    async def _head(self) -> tuple[tuple[str, str, int], dict[str, str]]:
        budget = _HEAD_BYTES
        line = await self._line(budget)
        if not line:  # one empty line between two requests is forgiven
            line = await self._line(budget)
        first = _FIRST.fullmatch(line)
        if first is None:
            raise UnreadableError(400, "this is no HTTP request")
        headers: dict[str, str] = {}
        for _ in range(_HEADERS):
            budget -= len(line)
            line = await self._line(budget)
            if not line:
                return (first[1].decode(), first[2].decode("latin-1"), int(first[3])), headers
            header = _HEADER.fullmatch(line)
            if header is None:
                raise UnreadableError(400, "a header that breaks the rules")
            name, value = header[1].decode().lower(), header[2].decode("latin-1")
            if name in _FRAMING and headers.get(name, value) != value:
                raise UnreadableError(400, f"two of {name}")
            headers[name] = value
        raise UnreadableError(431, "too many headers")

    async def _body(self, path: str, headers: Mapping[str, str]) -> bytes:
        """Read the body by its length or, as some tunnels send it, by its chunks; never more than is taken."""
        transfer = headers.get("transfer-encoding")
        if transfer is not None:
            if "content-length" in headers:
                raise UnreadableError(400, "both a length and chunks")
            if transfer.lower() != "chunked":
                raise UnreadableError(501, "only chunked is understood")
            return await self._chunks(path)
        length = _number(headers.get("content-length", ""), 10)
        if length is None:
            raise UnreadableError(411, "Content-Length needed")
        if length > self._max_bytes:
            raise UnreadableError(413, "too long")
        if length > SMALL_BYTES:
            await self._admit(path)
        return await self._exactly(length)

    async def _chunks(self, path: str) -> bytes:
        """Put the chunks of the body together (RFC 9112, 7.1); trailers are read and dropped."""
        body = bytearray()
        is_admitted = False
        while True:
            size = _number((await self._line(_LINE_BYTES)).partition(b";")[0].strip().decode("latin-1"), 16)
            if size is None:
                raise UnreadableError(400, "a chunk without a size")
            if size == 0:
                break
            if len(body) + size > self._max_bytes:
                raise UnreadableError(413, "too long")
            if len(body) + size > SMALL_BYTES and not is_admitted:
                await self._admit(path)
                is_admitted = True
            body += await self._exactly(size)
            if await self._exactly(2) != b"\r\n":
                raise UnreadableError(400, "a chunk longer than its size")
        for _ in range(_HEADERS):
            if not await self._line(_LINE_BYTES):
                return bytes(body)
        raise UnreadableError(400, "too many trailers")

    async def _line(self, longest: int) -> bytes:
        """Read a line of *longest* bytes at most, without its end."""
        seen = 0
        while (end := self._buffer.find(b"\n", seen)) < 0:
            seen = len(self._buffer)
            if seen > longest:
                raise UnreadableError(400, "a line that is too long")
            await self._need()
        if end > longest:
            raise UnreadableError(400, "a line that is too long")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.removesuffix(b"\r")

    async def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            await self._need(count - len(self._buffer))
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    async def _need(self, count: int = 0) -> None:
        if not await self._more(count):
            raise UnreadableError(400, "the request ends early")

    async def _more(self, count: int = 0) -> bool:
        data = await self._receive(max(count, _BLOCK))
        self._buffer += data
        return bool(data)


def answer_bytes(status: int, body: bytes, *, method: str = "POST", stays: bool) -> bytes:
    """Write an answer of JSON.

    >>> answer_bytes(200, b"{}", stays=False).splitlines()[0]
    b'HTTP/1.1 200 OK'
    """
    lines = [
        f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}",
        "Server: clipaudio",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"Connection: {'keep-alive' if stays else 'close'}",
    ]
    if status == 405:
        lines.append("Allow: POST")
    return "\r\n".join([*lines, "", ""]).encode() + (b"" if method == "HEAD" else body)


def failure(error: UnreadableError) -> bytes:
    """Say why a request was not read, in the words of a refusal.

    >>> failure(UnreadableError(413, "too long"))
    b'{"success":false,"message":"too long"}'
    """
    return b'{"success":false,"message":"%s"}' % str(error).encode()


def _stays(minor: int, headers: Mapping[str, str]) -> bool:
    """Tell whether the peer wants to send another request on this connection."""
    wishes = {wish.strip().lower() for wish in headers.get("connection", "").split(",")}
    return "close" not in wishes and (minor >= 1 or "keep-alive" in wishes)


def _number(text: str, base: int) -> int | None:
    """Read a whole number as HTTP writes it: digits only, no sign, no blanks."""
    digits = "0123456789abcdefABCDEF" if base == 16 else "0123456789"
    return int(text, base) if 0 < len(text) <= 15 and all(digit in digits for digit in text) else None
