"""What repair saw and changed, entry by entry.

Conventions
-----------
Rows are rows of the timeline that came *in*, intp, ascending. A finding with `changed=False` is information: a gap
is silence, not a fault.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Index, Timeline, Times

__all__ = ["KINDS", "Finding", "FindingRecorder", "Findings", "RepairReport"]

KINDS: Final = {
    "unit": "times were not in seconds: converted",
    "duration_pairs": "pairs are [start, duration]: ends computed",
    "points": "entries are points without an end: each lasts until the next begins",
    "unpaired_label": "labels without a time: placed between their neighbours",
    "unpaired_time": "times without a label: left out",
    "surrogate": "characters are half of a surrogate pair: joined with their other half, or replaced by U+FFFD",
    "reversed": "entries end before they start: start and end exchanged",
    "not_finite": "entries have no finite time: placed between their neighbours",
    "outside": "entries lie wholly outside the audio: placed between their neighbours",
    "negative": "entries start before zero: cut at zero",
    "past_end": "entries end after the audio: cut at its end",
    "disorder": "entries start before the entry above them: sorted by start",
    "shared": "entries share one interval: split evenly",
    "overlap": "neighbours overlap: cut at the midpoint",
    "touch": "neighbours touch but for rounding: one boundary",
    "zero_length": "entries have no length: given room beside their neighbours, or a share of one",
    "gap": "entries begin after a silence",
}
"""Every kind of finding with what it means and what was done."""


@dataclass(frozen=True, eq=False)
class Finding:
    """One kind of mess, and the rows it was found in."""

    kind: str
    rows: Index
    example: str = ""

    @property
    def changed(self) -> bool:
        """Whether these rows were changed."""
        return self.kind != "gap"

    def __str__(self) -> str:
        example = f" ({self.example})" if self.example else ""
        return f"{self.kind}: {len(self.rows)} {KINDS[self.kind]}{example}"


@dataclass(frozen=True, eq=False)
class RepairReport:
    """Everything that repair saw, so that nothing is mended silently.

    Attributes
    ----------
    unit
        "s", "ms" or "samples": the unit the times came in.
    findings
        One `Finding` a kind, in the order in which the mess was met.
    order
        intp, shape (n,): row of the incoming timeline behind each outgoing row.
    shared_times
        float64, shape (n, 2), seconds: outgoing times in which letters that share one interval still do.
    """

    unit: str
    findings: tuple[Finding, ...]
    order: Index
    shared_times: Times

    def __bool__(self) -> bool:
        """Tell whether anything was changed."""
        return any(finding.changed for finding in self.findings)

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings)) or "tidy"

    def __getitem__(self, kind: str) -> Index:
        """Give the rows of *kind*, empty when there are none."""
        rows = [finding.rows for finding in self.findings if finding.kind == kind]
        return rows[0] if rows else np.empty(0, np.intp)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds that were found, gaps included."""
        return tuple(finding.kind for finding in self.findings)

    @property
    def changed_rows(self) -> Index:
        """Incoming rows that were changed, ascending."""
        changed = [finding.rows for finding in self.findings if finding.changed]
        return np.unique(np.concatenate([np.empty(0, np.intp), *changed]))

    def to_dict(self, *, most: int = 20) -> dict[str, Any]:
        """Give the report for JSON: unit and findings, of each at most *most* rows."""
        return {
            "unit": self.unit,
            "findings": [
                {
                    "kind": finding.kind,
                    "count": len(finding.rows),
                    "rows": finding.rows[:most].tolist(),
                    "changed": finding.changed,
                    "message": str(finding),
                }
                for finding in self.findings
            ],
        }


@dataclass(eq=False)
class Findings:
    """A growing list of findings, one a kind: rows found again are joined."""

    rows: dict[str, Index] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, kind: str, rows: Index, example: str = "") -> None:
        """Note *rows* (none twice) under *kind*; nothing to note is no finding."""
        if not len(rows):
            return
        before = self.rows.get(kind)
        self.rows[kind] = np.sort(rows) if before is None else np.union1d(before, rows)
        self.examples.setdefault(kind, example)

    def extend(self, findings: Sequence[Finding]) -> None:
        """Take over findings made elsewhere."""
        for finding in findings:
            self.add(finding.kind, finding.rows, finding.example)

    def __iter__(self) -> Iterator[Finding]:
        for kind, rows in self.rows.items():
            yield Finding(kind, rows, self.examples[kind])


class FindingRecorder(NamedTuple):
    """A hand that writes rows of one pass into the log as rows of the timeline that came in, with an example."""

    log: Findings
    timeline: Timeline
    order: Index

    def note(self, kind: str, rows: Index | NDArray[np.bool_]) -> None:
        """Note *rows* of this pass, as rows or as a mask."""
        chosen = rows.nonzero()[0] if rows.dtype == bool else rows
        if len(chosen):
            incoming = self.order[chosen]
            example = ""
            if kind not in self.log.examples:
                row = int(incoming.min())
                first = self.timeline[row]
                example = f"first: {row} {first.label!r} [{first.start:.10g}, {first.end:.10g}]"
            self.log.add(kind, incoming, example)
