"""Captions that people made, as text with times and the places where they broke it.

Conventions
-----------
A set is a folder of SubRip and WebVTT files in one language. A place is the number of letters before it, without white
space. A word has the share of the time of its cue that its letters are of the letters of the cue. A gap between two
cues that is shorter than `LEAST_PAUSE` is the captioner's: the earlier cue ends where the later one starts, so that no
gap tells where a cue ended.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.captions.formats import srt, webvtt
from clipaudio.captions.profiles import change_profile, find_profile
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.captions.cue import Cue
    from clipaudio.captions.profiles import Profile

LEAST_PAUSE: Final = 0.5  # seconds
_READERS: Final = {".srt": srt.loads, ".vtt": webvtt.loads}
_NOT_SAID: Final = re.compile(r"\[[^\]]*\]|\([^)]*\)|[♪♫]+|^\s*(?:-|–|—|>>+|<<+)\s*(?=\S)", re.MULTILINE)
_SAME: Final = 200  # letters of two files that tell that they caption the same talk


@dataclass(frozen=True)
class CaptionedTalk:
    """A file of captions.

    Attributes
    ----------
    name
        Name of the file.
    spoken
        The text in one line, a character a row, with the time of each.
    cues, lines
        Places at which a cue ends, and those at which a line breaks inside a cue.
    widths
        Columns of each line of a cue with several; of each line if no cue has several.
    """

    name: str
    spoken: Timeline
    cues: frozenset[int]
    lines: frozenset[int]
    widths: tuple[int, ...]


def read_set(folder: str | Path) -> list[CaptionedTalk]:
    """Read the files of a folder in the order of their names; of two that begin alike the first is read."""
    talks: dict[str, CaptionedTalk] = {}
    for path in sorted(Path(folder).iterdir()):
        read = _READERS.get(path.suffix.lower())
        if read is None:
            continue
        talk = read_talk(path.name, read(path.read_text("utf-8-sig", "replace"), problems=[]))
        if talk is not None:
            talks.setdefault("".join(talk.spoken.text.split())[:_SAME], talk)
    return list(talks.values())


def read_talk(name: str, captions: Sequence[Cue]) -> CaptionedTalk | None:
    """Lay the words of captions end to end; None without words."""
    said = [(cue, [line for line in map(_spoken, cue.lines) if line]) for cue in captions]
    said = [(cue, lines) for cue, lines in said if lines]
    text: list[str] = []
    times: list[np.ndarray] = []
    cues, breaks, letters = set(), set(), 0
    for number, (cue, lines) in enumerate(said):
        stop = said[number + 1][0].start if number + 1 < len(said) else cue.end
        end = stop if 0 <= stop - cue.end < LEAST_PAUSE or stop < cue.end else cue.end
        shown = " ".join(lines)
        for line in lines:
            letters += len("".join(line.split()))
            breaks.add(letters)
        breaks.discard(letters)
        cues.add(letters)
        edges = np.linspace(cue.start, max(end, cue.start), len(shown) + 1)
        text += [*shown, " "]
        times += [np.column_stack((edges[:-1], edges[1:])), edges[-1:].repeat(2)[None]]
    if not text:
        return None
    cues.discard(letters)
    several = [lines for _, lines in said if len(lines) > 1] or [lines for _, lines in said]
    widths = tuple(len(line) for lines in several for line in lines)
    spoken = Timeline("".join(text[:-1]), np.concatenate(times)[:-1])
    return CaptionedTalk(name, spoken, frozenset(cues), frozenset(breaks), widths)


def limits_of(talks: Sequence[CaptionedTalk]) -> Profile:
    """Return Netflix's profile with the lines of a set: so wide that all but 2 % of its lines fit, and so many."""
    widths = sorted(width for talk in talks for width in talk.widths)
    shared = sum(len(talk.lines) for talk in talks) / max(sum(len(talk.cues) for talk in talks), 1)
    widest = max(widths[int(0.98 * (len(widths) - 1))], 16)
    return change_profile(find_profile("netflix"), {"max_chars": widest, "max_lines": 2 if shared > 0.05 else 1})


def split_set(talks: Sequence[CaptionedTalk]) -> tuple[list[CaptionedTalk], list[CaptionedTalk]]:
    """Return every other file for tuning, and the rest for judging."""
    return list(talks[::2]), list(talks[1::2])


def _spoken(line: str) -> str:
    return " ".join(_NOT_SAID.sub(" ", line).split())
