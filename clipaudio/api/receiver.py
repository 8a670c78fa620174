"""The POST of a finished clip becomes a `ClipCallback` in a queue; whoever waits for the clip gets it.

Conventions
-----------
The service signs nothing, so each expected callback has a path of its own with fresh randomness in it. The path is
registered before the update is sent, because a callback may come before the update is answered. An unknown secret is
answered exactly as a wrong path. The payload's url is not trusted, only passed on. A callback without a url is passed
on too: that is how a failed synthesis may look.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import msgspec

from clipaudio.api.authentication import new_secret, same_secret
from clipaudio.api.callback import ClipCallback, read_callback
from clipaudio.errors import CallbackError, DeadlineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Receiver"]

MAX_BYTES = 32 * 1024 * 1024
_PREFIX = "/callbacks/"


@dataclass(slots=True)
class _Expected:
    """One path that was handed out."""

    secret: str
    project: str
    clip: str | None
    expires: float
    seen: set[bytes] = field(default_factory=set)


class Receiver:
    """Take callbacks of clips that are expected, refuse all others; safe to use from several threads.

    Parameters
    ----------
    max_bytes
        The longest body taken.
    lifetime
        Seconds after which a path that was handed out is forgotten.
    clock
        What time it is, in seconds that never go back.

    Examples
    --------
    >>> receiver = Receiver()
    >>> path = receiver.expect("3700a2f1", "cecad6f9")
    >>> body = b'{"id": "cecad6f9", "project_id": "3700a2f1", "url": "https://example.com/a.wav"}'
    >>> receiver.handle("POST", path, {"content-type": "application/json"}, body)
    (200, b'{"success":true}')
    >>> receiver.wait("cecad6f9", timeout=1).url
    'https://example.com/a.wav'
    """

    def __init__(
        self,
        *,
        max_bytes: int = MAX_BYTES,
        lifetime: float = 86_400.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.max_bytes = max_bytes
        self._lifetime = lifetime
        self._clock = clock
        self._expected: dict[bytes, _Expected] = {}
        self._delivered: defaultdict[str, deque[ClipCallback]] = defaultdict(deque)
        self._arrival = threading.Condition()

    def expect(self, project: str, clip: str | None = None) -> str:
        """Hand out a fresh path for the callback of *clip*; None for a clip that is still to be created.

        Call this before the update is sent, and put the path behind your own public address.
        """
        secret = new_secret()
        with self._arrival:
            now = self._clock()
            self._expected = {key: one for key, one in self._expected.items() if one.expires > now}
            self._expected[_digest(secret)] = _Expected(secret, project, clip, now + self._lifetime)
        return _PREFIX + secret

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Answer one request of the service.

        Parameters
        ----------
        method, path, headers, body
            The request; a query of the path is ignored, names of headers may be of any case.

        Returns
        -------
        tuple of int and bytes
            The status and a JSON body: 200 taken (also when it came twice), 400 no callback, 404 unknown path,
            405 no POST, 409 a callback of another clip, 413 too long.
        """
        if method != "POST":
            return _refuse(405, "POST only")
        if len(body) > self.max_bytes:
            return _refuse(413, "too long")
        expected = self._find(path)
        if expected is None:
            return _refuse(404, "not found")
        return self._take(expected, headers, body)

    def wait(self, clip: str, timeout: float) -> ClipCallback:
        """Wait for the next callback of *clip*, *timeout* seconds at most.

        Raises
        ------
        DeadlineError
            None came in time.
        """
        with self._arrival:
            if not self._arrival.wait_for(lambda: bool(self._delivered.get(clip)), timeout):
                raise DeadlineError(
                    f"no callback for the clip {clip} within {timeout:g} s; check that the service can reach"
                    " the callback_uri, or ask with client.get_clip",
                    seconds=timeout,
                )
            waiting = self._delivered[clip]
            callback = waiting.popleft()
            if not waiting:
                del self._delivered[clip]
            return callback

    def _take(self, expected: _Expected, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Read the body that came to a path that was handed out."""
        try:
            callback = read_callback(_payload(headers, body))
        except CallbackError as error:
            return _refuse(400, str(error))
        if callback.id is None:
            return _refuse(400, "no id")
        if expected.clip not in {None, callback.id} or callback.project_id not in {None, expected.project}:
            return _refuse(409, "a callback of another clip")
        return self._deliver(expected, callback.id, callback, body)

    def _find(self, path: str) -> _Expected | None:
        """Find what *path* was handed out for; the table is searched by digest, so time tells nothing."""
        bare = path.partition("?")[0]
        secret = bare.removeprefix(_PREFIX)
        with self._arrival:
            expected = self._expected.get(_digest(secret))
            now = self._clock()
        if expected is None or not same_secret(_PREFIX + expected.secret, bare) or expected.expires <= now:
            return None
        return expected

    def _deliver(self, expected: _Expected, clip: str, callback: ClipCallback, body: bytes) -> tuple[int, bytes]:
        """Queue *callback*, once however often the same body comes."""
        digest = hashlib.sha256(body).digest()
        with self._arrival:
            if digest not in expected.seen:
                expected.seen.add(digest)
                self._delivered[clip].append(callback)
                self._arrival.notify_all()
        return 200, b'{"success":true}'


def _payload(headers: Mapping[str, str], body: bytes) -> bytes | dict[str, object]:
    """Give the JSON of *body*, or the fields of a form, where what is no plain text is JSON again."""
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if kind.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return body
    try:
        fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=64)
        return {name: msgspec.json.decode(text) if text[:1] in {"{", "["} else text for name, text in fields}
    except ValueError as error:  # msgspec's errors are ValueErrors too
        raise CallbackError("the body is no form of UTF-8 fields", path="$") from error


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def _refuse(status: int, message: str) -> tuple[int, bytes]:
    return status, msgspec.json.encode({"success": False, "message": message})
