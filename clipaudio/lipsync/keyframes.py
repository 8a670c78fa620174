"""Curves into a CSV of keyframes: video frame, name and value a line, as a script for Blender wants them.

Only keys that say something are written: while a curve holds a value, its first and last; of a curve that never moves
from 0, none. Between two keys the line is straight.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np

from clipaudio.lipsync.writing import clean, on_video_frames

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
    >>> weights = np.array([[0, 0], [0, 0], [0, 0], [0.5, 0]], np.float32)
    >>> dumps(Curves(np.arange(4) / 24, ("jawOpen", "mouthLeft"), weights, 24))
    'frame,name,value\n1,jawOpen,0.0\n3,jawOpen,0.0\n4,jawOpen,0.5\n'
    """
    on_video_frames(curves)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("frame", "name", "value"))
    values = curves.weights.astype(np.float64).round(4)
    for column, name in enumerate(curves.names):
        value = values[:, column]
        if not value.any():
            continue
        changes = np.diff(value) != 0
        rows = np.flatnonzero(np.append(True, changes) | np.append(changes, True))
        label = clean(name)
        frames = (rows + first_frame).tolist()
        writer.writerows((frame, label, one) for frame, one in zip(frames, value[rows].tolist(), strict=True))
    return text.getvalue()
