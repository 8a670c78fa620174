"""Cues into SubRip text (.srt).

SubRip has no escapes, so text that looks like the line of times has to look otherwise: the arrow `-->` is
written as →, and in a line that holds two times or more their colons become the ratio sign ∶. Markup-like
text such as <b> stays as it is; some players will take it for markup.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clipaudio.captions.plain import plain_lines
from clipaudio.captions.timestamp import cue_timestamps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipaudio.captions.cue import Cue

__all__ = ["dumps"]

_TIME = re.compile(r"\d+:\d{1,2}:\d{1,2}[.,]\d{1,3}")


def dumps(cues: Iterable[Cue]) -> str:
    r"""Give *cues* as SubRip text; a cue without text is left out, no cues give "".

    Raises
    ------
    ExportError
        A cue has a time that is negative or not finite, or ends before it starts.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue
    >>> dumps([Cue(0.5, 2.0, ("Hello there,", "General."))])
    '1\n00:00:00,500 --> 00:00:02,000\nHello there,\nGeneral.\n\n'
    """
    kept = list(cues)
    blocks: list[str] = []
    for cue, (start, end) in zip(kept, cue_timestamps(kept, separator=","), strict=True):
        lines = plain_lines(cue.lines)
        if lines:
            text = "\n".join(map(_disarm, lines))
            blocks.append(f"{len(blocks) + 1}\n{start} --> {end}\n{text}\n\n")
    return "".join(blocks)


def _disarm(line: str) -> str:
    """Make sure that no reader takes *line* for one of times."""
    line = line.replace("-->", "→")
    if len(_TIME.findall(line)) > 1:
        return _TIME.sub(lambda time: time[0].replace(":", "∶"), line)
    return line
