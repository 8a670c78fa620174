"""Download the audio at an expiring url into a checked file, whole or not at all.

Conventions
-----------
The url comes from a payload. Neither its host, nor its extension, nor its length is trusted. A file appears under its
name only when its bytes are counted, its first bytes are audio, and it is on the disk.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from clipaudio.download.multipart import MultipartDownload, is_worth_spreading
from clipaudio.download.partial_file import PartialFile
from clipaudio.download.signed_url import expires_at, expiry_message, is_dead
from clipaudio.download.sniff import SUFFIXES, audio_suffix, bytes_to_sniff, matches_own_length, not_audio
from clipaudio.errors import (
    ClipAudioError,
    ConnectionFailedError,
    DeadlineError,
    DownloadError,
    UrlExpiredError,
)
from clipaudio.http.client import Policy, Request, shared_transport
from clipaudio.http.loop import DiskCall, Sleep
from clipaudio.http.redact import redactor, snippet
from clipaudio.http.retry import Attempts, Retry, retry_after
from clipaudio.http.url import parse_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.http.client import Answer, HttpTransport
    from clipaudio.http.loop import Steps

__all__ = ["SUFFIXES", "Download", "audio_suffix", "download", "download_steps"]

_log = logging.getLogger(__name__)

MAX_BYTES = 512 * 1024 * 1024
_REDIRECTS = 5
_HEAD_KEPT = 4096
_QUOTED_BYTES = 1200
_RETRY: Final = Retry(attempts=4, first=0.3)


@dataclass(frozen=True, kw_only=True)
class Download:
    """A file that arrived; `is_length_proven` if the server, or the file itself, declares its length."""

    path: Path
    bytes: int
    sha256: str
    content_type: str | None
    is_length_proven: bool


def download(
    url: str,
    target: str | os.PathLike[str],
    *,
    transport: HttpTransport | None = None,
    **options: Any,  # noqa: ANN401 - those of `download_steps`, which checks them
) -> Download:
    """Download the audio at *url* into the file *target*.

    Parameters
    ----------
    transport
        What sends the requests; the one that all callers share when None.
    **options
        As in `download_steps`, which also lists the errors.

    Examples
    --------
    >>> download("https://192.168.0.1/clip.wav", "clip.wav")
    Traceback (most recent call last):
    clipaudio.errors.UnsafeAddressError: '192.168.0.1' leads to 192.168.0.1, which is private; only public
    addresses are opened (pass allow_private for a server of your own)
    """
    used = transport or shared_transport()
    return used.run(download_steps(url, target, transport=used, **options))


def download_steps(  # noqa: PLR0913 - all options of a download, by keyword
    url: str,
    target: str | os.PathLike[str],
    *,
    transport: HttpTransport,
    allow_private: bool = False,
    max_bytes: int = MAX_BYTES,
    deadline: float = 600.0,
    progress: Callable[[int, int | None], None] | None = None,
    add_suffix: bool = False,
    follow_links: bool = True,
    connections: int = 8,
    retry: Retry = _RETRY,
    sleep: Callable[[float], object] | None = None,
) -> Steps[Download]:
    """Download the audio at *url* as a task of a loop.

    Parameters
    ----------
    url
        The ``url`` of a callback or the ``audio_src`` of a clip. Redirects are followed, 5 at most.
    target
        The file to write; an old one is replaced once the new one is whole.
    transport
        What sends the requests.
    allow_private
        Let the url lead to this machine or a private network, also over plain http (an emulator of your own).
    max_bytes, deadline
        Bytes and seconds after which the download is given up.
    progress
        Called with the bytes received so far and the bytes expected, None when unknown.
    add_suffix
        Append the suffix of the audio format to the name of *target*: .wav, .mp3, .ogg or .flac, by the first bytes.
    follow_links
        Write to where a symbolic link at *target* leads; False replaces the link, for names from outside.
    connections
        How many may share one long file if its server is slow on each, see `clipaudio.download.multipart`.
    retry
        How often a download that broke off is resumed within *deadline*.
    sleep
        How to wait; for tests.

    Raises
    ------
    UrlExpiredError
        The url has died (401, 403, 404, 410, or 400 with ExpiredToken); `expires_at` tells when, if it says so.
    UnsafeAddressError
        The url, or a redirect, leads where no clip lives.
    DownloadError
        What came is no audio, or not all of it.
    ConnectionFailedError, DeadlineError
        No answer came, or not in time.
    """
    end = time.monotonic() + deadline
    path = os.fspath(target)

    def seconds_left() -> float:
        return end - time.monotonic()

    def name(head: bytes) -> str:
        return path + (audio_suffix(head) or "") if add_suffix else path

    attempts = Attempts(retry, deadline=deadline, seconds_left=seconds_left)
    was_redirected = False
    with PartialFile(name, progress, follow_links=follow_links) as part:
        while True:
            left = max(seconds_left(), 0.01)
            policy = Policy(redirects=_REDIRECTS, max_bytes=max_bytes, deadline=left, allow_private=allow_private)
            try:
                received = yield from _receive(transport, url, policy, part, connections)
                break
            except ClipAudioError as error:
                # a redirect that led to a dead url may lead to a living one the next time
                leads_anew = getattr(error, "was_redirected", False) and not was_redirected
                was_redirected = was_redirected or leads_anew
                wait = attempts.wait_after(error, may_repeat=leads_anew or None)
            if sleep is None:
                yield Sleep(wait)
            else:
                sleep(wait)
        yield DiskCall(part.commit)
    assert part.path is not None
    _log.info("downloaded %s, %d bytes", part.path, part.received)
    return Download(
        path=Path(part.path),
        bytes=part.received,
        sha256=part.sha256,
        content_type=received.content_type,
        is_length_proven=received.is_length_proven,
    )


class _Received(NamedTuple):
    content_type: str | None
    is_length_proven: bool


def _receive(
    transport: HttpTransport, url: str, policy: Policy, part: PartialFile, connections: int
) -> Steps[_Received]:
    """Request the missing bytes and write them."""
    headers = {"Accept": "audio/*, */*;q=0.1", **part.headers()}
    request = Request(method="GET", url=url, headers=headers, policy=policy)
    with contextlib.closing((yield from transport.ask(request))) as answer:
        shown = answer.shown
        if answer.status == 416 and part.received:
            received = part.received
            part.restart()
            raise DownloadError(f"{shown} has no more of this file; try again", received=received)
        if answer.status != 206 or not part.received:
            yield from _check_status(answer, url)
        part.meet(answer.status, answer.headers, answer.length, shown)
        _check_cap(part.total or 0, policy.max_bytes, shown)
        if not part.received:
            blocks = yield from _first_blocks(answer, part)
            head = _beginning(blocks)
            if audio_suffix(head) is None:
                raise not_audio(head, shown, redactor(url, answer.url))
            part.begin(head)
            part.write(blocks)
        yield from _write_body(answer, part, functools.partial(_multipart, transport, url, policy, part, connections))
        _check_sum(part, policy.max_bytes, shown)
        is_proven = part.total is not None or matches_own_length(part.head, part.received, shown)
        return _Received(answer.headers.get("content-type"), is_proven)


def _multipart(
    transport: HttpTransport, url: str, policy: Policy, part: PartialFile, connections: int
) -> MultipartDownload | None:
    """Prepare more connections for the rest, if the server can prove that all send the same file."""
    if connections < 2 or part.validator is None or part.part is None or part.total is None:
        return None
    return MultipartDownload(
        transport=transport,
        url=url,
        policy=policy,
        validator=part.validator,
        path=part.part,
        start=part.received,
        total=part.total,
        connections=connections - 1,
    )


def _write_body(answer: Answer, part: PartialFile, open_others: Callable[[], MultipartDownload | None]) -> Steps[None]:
    """Write the body, until it meets what others have taken from the end."""
    others, is_decided, began, before = None, False, time.monotonic(), part.received
    try:
        while blocks := (yield from _next_blocks(answer, part)):
            if others is not None:
                size = sum(map(len, blocks))
                left = others.meet(part.received + size) - part.received
                if left <= size and (yield from others.finish()):
                    part.write([b"".join(blocks)[:left]])
                    yield DiskCall(functools.partial(part.absorb, others.total))
                    return
            part.write(blocks)
            left = (part.total or 0) - part.received
            if not is_decided and is_worth_spreading(left, part.received - before, time.monotonic() - began):
                is_decided, others = True, open_others()
                if others is not None:
                    yield from others.begin()
    finally:
        if others is not None:
            others.cancel()


def _check_sum(part: PartialFile, max_bytes: int, shown: str) -> None:
    """Check the length of all responses together: each may have come without a length of its own."""
    _check_cap(part.received, max_bytes, shown)
    if part.total not in {None, part.received}:
        raise DownloadError(
            f"{shown} sent {part.received} of {part.total} bytes; try again",
            received=part.received,
            expected=part.total,
        )


def _check_cap(count: int, max_bytes: int, shown: str) -> None:
    if count > max_bytes:
        raise DownloadError(f"{shown} sends more than {max_bytes} bytes; refused (raise max_bytes to take it)")


def _check_status(answer: Answer, url: str) -> Steps[None]:
    """Refuse every status but 200."""
    if answer.status == 200:
        return
    shown, body = answer.shown, b""
    with contextlib.suppress(ConnectionFailedError, DownloadError):  # the status says enough
        while len(body) < _QUOTED_BYTES and (blocks := (yield from answer.blocks())):
            body += b"".join(blocks)
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


def _first_blocks(answer: Answer, part: PartialFile) -> Steps[list[bytes]]:
    """Return the bytes that decide the format, with all that arrived together with them."""
    taken: list[bytes] = []
    while sum(map(len, taken)) < bytes_to_sniff(b"".join(taken[:2])):
        blocks = yield from _next_blocks(answer, part)
        if not blocks:
            break
        taken += blocks
    return taken


def _beginning(blocks: list[bytes]) -> bytes:
    """Return the first bytes of *blocks*, without joining all."""
    first = b"".join(blocks[:2])
    wanted = max(bytes_to_sniff(first), _HEAD_KEPT)
    return first[:wanted] if len(first) >= wanted else b"".join(blocks)[:wanted]


def _next_blocks(answer: Answer, part: PartialFile) -> Steps[list[bytes]]:
    """Return the next blocks; a connection that breaks off in a body is a failed download, which can be resumed."""
    try:
        return (yield from answer.blocks())
    except DeadlineError:
        raise
    except ConnectionFailedError as error:
        facts = {"received": part.received, **error.__dict__}
        raise DownloadError(f"the audio did not arrive whole: {error}", **facts) from error
