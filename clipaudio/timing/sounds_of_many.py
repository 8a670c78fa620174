"""Find the sounds and syllables of many clips at once, which takes less time for short ones.

The phones of all are laid end to end, with the rows at which a clip begins; the rules are those of
`clipaudio.timing.sounds`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from clipaudio.phonetics.phones import PhoneKind, join_tables
from clipaudio.timing.alignment import match_phone_words
from clipaudio.timing.intervals import rank_in_turn
from clipaudio.timing.sounds import Sounds, find_sounds, find_spoken_words, find_syllables
from clipaudio.timing.timeline import Spans, Timeline, split_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.phonetics.phones import PhoneTable
    from clipaudio.timing.aligned import Aligned
    from clipaudio.timing.timeline import Index, Times

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
    words = _words_of_phones(clips, phones.times, table, bounds)
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


def _words_of_phones(clips: Sequence[Aligned], phones: Times, table: PhoneTable, bounds: Index) -> Index:
    """Return the word of each phone, -1 for none; see `Aligned.phone_words`."""
    sizes = [len(clip.words) for clip in clips]
    times = np.concatenate([phones, *(clip.words.times for clip in clips)])
    numbers = np.arange(len(clips))
    of = np.concatenate([numbers.repeat(bounds[1:] - bounds[:-1]), numbers.repeat(sizes)])
    order = rank_in_turn(times, of[:, None])
    found = match_phone_words(phones, times[len(phones) :], order=(order[: len(phones)], order[len(phones) :]))
    return np.where(table.kinds == PhoneKind.BOUNDARY.value, -1, found.words)


def _bounds(sizes: Sequence[int]) -> Index:
    return np.concatenate(([0], np.cumsum(sizes))).astype(np.intp)


def _split_sounds(sounds: Sounds, bounds: Index) -> list[Sounds]:
    """Return the sounds of the clips whose phones begin at *bounds*; their articulations are those of all."""
    places = sounds.child_ranges[:, 0].searchsorted(bounds)
    ranges = _ranges_within(sounds, places, bounds)
    return [
        Sounds.of_checked(
            sounds.labels[first:stop],
            sounds.times[first:stop],
            ranges[first:stop],
            sounds.stress[first:stop],
            sounds.vowels[first:stop],
            sounds.articulations,
            sounds.codes[first:stop],
        )
        for first, stop in pairwise(places.tolist())
    ]


def _split_spans(spans: Spans, bounds: Index) -> list[Spans]:
    """Return the spans of the clips whose rows below begin at *bounds*."""
    places = spans.child_ranges[:, 0].searchsorted(bounds)
    return split_spans(Spans(spans.labels, spans.times, _ranges_within(spans, places, bounds)), places)


def _ranges_within(spans: Spans, places: Index, bounds: Index) -> Index:
    """Return `child_ranges` that count the rows of each clip from 0; *places* are its first spans."""
    ranges = spans.child_ranges - bounds[:-1].repeat(places[1:] - places[:-1])[:, None]
    ranges.flags.writeable = False
    return ranges
