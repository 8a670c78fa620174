"""Read kana, Hangul and Ethiopic syllables as IPA, by their Unicode names.

The names spell the syllable in Latin letters (`HIRAGANA LETTER KA`, `HANGUL SYLLABLE HAN`, `ETHIOPIC SYLLABLE BU`), so
that no table of thousands of characters is needed. The spelling is that of the standard, which is close enough for
lips.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

__all__ = ["spell_syllable"]

_NAME: Final = re.compile(
    r"(HIRAGANA|KATAKANA)(?:-HIRAGANA)? LETTER (?:SMALL )?([A-Z]+)|(HANGUL|ETHIOPIC) SYLLABLE (?:GLOTTAL )?([A-Z]+)"
)
_KANA: Final = {"si": "ɕi", "ti": "tɕi", "tu": "tsɯ", "hu": "ɸɯ", "zi": "dʑi", "di": "dʑi", "du": "dzɯ", "n": "ɴ"}
_SMALL_TSU: Final = frozenset("っッ")  # doubles the next consonant: not visible
_SPELLINGS: Final = {
    "KANA": {"u": "ɯ", "y": "j", "r": "ɾ", "g": "ɡ"},
    "HANGUL": {
        "eo": "ʌ", "eu": "ɯ", "ae": "ɛ", "oe": "we", "ng": "ŋ", "gg": "k", "dd": "t", "bb": "p", "ss": "s", "jj": "tɕ",
        "c": "tɕʰ", "j": "tɕ", "g": "ɡ", "y": "j", "r": "ɾ", "l": "ɭ",
    },
    "ETHIOPIC": {
        "aa": "a", "ae": "ə", "ee": "e", "sh": "ʃ", "ch": "tʃʼ", "zz": "z", "ny": "ɲ", "th": "tʼ", "ts": "tsʼ",
        "ph": "pʼ", "q": "kʼ", "c": "tʃ", "j": "dʒ", "g": "ɡ", "y": "j", "x": "ʃ",
    },
}  # fmt: skip


@lru_cache(maxsize=4096)
def spell_syllable(character: str) -> str | None:
    """Return the IPA of a character that is a syllable, None for any other.

    Examples
    --------
    >>> [spell_syllable(character) for character in "かつん한字a"]
    ['ka', 'tsɯ', 'ɴ', 'han', None, None]
    """
    if character in _SMALL_TSU:
        return ""
    name = _NAME.fullmatch(unicodedata.name(character, ""))
    if name is None:
        return None
    script = name[3] or "KANA"
    latin = (name[2] or name[4]).lower()
    if script == "KANA" and latin in _KANA:
        return _KANA[latin]
    spellings = _SPELLINGS[script]
    longest_first = sorted(spellings, key=len, reverse=True)
    return re.sub("|".join(longest_first), lambda found: spellings[found[0]], latin)
