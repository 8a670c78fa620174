"""Align a text with its sound: words and phones with their times, and a confidence for each word."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from clipaudio.alignment.engines import ENGINES, find_engine, run_engine
from clipaudio.alignment.features import SAMPLE_RATE, log_mel, normalize
from clipaudio.alignment.own_engine import align_features
from clipaudio.alignment.pronunciation import pronounce
from clipaudio.alignment.sound import MonoSound
from clipaudio.errors import OptionError
from clipaudio.timing.language_detection import detect_language

if TYPE_CHECKING:
    import os

    from clipaudio.alignment.engines import AlignmentEngine
    from clipaudio.alignment.pronunciation import Pronunciation
    from clipaudio.audio.reader import Recording
    from clipaudio.phonetics.lexicon import Lexicon
    from clipaudio.timing.speech_times import SpeechTimes

__all__ = ["align_pronounced", "align_text"]

_MOST_HOURS: Final = 12.0


def align_text(
    audio: str | os.PathLike[str] | bytes | Recording,
    text: str,
    *,
    language: str | None = None,
    engine: str | AlignmentEngine = ENGINES[0],
    lexicon: Lexicon | None = None,
) -> SpeechTimes:
    """Return the times of the words and phones of *text* in *audio*.

    Parameters
    ----------
    audio
        An audio file: a path, its bytes or a recording. Channels are mixed.
    text
        What is said, in the order in which it is said. Numbers are read out.
    language
        Language tag of the text, one that espeak-ng speaks. None finds it from the text, and takes English where that
        is uncertain.
    engine
        "clipaudio", "pocketsphinx" (English), or a function `AlignmentEngine`, which "module:function" names, too.
    lexicon
        How its words are spoken, for the engine "clipaudio"; see `clipaudio.phonetics.lexicon.read_lexicon`.

    Returns
    -------
    SpeechTimes
        Words and phones, seconds, marked as estimated. From "clipaudio" each word has a confidence from 0 to 1; a word
        that is not heard has 0 and a guessed time; `issues` name such words, and sound that no word covers.

    Raises
    ------
    AlignmentError
        There is nothing to speak or to hear, or the text is far too long for the sound.
    AudioError
        The file holds no audio.
    MissingExtraError
        A package of the engine is not installed.
    OptionError
        There is no such engine, or it takes no lexicon.
    """
    from clipaudio.audio.reader import open_audio  # noqa: PLC0415 - audio loads on use

    found = find_engine(engine)
    language = language or detect_language(text) or "en"
    if found == ENGINES[0]:
        return align_pronounced(audio, pronounce(text, language=language, lexicon=lexicon))
    if lexicon is not None:
        raise OptionError(f"lexicon= goes with engine={ENGINES[0]!r}; leave one out")
    with open_audio(audio, max_hours=_MOST_HOURS) as opened:
        sound = MonoSound(opened)
        times = run_engine(found, sound, text, language)
        return replace(times, issues=(*sound.issues, *times.issues))


def align_pronounced(audio: str | os.PathLike[str] | bytes | Recording, spoken: Pronunciation) -> SpeechTimes:
    """Return the times of a text that is pronounced already, in *audio*, as "clipaudio" finds them.

    Raises
    ------
    AlignmentError, AudioError
        As for `align_text`.
    """
    from clipaudio.audio.reader import open_audio  # noqa: PLC0415 - audio loads on use

    with open_audio(audio, max_hours=_MOST_HOURS) as opened:
        sound = MonoSound(opened)
        times = align_features(normalize(log_mel(sound.blocks(SAMPLE_RATE))), spoken, sound.duration)
        return replace(times, issues=(*sound.issues, *times.issues))
