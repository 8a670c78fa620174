"""Phone labels into mouth shapes: IPA or ARPABET in, the shapes of Rhubarb Lip Sync out.

Shapes: A closed lips, B teeth together, C open, D wide open, E rounded, F puckered, G lip under teeth, H
tongue up, X at rest (https://github.com/DanielSWolf/rhubarb-lip-sync, "Mouth shapes").

A label is decomposed (NFD); stress, length, tones and diacritics are no lip targets and fall away, but lip
rounding stays. What remains are letters, each with a shape by place, height and rounding. A sound that is
not known is a neutral B and says so: a mouth never closes by mistake.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

__all__ = ["ANY", "Viseme", "letter_viseme", "phone_viseme"]

ANY = "*"
"""The shape of a glottal sound: whatever the neighbouring vowel is."""

_IPA = {
    "A": "pbmɓʙʘ",
    "B": "tdnsznθðʃʒkgɡŋcɟçɲʈɖɳʂʐɕʑxɣqɢɴχʁħʕʀrɾɽɺʎʟʝjɰɗɖʄɠʛǃǀǂǁʇʗʖiɪɨəɘɯᵻʧʤʦʣʨʥɧƫƞʅʆʓɿʜʢʡȶȡȵꞎ",
    "C": "eɛæʌɐɤᴇε",
    "D": "aɑᴀ",
    "E": "oɔɒøœɶɵɞɜɚɝɹɻ",
    "F": "uʊyʏʉwʍɥ",
    "G": "fvɱʋⱱɸβ",
    "H": "lɫɭɬɮȴ",
    ANY: "hɦʔ",
}
_SHAPE_OF = {letter: shape for shape, letters in _IPA.items() for letter in letters}
_TEETH = (
    *("T", "D", "DX", "N", "NX", "EN", "NG", "ENG", "K", "G", "S", "Z", "SH", "ZH", "TH", "DH", "CH", "JH"),
    *("Y", "IY", "IH", "IX", "AX"),
)
_ARPABET = {
    **dict.fromkeys(("P", "B", "M", "EM"), "A"),
    **dict.fromkeys(_TEETH, "B"),
    **dict.fromkeys(("EH", "AE", "AH"), "C"),
    **dict.fromkeys(("AA",), "D"),
    **dict.fromkeys(("AO", "ER", "AXR", "R"), "E"),
    **dict.fromkeys(("UW", "UH", "UX", "W", "WH"), "F"),
    **dict.fromkeys(("F", "V"), "G"),
    **dict.fromkeys(("L", "EL"), "H"),
    **dict.fromkeys(("HH", "HV", "Q"), ANY),
    "EY": "CB",
    "AY": "DB",
    "AW": "DE",
    "OW": "EF",
    "OY": "EB",
}
_SILENCES = frozenset({"sil", "sp", "pau", "_", "#", "<sil>", "<eps>", "<p>", "h#", "(...)"})
_LETTERS = {
    "A": "pbmпбмπμ",
    "B": "cdgijknqrstxyzгджзийкнрстхцчшщыьъґіїγδζηθικνξρστχ",
    "C": "eæеэєαε",
    "D": "aая",
    "E": "oœøоёοω",
    "F": "uwуюўυ",
    "G": "fvфвφβ",
    "H": "lłлλ",
    ANY: "h",
}
_LETTER_SHAPE = {letter: shape for shape, letters in _LETTERS.items() for letter in letters}
_ARPABET_FORM = re.compile(r"([A-Z]{1,3})[0-2]?|([a-z]{2,3})[0-2]")
_TIES = "\u0361\u035c"
_ROUNDING = "ʷᵝ\u0339\u02b7"
_BREAKS = re.compile(r"[\s|‖‿.,;:!?…\"'“”‘’«»()\[\]{}/\\^=*+<>~_#-]+")


@dataclass(frozen=True, slots=True)
class Viseme:
    """Shapes for one label, in order, none for what is no sound; and whether they are more than a guess."""

    shapes: tuple[str, ...]
    is_known: bool = True


def phone_viseme(label: str) -> Viseme:
    """Give the mouth shapes of one phone.

    Parameters
    ----------
    label
        IPA with any marks, or ARPABET with or without a stress digit.

    Returns
    -------
    Viseme
        Two shapes for a diphthong, none for spaces, punctuation, stress or tone alone, `ANY` for glottal
        sounds.

    Examples
    --------
    >>> [phone_viseme(label).shapes for label in ("ˈiː", "AY1", "t͡ʃ", " ")]
    [('B',), ('D', 'B'), ('B',), ()]
    >>> phone_viseme("♪")
    Viseme(shapes=('B',), is_known=False)
    """
    text = label.strip()
    if text.lower() in _SILENCES:
        return Viseme(())
    form = _ARPABET_FORM.fullmatch(text)
    if form:
        found = _ARPABET.get((form[1] or form[2]).upper())
        if found:
            return Viseme(tuple(found))
    plain = unicodedata.normalize("NFD", _BREAKS.sub("", text))
    letters = [character for character in plain if not _is_mark(character)]
    shapes = [_SHAPE_OF.get(letter, _SHAPE_OF.get(letter.lower(), "")) for letter in letters]
    if any(tie in plain for tie in _TIES) and "A" in shapes and shapes[-1] != "G":
        shapes = ["A"]
    if any(mark in plain for mark in _ROUNDING):
        shapes = [shape if shape in {"A", "G"} else "F" for shape in shapes]
    return _viseme(shapes)


def letter_viseme(label: str) -> Viseme:
    """Guess the mouth shapes of one letter, where there are no phones.

    Latin, Cyrillic and Greek letters have a shape each; a character that stands for a syllable opens the
    mouth and brings the teeth together again, and is not called known. Spaces and punctuation are no sound.

    Examples
    --------
    >>> letter_viseme("M").shapes, letter_viseme("é").shapes, letter_viseme("字"), letter_viseme(",").shapes
    (('A',), ('C',), Viseme(shapes=('C', 'B'), is_known=False), ())
    """
    shapes: list[str] = []
    known = True
    for character in unicodedata.normalize("NFD", label.lower()):
        category = unicodedata.category(character)
        if character in _LETTER_SHAPE:
            shapes.append(_LETTER_SHAPE[character])
        elif category[0] == "N" or category == "Lo":
            shapes.extend("CB")
            known = False
        elif category[0] == "L":
            shapes.append("B")
            known = False
    return Viseme(_squeezed(shapes), known)


def _is_mark(character: str) -> bool:
    """Tell whether a character is no letter of its own: diacritics, stress, length, tones, digits."""
    if unicodedata.category(character) in {"Mn", "Mc", "Me", "Lm", "Sk", "Nd", "No", "Cf"}:
        return True
    return character in "ꜛꜜ↗↘↑↓→"


def _viseme(shapes: list[str]) -> Viseme:
    return Viseme(_squeezed([shape or "B" for shape in shapes]), all(shapes))


def _squeezed(shapes: list[str]) -> tuple[str, ...]:
    """Drop repetitions; a glottal sound beside another one is lost in it."""
    firm = [shape for shape in shapes if shape != ANY] or shapes[:1]
    return tuple(shape for i, shape in enumerate(firm) if i == 0 or shape != firm[i - 1])
