"""Open a clip from a callback or other speech times, with the audio beside the file or at its url."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from clipaudio import files
from clipaudio.clip.clip import Clip
from clipaudio.errors import CallbackError
from clipaudio.resemble.callback import ClipCallback, read_callback
from clipaudio.resemble.payload import to_bytes
from clipaudio.timing.speech_times import SpeechTimes

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.http.client import HttpTransport

__all__ = ["fetch", "open_clip", "read_times"]

_log = logging.getLogger(__name__)

CallbackSource = ClipCallback | bytes | str | dict[str, Any] | os.PathLike[str]
ClipSource = CallbackSource | SpeechTimes | list[Any]


def open_clip(
    source: ClipSource,
    *,
    audio: str | os.PathLike[str] | None = None,
    language: str | None = None,
    policy: Literal["repair", "strict"] = "repair",
    text: str | None = None,
) -> Clip:
    """Open a clip without network, from a callback or from speech times of any other source.

    Parameters
    ----------
    source
        A callback or any file of `clipaudio sources`: its content, decoded JSON or a path; or `SpeechTimes`.
    audio
        Its audio file. None finds it beside the file: that which `url` names, else one with the name of the file or
        with the id of the clip.
    language, policy, text
        As in `Clip`.

    Raises
    ------
    SourceError
        *source* has no known shape; `CallbackError` if it is a callback with a wrong field.
    OSError
        A file cannot be read.
    """
    times = source if isinstance(source, ClipCallback | SpeechTimes) else read_times(source)
    if audio is None and _is_path(source):
        audio = _find_audio(times, Path(str(source)))
        _log.info("the audio of %s is %s", source, "not beside it" if audio is None else audio)
    elif audio is not None and not Path(audio).is_file():
        raise FileNotFoundError(f"{audio}: no such audio file")
    return Clip(times, audio, language=language, policy=policy, text=text)


def read_times(source: bytes | str | dict[str, Any] | list[Any] | os.PathLike[str]) -> ClipCallback | SpeechTimes:
    """Read a callback, or speech times of any other shape."""
    from clipaudio.sources.document import decode_document  # noqa: PLC0415 - as above
    from clipaudio.sources.table import RESEMBLE, find_source, read_document  # noqa: PLC0415 - all readers load on use

    raw = to_bytes(source)
    if b'"graph_chars"' in raw:
        try:
            return read_callback(raw)
        except CallbackError:
            document = decode_document(raw)
            if document.is_one:
                raise
    else:
        document = decode_document(raw)
    found = find_source(document)
    return read_callback(raw) if found is RESEMBLE else read_document(found, document)


def fetch(
    source: CallbackSource,
    folder: str | os.PathLike[str],
    *,
    transport: HttpTransport | None = None,
    allow_private: bool = False,
    language: str | None = None,
    policy: Literal["repair", "strict"] = "repair",
    refresh: Callable[[], ClipCallback] | None = None,
    name: str | None = None,
) -> Clip:
    """Download the audio of a callback into *folder* and open the clip.

    Writes `<id>.wav` (or .mp3, .ogg, .flac, by its bytes) and `<id>.json`, the callback as it came. Do it at once:
    the url dies within the hour. The JSON can be read by its owner only, because it holds the url. A symbolic link of
    one of these names is replaced, not followed.

    Parameters
    ----------
    source
        A callback: `ClipCallback`, JSON, dict or path.
    folder
        The folder to write into; created if missing.
    transport
        What sends the requests; None uses the one that all callers share.
    allow_private
        Allow addresses of private networks and of this machine.
    language, policy
        As in `Clip`.
    refresh
        Returns the clip as it is now. It is called once if the url has expired, and what it returns replaces *source*.
    name
        Names the files instead of `<id>`; without a suffix.

    Raises
    ------
    CallbackError
        *source* is no callback, or has no id or no url.
    DownloadError
        The audio did not arrive whole; `UrlExpiredError` when the url has died.
    """
    from clipaudio.download import Fetcher  # noqa: PLC0415 - the network's room loads on use
    from clipaudio.file_names import safe_name  # noqa: PLC0415 - as above

    callback = source if isinstance(source, ClipCallback) else read_callback(source)
    for field, value in (("id", callback.id), ("url", callback.url)):
        if not value:
            issues = f"; its issues: {', '.join(callback.issues)}" if callback.issues else ""
            raise CallbackError(f"the callback has no {field}, there is nothing to fetch{issues}", path=f"$.{field}")
    name = name or safe_name(callback.id or "")
    into = Path(folder)
    into.mkdir(parents=True, exist_ok=True)
    files.write_bytes(into / f"{name}.json", callback.to_json(), is_private=True, follow_links=False)

    def ask_again() -> str | None:
        nonlocal callback
        if refresh is None:
            return None
        callback = refresh()
        files.write_bytes(into / f"{name}.json", callback.to_json(), is_private=True, follow_links=False)
        return callback.url

    fetcher = Fetcher(transport, refresh=ask_again, allow_private=allow_private, add_suffix=True, follow_links=False)
    done = fetcher.download(callback.url or "", into / name)
    return Clip(callback, done.path, language=language, policy=policy)


def _find_audio(times: ClipCallback | SpeechTimes, path: Path) -> str | None:
    """Return the audio beside the file at *path*, or None; a url that leads out of the folder is refused."""
    from clipaudio.download.local_audio import audio_beside, local_audio  # noqa: PLC0415 - loads on use
    from clipaudio.file_names import safe_name  # noqa: PLC0415 - loads on use

    folder = path.parent
    url = times.url if isinstance(times, ClipCallback) else times.audio_url
    if url is not None:
        local_audio(url, folder)
    return audio_beside(url, str(folder), path.stem, *([safe_name(times.id)] if times.id else []))


def _is_path(source: ClipSource) -> bool:
    return isinstance(source, os.PathLike) or (
        isinstance(source, str) and "\n" not in source and not source.lstrip("\ufeff \t\r\n").startswith(("{", "["))
    )
