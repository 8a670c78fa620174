"""Repair the times of a timeline: convert to seconds, make them ordered, disjoint and finite, and report each change.

Real payloads are not tidy: neighbours overlap by a third, digraphs share one interval, some voices send milliseconds.
Whatever can be understood is accepted, and no change is silent.

Order of the text
-----------------
Labels keep their order: the text is known, a time is not. Where times run backwards, the times change
(`clipaudio.timing.order`). `clipaudio.timing.overlap_resolution` then gives each entry its interval.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from clipaudio.errors import TimelineError, UntidyTimelineError
from clipaudio.timing.intervals import LONGEST, SHORTEST, TOUCH, is_tidy
from clipaudio.timing.order import keep_order
from clipaudio.timing.overlap_resolution import make_groups, place
from clipaudio.timing.repair_report import KINDS, Finding, FindingRecorder, Findings, RepairReport
from clipaudio.timing.time_units import UNITS, are_duration_pairs, detect_unit, unit_divisor
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Times

__all__ = ["Repaired", "pair_up", "repair"]

_PASSES = 8
"""One pass is enough except for crafted input. Each further pass starts from the result of the last."""


class Repaired(NamedTuple):
    """A tidy Timeline and the report of what was changed."""

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
    """Make the times of a timeline tidy and report every change.

    Parameters
    ----------
    timeline
        Graphemes or phones as received, in the order of the text.
    duration
        Length of the audio in seconds, if known. No entry ends after it.
    sample_rate
        Samples per second, needed for times counted in samples.
    unit
        Unit of the incoming times; "auto" calls `detect_unit`.
    policy
        "repair" changes times, "strict" raises at the first entry that would be changed.
    found
        Earlier findings, from `pair_up` or the parser. They come first in the report.

    Returns
    -------
    Repaired
        `(timeline, report)`. The timeline has the same labels in the same order, and times that are ascending,
        disjoint, finite and inside the audio. An entry has zero length only if there is no room for it. A tidy
        timeline is returned unchanged, an empty one as an empty one.

    Raises
    ------
    TimelineError
        *duration*, *sample_rate*, *unit* or *policy* is invalid.
    UntidyTimelineError
        *policy* is "strict" and an entry needs a change; `kind` and `index` name the first.

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
    times = shared = timeline.times
    expected: str = unit
    came_in: str = "s" if unit == "auto" else unit
    for _ in range(_PASSES):
        detected = detect_unit(times, duration=duration, sample_rate=sample_rate) if expected == "auto" else expected
        if detected == "s" and is_tidy(times, duration):
            break
        before = times
        times, shared = _one_pass(times, detected, duration, sample_rate, FindingRecorder(log, timeline))
        came_in = came_in if detected == "s" else detected
        expected = "auto" if expected == "auto" else "s"
        if (before == times).all():
            break
    if policy == "strict":
        _refuse(log)
    _note_gaps(times, log)
    report = RepairReport(came_in, tuple(log), _frozen(shared))
    return Repaired(timeline if times is timeline.times else Timeline(timeline.labels, _frozen(times)), report)


def pair_up(labels: Sequence[str], times: Times) -> tuple[Timeline, tuple[Finding, ...]]:
    """Return a Timeline of arrays that may have unequal lengths, and the findings.

    A label without a time gets NaN, which `repair` places between its neighbours. A time without a label is dropped.

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
    times: Times, unit: str, duration: float | None, sample_rate: float | None, recorder: FindingRecorder
) -> tuple[Times, Times]:
    """Return tidier times, and the same before entries that share an interval are split."""
    starts, ends, known = _usable(times, unit, duration, sample_rate, recorder)
    starts, ends, known = keep_order(starts, ends, known, duration, recorder)
    limit = duration if duration is not None else float(ends.max(initial=0.0, where=known))
    solid = known & (ends - starts >= SHORTEST)
    if not solid.any():
        ends = _end_points(starts, ends, known, limit, recorder)
        solid = known & (ends - starts >= SHORTEST)
    groups = make_groups(starts, ends, solid, recorder)
    return place(groups, np.where(known, starts, np.nan), limit, recorder)


def _usable(
    times: Times, unit: str, duration: float | None, sample_rate: float | None, recorder: FindingRecorder
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return starts and ends in seconds, inside the audio and start before end, and a mask of known times."""
    everything = np.ones(len(times), bool)
    if unit != "s":
        times = times / unit_divisor(unit, sample_rate)
        recorder.note("unit", everything)
    starts, ends = times[:, 0].copy(), times[:, 1].copy()
    if are_duration_pairs(times):
        ends += starts
        recorder.note("duration_pairs", everything)
    backwards = ends < starts
    if backwards.any():
        recorder.note("reversed", backwards)
        starts[backwards], ends[backwards] = ends[backwards], starts[backwards]
    limit = LONGEST if duration is None else min(duration, LONGEST)
    if (starts >= 0).all() and (ends <= limit).all():  # the usual case
        return np.maximum(starts, 0.0), ends, everything
    known = np.isfinite(starts) & np.isfinite(ends)
    recorder.note("not_finite", ~known)
    outside = known & (
        (ends < 0) | (starts > limit) | ((ends <= 0) & (starts < 0)) | ((starts >= limit) & (ends > limit))
    )
    recorder.note("outside", outside)
    known &= ~outside
    recorder.note("negative", known & (starts < 0))
    recorder.note("past_end", known & (ends > limit))
    return np.maximum(starts, 0.0), np.minimum(ends, limit), known


def _end_points(
    starts: NDArray[np.float64],
    ends: NDArray[np.float64],
    known: NDArray[np.bool_],
    limit: float,
    recorder: FindingRecorder,
) -> NDArray[np.float64]:
    """Return ends for entries without a length: each lasts until the next distinct start."""
    moments = np.unique(starts[known])
    if len(moments) < 2:
        return ends
    recorder.note("points", known)
    following = np.append(moments[1:], max(limit, moments[-1]))
    return np.where(known, following[np.searchsorted(moments, starts).clip(max=len(moments) - 1)], ends)


def _refuse(log: Findings) -> None:
    finding = min(log, key=lambda finding: int(finding.rows[0]), default=None)
    if finding is not None:
        index = int(finding.rows[0])
        raise UntidyTimelineError(
            f'entry {index} needs repair: {KINDS[finding.kind]} ({finding.example}); pass policy="repair" to change it',
            kind=finding.kind,
            index=index,
        )


def _note_gaps(times: Times, log: Findings) -> None:
    after = (times[1:, 0] - times[:-1, 1] > TOUCH).nonzero()[0] + 1
    if len(times) and times[0, 0] > 0:
        after = np.concatenate(([0], after))
    log.add("gap", after)


def _frozen(times: Times) -> Times:
    times = times.view()
    times.flags.writeable = False
    return times
