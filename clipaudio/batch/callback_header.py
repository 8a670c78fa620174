"""The bytes of a callback into what a row needs of it: the id, the url, the project. Its times stay unread."""
# a path object costs more than the rest of what is done for a file, and there are millions
# ruff: noqa: PTH113, PTH118

from __future__ import annotations

import contextlib
import os
from typing import Final, NamedTuple

import msgspec

from clipaudio.download.task import SUFFIXES, local_audio
from clipaudio.errors import CallbackError, UnsafeAddressError
from clipaudio.resemble.callback import read_callback
from clipaudio.resemble.payload import strip_mark

__all__ = ["CALLBACK_KEYS", "Heading", "audio_beside", "read_heading"]

CALLBACK_KEYS: Final = frozenset("url audio_src link audio_timestamps timestamps graph_chars item".split())
"""Keys of which a callback has at least one; other JSON has none."""


class Heading(NamedTuple):
    """What a row needs of a callback; None where it does not say."""

    id: str | None
    url: str | None
    project: str | None


class _Heading(msgspec.Struct):
    """The fields that are read; the arrays are passed over as bytes."""

    id: str | None = None
    uuid: str | None = None
    url: str | None = None
    audio_src: str | None = None
    link: str | None = None
    project_id: str | None = None
    item: _Heading | None = None
    audio_timestamps: msgspec.Raw = msgspec.Raw()
    timestamps: msgspec.Raw = msgspec.Raw()
    graph_chars: msgspec.Raw = msgspec.Raw()


_DECODER: Final = msgspec.json.Decoder(_Heading)


def read_heading(raw: bytes) -> Heading:
    """Read the id, the url and the project of a callback.

    Raises
    ------
    CallbackError
        It is no callback.

    Examples
    --------
    >>> read_heading(b'{"id": "cecad6f9", "url": "clip.wav", "audio_timestamps": {"graph_chars": []}}')
    Heading(id='cecad6f9', url='clip.wav', project=None)
    """
    try:
        wire = _DECODER.decode(strip_mark(raw))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        callback = read_callback(raw)  # understands more, and names what it does not
        return Heading(callback.id or None, callback.url, callback.project_id)
    project, is_answer = wire.project_id, wire.item is not None
    if wire.item is not None:
        wire = wire.item
        project = project or wire.project_id
    url = wire.url or wire.audio_src or wire.link
    if url is None and not is_answer and all(bytes(raw) in {b"", b"null"} for raw in _arrays(wire)):
        raise CallbackError("it is no callback: neither url nor audio_timestamps is in it", path="$")
    return Heading(wire.id or wire.uuid or None, url, project)


def _arrays(wire: _Heading) -> tuple[msgspec.Raw, ...]:
    return wire.audio_timestamps, wire.timestamps, wire.graph_chars


def audio_beside(url: str | None, folder: str, stem: str | None = None) -> str | None:
    """Give the audio file in *folder* that *url* names, or one called *stem*; None where there is none.

    A url that leads elsewhere names none: who opens the clip says what is wrong with it.
    """
    if url is not None:
        with contextlib.suppress(UnsafeAddressError):
            named = local_audio(url, folder)
            if named is not None and os.path.isfile(named):  # no error of a name the system cannot have
                return str(named)
    if stem is None:
        return None
    for suffix in SUFFIXES:
        path = os.path.join(folder, stem + suffix)
        if os.path.isfile(path):
            return path
    return None
