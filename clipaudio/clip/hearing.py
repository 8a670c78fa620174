"""Hear the words of a clip in its audio, each text once, for the fit of its times and for its phones."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from clipaudio.audio.envelope import read_envelope
from clipaudio.audio.reader import open_audio
from clipaudio.clip.fit import Heard, measure_fit
from clipaudio.errors import AlignmentError, MissingExtraError, SynthesisError
from clipaudio.timing.word_matching import match_words

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from clipaudio.alignment.pronunciation import Pronunciation
    from clipaudio.audio.montage import Montage
    from clipaudio.phonetics.lexicon import Lexicon
    from clipaudio.timing.aligned import Aligned
    from clipaudio.timing.fit_report import Fit
    from clipaudio.timing.speech_times import SpeechTimes

    _Span: TypeAlias = tuple[float, float]

__all__ = ["Hearing"]

_log = logging.getLogger(__name__)

_SAME: Final = 0.002  # seconds


class Hearing:
    """What is said and heard in the sound of a clip.

    Parameters
    ----------
    audio
        The sound of the clip; None if it is not at hand.
    sound
        The same as a montage, from which parts are cut.
    """

    def __init__(self, audio: Path | Montage | None, sound: Montage | None) -> None:
        self.audio = audio
        self._sound = sound
        self._spoken: dict[tuple[str, str, Lexicon | None], Pronunciation] = {}
        self._heard: dict[tuple[str, str, Lexicon | None, _Span | None], SpeechTimes | AlignmentError] = {}

    def pronounce(self, text: str, language: str, lexicon: Lexicon | None = None) -> Pronunciation:
        """Return the phones of a text; see `clipaudio.alignment.pronunciation.pronounce`."""
        from clipaudio.alignment.pronunciation import pronounce  # noqa: PLC0415 - most clips need no engine

        key = text, language, lexicon
        if key not in self._spoken:
            self._spoken[key] = pronounce(text, language=language, lexicon=lexicon)
        return self._spoken[key]

    def align(
        self, text: str, language: str, lexicon: Lexicon | None = None, *, span: _Span | None = None
    ) -> SpeechTimes:
        """Return the times of a text in the sound, or in the seconds of *span*, which then count from its start.

        Raises
        ------
        AlignmentError, AudioError, MissingExtraError
            As for `clipaudio.align_text`.
        """
        from clipaudio.alignment.aligner import align_pronounced  # noqa: PLC0415 - its model loads on use

        assert self.audio is not None
        spoken = self.pronounce(text, language, lexicon)
        key = text, language, lexicon, span
        if key not in self._heard:
            sound = self.audio if span is None else self._cut(*span)
            try:
                self._heard[key] = align_pronounced(sound, spoken)
            except AlignmentError as error:
                self._heard[key] = error
        found = self._heard[key]
        if isinstance(found, AlignmentError):
            raise found
        return found

    def fit(self, aligned: Aligned, *, language: str, starts: NDArray[np.float64] | None = None) -> Fit:
        """Return how well the words of *aligned* fit the sound.

        Parameters
        ----------
        aligned, language
            Of the clip.
        starts
            float64, shape (n,), seconds: the times that were given, where those of most words were estimated
            (captions). Only words that start at one of them are compared.
        """
        assert self.audio is not None
        with open_audio(self.audio) as opened:
            envelope = read_envelope(opened)
        duration = len(envelope.levels) * envelope.step
        heard = self._hear(aligned, language)
        if heard is not None and starts is not None:
            places = np.append(np.sort(starts[np.isfinite(starts)]), np.inf)
            after = np.searchsorted(places, aligned.words.starts - _SAME)
            is_given = places[after] <= aligned.words.starts + _SAME
            times = np.where(is_given.reshape(-1, 1), heard.times, np.nan)
            times[:, 1] = np.nan  # captions stay after the last word
            heard = heard._replace(times=times)
        return measure_fit(aligned.words, envelope, duration, heard=heard)

    def _hear(self, aligned: Aligned, language: str) -> Heard | None:
        """Return the words as the aligner hears them, None where it cannot run."""
        try:
            found = self.align(aligned.text, language)
        except (MissingExtraError, AlignmentError, SynthesisError) as error:
            _log.info("the fit is measured without an aligner: %s", error)
            return None
        if found.words is None:
            return None
        given, heard = aligned.words.labels, found.words.labels
        if given == heard:
            return Heard(found.words.times, np.array(found.confidences))
        times = np.full((len(given), 2), np.nan)
        confidences = np.full(len(given), np.mean(found.confidences))
        ours, theirs = np.array(match_words(given, heard), np.intp).reshape(-1, 2).T
        times[ours] = found.words.times[theirs]
        confidences[ours] = np.array(found.confidences)[theirs]
        return Heard(times, confidences)

    def _cut(self, start: float, stop: float) -> Montage:
        assert self._sound is not None
        rate = self._sound.sample_rate
        return self._sound.cut(round(start * rate), round(stop * rate))
