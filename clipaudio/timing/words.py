"""Find the words of a text by its graphemes.

Conventions
-----------
A word is a run between white space, without the quotes, brackets and `.,;:!?` around it. Apostrophes, hyphens, points
and signs inside it stay: `didn't`, `well-known`, `3.5`, `$4.50`, `50%`, `R&D`, addresses and URLs are one word each.
Long dashes, ellipses, and commas between letters separate words; a middle dot does not (`col·lecció`), nor a straight
quote between Hebrew letters. A single mark is no word; a single spoken sign (`&`, `%`) is one; a run of emoji is one.

Scripts without spaces
----------------------
Their words need a dictionary, which is not used here. Han and Hiragana: each character is a word, with the small marks
that belong to it. Katakana and Hangul: a run is a word. Thai, Lao, Khmer and Burmese: the run between spaces.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from clipaudio.timing.characters import CharacterKind, are_among, classify, lay_texts, table_of
from clipaudio.timing.intervals import mark_changes, span_runs
from clipaudio.timing.timeline import Spans, split_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Index, Timeline

__all__ = ["find_words", "find_words_together"]

_CORE = np.isin(
    np.arange(16),
    [CharacterKind.LETTER, CharacterKind.DIGIT, CharacterKind.SYMBOL, CharacterKind.IDEOGRAPH, CharacterKind.EMOJI],
)
_OWN_WORD = np.isin(np.arange(16), [CharacterKind.IDEOGRAPH, CharacterKind.EMOJI])
_OPENING, _CLOSING = table_of("([{"), table_of(")]}")
_OPENERS = table_of("([{\"'\u201c\u2018\u201e\u201a\u00ab\u2039")
_COMMAS = table_of(',;!"\u201c\u201d')


def find_words(graphemes: Timeline) -> Spans:
    """Find the words of a text.

    Parameters
    ----------
    graphemes
        Tidy graphemes with their times; a label may be a character, a cluster or half a word.

    Returns
    -------
    Spans
        Words; `child_ranges` are rows of *graphemes*. A word starts with its first grapheme and ends with its last.
        Empty if there are none.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> text = '"It\u2019s $4.50," said R&D — a well-known (and 50% true) story.'
    >>> times = np.arange(len(text))[:, None] / 10 + [0, 0.1]
    >>> " | ".join(find_words(Timeline(tuple(text), times)).labels)
    'It’s | $4.50 | said | R&D | a | well-known | and | 50% | true | story'
    """
    return find_words_together([graphemes])[0]


def find_words_together(texts: Sequence[Timeline]) -> list[Spans]:
    """Find the words of each of *texts*, as `find_words` does; many short ones take less time than one by one."""
    if not texts:
        return []
    laid = lay_texts([graphemes.labels for graphemes in texts])
    text = laid.text
    starts, stops = _word_runs(text.codes, classify(text.codes), laid.firsts[:-1])
    runs = text.row_runs(starts, stops)
    bounds = starts.searchsorted(laid.firsts)
    number = np.arange(len(texts)).repeat(bounds[1:] - bounds[:-1])
    times = texts[0].times if len(texts) == 1 else np.concatenate([graphemes.times for graphemes in texts])
    spans = span_runs(times, runs - number[:, None])  # a line break has no time
    string = text.string
    labels = tuple([string[a:b] for a, b in zip(starts.tolist(), stops.tolist(), strict=True)])
    return split_spans(Spans(labels, spans, runs - laid.rows[number][:, None]), bounds)


def _word_runs(codes: NDArray[np.uint32], kinds: NDArray[np.uint8], firsts: Index) -> tuple[Index, Index]:
    """Return the first code point of each word and the one after its last, in texts that begin at *firsts*."""
    if not len(codes):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    base = _attach_extenders(codes, kinds, firsts)
    parts = _parting(codes, base)
    token = np.cumsum(
        _token_starts(kinds, base, parts), dtype=np.intp
    )  # the number of its token for each character; separators belong to none
    core = (_CORE[base] & ~parts).nonzero()[0]
    if not len(core):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    fresh = mark_changes(token[core]).nonzero()[0]
    starts = core[fresh]
    stops = core[np.concatenate((fresh[1:], [len(core)])) - 1] + 1
    return _with_signs(codes, kinds, base, starts), _with_brackets(codes, token, starts, stops)


def _attach_extenders(codes: NDArray[np.uint32], kinds: NDArray[np.uint8], firsts: Index) -> NDArray[np.uint8]:
    """Return kinds in which an extender has that of the character before; after emoji and joiner all is emoji."""
    extends = kinds == CharacterKind.EXTEND.value
    if not extends.any():
        return kinds
    free = ~extends
    free[firsts[firsts < len(kinds)]] = True  # nothing stands before the first of a text
    held = np.maximum.accumulate(np.where(free, np.arange(len(kinds)), 0))
    base = kinds[held]
    stray = np.flatnonzero(extends & ~_CORE[base])  # nothing to continue
    for row in stray.tolist():
        base[row] = (
            CharacterKind.LETTER if unicodedata.category(chr(codes[row])).startswith("L") else CharacterKind.EDGE
        )
    joiner = np.flatnonzero(codes[:-1] == 0x200D)
    joined = joiner[(base[joiner] == CharacterKind.EMOJI.value) & (kinds[joiner + 1] != CharacterKind.SPACE.value)] + 1
    base[joined] = CharacterKind.EMOJI
    keycap = np.flatnonzero(codes == 0x20E3)
    base[keycap] = base[held[keycap]]
    return base


def _parting(codes: NDArray[np.uint32], base: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which characters separate words in any context."""
    parts = (base == CharacterKind.SPACE.value) | (base == CharacterKind.BREAK.value)
    edge = base == CharacterKind.EDGE.value
    repeated = np.zeros(len(codes), bool)  # "--", "..." but not the "//" of a URL
    twice = (codes[1:] == codes[:-1]) & edge[1:] & (codes[1:] != ord("/")) & (codes[1:] != ord("_"))
    repeated[1:] = twice
    repeated[:-1] |= twice
    between = np.zeros(len(codes), bool)  # a comma or semicolon between letters
    comma = are_among(codes, _COMMAS)
    between[1:-1] = comma[1:-1] & ((base[:-2] == CharacterKind.LETTER.value) | (base[2:] == CharacterKind.LETTER.value))
    apart: NDArray[np.bool_] = parts | repeated | between
    return apart & ~_joining(codes, base)


def _joining(codes: NDArray[np.uint32], base: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which marks join letters: a middle dot, and a straight quote between Hebrew ones (UAX 29)."""
    joins = np.zeros(len(codes), bool)
    inner = codes[1:-1]
    marks = np.flatnonzero((inner == ord('"')) | (inner == ord("·"))) + 1
    if len(marks):
        letter = base == CharacterKind.LETTER.value
        hebrew = ((codes >= 0x591) & (codes <= 0x5F4)) | ((codes >= 0xFB1D) & (codes <= 0xFB4F))
        joined = letter[marks - 1] & letter[marks + 1]
        joins[marks] = joined & ((codes[marks] == ord("·")) | (hebrew[marks - 1] & hebrew[marks + 1]))
    return joins


def _token_starts(kinds: NDArray[np.uint8], base: NDArray[np.uint8], parts: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return where a token begins: after a separator, at an ideograph, where emoji and letters meet."""
    fresh = parts.copy()
    fresh[1:] |= parts[:-1]
    own = _OWN_WORD[base]
    if own.any():
        core = _CORE[base]
        fresh[1:] |= (own[1:] | own[:-1]) & core[1:] & core[:-1] & (base[1:] != base[:-1])
        fresh |= kinds == CharacterKind.IDEOGRAPH.value
    return fresh


def _with_signs(codes: NDArray[np.uint32], kinds: NDArray[np.uint8], base: NDArray[np.uint8], starts: Index) -> Index:
    """Extend numbers by a decimal point and a minus before them: `.5`, `-5`, `-.5`, `-$4.50`."""
    digit = base == CharacterKind.DIGIT.value
    if not digit.any():
        return starts
    is_price = (codes[starts] == ord("$")) | ((codes[starts] >= 0xA2) & (codes[starts] <= 0xA5))
    is_price |= (codes[starts] >= 0x20A0) & (codes[starts] <= 0x20CF)
    is_price &= digit[np.minimum(starts + 1, len(codes) - 1)]
    minus = codes == ord("-")  # U+2212 is a spoken sign and part of the word already
    free = (kinds == CharacterKind.SPACE.value) | are_among(codes, _OPENERS)
    is_number = digit[starts]
    starts = _step_back(starts, is_number, codes == ord("."), free | minus)
    return _step_back(starts, is_number | is_price, minus, free)


def _step_back(starts: Index, numbers: NDArray[np.bool_], sign: NDArray[np.bool_], free: NDArray[np.bool_]) -> Index:
    """Begin each of *numbers* at the *sign* before it if that is first in the text or after a *free* character."""
    row = np.maximum(starts - 1, 0)
    taken = numbers & (starts > 0) & sign[row] & ((row == 0) | free[row - 1])
    return np.where(taken, row, starts)


def _with_brackets(codes: NDArray[np.uint32], token: Index, starts: Index, stops: Index) -> Index:
    """Extend a word by the closing bracket of one that opens inside it: `word(s)`."""
    opens = are_among(codes, _OPENING)
    if not opens.any():
        return stops
    opened = np.concatenate(([0], np.cumsum(opens)))
    closes = are_among(codes, _CLOSING)
    closed = np.concatenate(([0], np.cumsum(closes)))
    depth = opened[stops] - opened[starts] - (closed[stops] - closed[starts])
    after = np.minimum(stops, len(codes) - 1)
    follows = closes[after] & (stops < len(codes)) & (token[after] == token[starts])
    return np.where((depth == 1) & follows, stops + 1, stops)
