"""Words into sentences.

Where a sentence ends is decided by sentencex (the sentence segmenter of the Wikimedia Foundation), which knows the
abbreviations and marks of some 240 languages: `Dr. Lee`, `J. R. Smith`, `3.5`, quotes, ellipses and CJK full stops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.timing.characters import read_text
from clipaudio.timing.intervals import changes, spanning_times
from clipaudio.timing.timeline import Spans

if TYPE_CHECKING:
    from clipaudio.timing.timeline import Index, Timeline

__all__ = ["find_sentences"]

_WINDOW: Final = 10_000
"""Characters, more than any clip has: sentencex gets no more at once, as in some scripts it takes quadratic time."""


def find_sentences(graphemes: Timeline, words: Spans, *, language: str = "en") -> Spans:
    """Find the sentences of a text.

    Parameters
    ----------
    graphemes
        Tidy letters with their times.
    words
        Words of these letters, from `find_words`.
    language
        ISO 639-1 code; an unknown one falls back to English rules.

    Returns
    -------
    Spans
        Sentences with their text, white space around it removed; `child_ranges` are rows of *words*. A sentence
        without a word ("...") is none, and none ends inside a word (`end.Next` is one). Empty when there are no words.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> from clipaudio.timing.words import find_words
    >>> text = 'Dr. Lee paid $4.50. "Really?" she asked.'
    >>> letters = Timeline(tuple(text), np.arange(len(text))[:, None] / 10 + [0, 0.1])
    >>> find_sentences(letters, find_words(letters)).labels
    ('Dr. Lee paid $4.50.', '"Really?" she asked.')
    """
    if not len(words):
        return Spans((), np.empty((0, 2)), np.empty((0, 2), np.intp))
    text = read_text(graphemes.labels)
    string = text.string.encode("utf-8", "replace").decode("utf-8")
    bounds = _sentence_starts(string, language)
    first, stop = text.rows.searchsorted(words.child_ranges.T)
    word_before = first.searchsorted(bounds, side="left") - 1  # the last word that begins before the bound
    bounds = bounds[(word_before < 0) | (bounds >= stop[word_before])]
    sentence_of_word = bounds.searchsorted(first, side="right") - 1
    fresh = changes(sentence_of_word).nonzero()[0]
    runs = np.stack((fresh, np.concatenate((fresh[1:], [len(words)]))), axis=1)
    edges = [*bounds.tolist(), len(string)]
    labels = tuple(string[edges[s] : edges[s + 1]].strip() for s in sentence_of_word[fresh].tolist())
    return Spans(labels, spanning_times(words.times, runs), runs)


def _sentence_starts(string: str, language: str, window: int = _WINDOW) -> Index:
    """Find the first character of each sentence; the last one of a window may go on, and begins the next window."""
    from sentencex import get_sentence_boundaries  # noqa: PLC0415 - 4 MB that only sentences need

    starts: list[int] = []
    begin, size = 0, window
    while True:
        piece = string[begin : begin + size]
        found = [begin + sentence["start_index"] for sentence in get_sentence_boundaries(language, piece)]
        if begin + size >= len(string):
            return np.array([*starts, *found], np.intp)
        if len(found) < 2:  # one sentence fills the window
            size *= 2
            continue
        starts += found[:-1]
        begin, size = found[-1], window
