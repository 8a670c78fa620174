"""Prepare tiers for files: every reader returns the result unchanged, and every change is reported.

Times are repaired by `clipaudio.repair`, labels lose the characters that readers drop, and points at one time are moved
apart. Every exporter writes the result of `prepare` unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from clipaudio.annotation.points import AnyTier, Points
from clipaudio.annotation.tier import (
    TierSet,
    check_duration,
    check_spaces,
    clean_label,
    clean_labels,
)
from clipaudio.errors import ExportError
from clipaudio.phonetics.label_cache import remember
from clipaudio.text import LABEL_RULES, clean_text, close_directions
from clipaudio.timing.intervals import SHORTEST, TOUCH, are_tidy
from clipaudio.timing.repair import repair
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Index, Times

__all__ = ["STEP", "SanitizedTiers", "TierChange", "prepare", "prepare_together"]

STEP: Final = 1e-6
"""Seconds between two points that were at one time: less than a sample."""

_CHANGES: Final = {
    "name": "the name had white space at its ends, line ends or control characters: removed",
    **{rule.kind: f"labels: {rule.message}" for rule in LABEL_RULES},
    "direction": "labels had marks of direction that were open, or closed nothing: closed, or dropped",
    "white_space": "labels had white space at their ends: removed",
    "space": "labels are only white space: left blank, or replaced by *spaces*",
    "no_label": "entries have no label: left blank",
    "edge": "entries begin or end with the audio except for rounding: one boundary",
    "no_room": "entries have no length and no room: left out",
    "merged": "entries share one interval: one entry, labels joined",
    "sorted": "entries were out of order: sorted by time",
    "outside": "points are outside the audio: moved to its edge",
    "not_finite": "points have no finite time: left out",
    "nudged": f"points are at one time: moved {STEP:g} s apart",
}


@dataclass(frozen=True, eq=False)
class TierChange:
    """One kind of change in one tier.

    Attributes
    ----------
    tier
        Its name.
    kind
        A short name: "control", "nudged", or one of `clipaudio.timing.repair_report.KINDS`.
    rows
        intp: rows of the incoming tier.
    message
        What was found and done.
    """

    tier: str
    kind: str
    rows: Index
    message: str

    def __str__(self) -> str:
        return f"{self.tier}: {self.message}"


class SanitizedTiers(NamedTuple):
    """Tiers that can be written, and the changes that were made."""

    tiers: dict[str, AnyTier]
    changes: tuple[TierChange, ...]


def prepare(
    tiers: Mapping[str, AnyTier],
    duration: float,
    *,
    spaces: str | None = None,
    shared: Literal["split", "merge"] = "split",
) -> SanitizedTiers:
    r"""Change *tiers* so that every reader returns them unchanged, and report every change.

    Parameters
    ----------
    tiers
        Name -> Timeline or Points, as received.
    duration
        Seconds; nothing ends after it.
    spaces
        Label to write for white space, such as "␣"; None leaves it blank.
    shared
        Entries with one identical interval: "split" it evenly among them, or "merge" them into one entry.

    Returns
    -------
    SanitizedTiers
        `(tiers, changes)`. Entries without a label are dropped; points without one are kept.

    Raises
    ------
    ExportError
        There is no tier, two clean names are equal, a label or name is no string, the duration is not above 0, there
        is no room for points, or *spaces* or *shared* is invalid.

    Examples
    --------
    >>> line = Timeline(("a\0", "b", "c"), [[0.0, 0.5], [0.4, 0.8], [0.8, 0.8]])
    >>> made, changes = prepare({"letters": line}, 1.0)
    >>> made["letters"].labels, made["letters"].times.round(3).tolist()
    (('a', 'b', 'c'), [[0.0, 0.45], [0.45, 0.8], [0.8, 1.0]])
    >>> [(change.kind, change.rows.tolist()) for change in changes]
    [('control', [0]), ('overlap', [0, 1]), ('zero_length', [2])]
    """
    return prepare_together([TierSet(tiers, duration, spaces)], shared=shared)[0]


def prepare_together(files: Sequence[TierSet], *, shared: Literal["split", "merge"] = "split") -> list[SanitizedTiers]:
    """Do for the tiers of each of *files* what `prepare` does; many short ones take less time than one by one."""
    if shared not in {"split", "merge"}:
        raise ExportError(f"shared={shared!r}; expected 'split' or 'merge'")
    files = [TierSet(each.tiers, check_duration(each.duration), check_spaces(each.spaces)) for each in files]
    looks = _look_at(
        [(tier, each.duration) for each in files for tier in each.tiers.values() if isinstance(tier, Timeline)]
    )
    return [_prepare_file(each, looks, merge=shared == "merge") for each in files]


def _prepare_file(file: TierSet, looks: Iterator[_Look], *, merge: bool) -> SanitizedTiers:
    """Prepare the tiers of one file; *looks* yields what is seen of its next interval tier."""
    made: dict[str, AnyTier] = {}
    log = _Log()
    for name, tier in file.tiers.items():
        log.tier = _clean_name(name, log)
        if log.tier in made:
            raise ExportError(f"two tiers are called {log.tier!r} once their names are clean; names must differ")
        if isinstance(tier, Points):
            made[log.tier] = _prepare_points(tier, file.duration, log)
        elif isinstance(tier, Timeline):
            made[log.tier] = _prepare_line(tier, next(looks), file.duration, file.spaces, log, merge=merge)
        else:
            raise ExportError(f"tier {name!r} is of type {type(tier).__name__}; expected a Timeline or Points")
    if not made:
        raise ExportError("there is no tier to write; give at least one")
    return SanitizedTiers(made, tuple(log.changes))


class _Log:
    """The changes so far, and the current tier."""

    def __init__(self) -> None:
        self.changes: list[TierChange] = []
        self.tier = ""

    def note(self, kind: str, rows: Index | NDArray[np.bool_] | list[int], message: str = "") -> None:
        """Record *rows*, given as rows or as a mask; an empty array is ignored."""
        chosen = np.asarray(rows)
        chosen = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.intp)
        if len(chosen):
            text = message or f"{kind}: {len(chosen)} {_CHANGES[kind]}"
            self.changes.append(TierChange(self.tier, kind, np.sort(chosen), text))


def _clean_name(name: str, log: _Log) -> str:
    if not isinstance(name, str):
        raise ExportError(f"a tier is called {name!r}; expected a string")
    clean = " ".join(clean_label(name).split("\n")) or "tier"
    log.tier = clean
    if clean != name:
        log.note("name", [0], f"name: {_CHANGES['name']} ({name!r} is {clean!r} now)")
    return clean


class _Look(NamedTuple):
    """What is seen of the entries of a tier: whether their times are tidy, and whether no label has to be cleaned."""

    is_tidy: bool
    is_clean: bool


def _look_at(lines: Sequence[tuple[Timeline, float]]) -> Iterator[_Look]:
    """Look at all tiers at once, since most are short; each comes with the second at which it ends."""
    if not lines:
        return
    bounds = np.array([0, *accumulate([len(line) for line, _ in lines])])
    tidy = are_tidy(np.concatenate([line.times for line, _ in lines]), bounds, [end for _, end in lines]).tolist()
    for (line, _), is_tidy in zip(lines, tidy, strict=True):
        yield _Look(is_tidy, _is_clean(line.labels))


def _is_clean(labels: Sequence[str]) -> bool:
    """Return True if `clean_labels` changes none of *labels*, and none is empty."""
    try:
        text = "".join(labels)
    except TypeError:  # one is no string
        return False
    return text.isprintable() and "" not in labels and (" " not in text or all(map(_is_stripped, labels)))


def _is_stripped(label: str) -> bool:
    return label[0] != " " != label[-1]


def _prepare_line(
    line: Timeline, look: _Look, duration: float, spaces: str | None, log: _Log, *, merge: bool
) -> Timeline:
    if look.is_tidy and look.is_clean and not merge:  # the usual case
        times = _to_edges(None, line.times, duration, log)
        return line if times is line.times and type(line) is Timeline else Timeline(line.labels, times)
    labels = clean_labels(line.labels, name=log.tier, spaces=spaces)
    _note_labels(line.labels, labels, log, blanks=True)
    order, times = np.arange(len(line)), line.times
    has_room = look.is_tidy
    if not has_room:
        if np.isfinite(times).all():  # in an annotation the time is the truth, not the order
            order = np.argsort(times[:, 0], kind="stable")
            log.note("sorted", order[order != np.arange(len(line))])
        tidy, report = repair(line[order], duration=duration)
        for finding in report.findings:
            if finding.changed and not (merge and finding.kind == "shared"):
                log.note(finding.kind, order[finding.rows], str(finding))
        times = report.shared_times if merge else tidy.times
        labels = [labels[row] for row in order.tolist()]
    if "" in labels:
        kept = [row for row, label in enumerate(labels) if label]
        order, times, labels = order[kept], times[kept], [labels[row] for row in kept]
    if merge:
        order, times, labels = _merged(order, times, labels, log)
    if not has_room and not (roomy := times[:, 1] - times[:, 0] >= SHORTEST).all():
        log.note("no_room", order[~roomy])
        order, times, labels = order[roomy], times[roomy], [labels[row] for row in roomy.nonzero()[0].tolist()]
    return Timeline(tuple(labels), _to_edges(order, times, duration, log))


def _merged(order: Index, times: Times, labels: list[str], log: _Log) -> tuple[Index, Times, list[str]]:
    """Merge neighbours with one identical interval."""
    fresh = np.ones(len(order), bool)
    fresh[1:] = (times[1:] != times[:-1]).any(axis=1)
    log.note("merged", order[~(fresh & np.append(fresh[1:], True))])
    firsts = np.append(np.flatnonzero(fresh), len(order)).tolist()
    return order[fresh], times[fresh], ["".join(labels[first:stop]) for first, stop in pairwise(firsts)]


def _to_edges(order: Index | None, times: Times, duration: float, log: _Log) -> Times:
    """Snap tidy *times* to 0 and to the end of the audio where only rounding separates them.

    *order* is the row in the incoming tier of each entry; None is the order of the entries.
    """
    if not len(times):
        return times
    first, last = times.item(0), times.item(-1)
    start, end = 0.0 if first <= TOUCH else first, duration if duration - last <= TOUCH else last
    if (start, end) == (first, last):
        return times
    moved = times.copy()
    moved[0, 0], moved[-1, 1] = start, end
    rows = (moved != times).any(axis=1).nonzero()[0]
    log.note("edge", rows if order is None else order[rows])
    return moved


def _prepare_points(points: Points, duration: float, log: _Log) -> Points:
    labels = clean_labels(points.labels, name=log.tier)
    _note_labels(points.labels, labels, log, blanks=False)
    log.note("not_finite", ~np.isfinite(points.times))
    rows = np.flatnonzero(np.isfinite(points.times))
    order = rows[np.argsort(points.times[rows], kind="stable")]
    log.note("sorted", order[order != rows])
    times = points.times[order]
    log.note("outside", order[(times < 0) | (times > duration)])
    times = np.clip(times, 0.0, duration)
    rounded = (times > 0) & (times <= TOUCH)
    log.note("edge", order[rounded])
    apart, nudged = _apart(np.where(rounded, 0.0, times), duration, log.tier)
    log.note("nudged", order[nudged])
    return Points(tuple(labels[row] for row in order.tolist()), apart)


def _apart(times: NDArray[np.float64], duration: float, name: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Move equal ascending *times* `STEP` apart: later if there is room, else earlier."""
    if (np.diff(times) > 0).all():
        return times, np.zeros(len(times), bool)
    ranks = np.arange(len(times)) * STEP
    if ranks[-1] > duration:
        raise ExportError(
            f"tier {name!r}: {len(times)} points do not fit into {duration} s, {STEP:g} s apart; leave the tier out",
            tier=name,
        )
    later = np.maximum.accumulate(times - ranks) + ranks
    latest = duration - ranks[::-1]
    wanted = np.minimum(later, latest)
    moved = np.abs(wanted - times) > STEP / 4
    return np.where(moved, wanted, times), moved


def _note_labels(came: tuple[str, ...], clean: list[str], log: _Log, *, blanks: bool) -> None:
    """Record the changes of the labels of one tier; with *blanks*, empty labels are dropped."""
    if came == tuple(clean) and "" not in came:
        return
    changed = [row for row, (label, made) in enumerate(zip(came, clean, strict=True)) if label != made or not made]
    kinds = {label: _label_kinds(label, blanks=blanks) for label in {came[row] for row in changed}}
    found: dict[str, list[int]] = {}
    for row in changed:
        for kind in kinds[came[row]]:
            found.setdefault(kind, []).append(row)
    for kind in sorted(found, key=list(_CHANGES).index):
        log.note(kind, found[kind])


@remember
def _label_kinds(label: str, *, blanks: bool) -> list[str]:
    """Return the kinds of changes that cleaning makes to *label*."""
    clean = clean_text(label, LABEL_RULES)
    kinds = list(clean.kinds)
    closed = close_directions(clean.text)
    if closed != clean.text:
        kinds.append("direction")
    clean = clean._replace(text=closed)
    if not clean.text.strip():
        if blanks:
            return [*kinds, "space" if label and not label.strip() else "no_label"]
        return [*kinds, *(["white_space"] if label else [])]
    return [*kinds, *(["white_space"] if clean.text.strip() != clean.text else [])]
