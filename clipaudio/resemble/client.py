"""Call the service: create, update, get and list clips."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Literal, NoReturn, Protocol, TypeVar, Unpack
from urllib.parse import urlsplit

from clipaudio.errors import DeadlineError, DownloadError, RequestError, ServerError, UnsafeAddressError
from clipaudio.http.address import is_loopback
from clipaudio.http.client import Policy, Request, shared_transport
from clipaudio.http.redact import redact
from clipaudio.http.retry import Attempts, RateLimiter, Retry, call_with_retry
from clipaudio.http.url import parse_url
from clipaudio.resemble.api_response import ClipItem, read_item, read_page
from clipaudio.resemble.authentication import ApiKey, find_key
from clipaudio.resemble.callback import read_callback
from clipaudio.resemble.clip_update import ClipFields, ClipUpdate, path_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from clipaudio.http.client import Transport
    from clipaudio.resemble.callback import ClipCallback

__all__ = ["BASE_URL", "CallbackReceiver", "Client", "checked_base_url", "clip_request", "generation_of"]

BASE_URL = "https://app.resemble.ai/api/v2"
Method = Literal["PUT", "PATCH"]
_RETRY = Retry()
_Read = TypeVar("_Read")


class CallbackReceiver(Protocol):
    """The part of a `clipaudio.Receiver` that `Client.update_and_wait` needs."""

    def expect(self, project: str, clip: str) -> str:
        """Return a new secret path for the callback of *clip*."""
        ...

    def wait(self, clip: str, timeout: float) -> ClipCallback:
        """Return the next callback of *clip*, or raise `DeadlineError` after *timeout* seconds."""
        ...


class Client:
    """A client of the service.

    Parameters
    ----------
    key
        The API key; None reads the environment variable RESEMBLE_API_KEY.
    base_url
        The address of the service. Plain http is accepted for this machine only, or with *allow_http*.
    timeout
        Seconds for one call in all.
    transport
        What sends the requests; None uses the one that all callers share.
    environ
        The environment with the key; None means `os.environ`.
    allow_http
        Accept a *base_url* of plain http or in a private network.
    retry
        How transient failures are retried: connections, 429, 502 to 504. Creating a clip is only retried if the
        service guarantees that it did nothing (429, 503).
    rate
        The most calls a second, all threads together; the service allows 40.
    clock, sleep
        A monotonic clock in seconds, and how to wait; for tests.

    Raises
    ------
    RequestError
        There is no key, or *base_url* cannot be used.

    Examples
    --------
    >>> Client("k3y-of-mine")
    Client('https://app.resemble.ai/api/v2')
    """

    def __init__(  # noqa: PLR0913 - keyword-only but the key
        self,
        key: str | ApiKey | None = None,
        *,
        base_url: str = BASE_URL,
        timeout: float = 60.0,
        transport: Transport | None = None,
        environ: Mapping[str, str] | None = None,
        allow_http: bool = False,
        retry: Retry = _RETRY,
        rate: float = 40.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._retry = retry
        self._clock, self._sleep = clock, sleep
        self._pace = RateLimiter(rate, clock=clock, sleep=sleep)
        self.base_url = checked_base_url(base_url, allow_http=allow_http)
        self._key = find_key(key, environ=environ)
        self._transport = transport if transport is not None else shared_transport()
        is_own = allow_http or is_loopback(urlsplit(self.base_url).hostname or "")
        self._policy = Policy(deadline=timeout, allow_http=is_own, allow_private=is_own)

    def __repr__(self) -> str:
        return f"Client({self.base_url!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Client cannot be pickled, its key would be readable; make one in each process")

    def update_clip(self, project: str, clip: str, *, method: Method = "PUT", **fields: Unpack[ClipFields]) -> ClipItem:
        """Update *clip*: the service speaks it again and posts the finished clip to *callback_uri*.

        Parameters
        ----------
        project, clip
            Their ids.
        method
            "PUT", or "PATCH" as in newer documentation.
        **fields
            The fields of `ClipUpdate`. `callback_uri` is required; `include_timestamps` is True by default.

        Raises
        ------
        RequestError
            A field is wrong or *callback_uri* is missing; nothing was sent.
        ApiError
            The service refused; the type says why (`AuthenticationError`, `ClipNotFoundError`, …).
        ConnectionFailedError
            No answer came. The service may have processed the request anyway.
        """
        update = ClipUpdate.of(fields)
        update.warn()
        return self.send_update(project, clip, update, method=method)

    def send_update(self, project: str, clip: str, update: ClipUpdate, *, method: Method = "PUT") -> ClipItem:
        """Send an existing `ClipUpdate` without warnings; otherwise like `update_clip`."""
        return self._send(clip_request(self.base_url, project, clip, update, method=method), read_item)

    def update_and_wait(
        self,
        project: str,
        clip: str,
        *,
        receiver: CallbackReceiver | None = None,
        public_url: str = "",
        timeout: float = 120.0,
        poll: float = 2.0,
        method: Method = "PUT",
        **fields: Unpack[ClipFields],
    ) -> ClipCallback:
        """Update *clip* and wait for its audio: by its callback or by polling, whichever is first.

        Parameters
        ----------
        project, clip, method, **fields
            As in `update_clip`.
        receiver, public_url
            A receiver of callbacks and its public address, from which *callback_uri* is made. Without them
            *callback_uri* is required and the clip is polled.
        timeout
            Seconds to wait in all.
        poll
            Seconds between two polls, and before the first; 0 does not poll.

        Raises
        ------
        DeadlineError
            The clip was not ready in time; the service may still finish it.
        RequestError, ApiError, ConnectionFailedError
            As in `update_clip`.
        """
        if receiver is not None:
            fields["callback_uri"] = public_url.rstrip("/") + receiver.expect(project, clip)
        before = generation_of(self.get_clip(project, clip)) if poll else None
        self.update_clip(project, clip, method=method, **fields)
        end = self._clock() + timeout
        while True:
            left = end - self._clock()
            pause = min(poll or left, left)
            if receiver is None:
                self._sleep(max(pause, 0.0))
            else:
                try:
                    return receiver.wait(clip, max(pause, 0.0))
                except DeadlineError:
                    if left <= 0:
                        raise
            if poll and before is not None:
                item = self.get_clip(project, clip)
                if item.audio_src and generation_of(item) != before:
                    return read_callback(item.raw)
            if left <= 0:
                raise _late(clip, timeout)

    def wait_for_clip(
        self,
        project: str,
        clip: str,
        *,
        before: str | None = None,
        timeout: float = 120.0,
        poll: float = 2.0,
    ) -> ClipItem:
        """Poll until *clip* has audio.

        Parameters
        ----------
        project, clip
            Their ids.
        before
            `generation_of` the clip before it was updated, whose audio is not waited for; None takes any audio.
        timeout, poll
            Seconds to wait in all, and between two polls.

        Raises
        ------
        DeadlineError
            The clip was not ready in time; the service may still finish it.
        RequestError, ApiError, ConnectionFailedError
            As in `update_clip`.
        """
        end = self._clock() + timeout
        while True:
            item = self.get_clip(project, clip)
            if item.audio_src and generation_of(item) != before:
                return item
            left = end - self._clock()
            if left <= 0:
                raise _late(clip, timeout)
            self._sleep(min(poll, left))

    def create_clip(self, project: str, **fields: Unpack[ClipFields]) -> ClipItem:
        """Create a clip in *project*; without *callback_uri* the service answers when the audio is ready.

        Raises the same errors as `update_clip`.
        """
        update = ClipUpdate.of(fields)
        update.warn()
        url = _clips_url(self.base_url, project)
        return self._send(_json_request("POST", url, update), read_item)

    def get_clip(self, project: str, clip: str) -> ClipItem:
        """Return the current state of *clip*; `audio_src` is a new url, `timestamps` may be None.

        Raises the same errors as `update_clip`.
        """
        return self._send(Request(method="GET", url=_clip_url(self.base_url, project, clip)), read_item)

    def list_clips(self, project: str, *, page_size: int = 1000) -> Iterator[ClipItem]:
        """Yield every clip of *project*; pages are requested on demand.

        A clip that is created or removed meanwhile may appear twice or not at all.

        Parameters
        ----------
        page_size
            Clips in one request, 10 to 1000.

        Raises
        ------
        ApiError
            As in `update_clip`.
        """
        base = f"{_clips_url(self.base_url, project)}?page_size={page_size}"
        page, pages = 1, 1
        while page <= pages:
            request = Request(method="GET", url=f"{base}&page={page}")
            items, pages = self._send(request, read_page)
            yield from items
            page += 1

    def _send(self, request: Request, read: Callable[..., _Read]) -> _Read:
        """Send a request, with retries of transient failures; *read* parses the answer."""
        attempts = Attempts(self._retry, method=request.method, clock=self._clock)
        return call_with_retry(lambda: self._send_once(request, read), attempts, sleep=self._sleep)

    def _send_once(self, request: Request, read: Callable[..., _Read]) -> _Read:
        """Wait for the rate limit, add the key, send, and read the answer."""
        self._pace.wait()
        signed = Request(
            method=request.method,
            url=request.url,
            headers={**request.headers, "Accept": "application/json", "Authorization": self._key.header()},
            body=request.body,
            policy=self._policy,
        )
        try:
            with self._transport.open(signed) as answer:
                status, headers, body = answer.status, answer.headers, answer.read()
        except DeadlineError as error:
            if request.body is None:
                raise
            raise DeadlineError(
                f"{error}; the service may have processed the {request.method} anyway; check with get_clip",
                **error.__dict__,
            ) from error
        except UnsafeAddressError:
            raise
        except DownloadError as error:
            raise ServerError(f"the answer could not be read: {error}", status=0, body="") from error
        return read(status, headers, body, scrub=self._key.scrub)


def _late(clip: str, timeout: float) -> DeadlineError:
    return DeadlineError(
        f"the clip {clip} was not ready within {timeout:g} s; ask again with client.get_clip", seconds=timeout
    )


def generation_of(item: ClipItem) -> str:
    """Return a digest that differs between two syntheses of a clip, but not between two signed urls of one."""
    file = urlsplit(item.audio_src or "").path.rpartition("/")[2]
    facts = item.extra.get("last_generated_at"), item.duration, file, item.timestamps
    return hashlib.sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()


def clip_request(base_url: str, project: str, clip: str, update: ClipUpdate, *, method: str = "PUT") -> Request:
    """Return the request of an update, without the key.

    Raises
    ------
    RequestError
        *method* is neither PUT nor PATCH, an id is invalid, or *callback_uri* is missing.

    Examples
    --------
    >>> update = ClipUpdate(body="Hi.", callback_uri="https://example.com/hook", include_timestamps=None)
    >>> clip_request(BASE_URL, "3700a2f1", "cecad6f9", update).url
    'https://app.resemble.ai/api/v2/projects/3700a2f1/clips/cecad6f9'
    """
    if method not in {"PUT", "PATCH"}:
        raise RequestError(f"method is {method!r}, expected 'PUT' or 'PATCH'", field="method")
    if update.callback_uri is None:
        raise RequestError(
            "callback_uri is missing: the service only speaks a clip when it can post it somewhere;"
            " pass callback_uri='https://…'",
            field="callback_uri",
        )
    return _json_request(method, _clip_url(base_url, project, clip), update)


def checked_base_url(base_url: str, *, allow_http: bool = False) -> str:
    """Return *base_url* without a final slash; refuse one to which the key must not be sent.

    Raises
    ------
    RequestError
        It is no url, has a user name or a query, or is plain http to another machine.

    Examples
    --------
    >>> checked_base_url("http://127.0.0.1:8000/api/v2/")
    'http://127.0.0.1:8000/api/v2'
    """
    if not isinstance(base_url, str):
        raise RequestError(f"base_url is of type {type(base_url).__name__}, expected str", field="base_url")
    shown = redact(base_url)
    unusable = RequestError(f"base_url ({shown}) cannot be used; expected a url such as {BASE_URL}", field="base_url")
    if "?" in base_url or "#" in base_url:
        raise unusable
    try:
        target = parse_url(base_url)
    except UnsafeAddressError as error:
        raise unusable from error
    if target.scheme == "http" and not (allow_http or is_loopback(target.host)):
        raise RequestError(
            f"base_url ({shown}) is not https, so the key would be readable on the way;"
            " use https, or allow_http=True for a server of your own",
            field="base_url",
        )
    return base_url.rstrip("/")


def _json_request(method: str, url: str, update: ClipUpdate) -> Request:
    return Request(method=method, url=url, headers={"Content-Type": "application/json"}, body=update.to_json())


def _clips_url(base_url: str, project: str) -> str:
    return f"{base_url}/projects/{path_part('project', project)}/clips"


def _clip_url(base_url: str, project: str, clip: str) -> str:
    return f"{_clips_url(base_url, project)}/{path_part('clip', clip)}"
