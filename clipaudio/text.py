r"""Clean text for files: remove or replace what readers drop or misread, and name each kind of change.

Formats differ in what they can hold, so there is one table of rules for each use:

- `LABEL_RULES`: labels of annotations. Line feeds and tabs stay.
- `CUE_RULES`: text of captions. Line feeds stay; what else separates becomes a space.
- `LINE_RULES`: values that must stay on one line.

Two more kinds of text act on what shows it: marks of direction that stay open (`close_directions`), and cells that a
spreadsheet reads as formulas (`escape_formula`).

Language tags are reduced to their language here, too, so that `pt`, `pt-BR` and `pt_BR` are one everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

__all__ = [
    "CUE_RULES",
    "DIRECTION_MARKS",
    "LABEL_RULES",
    "LINE_RULES",
    "CleanText",
    "TextEdit",
    "TextRule",
    "base_letter",
    "clean_text",
    "close_directions",
    "drop_xml_forbidden",
    "escape_formula",
    "find_direction_edits",
    "find_dirt",
    "is_formula",
    "is_spoken",
    "join_surrogates",
    "primary_language",
    "replace_surrogates",
    "unescape_formula",
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


class TextEdit(NamedTuple):
    """Replace the characters from *first* to *stop*, half-open, by *replacement*."""

    first: int
    stop: int
    replacement: str


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

DIRECTION_MARKS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_POP, _POP_ISOLATE = "\u202c", "\u2069"
_EMBEDDINGS: Final = frozenset("\u202a\u202b\u202d\u202e")
_ISOLATES: Final = frozenset("\u2066\u2067\u2068")

_FORMULA_SIGNS: Final = frozenset("=+-@＝＋－＠﹦﹢﹣﹫")
_QUOTES: Final = frozenset("\"'")


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


def find_direction_edits(text: str) -> tuple[TextEdit, ...]:
    r"""Return the edits after which every mark of direction in *text* has its other half, properly nested.

    The marks are the embeddings, overrides and isolates U+202A-202E and U+2066-2069. Those still open are closed at the
    end, before white space. A closing mark without an opening one is dropped: it would close a mark around the text. An
    isolate closes what was opened inside it (https://www.unicode.org/reports/tr9/), so its marks are written out.

    Examples
    --------
    >>> find_direction_edits("a\u202eb ")
    (TextEdit(first=3, stop=3, replacement='\u202c'),)
    >>> find_direction_edits("a\u2069b"), find_direction_edits("\u2067a\u2069")
    ((TextEdit(first=1, stop=2, replacement=''),), ())
    """
    closings: list[str] = []
    isolates = 0
    edits: list[TextEdit] = []
    for found in DIRECTION_MARKS.finditer(text):
        mark, place = found[0], found.start()
        if mark in _EMBEDDINGS:
            closings.append(_POP)
        elif mark in _ISOLATES:
            closings.append(_POP_ISOLATE)
            isolates += 1
        elif mark == _POP_ISOLATE and isolates:
            inside = 0
            while closings.pop() == _POP:
                inside += 1
            isolates -= 1
            if inside:
                edits.append(TextEdit(place, place, _POP * inside))
        elif mark == _POP and closings and closings[-1] == _POP:
            closings.pop()
        else:
            edits.append(TextEdit(place, place + 1, ""))
    if closings:
        end = len(text.rstrip())
        edits.append(TextEdit(end, end, "".join(reversed(closings))))
    return tuple(edits)


def close_directions(text: str) -> str:
    r"""Close every mark of direction in *text*, so that it changes nothing beyond; see `find_direction_edits`.

    >>> close_directions("a\u202eb"), close_directions("plain")
    ('a\u202eb\u202c', 'plain')
    """
    if text.isprintable():  # no mark of direction is
        return text
    pieces = []
    done = 0
    for first, stop, replacement in find_direction_edits(text):
        pieces += [text[done:first], replacement]
        done = stop
    return "".join([*pieces, text[done:]])


def is_formula(cell: str) -> bool:
    """Return True if a spreadsheet may read *cell* as a formula.

    It begins with `=`, `+`, `-` or `@`, also in full width, behind any white space, quotes or invisible characters
    (https://owasp.org/www-community/attacks/CSV_Injection).

    >>> [is_formula(cell) for cell in ("=1+1", '"=1+1"', " ＝1", "1+1", "")]
    [True, True, True, False, False]
    """
    for character in cell:
        if character in _FORMULA_SIGNS:
            return True
        if character.isprintable() and not character.isspace() and character not in _QUOTES:
            return False
    return False


def escape_formula(cell: str) -> str:
    """Put an apostrophe before *cell* if a spreadsheet may read it as a formula, which makes it text.

    >>> escape_formula("=1+1"), escape_formula("Hello.")
    ("'=1+1", 'Hello.')
    """
    return f"'{cell}" if is_formula(cell) else cell


def unescape_formula(cell: str) -> str:
    """Remove the apostrophe that `escape_formula` put there.

    >>> unescape_formula("'=1+1"), unescape_formula("'tis")
    ('=1+1', "'tis")
    """
    return cell[1:] if cell.startswith("'") and is_formula(cell[1:]) else cell


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
