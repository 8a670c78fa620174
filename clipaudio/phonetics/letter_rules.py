"""Read the letters of a word as speech sounds, by the spelling rules of a language or a script.

English, Spanish, German, French, Italian, Portuguese and Dutch have rules of their own. Other languages use those of
their script: Latin, Cyrillic, Greek. Kana, Hangul and Ethiopic are read by syllable. Any other character or digit reads
as an open vowel and a raised tongue. Silent letters join the sound before them.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.phonetics.label_cache import remember
from clipaudio.phonetics.letter_tables import LANGUAGES, SCRIPTS
from clipaudio.phonetics.phones import read_phone
from clipaudio.phonetics.syllabaries import spell_syllable
from clipaudio.text import base_letter

if TYPE_CHECKING:
    from clipaudio.phonetics.articulation import Articulation

__all__ = ["UNKNOWN", "Unit", "is_unknown", "read_word"]

UNKNOWN: Final = "ɐn"
"""What a character without a rule reads as: an open vowel, and a raised tongue."""


class Unit(NamedTuple):
    """Characters `first` to `stop` of a word with their sounds, as articulations and in IPA."""

    first: int
    stop: int
    sounds: tuple[Articulation, ...]
    ipa: str


@remember
def read_word(word: str, language: str = "en") -> tuple[Unit, ...]:
    """Read a lower-case word, always by the longest spelling that fits. The units cover the whole word.

    Examples
    --------
    >>> [(unit.first, unit.stop, len(unit.sounds)) for unit in read_word("shape")]
    [(0, 2, 1), (2, 3, 1), (3, 5, 1)]
    >>> read_word("früh", "de")[2].sounds == read_phone("yː").sounds
    True
    """
    spellings = LANGUAGES.get(language, {})
    plain = "".join(c if c in spellings else _plain(c) for c in word)
    units: list[Unit] = []
    at = 0
    while at < len(plain):
        size, ipa = _spelling(plain, at, spellings)
        sounds = read_phone(ipa).sounds
        if sounds or not units:
            units.append(Unit(at, at + size, sounds, ipa))
        else:  # silent
            units[-1] = units[-1]._replace(stop=at + size)
        at += size
    found = tuple(unit for unit in units if unit.sounds)
    return found or (read_word(word, "") if spellings else ())  # a word of silent letters is read letter by letter


def _spelling(word: str, at: int, spellings: dict[str, str]) -> tuple[int, str]:
    """Return the length of the longest spelling at a place, and its IPA."""
    for size in range(min(5, len(word) - at), 0, -1):
        part = word[at : at + size]
        begins, ends = at == 0, at + size == len(word)
        keys = [f"^{part}$"] if begins and ends else []
        keys += [f"^{part}"] if begins else []
        # a final letter is silent only after another letter: "the" keeps its vowel
        keys += [f"{part}$"] if ends and at >= 2 else []
        for key in (*keys, part):
            if key in spellings:
                return size, spellings[key]
        if part in SCRIPTS:
            doubled = 1 if size == 1 and word[at + 1 : at + 2] == part else 0
            return size + doubled, SCRIPTS[part]
    syllable = spell_syllable(word[at])
    if syllable is not None:
        return 1, syllable
    is_spoken = word[at].isalnum() and unicodedata.category(word[at]) != "Lm"  # a length mark belongs to its vowel
    return 1, UNKNOWN if is_spoken else ""


def _plain(character: str) -> str:
    """Return a letter without its marks if only the plain letter has a rule."""
    base = base_letter(character)
    return base if character not in SCRIPTS and base in SCRIPTS else character


def is_unknown(character: str) -> bool:
    """Return True for a letter without a rule, of a script with two cases or with one.

    Examples
    --------
    >>> is_unknown("a"), is_unknown("é"), is_unknown("ก"), is_unknown("ა"), is_unknown("7")
    (False, False, True, True, False)
    """
    is_letter = unicodedata.category(character) in {"Lo", "Ll", "Lu", "Lt"}
    return is_letter and _plain(character.lower()) not in SCRIPTS and spell_syllable(character) is None
