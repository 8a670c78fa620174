"""Write mouth shapes of the Oculus set, and words, as arrays of TalkingHead's `speakAudio`: whole milliseconds.

The player fades between shapes and begins each one early itself: use a track without lead and without anticipation
(`MouthOptions(plosive_anticipation=(0, 0), rounding_anticipation=0)`). It also fades to silence, so silence is left
out. It ignores visemes without an array of words, so there is always one.
Format: https://github.com/met4citizen/TalkingHead, version 1.7.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from clipaudio.lipsync.formats.oculus import SHAPES
from clipaudio.lipsync.formats.shared import check_shapes, clean_line

if TYPE_CHECKING:
    from clipaudio.timing.timeline import Timeline

__all__ = ["dumps"]


def dumps(shapes: Timeline, *, words: Timeline | None = None) -> str:
    """Return *shapes* and *words* as one JSON object.

    Parameters
    ----------
    shapes
        Names of `oculus.SHAPES`, from 0 to the end without a gap.
    words
        With their times.

    Raises
    ------
    ExportError
        A shape is not one of these, or shapes do not run from 0 to the end; `index` names it.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> shapes = Timeline(("sil", "I", "sil"), [[0, 0.05], [0.05, 0.43], [0.43, 1]])
    >>> print(dumps(shapes, words=Timeline(("Hi",), [[0.05, 0.43]])), end="")
    {"words": ["Hi"], "wtimes": [50], "wdurations": [380], "visemes": ["I"], "vtimes": [50], "vdurations": [380]}
    """
    seen = [shape for shape in check_shapes(shapes, SHAPES, kind="Oculus") if shape.name != "sil"]
    said = [] if words is None else list(words)
    made: dict[str, Any] = {"words": [clean_line(word.label) for word in said]}
    made["wtimes"], made["wdurations"] = _milliseconds([(word.start, word.end) for word in said])
    made["visemes"] = [shape.name for shape in seen]
    made["vtimes"], made["vdurations"] = _milliseconds([(shape.start, shape.end) for shape in seen])
    return json.dumps(made, ensure_ascii=False, allow_nan=False) + "\n"


def _milliseconds(times: list[tuple[float, float]]) -> tuple[list[int], list[int]]:
    """Return starts and durations; each end is rounded once, so that neighbours meet."""
    starts = [round(start * 1000) for start, _ in times]
    return starts, [max(round(end * 1000) - start, 1) for (_, end), start in zip(times, starts, strict=True)]
