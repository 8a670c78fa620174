"""Check the header lines of a response and read its status, headers and length (RFC 9112).

Conventions
-----------
libcurl frames the body and joins folded lines; it is lenient about the rest. A head is accepted by the letter or
refused: a head without its end, a malformed line, two lengths, a transfer encoding besides chunked, a content encoding.
Header names are lower case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clipaudio.errors import ConnectionFailedError, DownloadError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Head", "header_lines", "read_head"]

# some readers end a line at CR, VT, FF or NUL: a line with one of them is refused
_STATUS = re.compile(rb"HTTP/1\.(\d) ([1-9]\d\d)(?: [^\r\n\v\f\0]*)?\r?\n")
_FIELDS = re.compile(rb"(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\r\n\v\f\0]*\r?\n)*")
_ENDS = frozenset({b"\r\n", b"\n"})
_HEADERS = 100
_BODILESS = frozenset({204, 304})
_NEVER_SENT = re.compile(r"[\r\0]|[^\0-\xff]")
_OWN_OF_LIBCURL = ("Accept", "Content-Type", "Expect")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Status and headers of a response; `length` is None if no length of a body is declared."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    length: int | None


def read_head(lines: Sequence[bytes], method: str, shown: str) -> Head | None:
    r"""Return the head in *lines*, after any informational responses (1xx); None while its end is missing.

    Raises
    ------
    ConnectionFailedError
        A line is not of an HTTP/1 response.
    DownloadError
        The length or the encoding of the body cannot be trusted.

    Examples
    --------
    >>> read_head([b"HTTP/1.1 100 Continue\r\n", b"\r\n", b"HTTP/1.1 204 No\r\n", b"\r\n"], "GET", "a url")
    Head(status=204, length=None)
    """
    start = 0
    while start < len(lines):
        found = _STATUS.fullmatch(lines[start])
        if found is None or found[2] == b"101":  # no other protocol was asked for
            raise ConnectionFailedError(f"the connection to {shown} failed (its answer is no HTTP/1); try again")
        end = next((at for at in range(start + 1, len(lines)) if lines[at] in _ENDS), len(lines))
        fields = _fields(lines[start + 1 : end], shown)
        if end == len(lines):
            return None
        status = int(found[2])
        if status >= 200:
            return _head(status, found[1] == b"0", fields, method, shown)
        start = end + 1
    return None


def header_lines(method: str, where: str, headers: Mapping[str, str]) -> list[bytes]:
    """Return the lines for libcurl; headers that it would add by itself are suppressed.

    Raises
    ------
    ValueError
        A header, *method* or *where* contains the end of a line, or a character beyond latin-1.

    Examples
    --------
    >>> header_lines("GET", "/a", {"Host": "example.com", "Accept": ""})
    [b'Host: example.com', b'Accept;', b'Content-Type:', b'Expect:']
    """
    lines = [f"{name}: {value}" if value else f"{name};" for name, value in headers.items()]
    given = {name.lower() for name in headers}
    lines += [f"{name}:" for name in _OWN_OF_LIBCURL if name.lower() not in given]
    text = "\n".join(lines)
    if text.count("\n") != len(lines) - 1 or _NEVER_SENT.search(f"{text}{method}{where}") or "\n" in method + where:
        raise ValueError("a header of the request holds the end of a line, or is beyond latin-1; correct it")
    return text.encode("latin-1").split(b"\n")  # checked before: the error of a codec would carry the whole text


def _fields(lines: Sequence[bytes], shown: str) -> list[tuple[str, str]]:
    """Return names and values; no malformed line is skipped, it might hide a length."""
    if len(lines) > _HEADERS:
        raise ConnectionFailedError(f"the connection to {shown} failed (more than {_HEADERS} headers); try again")
    block = b"".join(lines)
    if _FIELDS.fullmatch(block) is None:
        raise ConnectionFailedError(f"{shown} sent a header that is malformed; refused")
    pairs = (line.partition(":") for line in block.decode("latin-1").split("\n")[:-1])
    return [(name.lower(), value.strip(" \t\r")) for name, _, value in pairs]


def _head(status: int, is_old: bool, fields: list[tuple[str, str]], method: str, shown: str) -> Head:  # noqa: FBT001 - of HTTP/1.0
    headers = dict(fields)
    encoding = _joined(fields, "content-encoding") if "content-encoding" in headers else ""
    if encoding not in {"", "identity"}:
        raise DownloadError(f"{shown} sent a body compressed as {encoding!r} that nobody asked for; refused")
    length = _length({value for name, value in fields if name == "content-length"}, shown)
    if "transfer-encoding" in headers:
        transfer = _joined(fields, "transfer-encoding")
        if transfer != "chunked":
            raise DownloadError(f"{shown} sent the unknown transfer encoding {transfer!r}; refused")
        if length is not None or is_old:  # another reader may see another end (RFC 9112, 6.1 and 6.3)
            raise DownloadError(f"{shown} sent chunks together with a Content-Length, or by HTTP/1.0; refused")
    if method == "HEAD" or status in _BODILESS:
        length = None
    return Head(status=status, headers=headers, length=length)


def _joined(fields: list[tuple[str, str]], wanted: str) -> str:
    """Return the values of all headers named *wanted* as one lower-case value."""
    return ", ".join(value for name, value in fields if name == wanted).lower()


def _length(lengths: set[str], shown: str) -> int | None:
    if not lengths:
        return None
    text = lengths.pop()
    if lengths or not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise DownloadError(f"{shown} declared a Content-Length that is no single whole number; refused")
    return int(text)
