"""Find the language of a text by its script and by the closed word classes of the languages with tables.

A wrong language is worse than none: a text is decided only where many of its words are those of one language, few are
those of any other, and no neighbour without tables (Catalan, Afrikaans, Danish, …) knows as many.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import regex

from clipaudio.timing.language_tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["detect_language"]

_MOST: Final = 20_000  # characters that decide
_LEAST_WORDS: Final = 3  # different words that only one language knows
_LEAST_SHARE: Final = 0.2  # of all words
_MARGIN: Final = 1.6  # the best language against the second
_WORD: Final = regex.compile(r"\p{L}[\p{L}\p{M}]*['’]?")
_SCRIPTS: Final = {
    "ja": regex.compile(r"[\p{Hiragana}\p{Katakana}]"),
    "ko": regex.compile(r"\p{Hangul}"),
    "th": regex.compile(r"\p{Thai}"),
    "km": regex.compile(r"\p{Khmer}"),
    "lo": regex.compile(r"\p{Lao}"),
    "my": regex.compile(r"\p{Myanmar}"),
    "bn": regex.compile(r"\p{Bengali}"),
    "el": regex.compile(r"\p{Greek}"),
    "gu": regex.compile(r"\p{Gujarati}"),
    "he": regex.compile(r"\p{Hebrew}"),
    "hy": regex.compile(r"\p{Armenian}"),
    "ka": regex.compile(r"\p{Georgian}"),
    "kn": regex.compile(r"\p{Kannada}"),
    "ml": regex.compile(r"\p{Malayalam}"),
    "or": regex.compile(r"\p{Oriya}"),
    "pa": regex.compile(r"\p{Gurmukhi}"),
    "si": regex.compile(r"\p{Sinhala}"),
    "ta": regex.compile(r"\p{Tamil}"),
    "te": regex.compile(r"\p{Telugu}"),
}
"""Scripts that one language of today is written in, but for `_OTHERS`."""
_OTHERS: Final = regex.compile("[\u05f0-\u05f2\u05b8\u05b7\u1f00-\u1fff\u09f0\u09f1]")
"""Letters of Yiddish, of Hebrew with vowel points, of Greek before 1982 and of Assamese."""
_HAN: Final = regex.compile(r"\p{Han}")
_KNOWN: Final = regex.compile("|".join(pattern.pattern for pattern in (*_SCRIPTS.values(), _HAN)))
_LEAST_HAN: Final = 12  # Japanese without a kana is shorter
_LETTER: Final = regex.compile(r"\p{L}")
_CLASSES: Final = (
    *("conjunctions", "prepositions", "genitives", "determiners", "modifiers"),
    *("pronouns", "objects", "auxiliaries", "negations"),
)
_NEIGHBOURS: Final = {
    "af": "nie ek sy hy hulle vir 'n het wat van en die is was met ons jou baie sal kan moet maar ook na aan uit",
    "ca": "amb els una és però aquest aquesta dels i als què molt les pels el la de del un no més també són ha per que",
    "da": "og ikke jeg det er på til af som har med den en et de du vi han hun var kan skal fra for i at men om",
    "gl": "unha non do ao máis na dunha o os as un que de da en e moi tamén pero con polo pola son está foi ten nun",
    "lb": "an déi ass net hunn ech mir dir si dat den de en eng fir mat op vun zu och awer wéi do ginn",
    "no": "og ikke jeg det er på til av som har med den en et de du vi han hun var kan skal fra for i at men om",
    "oc": "los las amb es dins per una lo la del que son aquel aquela mas tanben totjorn pas un de e i a",
    "ro": "și nu este pe care cu sunt mai din la o un de să în pentru au fi ca dar sau dintre am ai",
    "sv": "och inte jag det är på till av som har med den en ett de du vi han hon var kan ska från för i att men om",
    "eo": "la kaj estas mi ne al de en ke li ŝi ili ni vi por kun sed ĉi tiu kiu aŭ pri sur",
    "id": "yang dan di ini itu untuk dengan tidak dari pada adalah saya kamu kami mereka akan ke sudah juga",
    "pl": "i w nie na z że się do jest to jak o ale po co tak za od jego tylko czy przez już być",
    "cs": "a v na se že je to s z do o ale jak po tak co za jsem jsou být nebo pro jeho by",
    "fi": "ja on ei se että oli hän ovat mutta kun niin joka tai myös minä sinä me ole olla",
    "tr": "ve bir bu için ile de da çok ne var mı gibi daha ama kadar olarak değil ben sen",
    "hu": "a az és nem hogy egy is van de ez azt meg csak ha már mint volt vagy",
}


@lru_cache(maxsize=1)
def _owners() -> Mapping[str, tuple[str, ...]]:
    """Return the languages that know each word."""
    owners: dict[str, set[str]] = {}
    for code, table in TABLES.items():
        for name in _CLASSES:
            for word in table[name].split():
                owners.setdefault(word, set()).add(code)
    for code, words in _NEIGHBOURS.items():
        for word in words.split():
            owners.setdefault(word, set()).add(code)
    return {word: tuple(sorted(codes)) for word, codes in owners.items()}


def detect_language(text: str) -> str | None:
    """Return the language of *text*, an ISO 639-1 code, or None if it is uncertain.

    Examples
    --------
    >>> detect_language("Nous avons vu la mer avec les enfants, et elle était très belle."), detect_language("Hello!")
    ('fr', None)
    """
    text = text[:_MOST]
    return _detect_by_words(text) if text.isascii() else _detect_by_script(text) or _detect_by_words(text)


def _detect_by_script(text: str) -> str | None:
    """Return the language whose script most letters have; kana among Han is Japanese."""
    if _KNOWN.search(text) is None:
        return None
    letters = len(_LETTER.findall(text))
    counts = {code: len(pattern.findall(text)) for code, pattern in _SCRIPTS.items()}
    han = len(_HAN.findall(text))
    if han > letters / 2 and not any(counts.values()):
        return "zh" if han >= _LEAST_HAN else None
    if counts["ja"]:
        counts["ja"] += han
    code = max(counts, key=lambda code: counts[code])
    if code in {"bn", "el", "he"} and _OTHERS.search(text):
        return None
    return code if counts[code] > letters / 2 and counts[code] > 1 else None


def _detect_by_words(text: str) -> str | None:
    owners = _owners()
    words = _WORD.findall(text.lower().replace("’", "'"))
    scores: Counter[str] = Counter()
    known: Counter[str] = Counter()
    for word, count in Counter(words).items():
        codes = owners.get(word) or owners.get(word.rstrip("'"), ())
        for code in codes:
            scores[code] += count / len(codes)  # type: ignore[assignment]
            known[code] += len(codes) == 1
    if not scores:
        return None
    (best, most), *others = scores.most_common(2)
    second = others[0][1] if others else 0
    clear = most >= _MARGIN * second and most >= _LEAST_SHARE * len(words)
    return best if best in TABLES and clear and known[best] >= _LEAST_WORDS else None
