"""Write mouth shapes, words and sentences as speech marks of Amazon Polly: one JSON object per line, by time.

Times are whole milliseconds. A word or sentence has its place in the text in bytes of UTF-8; marks have no end time. At
the same time a sentence comes before its words and a word before its mouth shapes.
Format: https://docs.aws.amazon.com/polly/latest/dg/output.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.errors import ExportError
from clipaudio.lipsync.formats.shared import check_shapes, dump_line

if TYPE_CHECKING:
    from clipaudio.timing.timeline import Index, Spans, Timeline, Times

__all__ = ["SHAPES", "dumps"]

SHAPES: Final = tuple("sil p t S T f k i r s u @ a e E o O J B l".split())
_ORDER: Final = {"sentence": 0, "word": 1, "viseme": 2}


def dumps(
    shapes: Timeline,
    *,
    graphemes: Timeline | None = None,
    words: Spans | None = None,
    sentences: Spans | None = None,
) -> str:
    r"""Return *shapes*, and their text if given, as speech marks.

    Parameters
    ----------
    shapes
        Names of `SHAPES`, from 0 to the end without a gap.
    graphemes
        The text; needed for words and sentences.
    words
        Runs are rows of *graphemes*.
    sentences
        Runs are rows of *words*.

    Raises
    ------
    ExportError
        A shape is not one of these, shapes do not run from 0 to the end, words are given without graphemes, or
        sentences without words.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Spans, Timeline
    >>> letters = Timeline("Né!", [[0.1, 0.2], [0.2, 0.3], [0.3, 0.3]])
    >>> words = Spans(("Né",), [[0.1, 0.3]], [[0, 2]])
    >>> print(dumps(Timeline(("sil", "t"), [[0, 0.1], [0.1, 0.3]]), graphemes=letters, words=words), end="")
    {"time":0,"type":"viseme","value":"sil"}
    {"time":100,"type":"word","start":0,"end":3,"value":"Né"}
    {"time":100,"type":"viseme","value":"t"}
    """
    marks: list[dict[str, Any]] = [
        {"time": round(start * 1000), "type": "viseme", "value": name}
        for start, _, name in check_shapes(shapes, SHAPES, kind="Polly")
    ]
    if words is not None:
        if graphemes is None:
            raise ExportError("words are given without graphemes, so their place in the text is unknown; pass both")
        marks += _marks("word", words.times, words.child_ranges, graphemes)
    if sentences is not None:
        if words is None or graphemes is None:
            raise ExportError("sentences are given without words, so their place in the text is unknown; pass both")
        kept = sentences.child_ranges[:, 1] > sentences.child_ranges[:, 0]
        first, last = sentences.child_ranges[kept, 0], sentences.child_ranges[kept, 1] - 1
        runs = _with_signs(np.stack([words.child_ranges[first, 0], words.child_ranges[last, 1]], axis=1), graphemes)
        marks += _marks("sentence", sentences.times[kept], runs, graphemes)
    marks.sort(key=lambda mark: (mark["time"], _ORDER[mark["type"]]))
    return "".join(dump_line(mark) for mark in marks)


def _with_signs(runs: Index, graphemes: Timeline) -> Index:
    """Extend sentences over the marks at their ends: to the next white space, or to the next sentence."""
    is_space = np.array([not label.strip() for label in graphemes.labels], bool)
    spaces = np.append(np.flatnonzero(is_space), len(is_space))
    stops = np.minimum(spaces[np.searchsorted(spaces, runs[:, 1])], np.append(runs[1:, 0], len(is_space)))
    before = np.insert(np.flatnonzero(is_space) + 1, 0, 0)
    starts = before[np.searchsorted(before, runs[:, 0], "right") - 1]
    return np.stack([np.minimum(np.maximum(starts, np.append(0, stops[:-1])), runs[:, 0]), stops], axis=1)


def _marks(kind: str, times: Times, runs: Index, graphemes: Timeline) -> list[dict[str, Any]]:
    pieces = [label.encode("utf-8", "replace") for label in graphemes.labels]
    offsets = np.concatenate([[0], np.cumsum([len(piece) for piece in pieces], dtype=np.int64)])
    text = b"".join(pieces)
    places = offsets[runs].tolist()
    return [
        {"time": round(start * 1000), "type": kind, "start": first, "end": end, "value": text[first:end].decode()}
        for start, (first, end) in zip(times[:, 0].tolist(), places, strict=True)
    ]
