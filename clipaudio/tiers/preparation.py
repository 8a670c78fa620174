"""Tiers as they come into tiers that every reader returns as they are, with a report of every change.

Times are mended as `clipaudio.repair` mends them; labels lose what readers drop; points that fall together are moved
apart. What comes out of `prepare` is written by every exporter as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from clipaudio.errors import ExportError
from clipaudio.tiers.points import AnyTier, Points
from clipaudio.tiers.tier import check_duration, check_spaces, clean_label, clean_labels
from clipaudio.timing.intervals import SHORTEST
from clipaudio.timing.repair import repair
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Index, Times

__all__ = ["STEP", "TierChange", "Prepared", "prepare"]

STEP: Final = 1e-6
"""Seconds between two points that fell together: no sample lies between them."""

_LINE_END = re.compile("\r")
_SURROGATE = re.compile("[\ud800-\udfff]")
_CHANGES: Final = {
    "name": "the name had white space at its ends, line ends or control characters: removed",
    "surrogate": "labels held half of a surrogate pair: replaced by U+FFFD",
    "line_end": "labels held carriage returns: line feeds now",
    "control": "labels held control characters, which Praat drops: removed",
    "white_space": "labels had white space at their ends: removed",
    "space": "labels are white space alone: left blank, or written as the token asked for",
    "no_label": "entries have no label: left blank",
    "no_room": "entries have no length and no room: left out",
    "merged": "entries share one interval: one entry, labels joined",
    "sorted": "points were out of order: sorted",
    "outside": "points lay outside the audio: moved to its edge",
    "not_finite": "points have no finite time: left out",
    "nudged": f"points fell together: moved {STEP:g} s apart",
}


@dataclass(frozen=True, eq=False)
class TierChange:
    """One kind of change in one tier.

    Attributes
    ----------
    tier
        Its name.
    kind
        A short name: "control", "nudged", or one of `clipaudio.timing.findings.KINDS`.
    rows
        intp: rows of the tier that came in.
    message
        What was found and done.
    """

    tier: str
    kind: str
    rows: Index
    message: str

    def __str__(self) -> str:
        return f"{self.tier}: {self.message}"


class Prepared(NamedTuple):
    """Tiers that can be written, and what was done to make them so."""

    tiers: dict[str, AnyTier]
    changes: tuple[TierChange, ...]


def prepare(
    tiers: Mapping[str, AnyTier],
    duration: float,
    *,
    spaces: str | None = None,
    shared: Literal["split", "merge"] = "split",
) -> Prepared:
    r"""Make *tiers* such that every reader returns them as they are, and report every change.

    Parameters
    ----------
    tiers
        Name -> Timeline or Points, as they come.
    duration
        Seconds: nothing ends after it.
    spaces
        What to write for a label of white space alone, such as "␣"; None leaves it blank.
    shared
        Entries with one identical interval: "split" it evenly among them, or "merge" them into one entry.

    Returns
    -------
    Prepared
        `(tiers, changes)`. Only entries with a label are left; points keep empty ones.

    Raises
    ------
    ExportError
        There is no tier, two names are alike once they are clean, a label or name is no string, the duration is not
        above 0, points find no room, or *spaces* or *shared* makes no sense.

    Examples
    --------
    >>> line = Timeline(("a\0", "b", "c"), [[0.0, 0.5], [0.4, 0.8], [0.8, 0.8]])
    >>> made, changes = prepare({"letters": line}, 1.0)
    >>> made["letters"].labels, made["letters"].times.round(3).tolist()
    (('a', 'b', 'c'), [[0.0, 0.45], [0.45, 0.8], [0.8, 1.0]])
    >>> [(change.kind, change.rows.tolist()) for change in changes]
    [('control', [0]), ('overlap', [0, 1]), ('zero_length', [2])]
    """
    seconds = check_duration(duration)
    token = check_spaces(spaces)
    if shared not in {"split", "merge"}:
        raise ExportError(f"shared={shared!r}; expected 'split' or 'merge'")
    made: dict[str, AnyTier] = {}
    log = _Log()
    for name, tier in tiers.items():
        log.tier = _clean_name(name, log)
        if log.tier in made:
            raise ExportError(f"two tiers are called {log.tier!r} once their names are clean; names must differ")
        if isinstance(tier, Points):
            made[log.tier] = _prepare_points(tier, seconds, log)
        elif isinstance(tier, Timeline):
            made[log.tier] = _prepare_line(tier, seconds, token, log, merge=shared == "merge")
        else:
            raise ExportError(f"tier {name!r} is of type {type(tier).__name__}; expected a Timeline or Points")
    if not made:
        raise ExportError("there is no tier to write; give at least one")
    return Prepared(made, tuple(log.changes))


class _Log:
    """The changes so far, and the tier that is worked on."""

    def __init__(self) -> None:
        self.changes: list[TierChange] = []
        self.tier = ""

    def note(self, kind: str, rows: Index | NDArray[np.bool_] | list[int], message: str = "") -> None:
        """Note *rows*, given as rows or as a mask; none is no change."""
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


def _prepare_line(line: Timeline, duration: float, spaces: str | None, log: _Log, *, merge: bool) -> Timeline:
    labels = clean_labels(line.labels, name=log.tier, spaces=spaces)
    _note_labels(line.labels, labels, log, blanks=True)
    tidy, report = repair(line, duration=duration)
    for finding in report.findings:
        if finding.changed and not (merge and finding.kind == "shared"):
            log.note(finding.kind, finding.rows, str(finding))
    order, times = report.order, tidy.times
    shown = np.array([bool(labels[row]) for row in order.tolist()], bool)
    if merge:
        order, times, joined = _merge(report.shared_times, order, labels, shown)
        log.note("merged", np.flatnonzero([len(rows) > 1 for rows in joined.values()]).tolist() and _rows(joined))
        texts = ["".join(labels[row] for row in joined[first]) for first in order.tolist()]
    else:
        order, times = order[shown], times[shown]
        texts = [labels[row] for row in order.tolist()]
    roomy = times[:, 1] - times[:, 0] >= SHORTEST
    log.note("no_room", order[~roomy])
    return Timeline([text for text, keep in zip(texts, roomy.tolist(), strict=True) if keep], times[roomy])
