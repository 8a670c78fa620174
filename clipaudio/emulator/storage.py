"""Store audio behind a permanent url and signed urls that expire after an hour.

The lasting url looks like the service's own and answers with a redirect to a freshly signed one. A signed
url tells its date and its lifetime the way object stores do, and is checked against the emulator's clock.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from clipaudio.emulator.exchange import EmulatorRequest, EmulatorResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.emulator.faults import Faults

__all__ = ["LIFETIME", "Storage"]

LIFETIME = 3600
"""Seconds a signed url lives."""

_REDIRECTS = ("rails", "active_storage", "blobs", "redirect")
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z")
_HTML = b"<!DOCTYPE html><html><body><h1>We'll be back soon.</h1></body></html>"


@dataclass(frozen=True, slots=True)
class _Blob:
    data: bytes
    content_type: str
    etag: str


class Storage:
    """Keep audio and serve it.

    Parameters
    ----------
    clock
        Gives seconds since the epoch; urls are signed and judged by it.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.origin = ""  # scheme, host and port of every url: known when the socket is
        self._clock = clock
        self._secret = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._blobs: dict[str, _Blob] = {}
        self._keys: dict[str, str] = {}  # token of the lasting url -> key

    def add(self, data: bytes, *, name: str, content_type: str) -> str:
        """Store *data* and return its permanent url."""
        with self._lock:
            number = str(len(self._blobs) + 1)
            key = f"{hashlib.sha256(number.encode() + self._secret).hexdigest()[:28]}/{name}"
            message = {"_rails": {"message": _text64(number), "exp": None, "pur": "blob_id"}}
            token = _text64(json.dumps(message, separators=(",", ":")))
            token = f"{token}--{self._signature(token)[:40]}"
            etag = '"' + hashlib.md5(data, usedforsecurity=False).hexdigest() + '"'
            self._blobs[key] = _Blob(data, content_type, etag)
            self._keys[token] = key
        return "/".join((self.origin, *_REDIRECTS, token, name))

    def owns(self, request: EmulatorRequest) -> bool:
        """Return True if *request* is for the storage."""
        return request.parts[:1] in (["rails"], ["storage"])

    def answer(self, request: EmulatorRequest, faults: Faults) -> EmulatorResponse:
        """Redirect a permanent url, or serve a signed one."""
        if request.method not in ("GET", "HEAD"):
            return _xml(405, "MethodNotAllowed", "The specified method is not allowed")
        parts = request.parts
        if tuple(parts[:4]) == _REDIRECTS and len(parts) == 6:
            key = self._keys.get(parts[4])
            if key is None:
                return EmulatorResponse(404, b"", {"Content-Type": "text/html"})
            return EmulatorResponse(302, b"", {"Location": self._signed(key), "Cache-Control": "max-age=300, private"})
        return self._serve(request, faults)

    def _signed(self, key: str) -> str:
        """Sign *key* for an hour from now."""
        date = datetime.fromtimestamp(self._clock(), UTC).strftime("%Y%m%dT%H%M%SZ")
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Date": date,
            "X-Amz-Expires": str(LIFETIME),
            "X-Amz-Signature": self._signature(f"{key}{date}{LIFETIME}"),
        }
        return f"{self.origin}/storage/{key}?{urlencode(query)}"

    def _signature(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

    def _refusal(self, request: EmulatorRequest, key: str, faults: Faults) -> EmulatorResponse | None:
        """Return the answer to a forged or expired url, or None for a valid one."""
        query = request.query
        date, lifetime = query.get("X-Amz-Date", ""), query.get("X-Amz-Expires", "")
        signature = self._signature(f"{key}{date}{lifetime}")
        if not hmac.compare_digest(query.get("X-Amz-Signature", "").encode(), signature.encode()):
            return _xml(403, "SignatureDoesNotMatch", "The request signature does not match")
        signed = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        if faults.audio_expired or self._clock() > signed + int(lifetime):
            return _xml(faults.audio_expired_status, "AccessDenied", "Request has expired")
        return None

    def _serve(self, request: EmulatorRequest, faults: Faults) -> EmulatorResponse:
        key = "/".join(request.parts[1:])
        blob = self._blobs.get(key)
        if blob is None:
            return _xml(404, "NoSuchKey", "The specified key does not exist")
        if refusal := self._refusal(request, key, faults):
            return refusal
        if faults.audio_html:
            return EmulatorResponse(200, _HTML, {"Content-Type": "text/html"})
        etag = f'"{secrets.token_hex(16)}"' if faults.audio_new_etag else blob.etag
        headers = {"Content-Type": blob.content_type, "ETag": etag}
        status, body = 200, blob.data
        if not faults.audio_no_range:
            headers["Accept-Ranges"] = "bytes"
            span = _wanted(request, len(blob.data), etag)
            if span is not None:
                first, stop = span
                total = len(blob.data)
                if first >= stop:
                    return EmulatorResponse(416, b"", headers | {"Content-Range": f"bytes */{total}"})
                status, body = 206, blob.data[first:stop]
                headers["Content-Range"] = f"bytes {first}-{stop - 1}/{total}"
        broken = faults.audio_truncated or faults.audio_reset
        return EmulatorResponse(
            status,
            body,
            headers,
            sent=len(body) // 2 if broken else None,
            wait=faults.audio_delay,
            reset=faults.audio_reset,
            has_length=not faults.audio_no_length,
        )


def _wanted(request: EmulatorRequest, total: int, etag: str) -> tuple[int, int] | None:
    """Return the requested byte range (first, stop), empty if first >= stop, or None for the whole file."""
    match = _RANGE.match(request.header("Range") or "")
    condition = request.header("If-Range")
    if match is None or (condition is not None and condition != etag):
        return None
    first, last = match.groups()
    if first:
        stop = min(int(last) + 1, total) if last else total
        return None if last and int(last) < int(first) else (int(first), stop)
    return (max(total - int(last), 0), total) if last and int(last) else (total, total) if last else None


def _xml(status: int, code: str, message: str) -> EmulatorResponse:
    """Return an XML answer, as object stores send."""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    text = f"{head}<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return EmulatorResponse(status, text.encode(), {"Content-Type": "application/xml"})


def _text64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
