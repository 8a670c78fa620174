"""Convert levels to tiers with parents: sentences contain words; words contain syllables, phones, graphemes.

Conventions
-----------
Times are whole ticks (milliseconds or samples) from 0. Entries of a tier are ascending, disjoint and at least one tick
long; an entry lies inside its parent. Every time is rounded once, halves up, and moved further only if one of these
rules needs it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from clipaudio.annotation.tier import check_duration, clean_labels
from clipaudio.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Timeline

__all__ = ["Tier", "TierLevel", "count_tiers"]


@dataclass(frozen=True, eq=False)
class TierLevel:
    """A tidy timeline with its name, its speaker if known and, if it has one, its parent.

    `parents` is intp, shape (n,): the row of the level *parent* in which each entry lies, -1 for none.
    """

    name: str
    timeline: Timeline
    parent: str | None = None
    parents: NDArray[np.intp] | None = None
    speaker: str = ""


@dataclass(frozen=True, eq=False)
class Tier:
    """A level in whole ticks.

    Attributes
    ----------
    name
        Name of the level.
    labels
        Clean labels, none empty.
    times
        int64, shape (n, 2), ticks.
    parent
        Name of the parent tier; None without a parent, or if an entry lies in none of its entries.
    parents
        intp, shape (n,): entry of the parent tier for each entry, -1 without a parent.
    speaker
        Name of the speaker, "" if unknown.
    """

    name: str
    labels: tuple[str, ...]
    times: NDArray[np.int64]
    parent: str | None
    parents: NDArray[np.intp]
    speaker: str = ""


def count_tiers(levels: Sequence[TierLevel], duration: float, *, ticks_per_second: int) -> tuple[Tier, ...]:
    """Convert levels to ticks, without entries that have no label.

    Parameters
    ----------
    levels
        Parents before their children.
    duration
        Seconds of the clip.
    ticks_per_second
        1000 for milliseconds, the sample rate for samples.

    Raises
    ------
    ExportError
        A time is not finite or negative, there are more entries than ticks, or two levels have one name.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> words = TierLevel("words", Timeline(("Hi",), [[0.1, 0.3004]]))
    >>> line = Timeline(("h", "aɪ"), [[0.1, 0.1002], [0.1002, 0.3004]])
    >>> phones = TierLevel("phones", line, "words", np.array([0, 0]))
    >>> [(tier.name, tier.times.tolist()) for tier in count_tiers([words, phones], 0.5, ticks_per_second=1000)]
    [('words', [[100, 300]]), ('phones', [[100, 101], [101, 300]])]
    """
    end = math.floor(check_duration(duration) * ticks_per_second + 0.5)
    counted: dict[str, Tier] = {}
    rows_of: dict[str, NDArray[np.intp]] = {}  # row of a level -> entry of its tier, -1 if left out
    for level in levels:
        if level.name in counted:
            raise ExportError(f"two tiers are called {level.name!r}; names must differ")
        labels = clean_labels(level.timeline.labels, name=level.name)
        seen = [row for row, label in enumerate(labels) if label]
        kept = np.array(seen, np.intp)
        rows_of[level.name] = np.full(len(labels) + 1, -1, np.intp)  # one more, for parent -1
        rows_of[level.name][kept] = np.arange(len(kept))
        parents = np.full(len(kept), -1, np.intp)
        parent = counted.get(level.parent or "")
        if parent is not None and level.parents is not None:
            parents = rows_of[parent.name][level.parents[kept]]
        if parent is None or (parents < 0).any() or (parents[1:] < parents[:-1]).any():
            parent, parents = None, np.full(len(kept), -1, np.intp)
        times = _in_ticks(level, kept, ticks_per_second)
        times = _apart(times, end, parent, parents, name=level.name)
        clean = tuple([labels[row] for row in seen])
        parent_name = None if parent is None else parent.name
        counted[level.name] = Tier(level.name, clean, times, parent_name, parents, level.speaker)
    return tuple(counted.values())


def _in_ticks(level: TierLevel, rows: NDArray[np.intp], ticks_per_second: int) -> NDArray[np.int64]:
    times = level.timeline.times[rows]
    sound = (times >= 0) & (times < math.inf)
    if not sound.all():
        row = int(rows[sound.all(axis=1).argmin()])
        start, stop = level.timeline.times[row].tolist()
        raise ExportError(
            f"tier {level.name!r}, label {row} is at {start}-{stop} s; expected finite times from 0 on: repair the"
            " timeline first",
            index=row,
            tier=level.name,
        )
    return np.floor(times * ticks_per_second + 0.5).astype(np.int64)


def _apart(
    times: NDArray[np.int64], end: int, parent: Tier | None, parents: NDArray[np.intp], *, name: str
) -> NDArray[np.int64]:
    """Make entries disjoint, at least a tick long, and inside their parents (or 0 to *end*)."""
    if not len(times):
        return times
    number = np.arange(len(times))
    if parent is None:
        low, high = np.zeros_like(number), np.full_like(number, end)
        first, last = np.zeros_like(number), np.full_like(number, len(times) - 1)
        count_before, count_after = number, len(times) - 1 - number
    else:
        low, high = parent.times[parents, 0], parent.times[parents, 1]
        first = parents.searchsorted(parents, side="left")
        last = parents.searchsorted(parents, side="right") - 1
        count_before, count_after = number - first, last - number
    # each entry and its siblings on either side need a tick
    least, most = low + count_before, high - count_after
    if (least >= most).any():
        row = int((least >= most).argmax())
        raise ExportError(
            f"tier {name!r}, entry {row}: {int(last[row] - first[row]) + 1} entries do not fit"
            f" into {int(high[row] - low[row])} ticks; leave this tier out, or repair the timeline first",
            index=row,
            tier=name,
        )
    starts = np.minimum(np.maximum(times[:, 0], least), most - 1)
    starts = np.maximum.accumulate(starts - number) + number  # at least a tick after the one before
    starts = np.minimum(starts, most - 1)
    following = np.concatenate((starts[1:], [end]))
    if parent is not None:
        following = np.minimum(following, high)
    ends = np.minimum(np.maximum(times[:, 1], starts + 1), np.maximum(following, starts + 1))
    return np.stack((starts, ends), axis=1)
