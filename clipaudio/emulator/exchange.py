"""Requests and responses of the emulator, as values between service and socket."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Delivery", "EmulatorRequest", "EmulatorResponse", "json_answer", "problem"]


@dataclass(frozen=True, slots=True)
class EmulatorRequest:
    """One request, recorded as it came over the wire.

    Parameters
    ----------
    method, target
        As in the request line; the target with its query.
    headers
        (name, value) in the order and the case they came in.
    body
        The bytes.
    time
        The emulator's clock when it came.
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    time: float = 0.0

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def parts(self) -> list[str]:
        """The parts of the path, unquoted."""
        return [unquote(part) for part in self.path.split("/") if part]

    @property
    def query(self) -> dict[str, str]:
        """The last value of each query field."""
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}

    def header(self, name: str) -> str | None:
        """Return a header's value, or None.

        >>> EmulatorRequest("GET", "/", (("Range", "bytes=0-"),)).header("range")
        'bytes=0-'
        """
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def json(self) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Read the body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to call back.

    Parameters
    ----------
    clip_uuid, uri
        What was delivered, and where to.
    body
        The bytes sent.
    attempt
        1 for the first.
    status
        What the receiver answered, None when it did not.
    error
        Why there is no status, else empty.
    time
        The emulator's clock at the attempt.
    """

    clip_uuid: str
    uri: str
    body: bytes
    attempt: int
    status: int | None
    error: str
    time: float

    @property
    def ok(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class EmulatorResponse:
    """Status, headers and body, and how they reach the wire.

    Parameters
    ----------
    sent
        Bytes of the body that are sent before the connection ends; None sends all.
    wait
        Seconds before each 4 kB of the body.
    dropped
        Nothing is sent at all.
    reset
        The connection ends with a reset instead of a close.
    has_length
        Send Content-Length; without it the end of the connection is the end of the body.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: int | None = None
    wait: float = 0.0
    dropped: bool = False
    reset: bool = False
    has_length: bool = True


def json_answer(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> EmulatorResponse:  # noqa: ANN401 - whatever JSON holds
    """Answer with JSON.

    >>> json_answer({"success": True}).body
    b'{"success":true}'
    """
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return EmulatorResponse(status, body, {"Content-Type": "application/json; charset=utf-8"} | dict(headers or {}))


def problem(status: int, message: str, fields: Mapping[str, list[str]] | None = None) -> EmulatorResponse:
    """Answer in one of the two documented error envelopes: with *fields* the long one.

    >>> problem(404, "Clip not found").body
    b'{"success":false,"message":"Clip not found"}'
    """
    if fields is None:
        return json_answer({"success": False, "message": message}, status=status)
    return json_answer({"success": False, "error": message, "errors": dict(fields), "message": message}, status=status)
