"""Estimate the phones of words whose times are known: by sound where there is audio, else by typical lengths.

The phones are those of the text as espeak-ng says it. Those of a word are laid into its given time, in proportion to
the times that the aligner finds, or to the durations of espeak-ng.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.alignment.aligner import align_text
from clipaudio.alignment.pronunciation import pronounce
from clipaudio.errors import AlignmentError
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray

    from clipaudio.audio.reader import Recording

__all__ = ["estimate_phones"]

_MOST_COMPARED: Final = 5000  # words that differ; comparing lists of words takes the square of their number
_SHORTEST: Final = 1e-3


def estimate_phones(
    words: Timeline, text: str, *, language: str, audio: str | os.PathLike[str] | bytes | Recording | None = None
) -> Timeline:
    """Return the phones of *words*, IPA, each inside its word.

    Parameters
    ----------
    words
        Words with tidy times, as written in *text*.
    text
        The whole text: heteronyms and numbers follow the sentence.
    language
        Language tag of the text.
    audio
        Its sound; None lays phones by their typical lengths.

    Returns
    -------
    Timeline
        Words that espeak-ng says otherwise than they are written share the phones of the words around them that are
        written otherwise, too; a word that it does not say has none.

    Raises
    ------
    AlignmentError
        There is nothing to speak, or too many words differ; with audio, as `align_text`.
    MissingExtraError
        espeakng-loader is not installed.

    Examples
    --------
    >>> words = Timeline(("Hi", "you"), [[0.0, 0.3], [0.5, 0.9]])
    >>> phones = estimate_phones(words, "Hi you", language="en")
    >>> phones.labels, phones.times[[0, -1]].round(3).tolist()[1][1]
    (('h', 'ˈaɪ', 'j', 'uː'), 0.9)
    """
    spoken = pronounce(text, language=language)
    sizes = spoken.durations if audio is None else align_text(audio, text, language=language).phones.durations
    edges = np.cumsum(np.append(0.0, np.maximum(sizes, _SHORTEST)))
    labels: list[str] = []
    times: list[NDArray[np.float64]] = []
    names = tuple(word.text for word in spoken.words)
    for (a, b), (c, d) in _pair(words.labels, names):
        if a == b or c == d:
            continue
        first, stop = spoken.words[c].phones[0], spoken.words[d - 1].phones[1]
        share = (edges[first : stop + 1] - edges[first]) / (edges[stop] - edges[first])
        labels += spoken.phones[first:stop]
        times.append(_lay(share, words.times[a:b]))
    return Timeline(tuple(labels), np.concatenate(times) if times else np.empty((0, 2)))


def _pair(given: tuple[str, ...], spoken: tuple[str, ...]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return pairs of half-open rows: one word each where both agree, else runs that differ."""
    if given == spoken:
        return [((row, row + 1), (row, row + 1)) for row in range(len(given))]
    if max(len(given), len(spoken)) > _MOST_COMPARED:
        raise AlignmentError(f"more than {_MOST_COMPARED} words, not all spoken as written; cut the clip")
    pairs: list[tuple[tuple[int, int], tuple[int, int]]] = []
    for kind, a, b, c, d in SequenceMatcher(None, given, spoken, autojunk=False).get_opcodes():
        if kind == "equal" or b - a == d - c:
            pairs += [((a + row, a + row + 1), (c + row, c + row + 1)) for row in range(b - a)]
        else:
            pairs.append(((a, b), (c, d)))
    return pairs


def _lay(share: NDArray[np.float64], spans: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return times of phones with edges at *share* (0 to 1) of the time inside *spans*; gaps between them are skipped.

    A phone that would cross a gap is in the span that holds its middle.
    """
    lengths = np.maximum(np.diff(spans, axis=1).ravel(), _SHORTEST)
    ends = np.cumsum(lengths)
    inside = share * ends[-1]
    row = np.minimum(np.searchsorted(ends, (inside[:-1] + inside[1:]) / 2), len(spans) - 1)
    begin = spans[row, 0] - (ends - lengths)[row]
    found = np.stack((inside[:-1] + begin, inside[1:] + begin), axis=1)
    inner: NDArray[np.float64] = np.clip(found, spans[row, :1], np.maximum(spans[row, 1:], spans[row, :1]))
    return inner
