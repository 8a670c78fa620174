"""Join clips: every level moves to where its clip begins, and no word or sentence crosses a border."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from clipaudio.phonetics.alphabets import detect_alphabets
from clipaudio.phonetics.phones import PhoneTable, read_phones
from clipaudio.timing.aligned import Aligned
from clipaudio.timing.repair_report import Findings, RepairReport
from clipaudio.timing.timeline import Spans, Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.timing.timeline import Index

__all__ = ["JoinedAligned", "join_aligned", "join_timelines"]


@dataclass(frozen=True, eq=False, repr=False)
class JoinedAligned(Aligned):
    """Levels of several clips as one.

    Words and sentences are those of the clips, so that none runs from one into the next. `clips` holds each clip with
    the second at which it begins.
    """

    clips: tuple[tuple[Aligned, float], ...] = ()

    @cached_property
    def words(self) -> Spans:
        """Words; runs are rows of `graphemes`."""
        return _join_spans([(clip.words, offset, len(clip.graphemes)) for clip, offset in self.clips])

    @cached_property
    def sentences(self) -> Spans:
        """Sentences; runs are rows of `words`."""
        return _join_spans([(clip.sentences, offset, len(clip.words)) for clip, offset in self.clips])

    @cached_property
    def phone_table(self) -> PhoneTable:
        """The phone labels, each clip in its own alphabet."""
        found = detect_alphabets([clip.phones.labels for clip, _ in self.clips])
        names = [
            (self.known_alphabet or clip.known_alphabet or own).name
            for own, (clip, _) in zip(found, self.clips, strict=True)
        ]
        tables = [read_phones(clip.phones.labels, name) for name, (clip, _) in zip(names, self.clips, strict=True)]
        firsts = _firsts([len(table.phones) for table in tables])
        codes = [table.codes + first for table, first in zip(tables, firsts, strict=True)]
        phones = tuple(phone for table in tables for phone in table.phones)
        return PhoneTable(phones, np.concatenate([np.empty(0, np.intp), *codes]))


def join_aligned(clips: Sequence[tuple[Aligned, float]], *, duration: float) -> JoinedAligned:
    """Join clips, one after another.

    Parameters
    ----------
    clips
        Each with the second at which it begins; offsets ascend, and no clip begins before the one before it ends.
    duration
        Seconds of the whole.

    Examples
    --------
    >>> from clipaudio.timing.aligned import align
    >>> hi = align(Timeline("Hi", [[0.0, 0.1], [0.1, 0.3]]))
    >>> both = join_aligned([(hi, 0.0), (hi, 1.0)], duration=1.3)
    >>> both.words.labels, both.words.times.tolist()
    (('Hi', 'Hi'), [[0.0, 0.3], [1.0, 1.3]])
    """
    tidy = {
        "graphemes": join_timelines([(clip.graphemes, offset) for clip, offset in clips]),
        "phones": join_timelines([(clip.phones, offset) for clip, offset in clips]),
    }
    reports = {
        level: _join_reports([(clip.reports[level], offset) for clip, offset in clips])
        for level in ("graphemes", "phones")
    }
    language = clips[0][0].language if clips else "en"
    return JoinedAligned(
        tidy["graphemes"], tidy["phones"], MappingProxyType(reports), duration, language, clips=tuple(clips)
    )


def join_timelines(lines: Sequence[tuple[Timeline, float]]) -> Timeline:
    """Join timelines, each moved by its seconds."""
    labels = tuple(label for line, _ in lines for label in line.labels)
    return Timeline(labels, np.concatenate([np.empty((0, 2)), *(line.times + offset for line, offset in lines)]))


def _join_spans(levels: Sequence[tuple[Spans, float, int]]) -> Spans:
    """Join spans; the number of each is the count of entries in the level below."""
    joined = join_timelines([(spans, offset) for spans, offset, _ in levels])
    firsts = _firsts([below for _, _, below in levels])
    runs = [spans.child_ranges + first for (spans, _, _), first in zip(levels, firsts, strict=True)]
    return Spans(joined.labels, joined.times, np.concatenate([np.empty((0, 2), np.intp), *runs]))


def _join_reports(reports: Sequence[tuple[RepairReport, float]]) -> RepairReport:
    """Join reports; rows count through all clips."""
    firsts = _firsts([len(report.shared_times) for report, _ in reports])
    found = Findings()
    rows: dict[str, list[Index]] = {}
    examples: dict[str, str] = {}
    moved: dict[str, float] = {}
    for (report, _), first in zip(reports, firsts, strict=True):
        for finding in report.findings:
            rows.setdefault(finding.kind, []).append(finding.rows + first)
            examples.setdefault(finding.kind, finding.example)
            moved[finding.kind] = max(moved.get(finding.kind, 0.0), finding.moved)
    for kind, parts in rows.items():  # at once: a union for each clip would be quadratic
        found.add(kind, np.unique(np.concatenate(parts)), examples[kind], moved[kind])
    return RepairReport(
        reports[0][0].unit if reports else "s",
        tuple(found),
        np.concatenate([np.empty((0, 2)), *(report.shared_times + offset for report, offset in reports)]),
    )


def _firsts(counts: Sequence[int]) -> Index:
    """Return the first row of each part, from the number of rows of the parts."""
    return np.concatenate(([0], np.cumsum(counts)))[: len(counts)].astype(np.intp)
