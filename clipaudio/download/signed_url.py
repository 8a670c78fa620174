"""Parse the expiry time of signed urls and explain why one was rejected.

Object stores write into a signed url when it was signed and for how many seconds it is good (AWS Signature Version 4,
"Authenticating Requests: Using Query Parameters"; Google Cloud Storage, "V4 signing process"). What is read here only
explains a refusal: clocks differ and a url can expire early, so nothing is refused beforehand.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["expires_at", "expiry_message", "is_dead"]

_SIGNERS: Final = ("X-Amz", "X-Goog")
_DATE: Final = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_SECONDS: Final = re.compile(r"[0-9]{1,9}")
_DEAD: Final = frozenset({401, 403, 404, 410})
_CODES: Final = re.compile(r"<Code>\s*(?:ExpiredToken|TokenRefreshRequired)\s*</Code>")


def expires_at(url: str) -> float | None:
    """Return the expiry time in a signed *url*, POSIX seconds; None if it has none that makes sense.

    Examples
    --------
    >>> expires_at("https://store.example/clip?X-Amz-Date=20261122T200000Z&X-Amz-Expires=3600&X-Amz-Signature=0")
    1795381200.0
    >>> expires_at("https://store.example/clip")
    """
    try:
        fields = dict(parse_qsl(urlsplit(url).query, max_num_fields=100))
    except ValueError:
        return None
    for signer in _SIGNERS:
        date, seconds = fields.get(f"{signer}-Date", ""), fields.get(f"{signer}-Expires", "")
        if not (_DATE.fullmatch(date) and _SECONDS.fullmatch(seconds)):
            continue
        try:
            return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp() + int(seconds)
        except ValueError:  # a day that is in no calendar
            continue
    return None


def is_dead(status: int, body: str) -> bool:
    """Return True if a response means that the url has expired for good.

    Object stores refuse with 403 and AccessDenied, whatever the reason. Where what signed the url is too old they
    answer 400 and ExpiredToken; Google's does so for any url past its time.

    Examples
    --------
    >>> is_dead(403, ""), is_dead(400, "<Error><Code>ExpiredToken</Code></Error>"), is_dead(400, ""), is_dead(503, "")
    (True, True, False, False)
    """
    return status in _DEAD or (status == 400 and _CODES.search(body) is not None)


def expiry_message(url: str, headers: Mapping[str, str], *, clock: Callable[[], float] = time.time) -> str:
    """Return why *url* was refused, as far as it tells; *headers* are those of the refusal.

    Examples
    --------
    >>> url = "https://store.example/clip?X-Amz-Date=20261122T200000Z&X-Amz-Expires=3600"
    >>> expiry_message(url, {"date": "Sun, 22 Nov 2026 22:30:00 GMT"})
    'it was signed to live until 2026-11-22 21:00:00 UTC, 90 min before it was asked for'
    >>> expiry_message("https://store.example/clip", {})
    'the url of a clip lives for an hour'
    """
    end = expires_at(url)
    if end is None:
        return "the url of a clip lives for an hour"
    try:
        now = parsedate_to_datetime(headers.get("date", "")).timestamp()  # the clock that judged it
    except (ValueError, OverflowError):
        now = clock()
    until = f"it was signed to live until {_written(end)}"
    if now >= end:
        return f"{until}, {_lasting(now - end)} before it was asked for"
    return f"{until}, but was refused {_lasting(end - now)} early: what signed it was withdrawn, or a clock is wrong"


def _written(moment: float) -> str:
    """Return *moment* as text; a moment after the year 9999 as its seconds."""
    try:
        return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return f"{moment:.0f} s after 1970"


def _lasting(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
