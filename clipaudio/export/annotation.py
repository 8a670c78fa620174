"""Export the levels of a clip: annotations, labels and plain values."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from clipaudio.export.tiers import levels_of, tiers_by_speaker
from clipaudio.text import find_direction_edits, is_formula, replace_surrogates
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clipaudio.export.context import ExportContext
    from clipaudio.export.registry import Format

__all__ = [
    "dumps_audacity",
    "dumps_ctm",
    "dumps_eaf",
    "dumps_emu",
    "dumps_lab",
    "dumps_long_textgrid",
    "dumps_mlf",
    "dumps_phone_ctm",
    "dumps_phone_lab",
    "dumps_rttm",
    "dumps_short_textgrid",
    "dumps_timeline",
    "notes_on_tiers",
    "to_dict",
]

_SILENCE = frozenset({"space", "no_label", "edge"})
_TIERED = frozenset({"eaf", "emu"})  # the others hold one level


def dumps_long_textgrid(source: ExportContext) -> str:
    """Return the levels as a long TextGrid."""
    return source.dumps_grid("long")


def dumps_short_textgrid(source: ExportContext) -> str:
    """Return the levels as a short TextGrid."""
    return source.dumps_grid("short")


def dumps_eaf(source: ExportContext) -> str:
    """Return the levels as an ELAN document."""
    from clipaudio.annotation.formats import eaf as elan  # noqa: PLC0415 - a format loads its room on use

    return elan.dumps(levels_of(source.speakers), source.aligned.duration, sound_file=source.sound_file)


def dumps_emu(source: ExportContext) -> str:
    """Return the levels as an EMU annotation, in samples of the audio; at 48 kHz if its rate is unknown."""
    from clipaudio.annotation.formats import emu  # noqa: PLC0415 - a format loads its room on use

    return emu.dumps(
        levels_of(source.speakers),
        source.aligned.duration,
        sample_rate=source.sample_rate or 48_000,
        name=source.id or "clip",
        sound_file=PurePath(source.sound_file).name or f"{source.id or 'clip'}.wav",
    )


def dumps_ctm(source: ExportContext) -> str:
    """Return the words as CTM; each speaker has a channel."""
    return _ctm(source, [levels.words for levels in source.speakers.values()])


def dumps_phone_ctm(source: ExportContext) -> str:
    """Return the phones as CTM; each speaker has a channel."""
    return _ctm(source, [levels.spoken_phones for levels in source.speakers.values()])


def dumps_rttm(source: ExportContext) -> str:
    """Return who speaks when as RTTM."""
    from clipaudio.annotation.formats import rttm  # noqa: PLC0415 - a format loads its room on use

    return rttm.dumps({name: said.words for name, said in source.speakers.items()}, name=source.id or "clip")


def dumps_lab(source: ExportContext) -> str:
    """Return the words as a label file of HTK."""
    from clipaudio.annotation.formats import htk  # noqa: PLC0415 - a format loads its room on use

    return htk.dumps_lab(source.aligned.words, duration=source.aligned.duration)


def dumps_phone_lab(source: ExportContext) -> str:
    """Return the phones as a label file of HTK."""
    from clipaudio.annotation.formats import htk  # noqa: PLC0415 - a format loads its room on use

    return htk.dumps_lab(source.aligned.spoken_phones, duration=source.aligned.duration)


def dumps_mlf(source: ExportContext) -> str:
    """Return phones and words as a master label file of HTK."""
    from clipaudio.annotation.formats import htk  # noqa: PLC0415 - a format loads its room on use

    clip = source.aligned
    word_of = clip.phone_words.words.tolist()
    return htk.dumps_mlf(clip.phones, clip.words, word_of, duration=clip.duration, name=source.id or "clip")


def dumps_audacity(source: ExportContext) -> str:
    """Return the words as a label track of Audacity; where the speaker changes, the name stands before the word."""
    from clipaudio.annotation.formats import audacity  # noqa: PLC0415 - a format loads its room on use

    return audacity.dumps(_labelled_words(source), spreadsheet_safe=bool(source.options.spreadsheet_safe))


def dumps_timeline(source: ExportContext) -> str:
    """Return every level as JSON."""
    text = replace_surrogates(json.dumps(to_dict(source), ensure_ascii=False, allow_nan=False))
    return msgspec.json.format(text, indent=1) + "\n"  # json itself indents in Python, not in C


def notes_on_tiers(source: ExportContext, row: Format) -> tuple[str, ...]:
    """Return notes on what was changed in labels and times so that the format can hold them; silence stays blank."""
    has_graphemes = row.rules == "textgrid" or row.name in _TIERED
    is_estimated = has_graphemes and "estimated" in source.aligned.reports["graphemes"].kinds
    notes = ["the graphemes are estimated inside their words; the words are as they were given"] * is_estimated
    if row.rules == "textgrid":
        told = [change for change in source.grid.changes if change.kind not in _SILENCE]
        return (*notes, *(f"tier {change.tier}: {change.message}" for change in told))
    tiers = tiers_by_speaker(source.speakers) if row.name in _TIERED else {"words": source.aligned.words}
    for name, tier in tiers.items():
        if count := sum(find_direction_edits(label) != () for label in tier.labels):
            notes.append(f"tier {name}: {count} labels had marks of direction that were open, or closed nothing")
    if row.rules == "audacity" and source.options.spreadsheet_safe:
        count = sum(is_formula(label) for label in _labelled_words(source).labels)
        if count:
            notes.append(f"an apostrophe was put before labels that spreadsheets read as formulas: {count}")
    return tuple(notes)


def _labelled_words(source: ExportContext) -> Timeline:
    """Return the words, with the name of the speaker before the first of each turn if speakers are known."""
    if list(source.speakers) == [""]:
        return source.aligned.words
    return _name_speakers({speaker: said.words for speaker, said in source.speakers.items()})


def _ctm(source: ExportContext, channels: Sequence[Timeline]) -> str:
    from clipaudio.annotation.formats import ctm  # noqa: PLC0415 - a format loads its room on use

    name = source.id or "clip"
    return "".join([ctm.dumps(line, name=name, channel=channel) for channel, line in enumerate(channels, 1)])


def _name_speakers(tiers: Mapping[str, Timeline]) -> Timeline:
    """Merge the words of all speakers by time, with the name before the first word of each turn."""
    from clipaudio.captions.cue import make_speaker_label  # noqa: PLC0415 - as above

    rows = [(entry.start, entry.end, entry.label, speaker) for speaker, tier in tiers.items() for entry in tier]
    rows.sort(key=lambda row: row[:2])
    labels, last = [], ""
    for _, _, label, speaker in rows:
        labels.append(make_speaker_label(speaker or None, last) + label)
        last = speaker
    return Timeline(tuple(labels), np.array([row[:2] for row in rows]).reshape(-1, 2))


def to_dict(source: ExportContext) -> dict[str, Any]:
    """Return a clip as plain values for JSON: repaired seconds, rounded to the nanosecond.

    Returns
    -------
    dict
        `source, id, project_id, duration, issues, text`; `words, sentences, graphemes, phones`: lists of
        `{label, start, end}`, words also with `phones`, their half-open rows of phones; `report`.

    Examples
    --------
    >>> from clipaudio.timing.aligned import align
    >>> from clipaudio.timing.timeline import Timeline
    >>> from clipaudio.export.context import ExportContext
    >>> to_dict(ExportContext(aligned=align(Timeline(("H", "i"), [[0.0, 0.1], [0.1, 0.3]]))))["words"]
    [{'label': 'Hi', 'start': 0.0, 'end': 0.3, 'phones': [0, 0]}]
    """
    clip = source.aligned
    words = _entries(clip.words)
    for word, run in zip(words, clip.word_phones.tolist(), strict=True):
        word["phones"] = run
    report: dict[str, Any] = {level: report.to_dict() for level, report in clip.reports.items()}
    report["alphabet"] = clip.alphabet._asdict()
    report["disagreeing_graphemes"] = clip.disagreeing_graphemes.tolist()
    report["phones_across_words"] = clip.phone_words.crossing.tolist()
    return {
        "source": source.source,
        "id": source.id,
        "project_id": source.project_id,
        "duration": round(clip.duration, 9),
        "issues": list(source.issues),
        "text": clip.text,
        "words": words,
        "sentences": _entries(clip.sentences),
        "graphemes": _entries(clip.graphemes),
        "phones": _entries(clip.phones),
        "report": report,
    }


def _entries(line: Timeline) -> list[dict[str, Any]]:
    pairs = line.times.round(9).tolist()
    return [
        {"label": label, "start": start, "end": end} for label, (start, end) in zip(line.labels, pairs, strict=True)
    ]
