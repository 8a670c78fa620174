"""Sounds into syllables: each vowel carries one, and consonants go with the next vowel while sonority rises.

Sonority grows from stops over fricatives, nasals, liquids and glides to vowels; an onset is the longest run of
consonants before a vowel in which it rises throughout (Clements 1990, "The role of the sonority cycle"). A sibilant
may stand before a stop (`stɹiː`).
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.phonetics.label_cache import remember
from clipaudio.timing.intervals import changes, spanning_times
from clipaudio.timing.timeline import Index, Spans

if TYPE_CHECKING:
    from clipaudio.timing.phones import Sounds

__all__ = ["find_syllables"]

_CLASSES: Final = (
    (1, "pbtdʈɖcɟkɡgqɢʔ", "P B T D K G"),
    (2, "ɸβfvθðszʃʒʂʐçʝxɣχʁħʕhɦɬɮɕʑʧʤ", "F V TH DH S Z SH ZH HH CH JH"),
    (3, "mɱnɳɲŋɴ", "M N NG"),
    (4, "lɭʎʟɫrɾɽʀɹɻɺ", "L R"),
    (5, "jwɥɰʋʍ", "Y W"),
)
_SONORITY: Final = {sound: rank for rank, ipa, arpabet in _CLASSES for sound in (*ipa, *arpabet.split())}
_VOWEL = 6
_SIBILANTS: Final = frozenset("szʃʒʂʐ")


def find_syllables(sounds: Sounds, words: Index | None = None) -> Spans:
    """Find the syllables of a run of sounds.

    Parameters
    ----------
    sounds
        Sounds of a clip, from `find_sounds(..., join_diphthongs=True)`.
    words
        intp, shape (n,): the word of each sound, -1 for none; no syllable crosses from one to the next. None
        takes all sounds for one word.

    Returns
    -------
    Spans
        Syllables; `child_ranges` are rows of *sounds*. A word without a vowel is one syllable. Empty when there are no
        sounds.

    Examples
    --------
    >>> from clipaudio.timing.phones import find_sounds
    >>> from clipaudio.timing.timeline import Timeline
    >>> phones = Timeline(tuple("ɛkstɹəmɪst"), np.arange(10)[:, None] / 10 + [0, 0.1])
    >>> find_syllables(find_sounds(phones)).labels
    ('ɛk', 'stɹə', 'mɪst')
    """
    if not len(sounds):
        return Spans((), np.empty((0, 2)), np.empty((0, 2), np.intp))
    word = np.zeros(len(sounds), np.intp) if words is None else words
    rank = np.where(sounds.vowels, _VOWEL, [_rank(label) for label in sounds.labels])
    sibilant = np.array([label[0] in _SIBILANTS or label in {"S", "Z", "SH"} for label in sounds.labels])
    rises = np.zeros(len(sounds), bool)
    begins_cluster = sibilant[:-1] & (rank[1:] == 1)
    rises[:-1] = (rank[:-1] < rank[1:]) | begins_cluster
    rises[:-2] &= ~begins_cluster[1:] | sounds.vowels[:-2]
    blocks = sounds.vowels | ~rises
    rows = np.arange(len(sounds))
    begins = changes(word)
    onset = np.zeros(len(sounds), np.intp)  # where the syllable of the vowel in this row begins
    onset[1:] = np.maximum.accumulate(np.where(blocks, rows + 1, 0))[:-1]
    word_start = np.maximum.accumulate(np.where(begins, rows, 0))
    vowel_rows = sounds.vowels.nonzero()[0]
    vowel_words = word_start[vowel_rows]
    begins[np.maximum(onset[vowel_rows], vowel_words)[~changes(vowel_words)]] = True
    starts = begins.nonzero()[0]
    runs = np.stack((starts, np.concatenate((starts[1:], [len(sounds)]))), axis=1)
    labels = tuple(["".join(sounds.labels[first:stop]) for first, stop in runs.tolist()])
    return Spans(labels, spanning_times(sounds.times, runs), runs)


@remember
def _rank(label: str) -> int:
    """Give the sonority of a consonant by its last letter that has one (an affricate ends as a fricative)."""
    letters = unicodedata.normalize("NFD", label)
    return _SONORITY.get(label) or next((_SONORITY[c] for c in reversed(letters) if c in _SONORITY), 2)
