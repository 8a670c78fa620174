"""Read callback JSON into a checked `ClipCallback`, without loss.

The shape is told by the keys: the callback of an update (`id`, `url`, `audio_timestamps`); the answer of GET clip or
its `item` (`uuid`, `audio_src`, `timestamps`); one clip of a batch callback; the answer of direct synthesis
(`audio_timestamps`, `duration`); a bare object of time arrays (`graph_chars`, `graph_times`, …). Phone arrays are often
absent or empty. The original bytes are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.errors import TimestampsMissingError
from clipaudio.resemble.levels import read_levels
from clipaudio.resemble.payload import decode, read_payload, to_bytes
from clipaudio.resemble.payload_models import CLIP_KEYS
from clipaudio.timing.intervals import LONGEST
from clipaudio.timing.repair_report import Finding
from clipaudio.timing.speech_times import SpeechTimes
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from clipaudio.resemble.levels import PayloadLevel

__all__ = ["ClipCallback", "read_callback"]

_BOUNDS: Final = {"duration": (1e-6, LONGEST), "sample_rate": (1.0, 1e7)}
"""What audio can have: seconds, and samples per second."""


@dataclass(frozen=True, eq=False)
class ClipCallback:
    """A finished clip as the service describes it.

    Attributes
    ----------
    id, project_id, url
        As sent; None if absent. `url` is that of the audio and expires within the hour.
    issues
        Warnings of the service, often empty.
    duration
        Seconds; None in a plain callback, and if no audio lasts so long.
    sample_rate
        Samples a second; None if absent, and if no audio has so many or so few.
    raw
        The JSON as received.
    found
        What was changed while reading, by level ("graphemes", "phones"); `repair` reports it.
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
    _turns: tuple[tuple[str | None, int], ...] = field(default=(), repr=False)

    @property
    def has_timestamps(self) -> bool:
        """Whether graphemes came with times."""
        return "graphemes" in self._levels

    @property
    def has_phones(self) -> bool:
        """Whether phones came with times; newer voices send none."""
        return self.has_timestamps and len(self._levels["phones"]) > 0

    @property
    def graphemes(self) -> Timeline:
        """Graphemes with their times as received, before repair.

        Raises
        ------
        TimestampsMissingError
            The clip came without times.
        """
        return self._level("graphemes")

    @property
    def phones(self) -> Timeline:
        """Phones with their times as received, before repair; empty if the voice has none.

        Raises
        ------
        TimestampsMissingError
            The clip came without times.
        """
        return self._level("phones")

    @property
    def speakers(self) -> tuple[str | None, ...]:
        """The speaker of each grapheme, in a callback that clipaudio wrote of several; empty if none is known."""
        named = sum(count for _, count in self._turns if count > 0)
        if not self._turns or named != len(self.graphemes):
            return ()
        return tuple(speaker for speaker, count in self._turns for _ in range(count))

    @property
    def speech_times(self) -> SpeechTimes:
        """The times of the clip as `clipaudio.align` takes them.

        Raises
        ------
        TimestampsMissingError
            The clip came without times.
        """
        return SpeechTimes(
            source="resemble",
            graphemes=self.graphemes,
            phones=self.phones,
            speakers=self.speakers,
            duration=self.duration,
            sample_rate=self.sample_rate,
            id=self.id,
            project_id=self.project_id,
            audio_url=self.url,
            issues=self.issues,
            unit="auto",
            found=self.found,
        )

    @property
    def extra(self) -> dict[str, Any]:
        """All other keys of the payload with their values."""
        payload = decode(self.raw)
        item = payload.get("item")
        everything = {**payload, **item} if isinstance(item, dict) else payload
        return {key: value for key, value in everything.items() if key not in CLIP_KEYS}

    def to_json(self) -> bytes:
        """Return the bytes that were read; for a dict its JSON."""
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


def read_callback(source: bytes | bytearray | str | dict[str, Any] | os.PathLike[str]) -> ClipCallback:
    """Read a callback, or any other payload with the times of a clip.

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
        The payload is no JSON object, or a field has the wrong type; `path` names it.
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
    payload = read_payload(raw)
    clip = payload.clip
    levels: dict[str, Timeline | PayloadLevel] = {}
    findings: dict[str, tuple[Finding, ...]] = {}
    if clip.arrays is not None:
        arrays, key = clip.arrays
        path = "$" if payload.item is None else "$.item"
        levels, findings = read_levels(arrays, f"{path}.{key}" if key else path)
    duration, too_long = _in_bounds("duration", clip.duration)
    sample_rate, too_fast = _in_bounds("sample_rate", clip.sample_rate)
    if levels and len(levels["graphemes"]):
        findings["graphemes"] = (*too_long, *too_fast, *findings["graphemes"])
    return ClipCallback(
        id=clip.clip_id,
        project_id=payload.project,
        url=clip.audio_url,
        issues=clip.issues or (),
        duration=duration,
        sample_rate=sample_rate,
        raw=raw,
        found=findings,
        _levels=levels,
        _turns=clip.turns,
    )


def _in_bounds(name: str, value: float | None) -> tuple[float | None, tuple[Finding, ...]]:
    """Return a number of the payload; None, with a finding unless it is absent or zero, if no audio has it."""
    least, most = _BOUNDS[name]
    if value is None or least <= value <= most:
        return value, ()
    return None, (Finding(f"payload_{name}", np.zeros(1, np.intp), f"{value:.4g}"),) if value else ()
