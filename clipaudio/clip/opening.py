"""Open a clip from a callback, with the audio beside it or at its url."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from clipaudio import files
from clipaudio.clip.clip import Clip
from clipaudio.errors import CallbackError
from clipaudio.resemble.callback import ClipCallback, read_callback

if TYPE_CHECKING:
    from collections.abc import Callable

    from clipaudio.http.client import HttpTransport

__all__ = ["fetch", "open_clip"]

CallbackSource = ClipCallback | bytes | str | dict[str, Any] | os.PathLike[str]


def open_clip(
    source: CallbackSource,
    *,
    audio: str | os.PathLike[str] | None = None,
    language: str | None = None,
    policy: Literal["repair", "strict"] = "repair",
) -> Clip:
    """Open a clip without network.

    Parameters
    ----------
    source
        A callback: `ClipCallback`, JSON, dict or path.
    audio
        Its audio file. None finds it beside the JSON: the file that `url` names, else one with the name of the JSON or
        with the id of the clip.
    language, policy
        As in `Clip`.

    Raises
    ------
    CallbackError
        *source* is no callback.
    OSError
        A file cannot be read.
    """
    callback = source if isinstance(source, ClipCallback) else read_callback(source)
    if audio is None and _is_path(source):
        audio = _find_audio(callback, Path(str(source)))
    elif audio is not None and not Path(audio).is_file():
        raise FileNotFoundError(f"{audio}: no such audio file")
    return Clip(callback, audio, language=language, policy=policy)


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


def _find_audio(callback: ClipCallback, path: Path) -> str | None:
    """Return the audio beside the JSON at *path*, or None; a url that leads out of the folder is refused."""
    from clipaudio.download.local_audio import audio_beside, local_audio  # noqa: PLC0415 - loads on use
    from clipaudio.file_names import safe_name  # noqa: PLC0415 - loads on use

    folder = path.parent
    if callback.url is not None:
        local_audio(callback.url, folder)
    return audio_beside(callback.url, str(folder), path.stem, *([safe_name(callback.id)] if callback.id else []))


def _is_path(source: CallbackSource) -> bool:
    return isinstance(source, os.PathLike) or (
        isinstance(source, str) and not source.lstrip("\ufeff \t\r\n").startswith(("{", "["))
    )
