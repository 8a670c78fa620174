"""Clips of the emulator: validate what a request sets, and render the items of responses."""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clipaudio.emulator.rendering import CONTENT_TYPES, PRECISIONS, SAMPLE_RATES
from clipaudio.emulator.script import read_body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clipaudio.emulator.shapes import Payload
    from clipaudio.synthesis.speech import Speech

__all__ = ["LONGEST_BODY", "LONGEST_TITLE", "EmulatedClip", "Spoken", "date", "new_uuid", "problems_with"]

LONGEST_BODY = 3000
LONGEST_TITLE = 256

_HALVES = re.compile("[\ud800-\udfff]")

_TYPES: dict[str, type | tuple[type, ...]] = {
    "title": str,
    "body": str,
    "voice_uuid": str,
    "is_public": bool,
    "is_archived": bool,
    "callback_uri": str,
    "precision": str,
    "sample_rate": int,
    "output_format": str,
    "include_timestamps": bool,
    "raw": bool,
}
_CHOICES: dict[str, Any] = {
    "precision": PRECISIONS,
    "sample_rate": SAMPLE_RATES,
    "output_format": CONTENT_TYPES,
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """The finished audio of a clip."""

    speech: Speech
    url: str
    audio: bytes
    timestamps: Payload | None
    time: float


@dataclass(slots=True)
class EmulatedClip:
    """A clip of a project; `revision` counts its updates, so that an old one never wins over a new one."""

    project_uuid: str
    uuid: str
    created_at: float
    updated_at: float
    title: str = ""
    body: str = ""
    voice_uuid: str = ""
    is_public: bool = False
    is_archived: bool = False
    callback_uri: str = ""
    precision: str = "PCM_32"
    sample_rate: int = 22050
    output_format: str = "wav"
    include_timestamps: bool = False
    raw: bool = False
    revision: int = 0
    spoken: Spoken | None = field(default=None, repr=False)

    def set(self, fields: Mapping[str, Any], *, now: float) -> None:
        """Set the *fields* of a request; others stay, except those of the callback."""
        self.callback_uri = ""
        self.include_timestamps = False
        for name in _TYPES:
            if fields.get(name) is not None:
                setattr(self, name, fields[name])
        self.updated_at = now
        self.revision += 1

    def answer(self, *, has_public: bool = False) -> dict[str, Any]:
        """Return the item of the immediate answer to a create or an update; older answers have `is_public`."""
        return {
            "uuid": self.uuid,
            "title": self.title,
            "body": self.body,
            "voice_uuid": self.voice_uuid,
            **({"is_public": self.is_public} if has_public else {}),
            "is_archived": self.is_archived,
            "created_at": date(self.created_at),
            "updated_at": date(self.updated_at),
        }

    def item(self, *, has_public: bool = False) -> dict[str, Any]:
        """Return the item of GET; a clip without speech has no audio fields."""
        item = self.answer(has_public=has_public)
        item |= {"voice_name": self.voice_uuid, "character_count": len(read_body(self.body).text)}
        if self.spoken is not None:
            item |= {
                "audio_src": self.spoken.url,
                "duration": round(self.spoken.speech.duration, 4),
                "last_generated_at": date(self.spoken.time),
            }
            if self.spoken.timestamps is not None:
                item["timestamps"] = self.spoken.timestamps
            if self.raw:
                item["raw_audio"] = base64.b64encode(self.spoken.audio).decode()
        return item


def date(time: float) -> str:
    """Write a time as the service does.

    >>> date(0)
    '1970-01-01T00:00:00.000Z'
    """
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def new_uuid() -> str:
    """Make an id as the service's samples show them: 8 hexadecimal digits."""
    return secrets.token_hex(4)


def problems_with(fields: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the problems of the fields of a request, by name; empty if there are none.

    Examples
    --------
    >>> problems_with({"body": "Hi", "sample_rate": 11})
    {'sample_rate': ['must be one of 8000, 16000, 22050, 24000, 32000, 44100, 48000']}
    """
    found: dict[str, list[str]] = {}
    for name in _TYPES:
        if fields.get(name) is not None and (text := _problem_with(name, fields[name])):
            found[name] = [text]
    if "body" in fields and "body" not in found:
        text = read_body(fields["body"] or "").text
        if not text:
            found["body"] = ["can't be blank"]
        elif len(text) > LONGEST_BODY:
            found["body"] = [f"is too long (maximum is {LONGEST_BODY} characters without tags)"]
    if "title" not in found and len(fields.get("title") or "") > LONGEST_TITLE:
        found["title"] = [f"is too long (maximum is {LONGEST_TITLE} characters)"]
    uri = fields.get("callback_uri")
    if isinstance(uri, str) and uri and not _is_web(uri):
        found["callback_uri"] = ["must be a http or https url"]
    return found


def _problem_with(name: str, value: object) -> str:
    """Return the problem of one field's value, or None."""
    kind = _TYPES[name]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        return "has the wrong type"
    if isinstance(value, str) and _HALVES.search(value):
        return "holds half of a character"
    if name in _CHOICES and value not in _CHOICES[name]:
        return f"must be one of {', '.join(map(str, _CHOICES[name]))}"
    return ""


def _is_web(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
