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

from clipaudio.api.answer import retry_after, snippet
from clipaudio.api.expiry import expires_at, hider, is_dead, obituary
from clipaudio.api.landing import Landing
from clipaudio.api.retrying import Retry, call_again, is_passing
from clipaudio.api.transport import HttpTransport, Policy, Request, redact
from clipaudio.api.url import parse_url
from clipaudio.errors import (
    ConnectionFailedError,
    DeadlineError,
    DownloadError,
    RequestError,
    UnsafeAddressError,
    UrlExpiredError,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

    from clipaudio.api.transport import Answer, Transport
    from clipaudio.errors import ClipAudioError

__all__ = ["SUFFIXES", "Download", "audio_suffix", "download", "local_audio", "safe_name"]

MAX_BYTES = 512 * 1024 * 1024
SUFFIXES = (".wav", ".mp3", ".ogg", ".flac")
"""What `audio_suffix` may tell."""
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
    policy = Policy(redirects=_REDIRECTS, max_bytes=max_bytes, deadline=deadline, allow_private=allow_private)
    end = time.monotonic() + deadline
    owned = HttpTransport() if transport is None else None
    path = Path(target)
    with contextlib.ExitStack() as opened:
        landing = Landing(
            lambda head: path.with_name(path.name + (audio_suffix(head) or "")) if add_suffix else path,
            opened,
            progress,
        )
        answered = call_again(
            lambda: _go(owned or transport, url, replace(policy, deadline=max(end - time.monotonic(), 0.01)), landing),
            retry=replace(retry, deadline=deadline),
            may_repeat=_Patience(end),
            sleep=sleep,
        )
        landing.sync()
    if owned is not None:
        owned.close()
    assert landing.path is not None
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
        return is_passing(error)


class _Answered(NamedTuple):
    content_type: str | None
    is_length_proven: bool


def _go(transport: Transport | None, url: str, policy: Policy, landing: Landing) -> _Answered:
    """Ask for what is missing, and take it."""
    assert transport is not None
    headers = {"Accept": "audio/*, */*;q=0.1", **landing.headers()}
    with transport.open(Request(method="GET", url=url, headers=headers, policy=policy)) as answer:
        shown = redact(answer.url)
        if answer.status == 416 and landing.received:
            received = landing.received
            landing.restart()
            raise DownloadError(f"{shown} has no more of this file; try again", received=received)
        hide = hider(url, answer.url)
        if answer.status != 206 or not landing.received:
            _check_status(answer, url, hide)
        landing.meet(answer.status, answer.headers, answer.length, shown)
        blocks = _whole(answer.blocks, landing)
        if not landing.received:
            head = _head(blocks)
            if audio_suffix(head) is None:
                raise _not_audio(head, shown, hide)
            landing.begin(head)
        for block in blocks:
            landing.write(block)
        if landing.received > policy.max_bytes:  # no part was that long, all together are
            raise DownloadError(
                f"{shown} sends more than {policy.max_bytes} bytes; refused (raise max_bytes to take it)"
            )
        if landing.total not in {None, landing.received}:  # a part may come without a length of its own
            raise DownloadError(
                f"{shown} sent {landing.received} of {landing.total} bytes; try again",
                received=landing.received,
                expected=landing.total,
            )
        is_proven = answer.length is not None or _matches_own_length(landing.head, landing.received, shown)
        return _Answered(answer.headers.get("content-type"), is_proven)


def audio_suffix(head: bytes) -> str | None:
    r"""Tell the suffix of the audio that begins with *head*, None when it is no audio known here.

    Examples
    --------
    >>> audio_suffix(b"RIFF\x24\x00\x00\x00WAVEfmt "), audio_suffix(b"ID3\x04"), audio_suffix(b"<!DOCTYPE html>")
    ('.wav', '.mp3', None)
    """
    if head[:4] in {b"RIFF", b"RIFX", b"RF64"} and head[8:12] == b"WAVE":
        return ".wav"
    if head[:4] == b"OggS":
        return ".ogg"
    if head[:4] == b"fLaC":
        return ".flac"
    return ".mp3" if head[:3] == b"ID3" or _is_mpeg_frame(head) else None


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


def _check_status(answer: Answer, url: str, hide: Callable[[str], str]) -> None:
    """Refuse every status but 200."""
    if answer.status == 200:
        return
    shown, body = redact(answer.url), b""
    with contextlib.suppress(ConnectionFailedError, DownloadError):  # the status says enough
        body = _head(answer.blocks, 1200)
    quoted = snippet(body, scrub=hide)
    said = f" and said: {quoted}" if quoted else ""
    if is_dead(answer.status, quoted):
        raise UrlExpiredError(
            f"{shown} answered {answer.status}: {obituary(answer.url, answer.headers)};"
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


def _whole(blocks: Iterable[bytes], landing: Landing) -> Iterator[bytes]:
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


def _is_mpeg_frame(head: bytes) -> bool:
    """Tell whether *head* is the header of an MPEG audio frame, layer I to III (ISO/IEC 11172-3, 2.4.2.3)."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bit_rate, sample_rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer != 0 and bit_rate != 15 and sample_rate != 3


def _not_audio(head: bytes, shown: str, hide: Callable[[str], str]) -> DownloadError:
    """Name what came instead of audio."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        return DownloadError(f"{shown} answered 200 with an empty body, expected audio; ask for the clip again")
    kind = "HTML or XML" if start[:1] == b"<" else "JSON" if start[:1] in b"{[" else "something else"
    begins = snippet(head, scrub=hide)
    return DownloadError(
        f"{shown} answered 200 with {kind} instead of audio; ask for the clip again; it begins: {begins[:120]}",
        snippet=begins,
    )


def _matches_own_length(head: bytes, received: int, shown: str) -> bool:
    """Compare the bytes received with the size a RIFF file declares; False where a file declares none."""
    if head[:4] not in {b"RIFF", b"RIFX"}:
        return False
    declared = int.from_bytes(head[4:8], "little" if head[:4] == b"RIFF" else "big")
    if declared in {0, 0xFFFFFFFF}:  # written by a stream that did not know
        return False
    if declared + 8 > received:
        raise DownloadError(
            f"{shown} gave no length and closed after {received} of {declared + 8} bytes; try again",
            received=received,
            expected=declared + 8,
        )
    return True
