"""POST a finished clip to its callback_uri, until it is accepted, or with the chosen faults."""

from __future__ import annotations

import http.client
import json
import logging
import threading
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from clipaudio.emulator.exchange import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.emulator.faults import Faults

__all__ = ["Callback", "Postman"]

_logger = logging.getLogger("clipaudio.emulator")


@dataclass(frozen=True, slots=True)
class Callback:
    """What is to be delivered, and where to; `number` counts the requests that asked for one."""

    clip_uuid: str
    uri: str
    content: dict[str, Any]
    number: int = 0


class Postman:
    """Deliver callbacks and keep a record of each attempt.

    Parameters
    ----------
    clock
        Stamps the record.
    tries
        Attempts until a callback is given up; anything but a 2xx leads to the next.
    backoff
        Seconds before the second attempt; doubled each time.
    timeout
        Seconds the receiver has for an answer.
    """

    def __init__(self, clock: Callable[[], float], *, tries: int, backoff: float, timeout: float) -> None:
        self._clock = clock
        self._tries = tries
        self._backoff = backoff
        self._timeout = timeout
        self._lock = threading.Lock()
        self._held: list[Callback] = []
        self.stopped = threading.Event()
        self.deliveries: list[Delivery] = []

    def deliver(self, callback: Callback, faults: Faults) -> None:
        """Deliver *callback*, and those it releases, as *faults* want it; return when that is over."""
        if faults.callback_lost:
            return
        if faults.callback_delay:
            self.stopped.wait(faults.callback_delay)
        for due in self._due(callback, faults.callback_reorder):
            for _ in range(faults.callback_copies):
                self._insist(due, faults)

    def _due(self, callback: Callback, gathered: int) -> list[Callback]:
        """Hold a callback back until *gathered* are together; give them newest first."""
        with self._lock:
            self._held.append(callback)
            if len(self._held) < gathered:
                return []
            due, self._held = self._held[::-1], []
            return sorted(due, key=lambda one: -one.number)  # speaking may have taken the older one longer

    def _insist(self, callback: Callback, faults: Faults) -> None:
        """Try until the receiver takes it."""
        content_type, body = _written(callback.content, faults.callback_content)
        for attempt in range(1, self._tries + 1):
            if self.stopped.is_set():
                return
            status, error = self._post(callback.uri, content_type, body)
            delivery = Delivery(callback.clip_uuid, callback.uri, body, attempt, status, error, self._clock())
            self.deliveries.append(delivery)
            if delivery.ok:
                return
            _logger.info("callback of %s: attempt %d: %s", callback.clip_uuid, attempt, error or status)
            if attempt < self._tries:
                self.stopped.wait(self._backoff * 2 ** (attempt - 1))

    def _post(self, uri: str, content_type: str, body: bytes) -> tuple[int | None, str]:
        """Send one POST; give the status, or None and what happened instead."""
        parts = urlsplit(uri)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"Content-Type": content_type, "User-Agent": "clipaudio-emulator", "Connection": "close"}
        try:
            with closing(kind(parts.hostname or "", parts.port, timeout=self._timeout)) as connection:
                connection.request("POST", target, body, headers)
                with connection.getresponse() as response:
                    response.read(65536)
                    return response.status, ""
        except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: no such target
            return None, f"{type(error).__name__}: {error}"


def _written(content: dict[str, Any], how: str) -> tuple[str, bytes]:
    """Return the content type and the bytes of a callback."""
    if how == "form":
        fields = {k: v if isinstance(v, str) else json.dumps(v) for k, v in content.items()}
        return "application/x-www-form-urlencoded", urlencode(fields).encode()
    if how == "foreign":
        content = content | {"id": "00000000"}
    elif how == "no_url":
        content = {name: value for name, value in content.items() if name != "url"}
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return "application/json", body[: len(body) // 2] if how == "truncated" else body
