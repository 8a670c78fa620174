"""Clips behind one another into one: every level is moved to where its clip begins, and none crosses a border."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from clipaudio.timing.aligned import Aligned
from clipaudio.timing.repair_report import Findings, RepairReport
from clipaudio.timing.timeline import Spans, Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.timing.timeline import Index

__all__ = ["JoinedAligned", "join_aligned", "join_timelines"]


@dataclass(frozen=True, eq=False)
class JoinedAligned(Aligned):
    """Levels of several clips as one; `clips` are they, each with the seconds at which it begins.

    Words and sentences are those of the clips, so that none runs from one into the next.
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


def join_aligned(clips: Sequence[tuple[Aligned, float]], *, duration: float) -> JoinedAligned:
    """Put clips behind one another.

    Parameters
    ----------
    clips
        Each with the seconds at which it begins; offsets rise, and no clip begins before the last one ended.
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
    """Put timelines behind one another, each moved by its seconds."""
    labels = tuple(label for line, _ in lines for label in line.labels)
    return Timeline(labels, np.concatenate([np.empty((0, 2)), *(line.times + offset for line, offset in lines)]))


def _join_spans(levels: Sequence[tuple[Spans, float, int]]) -> Spans:
    """Join spans; the number with each is how many entries the level below it has."""
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
    for (report, _), first in zip(reports, firsts, strict=True):
        for finding in report.findings:
            rows.setdefault(finding.kind, []).append(finding.rows + first)
            examples.setdefault(finding.kind, finding.example)
    for kind, parts in rows.items():  # at once: a union for each clip would be quadratic
        found.add(kind, np.unique(np.concatenate(parts)), examples[kind])
    return RepairReport(
        reports[0][0].unit if reports else "s",
        tuple(found),
        np.concatenate([np.empty((0, 2)), *(report.shared_times + offset for report, offset in reports)]),
    )


def _firsts(counts: Sequence[int]) -> Index:
    """Give the first row of each part when parts of so many rows follow one another."""
    return np.concatenate(([0], np.cumsum(counts)))[: len(counts)].astype(np.intp)
