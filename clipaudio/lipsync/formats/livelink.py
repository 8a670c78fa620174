"""Write curves as the CSV that Live Link Face records: a timecode and 61 columns per video frame.

Recordings list right before left for the jaw and the mouth, unlike the network packets of the same app; this matters to
readers by position. The nine rotations of head and eyes are 0. The timecode counts nominal frames, so at 29.97 its
seconds run slow, as on any recorder without drop frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.errors import ExportError
from clipaudio.lipsync.blendshapes import ARKIT, LIVE_LINK
from clipaudio.lipsync.formats.shared import check_rate, check_video_frames, format_millionths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clipaudio.lipsync.curves import Curves

__all__ = ["dumps"]

_ROWS: Final = 4096  # per block


def dumps(curves: Curves) -> str:
    """Return *curves* as CSV.

    Parameters
    ----------
    curves
        Apple's blend shapes, on video frames; missing columns are 0.

    Raises
    ------
    ExportError
        The curves are not on video frames, a weight is not from 0 to 1, or none is a blend shape of Apple's.

    Examples
    --------
    >>> from clipaudio.lipsync.curves import Curves
    >>> curves = Curves(np.array([0.0]), ("jawOpen",), np.array([[0.5]], np.float32), 60)
    >>> [line.split(",")[i] for line in dumps(curves).splitlines() for i in (0, 1, 19)]
    ['Timecode', 'BlendshapeCount', 'JawOpen', '00:00:00:00.000', '61', '0.500000']
    """
    return "".join(iterate([curves]))


def iterate(blocks: Iterable[Curves]) -> Iterator[str]:
    """Return the same text in pieces, of curves in blocks of rows; errors as for `dumps`."""
    yield ",".join(("Timecode", "BlendshapeCount", *LIVE_LINK)) + "\n"
    first = 0
    for curves in blocks:
        for row in range(0, len(curves.weights), _ROWS):
            yield _rows(curves, slice(row, row + _ROWS), first + row)
        first += len(curves.weights)


def _rows(curves: Curves, rows: slice, first: int) -> str:
    """Return some rows of *curves*, of which the first has the number *first* in the file."""
    nominal = round(check_rate(check_video_frames(curves)))
    place = {name[0].lower() + name[1:]: index for index, name in enumerate(LIVE_LINK)}
    known = [(place[name], index) for index, name in enumerate(curves.names) if name in ARKIT]
    if not known:
        raise ExportError(f"none of the curves {', '.join(curves.names[:5])} is a blend shape of Apple's")
    targets, sources = zip(*known, strict=True)
    weights = curves.weights[rows]
    table = np.zeros((len(weights), len(LIVE_LINK)), weights.dtype)
    table[:, targets] = weights[:, sources]
    stamps = _timecodes(first, first + len(table), nominal)
    texts = zip(stamps, format_millionths(table), strict=True)
    return "".join([f"{stamp},{len(LIVE_LINK)},{row}\n" for stamp, row in texts])


def _timecodes(first: int, stop: int, nominal: int) -> list[str]:
    """Return the timecodes of video frames *first* to *stop*."""
    rests = [f":{rest:02d}.000" for rest in range(nominal)]
    seconds = range(first // nominal, (stop - 1) // nominal + 1)
    clocks = [f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}" for second in seconds]
    found = [clock + rest for clock in clocks for rest in rests]
    skipped = first % nominal
    return found[skipped : skipped + stop - first]
