"""Read IPA: the articulation of each sound of a phone.

An affricate is its release, whether spelled with a tie bar, without or as one letter; where its stop closes the lips
(`pf`), both are returned. Of two places at once (`k͡p`) the lips win. A diphthong is two sounds. Stress and tone return
nothing; an unknown symbol returns a sound of kind UNKNOWN, never silence.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

from clipaudio.phonetics.articulation import Articulation, Glide, Manner, Place, SoundKind
from clipaudio.phonetics.ipa_table import BASES, MARKS, RELEASES, TIES, is_silent, spell
from clipaudio.phonetics.syllabaries import spell_syllable

__all__ = ["UNKNOWN", "IpaReading", "join_vowels", "read_ipa", "split_ipa", "split_shares"]

UNKNOWN: Final = Articulation(SoundKind.UNKNOWN)
"""A sound that is not understood."""
_STOPS: Final = frozenset({Manner.PLOSIVE, Manner.NASAL})
_RELEASING: Final = frozenset({Manner.FRICATIVE, Manner.SIBILANT, Manner.LATERAL})
_DORSAL: Final = frozenset({Place.VELAR, Place.UVULAR})
_CORONAL: Final = frozenset({Place.DENTAL, Place.ALVEOLAR, Place.POSTALVEOLAR, Place.RETROFLEX})
_LABIAL: Final = frozenset({Place.BILABIAL, Place.LABIODENTAL})
_NON_SYLLABIC: Final = "\u032f"
_SYLLABIC: Final = "\u0329"
_STRAY: Final = frozenset("@{}&%*§")  # a sound in other alphabets, or no punctuation: reported, not dropped
_STRESSES: Final = frozenset("ˈˌ")
_SYLLABLES: Final = re.compile("[\u1100-\u139f\u3041-\u30ff\uac00-\ud7a3]+")


class IpaReading(NamedTuple):
    """Sounds of an IPA string, and whether one of them can carry a syllable."""

    sounds: tuple[Articulation, ...]
    is_syllabic: bool


def read_ipa(ipa: str, label: str = "") -> IpaReading:
    """Return the articulations of an IPA string, in order.

    Parameters
    ----------
    ipa
        One phone.
    label
        The label as a voice spells it. A sign that is a sound in another alphabet (`@`) reads as an unknown sound.

    Examples
    --------
    >>> [(sound.place.name, sound.manner.name) for sound in read_ipa("t͡ʃ").sounds]
    [('POSTALVEOLAR', 'AFFRICATE')]
    >>> [round(sound.height, 2) for sound in read_ipa("aɪ").sounds], read_ipa("n̩").is_syllabic
    ([1.0, 0.17], True)
    >>> read_ipa("♪").sounds[0].kind.name, read_ipa("ˈ").sounds
    ('UNKNOWN', ())
    """
    letters = _Letters()
    for character in _spell_out(spell(ipa)):
        letters.add(character)
    if not letters.sounds and label in _STRAY:
        return IpaReading((UNKNOWN,), is_syllabic=False)
    is_vowel = any(
        sound.kind == SoundKind.VOWEL and not weak for sound, weak in zip(letters.sounds, letters.weak, strict=True)
    )
    return IpaReading(
        _join(letters.sounds, letters.tied, letters.weak),
        is_syllabic=is_vowel or (letters.marked and bool(letters.sounds)),
    )


class _Letters:
    """The letters of an IPA string read so far: sound, tied to the one before, marked as not syllabic."""

    def __init__(self) -> None:
        self.sounds: list[Articulation] = []
        self.tied: list[bool] = []
        self.weak: list[bool] = []
        self.marked = False  # as syllabic
        self._reaches = False

    def add(self, character: str) -> None:
        """Read one character."""
        letter = RELEASES.get(character, character) if self.sounds else character
        if letter in BASES:
            self._append(BASES[letter], tied=self._reaches or letter != character)
            self._reaches = False
        elif character in TIES:
            self._reaches = bool(self.sounds)
        elif self.sounds and character in MARKS:
            self.sounds[-1] = MARKS[character](self.sounds[-1])
        elif self.sounds and character == _NON_SYLLABIC:
            self.weak[-1] = True
        elif character == _SYLLABIC:
            self.marked = True
        elif not is_silent(character):
            self._append(UNKNOWN, tied=False)

    def _append(self, sound: Articulation, *, tied: bool) -> None:
        self.sounds.append(sound)
        self.tied.append(tied)
        self.weak.append(False)


def split_ipa(ipa: str) -> tuple[str, ...]:
    """Split a run of IPA into phones: affricates and diphthongs stay whole, marks stay with their letter.

    Examples
    --------
    >>> split_ipa("həˈloʊ"), split_ipa("ˈtʃɪkɪn"), split_ipa("k a")
    (('h', 'ə', 'ˈl', 'oʊ'), ('ˈtʃ', 'ɪ', 'k', 'ɪ', 'n'), ('k', 'a'))
    """
    parts: list[str] = []
    before, reaches, is_apart = "", False, True
    for character in unicodedata.normalize("NFC", ipa):
        category = unicodedata.category(character)
        if character in _STRESSES:
            before += character
        elif category.startswith("L") and category != "Lm":
            if reaches and not before:
                parts[-1] += character
            elif before or is_apart or not _is_one_phone(parts[-1], character):
                parts.append(before + character)
            else:
                parts[-1] += character
            before, reaches, is_apart = "", False, False
        elif parts and category in {"Lm", "Mn", "Sk"}:
            parts[-1] += character
            reaches = character in TIES
        else:
            is_apart = True
    return tuple(parts)


def _is_one_phone(first: str, second: str) -> bool:
    """Return True if two letters without a space spell an affricate or a diphthong."""
    one, both = read_ipa(first).sounds, read_ipa(first + second).sounds
    if len(one) != 1 or one[0].glide != Glide.NONE:
        return False
    if len(both) == 1:
        return both[0].kind == SoundKind.CONSONANT and both[0].manner != one[0].manner
    return len(both) == 2 and both[1].nucleus is not None


def split_shares(sounds: tuple[Articulation, ...]) -> tuple[float, ...]:
    """Return the part of a label's time that each of its sounds gets: 60 to 40 in a diphthong.

    Examples
    --------
    >>> [split_shares(read_ipa(label).sounds) for label in ("aɪ", "ja", "s")]
    [(0.6, 0.4), (0.4, 0.6), (1.0,)]
    """
    weights = [3 if sound.kind == SoundKind.VOWEL and sound.nucleus is None else 2 for sound in sounds]
    total = sum(weights)
    return tuple([weight / total for weight in weights])


def join_vowels(
    first: Articulation, second: Articulation, *, is_weak: bool = False
) -> tuple[Articulation, Articulation]:
    """Return two vowels, marked as halves of a diphthong if the second is a glide: closer than the first, or central.

    Examples
    --------
    >>> nucleus, glide = join_vowels(*map(BASES.get, "aʊ"))
    >>> nucleus.glide.name, glide.nucleus == nucleus
    ('BACK', True)
    """
    rises = first.height - second.height
    if not is_weak and rises < 0.1 and not 0.4 < second.backness < 0.6:
        return first, second
    if second.height > 0.4 or (0.4 < second.backness < 0.6 and second.rounding < 0.5):
        glide = Glide.CENTRE
    else:
        glide = Glide.FRONT if second.backness < 0.5 else Glide.BACK
    if first.nucleus is None:
        first = first._replace(glide=glide)
    return first, second._replace(glide=glide, nucleus=first)


def _spell_out(text: str) -> str:
    """Replace kana and Hangul, which some voices use for phones, by their IPA."""
    if not _SYLLABLES.search(text):
        return text
    return _SYLLABLES.sub(lambda run: "".join(map(_spelled, unicodedata.normalize("NFC", run[0]))), text)


def _spelled(character: str) -> str:
    ipa = spell_syllable(character)
    return character if ipa is None else ipa


def _join(sounds: list[Articulation], tied: list[bool], weak: list[bool]) -> tuple[Articulation, ...]:
    """Join letters that spell one sound: affricates, double articulations, clicks, repeated letters."""
    joined: list[Articulation] = []
    for sound, is_tied, is_weak in zip(sounds, tied, weak, strict=True):
        if joined and sound.kind == joined[-1].kind == SoundKind.VOWEL:
            joined[-1:] = _pair_of_vowels(joined[-1], sound, is_weak=is_weak)
        elif joined and sound.kind == joined[-1].kind == SoundKind.CONSONANT:
            joined[-1:] = _pair_of_consonants(joined[-1], sound, is_tied=is_tied)
        else:
            joined.append(sound)
    return tuple(joined)


def _pair_of_vowels(first: Articulation, second: Articulation, *, is_weak: bool) -> tuple[Articulation, ...]:
    if first._replace(is_long=False) == second._replace(is_long=False):
        return (first._replace(is_long=True),)
    if second.is_rhotic and second._replace(is_rhotic=False) == first:
        return (second,)
    return join_vowels(first, second, is_weak=is_weak)


def _pair_of_consonants(  # noqa: PLR0911 - a list of cases
    first: Articulation, second: Articulation, *, is_tied: bool
) -> tuple[Articulation, ...]:
    """Return the one sound that two letters spell, or both."""
    rounding = max(second.rounding, first.rounding if first.rounding >= 0.8 else 0.0)
    clicks = [sound for sound in (first, second) if sound.manner == Manner.CLICK]
    if clicks and (is_tied or {first.place, second.place} & _DORSAL):
        nasal = first.is_nasal or Manner.NASAL in {first.manner, second.manner}
        return (clicks[0]._replace(is_nasal=nasal),)
    if first.manner == Manner.PLOSIVE and second.manner in _RELEASING and (is_tied or _same_organ(first, second)):
        if first.closes_lips:
            return first, second
        manner = Manner.AFFRICATE if second.manner == Manner.SIBILANT else second.manner
        return (second._replace(manner=manner, rounding=rounding),)
    labial = next((sound for sound in (first, second) if sound.place == Place.BILABIAL), None)
    is_one = is_tied or (first.place in _DORSAL and first.manner == second.manner)  # kp, but not pk
    if labial and {first.manner, second.manner} <= _STOPS and is_one:
        is_nasal, is_long = first.is_nasal or second.is_nasal, first.is_long or second.is_long
        return (labial._replace(rounding=rounding, is_nasal=is_nasal, is_long=is_long),)
    if first == second:
        return (first._replace(is_long=True),)
    if not is_tied:
        return first, second
    wins = first if first.closes_lips or second.place == Place.GLOTTAL else second
    return (wins._replace(rounding=rounding),)


def _same_organ(first: Articulation, second: Articulation) -> bool:
    """Return True if a stop and a fricative are made by the same part of the mouth."""
    if {first.place, second.place} <= _CORONAL:
        return second.manner != Manner.LATERAL or not second.is_voiced
    return first.place == second.place or {first.place, second.place} <= _LABIAL
