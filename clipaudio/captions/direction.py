"""Isolate lines that mix writing directions, so that players keep their order.

A player takes the direction of a line from its first strong letter (https://www.w3.org/TR/webvtt1/#cue-text-rendering),
which is wrong for an Arabic sentence that begins with a Latin name. Isolates set the direction of the cue, which is
that of most of its letters. Text stays in logical order. A line that opens or closes a mark of direction of another
line keeps its own marks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from unicodedata import bidirectional

from clipaudio.text import find_direction_edits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.captions.cue import Cue

__all__ = ["isolate_mixed"]

_LEFT_TO_RIGHT, _RIGHT_TO_LEFT, _POP = "\u2066", "\u2067", "\u2069"
_ISOLATES = (_LEFT_TO_RIGHT, _RIGHT_TO_LEFT)


def isolate_mixed(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    r"""Wrap each line of mixed directions in isolates with the direction of its cue, and move its words.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue
    >>> [cue.text for cue in isolate_mixed([Cue(0, 1, ("API هذه واجهة",)), Cue(1, 2, ("Plain",))])]
    ['\u2067API هذه واجهة\u2069', 'Plain']
    """
    return tuple(cue if cue.text.isascii() else _isolate(cue) for cue in cues)


def _isolate(cue: Cue) -> Cue:
    counts = [_count(line) for line in cue.lines]
    mixed = [
        left > 0 and right > 0 and not line.startswith(_ISOLATES) and not find_direction_edits(line)
        for line, (left, right) in zip(cue.lines, counts, strict=True)
    ]
    if not any(mixed):
        return cue
    rightward = sum(right for _, right in counts) > sum(left for left, _ in counts)
    mark = _RIGHT_TO_LEFT if rightward else _LEFT_TO_RIGHT
    lines = tuple(f"{mark}{line}{_POP}" if mix else line for line, mix in zip(cue.lines, mixed, strict=True))
    words = tuple(
        word._replace(first=word.first + 1, stop=word.stop + 1) if mixed[word.line] else word for word in cue.words
    )
    return replace(cue, lines=lines, words=words)


def _count(line: str) -> tuple[int, int]:
    """Count the letters written left to right, and those written right to left."""
    kinds = [bidirectional(character) for character in line]
    return kinds.count("L"), kinds.count("R") + kinds.count("AL")
