"""A line of a manifest into a Row, or into the reason why it is none.

Conventions
-----------
A row of JSON has any of `id` (or `uuid`), `callback` (an object, its JSON as text, a path or an s3:// url),
`audio_filepath` (or `audio`), `text` and `project` (or `project_id`), or the keys of a callback themselves; NeMo's
manifests are such rows. Without an `id` it is the callback's, or the stem of the audio's name, with `@` and the
`offset` where the row is a part of that audio, or the stem of a callback that lies elsewhere. Paths are relative to the
folder of the manifest. All other keys go through as `fields`.
"""
# a path object costs more than the rest of what is done for a file, and there are millions
# ruff: noqa: PTH118, PTH122

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from clipaudio.batch.callback_header import CallbackHeader, audio_beside, read_header
from clipaudio.batch.clip_spec import ClipSpec, Unreadable
from clipaudio.errors import CallbackError
from clipaudio.resemble.models import CALLBACK_KEYS, CLIP_KEYS

__all__ = ["file_row", "is_remote", "line_row", "plain_row"]

_SPLIT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_OWN: Final = ("id", "uuid", "audio_filepath", "audio", "text", "project", "project_id")
_USED: Final = frozenset({*_OWN, "callback"})
_MEASURES: Final = frozenset({"duration", "sample_rate"})  # a callback's too, but wanted in what is written

_UNKNOWN: Final = CallbackHeader(None, None, None)


def is_remote(path: str) -> bool:
    """Tell whether *path* is a url.

    Examples
    --------
    >>> is_remote("s3://bucket/a.json"), is_remote("C:/a.json")
    (True, False)
    """
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", path) is not None


def plain_row(line: bytes, where: str, folder: str) -> ClipSpec | Unreadable | None:
    """Read a line that is an id or a JSON object; None for an empty one."""
    line = line.removeprefix(b"\xef\xbb\xbf").strip()
    if not line:
        return None
    if line.startswith(b"{"):
        return line_row(line, where, folder)
    try:
        return ClipSpec(id=line.decode("utf-8"), where=where)
    except UnicodeDecodeError as error:
        return Unreadable(where, f"the id is not UTF-8: {error}")


def line_row(line: bytes, where: str, folder: str) -> ClipSpec | Unreadable:
    """Read a line that is a JSON object.

    Examples
    --------
    >>> row = line_row(b'{"audio_filepath": "a/b.wav", "text": "Hi.", "duration": 0.5}', "m.jsonl:1", "clips")
    >>> row.id, row.audio, row.text, row.fields
    ('b', 'clips/a/b.wav', 'Hi.', {'duration': 0.5})
    """
    try:
        return _row(_split(line), line, where, folder)
    except (CallbackError, OSError, ValueError) as error:  # also a path no system has, a url or number no parser takes
        return Unreadable(where, str(error))
    except RecursionError:
        return Unreadable(where, "the JSON is nested too deeply for a row")


def file_row(path: str) -> ClipSpec | Unreadable:
    """Read the row of a callback that lies in a file, with its audio beside it."""
    try:
        header = read_header(Path(path).read_bytes())
    except (CallbackError, OSError) as error:
        return Unreadable(path, str(error))
    if header.id is None:
        return Unreadable(path, "the callback has no id; expected it under id or uuid")
    audio = audio_beside(header.url, *_parted(path))
    return ClipSpec(id=header.id, callback=path, audio=audio, project=header.project, where=path)


def _split(line: bytes) -> dict[str, bytes]:
    """Give the values of a JSON object, each as its own JSON."""
    try:
        return {key: bytes(value) for key, value in _SPLIT.decode(line).items()}
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    try:
        values = json.loads(line)  # lets NaN and halves of characters through
    except (ValueError, RecursionError) as error:
        raise CallbackError(f"the line is no whole JSON: {error}", path="$") from error
    if not isinstance(values, dict):
        raise CallbackError(f"the line is a JSON {type(values).__name__}; expected an object", path="$")
    return {key: json.dumps(value).encode("ascii") for key, value in values.items()}


def _row(values: dict[str, bytes], line: bytes, where: str, folder: str) -> ClipSpec:
    own: dict[str, object] = {key: _decoded(values[key]) for key in _OWN if key in values}
    id_ = _text(own, "id") or _text(own, "uuid")
    callback = _callback(values, line, folder)
    header = _header(callback, has_id=id_ is not None)
    audio = _text(own, "audio_filepath") or _text(own, "audio")
    if audio is not None:
        audio = _located(audio, folder)
    elif isinstance(callback, str) and not is_remote(callback):
        audio = audio_beside(header.url, *_parted(callback))
    elif callback is not None:
        audio = audio_beside(header.url, folder)
    id_ = id_ or header.id or _stem(audio, values)
    if id_ is None and isinstance(callback, str) and is_remote(callback):
        id_ = _parted(urlsplit(callback).path)[1]
    if not id_:
        raise CallbackError("the row has no id, nor a callback or an audio file to name it by", path="$.id")
    used = _USED | (CLIP_KEYS - _MEASURES if callback is line else frozenset())
    return ClipSpec(
        id=id_,
        callback=callback,
        audio=audio,
        text=_text(own, "text"),
        project=_text(own, "project") or _text(own, "project_id") or header.project,
        fields={key: _decoded(value) for key, value in values.items() if key not in used},
        where=where,
    )


def _callback(values: dict[str, bytes], line: bytes, folder: str) -> bytes | str | None:
    """Give the callback of a row: its JSON, or where it is read from."""
    raw = values.get("callback", b"null")
    if raw.startswith(b"{"):
        return raw
    if raw.startswith(b'"'):
        text = str(_decoded(raw))
        return text.encode("utf-8", "surrogatepass") if text.lstrip().startswith("{") else _located(text, folder)
    if raw != b"null":
        raise CallbackError("callback is neither an object nor a path", path="$.callback")
    return None if CALLBACK_KEYS.isdisjoint(values) else line


def _header(callback: bytes | str | None, *, has_id: bool) -> CallbackHeader:
    """Read the header of a callback where that tells something; a row that has an id is left to who opens it."""
    if callback is None or (isinstance(callback, str) and (has_id or is_remote(callback))):
        return _UNKNOWN
    try:
        return read_header(callback if isinstance(callback, bytes) else Path(callback).read_bytes())
    except CallbackError:
        if has_id:
            return _UNKNOWN
        raise


def _decoded(raw: bytes) -> object:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return json.loads(raw)


def _text(values: dict[str, object], key: str) -> str | None:
    """Give a text that may be absent; a number stands for its digits."""
    value = values.get(key)
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise CallbackError(f"{key} is no text", path=f"$.{key}")


def _located(path: str, folder: str) -> str:
    """Give *path*, seen from *folder* where it is relative."""
    return path if is_remote(path) else os.path.join(folder, path)


def _parted(path: str) -> tuple[str, str]:
    """Divide *path* into its folder and the name without its suffix."""
    folder, name = os.path.split(path)
    return folder, os.path.splitext(name)[0]


def _stem(audio: str | None, values: dict[str, bytes]) -> str | None:
    """Name a row by its audio, and by the part of it that it is."""
    if audio is None:
        return None
    stem = _parted(urlsplit(audio).path if is_remote(audio) else audio)[1]
    offset = values.get("offset", b"null")
    return stem if offset == b"null" else f"{stem}@{offset.decode('ascii', 'replace')}"
