"""The fields of a new or updated clip, checked and written as the JSON of the service.

Conventions
-----------
A field that is None is not sent. Known values are typed; unknown ones are sent with a `RequestWarning`, because the
service may have added them. Wire names (`precision`, `callback_uri`) are used here and in the client only. Documented
limits: title 256 characters, body 3000 without tags.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import warnings
from collections.abc import Mapping
from typing import Literal, TypeAlias, TypedDict
from urllib.parse import quote, urlsplit

import msgspec

from clipaudio.errors import RequestError

__all__ = [
    "ClipFields",
    "ClipUpdate",
    "OutputFormat",
    "Precision",
    "RequestWarning",
    "SampleRate",
    "path_part",
]

# The literals are for readers and editors; the service may add values, so the types stay open.
Precision: TypeAlias = Literal["PCM_32", "PCM_24", "PCM_16", "MULAW"] | str  # noqa: PYI051  # open by design
SampleRate: TypeAlias = Literal[8000, 16000, 22050, 24000, 32000, 44100, 48000] | int  # noqa: PYI051  # as above
OutputFormat: TypeAlias = Literal["wav", "mp3", "ogg", "flac"] | str  # noqa: PYI051  # as above

_KNOWN: dict[str, tuple[object, ...]] = {
    "precision": ("PCM_32", "PCM_24", "PCM_16", "MULAW", "ULAW"),
    "sample_rate": (8000, 16000, 22050, 24000, 32000, 44100, 48000),
    "output_format": ("wav", "mp3", "ogg", "flac"),
}
_TYPES: dict[str, type] = {
    "body": str,
    "voice_uuid": str,
    "title": str,
    "precision": str,
    "output_format": str,
    "sample_rate": int,
    "is_public": bool,
    "is_archived": bool,
    "include_timestamps": bool,
    "raw": bool,
    "callback_uri": str,
}
_TITLE_LIMIT = 256
_BODY_LIMIT = 3000
_TAG = re.compile(r"<[^<>]*>")


class RequestWarning(UserWarning):
    """The request is sent, but the documentation of the service does not promise that it is accepted."""


class ClipFields(TypedDict, total=False):
    """The keywords of `Client.update_clip` and `Client.create_clip`, explained in `ClipUpdate`."""

    body: str | None
    voice_uuid: str | None
    callback_uri: str | None
    title: str | None
    precision: Precision | None
    sample_rate: SampleRate | None
    output_format: OutputFormat | None
    include_timestamps: bool | None
    is_public: bool | None
    is_archived: bool | None
    raw: bool | None
    extra: Mapping[str, object]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClipUpdate:
    """The fields of one update; a field that is None stays unchanged.

    Parameters
    ----------
    body
        Text or SSML to speak.
    voice_uuid
        The voice that speaks it.
    callback_uri
        Where the service posts the finished clip. An update needs one, because its answer has no audio.
    title
        The clip's name, 256 characters at most.
    precision, sample_rate, output_format
        How the audio is stored: "PCM_32" (the service's default), "PCM_24", "PCM_16" or "MULAW"; in hertz;
        "wav", "mp3", "ogg" or "flac".
    include_timestamps
        Request the times of graphemes and phones. The default of the service is no; here it is yes.
    is_public, is_archived
        Flags; newer documentation has dropped `is_public`.
    raw
        For a new clip: request the raw audio as well.
    extra
        Newer fields by their wire name, sent unchanged.

    Raises
    ------
    RequestError
        A field is invalid; `field` names it.

    Examples
    --------
    >>> ClipUpdate(body="Hello.", callback_uri="https://example.com/hook").to_json()
    b'{"body":"Hello.","include_timestamps":true,"callback_uri":"https://example.com/hook"}'
    """

    body: str | None = None
    voice_uuid: str | None = None
    title: str | None = None
    is_public: bool | None = None
    is_archived: bool | None = None
    precision: Precision | None = None
    sample_rate: SampleRate | None = None
    output_format: OutputFormat | None = None
    include_timestamps: bool | None = True
    raw: bool | None = None
    callback_uri: str | None = dataclasses.field(default=None, repr=False)
    extra: Mapping[str, object] = dataclasses.field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for name, kind in _TYPES.items():
            _check_type(name, getattr(self, name), kind)
        if self.sample_rate is not None and self.sample_rate <= 0:
            raise RequestError(f"sample_rate is {self.sample_rate}, expected hertz, such as 22050", field="sample_rate")
        if self.callback_uri is not None:
            _check_callback_uri(self.callback_uri)
        if not isinstance(self.extra, Mapping):
            raise RequestError(f"extra is of type {type(self.extra).__name__}, expected a dict", field="extra")
        _refuse_unknown(set(self.extra) & set(_TYPES), "extra repeats a field that has a keyword of its own")
        _refuse_slip(self.extra)

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> ClipUpdate:
        """Make an update of *fields*; an unknown name is an error.

        >>> ClipUpdate.of({"callback_url": "https://example.com/hook"})
        Traceback (most recent call last):
        clipaudio.errors.RequestError: callback_url is not a field of a clip; the service reads callback_uri
        """
        _refuse_slip(fields)
        known = {one.name for one in dataclasses.fields(cls)}
        _refuse_unknown(set(fields) - known, "not a field of a clip; pass newer fields in extra={…}", known)
        return cls(**fields)  # type: ignore[arg-type]  # __post_init__ checks every type

    def payload(self) -> dict[str, object]:
        """Return the fields to send, without those that are None."""
        given = {name: value for name in _fields_in_order() if (value := getattr(self, name)) is not None}
        return {**given, **self.extra}

    def to_json(self) -> bytes:
        """Return the fields to send as UTF-8 JSON.

        Raises
        ------
        RequestError
            A text has a lone surrogate, or `extra` has a value without a JSON form.
        """
        try:
            return msgspec.json.encode(self.payload())
        except UnicodeEncodeError as error:
            raise RequestError(
                "a text has a lone surrogate, which UTF-8 cannot hold; clean it first", field="body"
            ) from error
        except (TypeError, ValueError, RecursionError) as error:
            raise RequestError(f"extra cannot be written as JSON ({error})", field="extra") from error

    def warn(self, *, stacklevel: int = 2) -> None:
        """Warn about what the documentation does not promise: unknown values, a long title, a long body."""
        for problem in self.doubts():
            warnings.warn(problem, RequestWarning, stacklevel=stacklevel + 1)

    def doubts(self) -> list[str]:
        """List what the documentation does not promise, one sentence each.

        >>> ClipUpdate(precision="PCM_64").doubts()
        ['precision is PCM_64, known are PCM_32, PCM_24, PCM_16, MULAW, ULAW; sent anyway']
        """
        doubts = [
            f"{name} is {value}, known are {', '.join(map(str, known))}; sent anyway"
            for name, known in _KNOWN.items()
            if (value := getattr(self, name)) is not None and value not in known
        ]
        if self.title is not None and len(self.title) > _TITLE_LIMIT:
            doubts.append(f"title has {len(self.title)} characters, the documented limit is {_TITLE_LIMIT}")
        spoken = len(_TAG.sub("", self.body)) if self.body is not None else 0
        if spoken > _BODY_LIMIT:
            doubts.append(f"body has {spoken} characters without tags, the documented limit is {_BODY_LIMIT}")
        return doubts


def path_part(name: str, value: str) -> str:
    """Percent-encode an id for the path of a url, so that no id changes the path.

    Raises
    ------
    RequestError
        The id is no text, empty, a dot name, or has control characters.

    Examples
    --------
    >>> path_part("clip", "a/b?c#d")
    'a%2Fb%3Fc%23d'
    """
    if not isinstance(value, str):
        raise RequestError(f"{name} is of type {type(value).__name__}, expected str", field=name)
    if not value.strip():
        raise RequestError(f"{name} is empty, expected the id the service shows, such as 'cecad6f9'", field=name)
    if value in {".", ".."} or not value.isprintable():
        raise RequestError(f"{name} is {value!r}, which is no id; copy it from the service", field=name)
    return quote(value, safe="")


def _fields_in_order() -> list[str]:
    return [one.name for one in dataclasses.fields(ClipUpdate) if one.name != "extra"]


def _check_type(name: str, value: object, kind: type) -> None:
    if value is None or (isinstance(value, kind) and (kind is bool or not isinstance(value, bool))):
        return
    raise RequestError(f"{name} is of type {type(value).__name__}, expected {kind.__name__}", field=name)


def _check_callback_uri(uri: str) -> None:
    """Refuse a uri the service cannot post to; it may have a secret and is not shown."""
    advice = "expected a full address such as https://example.com/hook"
    try:
        parts = urlsplit(uri)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not uri.isprintable() or " " in uri:
        raise RequestError(f"callback_uri is no http or https url; {advice}", field="callback_uri")


def _refuse_slip(fields: Mapping[str, object]) -> None:
    if "callback_url" in fields:
        raise RequestError(
            "callback_url is not a field of a clip; the service reads callback_uri", field="callback_url"
        )


def _refuse_unknown(names: set[str], problem: str, known: set[str] | None = None) -> None:
    for name in sorted(names):
        near = difflib.get_close_matches(name, known or (), n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise RequestError(f"{name}: {problem}{hint}", field=name)
