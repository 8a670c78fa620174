"""Write curves as CSV keyframes: video frame, name and value per line, for scripts in Blender.

Only necessary keys are written: the first and last of a constant value, and none of a curve that stays 0. Between two
keys the curve is linear.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from clipaudio.lipsync.formats.shared import clean_line, iterate_keys, list_ten_thousandths
from clipaudio.text import escape_formula

if TYPE_CHECKING:
    from clipaudio.lipsync.curves import Curves

__all__ = ["dumps"]


def dumps(curves: Curves, *, first_frame: int = 1, spreadsheet_safe: bool = True) -> str:
    r"""Return *curves* as keyframes, curve by curve.

    Parameters
    ----------
    curves
        On video frames.
    first_frame
        Number of the frame at 0 s; scenes in Blender begin at 1.
    spreadsheet_safe
        Put an apostrophe before names that a spreadsheet would read as formulas, such as `=1+1`.

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
    lines = ["frame,name,value\n"]
    texts = list_ten_thousandths()
    for name, rows, value in iterate_keys(curves):
        line = clean_line(name)
        label = _field(escape_formula(line) if spreadsheet_safe else line)
        frames = zip((rows + first_frame).tolist(), value.tolist(), strict=True)
        lines += [f"{frame},{label},{texts[one]}\n" for frame, one in frames]
    return "".join(lines)


def _field(text: str) -> str:
    """Return *text* as a field of a CSV."""
    made = io.StringIO()
    csv.writer(made, lineterminator="").writerow((text, ""))
    return made.getvalue()[:-1]
