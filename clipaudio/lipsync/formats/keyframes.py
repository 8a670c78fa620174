"""Curves into a CSV of keyframes: video frame, name and value a line, as a script for Blender wants them.

Only keys that say something are written: while a curve holds a value, its first and last; of a curve that never moves
from 0, none. Between two keys the line is straight.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from clipaudio.lipsync.formats.shared import clean, on_video_frames, ten_thousandths, texts_of_ten_thousandths
from clipaudio.timing.intervals import mark_changes

if TYPE_CHECKING:
    from clipaudio.lipsync.curves import Curves

__all__ = ["dumps"]


def dumps(curves: Curves, *, first_frame: int = 1) -> str:
    r"""Give *curves* as keyframes, curve after curve.

    Parameters
    ----------
    curves
        On video frames.
    first_frame
        Number of the frame at 0 s; scenes in Blender begin with 1.

    Raises
    ------
    ExportError
        The curves are not on video frames, or a weight is not from 0 to 1.

    Examples
    --------
    >>> from clipaudio.lipsync.curves import Curves
    >>> import numpy as np
    >>> weights = np.array([[0, 0], [0, 0], [0, 0], [0.5, 0]], np.float32)
    >>> dumps(Curves(np.arange(4) / 24, ("jawOpen", "mouthLeft"), weights, 24))
    'frame,name,value\n1,jawOpen,0.0\n3,jawOpen,0.0\n4,jawOpen,0.5\n'
    """
    on_video_frames(curves)
    lines = ["frame,name,value\n"]
    numbers = ten_thousandths(curves.weights)
    texts = texts_of_ten_thousandths()
    for name, value in zip(curves.names, numbers.T, strict=True):
        if not value.any():
            continue
        says = mark_changes(value)
        says[:-1] |= says[1:]
        says[-1] = True
        rows = says.nonzero()[0]
        label = _field(clean(name))
        frames = zip((rows + first_frame).tolist(), value[rows].tolist(), strict=True)
        lines += [f"{frame},{label},{texts[one]}\n" for frame, one in frames]
    return "".join(lines)


def _field(text: str) -> str:
    """Give *text* as one field of a CSV among others."""
    made = io.StringIO()
    csv.writer(made, lineterminator="").writerow((text, ""))
    return made.getvalue()[:-1]
