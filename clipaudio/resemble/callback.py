"""Callback JSON into a checked ClipCallback, without loss.

Understood, by their keys: the callback of an update (`id`, `url`, `audio_timestamps`); the answer of GET clip or its
`item` (`uuid`, `audio_src`, `timestamps`); one clip of a batch callback; the answer of direct synthesis
(`audio_timestamps`, `duration`); a bare object of time arrays (`graph_chars`, `graph_times`, …). Absent or empty
phone arrays are normal.

Tidy payloads take a fast road: one decode by msgspec that leaves the time arrays as bytes, and a check of their
brackets; their numbers are made when somebody asks for them. Whatever does not fit takes the slow road, which
understands more and names the exact field when it gives up. What came in is kept, byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from clipaudio.errors import TimestampsMissingError
from clipaudio.resemble.levels import NotTidyError, read_level
from clipaudio.resemble.payload import KNOWN, above_zero, decode, read_fields, strip_mark, to_bytes
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from clipaudio.resemble.levels import PayloadLevel
    from clipaudio.timing.repair_report import Finding

__all__ = ["ClipCallback", "read_callback"]


@dataclass(frozen=True, eq=False)
class ClipCallback:
    """A finished clip as the service told of it.

    Attributes
    ----------
    id, project_id, url
        As sent; None where the payload has none. `url` is the audio, it dies within the hour.
    issues
        Warnings of the service, often empty.
    duration
        Seconds, where the payload tells a length above zero; None in a plain callback.
    sample_rate
        Samples a second, where the payload tells a rate above zero.
    raw
        The JSON as it came.
    found
        What had to be understood while reading, by level ("graphemes", "phones"); `repair` reports it.
    """

    id: str | None
    project_id: str | None
    url: str | None = field(repr=False)  # it may be signed
    issues: tuple[str, ...]
    duration: float | None
    sample_rate: float | None
    raw: bytes = field(repr=False)
    found: Mapping[str, tuple[Finding, ...]] = field(repr=False)
    _levels: Mapping[str, Timeline | PayloadLevel] = field(repr=False)

    @property
    def has_timestamps(self) -> bool:
        """Whether letters came with times."""
        return "graphemes" in self._levels

    @property
    def has_phones(self) -> bool:
        """Whether phones came with times; newer voices send none."""
        return self.has_timestamps and len(self._levels["phones"]) > 0

    @property
    def graphemes(self) -> Timeline:
        """Letters with their times as they came, untidied.

        Raises
        ------
        TimestampsMissingError
            The clip came without times.
        """
        return self._level("graphemes")

    @property
    def phones(self) -> Timeline:
        """Phones with their times as they came, untidied; empty when the voice gives none.

        Raises
        ------
        TimestampsMissingError
            The clip came without times.
        """
        return self._level("phones")

    @property
    def extra(self) -> dict[str, Any]:
        """Everything the payload holds beside what is understood here, under its own keys."""
        payload = decode(self.raw)
        item = payload.get("item")
        everything = {**payload, **item} if isinstance(item, dict) else payload
        return {key: value for key, value in everything.items() if key not in KNOWN}

    def to_json(self) -> bytes:
        """Give back what came: the same bytes, or for a dict its JSON."""
        return self.raw

    def __reduce__(self) -> tuple[Any, ...]:
        return read_callback, (self.raw,)

    def _level(self, name: str) -> Timeline:
        if not self.has_timestamps:
            raise TimestampsMissingError(
                f"clip {self.id or '(no id)'} came without audio_timestamps: ask for them with "
                "include_timestamps=True when you update it (some newer voices give none)"
            )
        level = self._levels[name]
        return level if isinstance(level, Timeline) else level.timeline


_NONE: Final = msgspec.Raw(b"")


class _Stamps(msgspec.Struct):
    """The time arrays on the wire; the numbers stay bytes."""

    graph_chars: tuple[str, ...] | None = None
    graph_times: msgspec.Raw = _NONE
    phon_chars: tuple[str, ...] | None = None
    phon_times: msgspec.Raw = _NONE


class _Wire(_Stamps):
    """Every key this file knows, all of them optional."""

    id: str | None = None
    uuid: str | None = None
    project_id: str | None = None
    url: str | None = None
    audio_src: str | None = None
    link: str | None = None
    issues: tuple[str, ...] | None = None
    duration: float | None = None
    sample_rate: float | None = None
    audio_timestamps: _Stamps | None = None
    timestamps: _Stamps | None = None
    item: msgspec.Raw = _NONE
    clips: msgspec.Raw = _NONE


_WIRE: Final = msgspec.json.Decoder(_Wire)


def read_callback(source: bytes | bytearray | str | dict[str, Any] | os.PathLike[str]) -> ClipCallback:
    """Read a callback, or anything else that carries a clip's times.

    Parameters
    ----------
    source
        JSON as bytes or text, a decoded dict, or the path of a file. Text that begins with `{` is JSON.

    Returns
    -------
    ClipCallback

    Raises
    ------
    CallbackError
        It is no JSON object, or a field has the wrong type; `path` names it.
    OSError
        The file cannot be read.

    Examples
    --------
    >>> callback = read_callback('{"id": "cecad6f9", "url": "https://…/a.wav", "issues": []}')
    >>> callback.id, callback.has_timestamps
    ('cecad6f9', False)
    >>> read_callback('{"id": "a", "audio_timestamps": {"graph_chars": ["a"], "graph_times": [[0, "1"]]}}')
    Traceback (most recent call last):
    clipaudio.errors.CallbackError: $.audio_timestamps.graph_times[0][1] is a string ('1'); expected a number
    """
    raw = to_bytes(source)
    try:
        text = strip_mark(raw)
        if not text.isascii():
            text.decode("utf-8")  # msgspec passes over bytes that are no text in what it does not read
        wire = _WIRE.decode(text)
        if wire.item or wire.clips:
            return ClipCallback(raw=raw, **read_fields(raw))
        stamps = wire.audio_timestamps or wire.timestamps or (wire if wire.graph_chars is not None else None)
        levels = {} if stamps is None else _fast_levels(stamps)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, NotTidyError):
        return ClipCallback(raw=raw, **read_fields(raw))
    return ClipCallback(
        id=wire.id or wire.uuid,
        project_id=wire.project_id,
        url=wire.url or wire.audio_src or wire.link,
        issues=wire.issues or (),
        duration=above_zero(wire.duration),
        sample_rate=above_zero(wire.sample_rate),
        raw=raw,
        found=dict.fromkeys(levels, ()),
        _levels=levels,
    )


def _fast_levels(stamps: _Stamps) -> dict[str, PayloadLevel]:
    """Take both levels of tidy arrays, or leave for the slow road."""
    if stamps.graph_chars is None and stamps.phon_chars is None and _is_absent(stamps.graph_times, stamps.phon_times):
        return {}
    return {
        "graphemes": read_level(stamps.graph_chars or (), stamps.graph_times),
        "phones": read_level(stamps.phon_chars or (), stamps.phon_times),
    }


def _is_absent(*arrays: msgspec.Raw) -> bool:
    """Tell whether all of *arrays* are null or not there."""
    return all(bytes(array) in {b"", b"null"} for array in arrays)
