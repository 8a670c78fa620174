"""Map letters and marks of the International Phonetic Alphabet to articulations.

Source: the chart of the International Phonetic Association (revised to 2020) and its extensions. Other letters in use
(sinologists', Americanists', older forms) are replaced by letters of the chart.

Conventions
-----------
Text is decomposed (NFD); `spell` returns the spelling that is used here. Vowel heights are sixths of the way from close
to open, one per row of the chart.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from clipaudio.phonetics.articulation import Articulation, Manner, Place, SoundKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["BASES", "MARKS", "RELEASES", "TIES", "is_silent", "spell"]

TIES: Final = frozenset("\u0361\u035c\u035d\u0362")

# one row per height; front, central, back, each spread and rounded
_VOWELS: Final = (
    "i y ɨ ʉ ɯ u",
    "ɪ ʏ ᵻ ᵿ - ʊ",
    "e ø ɘ ɵ ɤ o",
    "ᴇ - ə - - -",
    "ɛ œ ɜ ɞ ʌ ɔ",
    "æ - ɐ - - -",
    "a ɶ ᴀ - ɑ ɒ",
)
# place: (manner, voiceless, voiced)
_CONSONANTS: Final = {
    Place.BILABIAL: (
        (Manner.PLOSIVE, "pƥ", "bɓ"),
        (Manner.NASAL, "", "m"),
        (Manner.TRILL, "", "ʙ"),
        (Manner.FRICATIVE, "ɸ", "β"),
        (Manner.CLICK, "ʘ", ""),
    ),
    Place.LABIODENTAL: (
        (Manner.PLOSIVE, "ȹ", "ȸ"),
        (Manner.NASAL, "", "ɱ"),
        (Manner.TAP, "", "ⱱ"),
        (Manner.FRICATIVE, "f", "v"),
        (Manner.APPROXIMANT, "", "ʋ"),
    ),
    Place.DENTAL: ((Manner.FRICATIVE, "θ", "ð"), (Manner.CLICK, "ǀ", "")),
    Place.ALVEOLAR: (
        (Manner.PLOSIVE, "tƭ", "dɗ"),
        (Manner.NASAL, "", "n"),
        (Manner.TRILL, "", "r"),
        (Manner.TAP, "", "ɾɺ"),
        (Manner.SIBILANT, "s", "z"),
        (Manner.LATERAL, "ɬ", "lɮ"),
        (Manner.APPROXIMANT, "", "ɹ"),
        (Manner.CLICK, "ǃǁ", ""),
    ),
    Place.POSTALVEOLAR: ((Manner.SIBILANT, "ʃɕɧ", "ʒʑ"), (Manner.PLOSIVE, "ȶ", "ȡ"), (Manner.NASAL, "", "ȵ")),
    Place.RETROFLEX: (
        (Manner.PLOSIVE, "ʈ", "ɖᶑ"),
        (Manner.NASAL, "", "ɳ"),
        (Manner.TAP, "", "ɽ"),
        (Manner.SIBILANT, "ʂ", "ʐ"),
        (Manner.LATERAL, "ꞎ", "ɭ"),
        (Manner.APPROXIMANT, "", "ɻ"),
        (Manner.CLICK, "‼", ""),
    ),
    Place.PALATAL: (
        (Manner.PLOSIVE, "c", "ɟʄ"),
        (Manner.NASAL, "", "ɲ"),
        (Manner.FRICATIVE, "ç", "ʝ"),
        (Manner.LATERAL, "", "ʎȴ"),
        (Manner.APPROXIMANT, "", "jɥ"),
        (Manner.CLICK, "ǂ", ""),
    ),
    Place.VELAR: (
        (Manner.PLOSIVE, "kƙ", "ɡɠ"),
        (Manner.NASAL, "", "ŋ"),
        (Manner.FRICATIVE, "x", "ɣ"),
        (Manner.LATERAL, "", "ʟ"),
        (Manner.APPROXIMANT, "", "ɰ"),
        (Manner.CLICK, "ʞ", ""),
    ),
    Place.LABIOVELAR: ((Manner.FRICATIVE, "ʍ", ""), (Manner.APPROXIMANT, "", "w")),
    Place.UVULAR: (
        (Manner.PLOSIVE, "qʠ", "ɢʛ"),
        (Manner.NASAL, "", "ɴ"),
        (Manner.TRILL, "", "ʀ"),
        (Manner.FRICATIVE, "χ", "ʁ"),
    ),
    Place.PHARYNGEAL: ((Manner.PLOSIVE, "ʡ", ""), (Manner.FRICATIVE, "ħʜ", "ʕʢ")),
    Place.GLOTTAL: ((Manner.PLOSIVE, "ʔ", ""), (Manner.FRICATIVE, "h", "ɦ")),
}
_RHOTICS: Final = frozenset("rɹɻʀ")
_ROUNDINGS: Final = {"w": 1.0, "ʍ": 1.0, "ɥ": 1.0, "ʃ": 0.4, "ʒ": 0.4, "ɧ": 0.4, "ɹ": 0.3}
"""Rounding of consonants: by definition, or as they are usually spoken."""

_SPELLINGS: Final = {
    "c\u0327": "ç", "g": "ɡ", "\u2019": "ʼ", ":": "ː", "ʹ": "ʲ", "ε": "ɛ", "ϵ": "ɛ", "γ": "ɣ", "φ": "ɸ", "ϕ": "ɸ",
    "ϑ": "θ", "ϐ": "β", "ꭓ": "χ", "ƛ": "t͡ɬ", "λ": "ʎ", "\u04d9": "ə", "ǝ": "ə", "ɩ": "ɪ", "ɷ": "ʊ", "ı": "ɯ",
    "α": "ɑ",
    "ʧ": "t͡ʃ", "ʤ": "d͡ʒ", "ʦ": "t͡s", "ʣ": "d͡z", "ʨ": "t͡ɕ", "ʥ": "d͡ʑ", "ꭧ": "ʈ͡ʂ", "ꭦ": "ɖ͡ʐ",
    "ɚ": "ə˞", "ɝ": "ɜ˞", "ɫ": "lˠ", "ɼ": "r̝", "ƞ": "n̩", "ʆ": "ʃʲ", "ʓ": "ʒʲ", "ɿ": "ɨ", "ʅ": "ɨ˞", "ʮ": "ʉ", "ʯ": "ʉ˞",
    "ʇ": "ǀ", "ʗ": "ǃ", "ʖ": "ǁ", "ƫ": "tʲ", "ᶀ": "bʲ", "s\u030c": "ʃ", "z\u030c": "ʒ", "c\u030c": "t͡ʃ",
}  # fmt: skip


def _letters() -> Iterator[tuple[str, Articulation]]:
    """Yield each letter of both charts."""
    for row, letters in enumerate(_VOWELS):
        for column, letter in enumerate(letters.split()):
            vowel = Articulation(SoundKind.VOWEL, is_voiced=True, height=row / 6, backness=column // 2 / 2)
            yield letter, vowel._replace(rounding=float(column % 2))
    for where, rows in _CONSONANTS.items():
        for manner, voiceless, voiced in rows:
            for letter in voiceless + voiced:
                sound = Articulation(SoundKind.CONSONANT, where, manner, letter in voiced)
                rounding = _ROUNDINGS.get(letter, 0.0)
                yield letter, sound._replace(rounding=rounding, is_rhotic=letter in _RHOTICS)


BASES: Final = {letter: sound for letter, sound in _letters() if letter != "-"}
"""Letters and their articulations."""

RELEASES: Final = dict(zip("ˢᶻᶴᶾᶿᶠᵛˣᵡʂᶳᶽᶝ", "szʃʒθfvxχʂʂʐɕ", strict=True))
"""Superscript letters for the release of the stop before them."""


def _moved(*, height: float = 0, backness: float = 0) -> Callable[[Articulation], Articulation]:
    def move(sound: Articulation) -> Articulation:
        if sound.kind != SoundKind.VOWEL:
            return _opened(sound) if height > 0 else _narrowed(sound) if height < 0 else _shifted(sound, backness)
        high, back = sound.height + height, sound.backness + backness
        return sound._replace(height=min(max(high, 0.0), 1.0), backness=min(max(back, 0.0), 1.0))

    return move


def _opened(sound: Articulation) -> Articulation:
    """Lower a fricative: it becomes an approximant."""
    return sound._replace(manner=Manner.APPROXIMANT) if sound.manner == Manner.FRICATIVE else sound


def _narrowed(sound: Articulation) -> Articulation:
    """Raise an approximant: it becomes a fricative."""
    return sound._replace(manner=Manner.FRICATIVE) if sound.manner == Manner.APPROXIMANT else sound


def _shifted(sound: Articulation, backness: float) -> Articulation:
    """Move the tongue of a consonant; only alveolar and postalveolar places change."""
    moves = {(Place.ALVEOLAR, 1): Place.POSTALVEOLAR, (Place.POSTALVEOLAR, -1): Place.ALVEOLAR}
    return sound._replace(place=moves.get((sound.place, 1 if backness > 0 else -1), sound.place))


def _centred(sound: Articulation) -> Articulation:
    return sound._replace(backness=(sound.backness + 0.5) / 2)


def _mid_centred(sound: Articulation) -> Articulation:
    return sound._replace(backness=(sound.backness + 0.5) / 2, height=(sound.height + 0.5) / 2)


def _dental(sound: Articulation) -> Articulation:
    """Move lips or tongue to the teeth."""
    if sound.place == Place.BILABIAL:
        return sound._replace(place=Place.LABIODENTAL)
    coronal = Place.ALVEOLAR <= sound.place <= Place.RETROFLEX
    return sound._replace(place=Place.DENTAL) if coronal else sound


def _linguolabial(sound: Articulation) -> Articulation:
    """Move the tongue to the upper lip: it is seen between the teeth, and the lips do not meet."""
    return sound._replace(place=Place.DENTAL) if sound.place <= Place.RETROFLEX else sound


def _rounded(sound: Articulation) -> Articulation:
    return sound._replace(rounding=max(sound.rounding, 0.8))


def _less_rounded(sound: Articulation) -> Articulation:
    return sound._replace(rounding=sound.rounding * 0.75)


def _long(sound: Articulation) -> Articulation:
    return sound._replace(is_long=True)


def _rhotic(sound: Articulation) -> Articulation:
    return sound._replace(is_rhotic=True)


MARKS: Final[dict[str, Callable[[Articulation], Articulation]]] = {
    "ː": _long,
    "ˑ": _long,
    "\u0303": lambda sound: sound._replace(is_nasal=True),
    "˞": _rhotic,
    **dict.fromkeys("ʴʵʶ", _rhotic),
    **dict.fromkeys("\u0325\u030a", lambda sound: sound._replace(is_voiced=False)),
    "\u032c": lambda sound: sound._replace(is_voiced=True),
    **dict.fromkeys("ʷᶣ\u02b7", lambda sound: sound._replace(rounding=1.0)),
    **dict.fromkeys("ᵝ\u0339\u0351\u1dfa", _rounded),
    **dict.fromkeys("\u031c\u0357", _less_rounded),
    **dict.fromkeys("\u032a\u0346", _dental),
    "\u033c": _linguolabial,
    **dict.fromkeys("\u031d˔", _moved(height=-1 / 6)),
    **dict.fromkeys("\u031e˕", _moved(height=1 / 6)),
    **dict.fromkeys("\u031f˖", _moved(backness=-0.25)),
    **dict.fromkeys("\u0320˗", _moved(backness=0.25)),
    "\u0308": _centred,
    "\u033d": _mid_centred,
}
"""Marks after a letter that change the mouth; all others (stress, tone, breath, voice) do not."""

_SILENT_CATEGORIES: Final = frozenset({"Mn", "Mc", "Me", "Lm", "Sk", "Nd", "No", "Cf", "Cc"})
_SILENT: Final = frozenset("ꜛꜜ↗↘↑↓→|‖+^=<>~`´°ꞈ")


def spell(text: str) -> str:
    """Return the spelling of IPA that the table has: decomposed, alternative letters replaced.

    Examples
    --------
    >>> spell("ʧ"), spell("g"), spell("ɝ"), spell("ç")
    ('t͡ʃ', 'ɡ', 'ɜ˞', 'ç')
    """
    plain = unicodedata.normalize("NFD", text)
    for old, new in _SPELLINGS.items():
        if old in plain:
            plain = plain.replace(old, new)
    return plain


def is_silent(character: str) -> bool:
    """Return True if a character is no sound: a mark, a space, punctuation."""
    category = unicodedata.category(character)
    return category in _SILENT_CATEGORIES or category[0] in "ZP" or character in _SILENT
