"""Cues into WebVTT text (.vtt).

`&`, `<` and `>` are always written as character references
(https://www.w3.org/TR/webvtt1/#webvtt-cue-text-span): a bare `>` is dropped by some readers, and without one
no `-->` can appear in a text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipaudio.captions.plain import plain_lines
from clipaudio.captions.timestamp import cue_timestamps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipaudio.captions.cue import Cue

__all__ = ["dumps"]


def dumps(cues: Iterable[Cue]) -> str:
    r"""Give *cues* as WebVTT text; a cue without text is left out, no cues give the header alone.

    Raises
    ------
    ExportError
        A cue has a time that is negative or not finite, or ends before it starts.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue
    >>> dumps([Cue(0.5, 2.0, ("AT&T",))])
    'WEBVTT\n\n00:00:00.500 --> 00:00:02.000\nAT&amp;T\n\n'
    """
    kept = list(cues)
    blocks = ["WEBVTT\n\n"]
    for cue, (start, end) in zip(kept, cue_timestamps(kept, separator="."), strict=True):
        lines = plain_lines(cue.lines)
        if lines:
            blocks.append(f"{start} --> {end}\n{_escape(chr(10).join(lines))}\n\n")
    return "".join(blocks)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
