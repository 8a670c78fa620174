"""Arrange the levels of a clip as tiers of an annotation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clipaudio.timing.intervals import list_run_rows

if TYPE_CHECKING:
    from clipaudio.annotation.hierarchy import TierLevel
    from clipaudio.annotation.points import AnyTier
    from clipaudio.annotation.sanitize import SanitizedTiers
    from clipaudio.export.options import Options
    from clipaudio.timing.aligned import Aligned
    from clipaudio.timing.timeline import Index, Timeline

__all__ = ["levels_of", "make_grid", "parents_of", "tiers_of"]


def make_grid(clip: Aligned, options: Options) -> SanitizedTiers:
    """Return the tiers of a TextGrid, and what was changed so that it can hold them."""
    from clipaudio.annotation.points import to_starts  # noqa: PLC0415 - a format loads its room on use
    from clipaudio.annotation.sanitize import prepare  # noqa: PLC0415 - as above

    tiers: dict[str, AnyTier] = {**tiers_of(clip)}
    if options.word_points:
        tiers["word starts"] = to_starts(clip.words)
    return prepare(tiers, clip.duration, spaces=options.spaces)


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
        "phones": clip.phones,
        "graphemes": clip.graphemes,
    }
    return {name: tier for name, tier in tiers.items() if len(tier)}


def levels_of(clip: Aligned) -> tuple[TierLevel, ...]:
    """Return the levels of a clip with their parents, parents first, without empty ones.

    Words lie in sentences; syllables, phones and graphemes in words.

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
    """Return the run that holds each of *count* rows, intp, shape (count,), -1 for none; runs are in order."""
    parents = np.full(count, -1, np.intp)
    counts = runs[:, 1] - runs[:, 0]
    parents[list_run_rows(runs[:, 0], counts)] = np.arange(len(runs)).repeat(counts)
    return parents
