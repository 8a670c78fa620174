r"""Convert cues to and from pysubs2, for formats that are not supported here.

pysubs2 stores text like ASS: line ends are `\N`, and braces hold overrides. Text is converted accordingly, with braces
in full width (see `escaping.widen_braces`); styles and overrides of a file are dropped.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clipaudio.captions.cue import Cue
from clipaudio.captions.escaping import escape, narrow_braces, unescape, widen_braces
from clipaudio.captions.sanitize import prepare
from clipaudio.captions.timestamp import round_to_units
from clipaudio.extras import import_extra

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pysubs2 import SSAFile

__all__ = ["from_pysubs2", "read_dialogue", "to_pysubs2"]

# only libass reads `\{` as a brace; both leave a brace alone that begins no override
_OVERRIDE = re.compile(r"(?<!\\)\{[^{}]*\}")


def to_pysubs2(cues: Iterable[Cue]) -> SSAFile:
    r"""Return *cues* as a file of pysubs2, which saves it in any of its formats.

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
    pysubs2 = import_extra("pysubs2", extra="subtitles", purpose="this")
    kept = prepare(cues, words=False).cues
    file: SSAFile = pysubs2.SSAFile()
    for cue, (start, end) in zip(kept, round_to_units(kept, 1000), strict=True):
        text = _escape("\n".join(cue.lines))
        file.append(pysubs2.SSAEvent(start=start, end=end, text=text, name=cue.speaker or ""))
    return file


def from_pysubs2(file: SSAFile) -> tuple[Cue, ...]:
    r"""Return the cues of a file of pysubs2, in its order, without comments, drawings and empty text.

    Examples
    --------
    >>> from_pysubs2(to_pysubs2([Cue(0.5, 2.0, (r"C:\New {x}", "there"))]))
    (Cue(start=0.5, end=2.0, lines=('C:\\New {x}', 'there'), words=(), speaker=None),)
    """
    cues = []
    for event in file:
        if event.is_comment or event.is_drawing:
            continue
        lines = read_dialogue(event.text)
        if lines:
            cues.append(Cue(event.start / 1000, event.end / 1000, lines, speaker=event.name or None))
    return tuple(cues)


def read_dialogue(text: str) -> tuple[str, ...]:
    r"""Return the lines of the text of a dialogue, without overrides and empty lines.

    Examples
    --------
    >>> read_dialogue(r"{\i1}Hello{\i0}\Nthere")
    ('Hello', 'there')
    """
    text = _OVERRIDE.sub("", text).replace(r"\N", "\n").replace(r"\n", "\n").replace(r"\h", " ")
    lines = [line.strip(" \t") for line in text.split("\n")]
    return tuple([_unescape(line) for line in lines if line and not line.isspace()])


def _escape(text: str) -> str:
    return widen_braces(escape(text, "ass")).replace("\n", r"\N")


def _unescape(line: str) -> str:
    return unescape(narrow_braces(line.replace(r"\{", "{").replace(r"\}", "}")), "ass")
