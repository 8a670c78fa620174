"""Convert times to video frames and back, with integers and fractions only.

Conventions
-----------
A rate is a `Fraction` of frames per second: 30000/1001, never 29.97. Video frame f begins at exactly f/rate seconds;
its written time is truncated to whole milliseconds. A rounded time could be after the start of its frame, and a player
that compares strictly would show the cue one frame late. Each time belongs to one frame at every rate up to 1000, so no
conversion back is off by one.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from clipaudio.errors import ExportError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Frames = NDArray[np.int64]

__all__ = [
    "parse_fps",
    "time_video_frames",
    "to_video_frames",
    "to_whole_milliseconds",
]

_NTSC: Final = tuple(Fraction(nominal * 1000, 1001) for nominal in (24, 30, 48, 60, 120))
_NEAR: Final = Fraction(1, 200)  # "23.98" also means 24000/1001
_MOST_PARTS: Final = 4_000_000  # of a numerator: a billion seconds still fit 64 bits
_MOST_SECONDS: Final = 1e9
_SLACK: Final = 1e-3  # milliseconds, against rounding


def parse_fps(value: str | float | Fraction) -> Fraction:
    """Return the exact rate meant by *value*, frames per second.

    The short forms of 24000/1001, 30000/1001, 60000/1001 and their doubles are known: 23.976, 29.97, 59.94 and so on.

    Raises
    ------
    ExportError
        It is no number, not from 1 to 1000, or its fraction is too large.

    Examples
    --------
    >>> parse_fps("23.976"), parse_fps("30000/1001"), parse_fps(25), parse_fps(12.5)
    (Fraction(24000, 1001), Fraction(30000, 1001), Fraction(25, 1), Fraction(25, 2))
    """
    try:
        exact = value if isinstance(value, Fraction) else Fraction(str(value).strip())
    except (ValueError, ZeroDivisionError) as error:
        raise ExportError(f"an fps of {value!r}; expected a number such as 25, 29.97 or 30000/1001") from error
    exact = next((rate for rate in _NTSC if abs(exact - rate) < _NEAR), exact)
    if not 1 <= exact <= 1000 or exact.numerator > _MOST_PARTS:
        raise ExportError(f"an fps of {value!r}; expected 1 to 1000, as a number such as 25, 29.97 or 30000/1001")
    return exact


def to_whole_milliseconds(times: ArrayLike, *, side: Literal["nearest", "before", "after"] = "nearest") -> Frames:
    """Return *times*, seconds, in whole milliseconds: the nearest, the last not after, or the first not before.

    A time within a microsecond of a whole millisecond counts as that.

    Raises
    ------
    ExportError
        A time is negative, not finite, or above a billion seconds; `index` names it.

    Examples
    --------
    >>> to_whole_milliseconds([1.001, 0.0125], side="before").tolist()
    [1001, 12]
    """
    seconds = np.asarray(times, np.float64)
    wrong = ~((seconds >= 0) & (seconds <= _MOST_SECONDS))
    if wrong.any():
        index = int(np.flatnonzero(wrong)[0])
        raise ExportError(
            f"time {index} is {seconds.flat[index]} s; expected 0 to {_MOST_SECONDS:.0f}: repair the timeline first",
            index=index,
        )
    scaled = seconds * 1000
    if side == "nearest":
        return np.floor(scaled + 0.5).astype(np.int64)
    cut = np.floor(scaled + _SLACK) if side == "before" else np.ceil(scaled - _SLACK)
    return cut.astype(np.int64)


def to_video_frames(
    times: ArrayLike, *, fps: Fraction, side: Literal["nearest", "before", "after"] = "nearest"
) -> Frames:
    """Return the video frame of each of *times*, seconds.

    Parameters
    ----------
    times
        Seconds, any shape; read in whole milliseconds.
    fps
        Frames per second, from `parse_fps`.
    side
        The "nearest" frame; the frame on screen, which is the last whose time is not after ("before"); or the first
        whose time is not before ("after"). All three convert the results of `time_video_frames` back.

    Returns
    -------
    ndarray of int64, shape as *times*

    Raises
    ------
    ExportError
        A time is negative, not finite, or above a billion seconds.

    Examples
    --------
    >>> sides = ("nearest", "before", "after")
    >>> [to_video_frames([0.049, 0.999], fps=Fraction(25), side=side).tolist() for side in sides]
    [[1, 25], [1, 24], [2, 25]]
    """
    up, down = fps.numerator, 1000 * fps.denominator
    milliseconds = to_whole_milliseconds(times, side=side)
    frames: Frames
    if side == "nearest":
        frames = (2 * milliseconds * up + down) // (2 * down)
    elif side == "before":
        frames = ((milliseconds + 1) * up - 1) // down
    else:
        frames = -((-milliseconds * up) // down)
    return frames


def time_video_frames(frames: ArrayLike, *, fps: Fraction) -> NDArray[np.float64]:
    """Return the start of each of *frames*, seconds, truncated to whole milliseconds.

    Examples
    --------
    >>> time_video_frames([0, 1, 24, 1440], fps=parse_fps("23.976")).tolist()
    [0.0, 0.041, 1.001, 60.06]
    """
    numbers = np.asarray(frames, np.int64)
    cut: NDArray[np.float64] = (numbers * (1000 * fps.denominator) // fps.numerator) / 1000
    return cut
