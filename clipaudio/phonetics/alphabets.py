"""Phone labels of other alphabets into IPA, and which alphabet the labels of a clip are in.

ARPABET is that of the CMU dictionary and of TIMIT. X-SAMPA: J. C. Wells, "Computer-coding the IPA" (1995).
Kirshenbaum: "Representing IPA phonetics in ASCII" (1993). "espeak" is the IPA that espeak-ng writes, with the marks of
its own that some of its voices leave in: `s.` for ʂ, `t[` for a dental, digits and ɜ after a vowel for tones, language
switches like `(en)`.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.errors import ExportError
from clipaudio.phonetics.alphabet_tables import ARPABET, KIRSHENBAUM, NO_SOUND, XSAMPA
from clipaudio.phonetics.ipa_table import BASES, MARKS, TIES, is_silent, spell
from clipaudio.phonetics.label_cache import remember

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ALPHABETS", "detect_alphabet", "to_ipa"]

ALPHABETS: Final = ("ipa", "arpabet", "xsampa", "kirshenbaum", "espeak")
"""Names of the alphabets that are read."""

_UNKNOWN: Final = "\ufffd"
_STRESSED: Final = {"0": "", "1": "ˈ", "2": "ˌ", None: ""}
_ARPABET_FORM: Final = re.compile(r"([A-Za-z#-]+?)([0-2])?")
_SWITCH: Final = re.compile(r"\([a-z]{2,3}(?:-[A-Za-z0-9-]+)?\)")
_VOWELS: Final = "aeiouyøœɐɑɒɔɘəɛɜɞɤɨɪɯɵʉʊʌʏæɶᵻε"
_ESPEAK_MARKS: Final = re.compile(rf"[^\W\d][.\[#^\"-]|\?|[{_VOWELS}ː][.\u032a-]?[1-9ɜ]|[ptkcʃ]ʲ?h$|[A-Z]")
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
_SOUNDING: Final = frozenset("@{}&?*123456789")
"""ASCII that is no letter and yet a sound somewhere."""

_SIGNS: Final = {
    # in lower case only names that are no two sounds of IPA: TIMIT and the lexicons of some aligners are spelled so
    "arpabet": re.compile(
        r"^([A-Z]{2,3}[0-2]?|[a-z]{2}[0-2]|[bdgptk]cl|hh|hv|dh|zh|jh|dx|nx|axr|ah|eh|ih|uh|ao|iy|uw|ix|ux)$"
    ),
    "xsampa": re.compile(r"[{}\\%\"1234689]|_[a-zA-Z0-9\"=~^>]"),
    "kirshenbaum": re.compile(r"[&*;]|<[a-z?]+>|^[',]|[a-zA-Z]\^|[iuVOgnr]\"|[uo]-|[tdnszrlI]\.$"),
    "espeak": re.compile(r"[tdnszr]\.h?$|[td]\["),
}
_RETROFLEX: Final = dict(zip("tdnlszr", "ʈɖɳɭʂʐɽ", strict=True))


@remember
def to_ipa(label: str, alphabet: str) -> str:
    """Give a label in IPA; what cannot be read becomes U+FFFD, silences become nothing.

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
    if alphabet not in ALPHABETS:
        raise ExportError(f"alphabet {alphabet!r} is not known; expected one of {', '.join(ALPHABETS)}")
    text = label.strip()
    if text.lower() in NO_SOUND or _SWITCH.fullmatch(text):
        return ""
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


def detect_alphabet(labels: Iterable[str]) -> tuple[str, float]:
    """Tell which alphabet the labels of a clip are in, and how sure that is.

    Parameters
    ----------
    labels
        All labels of a clip: one of them alone says little.

    Returns
    -------
    tuple of str and float
        One of `ALPHABETS`, and a confidence from 0 to 1: the share of labels it reads, less where another alphabet
        reads as many. Without labels ("ipa", 0.0).

    Examples
    --------
    >>> detect_alphabet(["HH", "AH0", "L", "OW1"]), detect_alphabet(["h", "ə", "l", "oʊ"])
    (('arpabet', 1.0), ('ipa', 1.0))
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
        return "ipa", 0.0
    reads = {name: sum(n for look, n in spoken if name in look.readings) / total for name in ALPHABETS}
    if sum(n for look, n in spoken if not look.is_ascii) > total / 50:
        marked = has_switch or any(look.is_marked for look, _ in spoken)
        name = "espeak" if marked and reads["espeak"] >= reads["ipa"] else "ipa"
        return name, round(reads[name], 3)
    signs = {name: sum(n for look, n in spoken if name in look.signs) / total for name in ALPHABETS}
    signs["espeak"] += has_switch
    if not signs["espeak"]:
        reads["espeak"] = 0.0
    best = max(ALPHABETS, key=lambda name: reads[name] + signs[name] / 4)  # the first, IPA, where all is even
    doubts = [
        sum(n for look, n in spoken if name in look.readings and look.readings[name] != to_ipa(look.text, best))
        for name in ALPHABETS
        if reads[name]
    ]
    return best, round(reads[best] * (1 - max(max(doubts, default=0) / total - 2 * signs[best], 0) / 2), 3)


class _Look(NamedTuple):
    """What one label looks like.

    `readings` is its IPA by each alphabet that can write it, `signs` are those that hardly another one writes so;
    `is_marked`: it has a mark of espeak-ng's own.
    """

    text: str
    is_boundary: bool
    is_ascii: bool
    is_marked: bool
    readings: dict[str, str]
    signs: frozenset[str]


@remember
def _look(text: str) -> _Look:
    readings = {name: to_ipa(text, name) for name in ALPHABETS if _reads(text, name)}
    signs = frozenset(name for name in readings if name in _SIGNS and _SIGNS[name].search(text))
    return _Look(text, _is_boundary(text), text.isascii(), bool(_ESPEAK_MARKS.search(text)), readings, signs)


def _from_arpabet(text: str) -> str:
    """Give ARPABET with its stress as IPA."""
    form = _ARPABET_FORM.fullmatch(text)
    if form is None:
        return "" if all(map(is_silent, text)) else _UNKNOWN
    name = form[1].upper()
    if form[2] == "0" and name in {"AH", "ER"}:
        return {"AH": "ə", "ER": "ɚ"}[name]
    return _STRESSED[form[2]] + ARPABET.get(name, _UNKNOWN)


def _translate(text: str, table: dict[str, str]) -> str:
    """Read *text* from the left, always the longest key of *table* that fits."""
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
    """Tell whether a label is no sound in any alphabet; `@`, `{` and digits are sounds in some."""
    if not text or text.lower() in NO_SOUND or _SWITCH.fullmatch(text):
        return True
    return all(is_silent(c) and c not in _SOUNDING for c in text)


def _reads(text: str, alphabet: str) -> bool:
    """Tell whether a label can be written in an alphabet."""
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
