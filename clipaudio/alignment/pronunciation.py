"""Turn a text into the phones that are spoken, their typical durations, and the words that they belong to.

espeak-ng says them, in a process of its own: any of its languages, numbers read out, heteronyms by the sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import regex

from clipaudio.alignment.phone_classes import SILENCE, classes_of
from clipaudio.errors import AlignmentError, SynthesisError
from clipaudio.synthesis import espeak
from clipaudio.synthesis.speech import from_events
from clipaudio.timing.language_detection import detect_language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from clipaudio.phonetics.lexicon import Lexicon

__all__ = ["PhoneStates", "Pronunciation", "SpokenWord", "pronounce", "voice_of_language"]

_PIECE: Final = 3000  # characters that are spoken in one process: some four minutes
_TIMEOUT: Final = 30.0  # seconds for a piece, which takes a fifth of one
_MOST_CHARACTERS: Final = 2_000_000  # thirty hours of speech
_VOICES: Final = {"en": "en-us", "zh": "cmn", "no": "nb", "fr": "fr-fr", "iw": "he", "tl": "id", "fil": "id"}
_SCRIPTS: Final = {
    "cmn": regex.compile(r"\p{Han}"),
    "ru": regex.compile(r"\p{Cyrillic}"),
    "ar": regex.compile(r"\p{Arabic}"),
    "hi": regex.compile(r"\p{Devanagari}"),
    "am": regex.compile(r"\p{Ethiopic}"),
}
"""Voices for texts whose language is not known, and for which English stands."""
_FIRST_HALF: Final = 0.6
_BREAKS: Final = frozenset('.,;:!?…—–()«»“”"¿¡。，、；：！？।؟،؛')


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word: its letters in the text, and the half-open rows of its phones."""

    text: str
    first: int
    stop: int
    phones: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class PhoneStates:
    """The states of an alignment: a silence, the phones of a word, a silence, …, a silence.

    Attributes
    ----------
    classes
        intp, shape (n,): the phone class; silences are optional.
    durations
        float64, shape (n,): typical seconds; 0 for silences.
    phones
        intp, shape (n,): the row of the phone, -1 for silences.
    is_break
        bool, shape (n,): silences where the text has a mark, begins or ends.
    """

    classes: NDArray[np.intp]
    durations: NDArray[np.float64]
    phones: NDArray[np.intp]
    is_break: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def is_silence(self) -> NDArray[np.bool_]:
        """Mask of the silences."""
        return self.phones < 0

    def take(self, rows: NDArray[np.intp]) -> PhoneStates:
        """Return some of the states."""
        return PhoneStates(self.classes[rows], self.durations[rows], self.phones[rows], self.is_break[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Pronunciation:
    """A text as it is spoken.

    Attributes
    ----------
    text
        With single spaces; positions of words count from its start.
    words
        In the order of the text.
    phones
        IPA labels.
    durations
        float64, shape (phones,): typical seconds.
    voice
        Voice of espeak-ng.
    """

    text: str
    words: tuple[SpokenWord, ...]
    phones: tuple[str, ...]
    durations: NDArray[np.float64]
    voice: str

    def states(self) -> PhoneStates:
        """Return the states to align: phones, with a silence around each word."""
        states = [(SILENCE, 0.0, -1, True)]
        places = [word.first for word in self.words[1:]] + [len(self.text)]
        for word, place in zip(self.words, places, strict=True):
            for row in range(*word.phones):
                parts = classes_of(self.phones[row])
                length = float(self.durations[row])
                shares = (_FIRST_HALF, 1 - _FIRST_HALF) if len(parts) == 2 else (1 / len(parts),) * len(parts)
                states += [(part, length * share, row, False) for part, share in zip(parts, shares, strict=True)]
            states.append((SILENCE, 0.0, -1, any(c in _BREAKS for c in self.text[word.stop : place])))
        states[-1] = (SILENCE, 0.0, -1, True)
        classes, durations, phones, breaks = zip(*states, strict=True)
        return PhoneStates(np.array(classes, np.intp), np.array(durations), np.array(phones, np.intp), np.array(breaks))


def voice_of_language(language: str) -> str:
    """Return the voice of espeak-ng that speaks *language*, a tag such as "en" or "pt-BR".

    Examples
    --------
    >>> voice_of_language("en"), voice_of_language("pt-BR"), voice_of_language("zh-Hans")
    ('en-us', 'pt-br', 'cmn')
    """
    tag = language.lower().replace("_", "-")
    return _VOICES.get(tag) or _VOICES.get(tag.partition("-")[0], tag if tag != "fr-fr" else "fr-fr")


def _voice_of_script(text: str) -> str | None:
    """Return the voice for a text that is not in Latin letters, None if most are.

    >>> _voice_of_script("Привет"), _voice_of_script("你好"), _voice_of_script("Hello there, мир.")
    ('ru', 'cmn', None)
    """
    letters = sum(map(str.isalpha, text))
    for voice, script in _SCRIPTS.items():
        if 2 * len(script.findall(text)) > letters:
            return voice
    return None


def pronounce(text: str, *, language: str | None, lexicon: Lexicon | None = None) -> Pronunciation:
    """Return the phones and words of *text*.

    Parameters
    ----------
    text
        Numbers are read out, and heteronyms follow their sentence.
    language
        Language tag of the text; None finds it from the text, and takes English where that is uncertain. Where most
        letters are not Latin, English is that of their script: Russian, Arabic, Hindi, Amharic, Mandarin.
    lexicon
        Its words have its phones.

    Raises
    ------
    AlignmentError
        The text has nothing to speak, is too long, or espeak-ng has no voice for the language.
    MissingExtraError
        espeakng-loader is not installed.

    Examples
    --------
    >>> spoken = pronounce("It is 5.", language="en")
    >>> [word.text for word in spoken.words], spoken.phones[-3:]
    (['It', 'is', '5'], ('f', 'ˈaɪ', 'v'))
    """
    espeak.check(extra="align")
    plain = " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text).split())
    if len(plain) > _MOST_CHARACTERS:
        raise AlignmentError(f"a text of {len(plain)} characters; at most {_MOST_CHARACTERS} can be aligned at once")
    language = language or detect_language(text) or "en"
    voice = _voice_of_script(plain) if language == "en" else None
    voice = voice or voice_of_language(language)
    words: list[SpokenWord] = []
    phones: list[str] = []
    durations: list[float] = []
    for offset, piece in _pieces(plain):
        try:
            order = {"voice": voice, "pieces": [{"offset": 0, "text": piece}], "silent": True}
            header, _ = espeak.run_engine(order, timeout=_TIMEOUT)
        except SynthesisError as error:
            raise AlignmentError(f"no phones of a text in {language!r}: {error}") from error
        found, spoken = from_events(piece, [tuple(event) for event in header["events"]], header["frames"])
        lengths = [(phone.end - phone.start) / header["sample_rate"] for phone in spoken]
        for word in found:
            run = slice(*word.run)
            said, sizes = _look_up(word.text, [phone.label for phone in spoken[run]], lengths[run], lexicon)
            words.append(
                SpokenWord(word.text, offset + word.first, offset + word.stop, (len(phones), len(phones) + len(said)))
            )
            phones += said
            durations += sizes
    if not words:
        raise AlignmentError("the text has no word that can be spoken; give the words of the sound")
    return Pronunciation(plain, tuple(words), tuple(phones), np.array(durations), voice)


def _look_up(
    word: str, phones: list[str], durations: list[float], lexicon: Lexicon | None
) -> tuple[list[str], list[float]]:
    """Return the phones of *word* and their durations: of the lexicon, all of mean length, else as given."""
    found = None if lexicon is None else lexicon.find(word)
    if found is None or not phones:
        return phones, durations
    return list(found), [sum(durations) / len(phones)] * len(found)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield runs of *text* with their offset, cut behind a sentence or else at a blank."""
    first = 0
    while first < len(text):
        stop = len(text)
        if stop - first > _PIECE:
            stop = first + _PIECE
            ends = [text.rfind(mark, first, stop) for mark in (". ", "? ", "! ", "。", " ")]
            stop = next((end + 1 for end in ends if end > first + _PIECE // 3), stop)
        yield first, text[first:stop]
        first = stop
