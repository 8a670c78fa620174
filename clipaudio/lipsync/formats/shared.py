"""Helpers of lip-sync formats: check mouth shapes, count video frames, clean text.

Conventions
-----------
Mouth shapes are a Timeline from 0 to the end without a gap. Video frames count from 0; a time is on the last frame that
has begun.
"""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from clipaudio.errors import ExportError
from clipaudio.text import LINE_RULES, clean_text, close_directions
from clipaudio.timing.intervals import mark_changes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from fractions import Fraction

    from numpy.typing import NDArray

    from clipaudio.lipsync.curves import Curves
    from clipaudio.timing.timeline import Timeline

__all__ = [
    "Shape",
    "check_rate",
    "check_shapes",
    "check_video_frames",
    "clean_line",
    "dump_line",
    "find_frames",
    "format_millionths",
    "iterate_keys",
    "list_ten_thousandths",
    "round_ten_thousandths",
    "to_frame",
]

_SAME: Final = 1e-6  # seconds
_SLACK: Final = 1e-6  # of a video frame, against rounding
_LINE_ENDS: Final = re.compile("[\x7f-\x9f\u2028\u2029]")  # JSON itself escapes those below a space


class Shape(NamedTuple):
    """One mouth shape, seconds, half-open."""

    start: float
    end: float
    name: str


def check_shapes(shapes: Timeline, known: Collection[str], *, kind: str) -> list[Shape]:
    """Return the shapes as plain values, equal neighbours as one.

    Raises
    ------
    ExportError
        A shape is not one of *known*, or they do not run from 0 to the end without a gap; `index` names it.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> check_shapes(Timeline("XAA", [[0, 0.1], [0.1, 0.2], [0.2, 0.3]]), "AX", kind="Rhubarb")
    [Shape(start=0.0, end=0.1, name='X'), Shape(start=0.1, end=0.3, name='A')]
    """
    found: list[Shape] = []
    last = 0.0
    for index, (name, (start, end)) in enumerate(zip(shapes.labels, shapes.times.tolist(), strict=True)):
        if name not in known:
            raise ExportError(
                f"mouth shape {index} is {name!r}, which is not one of {kind}'s: {' '.join(known)}", index=index
            )
        if not (-_SAME <= start - last <= _SAME and start <= end < math.inf):
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


def check_rate(fps: Fraction | float, *, least: float = 1, most: float = 1000) -> float:
    """Return a frame rate as a float.

    Raises
    ------
    ExportError
        It is not between *least* and *most*.
    """
    rate = float(fps)
    if not least - _SLACK <= rate <= most + _SLACK:
        raise ExportError(f"the frame rate is {fps}; expected one from {least:g} to {most:g}")
    return rate


def to_frame(time: float, rate: float) -> int:
    """Return the video frame of a time.

    >>> to_frame(0.29, 100.0), to_frame(1001 / 24000, 24000 / 1001)
    (29, 1)
    """
    return math.floor(time * rate + _SLACK)


def find_frames(shapes: Iterable[Shape], rate: float) -> list[tuple[int, str]]:
    """Return the video frame on which each shape starts, and its name; of two on one frame the first stays."""
    rows: list[tuple[int, str]] = []
    for start, _, name in shapes:
        frame = to_frame(start, rate)
        if not rows or (rows[-1][0] < frame and rows[-1][1] != name):
            rows.append((frame, name))
    return rows


def check_video_frames(curves: Curves) -> Fraction | float:
    """Return the frame rate of curves.

    Raises
    ------
    ExportError
        They are not on video frames, or a weight is not from 0 to 1.
    """
    if curves.fps is None:
        raise ExportError("the curves have times of their own; expected video frames: make them with an fps")
    if not ((curves.weights >= 0) & (curves.weights <= 1)).all():
        index = int(np.flatnonzero(~((curves.weights >= 0) & (curves.weights <= 1)).all(axis=1))[0])
        raise ExportError(f"a weight of video frame {index} is not from 0 to 1", index=index)
    return curves.fps


def format_millionths(weights: NDArray[Any]) -> list[str]:
    """Return each row of weights, 0 to 1, as text with six digits each, separated by commas.

    Digits are computed for all numbers at once, and equal those of "%.6f" for float32.

    Examples
    --------
    >>> format_millionths(np.array([[0.5, 1.0], [0.0, 1 / 3]], np.float32))
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


def round_ten_thousandths(weights: NDArray[Any]) -> NDArray[np.intp]:
    """Round weights, 0 to 1, to whole ten-thousandths; `list_ten_thousandths` has their texts."""
    return np.rint(weights.astype(np.float64) * 1e4).astype(np.intp)


@lru_cache(maxsize=1)
def list_ten_thousandths() -> tuple[str, ...]:
    """Return the text of every ten-thousandth from 0 to 1, as Python writes floats."""
    return tuple([repr(number / 10_000) for number in range(10_001)])


def iterate_keys(curves: Curves) -> Iterator[tuple[str, NDArray[np.intp], NDArray[np.intp]]]:
    """Yield name, rows and ten-thousandths of the necessary keys of each curve; none of a curve that stays 0.

    Raises
    ------
    ExportError
        The curves are not on video frames, or a weight is not from 0 to 1.
    """
    check_video_frames(curves)
    for name, weights in zip(curves.names, curves.weights.T, strict=True):
        value = round_ten_thousandths(weights)
        if not value.any():
            continue
        says = mark_changes(value)
        says[:-1] |= says[1:]
        says[-1] = True
        rows = says.nonzero()[0]
        yield name, rows, value[rows]


def dump_line(value: object) -> str:
    r"""Return *value* as JSON on one line, with every kind of line end escaped.

    >>> dump_line({"value": "é\x85\u2028"})
    '{"value":"é\\u0085\\u2028"}\n'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _LINE_ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def clean_line(text: str) -> str:
    r"""Return *text* on one line, without controls and lone surrogates.

    >>> clean_line("a\tb\r\nc\x00\ud800")
    'a b c �'
    """
    return close_directions(clean_text(text, LINE_RULES).text).strip()
