"""Find the audio of a saved callback in the folder where it was saved."""
# a path object costs more than the rest of what is done for a file, and there are millions
# ruff: noqa: PTH113, PTH118

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from clipaudio.download.sniff import SUFFIXES
from clipaudio.errors import UnsafeAddressError

__all__ = ["audio_beside", "local_audio"]


def local_audio(url: str, folder: str | os.PathLike[str]) -> Path | None:
    """Return the file that a saved callback names beside itself, None if its url leads to the network.

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


def audio_beside(url: str | None, folder: str, *stems: str) -> str | None:
    """Return the audio file in *folder* that *url* names, else the first one called like a stem, else None.

    A url that leads elsewhere is passed over here; opening the clip reports it.
    """
    if url is not None:
        with contextlib.suppress(UnsafeAddressError):
            named = local_audio(url, folder)
            if named is not None and os.path.isfile(named):  # False for a name no system can have
                return str(named)
    for stem in stems:
        for suffix in SUFFIXES:
            path = os.path.join(folder, stem + suffix)
            if os.path.isfile(path):
                return path
    return None
