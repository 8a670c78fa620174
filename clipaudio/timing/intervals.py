"""Functions on intervals: arrays of [start, end) pairs.

Conventions
-----------
`times` is float64, shape (n, 2), seconds. *Tidy* means ascending, disjoint, finite, not before zero, not after the end
of the audio, each interval at least `SHORTEST` long, and neighbours either share a boundary exactly or are more than
`TOUCH` apart. Functions return new arrays; an empty input returns an empty output.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np

from clipaudio.errors import TimelineError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Index, Times

_Number = TypeVar("_Number", np.float64, np.int64)
_Value = TypeVar("_Value", bound=np.generic)

__all__ = [
    "LONGEST",
    "SHORTEST",
    "TOUCH",
    "any_within",
    "are_tidy",
    "as_times",
    "find_gaps",
    "find_overlapping_rows",
    "is_tidy",
    "keep_between",
    "list_run_rows",
    "mark_changes",
    "pair_up_columns",
    "rank_in_turn",
    "rise_within",
    "shift_rows",
    "span_runs",
]

SHORTEST: Final = 1e-9
"""Seconds. A shorter interval has no length: it is a thousandth of a sample even at 1 MHz."""
TOUCH: Final = 1e-9
"""Seconds. Neighbours no further apart than this touch: it is rounding, not silence."""
LONGEST: Final = 1e6
"""Seconds, over eleven days. No clip is longer, and float64 cannot resolve `SHORTEST` beyond it."""

_END_KEYS = ("end", "end_time", "stop")
_START_KEYS = ("start", "start_time", "begin")


def as_times(pairs: object, *, path: str = "times") -> Times:
    """Read interval pairs in any form that services send.

    Parameters
    ----------
    pairs
        A sequence of `[start, end]`, `{"start": …, "end": …}`, `{"start": …, "duration": …}`, single numbers
        (points: start = end) or null (unknown: NaN). Pairs of `[start, duration]` are read as `[start, end]`;
        `repair` tells them apart.
    path
        Path of the pairs in the payload, for error messages.

    Returns
    -------
    Times
        float64, shape (n, 2), in the incoming unit.

    Raises
    ------
    TimelineError
        A value is no number, or a pair does not have two of them; `path` names it.

    Examples
    --------
    >>> as_times([[0, 0.5], {"start": 0.5, "duration": 0.25}, None])
    array([[0.  , 0.5 ],
           [0.5 , 0.75],
           [ nan,  nan]])
    >>> as_times([[0, 1], [1, "x"]], path="$.graph_times")
    Traceback (most recent call last):
    clipaudio.errors.TimelineError: $.graph_times[1][1] is a string ('x'); expected a number
    """
    if pairs is None:
        return np.empty((0, 2))
    if isinstance(pairs, str | bytes | Mapping) or not isinstance(pairs, Sequence | np.ndarray):
        raise _wrong(path, pairs, "a list of [start, end] pairs")
    rows = [_as_pair(pair, f"{path}[{row}]") for row, pair in enumerate(pairs)]
    return np.array(rows, dtype=np.float64).reshape(-1, 2)


def _as_pair(pair: object, path: str) -> tuple[float, float]:
    """Read one interval; *path* names it in the error."""
    if pair is None:
        return math.nan, math.nan
    if isinstance(pair, Mapping):
        return _as_record(pair, path)
    if isinstance(pair, Sequence | np.ndarray) and not isinstance(pair, str | bytes):
        if len(pair) != 2:
            raise TimelineError(f"{path} has {len(pair)} values; expected [start, end]", path=path)
        return _as_number(pair[0], f"{path}[0]"), _as_number(pair[1], f"{path}[1]")
    point = _as_number(pair, path)
    return point, point


def _as_record(record: Mapping[object, object], path: str) -> tuple[float, float]:
    start_key = next((key for key in _START_KEYS if key in record), None)
    end_key = next((key for key in (*_END_KEYS, "duration") if key in record), None)
    if start_key is None or end_key is None:
        keys = ", ".join(map(str, record)) or "none"
        raise TimelineError(f"{path} has the keys {keys}; expected start and end", path=path)
    start = _as_number(record[start_key], f"{path}.{start_key}")
    end = _as_number(record[end_key], f"{path}.{end_key}")
    return start, start + end if end_key == "duration" else end


def _as_number(value: object, path: str) -> float:
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise _wrong(path, value, "a number")
    try:
        return float(value)
    except OverflowError:
        digits = int(math.log10(abs(int(value)))) + 1
        raise TimelineError(f"{path} is a number of {digits} digits; expected a time", path=path) from None


_JSON_NAMES = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", int: "a number"}


def _wrong(path: str, value: object, expected: str) -> TimelineError:
    kind = _JSON_NAMES.get(type(value), f"of type {type(value).__name__}")
    shown = repr(value) if len(repr(value)) <= 40 else repr(value)[:39] + "…"
    return TimelineError(f"{path} is {kind} ({shown}); expected {expected}", path=path)


def is_tidy(times: Times, duration: float | None = None) -> bool:
    """Return True if *times* are ascending, disjoint, finite and inside the audio.

    Examples
    --------
    >>> is_tidy(np.array([[0.0, 0.1], [0.1, 0.3]])), is_tidy(np.array([[0.0, 0.2], [0.1, 0.3]]))
    (True, False)
    """
    return bool(are_tidy(times, np.array([0, len(times)]), [duration])[0])


@np.errstate(invalid="ignore", over="ignore")
def are_tidy(times: Times, bounds: Index, durations: Sequence[float | None]) -> NDArray[np.bool_]:
    """Return which of several timelines, laid end to end, are tidy.

    Parameters
    ----------
    times
        float64, shape (n, 2), seconds.
    bounds
        intp, shape (k + 1,): where each of k timelines begins, and n.
    durations
        Seconds of audio of each, None if unknown.

    Examples
    --------
    >>> are_tidy(np.array([[0.0, 0.2], [0.1, 0.3], [0.0, 0.1]]), np.array([0, 2, 3]), [None, None]).tolist()
    [False, True]
    """
    starts, ends = times[:, 0], times[:, 1]
    limits = np.array([LONGEST if each is None else min(each, LONGEST) for each in durations])
    wrong = ~((starts >= 0) & (ends - starts >= SHORTEST) & (ends <= limits.repeat(bounds[1:] - bounds[:-1])))
    distance = starts[1:] - ends[:-1]
    close = ~((distance == 0) | (distance > TOUCH))
    if close.any():
        edges = bounds[(bounds > 0) & (bounds < len(times))] - 1
        close[edges] = False
        wrong[1:] |= close
    return ~any_within(wrong, bounds)


def any_within(mask: NDArray[np.bool_], bounds: Index) -> NDArray[np.bool_]:
    """Return which of several stretches, which begin at *bounds*, have a row that is True.

    Examples
    --------
    >>> any_within(np.array([False, True, False]), np.array([0, 2, 2, 3])).tolist()
    [True, False, False]
    """
    rows = mask.nonzero()[0]
    places = rows.searchsorted(bounds)
    found: NDArray[np.bool_] = places[1:] > places[:-1]
    return found


def find_gaps(times: Times) -> NDArray[np.float64]:
    """Measure the gap before each interval but the first, negative where neighbours overlap.

    Examples
    --------
    >>> find_gaps(np.array([[0.0, 0.1], [0.25, 0.3]])).round(6)
    array([0.15])
    """
    return times[1:, 0] - times[:-1, 1]


def span_runs(times: Times, runs: Index) -> Times:
    """Return the interval that covers each run of rows: start of its first row, end of its last.

    Parameters
    ----------
    times
        float64, shape (n, 2), sorted.
    runs
        intp, shape (m, 2), half-open rows, none of them empty.

    Examples
    --------
    >>> span_runs(np.array([[0.0, 0.1], [0.1, 0.3], [0.5, 0.6]]), np.array([[0, 2], [2, 3]]))
    array([[0. , 0.3],
           [0.5, 0.6]])
    """
    covered = np.empty((len(runs), 2))
    covered[:, 0] = times[runs[:, 0], 0]
    covered[:, 1] = times[runs[:, 1] - 1, 1]
    return covered


def find_overlapping_rows(inner: Times | Index, outer: Times | Index) -> tuple[Index, Index]:
    """Find, for each row of *inner*, the first row of *outer* that overlaps it, and how many do.

    Both are tidy. The rows of *outer* are searched in *inner* and counted, so the cost depends on the shorter level.

    Examples
    --------
    >>> find_overlapping_rows(np.array([[0.0, 0.3], [0.6, 0.7]]), np.array([[0.0, 0.1], [0.1, 0.5]]))
    (array([0, 2]), array([2, 0]))
    """
    count = len(inner)
    ended = inner[:, 0].searchsorted(outer[:, 1], side="left")  # first inner row that starts after it ended
    begun = inner[:, 1].searchsorted(outer[:, 0], side="right")  # first inner row that ends after it began
    first = np.bincount(ended, minlength=count + 1).cumsum()[:count]
    stop = np.bincount(begun, minlength=count + 1).cumsum()[:count]
    return first, np.maximum(stop - first, 0)


def rank_in_turn(values: NDArray[np.float64], clips: Index) -> Index:
    """Return whole numbers in the order of *values*, those of each of *clips* behind those of the clip before.

    Equal values of a clip have one number, so that times of several clips can be compared at once, exactly.

    Examples
    --------
    >>> rank_in_turn(np.array([0.5, 0.1, 0.1, 0.5]), np.array([0, 0, 1, 1])).tolist()
    [1, 0, 2, 3]
    """
    distinct, rank = np.unique(values, return_inverse=True)
    ranks: Index = rank.reshape(values.shape) + clips * len(distinct)
    return ranks


def pair_up_columns(first: NDArray[_Value], second: NDArray[_Value]) -> NDArray[_Value]:
    """Return *first* and *second* as the columns of one array, shape (n, 2); for short arrays faster than `stack`.

    Examples
    --------
    >>> pair_up_columns(np.array([0.0, 0.5]), np.array([0.5, 0.6])).tolist()
    [[0.0, 0.5], [0.5, 0.6]]
    """
    pairs = np.empty((len(first), 2), first.dtype)
    pairs[:, 0] = first
    pairs[:, 1] = second
    return pairs


def rise_within(values: NDArray[_Number], bounds: Index) -> NDArray[_Number]:
    """Return the largest of *values* so far, at each place of each of several stretches.

    Parameters
    ----------
    values
        Shape (n,).
    bounds
        intp, shape (k + 1,): where each of k stretches begins, and n.

    Examples
    --------
    >>> rise_within(np.array([3, 1, 2, 1, 5]), np.array([0, 2, 5])).tolist()
    [3, 3, 2, 2, 5]
    """
    falls = (values[1:] < values[:-1]).nonzero()[0] + 1
    inside = bounds[bounds.searchsorted(falls)] != falls
    if not inside.any():  # the usual case
        return values
    raised = values.copy()
    for stretch in np.unique(bounds.searchsorted(falls[inside], side="right") - 1).tolist():
        first, stop = bounds[stretch], bounds[stretch + 1]
        np.maximum.accumulate(values[first:stop], out=raised[first:stop])
    return raised


def mark_changes(values: Index) -> NDArray[np.bool_]:
    """Return which of *values* differ from the one before; the first does.

    Examples
    --------
    >>> mark_changes(np.array([3, 3, 5])).tolist()
    [True, False, True]
    """
    fresh = np.empty(len(values), bool)
    fresh[:1] = True
    np.not_equal(values[1:], values[:-1], out=fresh[1:])
    return fresh


def list_run_rows(first: Index, count: Index) -> Index:
    """List the rows of runs, one run after the other.

    Examples
    --------
    >>> list_run_rows(np.array([5, 0]), np.array([2, 3]))
    array([5, 6, 0, 1, 2])
    """
    before = count.cumsum() - count
    rows: Index = np.arange(int(count.sum())) + (first - before).repeat(count)
    return rows


def shift_rows(rows: Sequence[Index], sizes: Sequence[int]) -> Index:
    """Lay numbers of rows end to end, as the rows are that they count; *sizes* are the counts of these.

    Examples
    --------
    >>> shift_rows([np.array([0, 2]), np.array([1])], [3, 2]).tolist()
    [0, 2, 4]
    """
    return np.concatenate([own + first for own, first in zip(rows, accumulate(sizes, initial=0), strict=False)])


def keep_between(times: Times, known: NDArray[np.bool_]) -> Times:
    """Clip times that are estimated to the room between those that are *known*.

    Parameters
    ----------
    times
        float64, shape (n, 2), seconds; those that are known ascend and are disjoint.
    known
        bool, shape (n,).

    Examples
    --------
    >>> keep_between(np.array([[0.0, 0.5], [0.4, 0.9], [0.7, 1.0]]), np.array([True, False, True])).tolist()
    [[0.0, 0.5], [0.5, 0.7], [0.7, 1.0]]
    """
    if not len(times):
        return times
    least = np.maximum.accumulate(np.where(known, times[:, 1], 0.0))
    most = np.minimum.accumulate(np.where(known, times[:, 0], np.inf)[::-1])[::-1]
    inside = np.maximum(np.minimum(times, most[:, None]), least[:, None])
    result: Times = np.where(known[:, None], times, inside)
    return result
