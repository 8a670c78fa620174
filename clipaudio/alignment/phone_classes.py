"""Map the IPA label of a phone to the classes that the acoustic model tells apart.

Conventions
-----------
Class 0 is silence, then 16 vowels, then 24 consonants. An affricate or a diphthong is two classes. Stress, length,
tone and all diacritics are ignored: the model could not tell them apart.
"""

from __future__ import annotations

import functools
import unicodedata
from typing import Final

__all__ = ["CLASSES", "SILENCE", "classes_of"]

CLASSES: Final = (
    "sil", "a", "ɑ", "æ", "ʌ", "ɔ", "o", "ə", "ɜ", "e", "ɛ", "ɪ", "i", "ʊ", "u", "y", "ø",
    "p", "b", "t", "d", "k", "ɡ", "f", "v", "θ", "ð", "s", "z", "ʃ", "ʒ", "x", "h", "m", "n", "ŋ",
    "l", "r", "ɹ", "j", "w",
)  # fmt: skip
"""The classes, each named by one of its sounds."""

SILENCE: Final = 0

_OTHERS: Final = {
    "a": "äȧ", "ɑ": "ɒ", "æ": "ᴂ", "ʌ": "ɐɤ", "ə": "ɘᵊ", "ɜ": "ɝɚɞ", "ɪ": "ɨᵻ",
    "ʊ": "ɯᵿ", "u": "ʉ", "y": "ʏ", "ø": "œɵɶ",
    "p": "ƥ", "b": "ɓʙ", "t": "ʈʔ", "d": "ɖɗ", "k": "cqƙ", "ɡ": "gɟɠɢʛ", "f": "ɸ", "v": "βʋⱱ", "s": "ɬ", "z": "ɮ",
    "ʃ": "ʂɕ", "ʒ": "ʐʑ", "x": "χçħʜ", "h": "ɦʕʢ", "m": "ɱ", "n": "ɲɳ", "ŋ": "ɴ", "l": "ɭʎʟɫɺ", "r": "ɾɽʁʀɣ",
    "ɹ": "ɻ", "j": "ʝɥ", "w": "ʍɰ",
}  # fmt: skip
_CLASS_OF: Final = {name: number for number, name in enumerate(CLASSES) if number} | {
    letter: CLASSES.index(name) for name, letters in _OTHERS.items() for letter in letters
}
_NEUTRAL: Final = (CLASSES.index("ə"),)


@functools.cache
def classes_of(label: str) -> tuple[int, ...]:
    """Return the classes of an IPA label, in order; a label without a known letter is a neutral vowel.

    Examples
    --------
    >>> [CLASSES[number] for number in classes_of("ˈaɪ") + classes_of("t͡ʃ") + classes_of("sʲː")]
    ['a', 'ɪ', 't', 'ʃ', 's']
    >>> [CLASSES[number] for number in classes_of("♪")]
    ['ə']
    """
    letters = unicodedata.normalize("NFD", label)
    return tuple(_CLASS_OF[letter] for letter in letters if letter in _CLASS_OF) or _NEUTRAL
