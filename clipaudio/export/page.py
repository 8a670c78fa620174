"""Export a page: gather what it shows of a clip, from the same cues, levels and curves as the other exports."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.captions.cue import make_speaker_label
from clipaudio.captions.languages import note_on_found_language
from clipaudio.captions.profiles import PROFILES
from clipaudio.export.captions import note_on_style
from clipaudio.export.mouth import notes_on_lips
from clipaudio.export.page_sound import draw_waveform
from clipaudio.lipsync.curves import iterate_curves
from clipaudio.page import PageClip, PageFinding, PageMoves
from clipaudio.page import dumps as dumps_clips
from clipaudio.page.page_clip import PageCue
from clipaudio.timing.repair_report import KINDS
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clipaudio.captions.cue import Cue
    from clipaudio.export.context import ExportContext
    from clipaudio.export.registry import Format
    from clipaudio.timing.fit_report import Fit, FitFinding
    from clipaudio.timing.repair_report import RepairReport

__all__ = ["VISEME_SET", "dumps_page", "dumps_pages", "gather_page", "list_repairs", "notes_on_page"]

VISEME_SET: Final = "oculus"
"""The set of the mouth shapes that a page names."""

_SHAPES: Final = (
    *("jawOpen", "mouthFunnel", "mouthPucker", "mouthStretchLeft", "mouthUpperUpLeft"),
    *("mouthLowerDownLeft", "mouthPressLeft", "mouthRollLower", "tongueOut"),
)
"""The blend shapes that the mouth of a page is drawn from; the face is symmetric."""

_FINE, _COARSE = 60, 30  # rows a second of the curves of a short and of a long clip
_LONG: Final = 600.0  # seconds
_MOST_PLACES: Final = 10  # of each kind of finding


def dumps_page(source: ExportContext) -> str:
    """Return the page of one clip."""
    return dumps_pages([source])


def dumps_pages(sources: Sequence[ExportContext], titles: Sequence[str] = ()) -> str:
    """Return the page of several clips, side by side.

    Parameters
    ----------
    sources
        The clips.
    titles
        A heading for each; none takes the names of their files.
    """
    clips = [gather_page(source) for source in sources]
    if titles:
        clips = [replace(clip, title=title) for clip, title in zip(clips, titles, strict=True)]
    return dumps_clips(clips)


def notes_on_page(source: ExportContext, row: Format | None = None) -> tuple[str, ...]:
    """Return notes on what was guessed or left out to make the page; repairs are findings that the page shows."""
    style = () if row is None else note_on_style(source, row)
    return (*_notes(source), *source.page_sound.notes, *style)


def list_repairs(source: ExportContext) -> tuple[str, ...]:
    """Return each kind of repair with its level, in the same words for every clip, so that they can be counted."""
    return tuple(
        f"{level}: {KINDS[finding.kind]}"
        for level, report in source.aligned.reports.items()
        for finding in report.findings
        if finding.changed
    )


def gather_page(source: ExportContext) -> PageClip:
    """Return what a page shows of *source*."""
    clip = source.aligned
    has_mouth = clip.duration > 0
    return PageClip(
        title=_title(source),
        duration=clip.duration,
        language=clip.language.replace("_", "-"),
        facts=_facts(source),
        words=clip.words,
        phones=clip.sounds,
        sentences=clip.sentences,
        sentence_words=clip.sentences.child_ranges,
        speakers=_speakers(source),
        mouth=source.draw_mouth(VISEME_SET) if has_mouth else Timeline.empty(),
        moves=_moves(source) if has_mouth else None,
        waveform=None if source.audio is None else draw_waveform(source.audio, clip.duration),
        sound=source.page_sound.sound,
        cues=_cues(source),
        findings=(*_findings(clip.reports), *_fit_findings(source.fit)),
        issues=source.issues,
        notes=notes_on_page(source),
    )


def _title(source: ExportContext) -> str:
    return PurePath(source.sound_file).name or source.id or "Clip"


def _facts(source: ExportContext) -> tuple[tuple[str, str], ...]:
    clip = source.aligned
    facts = [("source", source.source or ""), ("id", source.id or "")]
    facts += [("language", f"{clip.language}{' (found)' if clip.found_language else ''}")]
    if len(clip.phones):
        facts.append(("alphabet", clip.alphabet.name))
    if source.fit is not None:
        facts.append(("fit", f"{source.fit.score:.0f} of 100"))
    if source.sample_rate is not None:
        facts.append(("rate", f"{source.sample_rate:,} Hz".replace(",", "\u202f")))
    return tuple(fact for fact in facts if fact[1])


def _speakers(source: ExportContext) -> Timeline:
    """Return who speaks when; empty if no speaker is known."""
    parts = [part for part in source.clips if part.speaker]
    times = [(part.offset, part.offset + part.aligned.duration) for part in parts]
    return Timeline(tuple(str(part.speaker) for part in parts), np.array(times, np.float64).reshape(-1, 2))


def _moves(source: ExportContext) -> PageMoves:
    fps = _FINE if source.aligned.duration <= _LONG else _COARSE
    rows = []
    for curves in iterate_curves(source.mouth, fps=fps):
        columns = [curves.names.index(name) for name in _SHAPES]
        rows.append(np.round(curves.weights[:, columns] * 255).astype(np.uint8))
    return PageMoves(names=_SHAPES, weights=np.concatenate(rows), fps=fps)


def _cues(source: ExportContext) -> dict[str, tuple[PageCue, ...]]:
    """Return the captions by profile: first those of the chosen one."""
    if not len(source.aligned.graphemes):
        return {}
    chosen = source.options.limits()
    made = {chosen.name: _shown(source.cues)}
    for name in PROFILES:
        if name not in made:
            made[name] = _shown(replace(source, options=replace(source.options, profile=name)).cues)
    return made


def _shown(cues: Sequence[Cue]) -> tuple[PageCue, ...]:
    """Return *cues* as they are shown, with the speaker where that changes."""
    shown, last = [], None
    for cue in cues:
        label = make_speaker_label(cue.speaker, last)
        lines = (label + cue.lines[0], *cue.lines[1:]) if cue.lines else ()
        shown.append(PageCue(start=float(cue.start), end=float(cue.end), lines=lines))
        last = cue.speaker
    return tuple(shown)


def _findings(reports: Mapping[str, RepairReport]) -> list[PageFinding]:
    """Return the findings of every level, with the places of what was changed; gaps between words are no fault."""
    made = []
    for level, report in reports.items():
        times = report.shared_times
        for finding in report.findings:
            if finding.kind == "gap":
                continue
            rows = finding.rows[(finding.rows < len(times)) & finding.changed]
            places = np.unique(times[rows], axis=0)  # entries may share one
            made.append(
                PageFinding(
                    level=level,
                    kind=finding.kind,
                    message=str(finding).partition(": ")[2],
                    count=len(finding.rows),
                    is_guess=finding.is_told(level),
                    places=tuple((start, end) for start, end in places[:_MOST_PLACES].tolist()),
                    places_left_out=max(len(places) - _MOST_PLACES, 0),
                )
            )
    return made


def _fit_findings(fit: Fit | None) -> list[PageFinding]:
    """Return a finding for each kind of what does not fit the sound."""
    by_kind: dict[str, list[FitFinding]] = {}
    for finding in () if fit is None else fit.findings:
        by_kind.setdefault(finding.kind, []).append(finding)
    return [
        PageFinding(
            level="fit",
            kind=kind,
            message=found[0].message + (f", and {len(found) - 1} more" if len(found) > 1 else ""),
            count=len(found),
            is_guess=True,
            places=tuple((one.start, one.end) for one in found[:_MOST_PLACES]),
            places_left_out=max(len(found) - _MOST_PLACES, 0),
        )
        for kind, found in by_kind.items()
    ]


def _notes(source: ExportContext) -> tuple[str, ...]:
    notes = [] if source.phones_found is None else list(source.phones_found.notes)
    notes += [] if source.aligned.duration <= 0 else notes_on_lips(source)
    found = dict.fromkeys(part.aligned.language for part in source.clips if part.aligned.found_language)
    notes += [note for note in map(note_on_found_language, found) if note is not None]
    if source.audio is None:
        fit = "; the times were not checked against it" if source.options.fit else ""
        notes.append(f"the audio is not at hand: the page has no sound and no waveform{fit}")
    return tuple(notes)
