"""The JSON of a callback as msgspec structs: the one list of the payload's keys.

Conventions
-----------
Every field may be absent. Labels are decoded; times stay JSON (`msgspec.Raw`) until they are needed, see
`clipaudio.resemble.levels`. All other keys are ignored here and kept in `ClipCallback.extra`.
"""

from __future__ import annotations

from typing import Final

import msgspec

__all__ = [
    "ARRAY_KEYS",
    "CALLBACK_KEYS",
    "CLIP_KEYS",
    "NO_JSON",
    "CallbackPayload",
    "ClipPayload",
    "TimeArrays",
    "decode_payload",
    "is_absent",
]

NO_JSON: Final = msgspec.Raw(b"")
"""The value of an absent field."""


class TimeArrays(msgspec.Struct):
    """Labels and times of graphemes and phones."""

    graph_chars: tuple[str, ...] | None = None
    graph_times: msgspec.Raw = NO_JSON
    phon_chars: tuple[str, ...] | None = None
    phon_times: msgspec.Raw = NO_JSON

    @property
    def is_empty(self) -> bool:
        """Whether all arrays are null or absent."""
        has_labels = self.graph_chars is not None or self.phon_chars is not None
        return not has_labels and is_absent(self.graph_times) and is_absent(self.phon_times)


class ClipPayload(TimeArrays):
    """One clip, under the keys of any version of the service; a bare object of time arrays is one too."""

    id: str | None = None
    uuid: str | None = None
    project_id: str | None = None
    url: str | None = None
    audio_src: str | None = None
    link: str | None = None
    issues: tuple[str, ...] | None = None
    duration: float | None = None
    sample_rate: float | None = None
    audio_timestamps: TimeArrays | None = None
    timestamps: TimeArrays | None = None
    speaker_turns: msgspec.Raw = NO_JSON

    @property
    def clip_id(self) -> str | None:
        """The id, under either key."""
        return self.id or self.uuid or None

    @property
    def audio_url(self) -> str | None:
        """The url of the audio, under any of its keys."""
        return self.url or self.audio_src or self.link or None

    @property
    def turns(self) -> tuple[tuple[str | None, int], ...]:
        """The speaker and the number of graphemes of each turn, in a callback that clipaudio wrote; else empty."""
        try:
            return _TURNS.decode(self.speaker_turns) if bytes(self.speaker_turns) else ()
        except msgspec.MsgspecError:  # a key of the same name that means something else
            return ()

    @property
    def arrays(self) -> tuple[TimeArrays, str] | None:
        """The time arrays with the key that holds them ("" for bare arrays), None without any."""
        if self.audio_timestamps is not None:
            return self.audio_timestamps, "audio_timestamps"
        if self.timestamps is not None:
            return self.timestamps, "timestamps"
        return None if self.graph_chars is None else (self, "")


class CallbackPayload(ClipPayload):
    """A clip, or the answer that holds one as `item`."""

    item: ClipPayload | None = None
    clips: msgspec.Raw = NO_JSON

    @property
    def clip(self) -> ClipPayload:
        """The clip itself."""
        return self if self.item is None else self.item

    @property
    def project(self) -> str | None:
        """The project of the clip, as the answer or the item names it."""
        return self.project_id or self.clip.project_id


ARRAY_KEYS: Final = TimeArrays.__struct_fields__
CLIP_KEYS: Final = frozenset(CallbackPayload.__struct_fields__) - {"clips"}
"""Keys that are understood; all others are extra."""
CALLBACK_KEYS: Final = frozenset("url audio_src link audio_timestamps timestamps graph_chars item".split())
"""Keys of which a callback has at least one; JSON of another kind has none of them."""

_TURNS: Final = msgspec.json.Decoder(tuple[tuple[str | None, int], ...])
_DECODER: Final = msgspec.json.Decoder(CallbackPayload)


def decode_payload(text: bytes) -> CallbackPayload:
    """Decode a payload whose JSON and types are as documented.

    Raises
    ------
    msgspec.MsgspecError, UnicodeDecodeError, RecursionError
        They are not.

    Examples
    --------
    >>> decode_payload(b'{"uuid": "cecad6f9", "audio_src": "clip.wav"}').clip_id
    'cecad6f9'
    """
    if not text.isascii():
        text.decode("utf-8")  # msgspec skips the bytes of fields it does not decode
    return _DECODER.decode(text)


def is_absent(json: msgspec.Raw) -> bool:
    """Return True if a field is null or not there."""
    return bytes(json) in {b"", b"null"}
