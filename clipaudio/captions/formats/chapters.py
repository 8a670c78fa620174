"""Write chapters: WebVTT for players, ffmetadata for ffmpeg.

Chapters have no gaps: each ends where the next one starts. The syntax of ffmetadata is that of
https://ffmpeg.org/ffmpeg-formats.html#Metadata-2.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import webvtt
from clipaudio.captions.timestamp import to_milliseconds
from clipaudio.text import close_directions

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Chapter", "dumps", "dumps_ffmetadata", "make_chapters"]

_SPECIAL = re.compile(r"([=;#\\\n])")


class Chapter(NamedTuple):
    """A title from *start* to *end*, seconds."""

    title: str
    start: float
    end: float


def make_chapters(titles: Sequence[str], starts: Sequence[float], *, duration: float) -> tuple[Chapter, ...]:
    """Return chapters: each title lasts to the next one, the last to *duration*, seconds.

    Examples
    --------
    >>> make_chapters(["One", "Two"], [0.0, 3.5], duration=8.0)
    (Chapter(title='One', start=0.0, end=3.5), Chapter(title='Two', start=3.5, end=8.0))
    """
    edges = pairwise([*starts, max(duration, *starts)] if starts else [])
    return tuple(Chapter(title, a, b) for title, (a, b) in zip(titles, edges, strict=True))


def dumps(chapters: Sequence[Chapter]) -> str:
    r"""Return chapters as WebVTT text, for `<track kind="chapters">`.

    Examples
    --------
    >>> dumps([Chapter("Q & A", 0.0, 3.5)])
    'WEBVTT\n\n00:00:00.000 --> 00:00:03.500\nQ &amp; A\n\n'
    """
    return webvtt.dumps(Cue(start, end, (title,)) for title, start, end in chapters)


def dumps_ffmetadata(chapters: Sequence[Chapter]) -> str:
    r"""Return chapters as ffmetadata: `ffmpeg -i talk.wav -i talk.ffmetadata -map_chapters 1 talk.m4a`.

    Raises
    ------
    ExportError
        A time is negative or not finite.

    Examples
    --------
    >>> print(dumps_ffmetadata([Chapter("a=b", 0.0, 3.5)]))
    ;FFMETADATA1
    [CHAPTER]
    TIMEBASE=1/1000
    START=0
    END=3500
    title=a\=b
    <BLANKLINE>
    """
    blocks = [";FFMETADATA1\n"]
    for title, start, end in chapters:
        text = _SPECIAL.sub(r"\\\1", close_directions(" ".join(title.replace("\0", "").split())))
        first, last = to_milliseconds(start), to_milliseconds(end)
        blocks.append(f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={first}\nEND={last}\ntitle={text}\n")
    return "".join(blocks)
