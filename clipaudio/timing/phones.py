"""Phone entries of any spelling into bare sounds with their stress.

The service spells one sound in several ways: stress glued to the vowel (`ˈe`), as an entry of its own (`ˈ`), or as a
digit (`EH1`); a diphthong as one entry or two; affricates with or without a tie bar; spaces and punctuation as
entries between. This file makes one spelling of them all. Which mouth shape a sound needs is not known here.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import regex

from clipaudio.phonetics.label_cache import remember
from clipaudio.timing.intervals import TOUCH, spanning_times
from clipaudio.timing.timeline import Spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Timeline

__all__ = ["PhoneKind", "Sounds", "find_diphthongs", "find_sounds", "is_vowel", "read_phone"]

ARPABET_VOWELS: Final = frozenset("AA AE AH AO AW AX AXR AY EH ER EY IH IX IY OW OY UH UW UX".split())
IPA_VOWELS: Final = frozenset("iyɨʉɯuɪʏʊeøɘɵɤoəɛœɜɞʌɔæɐaɶɑɒɚɝᵻᵿ")
DIPHTHONGS: Final = frozenset(
    "eɪ ɛɪ æɪ aɪ ɑɪ ʌɪ əɪ ɔɪ oɪ ʊɪ uɪ aʊ ɑʊ æʊ ʌʊ oʊ əʊ ɔʊ ɛʊ eʊ ɔʏ ɔø œʏ œy øy ɛi ʌu".split()
)
"""Vowel pairs that are one sound when they stand as two entries without a gap; the second is never stressed."""

_HALVES: Final = {half: row for row, half in enumerate(sorted({half for pair in DIPHTHONGS for half in pair}), 1)}
"""A number for each half of a diphthong; 0 stands for any other sound."""
_PAIRS: Final = np.zeros((len(_HALVES) + 1, len(_HALVES) + 1), bool)
_PAIRS[[_HALVES[pair[0]] for pair in DIPHTHONGS], [_HALVES[pair[1]] for pair in DIPHTHONGS]] = True
_ARPABET: Final = regex.compile(r"[A-Z]{1,3}([0-2])?")
_UNSTRESSED: Final = np.int8(3)  # in an order of strength: behind primary and secondary
_TIES: Final = "\u0361\u035c"
_PRIMARY, _SECONDARY = "\u02c8", "\u02cc"  # the IPA marks; an apostrophe and a comma in older ASCII spellings
_MARKS: Final = regex.compile(r"^['\u2019](?=\p{L})")


class PhoneKind(IntEnum):
    """What an entry of the phone array is."""

    SOUND = 0
    STRESS = 1  # a mark of its own: belongs to the next sound
    MODIFIER = 2  # length, tone or diacritic of its own: belongs to the sound before
    BOUNDARY = 3  # space, punctuation, nothing


class Phone(NamedTuple):
    """One entry, read."""

    kind: PhoneKind
    label: str  # without stress
    stress: int  # 0 none, 1 primary, 2 secondary
    is_vowel: bool
    ties: bool  # a tie bar at its end reaches for the next entry


@dataclass(frozen=True, eq=False, slots=True)
class Sounds(Spans):
    """Sounds without stress marks; `child_ranges` are rows of the phone entries.

    Attributes
    ----------
    stress
        int8, shape (n,): 0 none, 1 primary, 2 secondary.
    vowels
        bool, shape (n,): the sound can carry a syllable.
    """

    stress: NDArray[np.int8]
    vowels: NDArray[np.bool_]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.labels, self.times, self.child_ranges, self.stress, self.vowels)


@remember
def read_phone(label: str) -> Phone:
    """Read one entry of a phone array.

    Examples
    --------
    >>> read_phone("ˈeɪ")[:4]
    (<PhoneKind.SOUND: 0>, 'eɪ', 1, True)
    >>> read_phone("EH2")[:4]
    (<PhoneKind.SOUND: 0>, 'EH', 2, True)
    >>> read_phone("ˈ").kind.name, read_phone("ː").kind.name, read_phone(" ").kind.name
    ('STRESS', 'MODIFIER', 'BOUNDARY')
    """
    arpabet = _ARPABET.fullmatch(label)
    if arpabet:
        bare = label.rstrip("012")
        return Phone(PhoneKind.SOUND, bare, int(arpabet[1] or 0), bare in ARPABET_VOWELS, ties=False)
    text = _MARKS.sub(_PRIMARY, label.strip())
    stress = 1 if _PRIMARY in text else 2 if _SECONDARY in text else 0
    bare = text.replace(_PRIMARY, "").replace(_SECONDARY, "")
    if any(unicodedata.category(c) in {"Ll", "Lo", "Lu"} for c in bare):
        return Phone(PhoneKind.SOUND, bare, stress, is_vowel(bare), ties=bare[-1] in _TIES)
    if not bare:
        return Phone(PhoneKind.STRESS if stress else PhoneKind.BOUNDARY, "", stress, is_vowel=False, ties=False)
    if all(unicodedata.category(c) in {"Lm", "Mn", "Mc", "Sk", "No"} or c.isdigit() for c in bare):
        return Phone(PhoneKind.MODIFIER, bare, 0, is_vowel=False, ties=False)
    return Phone(PhoneKind.BOUNDARY, bare, 0, is_vowel=False, ties=False)


def is_vowel(label: str) -> bool:
    """Tell whether a bare sound can carry a syllable: a vowel first, or a syllabic consonant (`n̩`).

    Examples
    --------
    >>> [is_vowel(label) for label in ("eɪ", "ã", "n̩", "t͡ʃ", "j")]
    [True, True, True, False, False]
    """
    plain = unicodedata.normalize("NFD", label)
    return "\u0329" in plain or plain[:1] in IPA_VOWELS


def find_sounds(phones: Timeline, *, join_diphthongs: bool = False) -> Sounds:
    """Find the sounds of a phone array.

    Stress marks of their own join the sound after them; length marks, tones and diacritics of their own join the
    sound before; a label that ends with a tie bar joins the next. Spaces and punctuation are left out.

    Parameters
    ----------
    phones
        Tidy phone entries with their times.
    join_diphthongs
        Join two vowel entries that touch and make a diphthong.

    Returns
    -------
    Sounds
        Empty when there are none.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> times = np.arange(8)[:, None] / 10 + [0, 0.1]
    >>> phones = Timeline(("h", "ˈe", "ɪ", " ", "ð", "ˈ", "ɛ", "ɹ"), times)
    >>> find_sounds(phones, join_diphthongs=True).labels
    ('h', 'eɪ', 'ð', 'ɛ', 'ɹ')
    """
    distinct = list(dict.fromkeys(phones.labels))
    number = {label: i for i, label in enumerate(distinct)}
    code = np.fromiter(map(number.__getitem__, phones.labels), np.intp, len(phones))
    read = [read_phone(label) for label in distinct]
    kind, stress = np.array([(phone.kind, phone.stress) for phone in read], np.int8).reshape(-1, 2)[code].T
    part = kind != PhoneKind.BOUNDARY.value
    joins = kind == PhoneKind.MODIFIER.value  # this row goes on with what the row before began
    touching = np.zeros(len(phones), bool)
    touching[1:] = (phones.times[1:, 0] - phones.times[:-1, 1] <= TOUCH) & part[1:] & part[:-1]
    joins[1:] |= kind[:-1] == PhoneKind.STRESS.value
    if any(phone.ties for phone in read):
        joins[1:] |= np.array([phone.ties for phone in read])[code][:-1]
    if join_diphthongs:
        joins[1:] |= _make_diphthongs(code, [phone.label for phone in read])[1:] & (stress[1:] == 0)
    joins &= touching
    fresh = (part & ~joins).nonzero()[0]
    if not len(fresh):
        return _gather(phones, np.empty((0, 2), np.intp), [], stress)
    last = np.maximum.accumulate(np.where(part, np.arange(len(phones)), -1))
    stops = last[np.concatenate((fresh[1:], [len(phones)])) - 1] + 1
    has_sound = np.logical_or.reduceat(kind == PhoneKind.SOUND.value, fresh)
    runs = np.stack((fresh, stops), axis=1)[has_sound]
    return _gather(phones, runs, [read[i] for i in code.tolist()], stress)


def _make_diphthongs(code: NDArray[np.intp], labels: list[str]) -> NDArray[np.bool_]:
    """Tell which entries end a diphthong that the entry before began; pairs never chain."""
    ends = np.zeros(len(code), bool)
    ends[1:] = find_diphthongs(code, labels)
    chained = (ends[1:] & ends[:-1]).nonzero()[0] + 1
    for row in chained.tolist():  # rare: three vowels in a row
        if ends[row - 1]:
            ends[row] = False
    return ends


def find_diphthongs(code: NDArray[np.intp], labels: Sequence[str]) -> NDArray[np.bool_]:
    """Tell which neighbours spell a diphthong together, bool, shape (n - 1,); *code* is a row of *labels* each.

    Examples
    --------
    >>> find_diphthongs(np.array([0, 1, 2]), ("a", "ɪ", "s")).tolist()
    [True, False]
    """
    half = np.array([_HALVES.get(label, 0) for label in labels], np.intp)[code]
    found: NDArray[np.bool_] = _PAIRS[half[:-1], half[1:]]
    return found


def _gather(phones: Timeline, runs: NDArray[np.intp], read: list[Phone], stress: NDArray[np.int8]) -> Sounds:
    """Make the sounds of their runs: labels joined, the strongest stress, vowel if any part is."""
    if not len(runs):
        return Sounds((), np.empty((0, 2)), runs, np.empty(0, np.int8), np.empty(0, bool))
    names = [phone.label for phone in read]
    labels = tuple(["".join(names[first:stop]) for first, stop in runs.tolist()])
    edges = runs.ravel()[:-1]  # every second stretch between them is a run, the last one up to the end
    strength = np.where(stress[: runs[-1, 1]] > 0, stress[: runs[-1, 1]], _UNSTRESSED)
    strongest = np.minimum.reduceat(strength, edges)[::2] % _UNSTRESSED
    is_vowel = np.array([phone.is_vowel for phone in read[: runs[-1, 1]]], bool)
    vowels = np.logical_or.reduceat(is_vowel, edges)[::2]
    return Sounds(labels, spanning_times(phones.times, runs), runs, strongest, vowels)
