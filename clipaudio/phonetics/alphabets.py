"""Translate phone labels to IPA and detect the alphabet of a clip.

ARPABET is that of the CMU dictionary and of TIMIT. X-SAMPA: J. C. Wells, "Computer-coding the IPA" (1995).
Kirshenbaum: "Representing IPA phonetics in ASCII" (1993). "espeak" is the IPA that espeak-ng writes, with its own marks
that some voices leave in: `s.` for ʂ, `t[` for a dental, digits and ɜ after a vowel for tones, language switches like
`(en)`.

Aligners add labels of their own. Kaldi's position suffixes (`hh_B`) are ignored, and names of silence and noise (`sil`,
`<p:>`, `{LG}`) are no sounds. Punctuation is no evidence for an alphabet, and one odd label does not change it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.errors import ExportError
from clipaudio.phonetics.alphabet_tables import ARPABET, KIRSHENBAUM, NO_SOUND, NOISE, POSITIONS, STRESS, XSAMPA
from clipaudio.phonetics.ipa_table import BASES, MARKS, TIES, is_silent, spell
from clipaudio.phonetics.label_cache import remember

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "ALPHABETS",
    "Alphabet",
    "bare_label",
    "check_alphabet",
    "detect_alphabet",
    "detect_alphabets",
    "is_silence",
    "to_ipa",
]

ALPHABETS: Final = ("ipa", "arpabet", "xsampa", "kirshenbaum", "espeak")
"""Names of the supported alphabets."""

_UNKNOWN: Final = "\ufffd"
_STRESSED: Final = {"0": "", "1": "ˈ", "2": "ˌ", None: ""}
_ARPABET_FORM: Final = re.compile(r"([A-Za-z#-]+?)([0-2])?")
_SWITCH: Final = re.compile(r"\([a-z]{2,3}(?:-[A-Za-z0-9-]+)?\)")
_VOWELS: Final = "aeiouyøœɐɑɒɔɘəɛɜɞɤɨɪɯɵʉʊʌʏæɶᵻε"
_ESPEAK_MARKS: Final = re.compile(rf"[^\W\d][.\[#^\"-]|^\?[^\W\d]|[{_VOWELS}ː][.\u032a-]?[1-9ɜ]|[ptkcʃ]ʲ?h$")
_CAPITAL: Final = re.compile("[A-Z]")
_ESPEAK: Final = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (_SWITCH.pattern, ""),
        (rf"(?<=[{_VOWELS}ː.\u032a-])[ɜ](?!˞)", ""),  # the third tone of Mandarin
        (rf"(?<=[{_VOWELS}])nɡ", "ŋ"),
        ("oe", "œ"),
        (r"\?+", "ʔ"),
        ("o-", "ɤ"),
        ('u"', "ʉ"),
        (r"([tdnlszr])\.", r"\1" + "\U000f0000"),
        (r"([tdnl])\[", "\\1\u032a"),
        (r"\^", "ʲ"),
        ("`", "ʼ"),
        ("(?<=[pbtdkɡcʃsɕʂ\U000f0000])h", "ʰ"),
        ("S", "ʃ"),
        ("Z", "ʒ"),
        ("N", "ŋ"),
        ("X", "χ"),
        ("A", "ɑ"),
        ("E", "ɛ"),
        ("I", "ɪ"),
        ("O", "ɔ"),
        ("U", "ʊ"),
    )
)
_SOUNDING: Final = frozenset("@{}&*123456789")
"""ASCII characters that are no letters but sounds in some alphabet."""

_SIGNS: Final = {
    # lower case (TIMIT, some lexicons): only names that do not spell two sounds of IPA
    "arpabet": re.compile(
        r"^([A-Z]{2,3}[0-2]?|[a-z]{2}[0-2]|[bdgptk]cl|hh|hv|dh|zh|jh|dx|nx|axr|ah|eh|ih|uh|ao|iy|uw|ix|ux)$"
    ),
    "xsampa": re.compile(r"[{}\\%\"1234689]|_[a-zA-Z0-9\"=~^>]"),
    "kirshenbaum": re.compile(r"[&*;]|<[a-z?]+>|^[',]|[a-zA-Z]\^|[iuVOgnr]\"|[uo]-|[tdnszrlI]\.$"),
    "espeak": re.compile(r"[tdnszr]\.h?$|[td]\["),
}
_ARPABET_STRESSED: Final = re.compile(r"[A-Za-z]{2}[0-2]")
"""A name with a stress digit: no evidence for X-SAMPA, which has digits for vowels."""
_SIGN_WEIGHT: Final = 0.5
_RETROFLEX: Final = dict(zip("tdnlszr", "ʈɖɳɭʂʐɽ", strict=True))


@remember
def to_ipa(label: str, alphabet: str) -> str:
    """Return a label in IPA, "" for silence; what cannot be read becomes U+FFFD.

    Parameters
    ----------
    label
        One phone.
    alphabet
        One of `ALPHABETS`.

    Raises
    ------
    ExportError
        There is no such alphabet.

    Examples
    --------
    >>> to_ipa("AY1", "arpabet"), to_ipa("t_S", "xsampa"), to_ipa("s.", "espeak"), to_ipa("sil", "ipa")
    ('ˈaɪ', 't͡ʃ', 'ʂ', '')
    """
    check_alphabet(alphabet)
    text = label.strip()
    if is_silence(text, alphabet):
        return ""
    text = POSITIONS[alphabet].sub("", text)
    if alphabet == "arpabet":
        return _from_arpabet(text)
    if alphabet == "xsampa":
        return _translate(text, XSAMPA)
    if alphabet == "kirshenbaum":
        return _translate(text, KIRSHENBAUM)
    if alphabet == "espeak":
        for pattern, new in _ESPEAK:
            text = pattern.sub(new, text)
        return re.sub("(.)\U000f0000", lambda found: _RETROFLEX[found[1]], text)
    return text


def is_silence(text: str, alphabet: str) -> bool:
    """Return True for names of silence and noise, and for language switches of espeak-ng.

    Examples
    --------
    >>> is_silence("<p:>", "xsampa"), is_silence("SIL_S", "arpabet"), is_silence("<h>", "kirshenbaum")
    (True, True, False)
    """
    if alphabet == "kirshenbaum" and text in KIRSHENBAUM:
        return False
    plain = POSITIONS["arpabet"].sub("", text)
    return plain.lower() in NO_SOUND or bool(NOISE.fullmatch(plain) or _SWITCH.fullmatch(text))


def bare_label(text: str, alphabet: str) -> str:
    """Return *text* without stress and position suffix, in its own alphabet.

    Examples
    --------
    >>> bare_label("AH0", "arpabet"), bare_label('"a:', "xsampa"), bare_label("hh_B", "arpabet")
    ('AH', 'a:', 'hh')
    """
    return STRESS[alphabet].sub("", POSITIONS[alphabet].sub("", text))


class Alphabet(NamedTuple):
    """The alphabet of a clip, and how sure that is, 0 to 1."""

    name: str
    confidence: float


def check_alphabet(name: str) -> Alphabet:
    """Return the alphabet of that name, as one that is certain.

    Raises
    ------
    ExportError
        There is no such alphabet.
    """
    if name not in ALPHABETS:
        raise ExportError(f"alphabet {name!r} is not known; expected one of {', '.join(ALPHABETS)}")
    return Alphabet(name, 1.0)


def detect_alphabets(clips: Sequence[Sequence[str]], found: Sequence[Alphabet] | None = None) -> tuple[Alphabet, ...]:
    """Detect the alphabet of each of several clips that belong together; *found* is that of each alone, if known.

    A clip whose labels are ASCII and look like IPA says little, since a few labels of any alphabet may: it is in the
    alphabet of all clips together.

    Examples
    --------
    >>> [found.name for found in detect_alphabets([["t", "i"], ["h", "@", "l", "@U"]])]
    ['xsampa', 'xsampa']
    """
    found = [detect_alphabet(labels) for labels in clips] if found is None else found
    whole = detect_alphabet([label for labels in clips for label in labels]) if len(clips) > 1 else None
    return tuple(
        whole if whole is not None and own.name == "ipa" and all(map(str.isascii, labels)) else own
        for own, labels in zip(found, clips, strict=True)
    )


def detect_alphabet(labels: Iterable[str]) -> Alphabet:
    """Detect the alphabet of the labels of a clip.

    Parameters
    ----------
    labels
        All labels of a clip; one label alone says little.

    Returns
    -------
    Alphabet
        One of `ALPHABETS`, and a confidence from 0 to 1: the share of labels it reads, lower if another alphabet
        reads as many. Without labels ("ipa", 0.0).

    Examples
    --------
    >>> detect_alphabet(["HH", "AH0", "L", "OW1"]), detect_alphabet(["h", "ə", "l", "oʊ"])
    (Alphabet(name='arpabet', confidence=1.0), Alphabet(name='ipa', confidence=1.0))
    >>> detect_alphabet(["h", "@", "l", "@U"])[0], detect_alphabet(["s.", "ts.h"])[0]
    ('xsampa', 'espeak')
    """
    counts: Counter[str] = Counter()
    for label, count in Counter(labels).items():
        counts[label.strip()] += count
    has_switch = any(text.startswith("(") and _SWITCH.fullmatch(text) for text in counts)
    spoken = [(look, n) for text, n in counts.items() if not (look := _look(text)).is_boundary]
    total = sum(n for _, n in spoken)
    if not total:
        return Alphabet("ipa", 0.0)
    if sum([n for look, n in spoken if not look.is_ascii]) > total / 50:
        reads = _share_read(spoken, ("ipa", "espeak"), total)
        capitals = sum([n for look, n in spoken if look.has_capital])  # one alone is odd in either alphabet
        marked = has_switch or capitals > 1 or any(look.is_marked for look, _ in spoken)
        name = "espeak" if marked and reads["espeak"] >= reads["ipa"] else "ipa"
        return Alphabet(name, round(reads[name], 3))
    reads = _share_read(spoken, ALPHABETS, total)
    signs = {name: sum(n for look, n in spoken if name in look.signs) / total for name in ALPHABETS}
    signs["espeak"] += has_switch
    if not signs["espeak"]:
        reads["espeak"] = 0.0
    best = max(ALPHABETS, key=lambda name: reads[name] + _SIGN_WEIGHT * signs[name])  # ties: the first, IPA
    doubts = [
        sum(n for look, n in spoken if name in look.readings and look.readings[name] != to_ipa(look.text, best))
        for name in ALPHABETS
        if reads[name]
    ]
    return Alphabet(best, round(reads[best] * (1 - max(max(doubts, default=0) / total - 2 * signs[best], 0) / 2), 3))


def _share_read(spoken: Sequence[tuple[_Look, int]], names: Sequence[str], total: int) -> dict[str, float]:
    """Return the share of labels that each alphabet can spell."""
    return {name: sum([n for look, n in spoken if name in look.readings]) / total for name in names}


class _Look(NamedTuple):
    """What one label says about its alphabet.

    `readings` is its IPA in each alphabet that can spell it, `signs` are the alphabets it is typical of, `is_marked` is
    whether it has a mark of espeak-ng's own, `has_capital` whether it has a letter that is no IPA.
    """

    text: str
    is_boundary: bool
    is_ascii: bool
    is_marked: bool
    has_capital: bool
    readings: dict[str, str]
    signs: frozenset[str]


@remember
def _look(text: str) -> _Look:
    readings = {name: to_ipa(text, name) for name in ALPHABETS if _reads(text, name)}
    plain = POSITIONS["arpabet"].sub("", text)
    signs = {name for name in readings if name in _SIGNS and _SIGNS[name].search(plain)}
    if "arpabet" in signs and _ARPABET_STRESSED.fullmatch(plain):
        signs = {"arpabet"}
    return _Look(
        text=text,
        is_boundary=_is_boundary(text),
        is_ascii=text.isascii(),
        is_marked=bool(_ESPEAK_MARKS.search(plain)),
        has_capital=bool(_CAPITAL.search(plain)),
        readings=readings,
        signs=frozenset(signs),
    )


def _from_arpabet(text: str) -> str:
    """Return ARPABET with its stress as IPA."""
    form = _ARPABET_FORM.fullmatch(text)
    if form is None:
        return "" if all(map(is_silent, text)) else _UNKNOWN
    name = form[1].upper()
    if form[2] == "0" and name in {"AH", "ER"}:
        return {"AH": "ə", "ER": "ɚ"}[name]
    return _STRESSED[form[2]] + ARPABET.get(name, _UNKNOWN)


def _translate(text: str, table: dict[str, str]) -> str:
    """Translate *text* from the left, always by the longest key of *table* that fits."""
    longest = max(map(len, table))
    found = []
    at = 0
    while at < len(text):
        size = next((n for n in range(longest, 0, -1) if text[at : at + n] in table), 0)
        if size:
            found.append(table[text[at : at + size]])
        else:
            found.append(text[at] if is_silent(text[at]) or text[at] in BASES else _UNKNOWN)
        at += size or 1
    return "".join(found)


def _is_boundary(text: str) -> bool:
    """Return True if a label is no sound in any alphabet; `@`, `{` and digits are sounds in some."""
    if not text or is_silence(text, "ipa"):
        return True
    return all(is_silent(c) and c not in _SOUNDING for c in text)


def _reads(text: str, alphabet: str) -> bool:
    """Return True if a label can be spelled in an alphabet."""
    text = POSITIONS[alphabet].sub("", text)
    if alphabet == "arpabet":
        form = _ARPABET_FORM.fullmatch(text)
        return form is not None and form[1].upper() in ARPABET and (text[0].isupper() or len(text) < 4)
    if alphabet in {"xsampa", "kirshenbaum"} and not text.isascii():
        return False
    if alphabet == "ipa" and any(c in '@{}&\\"?=_^[%`' for c in text):
        return False
    ipa = spell(to_ipa(text, alphabet))
    known = all(c in BASES or c in MARKS or c in TIES or is_silent(c) for c in ipa)
    return known and any(c in BASES for c in ipa)
