"""Find where syllables begin: each vowel carries one, and consonants go with the next vowel while sonority rises.

Sonority grows from stops over fricatives, nasals, liquids and glides to vowels; an onset is the longest run of
consonants before a vowel in which it rises throughout (Clements 1990, "The role of the sonority cycle"). A sibilant
may stand before a stop (`stɹiː`). Sonority follows from the articulation, so every alphabet gives the same syllables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.phonetics.articulation import Manner, SoundKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.phonetics.articulation import Articulation

__all__ = ["syllable_starts"]

_STOP, _FRICATIVE, _NASAL, _LIQUID, _GLIDE, _VOWEL = range(1, 7)
_SONORITY: Final = {
    Manner.PLOSIVE: _STOP,
    Manner.CLICK: _STOP,
    Manner.NASAL: _NASAL,
    Manner.TRILL: _LIQUID,
    Manner.TAP: _LIQUID,
    Manner.LATERAL: _LIQUID,
    Manner.APPROXIMANT: _GLIDE,
}


def syllable_starts(
    sounds: Sequence[tuple[Articulation, ...]],
    codes: NDArray[np.intp],
    vowels: NDArray[np.bool_],
    breaks: NDArray[np.bool_],
    bounds: NDArray[np.intp] | None = None,
) -> NDArray[np.intp]:
    """Return the rows at which syllables begin, intp, ascending.

    Parameters
    ----------
    sounds
        The articulations of each distinct sound.
    codes
        intp, shape (n,): row of *sounds* for each sound of the text.
    vowels
        bool, shape (n,): the sound carries a syllable.
    breaks
        bool, shape (n,): a word begins here, no syllable reaches over it. A word without a vowel is one syllable.
    bounds
        intp: rows, above 0, at which another clip begins; None for one clip.

    Examples
    --------
    >>> from clipaudio.phonetics.phones import read_phones
    >>> table = read_phones("ɛkstɹəmɪst")
    >>> vowels = np.array([phone.is_vowel for phone in table.phones])[table.codes]
    >>> syllable_starts([phone.sounds for phone in table.phones], table.codes, vowels, np.zeros(10, bool)).tolist()
    [0, 2, 6]
    """
    if not len(codes):
        return np.empty(0, np.intp)
    rank = np.where(vowels, _VOWEL, np.array([_rank(each) for each in sounds], np.int8)[codes])
    sibilant = np.array([bool(each) and each[0].manner == Manner.SIBILANT for each in sounds], bool)[codes]
    rises = np.zeros(len(codes), bool)
    begins_cluster = sibilant[:-1] & (rank[1:] == _STOP)
    if bounds is not None:
        begins_cluster[bounds - 1] = False
    rises[:-1] = (rank[:-1] < rank[1:]) | begins_cluster
    rises[:-2] &= ~begins_cluster[1:] | vowels[:-2]
    blocks = vowels | ~rises
    rows = np.arange(len(codes))
    onset = np.zeros(len(codes), np.intp)  # where the syllable of the vowel in this row begins
    onset[1:] = np.maximum.accumulate(np.where(blocks, rows + 1, 0))[:-1]
    begins = breaks.copy()
    begins[0] = True
    word_start = np.maximum.accumulate(np.where(begins, rows, 0))
    vowel_rows = vowels.nonzero()[0]
    vowel_words = word_start[vowel_rows]
    is_first = np.ones(len(vowel_rows), bool)  # the first vowel of a word takes all consonants before it
    is_first[1:] = vowel_words[1:] != vowel_words[:-1]
    begins[np.maximum(onset[vowel_rows], vowel_words)[~is_first]] = True
    return begins.nonzero()[0]


def _rank(sounds: tuple[Articulation, ...]) -> int:
    """Return the sonority of a consonant by its last sound: an affricate counts as a fricative."""
    if not sounds or sounds[-1].kind != SoundKind.CONSONANT:
        return _FRICATIVE
    last = sounds[-1]
    if last.manner == Manner.APPROXIMANT and last.is_rhotic:
        return _LIQUID
    if last.manner == Manner.LATERAL and not last.is_voiced:
        return _FRICATIVE
    return _SONORITY.get(last.manner, _FRICATIVE)
