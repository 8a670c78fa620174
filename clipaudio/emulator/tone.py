"""Synthesize a script as tones, one a letter: deterministic, with exact times, without an engine.

Vowels are harmonics of 120 Hz around two raised partials, voiced consonants a soft 120 Hz, voiceless ones
noise, digits and symbols three short tones, spaces and punctuation exact zeros. It is no speech and does
not pretend to be, but every letter has its sound where its times say.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipaudio.synthesis.speech import Samples, Speech, SpokenPhone, Word, WordEvent
from clipaudio.synthesis.spelling import DIGRAPHS, SOUNDS, VOICELESS, VOWELS
from clipaudio.text import base_letter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clipaudio.emulator.script import Script

__all__ = ["speak"]

SAMPLE_RATE = 22050
VERSION = "1"

_PITCH = 120.0
_PARTIALS = {
    "a": (700, 1200), "e": (450, 2000), "i": (300, 2300), "o": (450, 900), "u": (320, 800), "y": (320, 1900)
}  # fmt: skip
_PAUSES = {" ": 0.04, ",": 0.15} | dict.fromkeys(";:—–…", 0.22) | dict.fromkeys(".!?", 0.3)
_ONE_SOUND = ("th", "sh", "ch", "ng", "ph", "ck", "qu")

_WORD = re.compile(r"w(?:[wj]|a(?=w))*")  # over classes of characters, see `_classes`

Sound = NDArray[np.float64]


def speak(script: Script) -> Speech:
    """Synthesize *script* as tones; an empty script gives one frame of silence.

    Examples
    --------
    >>> from clipaudio.emulator.script import Script
    >>> speech = speak(Script("Oh, shy."))
    >>> [word.text for word in speech.words], [phone.label for phone in speech.phones]
    (['Oh', 'shy'], ['o', 'h', 'ʃ', 'j'])
    """
    sounds: list[Sound] = [np.zeros(0)]
    words: list[Word] = []
    phones: list[SpokenPhone] = []
    now = 0
    for first, piece in _pieces(script):
        if isinstance(piece, float):
            sounds.append(np.zeros(round(piece * SAMPLE_RATE)))
            now += len(sounds[-1])
            continue
        start, count = now, len(phones)
        for label, sound in _sounds(piece, first):
            sounds.append(sound)
            phones.append(SpokenPhone(label, now, now + len(sound)))
            now += len(sound)
        if len(phones) == count:
            continue  # a mark without a letter: it stands in a gap, like punctuation
        is_spelled = not any(c.isdigit() for c in piece)
        words.append(Word(piece, first, first + len(piece), start, now, (count, len(phones)), is_spelled))
    samples: Samples = np.rint(np.concatenate(sounds) * 32767).astype(np.int16).reshape(-1, 1)
    return Speech(
        engine="tone",
        version=VERSION,
        text=script.text,
        sample_rate=SAMPLE_RATE,
        samples=samples,
        words=tuple(words),
        phones=tuple(phones),
        word_events=tuple(WordEvent(word.start, word.first, len(word.text)) for word in words),
    ).framed()


def _pieces(script: Script) -> Iterator[tuple[int, str | float]]:
    """Yield each word with its position, and each silence in seconds: the longest that its punctuation asks for."""
    for piece in script.pieces():
        if isinstance(piece, float):
            yield 0, piece
            continue
        offset, text = piece
        last = 0
        for word in _WORD.finditer(_classes(text)):
            if gap := text[last : word.start()]:
                yield 0, max(_PAUSES.get(c, 0.0) for c in gap)
            yield offset + word.start(), text[word.start() : word.end()]
            last = word.end()
        if gap := text[last:]:
            yield 0, max(_PAUSES.get(c, 0.0) for c in gap)


def _classes(text: str) -> str:
    """Write a character's class: w in a word, a apostrophe or hyphen, j joiner, full stop for others."""
    marks = {"'": "a", "’": "a", "-": "a", "\u200d": "j", "\ufe0f": "j"}
    return "".join(marks.get(c) or ("w" if unicodedata.category(c)[0] in "LNMS" else ".") for c in text)


def _sounds(word: str, position: int) -> Iterator[tuple[str, Sound]]:
    """Return the label and the sound of each letter of *word*; a digraph is one, marks and apostrophes none."""
    index = 0
    while index < len(word):
        pair = word[index : index + 2].lower()
        letter = base_letter(word[index].lower())
        if pair in _ONE_SOUND:
            label, index = DIGRAPHS[pair][0], index + 2
        elif letter in SOUNDS:
            label, index = SOUNDS[letter][0], index + 1
        elif unicodedata.category(letter)[0] in "LNS":
            label, index = "ə", index + 1
            yield label, _chirp()
            continue
        else:
            index += 1
            continue
        yield label, _sound(label, letter, seed=position + index)


def _sound(label: str, letter: str, *, seed: int) -> Sound:
    """Make the sound of one label."""
    if label in VOWELS:
        return _vowel(_PARTIALS.get(letter, _PARTIALS["a"]))
    if label in VOICELESS:
        noise = np.random.default_rng(seed).standard_normal(_frames(0.06))
        return _ramped(0.05 * np.clip(noise, -3, 3))
    time = np.arange(_frames(0.06)) / SAMPLE_RATE
    return _ramped(0.1 * np.sin(2 * np.pi * _PITCH * time))


@functools.cache
def _vowel(partials: tuple[int, int]) -> Sound:
    """Sum the harmonics, those near the *partials* loudest."""
    time = np.arange(_frames(0.09)) / SAMPLE_RATE
    harmonics = _PITCH * np.arange(1, 25)
    near = np.min(np.abs(harmonics[:, None] - np.asarray(partials)), axis=1)
    loudness = 0.1 + np.exp(-((near / 150) ** 2))
    wave = np.sin(2 * np.pi * harmonics[:, None] * time).T @ loudness
    return _ramped(0.4 * wave / np.abs(wave).max())


def _chirp() -> Sound:
    """Make three short tones, for what has no letter of its own."""
    time = np.arange(_frames(0.04)) / SAMPLE_RATE
    tones = [0.2 * np.sin(2 * np.pi * pitch * time) for pitch in (500, 700, 900)]
    return np.concatenate([_ramped(tone) for tone in tones])


def _frames(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)


def _ramped(sound: Sound) -> Sound:
    """Fade in and out over 5 ms, so that nothing clicks."""
    ramp = np.minimum(1.0, np.arange(len(sound)) / _frames(0.005))
    return sound * ramp * ramp[::-1]
