"""A payload of any known shape into checked fields, naming the exact field when it cannot be understood.

This is the slow road of `clipaudio.resemble.callback`: it lets through what Python's own JSON does (NaN, lone
surrogates), finds the clip in its envelope, and reads every form of time pair.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from clipaudio.errors import CallbackError, TimelineError
from clipaudio.timing.intervals import as_times
from clipaudio.timing.repair import pair_up
from clipaudio.timing.repair_report import Finding

if TYPE_CHECKING:
    from clipaudio.timing.timeline import Timeline

__all__ = ["KNOWN", "above_zero", "decode", "read_fields", "strip_mark", "to_bytes"]

_ARRAYS: Final = ("graph_chars", "graph_times", "phon_chars", "phon_times")
KNOWN: Final = frozenset(
    "id uuid project_id url audio_src link audio_timestamps timestamps issues duration sample_rate item".split()
) | frozenset(_ARRAYS)
"""Keys that are understood; all others are kept as they are."""


def to_bytes(source: object) -> bytes:
    """Give any source as the bytes of its JSON."""
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    if isinstance(source, str) and source.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return _escape_surrogates(source).encode("utf-8")
    if isinstance(source, str | os.PathLike):
        try:
            return Path(source).read_bytes()
        except ValueError as error:  # a NUL, or half of a character
            raise CallbackError(f"{str(source)[:60]!r} is neither JSON nor a path: {error}", path="$") from error
    if not isinstance(source, dict):
        raise CallbackError(f"a callback is JSON, a dict or a path, not {type(source).__name__}", path="$")
    try:
        return msgspec.json.encode(source, enc_hook=_plain)
    except UnicodeEncodeError:
        return json.dumps(source, default=_plain).encode("ascii")
    except (TypeError, ValueError, NotImplementedError, RecursionError) as error:
        raise CallbackError(f"the dict cannot be written as JSON: {error}", path="$") from error


def _plain(value: object) -> object:
    """Give numpy's values as Python's own."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is no JSON type")


def _escape_surrogates(text: str) -> str:
    return re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text)


def strip_mark(raw: bytes) -> bytes:
    """Give the JSON as UTF-8 without a byte order mark."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return raw.decode(encoding).encode("utf-8")
    return raw.removeprefix(b"\xef\xbb\xbf")


def decode(raw: bytes) -> dict[str, Any]:
    """Decode the whole payload into plain objects; lone surrogates and NaN are let through."""
    try:
        text = strip_mark(raw).decode("utf-8")
        payload = json.loads(text, strict=False)  # a bare line end in a text is no reason to lose a clip
    except RecursionError:
        raise CallbackError("the JSON is nested too deeply for a callback", path="$") from None
    except ValueError as error:
        raise CallbackError(f"not valid JSON: {error}; it starts with {raw[:60]!r}", path="$") from error
    if not isinstance(payload, dict):
        kind = "null" if payload is None else type(payload).__name__
        raise CallbackError(f"$ is a JSON {kind}; a callback is an object with id, url, …", path="$")
    return payload


def read_fields(raw: bytes) -> dict[str, Any]:
    """Read the fields of a ClipCallback, all but `raw`."""
    payload = decode(raw)
    path = "$"
    clips = payload.get("clips")
    if isinstance(clips, list):
        raise CallbackError(
            f"$.clips holds {len(clips)} clips of a batch; pass one of them to read_callback", path="$.clips"
        )
    project_id = _text(payload, "project_id", path)
    item = payload.get("item")
    if isinstance(item, dict):
        payload, path = item, "$.item"
    key = next((name for name in ("audio_timestamps", "timestamps") if payload.get(name) is not None), None)
    bare = payload if payload.get("graph_chars") is not None else None
    stamps = bare if key is None else payload[key]
    where = path if key is None else f"{path}.{key}"
    if stamps is not None and not isinstance(stamps, dict):
        raise CallbackError(f"{where} is {_kind(stamps)}; expected an object of arrays", path=where)
    levels, found = ({}, {}) if stamps is None else _slow_levels(stamps, where)
    return {
        "id": _text(payload, "id", path) or _text(payload, "uuid", path),
        "project_id": project_id or _text(payload, "project_id", path),
        "url": _text(payload, "url", path) or _text(payload, "audio_src", path) or _text(payload, "link", path),
        "issues": tuple(map(_whole, _texts(payload.get("issues"), f"{path}.issues"))),
        "duration": _number(payload, "duration", path),
        "sample_rate": _number(payload, "sample_rate", path),
        "found": found,
        "_levels": levels,
    }


def _slow_levels(stamps: dict[str, Any], path: str) -> tuple[dict[str, Timeline], dict[str, tuple[Finding, ...]]]:
    levels, found = {}, {}
    if all(stamps.get(key) is None for key in _ARRAYS):
        return {}, {}
    for name, chars, times in (("graphemes", *_ARRAYS[:2]), ("phones", *_ARRAYS[2:])):
        if stamps.get(times) is None:  # labels that no time belongs to at all are no level
            if name == "graphemes" and stamps.get(chars):
                raise CallbackError(f"{path}.{times} is missing; expected a list of [start, end] pairs", path=path)
            labels: tuple[str, ...] = ()
        else:
            labels = _texts(stamps.get(chars), f"{path}.{chars}")
        try:
            pairs = as_times(stamps.get(times), path=f"{path}.{times}")
        except TimelineError as error:
            raise CallbackError(str(error), path=getattr(error, "path", path)) from error
        labels, halves = _join_surrogates(labels)
        levels[name], unpaired = pair_up(labels, pairs)
        found[name] = (*halves, *unpaired)
    return levels, found


def _join_surrogates(labels: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Join halves of characters that a service of 16-bit strings sent apart; the second half becomes empty."""
    halves = [row for row, label in enumerate(labels) if re.search("[\ud800-\udfff]", label)]
    if not halves:
        return labels, ()
    mended = list(labels)
    for row in halves:
        if row + 1 < len(mended) and re.search("[\ud800-\udbff]$", mended[row]) and mended[row + 1][:1] >= "\udc00":
            mended[row], mended[row + 1] = mended[row] + mended[row + 1][:1], mended[row + 1][1:]
        mended[row] = _whole(mended[row])
    finding = Finding("surrogate", np.array(halves, np.intp), f"first: {halves[0]} {labels[halves[0]]!r}")
    return tuple(mended), (finding,)


def _whole(text: str) -> str:
    """Join halves of characters; a half without the other becomes U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _text(payload: dict[str, Any], key: str, path: str) -> str | None:
    """Read a text that may be absent; a number stands for its digits."""
    value = payload.get(key)
    if isinstance(value, str):
        return _whole(value)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise CallbackError(f"{path}.{key} is {_kind(value)}; expected a string", path=f"{path}.{key}")


def _texts(value: object, path: str) -> tuple[str, ...]:
    """Read a list of texts that may be absent; a null in it is an empty text."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise CallbackError(f"{path} is {_kind(value)}; expected a list of strings", path=path)
    for row, entry in enumerate(value):
        if entry is not None and not isinstance(entry, str):
            raise CallbackError(f"{path}[{row}] is {_kind(entry)}; expected a string", path=f"{path}[{row}]")
    return tuple(entry or "" for entry in value)


def _number(payload: dict[str, Any], key: str, path: str) -> float | None:
    """Read a number above zero that may be absent."""
    value = payload.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CallbackError(f"{path}.{key} is {_kind(value)}; expected a number", path=f"{path}.{key}")
    return above_zero(value)


def above_zero(value: float | None) -> float | None:
    """Give *value* as a float, None where it measures nothing: zero, negative, not finite."""
    return float(value) if value is not None and 0 < value <= sys.float_info.max else None
