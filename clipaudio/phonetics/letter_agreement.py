"""Decide whether a Latin letter can stand for a sound, from the spelling tables of all languages.

Consonants are compared by classes: place and manner, without voice. Nasals are one class and rhotics another, since
both change their place with their neighbours; a weakened sound (a tap, `β`) is also in the class of the full one.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, TypeAlias

from clipaudio.phonetics.articulation import Manner, Place, SoundKind
from clipaudio.phonetics.letter_tables import LANGUAGES, SCRIPTS
from clipaudio.phonetics.phones import read_phone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipaudio.phonetics.articulation import Articulation

__all__ = ["SoundClass", "letter_classes", "sound_classes"]

SoundClass: TypeAlias = "tuple[Place, Manner]"

VOWEL: Final = (Place.NONE, Manner.NONE)
_RHOTIC: Final = (Place.NONE, Manner.TRILL)
_NASAL: Final = (Place.NONE, Manner.NASAL)
_W: Final = (Place.LABIOVELAR, Manner.APPROXIMANT)
_ALVEOLAR_STOP: Final = (Place.ALVEOLAR, Manner.PLOSIVE)
_WEAKENED: Final = {
    (Place.ALVEOLAR, Manner.TAP): _ALVEOLAR_STOP,
    (Place.GLOTTAL, Manner.PLOSIVE): _ALVEOLAR_STOP,
    (Place.DENTAL, Manner.FRICATIVE): _ALVEOLAR_STOP,
    (Place.BILABIAL, Manner.FRICATIVE): (Place.BILABIAL, Manner.PLOSIVE),
    (Place.PALATAL, Manner.FRICATIVE): (Place.VELAR, Manner.FRICATIVE),
    (Place.GLOTTAL, Manner.FRICATIVE): (Place.VELAR, Manner.FRICATIVE),
    (Place.ALVEOLAR, Manner.AFFRICATE): (Place.ALVEOLAR, Manner.SIBILANT),
    (Place.LABIOVELAR, Manner.FRICATIVE): _W,
}


def sound_classes(sounds: Iterable[Articulation]) -> frozenset[SoundClass]:
    """Return every class that one of *sounds* belongs to; unknown sounds belong to none."""
    found: set[SoundClass] = set()
    for sound in sounds:
        if sound.kind not in {SoundKind.VOWEL, SoundKind.CONSONANT}:
            continue
        if sound.kind == SoundKind.VOWEL or sound.manner == Manner.APPROXIMANT:
            found.add(VOWEL)  # a glide may stand for a vowel letter
        if sound.kind == SoundKind.VOWEL and sound.rounding >= 0.5:
            found.add(_W)
        if sound.is_rhotic or sound.manner == Manner.TAP:
            found.add(_RHOTIC)
        if sound.manner == Manner.NASAL:
            found.add(_NASAL)
        elif sound.kind == SoundKind.CONSONANT:
            own = (sound.place, sound.manner)
            found |= {own, _WEAKENED.get(own, own)}
    return frozenset(found)


@cache
def letter_classes(letter: str) -> frozenset[SoundClass] | None:
    """Return the classes of the sounds that a Latin letter stands for, None for any other character.

    Examples
    --------
    >>> letter_classes("b") & sound_classes(read_phone("s").sounds), letter_classes("ж")
    (frozenset(), None)
    """
    plain = letter.lower()[:1]
    if plain in set("aeiouy"):
        return frozenset({VOWEL})
    if plain not in set("bcdfghjklmnpqrstvwxz"):
        return None
    found: set[SoundClass] = set()
    for table in (SCRIPTS, *LANGUAGES.values()):
        for spelling, ipa in table.items():
            classes = [own for own in map(sound_classes, zip(read_phone(ipa).sounds)) if own != {VOWEL}]
            if plain in spelling and (len(classes) == 1 or spelling == plain):
                found.update(*classes)
    return frozenset(found - {VOWEL})
