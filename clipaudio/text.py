r"""Clean text for files: remove or replace what readers drop or misread, and name each kind of change.

Formats differ in what they can hold, so there is one table of rules for each use:

- `LABEL_RULES`: labels of annotations. Line feeds and tabs stay.
- `CUE_RULES`: text of captions. Line feeds stay; what else separates becomes a space.
- `LINE_RULES`: values that must stay on one line.

Language tags are reduced to their language here, too, so that `pt`, `pt-BR` and `pt_BR` are one everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

__all__ = [
    "CUE_RULES",
    "LABEL_RULES",
    "LINE_RULES",
    "CleanText",
    "TextRule",
    "base_letter",
    "clean_text",
    "drop_xml_forbidden",
    "find_dirt",
    "is_spoken",
    "join_surrogates",
    "primary_language",
    "replace_surrogates",
]


class TextRule(NamedTuple):
    """One kind of dirt: a pattern, its replacement, and what is said of it."""

    kind: str
    pattern: re.Pattern[str]
    replacement: str
    message: str


class CleanText(NamedTuple):
    """Clean text, and the kinds of the rules that changed it."""

    text: str
    kinds: tuple[str, ...]


_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_SURROGATE: Final = TextRule("surrogate", _SURROGATES, "\ufffd", "half of a surrogate pair became U+FFFD")

LABEL_RULES: Final = (
    _SURROGATE,
    TextRule("line end", re.compile("\r\n|[\r\x85]"), "\n", "a carriage return or U+0085 became a line feed"),
    TextRule(
        "control",
        re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff]"),
        "",
        "control characters, which Praat drops, were removed",
    ),
)
CUE_RULES: Final = (
    TextRule("line end", re.compile("\r\n?"), "\n", "a carriage return became a line end"),
    TextRule("space", re.compile("[\t\v\f\x85\u2028\u2029]"), " ", "a tab or an uncommon line end became a space"),
    TextRule("control", re.compile("[\x00-\x08\x0e-\x1f\x7f]"), "", "control characters were removed"),
    _SURROGATE,
)
LINE_RULES: Final = (
    TextRule(
        "control",
        re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]+"),
        " ",
        "line ends and control characters became a space",
    ),
    _SURROGATE,
)


def clean_text(text: str, rules: tuple[TextRule, ...]) -> CleanText:
    r"""Apply *rules* to *text*, in order.

    Examples
    --------
    >>> clean_text("a\r\nb\x00", CUE_RULES)
    CleanText(text='a\nb', kinds=('line end', 'control'))
    >>> clean_text("plain", LINE_RULES)
    CleanText(text='plain', kinds=())
    """
    kinds = find_dirt(text, rules)
    for rule in rules:
        if rule.kind in kinds:
            text = rule.pattern.sub(rule.replacement, text)
    return CleanText(text, kinds)


def find_dirt(text: str, rules: tuple[TextRule, ...]) -> tuple[str, ...]:
    """Return the kinds of *rules* that would change *text*."""
    if text.isprintable():  # no line end, control or surrogate is
        return ()
    return tuple(rule.kind for rule in rules if rule.pattern.search(text))


def replace_surrogates(text: str) -> str:
    r"""Replace halves of surrogate pairs, which no file can hold, by U+FFFD.

    >>> replace_surrogates("a\ud800b")
    'a�b'
    """
    return _SURROGATES.sub("\ufffd", text)


def join_surrogates(text: str) -> str:
    r"""Join halves of surrogate pairs to their characters; one alone becomes U+FFFD.

    >>> join_surrogates("\ud83d\ude00 \ud800")
    '😀 �'
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def is_spoken(character: str) -> bool:
    r"""Return True if *character* is a letter, a digit or a mark on one.

    >>> [is_spoken(c) for c in "é7\u0301.- "]
    [True, True, True, False, False, False]
    """
    return character.isalnum() or unicodedata.category(character)[0] == "M"


def base_letter(character: str) -> str:
    """Return a letter without its accents.

    >>> base_letter("é"), base_letter("b")
    ('e', 'b')
    """
    return unicodedata.normalize("NFD", character)[:1]


def drop_xml_forbidden(text: str, replacement: str = "") -> str:
    """Replace the two code points that XML forbids besides controls."""
    return text.replace("\ufffe", replacement).replace("\uffff", replacement)


@lru_cache(maxsize=256)
def primary_language(tag: str) -> str:
    """Return the language of a tag in lower case: ISO 639-1 where there is one.

    Examples
    --------
    >>> [primary_language(tag) for tag in ("pt", "pt-BR", "pt_BR", "PT-br")]
    ['pt', 'pt', 'pt', 'pt']
    """
    return tag.strip().replace("_", "-").partition("-")[0].lower()
