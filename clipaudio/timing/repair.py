"""Messy times in; sorted, disjoint, finite times inside the audio out, with a report of every change.

Real payloads are not tidy: neighbours overlap by a third, digraphs share one interval, other voices send
milliseconds. Nothing that can be understood is refused, and nothing is mended silently.

Here each entry is brought into seconds and into order; `clipaudio.timing.overlap_resolution` then gives every entry its
place. Labels keep their order unless starts say otherwise.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from clipaudio.errors import TimelineError, UntidyTimelineError
from clipaudio.timing.intervals import LONGEST, SHORTEST, TOUCH, is_tidy
from clipaudio.timing.overlap_resolution import make_groups, place
from clipaudio.timing.repair_report import KINDS, Finding, FindingRecorder, Findings, RepairReport
from clipaudio.timing.time_units import UNITS, are_duration_pairs, detect_unit, unit_divisor
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Index, Times

__all__ = ["Repaired", "pair_up", "repair"]

_PASSES = 8
"""One pass tidies all but crafted input; each further one starts from the last one's result."""


class Repaired(NamedTuple):
    """A tidy Timeline and what was done to make it so."""

    timeline: Timeline
    report: RepairReport


def repair(
    timeline: Timeline,
    *,
    duration: float | None = None,
    sample_rate: float | None = None,
    unit: Literal["auto", "s", "ms", "samples"] = "auto",
    policy: Literal["repair", "strict"] = "repair",
    found: Sequence[Finding] = (),
) -> Repaired:
    """Make a timeline tidy and report every change.

    Parameters
    ----------
    timeline
        Letters or phones as they came.
    duration
        Length of the audio in seconds, where known: nothing ends after it.
    sample_rate
        Samples a second, needed to understand times that are counted in samples.
    unit
        Unit of the incoming times; "auto" decides by `detect_unit`.
    policy
        "repair" mends, "strict" raises at the first thing that would have to be changed.
    found
        Findings made before, by `pair_up` or the parser: they head the report.

    Returns
    -------
    Repaired
        `(timeline, report)`. The timeline is sorted, disjoint, finite and inside the audio. Zero length is left
        only where there is no room at all. A tidy timeline comes back unchanged; an empty one gives an empty one.

    Raises
    ------
    TimelineError
        *duration*, *sample_rate*, *unit* or *policy* makes no sense.
    UntidyTimelineError
        *policy* is "strict" and something would have to be changed; `kind` and `index` name the first.

    Examples
    --------
    >>> line = Timeline(("t", "h", "e"), [[0.2744, 0.3866], [0.2744, 0.3866], [0.3617, 0.4864]])
    >>> tidy, report = repair(line)
    >>> tidy.times.round(4).tolist()
    [[0.2744, 0.3243], [0.3243, 0.3742], [0.3742, 0.4864]]
    >>> report.kinds
    ('shared', 'overlap', 'gap')
    """
    _check(duration, sample_rate, unit, policy)
    log = Findings()
    log.extend(found)
    times, order, shared = timeline.times, np.arange(len(timeline)), timeline.times
    met: str = unit
    came_in: str = "s" if unit == "auto" else unit
    for _ in range(_PASSES):
        now = detect_unit(times, duration=duration, sample_rate=sample_rate) if met == "auto" else met
        if now == "s" and is_tidy(times, duration):
            break
        before = times
        times, step, shared = _one_pass(times, now, duration, sample_rate, FindingRecorder(log, timeline, order))
        order = order[step]
        came_in = came_in if now == "s" else now
        met = "auto" if met == "auto" else "s"
        if (before == times).all():
            break
    if policy == "strict":
        _refuse(log)
    _note_gaps(times, order, log)
    labels = timeline.labels if log.rows.get("disorder") is None else _reorder(timeline.labels, order)
    report = RepairReport(came_in, tuple(log), order, _frozen(shared))
    return Repaired(timeline if times is timeline.times else Timeline(labels, _frozen(times)), report)


def pair_up(labels: Sequence[str], times: Times) -> tuple[Timeline, tuple[Finding, ...]]:
    """Make a Timeline of arrays that may have unequal lengths.

    A label without a time gets NaN, which `repair` places between its neighbours; a time without a label is left
    out. Either is a finding.

    Examples
    --------
    >>> line, found = pair_up(["a", "b"], np.array([[0.0, 0.1]]))
    >>> line.times.tolist(), found[0].kind
    ([[0.0, 0.1], [nan, nan]], 'unpaired_label')
    """
    surplus = len(times) - len(labels)
    if surplus == 0:
        return Timeline(tuple(labels), times), ()
    example = f"{len(labels)} labels, {len(times)} times"
    if surplus > 0:
        finding = Finding("unpaired_time", np.arange(len(labels), len(times)), example)
        return Timeline(tuple(labels), times[: len(labels)]), (finding,)
    finding = Finding("unpaired_label", np.arange(len(times), len(labels)), example)
    padded = np.concatenate((times, np.full((-surplus, 2), np.nan)))
    return Timeline(tuple(labels), padded), (finding,)


def _check(duration: float | None, sample_rate: float | None, unit: str, policy: str) -> None:
    if duration is not None and not (math.isfinite(duration) and duration >= 0):
        raise TimelineError(f"duration is {duration}; expected seconds, finite and not negative")
    if sample_rate is not None and not (math.isfinite(sample_rate) and sample_rate > 0):
        raise TimelineError(f"sample_rate is {sample_rate}; expected samples a second, above zero")
    if unit not in {"auto", *UNITS}:
        raise TimelineError(f"unit is {unit!r}; expected one of auto, {', '.join(UNITS)}")
    if policy not in {"repair", "strict"}:
        raise TimelineError(f"policy is {policy!r}; expected repair or strict")
    if unit == "samples" and sample_rate is None:
        raise TimelineError('unit "samples" needs the sample_rate that they count')


@np.errstate(over="ignore", invalid="ignore")
def _one_pass(
    times: Times, unit: str, duration: float | None, sample_rate: float | None, scribe: FindingRecorder
) -> tuple[Times, Index, Times]:
    """Tidy *times*; give the new times, the row each comes from, and the times before shared ones are split."""
    starts, ends, known = _usable(times, unit, duration, sample_rate, scribe)
    order = _sort(starts, known, scribe)
    if order is None:
        order = np.arange(len(times))
    else:
        starts, ends, known = starts[order], ends[order], known[order]
        scribe = scribe._replace(order=scribe.order[order])
    limit = duration if duration is not None else float(ends.max(initial=0.0, where=known))
    solid = known & (ends - starts >= SHORTEST)
    if not solid.any():
        ends = _end_points(starts, ends, known, limit, scribe)
        solid = known & (ends - starts >= SHORTEST)
    groups = make_groups(starts, ends, solid, scribe)
    spread, shared = place(groups, np.where(known, starts, np.nan), limit, scribe)
    return spread, order, shared


def _usable(
    times: Times, unit: str, duration: float | None, sample_rate: float | None, scribe: FindingRecorder
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Bring pairs into seconds, start before end, inside the audio; tell which have a time at all."""
    everything = np.ones(len(times), bool)
    if unit != "s":
        times = times / unit_divisor(unit, sample_rate)
        scribe.note("unit", everything)
    starts, ends = times[:, 0].copy(), times[:, 1].copy()
    if are_duration_pairs(times):
        ends += starts
        scribe.note("duration_pairs", everything)
    backwards = ends < starts
    if backwards.any():
        scribe.note("reversed", backwards)
        starts[backwards], ends[backwards] = ends[backwards], starts[backwards]
    limit = LONGEST if duration is None else min(duration, LONGEST)
    if (starts >= 0).all() and (ends <= limit).all():  # as most are; starts come before ends here
        return np.maximum(starts, 0.0), ends, everything
    known = np.isfinite(starts) & np.isfinite(ends)
    scribe.note("not_finite", ~known)
    outside = known & (
        (ends < 0) | (starts > limit) | ((ends <= 0) & (starts < 0)) | ((starts >= limit) & (ends > limit))
    )
    scribe.note("outside", outside)
    known &= ~outside
    scribe.note("negative", known & (starts < 0))
    scribe.note("past_end", known & (ends > limit))
    return np.maximum(starts, 0.0), np.minimum(ends, limit), known


def _sort(starts: NDArray[np.float64], known: NDArray[np.bool_], scribe: FindingRecorder) -> Index | None:
    """Give the order by start, or None when it stands. An entry without a time stays behind its predecessor."""
    keys = starts
    if not known.all():
        last_known = np.maximum.accumulate(np.where(known, np.arange(len(starts)), -1))
        keys = np.where(last_known >= 0, starts[last_known], -np.inf)
    if (keys[1:] >= keys[:-1]).all():
        return None
    order = np.argsort(keys, kind="stable")
    scribe.note("disorder", order[order != np.arange(len(starts))])
    return order


def _end_points(
    starts: NDArray[np.float64],
    ends: NDArray[np.float64],
    known: NDArray[np.bool_],
    limit: float,
    scribe: FindingRecorder,
) -> NDArray[np.float64]:
    """When moments differ of entries that have no length, let each last until the next moment."""
    moments = np.unique(starts[known])
    if len(moments) < 2:
        return ends
    scribe.note("points", known)
    following = np.append(moments[1:], max(limit, moments[-1]))
    return np.where(known, following[np.searchsorted(moments, starts).clip(max=len(moments) - 1)], ends)


def _refuse(log: Findings) -> None:
    finding = min(log, key=lambda finding: int(finding.rows[0]), default=None)
    if finding is not None:
        index = int(finding.rows[0])
        raise UntidyTimelineError(
            f'entry {index} needs repair: {KINDS[finding.kind]} ({finding.example}); pass policy="repair" to mend it',
            kind=finding.kind,
            index=index,
        )


def _note_gaps(times: Times, order: Index, log: Findings) -> None:
    after = (times[1:, 0] - times[:-1, 1] > TOUCH).nonzero()[0] + 1
    if len(times) and times[0, 0] > 0:
        after = np.concatenate(([0], after))
    log.add("gap", order[after])


def _reorder(labels: tuple[str, ...], order: Index) -> tuple[str, ...]:
    return tuple(map(labels.__getitem__, order.tolist()))


def _frozen(times: Times) -> Times:
    times = times.view()
    times.flags.writeable = False
    return times
