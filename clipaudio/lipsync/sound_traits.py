"""Read what timing asks of a sound: whether lips close or round, how visible it is, how it relaxes in a pause."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.phonetics.articulation import REST, Articulation, Manner, Place, SoundKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.intp]

__all__ = ["SoundTable"]

_NEUTRAL: Final = Articulation(SoundKind.UNKNOWN)


@dataclass(frozen=True, slots=True)
class SoundTable:
    """The sounds of a clip and of its pauses, with their properties for the rules; one row per sound."""

    sounds: tuple[Articulation, ...]
    rest: int
    relaxed: Rows  # of the sounds without pauses
    closes: NDArray[np.bool_]
    plosive: NDArray[np.bool_]  # p and b
    rounded: NDArray[np.bool_]
    gives_way: NDArray[np.bool_]  # a pause, or a consonant during which the lips may round
    weight: Rows  # visibility

    @classmethod
    def of(cls, sounds: tuple[Articulation, ...]) -> SoundTable:
        """Return the table of *sounds*, which are distinct."""
        rows = {sound: row for row, sound in reversed(list(enumerate(sounds)))}
        table = list(sounds)
        relaxed = [_traits(sound).relaxed for sound in sounds]
        for sound in (REST, *relaxed):
            if sound not in rows:
                rows[sound] = len(table)
                table.append(sound)
        closes, plosive, rounded, gives_way = np.array([_traits(sound).masks for sound in table], bool).T
        return cls(
            sounds=tuple(table),
            rest=rows[REST],
            relaxed=np.array([rows[sound] for sound in relaxed], np.intp),
            closes=closes,
            plosive=plosive,
            rounded=rounded,
            gives_way=gives_way,
            weight=np.array([_traits(sound).weight for sound in table], np.intp),
        )


class _Traits(NamedTuple):
    """A sound as relaxed in a pause, and its row of a `SoundTable`: four masks from `closes` on, and its weight."""

    relaxed: Articulation
    masks: tuple[bool, bool, bool, bool]
    weight: int


@lru_cache(maxsize=4096)
def _traits(sound: Articulation) -> _Traits:
    closes = sound.closes_lips
    masks = (closes, closes and sound.manner == Manner.PLOSIVE, _is_rounded(sound), _gives_way(sound))
    return _Traits(_relax(sound), masks, _weight(sound))


def _is_rounded(sound: Articulation) -> bool:
    is_sound = sound.kind in {SoundKind.VOWEL, SoundKind.CONSONANT} and not sound.closes_lips
    return is_sound and (sound.rounding >= 0.5 or sound.place == Place.LABIOVELAR)


def _gives_way(sound: Articulation) -> bool:
    lips = {Place.BILABIAL, Place.LABIODENTAL, Place.LABIOVELAR}
    return sound.kind == SoundKind.REST or (sound.kind == SoundKind.CONSONANT and sound.place not in lips)


def _weight(sound: Articulation) -> int:
    """Return the visibility of a sound: open vowels and rounded lips most, then other vowels."""
    if sound.kind == SoundKind.REST:
        return 0
    if sound.kind == SoundKind.VOWEL:
        return 3 if sound.height > 0.6 or _is_rounded(sound) else 2
    return 3 if _is_rounded(sound) else 1


def _relax(sound: Articulation) -> Articulation:
    """Return a sound as relaxed in a pause of medium length."""
    if sound.kind == SoundKind.VOWEL:
        return Articulation(SoundKind.VOWEL, is_voiced=True, height=sound.height / 2, backness=sound.backness)
    if sound.kind != SoundKind.CONSONANT:
        return sound
    if sound.place == Place.LABIODENTAL:
        return REST
    is_plain = sound.manner != Manner.LATERAL and not _is_rounded(sound)
    return sound if is_plain else _NEUTRAL
