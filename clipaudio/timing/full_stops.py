"""Decide what a full stop ends: a sentence, or only a title, an abbreviation or an ordinal.

Sentences, the units of captions and the quality of breaks ask here, with the tables of `abbreviations`. Where a
language leaves it open ("Acme Inc. Bob left"), the answer is `Verdict.OPEN`.

Conventions
-----------
A token is a stretch between white space, with the marks around it.
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

import regex

from clipaudio.text import primary_language
from clipaudio.timing.abbreviations import ABBREVIATIONS, ANY_LANGUAGE, FIELDS
from clipaudio.timing.language_tables import TABLES

__all__ = ["Verdict", "find_abbreviations", "judge_full_stop"]

_CLOSED_CLASSES: Final = (
    "conjunctions",
    "prepositions",
    "determiners",
    "pronouns",
    "objects",
    "auxiliaries",
    "negations",
    "modifiers",
)
_CAPITAL_TITLES: Final = frozenset({"de", "en", "fr"})  # there "rep.", "mag." and "me." are words
_SYLLABIC: Final = frozenset({"bs", "cs", "cy", "hr", "sk", "sl", "sr"})  # "vlk" and "cwm" are words
_INTERJECTIONS: Final = frozenset("hm mm sh shh pst psst brr grr tsk pff pfft zzz hmm mhm".split())
_STOPPED: Final = regex.compile(r"[\p{P}\p{S}]*?([\p{L}\p{N}][\p{L}\p{M}\p{N}.'’°-]*)\.[\p{Pe}\p{Pf}\"']*")
_FIRST: Final = regex.compile(r"[\p{Ps}\p{Pi}\p{Pf}\"'„¿¡*_-]*([\p{L}\p{N}])([\p{L}\p{M}'’]*)")
_ORDINAL: Final = regex.compile(r"\d{1,4}|[IVXLC]{1,6}")
_YEAR_OR_ORDINAL: Final = regex.compile(r"\d{4}\D?|\d{1,2}\.\D*")
_VOWELLESS: Final = regex.compile(r"\p{Lu}[bcdfghjklmnpqrstvwxz]{1,3}")
_ENDS: Final = ".!?…:;,–—"


class Verdict(Enum):
    """What is known of the full stop at the end of a token."""

    TIED = "no sentence ends, and the next token belongs to it"
    JOINED = "no sentence ends"
    ENDS = "a sentence ends"
    OPEN = "unknown"


class _Stops(NamedTuple):
    """The tables of a language as sets."""

    titles: frozenset[str]
    leading: frozenset[str]
    counters: frozenset[str]
    closing: frozenset[str]
    leaders: frozenset[str]
    ranked: frozenset[str]
    openers: frozenset[str]
    has_ordinals: bool
    capital_titles: bool
    is_syllabic: bool


_ORDINAL_LANGUAGES: Final = frozenset("de da no nb nn fi cs sk pl hr sr bs sl hu et lv is fo hsb dsb lb gsw tr".split())


@lru_cache(maxsize=64)
def _stops_of(code: str) -> _Stops:
    table = ABBREVIATIONS.get(code, ANY_LANGUAGE)
    sets = {name: frozenset(table.get(name, "").casefold().split()) for name in FIELDS}
    words = " ".join(TABLES[code][name] for name in _CLOSED_CLASSES).casefold().split() if code in TABLES else ()
    sets["openers"] |= {word for word in words if not word.endswith("'")}
    return _Stops(
        has_ordinals=code in _ORDINAL_LANGUAGES,
        capital_titles=code in _CAPITAL_TITLES,
        is_syllabic=code in _SYLLABIC,
        **sets,
    )


def find_abbreviations(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the titles and counters of a language, and its other abbreviations; empty sets if none are known.

    >>> titles, others = find_abbreviations("fr")
    >>> "mme" in titles, "etc" in others
    (True, True)
    """
    code = primary_language(language)
    if code not in ABBREVIATIONS:
        return frozenset(), frozenset()
    stops = _stops_of(code)
    return stops.titles, (stops.leading | stops.counters | stops.closing) - stops.titles


def judge_full_stop(
    before: tuple[str, str], token: str, after: str, *, language: str, has_capitals: bool = True
) -> Verdict:
    """Decide what the full stop at the end of *token* ends.

    Parameters
    ----------
    before
        The two tokens before it, "" where there is none.
    token, after
        The token, and the one after it.
    language
        Language tag (`pt`, `pt-BR`).
    has_capitals
        Whether sentences of the text begin with a capital. If not, the next token is judged as if it had one, and no
        sentence ends after a single letter or an abbreviation that may go on ("at 5 p.m. on monday").

    Examples
    --------
    >>> judge_full_stop(("to", "see"), "Ms.", "Hale", language="en").name
    'TIED'
    >>> judge_full_stop(("is", "5"), "p.m.", "We", language="en").name
    'ENDS'
    >>> judge_full_stop(("auf", "den"), "2.", "Platz", language="de").name
    'TIED'
    >>> judge_full_stop(("on", "page"), "7.", "good", language="en", has_capitals=False).name
    'OPEN'
    """
    found = _STOPPED.fullmatch(token) if "." in token else None
    first = _FIRST.match(after) if found else None
    if found is None or first is None:
        return Verdict.OPEN
    stops = _stops_of(primary_language(language))
    word = found[1]
    if not has_capitals:
        first = _FIRST.match(after.title()) or first
        if word.casefold() in stops.closing or (len(word) == 1 and word.isalpha()):
            return Verdict.JOINED
    opener = first[1].isupper() and (first[1] + first[2]).casefold() in stops.openers
    if _ORDINAL.fullmatch(word):
        verdict = _judge_ordinal(stops, before[1], word, first, opener=opener)
    elif word[0].isdigit():
        verdict = Verdict.OPEN
    else:
        stops = stops if has_capitals else stops._replace(capital_titles=False)
        verdict = _judge_word(stops, before, word, first[1], opener=opener)
    return Verdict.JOINED if verdict is Verdict.OPEN and first[1].islower() else verdict


def _judge_word(stops: _Stops, before: tuple[str, str], word: str, first: str, *, opener: bool) -> Verdict:
    """Decide on a word: a title or an abbreviation, alone or with those before it ("z. B.")."""
    key = word.casefold()
    names = {key, *_joined(before, key)}
    is_leading = not stops.leading.isdisjoint(names)
    if not stops.closing.isdisjoint(names):
        if opener:
            return Verdict.ENDS
        if not is_leading:
            return Verdict.OPEN if first.isupper() else Verdict.JOINED
    return Verdict.TIED if is_leading else _judge_title(stops, word, key, first, opener=opener)


def _judge_title(stops: _Stops, word: str, key: str, first: str, *, opener: bool) -> Verdict:
    """Decide on a title, a counter, or a capitalised word that cannot be spoken ("Mgr.")."""
    is_word = key in stops.openers or (stops.capital_titles and key in stops.titles and len(key) > 1)
    if is_word and word[0].islower() and first.isupper():
        return Verdict.ENDS  # "The answer is no. Bob left."
    if key in stops.titles:
        return Verdict.OPEN if opener and len(key) == 1 and key != "m" else Verdict.TIED  # "plan D", but "M. Le Brun"
    if key in stops.counters and first.isdigit():
        return Verdict.TIED
    vowelless = not stops.is_syllabic and _VOWELLESS.fullmatch(word) and key not in _INTERJECTIONS
    return Verdict.TIED if vowelless and first.isupper() and not opener else Verdict.OPEN


def _joined(before: tuple[str, str], key: str) -> list[str]:
    """Return the abbreviations that end with *key* and begin with one of the tokens before it: "z.b", "i.d.r"."""
    names = []
    for token in reversed(before):
        part = token.strip("([{\"'„“«»”’").casefold()
        if not part.endswith(".") or not part[:1].isalpha():
            break
        key = part + key
        names.append(key)
    return names


def _judge_ordinal(stops: _Stops, before: str, number: str, first: regex.Match[str], *, opener: bool) -> Verdict:
    """Decide on a number; it is an ordinal after an article, before a month, and before a lower-case word."""
    name = (first[1] + first[2]).casefold()
    is_roman = not number[0].isdigit()
    if not stops.has_ordinals or (is_roman and not (name in stops.ranked or first[1].islower())):
        return Verdict.OPEN
    if first[1].islower() or (name in stops.ranked and len(number) < 4):
        return Verdict.TIED
    if number[0].isdigit() and len(number) == 4:  # a year
        return Verdict.OPEN
    return _judge_number(stops, before, first, opener=opener)


def _judge_number(stops: _Stops, before: str, first: regex.Match[str], *, opener: bool) -> Verdict:
    """Decide on a number before a capital or a digit by the word before it."""
    lead = before.strip("([{\"'„“«»”’").casefold()
    if lead.endswith(".") and (lead[:-1] in stops.counters or len(lead) == 2):  # "S. 7." is a page
        return Verdict.OPEN if first[1].isdigit() else Verdict.ENDS
    led = lead in stops.leaders
    if first[1].isdigit():
        return Verdict.TIED if led or _YEAR_OR_ORDINAL.fullmatch(first.string) else Verdict.OPEN
    if opener:
        return Verdict.ENDS
    opens = not before or (before[-1] in _ENDS and lead[:-1] not in stops.titles | stops.leading)
    return Verdict.TIED if led or opens else Verdict.OPEN
