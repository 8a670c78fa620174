"""Write mouth shapes and words as a Papagayo-NG project: voice, phrases, words, and shapes on video frames.

Frames count from 0. A shape lasts until the next one, so a rest after a word belongs to that word. The rate in the file
is a whole number: at 23.976 it is 24, and frames are still those of the video. Format: LipsyncDoc.py of
https://github.com/morevnaproject-org/papagayo-ng, version 1 of the text form.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from clipaudio.lipsync.formats.shared import check_rate, check_shapes, clean_line, find_frames, to_frame

if TYPE_CHECKING:
    from fractions import Fraction

    from clipaudio.timing.timeline import Spans, Timeline

__all__ = ["SHAPES", "dumps"]

SHAPES: Final = tuple("AI E O U etc L WQ MBP FV rest".split())
_SPACE: Final = re.compile(r"\s+")
_NO_WORD: Final = "_"


def dumps(
    shapes: Timeline,
    *,
    words: Timeline | None = None,
    sentences: Spans | None = None,
    fps: Fraction | float = 24,
    sound_file: str = "",
    voice: str = "Voice 1",
) -> str:
    r"""Return *shapes* as a project.

    Parameters
    ----------
    shapes
        Names of `SHAPES`, from 0 to the end without a gap.
    words
        Ascending, with their times; without any, one word covers the whole clip. White space in a word becomes "_".
    sentences
        Phrases; runs are rows of *words*. None: one phrase.
    fps
        Video frames per second.
    sound_file
        Path of the audio.
    voice
        Name of the speaker.

    Raises
    ------
    ExportError
        A shape is not one of `SHAPES`, shapes do not run from 0 to the end, or the rate is not from 1 to 1000.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> shapes = Timeline(("rest", "AI", "rest"), [[0, 0.5], [0.5, 0.75], [0.75, 1]])
    >>> dumps(shapes, words=Timeline(("Hi",), [[0.5, 0.75]]), sound_file="hi.wav").splitlines()[5:]
    ['\tVoice 1', '\tHi', '\t1', '\t\tHi', '\t\t12', '\t\t18', '\t\t1', '\t\t\tHi 12 18 2', '\t\t\t\t12 AI',
     '\t\t\t\t18 rest']
    """
    rate = check_rate(fps)
    found = check_shapes(shapes, SHAPES, kind="Papagayo")
    end = to_frame(found[-1].end if found else 0.0, rate)
    said, runs = _words(words, sentences, found[-1].end if found else 0.0)
    starts = [start for _, start, _ in said]
    rows: list[list[str]] = [[] for _ in said]
    shown = dict(find_frames(found, rate))
    for shape in found:
        frame, centre = to_frame(shape.start, rate), (shape.start + shape.end) / 2
        word = bisect_right(starts, centre) - 1
        if shown.get(frame) != shape.name or (word < 0 and shape.name == "rest"):
            continue  # the frame is taken, or it is before the first word, where the mouth rests
        rows[max(word, 0)].append(f"\t\t\t\t{frame} {shape.name}\n")
        del shown[frame]
    texts = [_SPACE.sub("_", clean_line(label)) or _NO_WORD for label, _, _ in said]
    phrases = "".join(_phrase(texts, said, rows, run, rate) for run in runs)
    text = "|".join(" ".join(texts[first:stop]) for first, stop in runs)
    return (
        f"lipsync version 1\n{clean_line(sound_file)}\n{max(round(rate), 1)}\n{end}\n1\n"
        f"\t{clean_line(voice) or _NO_WORD}\n\t{text}\n\t{len(runs)}\n{phrases}"
    )


def _words(
    words: Timeline | None, sentences: Spans | None, end: float
) -> tuple[list[tuple[str, float, float]], list[tuple[int, int]]]:
    """Return the words with their times, and the run of words of each phrase; every word is in one."""
    if words is None or not len(words):
        return [(_NO_WORD, 0.0, end)], [(0, 1)]
    said = [(word.label, word.start, word.end) for word in words]
    stops = [] if sentences is None else [int(stop) for stop in sentences.child_ranges[:, 1] if 0 < stop < len(said)]
    edges = sorted({0, *stops, len(said)})
    return said, list(pairwise(edges))


def _phrase(
    texts: list[str], said: list[tuple[str, float, float]], rows: list[list[str]], run: tuple[int, int], rate: float
) -> str:
    first, stop = run
    lines = [f"\t\t{' '.join(texts[first:stop])}\n"]
    lines += [f"\t\t{to_frame(said[first][1], rate)}\n", f"\t\t{to_frame(said[stop - 1][2], rate)}\n"]
    lines.append(f"\t\t{stop - first}\n")
    for word in range(first, stop):
        start, end = (to_frame(time, rate) for time in said[word][1:])
        lines.append(f"\t\t\t{texts[word]} {start} {end} {len(rows[word])}\n")
        lines += rows[word]
    return "".join(lines)
