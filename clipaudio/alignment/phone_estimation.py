"""Estimate the phones of words whose times are known: by sound where there is audio, else by typical lengths.

The phones are those of the text as espeak-ng says it. Those of a word are laid into its given time, in proportion to
the times that the aligner finds, or to the durations of espeak-ng. A word that cannot be said so has the phones of its
letters: where none of its consonants is among the sounds, where there are more sounds than its time or its letters can
hold, and where espeak-ng says nothing. One without time has none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.phonetics.articulation import SoundKind
from clipaudio.phonetics.ipa import read_ipa, split_ipa
from clipaudio.phonetics.letter_agreement import letter_classes, sound_classes
from clipaudio.phonetics.letter_rules import UNKNOWN, read_word
from clipaudio.text import is_spoken
from clipaudio.timing.timeline import Timeline
from clipaudio.timing.word_matching import match_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from clipaudio.alignment.pronunciation import Pronunciation
    from clipaudio.timing.speech_times import SpeechTimes
    from clipaudio.timing.timeline import Index

__all__ = ["EstimatedPhones", "estimate_phones"]

_SHORTEST: Final = 1e-3
_FASTEST: Final = 0.025  # seconds a phone; fast speech has some 0.05
_LEAST: Final = 0.002  # seconds a phone, however few they are
_MANY: Final = 6  # phones that are too many to be a short word said fast
_FEWEST: Final = 2  # consonants that can contradict
_MOST_FOR_LETTER: Final = 4  # phones; a Chinese syllable has as many
_VOICES: Final = {"cmn": "zh", "nb": "no"}


class EstimatedPhones(NamedTuple):
    """Phones in IPA, each inside its word, and the rows of the words whose phones are those of their letters."""

    phones: Timeline
    lettered_words: Index


def estimate_phones(words: Timeline, spoken: Pronunciation, *, heard: SpeechTimes | None = None) -> EstimatedPhones:
    """Return the phones of *words*.

    Parameters
    ----------
    words
        Words with tidy times, as written in the text that is spoken.
    spoken
        The whole text as `clipaudio.alignment.pronunciation.pronounce` says it.
    heard
        The same as `align_text` heard it; None lays phones by their typical lengths.

    Returns
    -------
    EstimatedPhones
        Words that espeak-ng divides otherwise than they are written share the phones of the words around them that it
        divides otherwise, too.

    Examples
    --------
    >>> from clipaudio.alignment.pronunciation import pronounce
    >>> words = Timeline(("Hi", "you"), [[0.0, 0.3], [0.5, 0.9]])
    >>> phones = estimate_phones(words, pronounce("Hi you", language="en")).phones
    >>> phones.labels, phones.times[[0, -1]].round(3).tolist()[1][1]
    (('h', 'ˈaɪ', 'j', 'uː'), 0.9)
    """
    sizes = spoken.durations
    if heard is not None and len(heard.phones) == len(sizes):  # an engine may have phones of its own
        sizes = np.where(np.isfinite(heard.phones.durations), heard.phones.durations, sizes)
    edges = np.cumsum(np.append(0.0, np.maximum(sizes, _SHORTEST)))
    labels: list[str] = []
    times: list[NDArray[np.float64]] = [np.empty((0, 2))]
    lettered: list[int] = []
    for (a, b), (c, d) in _pair(words.labels, [word.text for word in spoken.words]):
        first, stop = (spoken.words[c].phones[0], spoken.words[d - 1].phones[1]) if c < d else (0, 0)
        said = spoken.phones[first:stop]
        if _can_be(words.labels[a:b], said, float(np.diff(words.times[a:b]).sum())):
            labels += said
            times.append(
                _lay((edges[first : stop + 1] - edges[first]) / (edges[stop] - edges[first]), words.times[a:b])
            )
            continue
        for row in range(a, b):
            lettered.append(row)
            own, share = _spell(words.labels[row], spoken.voice)
            if words.durations[row] < _LEAST * len(own):  # formats in milliseconds could not hold them
                continue
            labels += own
            times.append(_lay(share, words.times[row : row + 1]))
    return EstimatedPhones(Timeline(tuple(labels), np.concatenate(times)), np.array(lettered, np.intp))


def _pair(given: Sequence[str], spoken: Sequence[str]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield pairs of half-open rows that cover *given*: one word each where both agree, else runs that differ."""
    a = c = 0
    for b, d in [*match_words(given, spoken), (len(given), len(spoken))]:
        if b - a == d - c:
            yield from (((a + row, a + row + 1), (c + row, c + row + 1)) for row in range(b - a))
        elif a < b:
            yield (a, b), (c, d)
        if b < len(given):
            yield (b, b + 1), (d, d + 1)
        a, c = b + 1, d + 1


def _can_be(written: Sequence[str], said: Sequence[str], seconds: float) -> bool:
    """Return False if words that are written so cannot be said so in that time."""
    if not said or seconds < (_FASTEST if len(said) >= _MANY else _LEAST) * len(said):
        return False
    text = "".join(written)
    if any(character.isdigit() for character in text):  # read out
        return True
    classes = [found for found in map(letter_classes, text) if found]
    if not classes:  # of another script: its letters may be named instead ("Chinese letter")
        return len(said) <= _MOST_FOR_LETTER * sum(map(is_spoken, text)) + 1
    vowels = letter_classes("a")
    consonants = [found for found in classes if found != vowels]
    sounds = [sound for label in said for sound in read_ipa(label).sounds]
    heard = sound_classes(sounds)
    has_consonant = any(sound.kind == SoundKind.CONSONANT for sound in sounds)  # those of "eaux" are silent
    return not has_consonant or len(consonants) < _FEWEST or any(not one.isdisjoint(heard) for one in consonants)


def _spell(word: str, voice: str) -> tuple[list[str], NDArray[np.float64]]:
    """Return the phones of the letters of *word* and their edges as shares of its time; none if a letter is unknown."""
    language = voice.partition("-")[0]
    labels: list[str] = []
    sizes: list[float] = []
    for unit in read_word(word.lower(), _VOICES.get(language, language)):
        if unit.ipa == UNKNOWN:
            return [], np.zeros(1)
        own = split_ipa(unit.ipa)
        labels += own
        sizes += [(unit.stop - unit.first) / len(own)] * len(own)
    edges = np.cumsum([0.0, *sizes])
    return labels, edges / max(edges[-1], 1.0)


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
