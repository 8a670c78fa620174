"""What became of one kind of output of one clip: a line of the ledger, and what workers give back.

Conventions
-----------
A line is one JSON object and ends with a line feed. A key is (id, kind, options): the same clip in another kind, or
made with other options, is other work. Bytes are counted, durations are seconds.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Failure", "Key", "Result", "Status", "decode_line", "encode_line", "options_hash"]

Status = Literal["ok", "error", "lost", "crashed"]
"""Only "ok" is done; "error" failed with a reason, "lost" went down with a worker, "crashed" took one down twice."""


class Key(NamedTuple):
    """What is done once: *kind* of output for the clip *id*, with options of that hash."""

    id: str
    kind: str
    options: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why something failed.

    Attributes
    ----------
    stage
        Where: "read", "fetch", "export", "convert", "store", ….
    type
        The name of the exception.
    message
        What it said, without keys and signatures of urls.
    """

    stage: str
    type: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one kind of output of one clip.

    Attributes
    ----------
    id, kind, options
        The clip's id, what was made of it ("srt", "audio", "wav-16000-PCM_16", …), and the hash of the options that
        change its bytes, as `options_hash` gives it.
    status
        "ok", "error", "lost" or "crashed".
    output
        The path of what was written, relative to the place of outputs, with forward slashes; None where nothing was.
    bytes, sha256
        Size and digest of what was written.
    duration
        Seconds the output lasts, where that was measured.
    error
        Why it failed; None where it did not.
    notes
        What was changed or left out to write it.
    attempt
        Counts from 1: how often it was tried, with this one.

    Examples
    --------
    >>> result = Result(id="cecad6f9", kind="srt", status="ok", output="cecad6f9.srt", bytes=61)
    >>> result.key
    Key(id='cecad6f9', kind='srt', options='')
    >>> decode_line(encode_line(result)) == result
    True
    """

    id: str
    kind: str
    options: str = ""
    status: Status
    output: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    duration: float | None = None
    error: Failure | None = None
    notes: tuple[str, ...] = ()
    attempt: int = 1

    @property
    def key(self) -> Key:
        """What was worked on."""
        return Key(self.id, self.kind, self.options)

    @property
    def is_ok(self) -> bool:
        """Whether it is done; everything else is tried again."""
        return self.status == "ok"


_DECODER: Final = msgspec.json.Decoder(Result)
_ENCODER: Final = msgspec.json.Encoder()


def options_hash(options: Mapping[str, object]) -> str:
    """Give 16 hexadecimal digits for *options*, the same whatever their order.

    Raises
    ------
    TypeError
        A value is not one JSON has; a path or an object of one's own would not be the same on another machine.

    Examples
    --------
    >>> options_hash({"profile": "bbc", "fps": 25}) == options_hash({"fps": 25, "profile": "bbc"})
    True
    >>> len(options_hash({}))
    16
    """
    text = json.dumps(options, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode("ascii"), digest_size=8).hexdigest()


def encode_line(result: Result) -> bytes:
    """Give *result* as a line of a ledger."""
    try:
        return _ENCODER.encode(result) + b"\n"
    except UnicodeEncodeError:  # half of a character, as in the path of a file whose name is no text
        return json.dumps(asdict(result), separators=(",", ":")).encode("ascii") + b"\n"


def decode_line(line: bytes) -> Result | None:
    """Read a line of a ledger; None where it is no whole row."""
    try:
        return _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    try:
        return msgspec.convert(json.loads(line), Result)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
