"""Keep the order of the text: where times run backwards, change times and never the order of labels.

Restart
-------
The clock restarts where a start falls back to the first `_NEAR_ZERO` seconds and below half of the time reached, with
at least two ascending entries on either side. The entries after it are moved behind those before it, unless they would
then not fit into the audio.

Disorder
--------
Otherwise the longest run of ascending starts is trusted. Every other entry is clamped to the trusted starts around it,
or loses its time if that would move it by its own length or more; `overlap_resolution` then places it.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.timing.intervals import LONGEST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.timing.repair_report import FindingRecorder
    from clipaudio.timing.timeline import Index

    Seconds = NDArray[np.float64]
    Mask = NDArray[np.bool_]

__all__ = ["keep_order"]

_NEAR_ZERO: Final = 0.25


def keep_order(
    starts: Seconds, ends: Seconds, known: Mask, duration: float | None, recorder: FindingRecorder
) -> tuple[Seconds, Seconds, Mask]:
    """Return starts that ascend, with their ends and the mask of known times.

    Parameters
    ----------
    starts, ends
        float64, shape (n,), seconds, start before end.
    known
        bool, shape (n,): the entry has a time. Other entries are ignored.
    duration
        Seconds of audio, None if unknown.
    recorder
        Records rows as "restart" and "disorder".
    """
    rows = known.nonzero()[0]
    if _ascends(starts[rows]):
        return starts, ends, known
    starts, ends, known = starts.copy(), ends.copy(), known.copy()
    delay = _restart_delays(starts[rows], ends[rows], LONGEST if duration is None else duration)
    recorder.note("restart", rows[delay > 0])
    starts[rows] += delay
    ends[rows] += delay
    if _ascends(starts[rows]):
        return starts, ends, known
    chosen = _longest_ascending(starts[rows].tolist())
    trusted = np.zeros(len(rows), bool)
    trusted[chosen] = True
    recorder.note("disorder", rows[~trusted])
    before = np.maximum.accumulate(np.where(trusted, starts[rows], -np.inf))
    after = np.minimum.accumulate(np.where(trusted, starts[rows], np.inf)[::-1])[::-1]
    clamped = np.maximum.accumulate(np.clip(starts[rows], before, after))
    known[rows] = np.abs(clamped - starts[rows]) < np.where(trusted, np.inf, ends[rows] - starts[rows])
    starts[rows] = clamped
    return starts, ends, known


def _ascends(starts: Seconds) -> bool:
    return bool((starts[1:] >= starts[:-1]).all())


def _restart_delays(starts: Seconds, ends: Seconds, limit: float) -> Seconds:
    """Return the seconds by which each entry moves because the clock restarted before it."""
    delay = np.zeros(len(starts))
    rises = starts[1:] >= starts[:-1]
    reached = np.maximum.accumulate(starts)[:-1]
    falls = (~rises) & (starts[1:] <= _NEAR_ZERO) & (starts[1:] < reached / 2)
    falls[:1] = False
    falls[1:] &= rises[:-1]
    falls[-1:] = False
    falls[:-1] &= rises[1:]
    firsts = [0, *(falls.nonzero()[0] + 1).tolist(), len(starts)]
    offset = 0.0
    for first, stop, following in zip(firsts, firsts[1:], firsts[2:], strict=False):
        offset += float(ends[first:stop].max())
        if offset + float(ends[stop:following].max()) > limit:
            break
        delay[stop:following] = offset
    return delay


def _longest_ascending(values: list[float]) -> Index:
    """Return the rows of the longest non-descending subsequence (patience sorting, O(n log n)).

    Examples
    --------
    >>> _longest_ascending([0.5, 0.0, 0.2, 0.1, 0.3]).tolist()
    [1, 3, 4]
    """
    tails: list[float] = []
    tail_rows: list[int] = []
    previous = [-1] * len(values)
    for row, value in enumerate(values):
        at = bisect_right(tails, value)
        previous[row] = tail_rows[at - 1] if at else -1
        tails[at : at + 1] = [value]  # replaces one or appends
        tail_rows[at : at + 1] = [row]
    rows = []
    row = tail_rows[-1]
    while row >= 0:
        rows.append(row)
        row = previous[row]
    return np.array(rows[::-1], np.intp)
