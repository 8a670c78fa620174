"""Labels with their times, as one immutable value.

Conventions
-----------
Times are seconds, float64, shape (n, 2); row i belongs to label i. An interval is half-open, [start, end). A Timeline
need not be tidy: what services send overlaps, repeats and may not be finite. `clipaudio.timing.repair` makes it
ascending, disjoint and finite, and reports every change.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clipaudio.errors import TimelineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Entry", "Spans", "Timeline", "Times", "split_spans"]

Times = NDArray[np.float64]
Index = NDArray[np.intp]
Rows: TypeAlias = "slice | Sequence[int] | Sequence[bool] | NDArray[Any]"


class Entry(NamedTuple):
    """One label with its time in seconds; unpacks as ``label, start, end``."""

    label: str
    start: float
    end: float

    @property
    def duration(self) -> float:
        """Seconds from start to end."""
        return self.end - self.start


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Timeline:
    """Labels and times of graphemes, phones, words or anything else that has both.

    ``line[i]`` is one `Entry`. A slice, a list of rows or a boolean mask selects a new value of the same type.

    Parameters
    ----------
    labels
        n strings; any sequence, kept as a tuple.
    times
        float64, shape (n, 2), seconds; copied unless already read-only.

    Raises
    ------
    TimelineError
        The times do not have shape (n, 2), or labels and times differ in number.

    Examples
    --------
    >>> line = Timeline(("H", "i"), [[0.1, 0.2], [0.2, 0.35]])
    >>> len(line), line[1].label, round(line[1].duration, 2)
    (2, 'i', 0.15)
    >>> line.times.flags.writeable
    False
    """

    labels: tuple[str, ...]
    times: Times

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels))
        object.__setattr__(self, "times", _frozen_pairs(self.times))
        if len(self.labels) != len(self.times):
            raise TimelineError(
                f"{len(self.labels)} labels but {len(self.times)} times; give one [start, end] pair per label"
            )

    @classmethod
    def of_checked(cls, *values: Any) -> Self:  # noqa: ANN401 - the fields of a subclass are its own
        """Return one of values that are as the constructor would leave them: a tuple, and read-only arrays."""
        line = object.__new__(cls)
        for name, value in zip(cls.__match_args__, values, strict=True):
            object.__setattr__(line, name, value)
        return line

    @classmethod
    def empty(cls) -> Timeline:
        """Return an empty Timeline."""
        return cls((), np.empty((0, 2)))

    @property
    def starts(self) -> NDArray[np.float64]:
        """Starts, float64, shape (n,), seconds."""
        return self.times[:, 0]

    @property
    def ends(self) -> NDArray[np.float64]:
        """Ends, float64, shape (n,), seconds."""
        return self.times[:, 1]

    @property
    def durations(self) -> NDArray[np.float64]:
        """Ends minus starts, float64, shape (n,), seconds."""
        return self.times[:, 1] - self.times[:, 0]

    @property
    def text(self) -> str:
        """All labels joined."""
        return "".join(self.labels)

    def __len__(self) -> int:
        return len(self.labels)

    @overload
    def __getitem__(self, index: int | np.integer[Any]) -> Entry: ...

    @overload
    def __getitem__(self, index: Rows) -> Self: ...

    def __getitem__(
        self, index: int | np.integer[Any] | slice | Sequence[int] | Sequence[bool] | NDArray[Any]
    ) -> Entry | Self:
        if isinstance(index, int | np.integer):
            row = operator.index(index)
            start, end = self.times[row].tolist()
            return Entry(self.labels[row], start, end)
        try:
            rows = np.arange(len(self))[_rows(index)]
        except (IndexError, TypeError) as error:
            raise TimelineError(f"{type(self).__name__} of {len(self)} labels has no such rows: {error}") from error
        return self._at(rows)

    def _at(self, rows: Index) -> Self:
        """Return the entries at *rows* (intp)."""
        return type(self)(tuple([self.labels[row] for row in rows.tolist()]), self.times[rows])

    def __iter__(self) -> Iterator[Entry]:
        return map(Entry, self.labels, self.times[:, 0].tolist(), self.times[:, 1].tolist())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Timeline) or isinstance(other, Spans) is not isinstance(self, Spans):
            return NotImplemented
        return self.labels == other.labels and np.array_equal(self.times, other.times, equal_nan=True)

    def __hash__(self) -> int:
        return hash(self.labels)  # not the times: 0.0 equals -0.0 but has other bytes

    def __repr__(self) -> str:
        text = self.text if len(self.text) <= 30 else self.text[:29] + "…"
        end = f", ends at {self.times[-1, 1]:.3f} s" if len(self) else ""
        return f"<{type(self).__name__}: {len(self)} labels {text!r}{end}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.labels, self.times)


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Spans(Timeline):
    """A Timeline whose entry i covers rows `child_ranges[i, 0]` to `child_ranges[i, 1]` (half-open) of the level below.

    Words cover graphemes, sentences cover words, syllables cover phones.

    Parameters
    ----------
    labels, times
        As in `Timeline`.
    child_ranges
        intp, shape (n, 2), half-open rows of the level below.

    Examples
    --------
    >>> Spans(("Hi",), [[0.1, 0.35]], [[0, 2]]).child_ranges.tolist()
    [[0, 2]]
    """

    child_ranges: Index

    def __post_init__(self) -> None:
        super(Spans, self).__post_init__()
        ranges = _frozen_ranges(self.child_ranges)
        object.__setattr__(self, "child_ranges", ranges)
        if len(ranges) != len(self.labels):
            raise TimelineError(
                f"{len(self.labels)} labels but {len(ranges)} child_ranges; give one (first, stop) per label"
            )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spans):
            return NotImplemented
        return Timeline.__eq__(self, other) and np.array_equal(self.child_ranges, other.child_ranges)

    __hash__ = Timeline.__hash__

    def _at(self, rows: Index) -> Self:
        return type(self)(tuple([self.labels[row] for row in rows.tolist()]), self.times[rows], self.child_ranges[rows])

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.labels, self.times, self.child_ranges)


def split_spans(spans: Spans, bounds: Index) -> list[Spans]:
    """Return the spans between each two *bounds*; their `child_ranges` stay as they are.

    Examples
    --------
    >>> both = Spans(("a", "b"), [[0, 1], [0, 2]], [[0, 1], [0, 2]])
    >>> [part.labels for part in split_spans(both, np.array([0, 1, 2]))]
    [('a',), ('b',)]
    """
    labels, times, ranges = spans.labels, spans.times, spans.child_ranges
    return [Spans.of_checked(labels[a:b], times[a:b], ranges[a:b]) for a, b in pairwise(bounds.tolist())]


def _rows(index: Rows) -> slice | NDArray[Any]:
    """Return *index* as numpy takes it; an empty list selects nothing."""
    if isinstance(index, slice):
        return index
    rows = np.asarray(index)
    return rows.astype(np.intp) if rows.size == 0 else rows


def _frozen_pairs(times: ArrayLike) -> Times:
    """Return *times* as a read-only float64 (n, 2) array, copied unless it is one already."""
    if isinstance(times, np.ndarray) and times.dtype == np.float64 and not times.flags.writeable:
        array = times
    else:
        try:
            array = np.array(times, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise TimelineError(f"times must be [start, end] pairs of numbers: {error}") from error
        if array.size == 0:
            array = array.reshape(0, 2)
        array.flags.writeable = False
    if array.ndim != 2 or array.shape[1] != 2:
        raise TimelineError(f"times have shape {array.shape}; expected (n, 2): one [start, end] pair per label")
    return array


def _frozen_ranges(ranges: ArrayLike) -> Index:
    """Return *ranges* as a read-only intp (n, 2) array, copied unless it is one already."""
    if isinstance(ranges, np.ndarray) and ranges.dtype == np.intp and ranges.ndim == 2 and not ranges.flags.writeable:
        return ranges
    try:
        array = np.array(ranges, dtype=np.intp).reshape(-1, 2)
    except (TypeError, ValueError) as error:
        raise TimelineError(f"child_ranges must be (first, stop) pairs of rows: {error}") from error
    array.flags.writeable = False
    return array
