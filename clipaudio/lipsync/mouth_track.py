"""What the mouth aims at, and what it does, over the time of a clip.

Conventions
-----------
Seconds, half-open. Targets are in order and disjoint; what lies between two is a pause. A track covers the clip from 0
to its end without a gap. Both name their sounds by row of a table of distinct ones, so that work on a sound is done
once, however often it is spoken.
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
        As in `ArticulatoryTargets`.
    """

    times: Times
    sounds: tuple[Articulation, ...]
    codes: NDArray[np.intp]
    estimated: bool = False
    unknown: tuple[str, ...] = ()
