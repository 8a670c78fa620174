r"""Cues to and from pysubs2, for every format we do not write or read ourselves.

pysubs2 keeps its text as ASS does: line ends are `\N`, what stands in braces is an override. Text goes in and
comes out accordingly; styles and overrides of a file are left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clipaudio.captions.cue import Cue
from clipaudio.captions.escaping import escape, unescape
from clipaudio.captions.sanitize import prepare
from clipaudio.captions.timestamp import to_units
from clipaudio.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pysubs2 import SSAFile

__all__ = ["from_pysubs2", "to_pysubs2"]

# `\{` is how libass, not pysubs2, reads a brace; a brace at which no override begins is left alone by both
_OVERRIDE = re.compile(r"(?<!\\)\{[^{}]*\}")


def to_pysubs2(cues: Iterable[Cue]) -> SSAFile:
    r"""Give *cues* as a file of pysubs2, to be saved in any format it knows.

    Raises
    ------
    MissingExtraError
        pysubs2 is not installed.
    ExportError
        A time is not finite.

    Examples
    --------
    >>> to_pysubs2([Cue(0.5, 2.0, ("Hello", "there"), speaker="Ann")])[0].text
    'Hello\\Nthere'
    """
    try:
        from pysubs2 import SSAEvent, SSAFile  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError(
            "pysubs2 is needed to hand captions to it; install it with: pip install 'clipaudio[subtitles]'"
        ) from error
    kept = prepare(cues, words=False).cues
    file = SSAFile()
    for cue, (start, end) in zip(kept, to_units(kept, 1000), strict=True):
        text = _escape("\n".join(cue.lines))
        file.append(SSAEvent(start=start, end=end, text=text, name=cue.speaker or ""))
    return file


def from_pysubs2(file: SSAFile) -> tuple[Cue, ...]:
    r"""Give the cues of a file of pysubs2, in its order; comments, drawings and what has no text are left out.

    Examples
    --------
    >>> from_pysubs2(to_pysubs2([Cue(0.5, 2.0, (r"C:\New {x}", "there"))]))
    (Cue(start=0.5, end=2.0, lines=('C:\\New {x}', 'there'), words=(), speaker=None),)
    """
    cues = []
    for event in file:
        if event.is_comment or event.is_drawing:
            continue
        text = _OVERRIDE.sub("", event.text).replace(r"\N", "\n").replace(r"\n", "\n").replace(r"\h", " ")
        lines = [line.strip(" \t") for line in text.split("\n")]
        lines = [_unescape(line) for line in lines if line and not line.isspace()]
        if lines:
            cues.append(Cue(event.start / 1000, event.end / 1000, tuple(lines), speaker=event.name or None))
    return tuple(cues)


def _escape(text: str) -> str:
    return escape(text, "ass").replace("{", r"\{").replace("}", r"\}").replace("\n", r"\N")


def _unescape(line: str) -> str:
    return unescape(line.replace(r"\{", "{").replace(r"\}", "}"), "ass")
