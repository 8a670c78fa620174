"""Read the id, the url and the project of a callback, and find its audio; its times stay JSON."""
# a path object costs more than the rest of what is done for a file, and there are millions
# ruff: noqa: PTH113, PTH118

from __future__ import annotations

import contextlib
import os
from typing import NamedTuple

from clipaudio.download.task import SUFFIXES, local_audio
from clipaudio.errors import CallbackError, UnsafeAddressError
from clipaudio.resemble.payload import read_payload

__all__ = ["CallbackHeader", "audio_beside", "read_header"]


class CallbackHeader(NamedTuple):
    """The fields of a callback that a row needs; None if absent."""

    id: str | None
    url: str | None
    project: str | None


def read_header(raw: bytes) -> CallbackHeader:
    """Read the id, the url and the project of a callback.

    Raises
    ------
    CallbackError
        It is no callback.

    Examples
    --------
    >>> read_header(b'{"id": "cecad6f9", "url": "clip.wav", "audio_timestamps": {"graph_chars": []}}')
    CallbackHeader(id='cecad6f9', url='clip.wav', project=None)
    """
    payload = read_payload(raw)
    clip = payload.clip
    if payload.item is None and clip.audio_url is None and clip.arrays is None:
        raise CallbackError("not a callback: it has neither url nor audio_timestamps", path="$")
    return CallbackHeader(clip.clip_id, clip.audio_url, payload.project)


def audio_beside(url: str | None, folder: str, stem: str | None = None) -> str | None:
    """Return the audio file in *folder* that *url* names, else one called *stem*, else None.

    A url that leads elsewhere is passed over here; opening the clip reports it.
    """
    if url is not None:
        with contextlib.suppress(UnsafeAddressError):
            named = local_audio(url, folder)
            if named is not None and os.path.isfile(named):  # False for a name no system can have
                return str(named)
    if stem is None:
        return None
    for suffix in SUFFIXES:
        path = os.path.join(folder, stem + suffix)
        if os.path.isfile(path):
            return path
    return None
