"""Describe the articulation of a speech sound: lips, tongue and jaw. Every viseme set is derived from it."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple

__all__ = ["REST", "Articulation", "Glide", "Manner", "Place", "SoundKind"]


class _Number(IntEnum):
    """An enumeration whose members hash as integers, which is faster."""

    __hash__ = int.__hash__


class SoundKind(_Number):
    """Kind of a sound."""

    REST = 0  # no sound: the mouth is at rest
    CONSONANT = 1
    VOWEL = 2
    UNKNOWN = 3  # a sound that is not understood: a neutral mouth, never closed


class Place(_Number):
    """Place of articulation, from the lips backwards."""

    NONE = 0
    BILABIAL = 1
    LABIODENTAL = 2
    DENTAL = 3
    ALVEOLAR = 4
    POSTALVEOLAR = 5
    RETROFLEX = 6
    PALATAL = 7
    VELAR = 8
    LABIOVELAR = 9  # rounded lips and a raised back, as in w
    UVULAR = 10
    PHARYNGEAL = 11
    GLOTTAL = 12  # the mouth is free and takes the shape of its neighbour


class Manner(_Number):
    """Manner of articulation."""

    NONE = 0
    PLOSIVE = 1
    NASAL = 2
    TRILL = 3
    TAP = 4
    FRICATIVE = 5
    SIBILANT = 6
    AFFRICATE = 7  # with a sibilant release; other affricates have the manner of their release
    APPROXIMANT = 8
    LATERAL = 9
    CLICK = 10


_CLOSING: Final = frozenset({Manner.PLOSIVE, Manner.NASAL, Manner.CLICK, Manner.TRILL})


class Glide(_Number):
    """Direction of a diphthong."""

    NONE = 0
    FRONT = 1  # as in eye
    BACK = 2  # as in cow
    CENTRE = 3  # as in ear


class Articulation(NamedTuple):
    """One sound; a diphthong is two.

    `height` runs from 0 (close) to 1 (open), `backness` from 0 (front) to 1 (back), `rounding` from 0 (spread or
    neutral) to 1 (rounded). For consonants the first two stay 0.5; rounding counts.

    Both halves of a diphthong have its `glide`. The second one also has the first as its `nucleus`, for viseme sets
    with one shape for a diphthong. `is_glottal` marks a glottal sound with the articulation of its neighbour.
    """

    kind: SoundKind
    place: Place = Place.NONE
    manner: Manner = Manner.NONE
    is_voiced: bool = False
    height: float = 0.5
    backness: float = 0.5
    rounding: float = 0.0
    is_nasal: bool = False
    is_rhotic: bool = False
    is_long: bool = False
    glide: Glide = Glide.NONE
    nucleus: Articulation | None = None
    is_glottal: bool = False

    @property
    def closes_lips(self) -> bool:
        """Whether the sound requires lip closure (bilabial) or lip-teeth contact (labiodental)."""
        closed = self.place == Place.BILABIAL and self.manner in _CLOSING
        return self.kind == SoundKind.CONSONANT and (closed or self.place == Place.LABIODENTAL)


REST: Final = Articulation(SoundKind.REST)
