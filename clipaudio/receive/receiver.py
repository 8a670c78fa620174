"""Check the POST of a finished clip, store it, and deliver it to the caller that waits for the clip.

Conventions
-----------
The service signs nothing, so each expected callback has its own path with a random secret. The path is registered
before the update is sent, because the callback may come before the answer. An unknown secret is answered exactly like a
wrong path. The url of the payload is passed on but not trusted. A callback without a url is passed on too: a failed
synthesis may look like that.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol
from urllib.parse import parse_qsl

import msgspec

from clipaudio.errors import CallbackError, DeadlineError, InboxError
from clipaudio.receive.inbox import Addition, Expected
from clipaudio.resemble.authentication import new_secret
from clipaudio.resemble.callback import ClipCallback, read_callback
from clipaudio.resemble.payload import strip_mark
from clipaudio.waits import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clipaudio.receive.inbox import Inbox

__all__ = ["Receiver"]

MAX_BYTES: Final = 4 * 1024 * 1024
_PREFIX: Final = "/callbacks/"
_ACCEPTED: Final = (200, b'{"success":true}')
_RETRY_LATER: Final = (503, b'{"success":false,"message":"try again later"}')
_UNREADABLE: Final = (400, b'{"success":false,"message":"the callback cannot be read"}')
_MOST_UNCLAIMED: Final = 10_000  # clips
_LONGEST_ID: Final = 1000  # characters: an id stands in each message about its clip


class Receiver:
    """Accept callbacks of expected clips and refuse all others; safe to use from several threads.

    Parameters
    ----------
    max_bytes
        The longest body that is accepted.
    lifetime
        Seconds after which a path expires.
    clock
        A monotonic clock in seconds, for callbacks kept in memory.
    inbox
        Where expectations and callbacks are stored before they are acknowledged; None keeps both in memory until the
        process ends.
    on_trouble
        Called with the error when callbacks cannot be stored, and with None when they can again. Their senders are told
        to try again, and not why.

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
        inbox: Inbox | None = None,
        on_trouble: Callable[[Exception | None], None] = lambda _: None,
    ) -> None:
        self.max_bytes = max_bytes
        self.inbox = inbox
        self._lifetime = lifetime
        self._store: _Store = _Memory(clock) if inbox is None else inbox
        self._delivered: dict[str, deque[int | ClipCallback]] = {}
        self._arrival = threading.Condition()
        self._on_trouble = on_trouble
        self._has_trouble = False

    def expect(self, project: str, clip: str | None = None) -> str:
        """Return a fresh path for the callback of *clip*; None for a clip that is still to be created.

        Call this before the update is sent, and append the path to your own public address.
        """
        secret = new_secret()
        self._store.expect(secret, project, clip, lifetime=self._lifetime)
        return _PREFIX + secret

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Answer one request of the service.

        Parameters
        ----------
        method, path, headers, body
            The request; a query of the path is ignored, header names may be of any case.

        Returns
        -------
        tuple of int and bytes
            The status and a JSON body: 200 accepted (also a repetition), 400 no callback, 404 unknown path, 405 no
            POST, 409 a callback of another clip, 413 too long, 415 a compressed body, 503 could not be
            stored: send it again.
        """
        return self.handle_many([(method, path, headers, body)])[0]

    def handle_many(self, requests: Sequence[tuple[str, str, Mapping[str, str], bytes]]) -> list[tuple[int, bytes]]:
        """Answer several requests, whose callbacks are stored in one commit; see `handle`."""
        arrivals = self._read_many(requests)
        good = [arrival for arrival in arrivals if isinstance(arrival, _Arrival)]
        try:
            numbers = self._store.add_many([arrival.addition for arrival in good]) if good else []
        except Exception as error:  # noqa: BLE001 - whatever one callback does, the others must be stored
            if len(requests) == 1:
                if not _is_ours(error):
                    return [_UNREADABLE]
                self._note_trouble(error)
                return [_RETRY_LATER]
            return [self.handle(*request) for request in requests]
        if good:
            self._note_trouble(None)
        with self._arrival:
            for arrival, number in zip(good, numbers, strict=True):
                if number is not None:
                    self._deliver(arrival.callback, number)
            self._arrival.notify_all()
        return [_ACCEPTED if isinstance(arrival, _Arrival) else arrival for arrival in arrivals]

    def expected(self, path: str) -> Expected | None:
        """Return what is expected at *path*; None if it was never handed out or has expired.

        Raises
        ------
        InboxError
            The inbox cannot be read.
        """
        secret = _secret(path)
        return self._store.find(secret) if secret else None

    def wait(self, clip: str, timeout: float, *, check: Callable[[], object] | None = None) -> ClipCallback:
        """Wait for the next callback of *clip*, *timeout* seconds at most.

        *check* is called twice a second meanwhile, and ends the wait by what it raises.

        Raises
        ------
        DeadlineError
            No callback came in time.
        """

        def has_come() -> bool:
            if check is not None:
                check()
            return bool(self._delivered.get(clip))

        with self._arrival:
            if not wait_until(self._arrival, has_come, timeout):
                raise DeadlineError(
                    f"no callback for the clip {clip} within {timeout:g} s; check that the service can reach"
                    " the callback_uri, or ask with client.get_clip",
                    seconds=timeout,
                )
            waiting = self._delivered[clip]
            one = waiting.popleft()
            if not waiting:
                del self._delivered[clip]
        if isinstance(one, ClipCallback):
            return one
        assert self.inbox is not None
        return read_callback(self.inbox.get(one).body)

    def _read_many(
        self, requests: Sequence[tuple[str, str, Mapping[str, str], bytes]]
    ) -> list[_Arrival | tuple[int, bytes]]:
        """Read the requests; return each arrival, or the answer that refuses it."""
        secrets = [_secret(path) for _, path, _, _ in requests]
        try:
            found = self._store.find_many(secrets)
        except Exception as error:  # noqa: BLE001 - an inbox that cannot be read, of whatever cause, is tried again
            self._note_trouble(error)
            return [self._refused(request) or _RETRY_LATER for request in requests]
        return [
            self._refused(request) or _read_safely(secret, expected, *request[2:])
            for request, secret, expected in zip(requests, secrets, found, strict=True)
        ]

    def _note_trouble(self, error: Exception | None) -> None:
        if error is not None or self._has_trouble:
            self._has_trouble = error is not None
            self._on_trouble(error)

    def _refused(self, request: tuple[str, str, Mapping[str, str], bytes]) -> tuple[int, bytes] | None:
        """Return the answer to a request that is refused whatever is expected, None for others."""
        method, path, _, body = request
        if method != "POST":
            return _refuse(405, "POST only")
        if len(body) > self.max_bytes:
            return _refuse(413, "too long")
        return None if _secret(path) else _refuse(404, "not found")

    def _deliver(self, callback: ClipCallback, number: int) -> None:
        """Deliver a callback to the caller that waits; of a stored one only the number is kept."""
        assert callback.id is not None
        self._delivered.setdefault(callback.id, deque()).append(callback if self.inbox is None else number)
        if self.inbox is not None and len(self._delivered) > _MOST_UNCLAIMED:
            del self._delivered[next(iter(self._delivered))]


class _Arrival(NamedTuple):
    """An accepted callback, and its row for the inbox."""

    callback: ClipCallback
    addition: Addition


def _read_safely(
    secret: str, expected: Expected | None, headers: Mapping[str, str], body: bytes
) -> _Arrival | tuple[int, bytes]:
    """Read one request; whatever its body does to a parser, it is answered and the others are not affected."""
    try:
        return _read_one(secret, expected, headers, body)
    except Exception as error:  # noqa: BLE001 - RecursionError and MemoryError among them
        return _RETRY_LATER if _is_ours(error) else _UNREADABLE


def _is_ours(error: Exception) -> bool:
    """Return True for errors of this machine, after which the same callback may be accepted."""
    return isinstance(error, InboxError | OSError | MemoryError)


def _read_one(
    secret: str, expected: Expected | None, headers: Mapping[str, str], body: bytes
) -> _Arrival | tuple[int, bytes]:
    """Read the body, if its path is expected."""
    if expected is None:
        return _refuse(404, "not found")
    coding = next((value for name, value in headers.items() if name.lower() == "content-encoding"), "identity")
    if coding.strip().lower() not in {"", "identity"}:
        return _refuse(415, "a Content-Encoding is not understood; send the body as it is")
    try:
        callback = read_callback(_payload(headers, body))
    except CallbackError as error:
        return _refuse(400, str(error))
    if callback.id is None or len(callback.id) > _LONGEST_ID:
        return _refuse(400, "no id" if callback.id is None else "the id is too long")
    if expected.clip not in {None, callback.id} or callback.project_id not in {None, expected.project}:
        return _refuse(409, "a callback of another clip")
    return _Arrival(callback, Addition(secret, callback.id, callback.to_json(), expected.project))


class _Store(Protocol):
    """The store of expectations and callbacks: an `Inbox`, or memory."""

    def expect(self, secret: str, project: str, clip: str | None, *, lifetime: float) -> None: ...

    def find(self, secret: str) -> Expected | None: ...

    def find_many(self, secrets: Sequence[str]) -> list[Expected | None]: ...

    def add_many(self, additions: Sequence[Addition]) -> list[int | None]: ...


class _Memory:
    """An `Inbox` in memory; it keeps digests of the callbacks only."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._expected: dict[bytes, tuple[Expected, set[bytes]]] = {}
        self._count = 0

    def expect(self, secret: str, project: str, clip: str | None, *, lifetime: float) -> None:
        """Expect a callback under *secret*; forget expired expectations."""
        now = self._clock()
        with self._lock:
            self._expected = {key: one for key, one in self._expected.items() if one[0].expires > now}
            self._expected[_digest(secret)] = Expected(project, clip, now + lifetime), set()

    def find(self, secret: str) -> Expected | None:
        """Return what is expected under *secret*; the search is by digest, so its time reveals nothing."""
        with self._lock:
            found = self._expected.get(_digest(secret))
        return found[0] if found is not None and found[0].expires > self._clock() else None

    def find_many(self, secrets: Sequence[str]) -> list[Expected | None]:
        """Return what is expected under each of *secrets*."""
        return [self.find(secret) for secret in secrets]

    def add_many(self, additions: Sequence[Addition]) -> list[int | None]:
        """Count the bodies that are new under their secrets; return the numbers, None for repetitions."""
        with self._lock:
            return [self._add(_digest(one.secret), hashlib.sha256(one.body).digest()) for one in additions]

    def _add(self, secret: bytes, body: bytes) -> int | None:
        seen = self._expected[secret][1] if secret in self._expected else set()
        if body in seen:
            return None
        seen.add(body)
        self._count += 1
        return self._count


def _payload(headers: Mapping[str, str], body: bytes) -> bytes | dict[str, object]:
    """Return the JSON of *body*, or the decoded fields of a form; JSON is read under any Content-Type."""
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    is_form = kind.partition(";")[0].strip().lower() == "application/x-www-form-urlencoded"
    # `curl -d` labels JSON as a form; a form begins with the name of a field
    if not is_form or strip_mark(body).lstrip()[:1] == b"{":
        return body
    try:
        fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, strict_parsing=True, max_num_fields=64)
        return {name: msgspec.json.decode(text) if text[:1] in {"{", "["} else text for name, text in fields}
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors too
        raise CallbackError("the body is no form of UTF-8 fields; expected JSON", path="$") from error


def _secret(path: str) -> str:
    """Return the secret in *path*, "" if the path has another form."""
    bare = path.partition("?")[0]
    return bare.removeprefix(_PREFIX) if bare.startswith(_PREFIX) else ""


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def _refuse(status: int, message: str) -> tuple[int, bytes]:
    return status, msgspec.json.encode({"success": False, "message": message})
