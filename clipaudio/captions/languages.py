"""Look up the roles of a word in the closed classes of its language.

Conventions
-----------
Words are lower case, without the punctuation around them. A language without a table has no roles: there punctuation,
pauses and balance decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntFlag
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from clipaudio.text import primary_language
from clipaudio.timing.full_stops import find_abbreviations
from clipaudio.timing.language_tables import MEASURES, TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LANGUAGES", "Language", "Role", "find_language", "note_on_found_language", "note_on_language"]


class Role(IntFlag):
    """Roles of a word; it may have several."""

    NONE = 0
    CONJUNCTION = 1
    PREPOSITION = 2
    GENITIVE = 4
    DETERMINER = 8
    MODIFIER = 16
    PRONOUN = 32
    OBJECT = 64
    AUXILIARY = 128
    NEGATION = 256
    TITLE = 512
    UNIT = 1024
    ABBREVIATION = 2048
    COORDINATOR = 4096
    PARTICLE = 8192
    ADJECTIVE = 16384
    POSTPOSITIVE = 32768
    ADVERB = 65536
    PLURAL = 131072
    PARTICIPLE = 262144
    INFINITIVE = 524288


_FIELDS: Final = {
    "conjunctions": Role.CONJUNCTION,
    "prepositions": Role.PREPOSITION,
    "genitives": Role.GENITIVE,
    "determiners": Role.DETERMINER,
    "modifiers": Role.MODIFIER,
    "pronouns": Role.PRONOUN,
    "objects": Role.OBJECT,
    "auxiliaries": Role.AUXILIARY,
    "negations": Role.NEGATION,
    "honorifics": Role.TITLE,
    "units": Role.UNIT,
    "coordinators": Role.COORDINATOR,
    "particles": Role.PARTICLE,
    "infinitives": Role.INFINITIVE,
}
_ENDINGS: Final = {
    "adjectives": Role.ADJECTIVE,
    "postpositives": Role.POSTPOSITIVE,
    "adverbs": Role.ADVERB,
    "plurals": Role.PLURAL,
    "participles": Role.PARTICIPLE,
}
_STEM: Final = 3  # letters before an ending, at least
_APOSTROPHES: Final = str.maketrans({"’": "'", "ʼ": "'", "‘": "'"})


@dataclass(frozen=True, slots=True)
class Language:
    """The closed classes of one language.

    Attributes
    ----------
    code
        ISO 639-1, "" for a language without a table.
    roles
        Word to roles.
    nouns_capitalised
        Whether a capital does not mark names, as in German.
    endings
        Endings of words of no closed class, the pattern of such words, and the role that they have.
    """

    code: str
    roles: Mapping[str, Role] = field(default_factory=dict, hash=False)
    nouns_capitalised: bool = False
    endings: tuple[tuple[tuple[str, ...], re.Pattern[str], Role], ...] = ()

    def head(self, word: str) -> Role:
        """Return the roles of *word* after a break.

        >>> find_language("fr").head("l’homme") is Role.DETERMINER, find_language("en").head("we'll") is Role.PRONOUN
        (True, True)
        """
        known, word = self._find(word)
        if known is not None:
            return known
        start = word.partition("'")[0]
        return self.roles.get(start + "'", Role.NONE) or self.roles.get(start, Role.NONE)

    def tail(self, word: str) -> Role:
        """Return the roles of *word* before a break.

        >>> Role.AUXILIARY in find_language("en").tail("we'll"), find_language("fr").tail("qu'il") is Role.PRONOUN
        (True, True)
        """
        known, word = self._find(word)
        if known is not None:
            return known
        end = word.rpartition("'")[2]
        return self.roles.get("'" + end, Role.NONE) or self.roles.get(end, Role.NONE)

    def _find(self, word: str) -> tuple[Role | None, str]:
        """Return the roles of the whole *word*, None if only a part may have some, and it with plain apostrophes."""
        known = self.roles.get(word)
        if known is not None or word.isalpha():
            return self._guess(word) if known is None else known, word
        word = word.translate(_APOSTROPHES)
        known = self.roles.get(word)
        if known is None and "'" in word:
            return None, word
        return known or Role.NONE, word

    def _guess(self, word: str) -> Role:
        """Return the roles that the ending of a word of no closed class tells.

        >>> find_language("en").head("houses").name, find_language("es").tail("famosa").name
        ('PLURAL', 'POSTPOSITIVE')
        """
        found = Role.NONE
        for endings, pattern, role in self.endings:
            if word.endswith(endings) and pattern.fullmatch(word):
                found |= role
        return found


def _read(code: str, table: Mapping[str, str]) -> Language:
    roles = dict.fromkeys(MEASURES.split(), Role.UNIT)
    titles, others = find_abbreviations(code)
    classes = [(table.get(name, "").split(), role) for name, role in _FIELDS.items()]
    for words, role in (*classes, (titles, Role.TITLE | Role.ABBREVIATION), (others, Role.ABBREVIATION)):
        for word in words:
            roles[word] = roles.get(word, Role.NONE) | role
    endings = [(*_compile(table[name].split()), role) for name, role in _ENDINGS.items() if table.get(name)]
    return Language(code, MappingProxyType(roles), "nouns_capitalised" in table, tuple(endings))


def _compile(listed: list[str]) -> tuple[tuple[str, ...], re.Pattern[str]]:
    """Return endings, and a pattern of words with one of them after a stem; one with "!" before it is none."""
    endings = tuple(ending for ending in listed if ending[0] != "!")
    others = "".join(f"(?<!{ending[1:]})" for ending in listed if ending[0] == "!")
    return endings, re.compile(rf".{{{_STEM},}}(?:{'|'.join(endings)}){others}")


LANGUAGES: Final = tuple(TABLES)
"""Codes of languages with a table."""
_BY_SCRIPT: Final = frozenset({"cmn", "ja", "km", "lo", "my", "th", "yue", "zh"})


@lru_cache(maxsize=64)
def find_language(tag: str) -> Language:
    """Find the language of *tag*, an ISO 639-1 code or a tag such as "pt-BR".

    Examples
    --------
    >>> find_language("pt-BR").code, find_language("sw").code
    ('pt', '')
    """
    code = primary_language(tag)
    return _read(code, TABLES[code]) if code in TABLES else _read("", {})


def note_on_language(tag: str) -> str | None:
    """Return a note that no words of the language are known; None if they are, or if its script has rules.

    Examples
    --------
    >>> note_on_language("sw")
    "no words of 'sw' are known: captions break at punctuation and pauses; known are de, en, es, fr, it, nl, pt"
    >>> note_on_language("pt_BR"), note_on_language("ja")
    (None, None)
    """
    if primary_language(tag) in _BY_SCRIPT or find_language(tag).code:
        return None
    return f"no words of {tag!r} are known: captions break at punctuation and pauses; known are {', '.join(LANGUAGES)}"


def note_on_found_language(found: str | None) -> str | None:
    """Return a note on the language of a text for which none was given; None if it is English.

    Examples
    --------
    >>> note_on_found_language("fr")
    "the language was not given: the text is taken for 'fr'"
    >>> print(note_on_found_language(None))
    the language was not given and the text is too short or mixed to tell it: it is taken for English; give it if it is
    another
    """
    if found is None:
        unknown = "the language was not given and the text is too short or mixed to tell it"
        return f"{unknown}: it is taken for English; give it if it is another"
    return None if found == "en" else f"the language was not given: the text is taken for {found!r}"
