"""Read a line of a manifest as a `ClipSpec`, or as the reason why it cannot be read.

Conventions
-----------
A JSON row has any of `id` (or `uuid`), `callback` (an object, its JSON as text, a path or an s3:// url),
`audio_filepath` (or `audio`), `text` and `project` (or `project_id`), or the keys of a callback itself; NeMo manifests
have such rows. Rows without a callback may have `file_name`, `audio_path` or `path` for the audio, and `transcription`,
`transcript` or `sentence` for the text, as the tables of Hugging Face and Common Voice have.

Without an `id`, it is that of the callback, else the path of the audio file in the row with "-" between its folders
(``spk1/utt1.wav`` is ``spk1-utt1``), with `@` and the `offset` if the row is a part of that audio, else the stem of a
remote callback. Paths are relative to the folder of the manifest. All other keys become `fields`.
"""
# a path object costs more than the rest of what is done for a file, and there are millions
# ruff: noqa: PTH117, PTH118, PTH122

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from clipaudio.batch.callback_header import CallbackHeader, read_header
from clipaudio.batch.clip_spec import ClipSpec, Unreadable
from clipaudio.download.local_audio import audio_beside
from clipaudio.errors import CallbackError
from clipaudio.resemble.payload_models import CALLBACK_KEYS, CLIP_KEYS

__all__ = ["AUDIO_KEYS", "file_row", "id_of_path", "is_remote", "line_row", "plain_row"]

_SPLIT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_OWN: Final = ("id", "uuid", "audio_filepath", "audio", "text", "project", "project_id")
_USED: Final = frozenset({*_OWN, "callback"})
_OTHER: Final = {
    "audio_filepath": ("audio_filepath", "audio", "file_name", "audio_path", "path"),
    "text": ("text", "transcription", "transcript", "sentence"),
}
"""What data sets call these keys; the first that a row has is read."""
AUDIO_KEYS: Final = _OTHER["audio_filepath"]
"""What the audio of a row is called."""
_MEASURES: Final = frozenset({"duration", "sample_rate"})  # callback keys too, but copied to the output

_UNKNOWN: Final = CallbackHeader(None, None, None)


def is_remote(path: str) -> bool:
    """Return True if *path* is a url.

    Examples
    --------
    >>> is_remote("s3://bucket/a.json"), is_remote("C:/a.json")
    (True, False)
    """
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", path) is not None


def plain_row(line: bytes, where: str, folder: str) -> ClipSpec | Unreadable | None:
    """Read a line that is an id or a JSON object; None for an empty line."""
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
    ('a-b', 'clips/a/b.wav', 'Hi.', {'duration': 0.5})
    """
    try:
        return _row(_split(line), line, where, folder)
    except (CallbackError, OSError, ValueError) as error:  # also an impossible path, url or number
        return Unreadable(where, str(error))
    except RecursionError:
        return Unreadable(where, "the JSON is nested too deeply for a row")


def file_row(path: str) -> ClipSpec | Unreadable:
    """Read the row of a callback file, with the audio beside it."""
    try:
        header = read_header(Path(path).read_bytes())
    except (CallbackError, OSError) as error:
        return Unreadable(path, str(error))
    if header.id is None:
        return Unreadable(path, "the callback has no id; expected it under id or uuid")
    audio = audio_beside(header.url, *_folder_and_stem(path))
    return ClipSpec(id=header.id, callback=path, audio=audio, project=header.project, where=path)


def _split(line: bytes) -> dict[str, bytes]:
    """Return the values of a JSON object, each as JSON."""
    try:
        return {key: bytes(value) for key, value in _SPLIT.decode(line).items()}
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    try:
        values = json.loads(line)  # accepts NaN and lone surrogates
    except (ValueError, RecursionError) as error:
        raise CallbackError(f"the line is not valid JSON: {error}", path="$") from error
    if not isinstance(values, dict):
        raise CallbackError(f"the line is a JSON {type(values).__name__}; expected an object", path="$")
    return {key: json.dumps(value).encode("ascii") for key, value in values.items()}


def _row(values: dict[str, bytes], line: bytes, where: str, folder: str) -> ClipSpec:
    callback = _callback(values, line, folder)
    if callback is line and _is_of_data_set(values):
        callback = None
    if callback is None:
        values = _with_own_names(values)
    own: dict[str, object] = {key: _decoded(values[key]) for key in _OWN if key in values}
    id_ = _text(own, "id") or _text(own, "uuid")
    header = _header(callback, has_id=id_ is not None)
    named = audio = _text(own, "audio_filepath") or _text(own, "audio")
    if audio is not None:
        audio = _relative_to(audio, folder)
    elif isinstance(callback, str) and not is_remote(callback):
        audio = audio_beside(header.url, *_folder_and_stem(callback))
    elif callback is not None:
        audio = audio_beside(header.url, folder)
    id_ = id_ or header.id or _id_of_audio(named, audio, folder, values)
    if id_ is None and isinstance(callback, str) and is_remote(callback):
        id_ = _folder_and_stem(urlsplit(callback).path)[1]
    if not id_:
        raise CallbackError("the row has no id, and no callback or audio file to take one from", path="$.id")
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


def _is_of_data_set(values: dict[str, bytes]) -> bool:
    """Return True if a row names audio as data sets do, and has of a callback only names that they have, too."""
    names_audio = any(key in values for key in AUDIO_KEYS if key not in _OWN)
    return names_audio and not any(values.get(key, b"")[:1] in {b"{", b"["} for key in CALLBACK_KEYS)


def _with_own_names(values: dict[str, bytes]) -> dict[str, bytes]:
    """Return *values* in which the keys of other data sets have the names of ours."""
    for own, names in _OTHER.items():
        found = next((name for name in names if values.get(name, b"null") not in {b"null", b'""'}), None)
        if found not in {None, *_OWN}:
            values = {**{key: value for key, value in values.items() if key != found}, own: values[str(found)]}
    return values


def _callback(values: dict[str, bytes], line: bytes, folder: str) -> bytes | str | None:
    """Return the callback of a row: its JSON, or its path or url."""
    raw = values.get("callback", b"null")
    if raw.startswith(b"{"):
        return raw
    if raw.startswith(b'"'):
        text = str(_decoded(raw))
        return text.encode("utf-8", "surrogatepass") if text.lstrip().startswith("{") else _relative_to(text, folder)
    if raw != b"null":
        raise CallbackError("callback is neither an object nor a path", path="$.callback")
    return None if CALLBACK_KEYS.isdisjoint(values) else line


def _header(callback: bytes | str | None, *, has_id: bool) -> CallbackHeader:
    """Read the header of a callback if the row needs it; errors of a row with an id are left to the worker."""
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
    """Return a text that may be absent; a number becomes its digits."""
    value = values.get(key)
    if isinstance(value, str):
        return value or None
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise CallbackError(f"{key} is no text; expected a string", path=f"$.{key}")


def _relative_to(path: str, folder: str) -> str:
    """Return *path*; a relative one is relative to *folder*."""
    return path if is_remote(path) else os.path.join(folder, path)


def _folder_and_stem(path: str) -> tuple[str, str]:
    """Split *path* into its folder and its name without suffix."""
    folder, name = os.path.split(path)
    return folder, os.path.splitext(name)[0]


def id_of_path(path: str) -> str:
    r"""Return the id of an audio file at a relative *path*: files of the same name in two folders are two clips.

    Examples
    --------
    >>> id_of_path("spk1/utt1.wav"), id_of_path("utt1.wav")
    ('spk1-utt1', 'utt1')
    """
    parts = [part for part in re.split(r"[/\\]", os.path.splitext(path)[0]) if part not in {"", ".", ".."}]
    return "-".join(parts)


def _id_of_audio(named: str | None, audio: str | None, folder: str, values: dict[str, bytes]) -> str | None:
    """Name a row after its audio file, and after its offset there; *named* is the path as the row has it."""
    if audio is None:
        return None
    if named is None:  # it lies beside the callback
        stem = _folder_and_stem(audio)[1]
    elif is_remote(audio):
        urlsplit(audio)  # raises ValueError for a malformed one
        stem = id_of_path(audio.partition("://")[2].partition("/")[2])
    else:
        inside = os.path.relpath(named, folder or ".") if os.path.isabs(named) else named
        stem = id_of_path(inside if not inside.startswith("..") else named)
    offset = values.get("offset", b"null")
    return stem if offset == b"null" else f"{stem}@{offset.decode('ascii', 'replace')}"
