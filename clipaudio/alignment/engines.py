"""Engines that align a text with its sound: two of their own name, and any function of the user.

A function of the user gets samples, their rate, the text and its language, and returns `SpeechTimes`. So a model that
clipaudio does not know, and never downloads, can do the work; ``docs/alignment.md`` shows some.
"""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from clipaudio.alignment.pocketsphinx_engine import align_with_pocketsphinx, load
from clipaudio.errors import AlignmentError, OptionError
from clipaudio.synthesis import espeak
from clipaudio.timing.speech_times import SpeechTimes
from clipaudio.timing.word_matching import match_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.alignment.sound import MonoSound
    from clipaudio.timing.speech_times import TimedText

__all__ = ["ENGINES", "AlignmentEngine", "find_engine", "run_engine"]

_OUTSIDE: Final = 1.0  # seconds
_SHARED: Final = 0.7  # of the letters: an engine may read out numbers
_COMPARED: Final = 5000  # characters

ENGINES: Final = ("clipaudio", "pocketsphinx")
"""Names of the engines; the first is the default."""


class AlignmentEngine(Protocol):
    """A function that aligns a text with its sound."""

    def __call__(self, samples: NDArray[np.float32], sample_rate: int, text: str, language: str, /) -> SpeechTimes:
        """Return the words of *text*, in order, with their times in *samples*.

        Parameters
        ----------
        samples
            float32, shape (n,), full scale 1.0: all channels mixed, at the sample rate of the file.
        sample_rate
            Frames a second.
        text
            As the user wrote it.
        language
            Language tag of the text.

        Returns
        -------
        SpeechTimes
            At least `words`, seconds; NaN where a word was not found. `phones` and `confidences` if there are any.
        """
        ...


def find_engine(engine: str | AlignmentEngine) -> str | AlignmentEngine:
    """Return a name of `ENGINES` whose packages are installed, or a function; "module:function" names one.

    Raises
    ------
    MissingExtraError
        The package of an engine is not installed.
    OptionError
        There is no such engine or function.
    """
    if not isinstance(engine, str):
        if not callable(engine):
            raise OptionError(f"engine={engine!r} cannot be called; expected a function or one of {', '.join(ENGINES)}")
        return engine
    module, colon, name = engine.partition(":")
    if colon:
        try:
            function: AlignmentEngine = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise OptionError(f"engine={engine!r} cannot be loaded: {error}; is {module} on PYTHONPATH?") from error
        return find_engine(function)
    if engine not in ENGINES:
        raise OptionError(
            f"engine={engine!r} is unknown; expected one of {', '.join(ENGINES)}, or a function as module:function"
        )
    espeak.check(extra="align")
    if engine == "pocketsphinx":
        load()
    return engine


def run_engine(engine: str | AlignmentEngine, sound: MonoSound, text: str, language: str) -> SpeechTimes:
    """Return what an engine of `find_engine` finds, any but our own.

    Raises
    ------
    AlignmentError
        The engine finds nothing, or its answer is not `SpeechTimes` with words.
    """
    if isinstance(engine, str):
        return align_with_pocketsphinx(sound, text, language)
    samples = np.concatenate([np.empty(0, np.float32), *sound.blocks(sound.sample_rate)])
    return _check(engine(samples, sound.sample_rate, text, language), text, language, sound.duration)


def _judge(words: TimedText, text: str, duration: float) -> tuple[str, ...]:
    """Return what the words of an engine lack: times, and words of the text.

    Raises
    ------
    AlignmentError
        Times lie far outside the sound.
    """
    starts, ends = np.asarray(words.times, np.float64).T
    known = np.concatenate((starts[np.isfinite(starts)], ends[np.isfinite(ends)]))
    if len(known) and not (known.min() >= -_OUTSIDE and known.max() <= duration + _OUTSIDE):
        raise AlignmentError(
            f"the engine's times run from {known.min():.3f} to {known.max():.3f}, and the sound lasts {duration:.3f} s;"
            " expected seconds"
        )
    issues = []
    lost = [label for label, start in zip(words.labels, starts.tolist(), strict=True) if not np.isfinite(start)]
    if lost:
        issues.append(f"the engine found no time for {len(lost)} words, such as {lost[0]!r}: they are guesses")
    if reversed_ := int(np.sum(ends < starts)):
        issues.append(f"{reversed_} words of the engine end before they start")
    theirs, ours = _letters("".join(words.labels)), _letters(text)
    shared = len(match_words(theirs, ours)) / max(len(theirs), 1)
    if shared < _SHARED:
        issues.append(f"the words of the engine share {shared:.0%} of their letters with the text")
    return tuple(issues)


def _letters(text: str) -> list[str]:
    return [letter for letter in text[:_COMPARED].casefold() if letter.isalnum()]


def _check(times: SpeechTimes, text: str, language: str, duration: float) -> SpeechTimes:
    """Return what a function of the user found, with what it left out."""
    if not isinstance(times, SpeechTimes):
        raise AlignmentError(f"the engine returned {type(times).__name__}; expected clipaudio's SpeechTimes")
    if times.words is None or not len(times.words.labels):
        raise AlignmentError("the engine returned no words; expected SpeechTimes with words")
    count, shape = len(times.words.labels), np.shape(times.words.times)
    if shape != (count, 2) or len(times.confidences) not in (0, count):
        raise AlignmentError(
            f"the engine returned {count} words, times of shape {shape} and {len(times.confidences)} confidences;"
            f" expected ({count}, 2) and {count} or none"
        )
    issues = _judge(times.words, text, duration)
    return replace(
        times,
        issues=(*times.issues, *issues),
        text=text if times.text is None else times.text,
        language=times.language or language,
        duration=duration,
        is_estimated=True,
    )
