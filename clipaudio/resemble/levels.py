"""Time arrays of a callback wait as JSON until somebody asks for them; they are checked before.

Conventions
-----------
A receiver reads thousands of callbacks and no time of any. So `read_level` proves that an array is well-formed, which
needs none of its numbers, and `PayloadLevel.timeline` makes the numbers on first use, when nothing can fail any more.
The JSON was decoded as a `msgspec.Raw`, so its syntax is known to be right.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from clipaudio.timing.timeline import Times

__all__ = ["NotTidyError", "PayloadLevel", "read_level"]

_FLAT: Final = msgspec.json.Decoder(list[float])
_BLOCK: Final = 150  # bytes


class NotTidyError(Exception):
    """The array is not just one pair of numbers a label. It is told to the fast road, and never leaves it."""


class PayloadLevel:
    """Labels, and the JSON of their times.

    Examples
    --------
    >>> level = read_level(("H", "i"), b"[[0, 0.1], [0.1, 0.25]]")
    >>> len(level), level.timeline
    (2, <Timeline: 2 labels 'Hi', ends at 0.250 s>)
    """

    def __init__(self, labels: tuple[str, ...], times: bytes | msgspec.Raw) -> None:
        self._labels = labels
        self._times = times

    def __len__(self) -> int:
        return len(self._labels)

    @functools.cached_property
    def timeline(self) -> Timeline:
        """The labels with their times; the same object each time."""
        return Timeline(self._labels, _numbers(bytes(self._times)))


def read_level(labels: tuple[str, ...], times: bytes | msgspec.Raw) -> PayloadLevel:
    """Check that *times* are `[[a,b],[c,d],…]`, one pair a label, or null or nothing for no label.

    Raises
    ------
    NotTidyError
        They are something else.
    msgspec.ValidationError
        A number is beyond all floats.
    """
    raw = bytes(times)
    if _count(raw) != len(labels):
        raise NotTidyError
    level = PayloadLevel(labels, times)
    if _may_overflow(raw):
        level.timeline  # noqa: B018 - now or never: an error on first use would come too late
    return level


def _count(raw: bytes) -> int:
    """Count the pairs of an array whose brackets are just theirs."""
    if raw in {b"", b"null"} or raw.translate(None, b" \t\r\n") == b"[]":
        return 0
    brackets = raw.translate(None, b" \t\r\n0123456789.eE+-")
    count = len(brackets) // 4
    if brackets != b"[" + b"[,]," * (count - 1) + b"[,]]":
        raise NotTidyError
    return count


def _may_overflow(raw: bytes) -> bool:
    """Tell whether a number has an exponent, or so many digits that it may be beyond all floats."""
    if b"e" in raw or b"E" in raw:
        return True
    blocks = len(raw) // _BLOCK
    if blocks == 0:
        return False
    commas = np.frombuffer(raw, np.uint8, blocks * _BLOCK) == ord(",")
    return not commas.reshape(blocks, _BLOCK).any(axis=1).all()  # a number with 309 digits would fill one of them


def _numbers(raw: bytes) -> Times:
    """Decode all numbers as one flat list."""
    if raw in {b"", b"null"}:
        return np.empty((0, 2))
    flat = _FLAT.decode(b"[" + raw.translate(None, b"[]") + b"]")
    pairs = np.fromiter(flat, np.float64, len(flat)).reshape(-1, 2)
    pairs.flags.writeable = False
    return pairs
