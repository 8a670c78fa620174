"""Findings of a repair: which rows were changed, and why.

Conventions
-----------
Rows are rows of the incoming timeline (repair keeps its order), intp, ascending. A finding with `changed=False` is
information: a gap is silence, not a fault.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Index, Timeline, Times

__all__ = ["KINDS", "MEASURED", "Finding", "FindingRecorder", "Findings", "RepairReport", "list_told"]

KINDS: Final = {
    "unit": "times were not in seconds: converted",
    "duration_pairs": "pairs are [start, duration]: ends computed",
    "points": "entries are points without an end: each lasts until the next begins",
    "unpaired_label": "labels without a time: placed between their neighbours",
    "unpaired_time": "times without a label: left out",
    "payload_duration": "duration in the payload that no audio has: ignored",
    "payload_sample_rate": "sample rate in the payload that no audio has: ignored",
    "encoding": "labels have characters whose encoding was guessed",
    "surrogate": "characters are half of a surrogate pair: joined with their other half, or replaced by U+FFFD",
    "reversed": "entries end before they start: start and end exchanged",
    "not_finite": "entries have no finite time: placed between their neighbours",
    "outside": "entries lie wholly outside the audio: placed between their neighbours",
    "negative": "entries start before zero: cut at zero",
    "past_end": "entries end after the audio: cut at its end",
    "restart": "entries follow a restart of the clock near zero: moved behind the entries before it",
    "disorder": "entries start before an earlier entry: order kept, times made ascending",
    "shared": "entries share one interval: split evenly",
    "overlap": "neighbours overlap: cut at the midpoint",
    "touch": "neighbours touch but for rounding: one boundary",
    "zero_length": "entries have no length: given room beside their neighbours, or a share of one",
    "collapsed": "entries share the last moment: their times are lost; find them with `clipaudio align`",
    "estimated": "letters have no times of their own: estimated inside their word",
    "estimated_word": "words have no whole times of their own: estimated from those around them",
    "replaced_word": "words replace others and have their time",
    "new_word": "words were not spoken: placed in a pause, or in room that the words beside them give",
    "shortened_word": "words are shortened for a new one beside them",
    "translated_word": "words of another language: dealt out over the time of their sentence",
    "late_cue": "cues of the translation begin after the end of the clip: left out",
    "estimated_phone": "phones were not given: those of the text, laid into their words",
    "letter_phone": "phones of the text contradict the letters of their word: those of its letters",
    "unwritten_word": "spoken words that the written text lacks: left out",
    "lost_second": "lengths had lost their whole seconds: restored from the next start",
    "spoken_text": "letters are of the text as spoken: the one as written is missing, repeated or runs backwards",
    "file_times": "words have times that can only count from the start of the file, not of what they stand in: read so",
    "segment_times": "words have times outside the segment that they stand in: moved with it",
    "media_origin": "times count from a later moment of the media than its start: moved by it",
    "lost_text": "lines of captions are left out, as players hide them, or stand with another caption",
    "stream_clock": "segments of a stream, which tell its clock: the first keeps its times, later ones are moved to it",
    "repeated_cue": "captions come again in the next segment of a stream: left out",
    "late_clock": "file whose clock does not begin at zero: its times are kept; the sound must begin there, too",
    "unread_tier": "tiers are not those of words, sentences or phones, or are named as one before: left out",
    "unseen_text": "texts begin after the end of what they stand in, or have no length in a sequence, so that no player"
    " shows them: left out",
    "untimed_line": "lines have no time: left out",
    "other_channels": "other channels have words, too: left out",
    "noise": "labels of noise and unknown words: left out",
    "gap": "entries begin after a silence",
}
"""Every kind of finding: what was found and what was done."""

_ORDINARY: Final = frozenset(
    {"shared", "overlap", "touch", "zero_length", "past_end", "surrogate", "gap"}
    | {"estimated", "estimated_phone", "letter_phone"}
)
"""Kinds that services send every day; what is done about them is no guess."""

MEASURED: Final = frozenset({"shared", "overlap", "zero_length", "past_end", "negative", "restart", "disorder"})
"""Kinds that move given times, so that it is known by how much."""

_MISTAKEN: Final = frozenset({"duration_pairs", "reversed", "outside", "not_finite", "unpaired_label"})
"""Kinds whose given times are not those that were meant."""

_TOLD: Final = 0.04
"""Seconds by which a word is moved without being told: one frame of video at 25 a second."""
_TOLD_LETTER: Final = 0.25
"""The same of letters and phones, which share intervals and overlap by a part of their length every day."""


@dataclass(frozen=True, eq=False)
class Finding:
    """One kind of fault and the rows that have it.

    Attributes
    ----------
    kind
        One of `KINDS`.
    rows
        Incoming rows, ascending.
    example
        The first of them, as it came.
    moved
        Seconds by which a start or an end of these rows was moved at most; 0 where that is not measured.
    """

    kind: str
    rows: Index
    example: str = ""
    moved: float = 0.0

    @property
    def changed(self) -> bool:
        """Whether given times or labels were changed."""
        return self.kind not in {"gap", "estimated", "estimated_phone", "letter_phone"}

    @property
    def is_guess(self) -> bool:
        """Whether the times or labels contradicted each other, so that what became of these rows is a guess."""
        return self.kind not in _ORDINARY

    def is_told(self, level: str) -> bool:
        """Return True if users should hear of it unasked: a guess, or times of *level* that moved far.

        Examples
        --------
        >>> [Finding("overlap", np.arange(2), moved=0.5).is_told(level) for level in ("words", "graphemes")]
        [True, True]
        >>> [Finding("overlap", np.arange(2), moved=0.1).is_told(level) for level in ("words", "graphemes")]
        [True, False]
        """
        return self.is_guess or self.moved > (_TOLD if level == "words" else _TOLD_LETTER)

    def __str__(self) -> str:
        example = f" ({self.example})" if self.example else ""
        moved = f", by {self.moved:.3f} s at most" if self.moved >= _SHOWN else ""
        return f"{self.kind}: {len(self.rows)} {KINDS[self.kind]}{moved}{example}"


_SHOWN: Final = 0.0005
"""Seconds that are shown as 0.001."""


def list_told(reports: Mapping[str, RepairReport]) -> tuple[str, ...]:
    """Return what users should hear of unasked, by level.

    Examples
    --------
    >>> found = Finding("overlap", np.arange(2), "first: 0 'one' [0, 1.5]", moved=0.25)
    >>> list_told({"words": RepairReport("s", (found,), np.zeros((2, 2)))})
    ("words: overlap: 2 neighbours overlap: cut at the midpoint, by 0.250 s at most (first: 0 'one' [0, 1.5])",)
    """
    return tuple(
        f"{level}: {finding}"
        for level, report in reports.items()
        for finding in report.findings
        if finding.is_told(level)
    )


@dataclass(frozen=True, eq=False)
class RepairReport:
    """Everything that repair found and changed.

    Attributes
    ----------
    unit
        "s", "ms" or "samples": the unit of the incoming times.
    findings
        One `Finding` per kind, in the order in which they were found.
    shared_times
        float64, shape (n, 2), seconds: repaired times before entries that share one interval are split.
    """

    unit: str
    findings: tuple[Finding, ...]
    shared_times: Times

    def __bool__(self) -> bool:
        """Return True if anything was changed."""
        return any(finding.changed for finding in self.findings)

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings)) or "tidy"

    def __getitem__(self, kind: str) -> Index:
        """Return the rows of *kind*, empty if there are none."""
        rows = [finding.rows for finding in self.findings if finding.kind == kind]
        return rows[0] if rows else np.empty(0, np.intp)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds that were found, including gaps."""
        return tuple(finding.kind for finding in self.findings)

    @property
    def changed_rows(self) -> Index:
        """Incoming rows that were changed, ascending."""
        changed = [finding.rows for finding in self.findings if finding.changed]
        return np.unique(np.concatenate([np.empty(0, np.intp), *changed]))

    def to_dict(self, *, most: int = 20) -> dict[str, Any]:
        """Return the unit and findings as plain values for JSON, at most *most* rows per finding."""
        return {
            "unit": self.unit,
            "findings": [
                {
                    "kind": finding.kind,
                    "count": len(finding.rows),
                    "rows": finding.rows[:most].tolist(),
                    "changed": finding.changed,
                    "moved": finding.moved,
                    "message": str(finding),
                }
                for finding in self.findings
            ],
        }


@dataclass(eq=False)
class Findings:
    """A log of findings, one per kind."""

    rows: dict[str, Index] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)
    moved: dict[str, float] = field(default_factory=dict)

    def add(self, kind: str, rows: Index, example: str = "", moved: float = 0.0) -> None:
        """Record *rows*, which ascend, under *kind*, deduplicated; an empty array is ignored."""
        if not len(rows):
            return
        before = self.rows.get(kind)
        self.rows[kind] = rows if before is None else np.union1d(before, rows)
        self.examples.setdefault(kind, example)
        self.moved[kind] = max(moved, self.moved.get(kind, 0.0))

    def measure(self, given: Times, made: Times) -> None:
        """Measure how far the rows of each kind moved from the times *given*, float64, shape (n, 2), seconds.

        Rows that have no time, or one that was taken for wrong, are not measured.
        """
        kinds = [kind for kind in self.rows if kind in MEASURED]
        if not kinds:
            return
        shift = np.nan_to_num(np.abs(made - given).max(axis=1), nan=0.0, posinf=0.0)
        for kind in self.rows.keys() & _MISTAKEN:
            shift[self.rows[kind]] = 0.0
        for kind in kinds:
            self.moved[kind] = max(self.moved.get(kind, 0.0), float(shift[self.rows[kind]].max()))

    def extend(self, findings: Sequence[Finding]) -> None:
        """Record findings made elsewhere."""
        for finding in findings:
            self.add(finding.kind, np.sort(finding.rows), finding.example, finding.moved)

    def __iter__(self) -> Iterator[Finding]:
        for kind, rows in self.rows.items():
            yield Finding(kind, rows, self.examples[kind], self.moved[kind])


class FindingRecorder(NamedTuple):
    """Records rows of timelines that are laid end to end, each kind with its first entry as an example.

    Attributes
    ----------
    logs, timelines
        The log of each timeline, and the timeline as received.
    bounds
        Where each timeline begins, and the number of all rows.
    """

    logs: Sequence[Findings]
    timelines: Sequence[Timeline]
    bounds: Index

    def note(self, kind: str, rows: Index | NDArray[np.bool_]) -> None:
        """Record *rows*, given as rows or as a mask; rows ascend."""
        chosen: Index = rows.nonzero()[0] if rows.dtype == bool else rows.astype(np.intp, copy=False)
        if not len(chosen):
            return
        places = [0, len(chosen)] if len(self.logs) == 1 else chosen.searchsorted(self.bounds).tolist()
        for number, (first, stop) in enumerate(pairwise(places)):
            if first == stop:
                continue
            own = chosen[first:stop] - self.bounds[number] if number else chosen[first:stop]
            log, example = self.logs[number], ""
            if kind not in log.examples:
                row = int(own[0])
                found = self.timelines[number][row]
                example = f"first: {row} {found.label!r} [{found.start:.10g}, {found.end:.10g}]"
            log.add(kind, own, example)

    def only(self, numbers: Sequence[int]) -> FindingRecorder:
        """Return the recorder of some of the timelines."""
        lengths = [self.bounds[number + 1] - self.bounds[number] for number in numbers]
        return FindingRecorder(
            [self.logs[number] for number in numbers],
            [self.timelines[number] for number in numbers],
            np.array([0, *lengths], np.intp).cumsum(),
        )

    def labels_of(self, rows: Index) -> list[str]:
        """Return the labels of *rows*."""
        lines = self.bounds.searchsorted(rows, "right") - 1
        places = (rows - self.bounds[lines]).tolist()
        return [self.timelines[line].labels[row] for line, row in zip(lines.tolist(), places, strict=True)]
