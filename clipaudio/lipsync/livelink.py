"""Curves into the CSV that Live Link Face records: a timecode and 61 columns a video frame.

Recordings have right before left for the jaw and the mouth as a whole, unlike the network packets of the same app:
readers by name do not care, readers by position do. The nine rotations of head and eyes are 0. The timecode counts
nominal frames, so at 29.97 its seconds run slow, as on any recorder that drops none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.errors import ExportError
from clipaudio.lipsync.blendshapes import ARKIT, LIVE_LINK
from clipaudio.lipsync.writing import millionths, on_video_frames, rate_of

if TYPE_CHECKING:
    from clipaudio.lipsync.curves import Curves

__all__ = ["dumps"]

_ROWS: Final = 4096  # written at once


def dumps(curves: Curves) -> str:
    """Give *curves* as CSV.

    Parameters
    ----------
    curves
        Of Apple's blend shapes, on video frames; columns that are missing are 0.

    Raises
    ------
    ExportError
        The curves are not on video frames, a weight is not from 0 to 1, or none is of Apple's.

    Examples
    --------
    >>> from clipaudio.lipsync.curves import Curves
    >>> curves = Curves(np.array([0.0]), ("jawOpen",), np.array([[0.5]], np.float32), 60)
    >>> [line.split(",")[i] for line in dumps(curves).splitlines() for i in (0, 1, 19)]
    ['Timecode', 'BlendshapeCount', 'JawOpen', '00:00:00:00.000', '61', '0.500000']
    """
    nominal = round(rate_of(on_video_frames(curves)))
    place = {name[0].lower() + name[1:]: index for index, name in enumerate(LIVE_LINK)}
    known = [(place[name], index) for index, name in enumerate(curves.names) if name in ARKIT]
    if not known:
        raise ExportError(f"none of the curves {', '.join(curves.names[:5])} is a blend shape of Apple's")
    targets, sources = zip(*known, strict=True)
    lines = [",".join(("Timecode", "BlendshapeCount", *LIVE_LINK))]
    for first in range(0, len(curves.weights), _ROWS):
        weights = curves.weights[first : first + _ROWS]
        table = np.zeros((len(weights), len(LIVE_LINK)), weights.dtype)
        table[:, targets] = weights[:, sources]
        lines += [f"{_timecode(frame, nominal)}{row}" for frame, row in enumerate(millionths(table), first)]
    return "\n".join(lines) + "\n"


def _timecode(frame: int, nominal: int) -> str:
    seconds, rest = divmod(frame, nominal)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{clock}:{rest:02d}.000,{len(LIVE_LINK)},"
