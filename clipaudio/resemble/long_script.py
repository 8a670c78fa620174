"""Split a long script into texts that the service accepts, at the ends of sentences.

Conventions
-----------
Characters count as the service counts them: Unicode code points. White space between two pieces belongs to neither; all
other characters are in one piece each, in order.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import regex

from clipaudio.errors import RequestError
from clipaudio.timing.letter_times import split_graphemes
from clipaudio.timing.sentences import find_sentences
from clipaudio.timing.timeline import Timeline
from clipaudio.timing.words import find_words

__all__ = ["SCRIPT_LIMIT", "split_script"]

SCRIPT_LIMIT: Final = 2900
"""Characters of a piece; the documented limit is 3000."""
_TAG: Final = regex.compile(r"</?[A-Za-z][^<>]{0,400}>")
_CLAUSE: Final = regex.compile(r"[,;:\u2013\u2014\u060c\u3001\uff0c\uff1b]\s*")
_BLANK: Final = regex.compile(r"\s+")


def split_script(text: str, *, limit: int = SCRIPT_LIMIT, language: str = "en") -> list[str]:
    """Split *text* into pieces of at most *limit* characters.

    A piece ends with a sentence, if possible with a paragraph that fills half of it. A longer sentence is split at a
    mark inside it, else between words, else anywhere between two characters that a reader perceives.

    Parameters
    ----------
    text
        Plain text.
    limit
        Characters of a piece, at least 1.
    language
        Language tag, for the ends of sentences.

    Raises
    ------
    RequestError
        The text has elements of SSML, which may span sentences, or *limit* is below 1.

    Examples
    --------
    >>> split_script("One. Two, and three. Four!", limit=16)
    ['One.', 'Two, and three.', 'Four!']
    """
    if limit < 1:
        raise RequestError(f"limit is {limit}, expected 1 or more", field="limit")
    found = _TAG.search(text)
    if found:
        raise RequestError(
            f"the script has {found[0][:40]!r}; elements of SSML cannot be split, so send such a text as a body",
            field="script",
        )
    ends = _sentence_ends(text, language)
    pieces: list[str] = []
    start, last, paragraph = 0, 0, 0
    for end in [*ends, len(text)]:
        while _measure(text, start, end) > limit:
            cut = paragraph if paragraph - start >= limit // 2 else last
            if cut <= start:
                cut = _split_sentence(text, start, end, limit)
            pieces.append(text[start:cut].strip())
            start = cut
        last = end
        before = text[max(end - 40, 0) : end]
        if before[len(before.rstrip()) :].count("\n") > 1:
            paragraph = end
    pieces.append(text[start:].strip())
    return [piece for piece in pieces if piece]


def _measure(text: str, start: int, end: int) -> int:
    """Return the characters from *start* to *end*, without the blanks around them."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return end - start


def _sentence_ends(text: str, language: str) -> list[int]:
    """Return the character behind each sentence and the marks that close it."""
    letters = split_graphemes(text)
    places = np.concatenate(([0], np.cumsum([len(letter) for letter in letters], dtype=np.intp)))
    rows = np.arange(len(letters), dtype=np.float64)
    line = Timeline(letters, np.column_stack((rows, rows + 1)))
    words = find_words(line)
    sentences = find_sentences(line, words, language=language)
    starts = words.child_ranges[sentences.child_ranges[1:, 0], 0] if len(sentences) else np.empty(0, np.intp)
    ends = []
    for start in places[starts].tolist():  # marks before the first word open the sentence that follows
        end = start
        while end and not text[end - 1].isspace():
            end -= 1
        ends.append(end or start)
    return ends


def _split_sentence(text: str, start: int, end: int, limit: int) -> int:
    """Return where a sentence that is too long is split, at most *limit* characters behind its first letter."""
    while text[start].isspace():
        start += 1
    stop = min(start + limit, end)
    for pattern in (_CLAUSE, _BLANK):
        cuts = [found.end() for found in pattern.finditer(text, start, stop)]
        if cuts and cuts[-1] - start >= (limit // 2 if pattern is _CLAUSE else 1):
            return cuts[-1]
    letters = split_graphemes(text[start : stop + 40])
    size = 0
    for letter in letters:
        if size and size + len(letter) > limit:
            break
        size += len(letter)
    return start + min(size, max(limit, 1)) if size <= limit else start + limit
