"""What the mouth does for a sound, and what it aims at over time; every set of mouth shapes is drawn from it.

Conventions
-----------
Seconds, half-open. Targets are in order and disjoint; what lies between two is a pause. A track covers the clip from 0
to its end without a gap. Both name their sounds by row of a table of distinct ones, so that work on a sound is done
once, however often it is spoken.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Times

__all__ = ["REST", "Articulation", "Glide", "Kind", "Manner", "MouthTrack", "Place", "Targets"]


class _Number(IntEnum):
    """An enumeration whose members hash like the integers they are: sounds are looked up by the thousand."""

    __hash__ = int.__hash__


class Kind(_Number):
    """What a sound is."""

    REST = 0  # no sound: the mouth is at rest
    CONSONANT = 1
    VOWEL = 2
    UNKNOWN = 3  # a sound that is not understood: neutral, never closed


class Place(_Number):
    """Where a consonant is made, from the lips backwards."""

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
    GLOTTAL = 12  # the mouth is free: it takes the shape of its neighbour


class Manner(_Number):
    """How a consonant is made."""

    NONE = 0
    PLOSIVE = 1
    NASAL = 2
    TRILL = 3
    TAP = 4
    FRICATIVE = 5
    SIBILANT = 6
    AFFRICATE = 7  # with a sibilant release; others are their release
    APPROXIMANT = 8
    LATERAL = 9
    CLICK = 10


_CLOSING: Final = frozenset({Manner.PLOSIVE, Manner.NASAL, Manner.CLICK, Manner.TRILL})


class Glide(_Number):
    """Where a diphthong goes."""

    NONE = 0
    FRONT = 1  # as in eye
    BACK = 2  # as in cow
    CENTRE = 3  # as in ear


class Articulation(NamedTuple):
    """One sound as the mouth makes it; a diphthong is two.

    `height` runs from 0 (close) to 1 (open), `backness` from 0 (front) to 1 (back), `rounding` from 0 (spread or
    neutral) to 1 (rounded); for consonants the first two are those of no vowel and stay 0.5, while rounding counts.

    Both halves of a diphthong name its `glide`; the second one also has the first as its `nucleus`, for sets that
    draw a diphthong as one shape. A glottal sound that took the articulation of its neighbour is marked `is_glottal`.
    """

    kind: Kind
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
        """Whether the lips must meet, or teeth and lip: what a viewer never forgives to miss."""
        closed = self.place == Place.BILABIAL and self.manner in _CLOSING
        return self.kind == Kind.CONSONANT and (closed or self.place == Place.LABIODENTAL)


REST: Final = Articulation(Kind.REST)


@dataclass(frozen=True, eq=False)
class Targets:
    """What the mouth aims at.

    Attributes
    ----------
    times
        float64, shape (n, 2), seconds.
    sounds
        Distinct sounds.
    codes
        intp, shape (n,): row of `sounds` for each target.
    sources
        intp, shape (n,): row of the phone, or of the letter where there were no phones, from which it comes.
    estimated
        There were no phones, and letters had to do.
    alphabet, confidence
        How labels were read: "ipa", "arpabet", "xsampa", "kirshenbaum", "espeak" or "letters", and how sure that is,
        0 to 1.
    unknown
        Labels that were not understood, each once; their sounds are neutral.
    """

    times: Times
    sounds: tuple[Articulation, ...]
    codes: NDArray[np.intp]
    sources: NDArray[np.intp]
    estimated: bool = False
    alphabet: str = "ipa"
    confidence: float = 1.0
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class MouthTrack:
    """What the mouth does over a whole clip, pauses and all.

    Attributes
    ----------
    times
        float64, shape (m, 2), seconds: from 0 to the end without a gap.
    sounds
        Distinct sounds, `REST` among them where the mouth rests.
    codes
        intp, shape (m,): row of `sounds` for each stretch.
    estimated, unknown
        As in `Targets`.
    """

    times: Times
    sounds: tuple[Articulation, ...]
    codes: NDArray[np.intp]
    estimated: bool = False
    unknown: tuple[str, ...] = ()
