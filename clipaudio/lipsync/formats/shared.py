"""What writers of lip-sync formats share: mouth shapes checked once, video frames counted, text that breaks nothing.

Conventions
-----------
Mouth shapes are a Timeline from 0 to the end without a gap; video frames count from 0, and a time lies on the last one
that has begun.
"""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from clipaudio.errors import ExportError
from clipaudio.text import LINE_RULES, clean_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from fractions import Fraction

    from numpy.typing import NDArray

    from clipaudio.lipsync.curves import Curves
    from clipaudio.timing.timeline import Timeline

__all__ = [
    "Shape",
    "checked",
    "clean",
    "frame_of",
    "frames",
    "json_line",
    "millionths",
    "on_video_frames",
    "rate_of",
    "ten_thousandths",
    "texts_of_ten_thousandths",
]

_SAME: Final = 1e-6  # seconds
_SLACK: Final = 1e-6  # of a video frame: what floats lose is no frame lost
_LINE_ENDS: Final = re.compile("[\x7f-\x9f\u2028\u2029]")  # JSON itself escapes those below a space


class Shape(NamedTuple):
    """One mouth shape, seconds, half-open."""

    start: float
    end: float
    name: str


def checked(shapes: Timeline, known: Collection[str], *, kind: str) -> list[Shape]:
    """Give the shapes as plain values, equal neighbours as one.

    Raises
    ------
    ExportError
        A shape is not one of *known*, or they do not run from 0 to the end without a gap; `index` names it.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> checked(Timeline("XAA", [[0, 0.1], [0.1, 0.2], [0.2, 0.3]]), "AX", kind="Rhubarb")
    [Shape(start=0.0, end=0.1, name='X'), Shape(start=0.1, end=0.3, name='A')]
    """
    found: list[Shape] = []
    last = 0.0
    for index, (name, (start, end)) in enumerate(zip(shapes.labels, shapes.times.tolist(), strict=True)):
        if name not in known:
            raise ExportError(
                f"mouth shape {index} is {name!r}, which is none of {kind}'s: {' '.join(known)}", index=index
            )
        if not (abs(start - last) <= _SAME and start <= end < math.inf):
            raise ExportError(
                f"mouth shape {index} ({name!r}) is at {start}-{end} s but the one before it ends at {last} s; expected"
                " shapes from 0 to the end without a gap",
                index=index,
            )
        if found and found[-1].name == name:
            found[-1] = found[-1]._replace(end=end)
        elif end > last:
            found.append(Shape(last, end, name))
        last = end
    return found


def rate_of(fps: Fraction | float, *, least: float = 1, most: float = 1000) -> float:
    """Give a frame rate as a float.

    Raises
    ------
    ExportError
        It is not between *least* and *most*.
    """
    rate = float(fps)
    if not least - _SLACK <= rate <= most + _SLACK:
        raise ExportError(f"the frame rate is {fps}; expected one from {least:g} to {most:g}")
    return rate


def frame_of(time: float, rate: float) -> int:
    """Give the video frame a time lies on.

    >>> frame_of(0.29, 100.0), frame_of(1001 / 24000, 24000 / 1001)
    (29, 1)
    """
    return math.floor(time * rate + _SLACK)


def frames(shapes: Iterable[Shape], rate: float) -> list[tuple[int, str]]:
    """Give each shape with the video frame on which it starts; of two on one frame the first stays."""
    rows: list[tuple[int, str]] = []
    for start, _, name in shapes:
        frame = frame_of(start, rate)
        if not rows or (rows[-1][0] < frame and rows[-1][1] != name):
            rows.append((frame, name))
    return rows


def on_video_frames(curves: Curves) -> Fraction | float:
    """Give the frame rate of curves.

    Raises
    ------
    ExportError
        They are not on video frames, or a weight is not from 0 to 1.
    """
    if curves.fps is None:
        raise ExportError("the curves have times of their own; expected those of video frames: make them with an fps")
    if not ((curves.weights >= 0) & (curves.weights <= 1)).all():
        index = int(np.flatnonzero(~((curves.weights >= 0) & (curves.weights <= 1)).all(axis=1))[0])
        raise ExportError(f"a weight of video frame {index} is not from 0 to 1", index=index)
    return curves.fps


def millionths(weights: NDArray[Any]) -> list[str]:
    """Give each row of weights, 0 to 1, as text with six digits each, parted by commas.

    Digits are made for all numbers at once; "%.6f" gives the same for what float32 holds.

    Examples
    --------
    >>> millionths(np.array([[0.5, 1.0], [0.0, 1 / 3]], np.float32))
    ['0.500000,1.000000', '0.000000,0.333333']
    """
    rows, columns = weights.shape
    text = np.tile(np.frombuffer(b"0.000000,", np.uint8), (rows, columns, 1))
    moves = weights.any(axis=0)  # speech moves a third of the columns
    rest = np.rint(weights[:, moves].astype(np.float64) * 1e6).astype(np.int32)
    digits = text[:, moves]
    for place in (7, 6, 5, 4, 3, 2):
        tens = rest // 10
        digits[:, :, place] = rest - 10 * tens + ord("0")
        rest = tens
    digits[:, :, 0] = rest + ord("0")
    text[:, moves] = digits
    line = columns * text.shape[2]
    whole = text.tobytes().decode("ascii")
    return [whole[at : at + line - 1] for at in range(0, rows * line, line)]


def ten_thousandths(weights: NDArray[Any]) -> NDArray[np.intp]:
    """Round weights, 0 to 1, to whole ten-thousandths; `texts_of_ten_thousandths` has the text of each."""
    return np.rint(weights.astype(np.float64) * 1e4).astype(np.intp)


@lru_cache(maxsize=1)
def texts_of_ten_thousandths() -> tuple[str, ...]:
    """Give the text of every ten-thousandth from 0 to 1, as Python writes floats."""
    return tuple([repr(number / 10_000) for number in range(10_001)])


def json_line(value: object) -> str:
    r"""Give *value* as JSON on one line, whatever a reader takes for the end of a line.

    >>> json_line({"value": "é\x85\u2028"})
    '{"value":"é\\u0085\\u2028"}\n'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _LINE_ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def clean(text: str) -> str:
    r"""Return *text* on one line, without controls and lone surrogates.

    >>> clean("a\tb\r\nc\x00\ud800")
    'a b c �'
    """
    return clean_text(text, LINE_RULES).text.strip()
