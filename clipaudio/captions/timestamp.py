"""Format seconds as text; the only place with milliseconds.

A time is rounded once, to whole milliseconds, halves up, and then divided into hours, minutes and seconds: 59.9996 s is
00:01:00.000, never 00:00:60.000. Hours have at least two digits and no upper limit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from clipaudio.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipaudio.captions.cue import Cue

__all__ = ["format_milliseconds", "format_timestamp", "round_to_units", "to_milliseconds"]


def format_timestamp(seconds: float, *, separator: str = ".") -> str:
    """Return *seconds* as HH:MM:SS.mmm.

    Raises
    ------
    ExportError
        The time is negative or not finite.

    Examples
    --------
    >>> format_timestamp(59.9996), format_timestamp(360_000.5, separator=",")
    ('00:01:00.000', '100:00:00,500')
    """
    return format_milliseconds(to_milliseconds(seconds), separator)


def to_milliseconds(seconds: float) -> int:
    """Return *seconds* as whole milliseconds, halves up.

    >>> to_milliseconds(0.0125)
    13
    """
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ExportError(f"a time of {seconds} s; expected a finite number from 0 on: repair the timeline first")
    return math.floor(seconds * 1000 + 0.5)


_TWO = tuple(f"{number:02d}" for number in range(100))
_THREE = tuple(f"{number:03d}" for number in range(1000))


def format_milliseconds(milliseconds: int, separator: str = ".") -> str:
    """Return whole milliseconds as HH:MM:SS.mmm, from tables for speed.

    >>> format_milliseconds(3_600_500), format_milliseconds(360_000_500, ",")
    ('01:00:00.500', '100:00:00,500')
    """
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minute = divmod(minutes, 60)
    hour = _TWO[hours] if hours < 100 else str(hours)
    return f"{hour}:{_TWO[minute]}:{_TWO[rest // 1000]}{separator}{_THREE[rest % 1000]}"


def round_to_units(cues: Iterable[Cue], per_second: int) -> list[tuple[int, int]]:
    """Round starts and ends of prepared *cues* once, halves up, to whole units; each cue lasts at least one.

    >>> from clipaudio.captions.cue import Cue
    >>> round_to_units([Cue(59.9996, 61.0, ("a",)), Cue(62.0, 62.001, ("b",))], 100)
    [(6000, 6100), (6200, 6201)]
    """
    pairs = []
    for cue in cues:
        start = int(cue.start * per_second + 0.5)
        end = int(cue.end * per_second + 0.5)
        pairs.append((start, end if end > start else start + 1))
    return pairs
