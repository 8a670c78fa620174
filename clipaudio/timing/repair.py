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
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Self

import numpy as np

from clipaudio.errors import TimelineError, UntidyTimelineError
from clipaudio.timing.intervals import LONGEST, SHORTEST, TOUCH, any_within, are_tidy
from clipaudio.timing.order import keep_order
from clipaudio.timing.overlap_resolution import make_groups, place
from clipaudio.timing.repair_report import KINDS, Finding, FindingRecorder, Findings, RepairReport
from clipaudio.timing.time_units import UNITS, are_duration_pairs, detect_unit, unit_divisor
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Index, Times

__all__ = ["Repaired", "Untidy", "pair_up", "refuse_changes", "repair", "repair_together"]

_COLLAPSED: Final = 24
"""Entries without length at the last moment that no service means."""
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
    if policy not in {"repair", "strict"}:
        raise TimelineError(f"policy is {policy!r}; expected repair or strict")
    [repaired] = repair_together([Untidy(timeline, duration, sample_rate, unit, found).checked()])
    if policy == "strict":
        refuse_changes(repaired.report)
    return repaired


class Untidy(NamedTuple):
    """A timeline as received, and what is known of it; see `repair`."""

    timeline: Timeline
    duration: float | None = None
    sample_rate: float | None = None
    unit: str = "auto"
    found: Sequence[Finding] = ()

    def checked(self) -> Self:
        """Return it if its duration, sample rate and unit are valid.

        Raises
        ------
        TimelineError
            One is not.
        """
        _check(self.duration, self.sample_rate, self.unit)
        return self


def repair_together(lines: Sequence[Untidy]) -> list[Repaired]:
    """Do for each of *lines*, which are checked, what `repair` does.

    Many short ones take less time together than one by one.

    Examples
    --------
    >>> line = Timeline(("a", "b"), [[0.0, 0.2], [0.1, 0.3]])
    >>> [repaired.timeline.times.round(2).tolist() for repaired in repair_together([Untidy(line), Untidy(line[:1])])]
    [[[0.0, 0.15], [0.15, 0.3]], [[0.0, 0.2]]]
    """
    if not lines:
        return []
    under_way = [_UnderWay(line) for line in lines]
    active = under_way
    for _ in range(_PASSES):
        active = _one_pass(active)
        if not active:
            break
    _note_gaps(under_way)
    return [one.finish() for one in under_way]


class _UnderWay:
    """A timeline between two passes."""

    __slots__ = ("line", "log", "shared", "times", "unit", "unit_at_first")

    def __init__(self, line: Untidy) -> None:
        self.line = line
        self.log = Findings()
        self.log.extend(line.found)
        self.times = self.shared = line.timeline.times
        self.unit: str = line.unit
        self.unit_at_first = "s" if line.unit == "auto" else line.unit

    def detect_unit(self) -> str:
        """Return the unit of the times as they are now."""
        if self.unit != "auto":
            return self.unit
        return detect_unit(self.times, duration=self.line.duration, sample_rate=self.line.sample_rate)

    def advance(self, unit: str, times: Times, shared: Times) -> bool:
        """Take the times that a pass made of times in *unit*; return True if they differ from those before."""
        before, self.times, self.shared = self.times, times, shared
        self.unit_at_first = self.unit_at_first if unit == "s" else unit
        self.unit = "auto" if self.unit == "auto" else "s"
        return not bool((before == times).all())

    def finish(self) -> Repaired:
        """Return the tidy timeline and the report."""
        given = self.line.timeline
        if self.times is not given.times and self.log.rows:
            self.log.measure(given.times / unit_divisor(self.unit_at_first, self.line.sample_rate), self.times)
        report = RepairReport(self.unit_at_first, tuple(self.log), _frozen(self.shared))
        if self.times is given.times:
            return Repaired(given, report)
        return Repaired(Timeline.of_checked(given.labels, _frozen(self.times)), report)


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


def _check(duration: float | None, sample_rate: float | None, unit: str) -> None:
    if duration is not None and not (math.isfinite(duration) and duration >= 0):
        raise TimelineError(f"duration is {duration}; expected seconds, finite and not negative")
    if sample_rate is not None and not (math.isfinite(sample_rate) and sample_rate > 0):
        raise TimelineError(f"sample_rate is {sample_rate}; expected samples a second, above zero")
    if unit not in {"auto", *UNITS}:
        raise TimelineError(f"unit is {unit!r}; expected one of auto, {', '.join(UNITS)}")
    if unit == "samples" and sample_rate is None:
        raise TimelineError('unit "samples" needs the sample_rate that they count')


@np.errstate(over="ignore", invalid="ignore")
def _one_pass(lines: Sequence[_UnderWay]) -> list[_UnderWay]:
    """Make times tidier; return the lines that may not be tidy yet."""
    units = [one.detect_unit() for one in lines]
    times, bounds = _lay([one.times for one in lines])
    tidy = are_tidy(times, bounds, [one.line.duration for one in lines]).tolist()
    rows = [row for row, unit in enumerate(units) if unit != "s" or not tidy[row]]
    if not rows:
        return []
    if len(rows) < len(lines):
        lines, units = [lines[row] for row in rows], [units[row] for row in rows]
        times, bounds = _lay([one.times for one in lines])
    recorder = FindingRecorder([one.log for one in lines], [one.line.timeline for one in lines], bounds)
    starts, ends, known = _settle(lines, units, times, recorder)
    edges = bounds.tolist()

    def limit_of(number: int) -> float:
        """Return the second at which the rows of a line end at the latest."""
        duration, own = lines[number].line.duration, slice(edges[number], edges[number + 1])
        return duration if duration is not None else float(ends[own].max(initial=0.0, where=known[own]))

    groups = make_groups(starts, ends, known & (ends - starts >= SHORTEST), recorder)
    spread, shared = place(groups, np.where(known, starts, np.nan), limit_of, recorder)
    return [
        one
        for one, unit, first, stop in zip(lines, units, edges, edges[1:], strict=False)
        if one.advance(unit, spread[first:stop], shared[first:stop])
    ]


def _lay(times: Sequence[Times]) -> tuple[Times, Index]:
    """Lay *times* end to end; return them with the row at which each begins, and the number of all."""
    if len(times) == 1:
        return times[0], np.array([0, len(times[0])])
    return np.concatenate(times), np.array([0, *map(len, times)]).cumsum()


def _settle(
    lines: Sequence[_UnderWay], units: Sequence[str], times: Times, recorder: FindingRecorder
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return ascending starts, their ends, and a mask of known times.

    Times that are in order already, as most are, need no look at their line.
    """
    starts, ends = times[:, 0] + 0.0, times[:, 1].copy()
    known = np.ones(len(times), bool)
    bounds = recorder.bounds
    durations = [one.line.duration for one in lines]
    most = np.array([LONGEST if each is None else min(each, LONGEST) for each in durations])
    odd = ~((starts >= 0) & (ends - starts >= SHORTEST) & (ends <= most.repeat(bounds[1:] - bounds[:-1])))
    falls = ~(starts[1:] >= starts[:-1])
    falls[bounds[(bounds > 0) & (bounds < len(times))] - 1] = False
    odd[1:] |= falls
    for number, is_odd in enumerate(any_within(odd, bounds).tolist()):
        if is_odd or units[number] != "s":
            own = slice(bounds[number], bounds[number + 1])
            starts[own], ends[own], known[own] = _bring_to_order(lines[number], units[number], recorder.only([number]))
    return starts, ends, known


def _bring_to_order(
    one: _UnderWay, unit: str, recorder: FindingRecorder
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return ascending starts, their ends and a mask of known times, of a line that has other times."""
    duration = one.line.duration
    starts, ends, known = _usable(one.times, unit, duration, one.line.sample_rate, recorder)
    starts, ends, known = keep_order(starts, ends, known, duration, recorder)
    recorder.note("collapsed", _find_collapsed(starts, ends, known))
    limit = duration if duration is not None else float(ends.max(initial=0.0, where=known))
    if not (known & (ends - starts >= SHORTEST)).any():
        ends = _end_points(starts, ends, known, limit, recorder)
    return starts, ends, known


def _find_collapsed(
    starts: NDArray[np.float64], ends: NDArray[np.float64], known: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return a mask of the entries at the end that share one moment, if they are many: a service lost their times."""
    differs = ~known | (ends - starts >= SHORTEST) | (np.abs(starts - starts[-1:]) > SHORTEST)
    last = np.flatnonzero(differs)[-1:]
    is_lost = np.arange(len(starts)) > (last[0] if len(last) else len(starts))
    return is_lost & (np.count_nonzero(is_lost) >= _COLLAPSED)


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
    if (starts >= 0).all() and (ends <= limit).all():
        return starts + 0.0, ends, everything
    known = np.isfinite(starts) & np.isfinite(ends)
    recorder.note("not_finite", ~known)
    outside = known & (
        (ends < 0) | (starts > limit) | ((ends <= 0) & (starts < 0)) | ((starts >= limit) & (ends > limit))
    )
    recorder.note("outside", outside)
    known &= ~outside
    recorder.note("negative", known & (starts < 0))
    recorder.note("past_end", known & (ends > limit))
    return np.maximum(starts, 0.0) + 0.0, np.minimum(ends, limit), known


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


def refuse_changes(report: RepairReport) -> None:
    """Raise an error for the first entry that was changed.

    Raises
    ------
    UntidyTimelineError
        An entry was changed.
    """
    told = [finding for finding in report.findings if finding.kind != "gap"]
    finding = min(told, key=lambda finding: int(finding.rows[0]), default=None)
    if finding is not None:
        index = int(finding.rows[0])
        raise UntidyTimelineError(
            f'entry {index} needs repair: {KINDS[finding.kind]} ({finding.example}); pass policy="repair" to change it',
            kind=finding.kind,
            index=index,
        )


def _note_gaps(lines: Sequence[_UnderWay]) -> None:
    times, bounds = _lay([one.times for one in lines])
    before = np.zeros(len(times))
    before[1:] = times[:-1, 1]
    gaps = times[:, 0] - before > TOUCH
    firsts = bounds[:-1][bounds[:-1] < bounds[1:]]
    gaps[firsts] = times[firsts, 0] > 0
    rows = gaps.nonzero()[0]
    places = rows.searchsorted(bounds).tolist()
    for number, one in enumerate(lines):
        one.log.add("gap", rows[places[number] : places[number + 1]] - bounds[number])


def _frozen(times: Times) -> Times:
    times = times.view()
    times.flags.writeable = False
    return times
