"""The levels of a clip as tiers, and as plain values."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from clipaudio.text import replace_surrogates
from clipaudio.timing.intervals import run_rows

if TYPE_CHECKING:
    from clipaudio.annotation.hierarchy import TierLevel
    from clipaudio.annotation.points import AnyTier
    from clipaudio.annotation.sanitize import SanitizedTiers
    from clipaudio.export.context import ExportContext
    from clipaudio.timing.aligned import Aligned
    from clipaudio.timing.timeline import Index, Timeline

__all__ = [
    "dumps_audacity",
    "dumps_ctm",
    "dumps_eaf",
    "dumps_emu",
    "dumps_long_textgrid",
    "dumps_phone_ctm",
    "dumps_short_textgrid",
    "dumps_timeline",
    "grid_of",
    "levels_of",
    "notes_on_textgrid",
    "parents_of",
    "prepared_grid",
    "tiers_of",
    "to_dict",
]


def dumps_long_textgrid(source: ExportContext) -> str:
    """Give the levels as a long TextGrid."""
    return _textgrid(source, "long")


def dumps_short_textgrid(source: ExportContext) -> str:
    """Give the levels as a short TextGrid."""
    return _textgrid(source, "short")


def dumps_eaf(source: ExportContext) -> str:
    """Give the levels as an ELAN document."""
    from clipaudio.annotation.formats import eaf as elan  # noqa: PLC0415 - a format loads its room on use

    return elan.dumps(levels_of(source.aligned), source.aligned.duration, sound_file=source.sound_file)


def dumps_emu(source: ExportContext) -> str:
    """Give the levels as an EMU annotation, in samples of the audio; at 48 kHz where that is not at hand."""
    from clipaudio.annotation.formats import emu  # noqa: PLC0415 - a format loads its room on use

    return emu.dumps(
        levels_of(source.aligned),
        source.aligned.duration,
        sample_rate=source.sample_rate or 48_000,
        name=source.id or "clip",
        sound_file=PurePath(source.sound_file).name or f"{source.id or 'clip'}.wav",
    )


def dumps_ctm(source: ExportContext) -> str:
    """Give the words as CTM."""
    from clipaudio.annotation.formats import ctm  # noqa: PLC0415 - a format loads its room on use

    return ctm.dumps(source.aligned.words, name=source.id or "clip")


def dumps_phone_ctm(source: ExportContext) -> str:
    """Give the phones as CTM."""
    from clipaudio.annotation.formats import ctm  # noqa: PLC0415 - a format loads its room on use

    return ctm.dumps(source.aligned.phones, name=source.id or "clip")


def dumps_audacity(source: ExportContext) -> str:
    """Give the words as a label track of Audacity."""
    from clipaudio.annotation.formats import audacity  # noqa: PLC0415 - a format loads its room on use

    return audacity.dumps(source.aligned.words)


def dumps_timeline(source: ExportContext) -> str:
    """Give every level as JSON."""
    text = replace_surrogates(json.dumps(to_dict(source), ensure_ascii=False, allow_nan=False))
    return msgspec.json.format(text, indent=1) + "\n"  # json itself indents in Python, not in C


def tiers_of(clip: Aligned) -> dict[str, Timeline]:
    """Give the levels of a clip as tiers, from the largest unit to the smallest; empty levels are left out.

    Examples
    --------
    >>> from clipaudio.timing.aligned import align
    >>> from clipaudio.timing.timeline import Timeline
    >>> list(tiers_of(align(Timeline(("H", "i"), [[0.0, 0.1], [0.1, 0.3]]))))
    ['sentences', 'words', 'graphemes']
    """
    tiers: dict[str, Timeline] = {
        "sentences": clip.sentences,
        "words": clip.words,
        "syllables": clip.syllables,
        "phones": clip.phones,
        "graphemes": clip.graphemes,
    }
    return {name: tier for name, tier in tiers.items() if len(tier)}


def grid_of(source: ExportContext) -> dict[str, AnyTier]:
    """Give the tiers of a TextGrid: the levels, and where it is chosen a point for the start of each word."""
    tiers: dict[str, AnyTier] = {**tiers_of(source.aligned)}
    if source.options.word_points:
        from clipaudio.annotation.points import starts_of  # noqa: PLC0415 - a format loads its room on use

        tiers["word starts"] = starts_of(source.aligned.words)
    return tiers


def levels_of(clip: Aligned) -> tuple[TierLevel, ...]:
    """Give the levels of a clip with their parents, parents first; empty ones are left out.

    Words lie in sentences; syllables, phones and letters in words.

    Examples
    --------
    >>> from clipaudio.timing.aligned import align
    >>> from clipaudio.timing.timeline import Timeline
    >>> [(level.name, level.parent) for level in levels_of(align(Timeline("Hi", [[0.0, 0.1], [0.1, 0.3]])))]
    [('sentences', None), ('words', 'sentences'), ('graphemes', 'words')]
    """
    from clipaudio.annotation.hierarchy import TierLevel  # noqa: PLC0415 - a format loads its room on use

    phone_words = clip.phone_words.words
    found = (
        TierLevel("sentences", clip.sentences),
        TierLevel("words", clip.words, "sentences", parents_of(clip.sentences.child_ranges, len(clip.words))),
        TierLevel(
            "syllables",
            clip.syllables,
            "words",
            phone_words[clip.sounds.child_ranges[clip.syllables.child_ranges[:, 0], 0]],
        ),
        TierLevel("phones", clip.phones, "words", phone_words),
        TierLevel("graphemes", clip.graphemes, "words", parents_of(clip.words.child_ranges, len(clip.graphemes))),
    )
    return tuple(level for level in found if len(level.timeline))


def parents_of(runs: Index, count: int) -> Index:
    """Give the run in which each of *count* rows lies, intp, shape (count,), -1 for none; runs are in order."""
    parents = np.full(count, -1, np.intp)
    counts = runs[:, 1] - runs[:, 0]
    parents[run_rows(runs[:, 0], counts)] = np.arange(len(runs)).repeat(counts)
    return parents


def notes_on_textgrid(source: ExportContext) -> tuple[str, ...]:
    """Tell what had to be changed in labels and times to write them as a TextGrid, beyond leaving silence blank."""
    told = [change for change in source.grid.changes if change.kind not in _SILENCE]
    return tuple(f"tier {change.tier}: {change.message}" for change in told)


_SILENCE = frozenset({"space", "no_label", "edge"})


def prepared_grid(source: ExportContext) -> SanitizedTiers:
    """Give the tiers of a TextGrid as they can be written; `ExportContext.grid` keeps them."""
    from clipaudio.annotation.sanitize import prepare  # noqa: PLC0415 - a format loads its room on use

    return prepare(grid_of(source), source.aligned.duration, spaces=source.options.spaces)


def _textgrid(source: ExportContext, format_name: Literal["long", "short"]) -> str:
    from clipaudio.annotation.formats import textgrid  # noqa: PLC0415 - as above

    spaces, tiers = source.options.spaces, source.grid.tiers
    return textgrid.dumps(tiers, source.aligned.duration, format=format_name, spaces=spaces)


def to_dict(source: ExportContext) -> dict[str, Any]:
    """Give a clip as plain values for JSON: seconds, repaired, rounded to the nanosecond.

    Returns
    -------
    dict
        `id, project_id, duration, issues`; `words, sentences, graphemes, phones`: lists of
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
    report["disagreeing_graphemes"] = clip.disagreeing_graphemes.tolist()
    report["phones_across_words"] = clip.phone_words.crossing.tolist()
    return {
        "id": source.id,
        "project_id": source.project_id,
        "duration": round(clip.duration, 9),
        "issues": list(source.issues),
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
