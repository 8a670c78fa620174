"""Join phone entries to sounds and sounds to syllables, with their times.

Stress marks in entries of their own join the sound after them. Length marks, tones and diacritics join the sound
before. A label that ends with a tie bar joins the next. Spaces and punctuation are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from clipaudio.phonetics.ipa import read_ipa
from clipaudio.phonetics.phones import PhoneKind, drop_chained, find_diphthongs, read_phones
from clipaudio.phonetics.syllables import syllable_starts
from clipaudio.timing.intervals import TOUCH, mark_changes, pair_up_columns, span_runs
from clipaudio.timing.timeline import Index, Spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.phonetics.articulation import Articulation
    from clipaudio.phonetics.phones import PhoneTable
    from clipaudio.timing.timeline import Timeline

__all__ = ["Sounds", "find_sounds", "find_spoken_words", "find_syllables"]

_SOUND, _STRESS, _MODIFIER, _BOUNDARY = (
    int(kind) for kind in (PhoneKind.SOUND, PhoneKind.STRESS, PhoneKind.MODIFIER, PhoneKind.BOUNDARY)
)
_UNSTRESSED: Final = np.int8(3)  # in an order of strength: after primary and secondary


@dataclass(frozen=True, eq=False, slots=True)
class Sounds(Spans):
    """Sounds without stress marks; `child_ranges` are rows of the phone entries.

    Attributes
    ----------
    stress
        int8, shape (n,): 0 none, 1 primary, 2 secondary.
    vowels
        bool, shape (n,): the sound can carry a syllable.
    articulations
        Articulations of each distinct sound; of sounds that were found together, those of all clips.
    codes
        intp, shape (n,): row of `articulations` for each sound.
    """

    stress: NDArray[np.int8]
    vowels: NDArray[np.bool_]
    articulations: tuple[tuple[Articulation, ...], ...]
    codes: Index

    def _at(self, rows: Index) -> Self:
        return type(self)(
            tuple([self.labels[row] for row in rows.tolist()]),
            self.times[rows],
            self.child_ranges[rows],
            self.stress[rows],
            self.vowels[rows],
            self.articulations,
            self.codes[rows],
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (
            self.labels,
            self.times,
            self.child_ranges,
            self.stress,
            self.vowels,
            self.articulations,
            self.codes,
        )


def find_sounds(
    phones: Timeline,
    table: PhoneTable | None = None,
    *,
    join_diphthongs: bool = False,
    bounds: Index | None = None,
) -> Sounds:
    """Find the sounds of a phone array.

    Parameters
    ----------
    phones
        Tidy phone entries with their times.
    table
        Their labels as read by `read_phones`; None reads them as IPA.
    join_diphthongs
        Join two vowel entries that touch and spell a diphthong.
    bounds
        intp: rows, above 0, at which another clip begins; None for one clip.

    Returns
    -------
    Sounds
        Empty if there are none.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> times = np.arange(8)[:, None] / 10 + [0, 0.1]
    >>> phones = Timeline(("h", "ˈe", "ɪ", " ", "ð", "ˈ", "ɛ", "ɹ"), times)
    >>> find_sounds(phones, join_diphthongs=True).labels
    ('h', 'eɪ', 'ð', 'ɛ', 'ɹ')
    """
    table = read_phones(phones.labels) if table is None else table
    kinds = table.kinds
    is_part = kinds != _BOUNDARY
    joins = kinds == _MODIFIER  # this row continues what the row before began
    touching = np.zeros(len(phones), bool)
    touching[1:] = (phones.times[1:, 0] - phones.times[:-1, 1] <= TOUCH) & is_part[1:] & is_part[:-1]
    if bounds is not None:
        touching[bounds] = False
    joins[1:] |= kinds[:-1] == _STRESS
    ties = [phone.ties for phone in table.phones]
    if any(ties):
        joins[1:] |= np.array(ties, bool)[table.codes][:-1]
    stress = table.stress
    if join_diphthongs:
        pairs = find_diphthongs(table.codes, table.ipa)
        if bounds is not None:
            pairs[bounds - 1] = False
        pairs = drop_chained(pairs)
        joins[1:] |= pairs & (stress[1:] == 0)
    joins &= touching
    fresh = (is_part & ~joins).nonzero()[0]
    if not len(fresh):
        return _gather(phones, table, np.empty((0, 2), np.intp), stress)
    last = np.maximum.accumulate(np.where(is_part, np.arange(len(phones)), -1))
    stops = last[np.concatenate((fresh[1:], [len(phones)])) - 1] + 1
    has_sound = np.logical_or.reduceat(kinds == _SOUND, fresh)
    return _gather(phones, table, pair_up_columns(fresh, stops)[has_sound], stress)


def _gather(phones: Timeline, table: PhoneTable, runs: Index, stress: NDArray[np.int8]) -> Sounds:
    """Return the sounds of runs of entries: labels joined, the strongest stress, a vowel if any part is."""
    if not len(runs):
        none = np.empty(0, np.intp)
        return Sounds((), np.empty((0, 2)), runs, np.empty(0, np.int8), np.empty(0, bool), (), none)
    codes = table.codes.tolist()
    single = [(code,) for code in range(len(table.phones))]  # most sounds are one entry
    keys: list[tuple[int, ...]] = [
        single[codes[first]] if stop - first == 1 else tuple(codes[first:stop]) for first, stop in runs.tolist()
    ]
    number = {key: row for row, key in enumerate(dict.fromkeys(keys))}
    labels = ["".join([table.phones[code].label for code in key]) for key in number]
    sound_codes = np.fromiter(map(number.__getitem__, keys), np.intp, len(keys))
    edges = runs.ravel()[:-1]  # every second stretch between them is a run, the last one reaches to the end
    strength = np.where(stress[: runs[-1, 1]] > 0, stress[: runs[-1, 1]], _UNSTRESSED)
    return Sounds(
        labels=tuple([labels[code] for code in sound_codes.tolist()]),
        times=span_runs(phones.times, runs),
        child_ranges=runs,
        stress=np.minimum.reduceat(strength, edges)[::2] % _UNSTRESSED,
        vowels=np.array([any(table.phones[code].is_vowel for code in key) for key in number], bool)[sound_codes],
        articulations=tuple([_articulations(table, key) for key in number]),
        codes=sound_codes,
    )


def _articulations(table: PhoneTable, key: Sequence[int]) -> tuple[Articulation, ...]:
    """Return the articulations of entries that are one sound."""
    if len(key) == 1:
        return table.phones[key[0]].sounds
    joined = read_ipa("".join([table.phones[code].ipa for code in key])).sounds
    return joined or next(filter(None, [table.phones[code].sounds for code in key]))


def find_spoken_words(sounds: Sounds, table: PhoneTable, words: Index) -> Index:
    """Return a number for the spoken word of each sound, intp, shape (n,).

    A blank among the phones is the edge of a spoken word, also inside one written word (`$4.50`).

    Parameters
    ----------
    sounds
        From `find_sounds`.
    table
        The phones.
    words
        intp: the written word of each phone.
    """
    rows = sounds.child_ranges[:, 1] - 1
    spoken = (table.kinds == _BOUNDARY).cumsum()[rows]
    numbers: Index = (mark_changes(words[rows]) | mark_changes(spoken)).cumsum()
    return numbers


def find_syllables(sounds: Sounds, words: Index | None = None, *, bounds: Index | None = None) -> Spans:
    """Find the syllables of a run of sounds.

    Parameters
    ----------
    sounds
        Sounds of a clip, from `find_sounds(..., join_diphthongs=True)`.
    words
        intp, shape (n,): a number for the word of each sound; no syllable crosses from one to the next. None takes all
        sounds for one word.
    bounds
        intp: rows, above 0, at which another clip begins, and another word; None for one clip.

    Returns
    -------
    Spans
        Syllables; `child_ranges` are rows of *sounds*. A word without a vowel is one syllable. Empty if there are no
        sounds.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> phones = Timeline(tuple("ɛkstɹəmɪst"), np.arange(10)[:, None] / 10 + [0, 0.1])
    >>> find_syllables(find_sounds(phones)).labels
    ('ɛk', 'stɹə', 'mɪst')
    """
    breaks = np.zeros(len(sounds), bool) if words is None else mark_changes(words)
    starts = syllable_starts(sounds.articulations, sounds.codes, sounds.vowels, breaks, bounds)
    runs = pair_up_columns(starts, np.concatenate((starts[1:], [len(sounds)]))[: len(starts)]).astype(np.intp)
    labels = tuple(["".join(sounds.labels[first:stop]) for first, stop in runs.tolist()])
    return Spans(labels, span_runs(sounds.times, runs), runs)
