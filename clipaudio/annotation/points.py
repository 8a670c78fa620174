"""Labelled points in time, as one immutable value: the content of a point tier of a TextGrid.

Conventions
-----------
Seconds, float64, shape (n,). A point may have no label; an interval without a label is silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from clipaudio.errors import TimelineError
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["AnyTier", "Points", "to_starts"]


@dataclass(frozen=True, eq=False, slots=True)
class Points:
    """Labels and their times.

    Parameters
    ----------
    labels
        n strings; any sequence, kept as a tuple.
    times
        float64, shape (n,), seconds; copied, read-only.

    Raises
    ------
    TimelineError
        The times are no numbers, do not have shape (n,), or differ in number from the labels.

    Examples
    --------
    >>> marks = Points(("click", ""), [0.25, 0.5])
    >>> len(marks), marks.times.tolist(), marks == Points(("click", ""), [0.25, 0.5])
    (2, [0.25, 0.5], True)
    """

    labels: tuple[str, ...]
    times: NDArray[np.float64]

    def __post_init__(self) -> None:
        try:
            times = np.array(self.times, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise TimelineError(f"the times of points must be numbers: {error}") from error
        times.flags.writeable = False
        object.__setattr__(self, "labels", tuple(self.labels))
        object.__setattr__(self, "times", times)
        if times.shape != (len(self.labels),):
            raise TimelineError(f"{len(self.labels)} labels but times of shape {times.shape}; give one time per label")

    def __len__(self) -> int:
        return len(self.labels)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Points):
            return NotImplemented
        return self.labels == other.labels and np.array_equal(self.times, other.times, equal_nan=True)

    def __hash__(self) -> int:
        return hash(self.labels)  # not the times: 0.0 equals -0.0 but has other bytes

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.labels, self.times)


AnyTier: TypeAlias = Timeline | Points
"""Content of a tier of a TextGrid."""


def to_starts(timeline: Timeline) -> Points:
    """Return the start of every entry as a point.

    Examples
    --------
    >>> to_starts(Timeline(("Hi", "you"), [[0.1, 0.3], [0.3, 0.9]])).times.tolist()
    [0.1, 0.3]
    """
    return Points(timeline.labels, timeline.starts)
