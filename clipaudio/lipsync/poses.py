"""Map a sound to the pose of lips and jaw, and to its dominance.

Dominance (Cohen and Massaro, "Modeling coarticulation in synthetic visual speech", 1993) decides where sounds compete
for a muscle: the more dominant sound has more weight and reaches further into its neighbours. A t is made by the tongue
and leaves the lips to the vowels around it; an s needs the teeth together; a u rounds the lips long before it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.phonetics.articulation import Manner, Place, SoundKind

if TYPE_CHECKING:
    from clipaudio.phonetics.articulation import Articulation

__all__ = ["LEAST_REACH", "Pose", "pose_of"]

LEAST_REACH: Final = 0.06
"""Seconds: the shortest reach of a sound, so that the weights never sum to zero."""


class Pose(NamedTuple):
    """The moves of the mouth for a sound, 0 to 1 each, and two dominances with their reach in seconds.

    Closure of the lips is not among them, because it does not compete.
    """

    jaw: float = 0.0
    pucker: float = 0.0
    funnel: float = 0.0
    spread: float = 0.0
    teeth: float = 0.0
    tongue: float = 0.0
    jaw_dominance: float = 1.0
    jaw_reach: float = 0.15
    lip_dominance: float = 1.0
    lip_reach: float = 0.15


_JAW: Final = {  # opening of the jaw in consonants, by place
    Place.BILABIAL: 0.05,
    Place.LABIODENTAL: 0.06,
    Place.DENTAL: 0.15,
    Place.ALVEOLAR: 0.13,
    Place.POSTALVEOLAR: 0.1,
    Place.RETROFLEX: 0.15,
    Place.PALATAL: 0.14,
    Place.VELAR: 0.18,
    Place.LABIOVELAR: 0.12,
    Place.UVULAR: 0.22,
    Place.PHARYNGEAL: 0.28,
    Place.GLOTTAL: 0.2,
}
_HISSING: Final = frozenset({Manner.SIBILANT, Manner.AFFRICATE})


@lru_cache(maxsize=4096)
def pose_of(sound: Articulation) -> Pose:
    """Return the pose of the mouth for *sound*.

    Examples
    --------
    >>> from clipaudio.phonetics.articulation import REST, Articulation
    >>> pose_of(REST).jaw, pose_of(Articulation(SoundKind.VOWEL, height=1.0)).jaw
    (0.0, 0.62)
    """
    if sound.kind == SoundKind.REST:
        return Pose()
    if sound.kind == SoundKind.VOWEL:
        return _vowel(sound)
    if sound.kind == SoundKind.UNKNOWN:
        return Pose(jaw=0.18, jaw_dominance=0.5, jaw_reach=0.1, lip_dominance=0.3, lip_reach=0.1)
    return _consonant(sound)


def _vowel(sound: Articulation) -> Pose:
    height, rounding = sound.height, sound.rounding
    wide = (1 - 0.7 * height) * (1 - sound.backness) * (1 - rounding)
    return Pose(
        jaw=round(0.12 + 0.5 * height - 0.04 * rounding * height, 4),
        pucker=rounding * (1 - 0.4 * height),
        funnel=max(rounding * height, 0.25 if sound.is_rhotic else 0.0),
        spread=wide,
        teeth=0.25 * height * (1 - rounding) + 0.15 * wide,
        jaw_dominance=1.0,
        jaw_reach=0.12,
        lip_dominance=1.0 + rounding,
        lip_reach=0.12 + 0.1 * rounding,
    )


def _consonant(sound: Articulation) -> Pose:
    hisses, rounding = sound.manner in _HISSING, sound.rounding
    if sound.place == Place.LABIOVELAR:
        rounding = max(rounding, 0.8)
    is_behind = sound.place in {Place.POSTALVEOLAR, Place.RETROFLEX}
    if is_behind or sound.is_rhotic:
        rounding = max(rounding, 0.35)
    is_free = sound.place in {Place.GLOTTAL, Place.PHARYNGEAL, Place.NONE}
    return Pose(
        jaw=0.07 if hisses else _JAW.get(sound.place, 0.18),
        pucker=rounding * 0.7,
        funnel=rounding * (0.6 if is_behind else 0.3),
        spread=0.35 * (1 - rounding) if hisses or sound.place == Place.PALATAL else 0.0,
        teeth=0.45 if hisses else 0.15 if sound.place in {Place.DENTAL, Place.ALVEOLAR} else 0.0,
        tongue=0.3 if sound.place == Place.DENTAL else 0.0,
        jaw_dominance=2.0 if hisses else 0.15 if is_free else 0.6,
        jaw_reach=0.08,
        lip_dominance=0.25 + 1.5 * rounding if rounding > 0 or hisses else 0.1 if is_free else 0.25,
        lip_reach=0.08 + 0.1 * rounding,
    )
