"""Times of speech into times on screen: long enough to read, never two at once.

Conventions
-----------
Seconds. What comes in may touch or even repeat; what goes out is strictly in order, disjoint, and each cue
lasts at least a millisecond, so that it survives the rounding of text formats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["time_cues"]

_LEAST = 0.002  # seconds: one millisecond, and one more for rounding


def time_cues(
    starts: Sequence[float],
    ends: Sequence[float],
    *,
    min_gap: float,
    min_duration: float,
    duration: float | None = None,
) -> list[tuple[float, float]]:
    """Give start and end for each cue.

    A cue is held until it has lasted *min_duration* where the next one leaves the time, and ends *min_gap*
    before the next one, but gives up at most half of itself for that. None is held beyond *duration*, the end of
    the audio.

    Examples
    --------
    >>> time_cues([0.0, 0.4, 3.0], [0.4, 2.0, 3.1], min_gap=0.1, min_duration=1.0)
    [(0.0, 0.30000000000000004), (0.4, 2.0), (3.0, 4.0)]
    """
    in_order: list[float] = []
    for start in starts:
        least = in_order[-1] + _LEAST if in_order else 0.0
        in_order.append(max(start, least))
    times = []
    for i, (start, end) in enumerate(zip(in_order, ends, strict=True)):
        wanted = max(end, start + min_duration, start + _LEAST)
        if i + 1 < len(in_order):
            following = in_order[i + 1]
            wanted = min(wanted, following - min(min_gap, (following - start) / 2))
        elif duration is not None:
            wanted = max(min(wanted, duration), start + _LEAST)
        times.append((start, wanted))
    return times
