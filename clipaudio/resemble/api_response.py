"""Read an answer of the service: a `ClipItem`, a page of them, or a typed error that says what to do.

Conventions
-----------
Both envelopes of errors are understood; HTML, empty answers and JSON other than objects are errors too. Unknown keys of
a clip, and known keys with values of an unknown type, are kept in `extra`. Dates are aware, in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeGuard

import msgspec

from clipaudio.errors import (
    ApiError,
    AuthenticationError,
    ClipNotFoundError,
    RateLimitError,
    ServerError,
)
from clipaudio.http.redact import one_line, snippet
from clipaudio.http.retry import retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["ClipItem", "read_item", "read_page"]

_HINTS = {
    400: "check the fields of the request",
    401: "check RESEMBLE_API_KEY; the account page of the service shows the key",
    403: "this key is not allowed to do that; check its account and plan",
    404: "check the project and clip ids, and that the clip belongs to the project",
    405: "this address does not accept that method; try method='PATCH' or 'PUT', and check base_url",
    422: "check the fields of the request",
    429: "wait before the next request",
}


@dataclass(frozen=True, kw_only=True)
class ClipItem:
    """A clip as the service describes it; absent fields are None.

    Examples
    --------
    >>> item = read_item(200, {}, b'{"success": true, "item": {"uuid": "cecad6f9", "mood": "calm"}}')
    >>> item.uuid, item.extra
    ('cecad6f9', {'mood': 'calm'})
    """

    uuid: str
    title: str | None = None
    body: str | None = None
    voice_uuid: str | None = None
    is_public: bool | None = None
    is_archived: bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    audio_src: str | None = field(default=None, repr=False)
    duration: float | None = None
    timestamps: Mapping[str, Any] | None = field(default=None, repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    raw: bytes = field(default=b"", repr=False, compare=False)


def read_item(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    scrub: Callable[[str], str] = str,
    now: Callable[[], datetime] | None = None,
) -> ClipItem:
    """Read the answer to one request for a clip.

    Parameters
    ----------
    status, headers, body
        The answer; header names are lower case.
    scrub
        Remove secrets from text that is quoted in a message.
    now
        The clock for a Retry-After date if the answer has no Date.

    Raises
    ------
    AuthenticationError, ClipNotFoundError, RateLimitError, ServerError, ApiError
        The service refused, or the answer is no clip.
    """
    document, quoted = _accepted(status, headers, body, scrub=scrub, now=now)
    item = document.get("item")
    if not _is_item(item):
        raise ServerError(
            f"the service answered {status} without an item that has a uuid; it begins: {quoted}",
            status=status,
            body=quoted,
        )
    return _clip_item(item, body)


def read_page(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    scrub: Callable[[str], str] = str,
    now: Callable[[], datetime] | None = None,
) -> tuple[list[ClipItem], int]:
    """Read one page of a list of clips; return its clips and the number of pages.

    The old envelope has ``num_pages``, the new one ``page_count``.

    Raises
    ------
    ApiError
        As in `read_item`.

    Examples
    --------
    >>> page = b'{"success": true, "page": 1, "num_pages": 3, "items": [{"uuid": "cecad6f9"}]}'
    >>> items, pages = read_page(200, {}, page)
    >>> items[0].uuid, pages
    ('cecad6f9', 3)
    """
    document, quoted = _accepted(status, headers, body, scrub=scrub, now=now)
    items, pages = document.get("items"), document.get("num_pages", document.get("page_count", 1))
    if not isinstance(items, list) or not isinstance(pages, int) or not all(map(_is_item, items)):
        raise ServerError(
            f"the service answered {status} without a page of clips; it begins: {quoted}", status=status, body=quoted
        )
    return [_clip_item(one, msgspec.json.encode({"item": one})) for one in items], pages


def _decode(body: bytes) -> tuple[dict[str, Any] | None, str]:
    """Return the JSON object in *body*, or None and a description of the body."""
    if not body.strip():
        return None, "an empty body"
    try:
        document = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        kind = "HTML or XML" if body.lstrip()[:1] == b"<" else "a body that is no JSON"
        return None, kind
    if not isinstance(document, dict):
        return None, f"JSON of type {type(document).__name__}"
    return document, ""


def _refusal(
    status: int,
    document: dict[str, Any] | None,
    headers: Mapping[str, str],
    *,
    quoted: str,
    scrub: Callable[[str], str],
    now: Callable[[], datetime] | None,
) -> ApiError:
    """Return the error of a refusal: its type by status, its message from the envelope."""
    said = _message_of(document) if document is not None else ""
    words = one_line(scrub(said)) or quoted or "nothing"
    hint = _HINTS.get(status) or ("try again later" if status >= 500 else "see the service's documentation")
    if 300 <= status < 400:
        hint = "the service's address has moved; check base_url"
    facts: dict[str, Any] = {"status": status, "body": quoted}
    kind: type[ApiError] = {401: AuthenticationError, 403: AuthenticationError, 404: ClipNotFoundError}.get(
        status, ServerError if status >= 500 else ApiError
    )
    if status == 429 or status >= 500:
        facts["retry_after"] = wait = retry_after(headers, now=now)
    if status == 429:
        hint = hint if wait is None else f"wait {wait:g} s before the next request"
        kind = RateLimitError
    return kind(f"the service answered {status} and said: {words}; {hint}", **facts)


def _message_of(document: object) -> str:
    """Return the message of an error envelope of any known shape."""
    if not isinstance(document, dict):
        return ""
    parts = [document[key] for key in ("error_name", "error", "message") if isinstance(document.get(key), str)]
    errors = document.get("errors")
    if isinstance(errors, dict):
        parts += [f"{name}: {_joined(texts)}" for name, texts in errors.items()]
    elif errors:
        parts.append(_joined(errors))
    if document.get("success") is False and isinstance(document.get("issues"), list):
        parts.append(_joined(document["issues"]))
    if not parts:  # {"<thing>": [{"error": …, "message": …}]}
        nested = [one for value in document.values() if isinstance(value, list) for one in value]
        parts = [said for one in nested if isinstance(one, dict) and "error" in one and (said := _message_of(one))]
    return "; ".join(dict.fromkeys(part for part in parts if part))


def _joined(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _accepted(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    scrub: Callable[[str], str],
    now: Callable[[], datetime] | None,
) -> tuple[dict[str, Any], str]:
    """Return the JSON object of an answer and the start of its text; raise the error of a refusal."""
    document, problem = _decode(body)
    quoted = snippet(body, scrub=scrub)
    if not 200 <= status < 300:
        raise _refusal(status, document, headers, quoted=quoted, scrub=scrub, now=now)
    facts: dict[str, Any] = {"status": status, "body": quoted}
    if document is None:
        raise ServerError(
            f"the service answered {status} with {problem}, expected a JSON object; check base_url and try again"
            + (f" (it begins: {facts['body']})" if facts["body"] else ""),
            **facts,
        )
    if document.get("success") is False or ("item" not in document and _message_of(document)):
        claimed = document.get("status_code")
        shown = claimed if isinstance(claimed, int) and 400 <= claimed <= 599 else status
        raise _refusal(shown, document, headers, quoted=facts["body"], scrub=scrub, now=now)
    return document, quoted


def _is_item(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict) and isinstance(value.get("uuid"), str)


def _clip_item(item: dict[str, Any], raw: bytes) -> ClipItem:
    """Read known keys with values of a known type; keep all others in `extra`."""
    readers: dict[str, Callable[[Any], Any]] = {
        **dict.fromkeys(("title", "body", "voice_uuid", "audio_src"), _of(str)),
        **dict.fromkeys(("is_public", "is_archived"), _of(bool)),
        **dict.fromkeys(("created_at", "updated_at"), _moment),
        "duration": _seconds,
        "timestamps": _of(dict),
    }
    taken: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for key, value in item.items():
        if key == "uuid":
            continue
        read = readers[key](value) if key in readers else None
        if read is not None:
            taken[key] = read
        elif key not in readers or value is not None:
            extra[key] = value
    return ClipItem(uuid=item["uuid"], extra=extra, raw=raw, **taken)


def _of(kind: type) -> Callable[[Any], Any]:
    return lambda value: value if isinstance(value, kind) else None


def _seconds(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    except OverflowError:  # a whole number of hundreds of digits
        return None


def _moment(value: object) -> datetime | None:
    """Read an ISO 8601 time; without an offset it is UTC, as the service documents."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # in UTC it is before the year 1 or after 9999
        return None
