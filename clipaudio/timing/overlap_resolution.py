"""Make intervals disjoint: split shared ones, cut overlaps, find room for entries without a length.

An entry with a usable length is *solid*. Solid neighbours with one identical interval form a group, which is split
evenly among them; groups that overlap are cut at the midpoint. Entries without a usable length (zero length, not
finite, outside the audio) are *weak*: a run of them takes the room between the groups around it, at most the usual
length each, or, where there is no room, a share of the group before it. There, blanks and marks take only a sliver:
a word ends with its last letter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.timing.characters import is_mark
from clipaudio.timing.intervals import SHORTEST, TOUCH, any_within, pair_up_columns, rise_within

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from clipaudio.timing.repair_report import FindingRecorder
    from clipaudio.timing.timeline import Index, Times

__all__ = ["Groups", "make_groups", "place"]

_SLIVER: Final = 1e-3
"""Seconds that all blanks and marks without length together take from the group that they join."""


@dataclass(eq=False, slots=True)
class Groups:
    """Disjoint intervals and the rows they belong to.

    Attributes
    ----------
    starts, ends
        float64, shape (g,), seconds, ascending.
    owner
        intp, shape (n,): the group of each row, -1 for a weak one.
    """

    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    owner: Index

    @property
    def counts(self) -> Index:
        """Rows in each group, intp, shape (g,)."""
        return np.bincount(self.owner + 1, minlength=len(self.starts) + 1)[1:]  # the first are the weak ones


def make_groups(
    starts: NDArray[np.float64], ends: NDArray[np.float64], solid: NDArray[np.bool_], recorder: FindingRecorder
) -> Groups:
    """Join identical neighbours among the *solid* rows and cut overlapping ones at the midpoint.

    Starts are ascending. Ends are made ascending (an interval that contains a later one ends with it), so midpoints
    ascend too and no cut crosses another. Rows of two timelines of the *recorder* are no neighbours.
    """
    rows = solid.nonzero()[0]
    bounds = rows.searchsorted(recorder.bounds)
    edges = bounds[(bounds > 0) & (bounds < len(rows))]  # where another timeline begins
    starts, ends = starts[rows], ends[rows]
    ascending = -rise_within(-ends[::-1], len(rows) - bounds[::-1])[::-1]
    held = ascending < ends
    fresh = np.ones(len(rows), bool)
    fresh[1:] = (starts[1:] - starts[:-1] > TOUCH) | (np.abs(ascending[1:] - ascending[:-1]) > TOUCH)
    fresh[edges] = True
    of_row = fresh.cumsum() - 1
    joined = ~fresh
    joined[:-1] |= ~fresh[1:]
    recorder.note("shared", rows[joined])
    start, end = starts[fresh], ascending[fresh]
    distance = start[1:] - end[:-1]
    distance[of_row[edges] - 1] = 0.0
    over = distance < -TOUCH
    near = (np.abs(distance) <= TOUCH) & (distance != 0)
    recorder.note("overlap", rows[_beside(over)[of_row] | held])
    if near.any():
        recorder.note("touch", rows[_beside(near)[of_row]])
    cut = (over | near).nonzero()[0]
    middle = (end[cut] + start[cut + 1]) / 2
    start[cut + 1], end[cut] = middle, middle
    owner = np.full(len(solid), -1, np.intp)
    owner[rows] = of_row
    return Groups(start, end, owner)


def _beside(cut: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask of the groups on either side of a cut."""
    sides = np.zeros(len(cut) + 1, bool)
    sides[:-1] = cut
    sides[1:] |= cut
    return sides


def place(
    groups: Groups, moments: NDArray[np.float64], limit_of: Callable[[int], float], recorder: FindingRecorder
) -> tuple[Times, Times]:
    """Split groups evenly among their rows, and assign room or a share to every weak row.

    Parameters
    ----------
    groups
        From `make_groups`; modified in place.
    moments
        float64, shape (n,), seconds: preferred start of each row, NaN if unknown.
    limit_of
        Called with the number of a timeline of the recorder; returns the second at which it ends at the latest.
    recorder
        Records the rows that get room or a share.

    Returns
    -------
    spread, shared
        float64, shape (n, 2), seconds: disjoint times, and times in which rows of one group share its interval.
    """
    sound = groups.ends - groups.starts >= SHORTEST * groups.counts
    odd = groups.owner < 0
    if not sound.all():
        odd |= ~np.append(sound, True)[groups.owner]
    if not odd.any():  # the usual case
        return _place_solid(groups)
    are_odd = any_within(odd, recorder.bounds)
    numbers = are_odd.nonzero()[0].tolist()
    limits = np.array([limit_of(number) for number in numbers])
    if are_odd.all():
        return _place_weak(groups, moments, limits, recorder)
    spread, shared = np.empty((2, len(moments), 2))
    rows = are_odd.repeat(recorder.bounds[1:] - recorder.bounds[:-1])
    if not rows.all():  # the timelines without odd rows have less to do
        spread[~rows], shared[~rows] = _place_solid(_groups_of(groups, ~rows))
    spread[rows], shared[rows] = _place_weak(_groups_of(groups, rows), moments[rows], limits, recorder.only(numbers))
    return spread, shared


def _groups_of(groups: Groups, rows: NDArray[np.bool_]) -> Groups:
    """Return the groups of whole timelines, those of *rows*."""
    owner = groups.owner[rows]
    chosen = np.zeros(len(groups.starts) + 1, bool)
    chosen[owner] = True
    chosen[-1] = False  # that of weak rows
    renumber = np.where(chosen, chosen.cumsum() - 1, -1)
    return Groups(groups.starts[chosen[:-1]], groups.ends[chosen[:-1]], renumber[owner])


def _place_solid(groups: Groups) -> tuple[Times, Times]:
    """Place rows that all have a length, in groups that are long enough to split."""
    shared = pair_up_columns(groups.starts, groups.ends)[groups.owner]
    return _split(groups.owner, shared, groups.counts, np.zeros(len(shared), bool)), shared


def _place_weak(
    groups: Groups, moments: NDArray[np.float64], limits: NDArray[np.float64], recorder: FindingRecorder
) -> tuple[Times, Times]:
    """Place the rows of timelines with weak rows, or with rows that share a group too short to split."""
    moments = _dismiss_slivers(groups, moments)
    weak = (groups.owner < 0).nonzero()[0]
    shared = np.empty((len(moments), 2))
    slight = np.zeros(len(moments), bool)
    if len(weak):
        recorder.note("zero_length", weak[~np.isnan(moments[weak])])
        shared[weak] = _make_room(groups, weak, moments[weak], limits, recorder)
        joined = weak[groups.owner[weak] >= 0]
        slight[joined] = [is_mark(label) for label in recorder.labels_of(joined)]
    if not len(weak) or (groups.owner >= 0).all():
        shared = pair_up_columns(groups.starts, groups.ends)[groups.owner]
        return _split(groups.owner, shared, groups.counts, slight), shared
    solid = groups.owner >= 0
    owner = groups.owner[solid]
    shared[solid] = pair_up_columns(groups.starts, groups.ends)[owner]
    spread = shared.copy()
    spread[solid] = _split(owner, shared[solid], groups.counts, slight[solid])
    return spread, shared


def _dismiss_slivers(groups: Groups, moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make the rows of groups too short to split weak; return moments with the former starts of these rows."""
    sound = groups.ends - groups.starts >= SHORTEST * groups.counts
    if sound.all():
        return moments
    owned = groups.owner >= 0
    moments = moments.copy()
    moments[owned] = groups.starts[groups.owner[owned]]
    renumber = np.append(np.where(sound, np.cumsum(sound) - 1, -1), -1)
    groups.owner = renumber[groups.owner]
    groups.starts, groups.ends = groups.starts[sound], groups.ends[sound]
    return moments


def _make_room(
    groups: Groups, weak: Index, moments: NDArray[np.float64], limits: NDArray[np.float64], recorder: FindingRecorder
) -> Times:
    """Return the interval of each weak row; a run without room joins the group beside it if that is long enough.

    A run is all weak rows between two groups; rows inside a group belong to the run after it and have no room.
    """
    starts, ends = groups.starts, groups.ends
    reached = np.maximum.accumulate(groups.owner)
    bounds = np.append(-1, reached)[recorder.bounds] + 1  # the first group of each timeline, and the number of all
    line = recorder.bounds.searchsorted(weak, "right") - 1
    before = reached[weak]  # the group each weak row follows, -1 for none in its timeline
    before[before < bounds[line]] = -1
    fresh = (np.diff(before, prepend=-2) != 0) | (np.diff(line, prepend=-1) != 0)
    run = np.cumsum(fresh) - 1
    size = np.bincount(run)
    group, line = before[fresh], line[fresh]
    after = np.where(group < 0, bounds[line], group + 1)
    left = np.append(ends, 0.0)[group]
    full, last = bounds[1:] > bounds[:-1], limits.copy()
    last[full] = np.maximum(limits[full], ends[bounds[1:][full] - 1])
    right = np.where(after < bounds[line + 1], np.append(starts, 0.0)[after], last[line])
    usual = _medians((ends - starts) / groups.counts, bounds)[line]
    width = np.minimum(np.where(_inside(groups, weak[fresh], group), 0.0, right - left), size * usual)
    fits = width >= size * SHORTEST
    width[~fits] = 0.0
    moment = np.where(np.isnan(moments[fresh]), np.where(group < 0, np.inf, left), moments[fresh])
    begin = np.minimum(np.maximum(moment, left), right - width)
    needy = np.where(fits | (bounds[line] == bounds[line + 1]), 0, size)
    if needy.any():
        _share(groups, weak, run, needy, group, np.where(group < 0, np.where(needy > 0, after, 0), group), recorder)
    rank = np.arange(len(weak)) - np.flatnonzero(fresh)[run]
    return _pieces(pair_up_columns(begin, begin + width)[run], rank, rank + 1, size[run])


def _medians(values: NDArray[np.float64], bounds: Index) -> NDArray[np.float64]:
    """Return the median of the values from each of *bounds* to the next, infinite where there is none."""
    counts = bounds[1:] - bounds[:-1]
    ordered = values[np.lexsort((values, np.arange(len(counts)).repeat(counts)))]
    ordered = np.append(ordered, math.inf)
    low = np.where(counts > 0, bounds[:-1] + (counts - 1) // 2, -1)
    high = np.where(counts > 0, bounds[:-1] + counts // 2, -1)
    return (ordered[low] + ordered[high]) / 2


def _inside(groups: Groups, row: Index, group: Index) -> NDArray[np.bool_]:
    """Return a mask: *row* comes before the last row of its *group*."""
    owned = np.flatnonzero(groups.owner >= 0)
    last_row = np.full(len(groups.starts) + 1, -1, np.intp)  # one more, for the group -1
    last_row[groups.owner[owned]] = owned  # ascending, so the last one wins
    return row < last_row[group]


def _share(
    groups: Groups, weak: Index, run: Index, size: Index, before: Index, host: Index, recorder: FindingRecorder
) -> None:
    """Add runs of *size* rows to their *host* if it is long enough.

    That is the group *before* them, or for the first run of a timeline, which has none, the group after it.
    """
    room = groups.ends - groups.starts - SHORTEST * groups.counts
    shares = np.zeros(len(size), bool)
    for those in (before < 0, before >= 0):  # two runs may take from the first group: one after the other
        taken = those & (size > 0) & (room[host] >= SHORTEST * size)
        np.subtract.at(room, host[taken], SHORTEST * size[taken])
        shares |= taken
    rows = shares[run]
    groups.owner[weak[rows]] = host[run[rows]]
    hosts = np.zeros(len(groups.starts) + 1, bool)
    hosts[host[shares]] = True
    recorder.note("zero_length", hosts[groups.owner])


def _split(owner: Index, shared: Times, counts: Index, slight: NDArray[np.bool_]) -> Times:
    """Divide each group's interval among its rows, in row order: evenly, except for slivers of the *slight* rows."""
    if (counts == 1).all():
        return shared.copy()
    first = np.cumsum(counts) - counts
    rank = np.arange(len(owner)) - first[owner]
    if not slight.any():
        return _pieces(shared, rank, rank + 1, counts[owner])
    length = np.zeros(len(counts))
    length[owner] = shared[:, 1] - shared[:, 0]
    few = np.bincount(owner, slight, minlength=len(counts))
    sliver = np.minimum(np.maximum(_SLIVER / np.maximum(few, 1), 2 * SHORTEST), length / counts)
    weight = sliver * (counts - few) / (length - few * sliver)  # of a slight row; that of the others is 1
    before = np.append(0, np.cumsum(slight))
    before, after = before[:-1] - before[first][owner], before[1:] - before[first][owner]
    low = before * weight[owner] + (rank - before)
    high = after * weight[owner] + (rank + 1 - after)
    return _pieces(shared, low, high, (few * weight + (counts - few))[owner])


def _pieces(
    whole: Times,
    low: NDArray[Any],
    high: NDArray[Any],
    total: NDArray[Any],
) -> Times:
    """Return the part from *low* to *high* of *total* of each interval; neighbours share their boundary exactly."""
    length = whole[:, 1] - whole[:, 0]
    pieces = np.empty((len(whole), 2))
    pieces[:, 0] = whole[:, 0] + length * (low / total)
    pieces[:, 1] = np.where(high == total, whole[:, 1], whole[:, 0] + length * (high / total))
    return pieces
