"""Articulatory targets and the mouth track of a clip.

Conventions
-----------
Seconds, half-open. Targets are ascending and disjoint; between two of them is a pause. A track covers the clip from 0
to its end without a gap. Both refer to a table of distinct sounds by row, so that work on a sound is done once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipaudio.phonetics.articulation import Articulation
    from clipaudio.timing.timeline import Times

__all__ = ["ArticulatoryTargets", "MouthTrack"]


@dataclass(frozen=True, eq=False)
class ArticulatoryTargets:
    """Articulatory targets: the sounds that the mouth has to form, with their times.

    Attributes
    ----------
    times
        float64, shape (n, 2), seconds.
    sounds
        Distinct sounds; of clips that were read together, those of all.
    codes
        intp, shape (n,): row of `sounds` for each target.
    sources
        intp, shape (n,): row of the phone, or of the grapheme if there are no phones, behind each target.
    estimated
        Whether there were no phones, and graphemes were read.
    alphabet, confidence
        How labels were read: "ipa", "arpabet", "xsampa", "kirshenbaum", "espeak" or "letters", and how certain that is,
        0 to 1.
    unknown
        Labels that were not understood, each once; their mouth is neutral.
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
    """Stretches of the mouth over a whole clip, including pauses.

    Attributes
    ----------
    times
        float64, shape (m, 2), seconds: from 0 to the end without a gap.
    sounds
        Distinct sounds, including `REST` if the mouth rests; of clips that were timed together, those of all.
    codes
        intp, shape (m,): row of `sounds` for each stretch.
    estimated, unknown
        As in `ArticulatoryTargets`.
    """

    times: Times
    sounds: tuple[Articulation, ...]
    codes: NDArray[np.intp]
    estimated: bool = False
    unknown: tuple[str, ...] = ()
