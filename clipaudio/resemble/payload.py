"""Any source of a callback into its `CallbackPayload`, naming the exact field when it cannot be understood.

msgspec reads what is as documented. What it refuses is read by Python's own JSON, field by field: that lets NaN, lone
surrogates and control characters through, takes numbers as ids, and gives each error the path of its field.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from clipaudio.errors import CallbackError
from clipaudio.http.redact import redact
from clipaudio.resemble.payload_models import NO_JSON, CallbackPayload, ClipPayload, TimeArrays, decode_payload
from clipaudio.text import join_surrogates

__all__ = ["decode", "kind_of", "read_payload", "strip_mark", "to_bytes"]

_URL = re.compile(rb"https?:[^\s\"'<>]*", re.IGNORECASE)
_SEARCHED = 4096  # bytes in which urls are looked for, to show fewer


def to_bytes(source: object) -> bytes:
    """Return the JSON of any source as bytes."""
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    if isinstance(source, str) and (source.lstrip("\ufeff \t\r\n").startswith(("{", "[")) or "\n" in source):
        return re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", source).encode("utf-8")
    if isinstance(source, str | os.PathLike):
        try:
            return Path(source).read_bytes()
        except ValueError as error:  # a NUL, or a lone surrogate
            raise CallbackError(f"{str(source)[:60]!r} is neither JSON nor a path: {error}", path="$") from error
    if not isinstance(source, dict | list):
        raise CallbackError(f"a callback is JSON, a dict or a path, not {type(source).__name__}", path="$")
    try:
        return msgspec.json.encode(source, enc_hook=_to_python)
    except UnicodeEncodeError:
        return json.dumps(source, default=_to_python).encode("ascii")
    except (TypeError, ValueError, NotImplementedError, RecursionError) as error:
        raise CallbackError(f"the dict cannot be written as JSON: {error}", path="$") from error


def strip_mark(raw: bytes) -> bytes:
    """Return the JSON as UTF-8 without a byte order mark."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16").encode("utf-8")
    return raw.removeprefix(b"\xef\xbb\xbf")


def read_payload(raw: bytes) -> CallbackPayload:
    """Read the payload of a callback or an answer; its times stay JSON.

    Raises
    ------
    CallbackError
        It is no JSON object, holds a batch of clips, or a field has the wrong type.

    Examples
    --------
    >>> read_payload(b'{"id": 7, "score": NaN}').clip_id
    '7'
    """
    try:
        payload = decode_payload(strip_mark(raw))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        payload = _read_tolerantly(decode(raw))
    if bytes(payload.clips).startswith(b"["):
        count = len(json.loads(bytes(payload.clips)))
        raise CallbackError(
            f"$.clips holds {count} clips of a batch; pass one of them to read_callback", path="$.clips"
        )
    return payload


def decode(raw: bytes) -> dict[str, Any]:
    """Decode the whole payload into plain objects; lone surrogates and NaN are let through."""
    try:
        text = strip_mark(raw).decode("utf-8")
        payload = json.loads(text, strict=False)  # a bare line end in a text is no reason to lose a clip
    except RecursionError:
        raise CallbackError("the JSON is nested too deeply for a callback", path="$") from None
    except ValueError as error:
        raise CallbackError(f"not valid JSON: {error}; it starts with {_beginning(raw)!r}", path="$") from error
    if not isinstance(payload, dict):
        kind = "null" if payload is None else type(payload).__name__
        raise CallbackError(f"$ is a JSON {kind}; a callback is an object with id, url, …", path="$")
    return payload


def _beginning(raw: bytes) -> bytes:
    """Return the first bytes for a message, which may stand in a log, without what is secret in a url."""
    return _URL.sub(lambda found: redact(found[0].decode("latin-1")).encode("utf-8"), raw[:_SEARCHED])[:60]


def _read_tolerantly(payload: dict[str, Any]) -> CallbackPayload:
    clips = _to_json(payload.get("clips"))
    item = payload.get("item")
    if isinstance(item, dict):
        project = _text(payload, "project_id", "$") or item.get("project_id")
        fields = _clip_fields({**item, "project_id": project}, "$.item")
        return CallbackPayload(item=ClipPayload(**fields), clips=clips)
    return CallbackPayload(clips=clips, **_clip_fields(payload, "$"))


def _clip_fields(payload: dict[str, Any], path: str) -> dict[str, Any]:
    """Read the fields of a `ClipPayload`; of several keys for one thing, only the first that is there."""
    key = next((name for name in ("audio_timestamps", "timestamps") if payload.get(name) is not None), None)
    fields: dict[str, Any] = {}
    if key is not None:
        where = f"{path}.{key}"
        if not isinstance(payload[key], dict):
            raise CallbackError(f"{where} is {kind_of(payload[key])}; expected an object of arrays", path=where)
        fields[key] = TimeArrays(**_array_fields(payload[key], where))
    elif payload.get("graph_chars") is not None:
        fields = _array_fields(payload, path)
    return fields | {
        "id": _text(payload, "id", path) or _text(payload, "uuid", path),
        "project_id": _text(payload, "project_id", path),
        "url": _text(payload, "url", path) or _text(payload, "audio_src", path) or _text(payload, "link", path),
        "issues": tuple(map(join_surrogates, _texts(payload, "issues", path) or ())),
        "duration": _number(payload, "duration", path),
        "sample_rate": _number(payload, "sample_rate", path),
        "speaker_turns": _to_json(payload.get("speaker_turns")),
    }


def _array_fields(stamps: dict[str, Any], path: str) -> dict[str, Any]:
    if stamps.get("phon_times") is None:  # phones without times are ignored, whatever they are
        stamps = {**stamps, "phon_chars": None if stamps.get("phon_chars") is None else []}
    labels = {key: _texts(stamps, key, path) for key in ("graph_chars", "phon_chars")}
    return labels | {key: _to_json(stamps.get(key)) for key in ("graph_times", "phon_times")}


def _to_json(value: object) -> msgspec.Raw:
    return NO_JSON if value is None else msgspec.Raw(json.dumps(value).encode("ascii"))


def _to_python(value: object) -> object:
    """Return numpy's values as Python's own."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is no JSON type")


def kind_of(value: object) -> str:
    """Name the JSON type of *value* for a message."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _text(payload: dict[str, Any], key: str, path: str) -> str | None:
    """Read a text that may be absent; a whole number becomes its digits."""
    value = payload.get(key)
    if isinstance(value, str):
        return join_surrogates(value)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise CallbackError(f"{path}.{key} is {kind_of(value)}; expected a string", path=f"{path}.{key}")


def _texts(payload: dict[str, Any], key: str, path: str) -> tuple[str, ...] | None:
    """Read a list of texts that may be absent; null in it is an empty text."""
    values, path = payload.get(key), f"{path}.{key}"
    if values is None:
        return None
    if not isinstance(values, list):
        raise CallbackError(f"{path} is {kind_of(values)}; expected a list of strings", path=path)
    for row, value in enumerate(values):
        if value is not None and not isinstance(value, str):
            raise CallbackError(f"{path}[{row}] is {kind_of(value)}; expected a string", path=f"{path}[{row}]")
    return tuple(value or "" for value in values)


def _number(payload: dict[str, Any], key: str, path: str) -> float | None:
    """Read a number that may be absent; one beyond all floats becomes the largest float."""
    value = payload.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CallbackError(f"{path}.{key} is {kind_of(value)}; expected a number", path=f"{path}.{key}")
    most = sys.float_info.max
    return float(max(-most, min(value, most)) if isinstance(value, int) else value)
