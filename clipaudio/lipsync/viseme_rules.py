"""Map articulations to shapes: one rule per viseme set, which returns the nearest shape of the set.

Conventions
-----------
Every rule returns a shape for every articulation. Heights are compared between the rows of the vowel chart, which are
sixths: `CLOSE` includes near-close vowels, `MID` ends above open-mid, `OPEN` begins with near-open. A glottal sound
without a vowel beside it counts as a mid central vowel, and so does an unknown sound.
"""

from __future__ import annotations

from typing import Final

from clipaudio.phonetics.articulation import Articulation, Glide, Manner, Place, SoundKind

__all__ = ["RHUBARB_LIMITS", "azure", "oculus", "polly", "polly_with_l", "preston_blair", "rhubarb", "vrm"]

CLOSE: Final = 0.25
CLOSE_MID: Final = 0.42
MID: Final = 0.58
OPEN: Final = 0.75
_CORONAL: Final = frozenset({Place.DENTAL, Place.ALVEOLAR, Place.POSTALVEOLAR, Place.RETROFLEX})
_HUSHING: Final = frozenset({Place.POSTALVEOLAR, Place.RETROFLEX})
_HISSES: Final = frozenset({Manner.SIBILANT, Manner.AFFRICATE})
_NEUTRAL: Final = Articulation(SoundKind.VOWEL, is_voiced=True)
_GLIDING: Final = frozenset({Glide.FRONT, Glide.BACK})

# Rhubarb (duration rules of animation/animationRules.cpp): AH opens wide from 200 ms, AY and AW from 200 and 300 ms
# in total, of which the first half has 60 %; ER is a schwa below 70 ms
_WIDE_FROM: Final = 0.2
_WIDE_EYE_FROM: Final = 0.12
_WIDE_COW_FROM: Final = 0.18
_ROUND_FROM: Final = 0.07
RHUBARB_LIMITS: Final = (_ROUND_FROM, _WIDE_EYE_FROM, _WIDE_COW_FROM, _WIDE_FROM)
"""Durations, in seconds, at which the rule for Rhubarb's shapes changes."""


def oculus(sound: Articulation, _duration: float | None = None) -> str:  # noqa: PLR0911 - a list of cases
    """Return the shape of Oculus and Meta."""
    if sound.kind == SoundKind.REST:
        return "sil"
    sound = _as_spoken(sound)
    if sound.kind == SoundKind.VOWEL:
        return _oculus_vowel(sound)
    lips = _oculus_lips(sound)
    if lips:
        return lips
    if sound.is_rhotic:
        return "RR"
    if sound.manner == Manner.NASAL:
        return "nn"
    if sound.place in _CORONAL or sound.manner == Manner.CLICK:
        return _oculus_tongue(sound)
    if sound.place == Place.PALATAL and sound.manner in {Manner.APPROXIMANT, Manner.LATERAL}:
        return "I" if sound.manner == Manner.APPROXIMANT else "DD"
    return "kk"


def _oculus_lips(sound: Articulation) -> str:
    """Return the shape of a labial consonant."""
    if sound.closes_lips and sound.place == Place.BILABIAL:
        return "PP"
    if sound.place in {Place.BILABIAL, Place.LABIODENTAL}:  # lips near, not closed: ɸ β look like f v
        return "FF"
    return "U" if sound.rounding >= 0.5 else ""


def _oculus_tongue(sound: Articulation) -> str:
    """Return the shape of a coronal consonant."""
    if sound.manner in _HISSES:
        return "CH" if sound.place in _HUSHING else "SS"
    if sound.manner in {Manner.FRICATIVE, Manner.APPROXIMANT}:
        return "TH" if sound.place == Place.DENTAL else "DD"
    return "DD"


def _oculus_vowel(sound: Articulation) -> str:
    if sound.rounding >= 0.5:
        return "U" if sound.height < CLOSE else "O"
    if sound.is_rhotic:
        return "RR"
    if sound.height < CLOSE:
        return "I"
    # an open-mid vowel is open if it is back, because the jaw is low, and spread if it is front
    is_open = sound.height >= OPEN or (sound.height >= MID and sound.backness > 0.7)
    return "aa" if is_open else "E"


def azure(sound: Articulation, _duration: float | None = None) -> str:  # noqa: PLR0911 - a list of cases
    """Return the number of Azure's shape as text."""
    if sound.kind == SoundKind.REST:
        return "0"
    if sound.place == Place.GLOTTAL or sound.is_glottal:
        return "12"
    sound = _as_spoken(sound)
    if sound.kind == SoundKind.VOWEL:
        return _azure_vowel(sound.nucleus if sound.nucleus and sound.glide in _GLIDING else sound)
    if sound.is_rhotic and sound.rounding < 0.5 and not _oculus_lips(sound):
        return "13"
    if sound.manner == Manner.LATERAL and sound.place != Place.VELAR and sound.rounding < 0.5:
        return "14"
    if sound.place == Place.DENTAL and sound.manner == Manner.FRICATIVE and sound.rounding < 0.5:
        return "17" if sound.is_voiced else "19"
    shape = oculus(sound)
    if shape == "nn":
        return "19" if sound.place in _CORONAL | {Place.PALATAL} else "20"
    if shape == "kk" and _is_breathed(sound):
        return "12"
    if shape == "kk" and sound.place == Place.PALATAL and sound.manner == Manner.PLOSIVE:
        return "16"
    return _AZURE_OF_OCULUS[shape]


def _is_breathed(sound: Articulation) -> bool:
    """Return True for x, ch as in German, ʝ as in Greek and the like: breath at the palate or behind, as in h."""
    if sound.place == Place.PHARYNGEAL:
        return sound.manner != Manner.PLOSIVE
    return sound.manner == Manner.FRICATIVE and (not sound.is_voiced or sound.place == Place.PALATAL)


_AZURE_OF_OCULUS: Final = {
    "PP": "21", "FF": "18", "U": "7", "I": "6", "TH": "19", "DD": "19", "SS": "15", "CH": "16", "RR": "13", "kk": "20",
}  # fmt: skip


def _azure_vowel(sound: Articulation) -> str:  # noqa: PLR0911 - a list of cases
    if sound.glide in _GLIDING and sound.height >= MID:
        if sound.rounding >= 0.5:
            return "10" if sound.glide == Glide.FRONT else "3"
        if sound.height >= OPEN or sound.backness > 0.7:
            return "11" if sound.glide == Glide.FRONT else "9"
    if sound.rounding >= 0.5:
        bands = ((0.08, "7"), (CLOSE, "4"), (CLOSE_MID, "8"))
        return next((shape for limit, shape in bands if sound.height < limit), "3")
    if sound.is_rhotic:
        return "5"
    if sound.glide == Glide.BACK and sound.height >= CLOSE and sound.backness > 0.4:
        return "8"
    if sound.height < CLOSE:
        return "6"
    if sound.backness < 0.3 and sound.height < OPEN:
        return "4"
    return "2" if sound.height > 0.92 else "1"


def polly(sound: Articulation, _duration: float | None = None) -> str:
    """Return the shape of Amazon Polly's speech marks, in which a diphthong is one shape."""
    if sound.kind == SoundKind.REST:
        return "sil"
    if sound.place == Place.GLOTTAL or sound.is_glottal:
        return "k"
    sound = _as_spoken(sound)
    if sound.kind == SoundKind.VOWEL:
        return _polly_vowel(sound.nucleus if sound.nucleus and sound.glide in _GLIDING else sound)
    return _polly_consonant(sound)


def _polly_consonant(sound: Articulation) -> str:
    shape = oculus(sound)
    if shape == "FF" and sound.place == Place.BILABIAL and sound.is_voiced:
        return "B"
    if shape in _POLLY_PALATAL and sound.place == Place.PALATAL:
        is_breathed = sound.manner == Manner.FRICATIVE and not sound.is_voiced
        return "k" if is_breathed else "J"
    if shape == "nn":
        return "t" if sound.place in _CORONAL else "k"
    return _POLLY_OF_OCULUS[shape]


_POLLY_OF_OCULUS: Final = {
    "PP": "p", "FF": "f", "U": "u", "I": "i", "TH": "T", "DD": "t", "SS": "s", "CH": "S", "RR": "r", "kk": "k",
}  # fmt: skip


_POLLY_PALATAL: Final = frozenset({"nn", "DD", "kk"})


def _polly_vowel(sound: Articulation) -> str:
    if sound.rounding >= 0.5:
        bands = ((CLOSE, "u"), (CLOSE_MID, "o"))
        return next((shape for limit, shape in bands if sound.height < limit), "O")
    if sound.height < CLOSE:
        return "i"
    if sound.glide == Glide.BACK and sound.height < MID and sound.backness > 0.4:
        return "o"  # the start of a rounded diphthong, as in British "go"
    if sound.height < MID:
        return "e" if sound.backness < 0.3 else "@"
    starts_wide = sound.glide in _GLIDING and sound.backness > 0.4
    return "a" if sound.height >= OPEN or starts_wide else "E"


def polly_with_l(sound: Articulation, duration: float | None = None) -> str:
    """Return Polly's shape, with a separate one for l."""
    is_lateral = sound.manner == Manner.LATERAL and polly(sound) == "t"
    return "l" if is_lateral else polly(sound, duration)


def rhubarb(sound: Articulation, duration: float | None = None) -> str:
    """Return the shape of Rhubarb Lip Sync, A to H and X."""
    if sound.kind == SoundKind.REST:
        return "X"
    if sound.kind == SoundKind.UNKNOWN:
        return "B"
    sound = _as_spoken(sound)
    if sound.kind == SoundKind.VOWEL:
        return _rhubarb_vowel(sound, duration)
    shape = _oculus_lips(sound)
    if shape:
        return {"PP": "A", "FF": "G", "U": "F"}[shape]
    if sound.manner == Manner.LATERAL and sound.place in _CORONAL | {Place.PALATAL}:
        return "H"
    return "E" if sound.is_rhotic and sound.rounding > 0.2 else "B"


def _rhubarb_vowel(sound: Articulation, duration: float | None) -> str:  # noqa: PLR0911 - a list of cases
    seconds = _WIDE_FROM if duration is None else duration
    if sound.rounding >= 0.5:
        falls_short = sound.nucleus is not None and sound.nucleus.height >= OPEN and sound.backness > 0.7
        return "E" if falls_short or sound.height >= CLOSE else "F"
    if sound.is_rhotic:
        return "E" if seconds >= _ROUND_FROM else "B"
    if sound.height < CLOSE:
        return "B"
    if sound.height > 0.9:
        limit = {Glide.FRONT: _WIDE_EYE_FROM, Glide.BACK: _WIDE_COW_FROM}.get(sound.glide, 0.0)
        return "D" if seconds >= limit else "C"
    if sound.backness > 0.4 and sound.height >= MID:
        if sound.height < OPEN and sound.backness < 0.6:
            return "E" if seconds >= _ROUND_FROM else "B"
        return "D" if duration is not None and duration >= _WIDE_FROM else "C"
    return "B" if sound.backness > 0.4 and sound.height > CLOSE_MID else "C"


def preston_blair(sound: Articulation, _duration: float | None = None) -> str:  # noqa: PLR0911 - a list of cases
    """Return one of Preston Blair's ten shapes, as Papagayo and Moho name them."""
    if sound.kind == SoundKind.REST:
        return "rest"
    if sound.kind == SoundKind.UNKNOWN:
        return "etc"
    sound = _as_spoken(sound)
    if sound.kind == SoundKind.VOWEL:
        if sound.rounding >= 0.5:
            return "U" if sound.height < CLOSE else "O"
        is_open = sound.height >= OPEN or (sound.height >= MID and sound.backness > 0.7)
        return "AI" if is_open else "E"
    shape = _oculus_lips(sound)
    if shape:
        return {"PP": "MBP", "FF": "FV", "U": "WQ"}[shape]
    if sound.manner == Manner.LATERAL and sound.place in _CORONAL | {Place.PALATAL}:
        return "L"
    return "E" if oculus(sound) == "I" else "etc"


def vrm(sound: Articulation, _duration: float | None = None) -> str:
    """Return the mouth preset of VRM 1.0: neutral for closed lips, the nearest vowel for other consonants."""
    if sound.kind == SoundKind.REST or (sound.kind == SoundKind.CONSONANT and sound.closes_lips):
        return "neutral"
    sound = _as_spoken(sound)
    if sound.kind == SoundKind.VOWEL:
        return {"U": "ou", "O": "oh", "I": "ih", "aa": "aa"}.get(_oculus_vowel(sound), "ee")
    if sound.rounding >= 0.5 or sound.place == Place.BILABIAL:
        return "ou"
    return "ih"


def _as_spoken(sound: Articulation) -> Articulation:
    """Replace unknown and glottal sounds, which have no shape of their own, by a mid central vowel."""
    if sound.kind == SoundKind.UNKNOWN:
        return _NEUTRAL
    if sound.kind == SoundKind.CONSONANT and sound.place == Place.GLOTTAL:
        return _NEUTRAL._replace(rounding=sound.rounding)
    return sound
