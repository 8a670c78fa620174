"""Read phone labels: what an entry is, how it is stressed, and which sounds it stands for.

Voices spell one sound in several ways: stress glued to the vowel (`ˈe`), as an entry of its own (`ˈ`) or as a digit
(`EH1`); a diphthong as one entry or two; spaces and punctuation as entries between. `read_phone` is the only parser of
labels: syllables, words and mouth shapes all use its result.

The question mark
-----------------
`?` is punctuation. Before a sound it may be a glottal stop: in X-SAMPA and Kirshenbaum before any sound, in IPA only at
the start of a word before a vowel, as espeak-ng spells it. `read_phones` decides, because one label cannot.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.phonetics.alphabets import bare_label, is_silence, to_ipa
from clipaudio.phonetics.ipa import UNKNOWN, read_ipa
from clipaudio.phonetics.ipa_table import TIES
from clipaudio.phonetics.label_cache import remember

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.phonetics.articulation import Articulation

__all__ = [
    "Phone",
    "PhoneKind",
    "PhoneTable",
    "drop_chained",
    "find_diphthongs",
    "join_tables",
    "read_phone",
    "read_phones",
]

DIPHTHONGS: Final = frozenset(
    "eɪ ɛɪ æɪ aɪ ɑɪ ʌɪ əɪ ɔɪ oɪ ʊɪ uɪ aʊ ɑʊ æʊ ʌʊ oʊ əʊ ɔʊ ɛʊ eʊ ɔʏ ɔø œʏ œy øy ɛi ʌu".split()
)
"""Vowel pairs that are one sound when they are two entries without a gap; the second is never stressed."""
_HALVES: Final = {half: row for row, half in enumerate(sorted({half for pair in DIPHTHONGS for half in pair}), 1)}
"""A number for each half of a diphthong; 0 is any other sound."""
_PAIRS: Final = np.zeros((len(_HALVES) + 1, len(_HALVES) + 1), bool)
_PAIRS[[_HALVES[pair[0]] for pair in DIPHTHONGS], [_HALVES[pair[1]] for pair in DIPHTHONGS]] = True
_PRIMARY, _SECONDARY = "\u02c8", "\u02cc"
_ASCII_PRIMARY: Final = re.compile(r"^['\u2019](?=[^\W\d_])")  # IPA typed with an apostrophe for the stress mark
_MODIFIERS: Final = frozenset({"Lm", "Mn", "Mc", "Sk", "Nd", "No"})
_QUESTION: Final = "?"
_GLOTTAL_STOP: Final = "ʔ"
_ASKS_BEFORE_ANY_SOUND: Final = frozenset({"xsampa", "kirshenbaum"})


class PhoneKind(IntEnum):
    """Kind of an entry in a phone array."""

    SOUND = 0
    STRESS = 1  # a mark in an entry of its own, belongs to the next sound
    MODIFIER = 2  # length, tone or diacritic in an entry of its own, belongs to the sound before
    BOUNDARY = 3  # space, punctuation, silence, nothing


class Phone(NamedTuple):
    """One entry of a phone array.

    Attributes
    ----------
    kind
        What the entry is.
    label
        The label as spelled, without stress.
    ipa
        The label in IPA, without stress.
    sounds
        Articulations, in order: two for a diphthong, none unless `kind` is SOUND.
    stress
        0 none, 1 primary, 2 secondary.
    is_vowel
        Whether it can carry a syllable.
    ties
        Whether a tie bar at its end joins it to the next entry.
    """

    kind: PhoneKind
    label: str
    ipa: str
    sounds: tuple[Articulation, ...] = ()
    stress: int = 0
    is_vowel: bool = False
    ties: bool = False


@dataclass(frozen=True, eq=False)
class PhoneTable:
    """Distinct phones of a clip.

    Attributes
    ----------
    phones
        Each once.
    codes
        intp, shape (n,): row of `phones` for each entry.
    """

    phones: tuple[Phone, ...]
    codes: NDArray[np.intp]

    @cached_property
    def kinds(self) -> NDArray[np.int8]:
        """Kind of each entry, int8, shape (n,)."""
        return np.array([phone.kind for phone in self.phones], np.int8)[self.codes]

    @cached_property
    def stress(self) -> NDArray[np.int8]:
        """Stress of each entry, int8, shape (n,)."""
        return np.array([phone.stress for phone in self.phones], np.int8)[self.codes]

    @cached_property
    def ipa(self) -> tuple[str, ...]:
        """Each distinct phone in IPA."""
        return tuple([phone.ipa for phone in self.phones])

    @property
    def unknown(self) -> tuple[str, ...]:
        """Labels with a sound that is not understood."""
        return tuple(phone.label for phone in self.phones if UNKNOWN in phone.sounds)


@remember
def read_phone(label: str, alphabet: str = "ipa") -> Phone:
    """Read one label.

    Parameters
    ----------
    label
        One phone as a voice spells it.
    alphabet
        One of `clipaudio.phonetics.alphabets.ALPHABETS`.

    Raises
    ------
    ExportError
        There is no such alphabet.

    Examples
    --------
    >>> phone = read_phone("ˈeɪ")
    >>> phone.kind.name, phone.label, phone.stress, phone.is_vowel, len(phone.sounds)
    ('SOUND', 'eɪ', 1, True, 2)
    >>> phone = read_phone("EH2", "arpabet")
    >>> phone.label, phone.ipa, phone.stress
    ('EH', 'ɛ', 2)
    >>> read_phone("ˈ").kind.name, read_phone("ː").kind.name, read_phone(" ").kind.name
    ('STRESS', 'MODIFIER', 'BOUNDARY')
    """
    text = _ASCII_PRIMARY.sub(_PRIMARY, label.strip()) if alphabet in {"ipa", "espeak"} else label.strip()
    ipa = to_ipa(text, alphabet)
    if is_silence(text, alphabet):
        return Phone(PhoneKind.BOUNDARY, text, "")
    stress = 1 if _PRIMARY in ipa else 2 if _SECONDARY in ipa else 0
    ipa = ipa.replace(_PRIMARY, "").replace(_SECONDARY, "")
    bare = bare_label(text, alphabet)
    read = read_ipa(ipa, bare)
    if read.sounds:
        return Phone(PhoneKind.SOUND, bare, ipa, read.sounds, stress, read.is_syllabic, ipa[-1:] in TIES)
    if not ipa.strip():
        return Phone(PhoneKind.STRESS if stress else PhoneKind.BOUNDARY, bare, "", stress=stress)
    is_modifier = all(unicodedata.category(character) in _MODIFIERS for character in ipa)
    return Phone(PhoneKind.MODIFIER if is_modifier else PhoneKind.BOUNDARY, bare, ipa)


def read_phones(labels: Sequence[str], alphabet: str = "ipa") -> PhoneTable:
    """Read the labels of a clip, each distinct one once.

    Examples
    --------
    >>> table = read_phones(["?", "a", "t", "?"])
    >>> [table.phones[code].kind.name for code in table.codes.tolist()]
    ['SOUND', 'SOUND', 'SOUND', 'BOUNDARY']
    """
    number = {label: row for row, label in enumerate(dict.fromkeys(labels))}
    codes = np.fromiter(map(number.__getitem__, labels), np.intp, len(labels))
    phones = [read_phone(label, alphabet) for label in number]
    asks = np.array([label.strip() == _QUESTION for label in number], bool)
    if not asks.any():
        return PhoneTable(tuple(phones), codes)
    phones = [Phone(PhoneKind.BOUNDARY, _QUESTION, "") if asks[row] else phone for row, phone in enumerate(phones)]
    codes[_glottal_stops(phones, codes, asks[codes], alphabet)] = len(phones)
    return PhoneTable((*phones, read_phone(_GLOTTAL_STOP)._replace(label=_QUESTION)), codes)


def _glottal_stops(
    phones: list[Phone], codes: NDArray[np.intp], asks: NDArray[np.bool_], alphabet: str
) -> NDArray[np.bool_]:
    """Return a mask of the question marks that are glottal stops."""
    if alphabet == "arpabet":
        return np.zeros(len(codes), bool)
    kinds = np.array([phone.kind for phone in phones], np.int8)[codes]
    before_any = alphabet in _ASKS_BEFORE_ANY_SOUND
    sounds = np.array([phone.kind == PhoneKind.SOUND and (before_any or phone.is_vowel) for phone in phones])[codes]
    following = np.append(sounds[1:], [False])  # what comes next, a stress mark skipped
    is_stress = np.append(kinds[1:] == PhoneKind.STRESS.value, [False])
    following |= is_stress & np.append(following[1:], [False])
    glottal: NDArray[np.bool_] = asks & following
    if not before_any:
        glottal[1:] &= (kinds[:-1] == PhoneKind.BOUNDARY.value) & ~asks[:-1]
    return glottal


def join_tables(tables: Sequence[PhoneTable]) -> PhoneTable:
    """Join the phones of *tables*, each object once: `read_phone` returns the same for the same label."""
    if len(tables) == 1:
        return tables[0]
    number: dict[int, int] = {}
    phones: list[Phone] = []
    codes = []
    for table in tables:
        for phone in table.phones:
            if number.setdefault(id(phone), len(phones)) == len(phones):
                phones.append(phone)
        codes.append(np.array([number[id(phone)] for phone in table.phones], np.intp)[table.codes])
    return PhoneTable(tuple(phones), np.concatenate(codes))


def find_diphthongs(codes: NDArray[np.intp], ipa: Sequence[str]) -> NDArray[np.bool_]:
    """Return which neighbours spell a diphthong together, bool, shape (n - 1,); *codes* are rows of *ipa*.

    Examples
    --------
    >>> find_diphthongs(np.array([0, 1, 2]), ("a", "ɪ", "s")).tolist()
    [True, False]
    """
    half = np.array([_HALVES.get(spelling, 0) for spelling in ipa], np.intp)[codes]
    found: NDArray[np.bool_] = _PAIRS[half[:-1], half[1:]]
    return found


def drop_chained(pairs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return *pairs* of neighbours without those that begin where another ends: of three vowels the first two pair.

    Examples
    --------
    >>> drop_chained(np.array([True, True, True, False])).tolist()
    [True, False, True, False]
    """
    kept = pairs.copy()
    for row in ((pairs[1:] & pairs[:-1]).nonzero()[0] + 1).tolist():  # rare
        kept[row] &= not kept[row - 1]
    return kept
