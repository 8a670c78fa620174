"""Read the id, the url and the project of a callback, and find its audio; its times stay JSON."""
# a path object costs more than the rest of what is done for a file, and there are millions

from __future__ import annotations

from typing import NamedTuple

from clipaudio.errors import CallbackError
from clipaudio.resemble.payload import read_payload

__all__ = ["CallbackHeader", "read_header"]


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
