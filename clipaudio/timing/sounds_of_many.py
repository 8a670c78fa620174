"""Find the sounds and syllables of many clips at once, which takes less time for short ones.

The phones of all are laid end to end, with the rows at which a clip begins; the rules are those of
`clipaudio.timing.sounds`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from clipaudio.phonetics.phones import join_tables
from clipaudio.timing.sounds import Sounds, find_sounds, find_spoken_words, find_syllables
from clipaudio.timing.timeline import Spans, Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.timing.aligned import Aligned
    from clipaudio.timing.timeline import Index

__all__ = ["find_sounds_of"]


def find_sounds_of(clips: Sequence[Aligned]) -> None:
    """Find `plain_sounds`, `sounds` and `syllables` of *clips*; each gets those that it would find by itself.

    Examples
    --------
    >>> from clipaudio.timing.aligned import align
    >>> letters = Timeline("ai", [[0.0, 0.1], [0.1, 0.2]])
    >>> clips = [align(letters, letters), align(letters, letters)]
    >>> find_sounds_of(clips)
    >>> [clip.syllables.labels for clip in clips]
    [('a', 'i'), ('a', 'i')]
    """
    clips = [clip for clip in clips if len(clip.phones)]
    if len(clips) < 2:
        return
    bounds = _bounds([len(clip.phones) for clip in clips])
    phones = Timeline(
        tuple([label for clip in clips for label in clip.phones.labels]),
        np.concatenate([clip.phones.times for clip in clips]),
    )
    table = join_tables([clip.phone_table for clip in clips])
    words = np.concatenate([clip.phone_words.words for clip in clips])
    plain = find_sounds(phones, table, bounds=bounds[1:-1])
    sounds = find_sounds(phones, table, join_diphthongs=True, bounds=bounds[1:-1])
    places = sounds.child_ranges[:, 0].searchsorted(bounds)
    starts = places[(places > 0) & (places < len(sounds))]
    numbers = find_spoken_words(sounds, table, words)
    numbers += np.isin(np.arange(len(sounds)), starts).cumsum()  # another clip is another word
    syllables = find_syllables(sounds, numbers, bounds=starts)
    for clip, each_plain, each_sounds, each_syllables in zip(
        clips,
        _split_sounds(plain, bounds),
        _split_sounds(sounds, bounds),
        _split_spans(syllables, places),
        strict=True,
    ):
        clip.__dict__.update(plain_sounds=each_plain, sounds=each_sounds, syllables=each_syllables)


def _bounds(sizes: Sequence[int]) -> Index:
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.intp)


def _split_sounds(sounds: Sounds, bounds: Index) -> list[Sounds]:
    """Return the sounds of the clips whose phones begin at *bounds*; their articulations are those of all."""
    places = sounds.child_ranges[:, 0].searchsorted(bounds).tolist()
    return [
        Sounds(
            labels=sounds.labels[first:stop],
            times=sounds.times[first:stop],
            child_ranges=sounds.child_ranges[first:stop] - shift,
            stress=sounds.stress[first:stop],
            vowels=sounds.vowels[first:stop],
            articulations=sounds.articulations,
            codes=sounds.codes[first:stop],
        )
        for (first, stop), shift in zip(pairwise(places), bounds.tolist(), strict=False)
    ]


def _split_spans(spans: Spans, bounds: Index) -> list[Spans]:
    """Return the spans of the clips whose rows below begin at *bounds*."""
    places = spans.child_ranges[:, 0].searchsorted(bounds).tolist()
    return [
        Spans(spans.labels[first:stop], spans.times[first:stop], spans.child_ranges[first:stop] - shift)
        for (first, stop), shift in zip(pairwise(places), bounds.tolist(), strict=False)
    ]
