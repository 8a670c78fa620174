"""Requests and responses.

Conventions
-----------
A `Request` carries its own `Policy`, so a transport holds no permission of its own. Header names of a `Response` are
lower case.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

__all__ = ["Policy", "Request", "Response", "Transport"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Limits of one request: redirects, bytes and seconds, and where it may lead."""

    redirects: int = 0
    max_bytes: int = 16 * 1024 * 1024
    deadline: float = 60.0
    allow_http: bool = False
    allow_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request. The url, the headers and the body stay out of its repr: they carry secrets."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    policy: Policy = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response: the status, the headers, the final url, and the body block by block.

    Examples
    --------
    >>> Response(status=200, headers={}, url="https://example.com/a", blocks=iter([b"ab", b"c"])).read()
    b'abc'
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    url: str = field(repr=False)
    blocks: Iterator[bytes] = field(repr=False)
    length: int | None = None

    def read(self) -> bytes:
        """Return the rest of the body."""
        return b"".join(self.blocks)


class Transport(Protocol):
    """Send a `Request`; its `Response` is open as long as the ``with`` block lasts."""

    def open(self, request: Request) -> AbstractContextManager[Response]:
        """Send *request*, follow what its policy allows, return the response."""
        ...
