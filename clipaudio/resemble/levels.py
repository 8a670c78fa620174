"""Labels and times of a payload into levels: graphemes and phones, whose numbers are made when they are needed.

Conventions
-----------
A receiver reads thousands of callbacks and the times of none. So a tidy array, one pair of numbers a label, is checked
without decoding its numbers, and `PayloadLevel.timeline` decodes them on first use, when nothing can fail any more. All
other arrays are decoded at once: records, unequal lengths, NaN, null.
"""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from clipaudio.errors import CallbackError, TimelineError
from clipaudio.resemble.payload_models import ARRAY_KEYS, is_absent
from clipaudio.text import join_surrogates
from clipaudio.timing.intervals import as_times
from clipaudio.timing.repair import pair_up
from clipaudio.timing.repair_report import Finding
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from clipaudio.resemble.payload_models import TimeArrays
    from clipaudio.timing.timeline import Times

    Findings = tuple[Finding, ...]

__all__ = ["NotTidyError", "PayloadLevel", "read_level", "read_levels"]

_FLAT: Final = msgspec.json.Decoder(list[float])
_BLOCK: Final = 150  # bytes
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class NotTidyError(Exception):
    """The array is not just one pair of numbers a label. This error never leaves this file."""


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
        return Timeline(self._labels, _decode_numbers(bytes(self._times)))


def read_levels(arrays: TimeArrays, path: str) -> tuple[dict[str, Timeline | PayloadLevel], dict[str, Findings]]:
    """Read both levels, with what had to be changed to read them; none if *arrays* is empty.

    Raises
    ------
    CallbackError
        A value is neither a time nor null, or graphemes have no times.
    """
    levels: dict[str, Timeline | PayloadLevel] = {}
    findings: dict[str, Findings] = {}
    if arrays.is_empty:
        return levels, findings
    for name, labels, times, key in (
        ("graphemes", arrays.graph_chars, arrays.graph_times, ARRAY_KEYS[1]),
        ("phones", arrays.phon_chars, arrays.phon_times, ARRAY_KEYS[3]),
    ):
        try:
            levels[name], findings[name] = read_level(labels or (), times), ()
        except (NotTidyError, msgspec.MsgspecError):
            if is_absent(times):  # labels without any times are no level
                if name == "graphemes":
                    message = f"{path}.{key} is missing; expected a list of [start, end] pairs"
                    raise CallbackError(message, path=path) from None
                levels[name], findings[name] = Timeline((), np.empty((0, 2))), ()
                continue
            levels[name], findings[name] = _pair(labels or (), times, f"{path}.{key}")
    return levels, findings


def read_level(labels: tuple[str, ...], times: bytes | msgspec.Raw) -> PayloadLevel:
    """Check that *times* are `[[a,b],[c,d],…]`, one pair a label, or null or absent for no label.

    Raises
    ------
    NotTidyError
        They are something else.
    msgspec.ValidationError
        A number is beyond all floats.
    """
    raw = bytes(times)
    if _count_pairs(raw) != len(labels):
        raise NotTidyError
    try:
        "".join(labels).encode("utf-8")
    except UnicodeEncodeError:  # a surrogate
        raise NotTidyError from None
    level = PayloadLevel(labels, times)
    if _may_overflow(raw):
        level.timeline  # noqa: B018 - an error on first use would come too late
    return level


def _pair(labels: tuple[str, ...], times: msgspec.Raw, path: str) -> tuple[Timeline, Findings]:
    """Read times of any known form and give each label one."""
    try:
        pairs = as_times(_decode_any(times, path), path=path)
    except TimelineError as error:
        raise CallbackError(str(error), path=getattr(error, "path", path)) from error
    whole, joined = _join_labels(labels)
    timeline, unpaired = pair_up(whole, pairs)
    return timeline, (*joined, *unpaired)


def _decode_any(times: msgspec.Raw, path: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return None if is_absent(times) else json.loads(bytes(times))
    except RecursionError:
        raise CallbackError("the JSON is nested too deeply for a callback", path=path) from None
    except ValueError as error:  # a number of thousands of digits
        raise CallbackError(f"{path} is not valid JSON: {error}", path=path) from error


def _join_labels(labels: tuple[str, ...]) -> tuple[tuple[str, ...], Findings]:
    """Join surrogates that a service of 16-bit strings sent as two labels; the second label becomes empty."""
    halves = [row for row, label in enumerate(labels) if _SURROGATE.search(label)]
    if not halves:
        return labels, ()
    joined = list(labels)
    for row in halves:
        if row + 1 < len(joined) and re.search("[\ud800-\udbff]$", joined[row]) and joined[row + 1][:1] >= "\udc00":
            joined[row], joined[row + 1] = joined[row] + joined[row + 1][:1], joined[row + 1][1:]
        joined[row] = join_surrogates(joined[row])
    finding = Finding("surrogate", np.array(halves, np.intp), f"first: {halves[0]} {labels[halves[0]]!r}")
    return tuple(joined), (finding,)


def _count_pairs(raw: bytes) -> int:
    """Count the pairs of an array that has no other brackets than theirs."""
    if raw in {b"", b"null"} or raw.translate(None, b" \t\r\n") == b"[]":
        return 0
    brackets = raw.translate(None, b" \t\r\n0123456789.eE+-")
    count = len(brackets) // 4
    if brackets != b"[" + b"[,]," * (count - 1) + b"[,]]":
        raise NotTidyError
    return count


def _may_overflow(raw: bytes) -> bool:
    """Return True if a number has an exponent, or so many digits that it may be beyond all floats."""
    if b"e" in raw or b"E" in raw:
        return True
    blocks = len(raw) // _BLOCK
    if blocks == 0:
        return False
    commas = np.frombuffer(raw, np.uint8, blocks * _BLOCK) == ord(",")
    return not commas.reshape(blocks, _BLOCK).any(axis=1).all()  # a number of 309 digits would fill a block


def _decode_numbers(raw: bytes) -> Times:
    """Decode all numbers as one flat list."""
    if raw in {b"", b"null"}:
        return np.empty((0, 2))
    flat = _FLAT.decode(b"[" + raw.translate(None, b"[]") + b"]")
    pairs = np.fromiter(flat, np.float64, len(flat)).reshape(-1, 2)
    pairs.flags.writeable = False
    return pairs
