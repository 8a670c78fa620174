"""Bytes of a stream become the head of an HTTP answer and its body, counted (RFC 9112).

Conventions
-----------
An answer is taken by the letter or refused: a head without its end, a line that is no header, two lengths, an encoding
nobody asked for. A body is whole or an error. Names of headers are lower case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clipaudio.errors import ConnectionFailedError, DownloadError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clipaudio.http.stream import Stream

__all__ = ["Head", "read_body", "read_head", "request_bytes"]

# CR, VT, FF and NUL within a line end it for some who stand between: such a line is refused
_STATUS = re.compile(rb"HTTP/(\d)\.(\d) ([1-9]\d\d)(?: [^\r\n\v\f\0]*)?\r?\n")
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([^\r\n\v\f\0]*)\r?\n?")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n\0]*)?\r\n")  # with its end, which is never a LF alone
_HEADERS = 100
_EARLY = "closed the connection in mid-header; try again"
_BODILESS = frozenset({204, 304})
_NEVER_SENT = re.compile(r"[\r\n\0]|[^\0-\xff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How an answer begins; `length` is None where the body has none declared."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    length: int | None
    is_chunked: bool
    is_bodiless: bool
    is_last: bool
    """Whether the connection ends with this answer."""


def request_bytes(method: str, where: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    r"""Give what is sent, in one piece.

    Raises
    ------
    ValueError
        A header holds the end of a line, or what cannot be sent.

    Examples
    --------
    >>> request_bytes("GET", "/a", {"Host": "example.com"}, None)
    b'GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n'
    """
    lines = [f"{method} {where} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None or method in {"POST", "PUT", "PATCH"}:
        lines.append(f"Content-Length: {len(body or b'')}")
    if any(map(_NEVER_SENT.search, lines)):  # an error of the codec would carry all that was to be sent
        raise ValueError("a header of the request holds the end of a line, or is beyond latin-1; correct it")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def read_head(stream: Stream, method: str, shown: str) -> Head:
    """Read the head of the answer to a request of *method*; passing ones (1xx) are passed over.

    Raises
    ------
    ConnectionFailedError
        It is no HTTP, or ends early.
    DownloadError
        Its length or its encoding cannot be trusted.
    """
    while True:
        line = stream.line()
        found = _STATUS.fullmatch(line)
        if found is None or found[1] != b"1" or found[3] == b"101":  # nobody asked for another protocol
            reason = "its answer is no HTTP/1" if line else "it closed without an answer"
            raise ConnectionFailedError(f"the connection to {shown} failed ({reason}); try again")
        head = _head(int(found[3]), found[2] == b"0", _headers(stream, shown), method, shown)
        if head.status >= 200:
            return head


def read_body(stream: Stream, head: Head, shown: str) -> Iterator[bytes]:
    """Yield the body in blocks, as declared, chunk by chunk, or to the end of the stream.

    Raises
    ------
    ConnectionFailedError
        It ends early.
    """
    if head.is_bodiless:
        return
    if head.is_chunked:
        yield from _chunks(stream, shown)
    elif head.length is not None:
        yield from _exactly(stream, head.length, shown)
    else:
        while block := stream.block():
            yield block
        if stream.was_cut:  # anybody between may have done that (RFC 9112, 9.8)
            raise ConnectionFailedError(f"{shown} closed the connection without an end of its body; try again")


def _head(status: int, is_old: bool, headers: list[tuple[str, str]], method: str, shown: str) -> Head:  # noqa: FBT001 - of HTTP/1.0
    by_name = dict(headers)
    encoding = _all(headers, "content-encoding") if "content-encoding" in by_name else ""
    if encoding not in {"", "identity"}:
        raise DownloadError(f"{shown} sent a body compressed as {encoding!r} that nobody asked for; refused")
    is_chunked = "transfer-encoding" in by_name
    if is_chunked and (transfer := _all(headers, "transfer-encoding")) != "chunked":
        raise DownloadError(f"{shown} sent the unknown transfer encoding {transfer!r}; refused")
    lengths = {value for name, value in headers if name == "content-length"}
    declared = _length(lengths, shown) if lengths else None
    is_bodiless = method == "HEAD" or status in _BODILESS
    length = None if is_chunked or is_bodiless else declared
    wishes = _all(headers, "connection")
    has_end = is_bodiless or is_chunked or length is not None
    # chunks that have a length besides, or are older than chunks: others may see another end (RFC 9112, 6.1 and 6.3)
    is_doubtful = is_chunked and (is_old or declared is not None)
    is_last = not has_end or is_doubtful or "close" in wishes or (is_old and "keep-alive" not in wishes)
    return Head(
        status=status,
        headers=by_name,
        length=length,
        is_chunked=is_chunked,
        is_bodiless=is_bodiless,
        is_last=is_last,
    )


def _all(headers: list[tuple[str, str]], wanted: str) -> str:
    """Give the values of all headers of a name as one, in small letters."""
    return ", ".join(value for name, value in headers if name == wanted).lower()


def _length(lengths: set[str], shown: str) -> int:
    """Read the one length there may be."""
    text = lengths.pop()
    if lengths or not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise DownloadError(f"{shown} declared a Content-Length that is no single whole number; refused")
    return int(text)


def _headers(stream: Stream, shown: str) -> list[tuple[str, str]]:
    """Read headers up to the empty line; one that is malformed might hide a length, so none is passed over."""
    lines = stream.lines().split(b"\n")
    is_whole = lines[-1] == b"" and lines[-2:-1] in ([b""], [b"\r"])
    headers = []
    for line in lines[: -2 if is_whole else -1]:
        found = _FIELD.fullmatch(line)
        if found is None:
            raise ConnectionFailedError(f"{shown} sent a header that is malformed; refused")
        name, value = found.groups()
        headers.append((name.decode("ascii").lower(), value.strip(b" \t").decode("latin-1")))
    if len(headers) > _HEADERS:
        raise ConnectionFailedError(f"the connection to {shown} failed (more than {_HEADERS} headers); try again")
    if not is_whole:
        advice = "sent a header without an end; refused" if stream.has_more else _EARLY
        raise ConnectionFailedError(f"{shown} {advice}")
    return headers


def _exactly(stream: Stream, length: int, shown: str) -> Iterator[bytes]:
    left = length
    while left:
        block = stream.block(left)
        if not block:
            raise ConnectionFailedError(
                f"{shown} closed the connection after {length - left} of {length} bytes; try again",
                received=length - left,
                expected=length,
            )
        left -= len(block)
        yield block


def _chunks(stream: Stream, shown: str) -> Iterator[bytes]:
    """Yield the chunks of a body (RFC 9112, 7.1); trailers are read and dropped."""
    early = f"{shown} closed the connection in mid-body; try again"
    while True:
        found = _CHUNK_SIZE.fullmatch(stream.line())
        if found is None:
            raise ConnectionFailedError(early)
        left = int(found[1], 16)
        if left == 0:
            break
        while left:
            block = stream.block(left)
            if not block:
                raise ConnectionFailedError(early)
            left -= len(block)
            yield block
        if stream.line() != b"\r\n":
            raise ConnectionFailedError(early)
    for _ in range(_HEADERS):
        line = stream.line()
        if line in {b"\r\n", b"\n"}:
            return
        if not (line.endswith(b"\n") and _FIELD.fullmatch(line)):
            break
    raise ConnectionFailedError(early)
