"""Find the places where text of scripts without spaces may break.

Conventions
-----------
Places are offsets of characters. None is inside a grapheme cluster, before a mark that must not start a line or after
one that must not end it (kinsoku, https://www.w3.org/TR/jlreq/#characters_not_starting_a_line). With the extra
`clipaudio[scripts]` (ICU's dictionaries and BudouX) none is inside a dictionary word, and Japanese breaks between
phrases. Without it rules decide: syllables and known words in Thai, Lao, Khmer and Burmese, kinds of characters in
Japanese. Korean breaks at spaces only.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from enum import IntEnum
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final

import regex

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    Cutter = Callable[[str], list[str]]

__all__ = ["Joint", "find_cutter", "find_inner_breaks", "is_unspaced"]


class Joint(IntEnum):
    """Kind of the border between a unit and the one before it."""

    SPACE = 0
    DASH = 1  # a long dash or an ellipsis between words
    HYPHEN = 2  # inside a compound: the last resort
    PHRASE = 3  # the border of a word or a phrase, found by a dictionary or marked in the text
    LOOSE = 4  # found by rules: likely a border
    CLOSE = 5  # found by rules
    TIGHT = 6  # found by rules: likely inside a word


_CLUSTER: Final = regex.compile(r"\X")
_UNSPACED: Final = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
    r"\u3000-\u303f\uff00-\uffef\u200b]"
)
_SPELLED: Final = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_SCRIPTS: Final = {
    "ja": regex.compile(r"[\p{Hiragana}\p{Katakana}]"),
    "th": regex.compile(r"\p{Thai}"),
    "lo": regex.compile(r"\p{Lao}"),
    "km": regex.compile(r"\p{Khmer}"),
    "my": regex.compile(r"\p{Myanmar}"),
    "zh": regex.compile(r"\p{Han}"),
}
_NEVER_FIRST: Final = frozenset(
    "、。，．！？：；…‥・ーぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ々〻ヽヾゝゞ〜～"
    "ฯๆะาำๅຯໆະາຳ។៕៖ៗ၊။%％‰℃°"
)
_NEVER_LAST: Final = frozenset("เแโใไເແໂໃໄ$＄¥￥£￡€#＃@\u17d2\u1039")
_OPENING: Final = frozenset({"Ps", "Pi"})
_CLOSING: Final = frozenset({"Pe", "Pf", "Po"})
_FINAL_CONSONANT: Final = regex.compile(r"[\p{Myanmar}--[\u1039]]\u1037?[\u1039\u103a]", regex.VERSION1)
_CHINESE_PARTICLES: Final = frozenset("的了吗嗎呢吧着著过過们們得地")
_JAPANESE_PARTICLES: Final = frozenset("はがをにもでとへらて")
_HIRAGANA: Final = regex.compile(r"\p{Hiragana}")
_KATAKANA: Final = regex.compile(r"[\p{Katakana}ー]")
_HAN: Final = regex.compile(r"[\p{Han}々]")


def is_unspaced(character: str) -> bool:
    """Return True if text may break beside *character* without a space.

    >>> is_unspaced("字"), is_unspaced("ก"), is_unspaced("한"), is_unspaced("a")
    (True, True, False, False)
    """
    return _UNSPACED.match(character) is not None


@lru_cache(maxsize=16)
def find_cutter(language: str) -> Cutter | None:
    """Return the function that cuts text of *language* into words or phrases; None if none is installed."""
    if language in {"ja", "zh"}:
        return _budoux_cutter(language) or _icu_cutter("ja@lw=phrase" if language == "ja" else language)
    if language in {"th", "lo", "km", "my"}:
        return _icu_cutter(language) or _budoux_cutter(language)
    return None


def _icu_cutter(locale: str) -> Cutter | None:
    try:
        from icu4py.breakers import LineBreaker, WordBreaker  # noqa: PLC0415 - an extra of 40 MB that few scripts need
    except ImportError:
        return None
    breaker = WordBreaker if locale == "zh" else LineBreaker  # lines of Chinese break at every character
    return lambda text: list(breaker(text, locale))


def _budoux_cutter(language: str) -> Cutter | None:
    try:
        import budoux  # noqa: PLC0415 - an extra that few scripts need
    except ImportError:
        return None
    loaders = {
        "ja": budoux.load_default_japanese_parser,
        "zh": budoux.load_default_simplified_chinese_parser,
        "th": budoux.load_default_thai_parser,
    }
    if language not in loaders:
        return None
    cut: Cutter = loaders[language]().parse
    return cut


def find_inner_breaks(
    text: str,
    language: str,
    *,
    known: Collection[int] = (),
    most: int | None = None,
    cutters: Callable[[str], Cutter | None] = find_cutter,
) -> Iterator[tuple[int, Joint]]:
    """Yield where *text* without spaces may break, with the kind of each border.

    Parameters
    ----------
    text
        A run of text between spaces.
    language
        ISO 639-1 code, to tell Chinese, Japanese and Korean apart.
    known
        Offsets of known word starts.
    most
        Longest word or phrase of a dictionary in clusters; a longer one breaks as its script allows.
    cutters
        Returns the dictionary of a language.

    Examples
    --------
    >>> list(find_inner_breaks("漢字、字", "zh", cutters=lambda language: None))
    [(1, <Joint.CLOSE: 5>), (3, <Joint.CLOSE: 5>)]
    """
    if language == "ko":
        return
    places = _legal_places(text)
    if not places:
        return
    cut = cutters(_language_of(text, language))
    if cut is not None:
        safe = text.encode("utf-8", "replace").decode("utf-8")
        borders = set(accumulate(map(len, cut(safe))))
        kept = [at for at in places if at in borders or text[at - 1] == "\u200b"]
        yield from ((at, _phrase_joint(text[at - 1], text[at])) for at in kept)
        for first, stop in pairwise([0, *kept, len(text)]):
            if most is not None and stop - first > most and len(_CLUSTER.findall(text, first, stop)) > most:
                inside = places[bisect_right(places, first) : bisect_left(places, stop)]
                yield from ((at, Joint.TIGHT) for at in inside)
        return
    spells_words = len([at for at in known if 0 < at < len(text)]) > 0
    for at in places:
        before, after = text[at - 1], text[at]
        if before == "\u200b" or at in known:
            yield at, Joint.PHRASE if before == "\u200b" or _SPELLED.match(after) else _joint(before, after)
        elif not (_SPELLED.match(before) and _SPELLED.match(after)):
            yield at, _joint(before, after)
        elif not spells_words:
            yield at, Joint.TIGHT


def _language_of(text: str, language: str) -> str:
    """Return the language of *text* by its script; Han alone is Japanese if *language* is."""
    if language == "ja" and _SCRIPTS["zh"].search(text):
        return "ja"
    return next((code for code, script in _SCRIPTS.items() if script.search(text)), "")


def _legal_places(text: str) -> list[int]:
    """Find the places beside an unspaced character that no rule forbids."""
    found = []
    clusters = [match.start() for match in _CLUSTER.finditer(text)]
    for previous, at in pairwise(clusters):
        before, after = text[at - 1], text[at]
        if before == "\u200b":
            found.append(at)
            continue
        if after == "\u200b" or before.isspace() or after.isspace():  # a space inside is a no-break space
            continue
        if not (_UNSPACED.match(before) or _UNSPACED.match(after)):
            continue
        if after in _NEVER_FIRST or unicodedata.category(after) in _CLOSING:
            continue
        if {before, text[previous]} & _NEVER_LAST or unicodedata.category(before) in _OPENING:
            continue
        if _FINAL_CONSONANT.match(text, at):
            continue
        found.append(at)
    return found


def _phrase_joint(before: str, after: str) -> Joint:
    """Rank the border of a phrase: best after a Japanese particle, worst before a Chinese one."""
    if after in _CHINESE_PARTICLES:
        return Joint.TIGHT
    return Joint.LOOSE if before in _JAPANESE_PARTICLES else Joint.PHRASE


def _joint(before: str, after: str) -> Joint:
    """Guess by the kinds of two characters: a Japanese word starts with Han or Katakana and ends with Hiragana."""
    if _HAN.match(before) and _HAN.match(after):
        return Joint.CLOSE
    if _HIRAGANA.match(before):
        return Joint.TIGHT if _HIRAGANA.match(after) else Joint.LOOSE
    if _HIRAGANA.match(after) or (_KATAKANA.match(before) and _KATAKANA.match(after)):
        return Joint.TIGHT
    return Joint.CLOSE
