"""The result of one output of one clip: what workers return, and a line of the ledger.

Conventions
-----------
A line is one JSON object and ends with a line feed. A key is (id, kind, options): another kind of the same clip, or the
same kind with other options, is another output. Durations are seconds.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal, NamedTuple, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Failure", "Key", "Result", "Status", "Whole", "decode_line", "encodable", "encode_line", "options_hash"]

Whole: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]
"""A number that fits the index of a ledger; a line with a larger one is torn."""

Status = Literal["ok", "error", "lost", "crashed"]
"""Only "ok" is done; "error" failed with a reason, "lost" died with a worker, "crashed" killed a worker twice."""


class Key(NamedTuple):
    """Identify an output: *kind* of the clip *id*, made with options of that hash."""

    id: str
    kind: str
    options: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an output failed.

    Attributes
    ----------
    stage
        The failed stage: "read", "fetch", "export", "convert", "store", ….
    type
        The name of the exception.
    message
        Its message, without keys and url signatures.
    """

    stage: str
    type: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of one output of one clip.

    Attributes
    ----------
    id, kind, options
        The id of the clip, the kind of output ("srt", "audio", "wav-16000-PCM_16", …), and the `options_hash` of the
        options that change its bytes.
    status
        "ok", "error", "lost" or "crashed".
    output
        The path of the output, relative to the output store, with forward slashes; None if nothing was written.
    bytes, sha256
        Size and digest of the output.
    duration
        Length of the output in seconds, if measured.
    fit
        How well the times of the clip fit its sound, 0 to 100, if measured.
    error
        Why it failed; None if it did not.
    notes
        What was changed or left out to write the output.
    attempt
        The number of this attempt, from 1.

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
    bytes: Whole | None = None
    sha256: str | None = None
    duration: float | None = None
    fit: float | None = None
    error: Failure | None = None
    notes: tuple[str, ...] = ()
    attempt: Whole = 1

    @property
    def key(self) -> Key:
        """The key of the output."""
        return Key(self.id, self.kind, self.options)

    @property
    def is_ok(self) -> bool:
        """Whether the output is done; others are tried again."""
        return self.status == "ok"


_DECODER: Final = msgspec.json.Decoder(Result)
_ENCODER: Final = msgspec.json.Encoder()


def options_hash(options: Mapping[str, object]) -> str:
    """Return 16 hexadecimal digits for *options*, independent of their order.

    Raises
    ------
    TypeError
        A value has no JSON form; a path or an object would differ on another machine.

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
    """Return *result* as a line of a ledger."""
    try:
        return _ENCODER.encode(result) + b"\n"
    except UnicodeEncodeError:  # a lone surrogate, as in a file name that is no text
        return json.dumps(asdict(result), separators=(",", ":")).encode("ascii") + b"\n"


def encodable(result: Result) -> Result:
    """Return *result*, or a failure of the same output if a value of it has no JSON form.

    Examples
    --------
    >>> encodable(Result(id="cecad6f9", kind="srt", status="ok", duration=1j)).error.type
    'TypeError'
    """
    try:
        encode_line(result)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        message = f"the result has a value that no ledger can hold: {error}"
        failure = Failure(stage="record", type=type(error).__name__, message=message)
        return Result(
            id=result.id, kind=result.kind, options=result.options, status="error", error=failure,
            attempt=result.attempt,
        )  # fmt: skip
    return result


def decode_line(line: bytes) -> Result | None:
    """Read a line of a ledger; None if it is torn."""
    try:
        return _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    try:
        return msgspec.convert(json.loads(line), Result)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
