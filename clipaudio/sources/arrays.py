"""Parallel arrays of labels, starts and ends, as messages of a stream bring them piece by piece.

A stream has thousands of small messages. So numbers are checked and converted once for all of them, in `join_arrays`.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.sources.fields import as_numbers, as_texts, wrong

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from clipaudio.timing.timeline import Times

__all__ = ["Arrays", "find_spans", "join_arrays", "read_arrays", "start_offsets"]


_LONGEST: Final = 1e12
"""Seconds that no stream lasts."""


class Arrays:
    """Labels and times in seconds; those of a message are converted when they are needed."""

    __slots__ = ("_ends", "_keys", "_path", "_per_second", "_starts", "_times", "has_durations", "labels")

    def __init__(self, labels: list[Any], times: Times | None) -> None:
        self.labels: list[Any] = labels
        self._times = times
        self._starts: list[Any] = []
        self._ends: list[Any] = []
        self._path, self._keys = "$", ("", "", "")
        self._per_second, self.has_durations = 1.0, False

    @classmethod
    def of(
        cls, value: object, path: str, keys: tuple[str, str, str], *, per_second: float, has_durations: bool
    ) -> Arrays:
        """Return the arrays of an object; see `read_arrays`."""
        arrays = cls([], None)
        arrays._path, arrays._keys, arrays._per_second = path, keys, per_second
        arrays.has_durations = has_durations
        if value is None:
            return arrays
        if not isinstance(value, dict):
            raise wrong(path, value, "an object")
        found = [value.get(key) for key in keys]
        for key, entries in zip(keys, found, strict=True):
            if entries is not None and not isinstance(entries, list):
                raise wrong(f"{path}.{key}", entries, "a list")
        labels, starts, ends = (entries or [] for entries in found)
        count = len(labels)
        arrays.labels = labels
        arrays._starts = starts if len(starts) == count else [*starts[:count], *[None] * (count - len(starts))]
        arrays._ends = ends if len(ends) == count else [*ends[:count], *[None] * (count - len(ends))]
        return arrays

    @property
    def times(self) -> Times:
        """Times, float64, shape (n, 2), seconds; NaN where one is missing."""
        if self._times is None:
            joined = join_arrays([self])
            self.labels, self._times = joined.labels, joined.times
        return self._times

    @property
    def span(self) -> float:
        """Seconds up to the last end."""
        return float(find_spans([self])[0])


def read_arrays(
    value: object, path: str, keys: tuple[str, str, str], *, per_second: float = 1.0, durations: bool = False
) -> Arrays:
    """Read an object of parallel arrays; a missing time is NaN, a time without a label is left out.

    Raises
    ------
    SourceError
        An array is none. An entry of the wrong type is an error when the times are made.

    Examples
    --------
    >>> spoken = {"words": ["a", "b"], "start": [0, 200], "end": [100]}
    >>> read_arrays(spoken, "$", ("words", "start", "end"), per_second=1e3).times.tolist()
    [[0.0, 0.1], [0.2, nan]]
    """
    return Arrays.of(value, path, keys, per_second=per_second, has_durations=durations)


def join_arrays(parts: Sequence[Arrays], offsets: ArrayLike = ()) -> Arrays:
    """Append arrays; each is moved by its offset in seconds.

    Raises
    ------
    SourceError
        An entry has the wrong type; `path` names it.
    """
    if any(part._times is not None for part in parts):  # noqa: SLF001 - of the same class
        blocks = [part.times for part in parts]
        labels = list(chain.from_iterable(part.labels for part in parts))
        times = np.concatenate([np.empty((0, 2)), *blocks])
    else:
        labels, times = _convert(parts)
    if np.size(offsets):
        times = times + np.repeat(np.asarray(offsets, float), [len(part.labels) for part in parts])[:, None]
    return Arrays(labels, times)


def find_spans(parts: Sequence[Arrays]) -> NDArray[np.float64]:
    """Return the seconds up to the last end of each of *parts*, shape (n,); 0 where none is known.

    Raises
    ------
    SourceError
        As `join_arrays` does.
    """
    ends = join_arrays(parts).times[:, 1]
    counts = np.array([len(part.labels) for part in parts], np.intp)
    spans = np.zeros(len(parts))
    if len(ends):
        firsts = np.cumsum(counts) - counts
        known = np.where(np.abs(ends) < _LONGEST, ends, 0.0)
        spans[counts > 0] = np.maximum(np.maximum.reduceat(known, firsts[counts > 0]), 0.0)
    return spans


def start_offsets(spans: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the second at which each part begins if it follows the one before, shape (n,).

    Examples
    --------
    >>> start_offsets(np.array([0.5, 0.25, 1.0])).tolist()
    [0.0, 0.5, 0.75]
    """
    return np.concatenate((np.zeros(min(len(spans), 1)), np.cumsum(spans[:-1])))


def _convert(parts: Sequence[Arrays]) -> tuple[list[str], Times]:
    """Check and convert the entries of all *parts* at once."""
    firsts = list(accumulate((len(part.labels) for part in parts), initial=0))

    def path(row: int, side: int) -> str:
        at = bisect_right(firsts, row) - 1
        part = parts[at]
        return f"{part._path}.{part._keys[side]}[{row - firsts[at]}]"  # noqa: SLF001 - of the same class

    labels = list(chain.from_iterable(part.labels for part in parts))
    starts = list(chain.from_iterable(part._starts for part in parts))  # noqa: SLF001 - as above
    ends = list(chain.from_iterable(part._ends for part in parts))  # noqa: SLF001 - as above
    spoken = as_texts(labels, lambda row: path(row, 0))
    times = np.empty((len(labels), 2))
    times[:, 0] = as_numbers(starts, lambda row: path(row, 1))
    times[:, 1] = as_numbers(ends, lambda row: path(row, 2))
    if parts:
        times /= parts[0]._per_second  # noqa: SLF001 - as above
        if parts[0].has_durations:
            times[:, 1] += times[:, 0]
    return spoken, times
