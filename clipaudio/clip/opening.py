"""A callback, and the audio beside it or at its url, into a Clip."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from clipaudio import files
from clipaudio.clip.clip import Clip
from clipaudio.errors import CallbackError
from clipaudio.resemble.callback import ClipCallback, read_callback

if TYPE_CHECKING:
    from clipaudio.http.transport import Transport

__all__ = ["fetch", "open_clip"]

CallbackSource = ClipCallback | bytes | str | dict[str, Any] | os.PathLike[str]


def open_clip(
    source: CallbackSource,
    *,
    audio: str | os.PathLike[str] | None = None,
    language: str = "en",
    policy: Literal["repair", "strict"] = "repair",
) -> Clip:
    """Open a clip without network.

    Parameters
    ----------
    source
        A callback: `ClipCallback`, JSON, dict or path.
    audio
        Its audio file. Without one, a `url` that is a relative file name means a file beside the JSON, where there
        is one.
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
    if audio is None and callback.url and _is_path(source):
        from clipaudio.download.task import local_audio  # noqa: PLC0415 - the network's room loads on use

        beside = local_audio(callback.url, Path(str(source)).parent)
        audio = beside if beside is not None and beside.is_file() else None
    elif audio is not None and not Path(audio).is_file():
        raise FileNotFoundError(f"{audio}: no such audio file")
    return Clip(callback, audio, language=language, policy=policy)


def fetch(
    source: CallbackSource,
    folder: str | os.PathLike[str],
    *,
    transport: Transport | None = None,
    allow_private: bool = False,
    language: str = "en",
    policy: Literal["repair", "strict"] = "repair",
) -> Clip:
    """Download the audio of a callback into *folder* and open the clip.

    Writes `<id>.wav` (or .mp3, .ogg, .flac, by its bytes) and `<id>.json`, the callback as it came. Do it at once:
    the url dies within the hour.

    Parameters
    ----------
    source
        A callback: `ClipCallback`, JSON, dict or path.
    folder
        Where the two files are written; created if missing.
    transport
        What sends the request; a new `clipaudio.http` client if None.
    allow_private
        Also allow addresses of private networks and of this machine.
    language, policy
        As in `Clip`.

    Raises
    ------
    CallbackError
        *source* is no callback, or has no id or no url.
    DownloadError
        The audio did not arrive whole; `UrlExpiredError` when the url has died.
    """
    from clipaudio.download.task import download, safe_name  # noqa: PLC0415 - the network's room loads on use

    callback = source if isinstance(source, ClipCallback) else read_callback(source)
    for field, value in (("id", callback.id), ("url", callback.url)):
        if not value:
            issues = f"; its issues: {', '.join(callback.issues)}" if callback.issues else ""
            raise CallbackError(f"the callback has no {field}, there is nothing to fetch{issues}", path=f"$.{field}")
    name = safe_name(callback.id or "")
    into = Path(folder)
    into.mkdir(parents=True, exist_ok=True)
    files.write_bytes(into / f"{name}.json", callback.to_json())
    done = download(callback.url or "", into / name, transport=transport, allow_private=allow_private, add_suffix=True)
    return Clip(callback, done.path, language=language, policy=policy)


def _is_path(source: CallbackSource) -> bool:
    return isinstance(source, os.PathLike) or (
        isinstance(source, str) and not source.lstrip("\ufeff \t\r\n").startswith(("{", "["))
    )
