"""An expiring url becomes a checked audio file, whole or not at all.

Conventions
-----------
The url comes from a payload and is trusted in nothing: neither where it leads, nor its extension, nor its length. A
file appears under its name only when its bytes are counted, its first bytes are audio, and it lies on the disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from clipaudio import files
from clipaudio.download.multipart import MultipartDownload, is_worth_spreading
from clipaudio.download.partial_file import PartialFile
from clipaudio.download.signed_url import expires_at, expiry_message, is_dead
from clipaudio.download.sniff import SUFFIXES, audio_suffix, matches_own_length, not_audio
from clipaudio.errors import (
    ConnectionFailedError,
    DeadlineError,
    DownloadError,
    RequestError,
    UnsafeAddressError,
    UrlExpiredError,
)
from clipaudio.http.redact import redact, redactor, snippet
from clipaudio.http.retry import Retry, call_with_retry, is_transient, retry_after
from clipaudio.http.transport import HttpTransport, Policy, Request
from clipaudio.http.url import parse_url

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

    from clipaudio.errors import ClipAudioError
    from clipaudio.http.transport import Response, Transport

__all__ = ["SUFFIXES", "Download", "audio_suffix", "download", "local_audio", "safe_name"]

MAX_BYTES = 512 * 1024 * 1024
_REDIRECTS = 5
_NAME_LIMIT = 64
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)
_HEAD_BYTES = 12
_RETRY = Retry(attempts=4, first=0.3)
_LEAST_LEFT = 1.0  # seconds: with less there is no use in another connection


@dataclass(frozen=True, kw_only=True)
class Download:
    """One file that arrived; `is_length_proven` where the server said, or the file says, how long it is."""

    path: Path
    bytes: int
    sha256: str
    content_type: str | None
    is_length_proven: bool


def download(  # noqa: PLR0913 - all that can be asked of a download, by keyword
    url: str,
    target: str | os.PathLike[str],
    *,
    transport: Transport | None = None,
    allow_private: bool = False,
    max_bytes: int = MAX_BYTES,
    deadline: float = 600.0,
    progress: Callable[[int, int | None], None] | None = None,
    add_suffix: bool = False,
    connections: int = 8,
    retry: Retry = _RETRY,
    sleep: Callable[[float], None] = time.sleep,
) -> Download:
    """Fetch the audio at *url* into the file *target*.

    Parameters
    ----------
    url
        The ``url`` of a callback or the ``audio_src`` of a clip. Redirects are followed, 5 at most.
    target
        The file to make; an old one is replaced once the new one is whole.
    transport
        What sends the request; `HttpTransport` when None.
    allow_private
        Let the url lead to this machine or a private network, also over plain http (an emulator of your own).
    max_bytes, deadline
        Bytes and seconds after which the download is given up.
    progress
        Called with the bytes received so far and the bytes expected, None when unknown.
    add_suffix
        Append to the name of *target* the suffix its first bytes tell: .wav, .mp3, .ogg or .flac.
    connections
        How many may share one long file where its server is slow on each, see `clipaudio.download.multipart`.
    retry
        How often what broke off is taken up again, from where it broke off where the server allows that, within
        *deadline*.
    sleep
        How to wait; for tests.

    Raises
    ------
    UrlExpiredError
        The url has died (401, 403, 404, 410, or 400 with ExpiredToken); `expires_at` tells when, where it says so.
    UnsafeAddressError
        The url, or a redirect, leads where no clip lives.
    DownloadError
        What came is no audio, or not all of it.
    ConnectionFailedError, DeadlineError
        No answer came, or not in time.

    Examples
    --------
    >>> download("https://192.168.0.1/clip.wav", "clip.wav")
    Traceback (most recent call last):
    clipaudio.errors.UnsafeAddressError: '192.168.0.1' leads to 192.168.0.1, which is private; only public
    addresses are opened (pass allow_private for a server of your own)
    """
    end = time.monotonic() + deadline
    path = Path(target)
    used = transport or HttpTransport()

    def name(head: bytes) -> Path:
        return path.with_name(path.name + (audio_suffix(head) or "")) if add_suffix else path

    def go() -> _Answered:
        left = max(end - time.monotonic(), 0.01)
        policy = Policy(redirects=_REDIRECTS, max_bytes=max_bytes, deadline=left, allow_private=allow_private)
        return _go(used, url, policy, landing, connections)

    try:
        with PartialFile(name, progress) as landing:
            answered = call_with_retry(
                go, retry=replace(retry, deadline=deadline), may_repeat=_Patience(end), sleep=sleep
            )
            landing.sync()
    finally:
        if transport is None and isinstance(used, HttpTransport):
            used.close()
    assert landing.path is not None
    files.sync_folder(landing.path.parent)
    return Download(
        path=landing.path,
        bytes=landing.received,
        sha256=landing.sha256,
        content_type=answered.content_type,
        is_length_proven=answered.is_length_proven,
    )


class _Patience:
    """Tell which errors may pass, until *end* on the clock that never goes back.

    What redirected to a dead url may redirect to a living one, so it is asked once more. A connection that went silent
    is not the end of the whole: another one may speak.
    """

    def __init__(self, end: float) -> None:
        self._end = end
        self._has_asked_again = False

    def __call__(self, error: ClipAudioError) -> bool:
        if isinstance(error, DeadlineError):
            return self._end - time.monotonic() > _LEAST_LEFT
        if getattr(error, "was_redirected", False) and not self._has_asked_again:
            self._has_asked_again = True
            return True
        return is_transient(error)


class _Answered(NamedTuple):
    content_type: str | None
    is_length_proven: bool


def _go(transport: Transport, url: str, policy: Policy, landing: PartialFile, connections: int) -> _Answered:
    """Ask for what is missing, and take it."""
    headers = {"Accept": "audio/*, */*;q=0.1", **landing.headers()}
    with transport.open(Request(method="GET", url=url, headers=headers, policy=policy)) as answer:
        shown = redact(answer.url)
        if answer.status == 416 and landing.received:
            received = landing.received
            landing.restart()
            raise DownloadError(f"{shown} has no more of this file; try again", received=received)
        if answer.status != 206 or not landing.received:
            _check_status(answer, url)
        landing.meet(answer.status, answer.headers, answer.length, shown)
        _check_cap(landing.total or 0, policy.max_bytes, shown)
        blocks = _whole(answer.blocks, landing)
        if not landing.received:
            head = _head(blocks)
            if audio_suffix(head) is None:
                raise not_audio(head, shown, redactor(url, answer.url))
            landing.begin(head)
        _take(blocks, landing, lambda: _spread(transport, url, policy, landing, connections))
        _check_sum(landing, policy.max_bytes, shown)
        is_proven = landing.total is not None or matches_own_length(landing.head, landing.received, shown)
        return _Answered(answer.headers.get("content-type"), is_proven)


def _spread(
    transport: Transport, url: str, policy: Policy, landing: PartialFile, connections: int
) -> MultipartDownload | None:
    """Open more connections for the rest, where the server can prove that all send the same file."""
    if connections < 2 or landing.validator is None or landing.file is None or landing.total is None:
        return None
    return MultipartDownload(
        transport=transport,
        url=url,
        policy=policy,
        validator=landing.validator,
        file=landing.file,
        start=landing.received,
        total=landing.total,
        connections=connections - 1,
    )


def _take(blocks: Iterator[bytes], landing: PartialFile, open_spread: Callable[[], MultipartDownload | None]) -> None:
    """Take *blocks*, until what others take from the end on is met."""
    spread, is_decided, began, before = None, False, time.monotonic(), landing.received
    with contextlib.ExitStack() as opened:
        for block in blocks:
            if spread is not None:
                left = spread.meet(landing.received + len(block)) - landing.received
                if left <= len(block) and spread.finish():
                    landing.write(block[:left])
                    landing.absorb(spread.total)
                    return
            landing.write(block)
            left = (landing.total or 0) - landing.received
            if not is_decided and is_worth_spreading(left, landing.received - before, time.monotonic() - began):
                is_decided, spread = True, open_spread()
                if spread is not None:
                    opened.callback(spread.cancel)
                    spread.begin()


def _check_sum(landing: PartialFile, max_bytes: int, shown: str) -> None:
    """Count all parts together: each was as long as it may be, and may have come without a length of its own."""
    _check_cap(landing.received, max_bytes, shown)
    if landing.total not in {None, landing.received}:
        raise DownloadError(
            f"{shown} sent {landing.received} of {landing.total} bytes; try again",
            received=landing.received,
            expected=landing.total,
        )


def _check_cap(count: int, max_bytes: int, shown: str) -> None:
    if count > max_bytes:
        raise DownloadError(f"{shown} sends more than {max_bytes} bytes; refused (raise max_bytes to take it)")


def safe_name(name: str) -> str:
    """Make a file name, without a suffix, of an id the service sent.

    An id of small letters, digits, ``_`` and ``-`` stays as it is. Anything else is replaced, and a digest of the id
    keeps two such names apart, also where case does not count. Names of devices and long names are changed the same
    way.

    Raises
    ------
    RequestError
        The id is empty.

    Examples
    --------
    >>> safe_name("cecad6f9"), safe_name("../../etc/passwd"), safe_name("NUL")
    ('cecad6f9', '______etc_passwd-3754d6cb', '_nul-ae6de182')
    """
    if not name:
        raise RequestError("the clip has an empty id, no file can be named after it", field="id")
    plain = re.sub(r"[^0-9a-z_-]", "_", re.sub(r"[A-Z]", lambda letter: letter[0].lower(), name))
    if _DEVICES.fullmatch(plain) or plain.startswith("-"):
        plain = f"_{plain}"
    if plain == name and len(name) <= _NAME_LIMIT:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain[: _NAME_LIMIT - 9]}-{digest}"


def local_audio(url: str, folder: str | os.PathLike[str]) -> Path | None:
    """Give the file a saved callback names beside itself, None where its url leads to the network.

    Parameters
    ----------
    url
        The ``url`` of a callback: a web address, or the name of a file in *folder*.
    folder
        Where the callback was saved.

    Raises
    ------
    UnsafeAddressError
        The name leads out of *folder*, or is of another scheme than http and https.

    Examples
    --------
    >>> local_audio("clip.wav", "saved").as_posix()
    'saved/clip.wav'
    >>> local_audio("https://example.com/clip.wav", "saved")
    """
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", url)
    if scheme is not None and scheme[0].lower() in {"http:", "https:"}:
        return None
    parts = re.split(r"[/\\]", url)
    if scheme is not None or ":" in url or not url.isprintable() or any(part in {"", ".", ".."} for part in parts):
        raise UnsafeAddressError(
            f"the callback's url {url[:60]!r} is neither a web address nor the name of a file beside it; refused"
        )
    return Path(folder).joinpath(*parts)


def _check_status(answer: Response, url: str) -> None:
    """Refuse every status but 200."""
    if answer.status == 200:
        return
    shown, body = redact(answer.url), b""
    with contextlib.suppress(ConnectionFailedError, DownloadError):  # the status says enough
        body = _head(answer.blocks, 1200)
    quoted = snippet(body, scrub=redactor(url, answer.url))
    said = f" and said: {quoted}" if quoted else ""
    if is_dead(answer.status, quoted):
        raise UrlExpiredError(
            f"{shown} answered {answer.status}: {expiry_message(answer.url, answer.headers)};"
            f" ask for the clip again (client.get_clip) and take its audio_src{said}",
            status=answer.status,
            expires_at=expires_at(answer.url),
            was_redirected=answer.url != url and answer.url != parse_url(url).url,
        )
    wait = retry_after(answer.headers)
    advice = "try again later" if wait is None else f"wait {wait:g} s and try again"
    raise DownloadError(
        f"{shown} answered {answer.status} instead of 200; {advice}{said}", status=answer.status, retry_after=wait
    )


def _whole(blocks: Iterable[bytes], landing: PartialFile) -> Iterator[bytes]:
    """Pass on *blocks*; a connection that breaks in the middle of a body is a failed download, to be taken up again."""
    try:
        yield from blocks
    except DeadlineError:
        raise
    except ConnectionFailedError as error:
        facts = {"received": landing.received, **error.__dict__}
        raise DownloadError(f"the audio did not arrive whole: {error}", **facts) from error


def _head(blocks: Iterator[bytes], least: int = _HEAD_BYTES) -> bytes:
    """Take blocks until there are *least* bytes or no more."""
    head = b""
    for block in blocks:
        head += block
        if len(head) >= least:
            break
    return head
