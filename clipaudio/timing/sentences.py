"""Find the sentences of a text.

sentencex, the sentence segmenter of the Wikimedia Foundation, decides where a sentence ends. It knows the marks of some
240 languages: `J. R. Smith`, `3.5`, quotes, ellipses and CJK full stops. `full_stops` has the last word on titles,
abbreviations and ordinals. No sentence begins with a lower-case letter, unless the text is written without capitals,
and none after a no-break space. In a text without capitals a full stop, question or exclamation mark ends a sentence
unless an abbreviation, an ordinal or a single letter bears it; an ellipsis does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import regex

from clipaudio.text import primary_language
from clipaudio.timing.characters import lay_texts
from clipaudio.timing.full_stops import Verdict, judge_full_stop
from clipaudio.timing.intervals import mark_changes, pair_up_columns, span_runs
from clipaudio.timing.sentence_marks import has_segmenter, starts_by_marks
from clipaudio.timing.timeline import Spans, split_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.timing.timeline import Timeline

__all__ = ["TextWords", "find_sentences", "find_sentences_together", "has_capitals"]

_OPENING: Final = regex.compile(r"[\p{Ps}\p{Pi}\p{Pd}\"'„¿¡\s]*(.?)")
_ABBREVIATED: Final = regex.compile(r"(?<=\p{L}\.)\s+(?=\p{Lu})")
_MARKED: Final = regex.compile(r"(?<![.…])[.?!][\p{Pe}\p{Pf}\"']*\s+(?=[\p{Ps}\p{Pi}\"'„¿¡]*[\p{L}\p{N}])")
_ENGLISH_I: Final = regex.compile(r"\bI\b")  # the only capital of many a text without capitals
_STICKY: Final = frozenset("\u00a0\u202f\u2007")
_SPACES: Final = regex.compile(r"[^\S\n]")
_CONTEXT: Final = 120  # characters to either side in which the tokens around a full stop are sought
_WINDOW: Final = 10_000
"""Characters passed to sentencex at once, more than any clip has: in some scripts it takes quadratic time."""


def find_sentences(
    graphemes: Timeline, words: Spans, *, language: str = "en", with_capitals: bool | None = None
) -> Spans:
    """Find the sentences of a text.

    Parameters
    ----------
    graphemes
        Tidy graphemes with their times.
    words
        Words of these graphemes, from `find_words`.
    language
        Language tag (`pt`, `pt-BR`); an unknown one falls back to English rules.
    with_capitals
        Whether the text is part of one that is written with capitals; None looks for them in this text.

    Returns
    -------
    Spans
        Sentences with their text, stripped; `child_ranges` are rows of *words*. Text without a word ("...") is no
        sentence, and no sentence ends inside a word (`end.Next` is one). Empty if there are no words.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> from clipaudio.timing.words import find_words
    >>> text = 'Dr. Lee paid $4.50. "Really?" she asked.'
    >>> letters = Timeline(tuple(text), np.arange(len(text))[:, None] / 10 + [0, 0.1])
    >>> find_sentences(letters, find_words(letters)).labels
    ('Dr. Lee paid $4.50.', '"Really?" she asked.')
    """
    return find_sentences_together([TextWords(graphemes, words, language, with_capitals)])[0]


class TextWords(NamedTuple):
    """A text and its words, as `find_sentences` takes them."""

    graphemes: Timeline
    words: Spans
    language: str = "en"
    with_capitals: bool | None = None


def find_sentences_together(texts: Sequence[TextWords]) -> list[Spans]:
    """Find the sentences of each of *texts*, as `find_sentences` does; short ones take less time than one by one."""
    if not texts:
        return []
    laid = lay_texts([each.graphemes.labels for each in texts])
    words = [each.words.child_ranges + first for each, first in zip(texts, laid.rows.tolist(), strict=False)]
    sizes = np.array([0, *map(len, words)]).cumsum()
    string = laid.text.string
    string = string if string.isascii() else string.encode("utf-8", "replace").decode("utf-8")
    edges = laid.firsts.tolist()
    starts: list[int] = []
    for each, first, stop in zip(texts, edges, edges[1:], strict=False):
        if len(each.words):
            starts += [first + at for at in _find_starts(string[first : stop - 1], each)]
    bounds = np.array(starts, np.intp)
    first, stop = laid.text.rows.searchsorted(np.concatenate(words).T)
    word_before = first.searchsorted(bounds, side="left") - 1  # the last word that begins before the bound
    bounds = bounds[(word_before < 0) | (bounds >= stop[word_before])]
    sentence_of_word = bounds.searchsorted(first, side="right") - 1
    fresh = mark_changes(sentence_of_word).nonzero()[0]
    runs = pair_up_columns(fresh, np.concatenate((fresh[1:], [len(first)])))
    places = fresh.searchsorted(sizes)
    number = np.arange(len(texts)).repeat(places[1:] - places[:-1])
    begins = bounds[sentence_of_word[fresh]]
    following = np.concatenate((bounds[1:], [len(string) + 1]))[sentence_of_word[fresh]]
    ends = np.minimum(following, laid.firsts[1:][number] - 1)
    labels = tuple([string[a:b].strip() for a, b in zip(begins.tolist(), ends.tolist(), strict=True)])
    times = span_runs(np.concatenate([each.words.times for each in texts]), runs)
    return split_spans(Spans(labels, times, runs - sizes[number][:, None]), places)


def _find_starts(string: str, text: TextWords) -> list[int]:
    """Return the first character of each sentence of a text that has words."""
    code = primary_language(text.language)
    is_small = not text.with_capitals and _without_i(string, code).islower()
    return _correct(string, _sentence_starts(string, code), code, is_small=is_small)


def _sentence_starts(string: str, language: str, window: int = _WINDOW) -> list[int]:
    """Find the first character of each sentence, window by window; the last sentence of a window begins the next."""
    if not has_segmenter():
        return starts_by_marks(string)
    from sentencex import get_sentence_boundaries  # noqa: PLC0415 - 4 MB that only sentences need

    if not string.isascii():
        string = _SPACES.sub(" ", string)  # sentencex panics at wide ones
    starts: list[int] = []
    begin, size = 0, window
    while True:
        piece = string[begin : begin + size]
        found = [begin + sentence["start_index"] for sentence in get_sentence_boundaries(language, piece)]
        if begin + size >= len(string):
            return [*starts, *found]
        if len(found) < 2:  # one sentence fills the window
            size *= 2
            continue
        starts += found[:-1]
        begin, size = found[-1], window


def has_capitals(text: str, language: str = "en") -> bool:
    """Return whether *text* has a capital other than the English "I".

    Examples
    --------
    >>> has_capitals("so am I."), has_capitals("So am I.")
    (False, True)
    """
    text = _without_i(text, primary_language(language))
    return text != text.lower()


def _without_i(string: str, language: str) -> str:
    return _ENGLISH_I.sub("i", string) if language == "en" else string


def _correct(string: str, bounds: list[int], language: str, *, is_small: bool) -> list[int]:
    """Remove the starts of sentences that follow no end of one, and add those after abbreviations that do."""
    starts = set(bounds)
    if is_small:
        starts |= {found.end() for found in _MARKED.finditer(string)}
        return [start for start in sorted(starts) if not start or _begins_small(string, start, language)]
    kept = {start for start in starts if not start or _begins(string, start, language)}
    for found in _ABBREVIATED.finditer(string):
        if found.end() not in starts and _judge(string, found.end(), language) is Verdict.ENDS:
            kept.add(found.end())
    return sorted(kept)


def _begins(string: str, start: int, language: str) -> bool:
    """Return whether a sentence may begin at *start*, where sentencex begins one."""
    blank = _blank_before(string, start)
    if blank.count("\n") > 1:
        return True
    first = _OPENING.match(string, start)
    if not _STICKY.isdisjoint(blank) or (first is not None and first[1].islower()):
        return False
    return _judge(string, start, language) in (Verdict.ENDS, Verdict.OPEN)


def _begins_small(string: str, start: int, language: str) -> bool:
    """Return whether a sentence may begin at *start* in a text without capitals."""
    blank = _blank_before(string, start)
    if blank.count("\n") > 1:
        return True
    verdict = _judge(string, start, language, has_capitals=False)
    return _STICKY.isdisjoint(blank) and verdict in (Verdict.ENDS, Verdict.OPEN)


def _blank_before(string: str, start: int) -> str:
    blank = string[max(start - _CONTEXT, 0) : start]
    return blank[len(blank.rstrip()) :]


def _judge(string: str, start: int, language: str, *, has_capitals: bool = True) -> Verdict:
    """Judge the full stop before *start*."""
    tokens = string[max(start - _CONTEXT, 0) : start].rsplit(maxsplit=3)
    after = string[start : start + _CONTEXT].split(maxsplit=1)
    if not tokens or not after:
        return Verdict.OPEN
    second, first = ["", "", *tokens[-3:-1]][-2:]
    before = (second, first)
    return judge_full_stop(before, tokens[-1], after[0], language=language, has_capitals=has_capitals)
