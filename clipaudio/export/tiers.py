"""Arrange the levels of a clip as tiers of an annotation, those of each speaker by themselves.

The tiers of a speaker have the speaker's name before their own, as forced aligners write it: "Ann - words".
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from clipaudio.text import LABEL_RULES, clean_text, close_directions
from clipaudio.timing.intervals import list_run_rows
from clipaudio.timing.joining import join_aligned
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clipaudio.annotation.hierarchy import TierLevel
    from clipaudio.annotation.points import AnyTier
    from clipaudio.annotation.tier import TierSet
    from clipaudio.export.options import Options, Part
    from clipaudio.timing.aligned import Aligned
    from clipaudio.timing.timeline import Index

__all__ = [
    "WrittenGrids",
    "find_speakers",
    "levels_of",
    "make_tier_set",
    "parents_of",
    "tiers_by_speaker",
    "tiers_of",
]


def find_speakers(clips: Sequence[Part], whole: Aligned) -> Mapping[str, Aligned]:
    """Return what each speaker says, by name in order of appearance; "" is an unknown speaker.

    If no speaker is known, that is *whole*.
    """
    names = [close_directions(" ".join(clean_text(part.speaker or "", LABEL_RULES).text.split())) for part in clips]
    if not any(names):
        return MappingProxyType({"": whole})
    said: dict[str, list[tuple[Aligned, float]]] = {name: [] for name in names}
    for name, part in zip(names, clips, strict=True):
        said[name].append((part.aligned, part.offset))
    return MappingProxyType({name: join_aligned(parts, duration=whole.duration) for name, parts in said.items()})


def make_tier_set(speakers: Mapping[str, Aligned], duration: float, options: Options) -> TierSet:
    """Return what a TextGrid is made from: the tiers of all speakers, not cleaned yet."""
    from clipaudio.annotation.points import to_starts  # noqa: PLC0415 - a format loads its room on use
    from clipaudio.annotation.tier import TierSet  # noqa: PLC0415 - as above

    tiers: dict[str, AnyTier] = {**tiers_by_speaker(speakers)}
    if options.word_points:
        tiers |= {_name("word starts", speaker): to_starts(said.words) for speaker, said in speakers.items()}
    return TierSet(tiers or {"words": Timeline.empty()}, duration, options.spaces)  # of silence


class WrittenGrids:
    """TextGrids that are made together, with what was changed so that a file can hold them.

    Their texts are made together on first use.
    """

    def __init__(self, files: Sequence[TierSet]) -> None:
        from clipaudio.annotation.sanitize import prepare_together  # noqa: PLC0415 - as above

        self._files = files
        self.prepared = prepare_together(files)
        self._texts: dict[str, list[str]] = {}

    def dumps(self, form: Literal["long", "short"]) -> list[str]:
        """Return the text of each."""
        from clipaudio.annotation.formats.textgrid import dumps_together  # noqa: PLC0415 - as above

        if form not in self._texts:
            files = [file._replace(tiers=made.tiers) for file, made in zip(self._files, self.prepared, strict=True)]
            self._texts[form] = dumps_together(files, format=form)
        return self._texts[form]


def tiers_by_speaker(speakers: Mapping[str, Aligned]) -> dict[str, Timeline]:
    """Return the tiers of all speakers, those of each together."""
    return {_name(name, speaker): tier for speaker, said in speakers.items() for name, tier in tiers_of(said).items()}


def tiers_of(clip: Aligned) -> dict[str, Timeline]:
    """Return the levels of a clip as tiers, from the largest unit to the smallest, without empty ones.

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
        "phones": clip.spoken_phones,
        "graphemes": _graphemes_with_length(clip),
    }
    return {name: tier for name, tier in tiers.items() if len(tier)}


def levels_of(speakers: Mapping[str, Aligned]) -> tuple[TierLevel, ...]:
    """Return the levels of all speakers with their parents, parents first, without empty ones.

    Words lie in sentences; syllables, phones and graphemes in words.

    Examples
    --------
    >>> from clipaudio.timing.aligned import align
    >>> from clipaudio.timing.timeline import Timeline
    >>> said = {"Ann": align(Timeline("Hi", [[0.0, 0.1], [0.1, 0.3]]))}
    >>> [(level.name, level.parent) for level in levels_of(said)]
    [('Ann - sentences', None), ('Ann - words', 'Ann - sentences'), ('Ann - graphemes', 'Ann - words')]
    """
    return tuple(level for speaker, said in speakers.items() for level in _levels(said, speaker))


def _graphemes_with_length(clip: Aligned) -> Timeline:
    """Return the graphemes that a tier holds: all, but for marks that were given no time beside words that were."""
    rows = _rows_with_length(clip)
    return clip.graphemes if rows is None else clip.graphemes[rows]


def _rows_with_length(clip: Aligned) -> Index | None:
    """Return the rows of the graphemes that a tier holds, None for all."""
    if "estimated" not in clip.reports["graphemes"].kinds:
        return None
    return np.flatnonzero(clip.graphemes.durations > 0)


def _levels(clip: Aligned, speaker: str) -> list[TierLevel]:
    from clipaudio.annotation.hierarchy import TierLevel  # noqa: PLC0415 - a format loads its room on use

    words, sentences = _name("words", speaker), _name("sentences", speaker)
    word_of_phone = clip.phone_words.words
    rows, word_of_grapheme = _rows_with_length(clip), parents_of(clip.words.child_ranges, len(clip.graphemes))
    found = (
        ("sentences", clip.sentences, None, None),
        ("words", clip.words, sentences, parents_of(clip.sentences.child_ranges, len(clip.words))),
        (
            "syllables",
            clip.syllables,
            words,
            word_of_phone[clip.sounds.child_ranges[clip.syllables.child_ranges[:, 0], 0]],
        ),
        ("phones", clip.spoken_phones, words, word_of_phone[clip.spoken_phones.child_ranges[:, 1] - 1]),
        (
            "graphemes",
            _graphemes_with_length(clip),
            words,
            word_of_grapheme if rows is None else word_of_grapheme[rows],
        ),
    )
    return [
        TierLevel(_name(name, speaker), line, parent, rows, speaker) for name, line, parent, rows in found if len(line)
    ]


def _name(tier: str, speaker: str) -> str:
    return f"{speaker} - {tier}" if speaker else tier


def parents_of(runs: Index, count: int) -> Index:
    """Return the run that holds each of *count* rows, intp, shape (count,), -1 for none; runs are in order."""
    parents = np.full(count, -1, np.intp)
    counts = runs[:, 1] - runs[:, 0]
    parents[list_run_rows(runs[:, 0], counts)] = np.arange(len(runs)).repeat(counts)
    return parents
