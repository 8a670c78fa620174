"""Collapse the white space of texts: a run of it becomes one space, and none stays at the edges.

A no-break space between words stays.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clipaudio.captions.widths import match_characters
from clipaudio.timing.characters import read_text
from clipaudio.timing.intervals import shift_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Index, Timeline

__all__ = ["CollapsedTexts", "collapse_texts"]

_STICKY = "\u00a0\u202f\u2007"  # spaces that forbid a break


class CollapsedTexts(NamedTuple):
    """Texts with white space collapsed, laid end to end.

    Attributes
    ----------
    text, texts
        All as one, and each.
    rows
        intp: the grapheme of each character.
    gaps
        bool: which characters part words; one more than there are characters.
    firsts
        intp, shape (k + 1,): the first character of each text, and the number of all.
    """

    text: str
    texts: list[str]
    rows: Index
    gaps: NDArray[np.bool_]
    firsts: Index


def collapse_texts(lines: Sequence[Timeline]) -> CollapsedTexts:
    """Lay texts end to end, with white space collapsed."""
    texts = [line.text for line in lines]
    if all(" ".join(text.split()) == text for text in texts):  # the usual case
        laid = read_text([label for line in lines for label in line.labels])
        string, rows, gaps = laid.string, laid.rows, np.concatenate((laid.codes == ord(" "), [False]))
    else:
        collapsed = [_collapse_one(line) for line in lines]
        texts = [one for one, _, _ in collapsed]
        string = "".join(texts)
        rows = shift_rows([rows for _, rows, _ in collapsed], list(map(len, lines)))
        gaps = np.concatenate([*(gaps for _, _, gaps in collapsed), [False]])
    firsts = np.array([0, *accumulate(map(len, texts))])
    return CollapsedTexts(string, texts, rows, gaps, firsts)


def _collapse_one(graphemes: Timeline) -> tuple[str, Index, NDArray[np.bool_]]:
    """Return the text with white space collapsed, the row of each character, and which characters are gaps.

    A no-break space between words stays; beside other white space it has no effect.
    """
    text = read_text(graphemes.labels)
    blank = match_characters(text.codes, str.isspace)
    breaking = blank & ~np.isin(text.codes, [ord(space) for space in _STICKY])
    edges = np.diff(blank, prepend=False, append=False)
    starts, stops = np.flatnonzero(edges)[::2], np.flatnonzero(edges)[1::2]
    counts = np.concatenate(([0], np.cumsum(breaking)))
    at_edge = (starts == 0) | (stops == len(blank))
    parts = (counts[stops] > counts[starts]) & ~at_edge
    steps = np.zeros(len(blank) + 1, np.int64)
    gone = parts | at_edge
    steps[starts[gone]] += 1
    steps[stops[gone]] -= 1
    keep = np.cumsum(steps[:-1]) == 0
    keep[starts[parts]] = True
    codes = text.codes.copy()
    codes[starts[parts]] = ord(" ")
    is_gap = np.zeros(len(blank), bool)
    is_gap[starts[parts]] = True
    collapsed = codes[keep].tobytes().decode("utf-32-le", "surrogatepass")
    return collapsed, text.rows[keep], is_gap[keep]
