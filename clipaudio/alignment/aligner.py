"""Align a text with its sound: words and phones with their times, and a confidence for each word.

Pronunciation, acoustic scores, a first pass for rough edges, a second pass with durations. Speech or noise before the
first word and behind the last one is left to a filler.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from clipaudio.alignment.acoustic_model import score_frames
from clipaudio.alignment.durations import refine_edges
from clipaudio.alignment.features import HOP, SAMPLE_RATE, log_mel
from clipaudio.alignment.pronunciation import pronounce
from clipaudio.alignment.viterbi import find_path
from clipaudio.errors import AlignmentError, OptionError
from clipaudio.timing.language_detection import detect_language
from clipaudio.timing.speech_times import SpeechTimes, TimedText
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from clipaudio.alignment.pronunciation import PhoneStates, Pronunciation
    from clipaudio.audio.reader import AudioReader, Recording

__all__ = ["ENGINES", "align_text"]

ENGINES: Final = ("builtin",)
"""Names of the engines."""

_BLOCK: Final = 1 << 18
_SILENT: Final = 1e-4  # peak, full scale 1.0: below 80 dB there is no speech
_FILLER_COST: Final = 3.5
_MOST_HOURS: Final = 12.0
_MATCH, _CLARITY, _BIAS = 3.4, 1.9, -7.0
"""A logistic regression on right and wrong texts, music and noise; `tools/aligner/measure.py` shows what it gives."""
_NEIGHBOUR: Final = 0.3  # the share of each neighbour in the judgement of a word


def align_text(
    audio: str | os.PathLike[str] | bytes | Recording,
    text: str,
    *,
    language: str | None = None,
    engine: str = "builtin",
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
        One of `ENGINES`.

    Returns
    -------
    SpeechTimes
        Words and phones, seconds, marked as estimated, with a confidence from 0 to 1 for each word. A text that is
        not said in the audio gets times as well: look at the confidences.

    Raises
    ------
    AlignmentError
        There is nothing to speak or to hear, or the text is far too long for the sound.
    AudioError
        The file holds no audio.
    MissingExtraError
        espeakng-loader is not installed.
    OptionError
        There is no such engine.
    """
    if engine not in ENGINES:
        raise OptionError(f"engine={engine!r} is unknown; expected one of {', '.join(ENGINES)}")
    spoken = pronounce(text, language=language or detect_language(text) or "en")
    features, duration = _read_features(audio)
    scores = score_frames(features)
    del features
    states = spoken.states()
    filler = _score_filler(scores)
    rough = find_path(_halve(scores), states.classes, states.is_silence, _halve(filler)) * 2
    ends = refine_edges(scores, states, np.minimum(rough, len(scores)), filler)
    edges = np.stack((np.append(0, ends[:-1]), ends), axis=1)
    return _to_speech_times(spoken, states, edges, _measure_confidences(spoken, states, edges, scores), duration)


def _read_features(audio: str | os.PathLike[str] | bytes | Recording) -> tuple[NDArray[np.float16], float]:
    """Return log-mel features and the seconds of *audio*."""
    from clipaudio.audio.reader import open_audio  # noqa: PLC0415 - audio loads on use

    with open_audio(audio, max_hours=_MOST_HOURS) as opened:
        state = {"frames": 0, "peak": 0.0}
        features = log_mel(_read_mono(opened, state))
        duration = state["frames"] / opened.sample_rate
    if not state["peak"] > _SILENT:
        raise AlignmentError("the audio is silent; there is nothing to align the text with")
    return features, duration


def _read_mono(audio: AudioReader, state: dict[str, Any]) -> Iterator[NDArray[np.float32]]:
    """Yield the samples at 16 kHz, mixed to one channel; count them and note the loudest in *state*."""
    import soxr  # noqa: PLC0415 - loads on use

    stream = soxr.ResampleStream(audio.sample_rate, SAMPLE_RATE, 1, dtype="float32")
    for block in audio.blocks(_BLOCK):
        scale = 1.0 if block.dtype.kind == "f" else 2.0 ** (8 * block.dtype.itemsize - 1)
        mono = np.nan_to_num((block / scale).mean(axis=1), posinf=0.0, neginf=0.0).astype(np.float32)
        state["frames"] += len(mono)
        state["peak"] = max(state["peak"], float(np.abs(mono).max(initial=0.0)))
        yield stream.resample_chunk(mono)
    yield stream.resample_chunk(np.empty(0, np.float32), last=True)


def _score_filler(scores: NDArray[np.float16]) -> NDArray[np.float16]:
    """Return the score of silence, or of any speech at a cost: what stands before and behind the text."""
    filler: NDArray[np.float16] = np.maximum(scores[:, 0], scores[:, 1:].max(axis=1) - np.float16(_FILLER_COST))
    return filler


def _halve(scores: NDArray[np.float16]) -> NDArray[np.float16]:
    """Return the sum of each two frames; a last odd one stands alone."""
    if len(scores) % 2:
        scores = np.concatenate((scores, scores[-1:]))
    halved: NDArray[np.float16] = scores[::2] + scores[1::2]
    return halved


def _measure_confidences(
    spoken: Pronunciation, states: PhoneStates, edges: NDArray[np.intp], scores: NDArray[np.float16]
) -> tuple[float, ...]:
    """Return a confidence for each word: its phones fit the sound, and the sound is clearly speech.

    The neighbours of a word count too: one word alone is too short to judge, and a wrong text is wrong in a row.
    """
    phone_words = np.repeat(np.arange(len(spoken.words)), [b - a for a, b in (word.phones for word in spoken.words)])
    totals, counts = np.zeros(len(spoken.words)), np.zeros(len(spoken.words))
    for row in np.flatnonzero(states.phones >= 0).tolist():
        first, stop = edges[row].tolist()
        part = scores[first:stop].astype(np.float64)
        word = phone_words[states.phones[row]]
        totals[word] += _MATCH * part[:, states.classes[row]].sum() + _CLARITY * part.max(axis=1, initial=-30).sum()
        counts[word] += stop - first
    own = np.where(counts > 0, totals / np.maximum(counts, 1), -30)
    around = np.pad(own, 1, mode="edge")
    mean = (1 - 2 * _NEIGHBOUR) * own + _NEIGHBOUR * (around[:-2] + around[2:])
    return tuple((1 / (1 + np.exp(-np.clip(mean + _BIAS, -30, 30)))).round(3).tolist())


def _to_speech_times(
    spoken: Pronunciation,
    states: PhoneStates,
    edges: NDArray[np.intp],
    confidences: tuple[float, ...],
    duration: float,
) -> SpeechTimes:
    """Return words and phones in seconds."""
    count = len(spoken.phones)
    rows = np.flatnonzero(states.phones >= 0)
    times = np.zeros((count, 2))
    times[states.phones[rows[::-1]], 0] = edges[rows[::-1], 0]  # the first state of a phone is written last
    times[states.phones[rows], 1] = edges[rows, 1]
    times = np.minimum(times * HOP, duration)
    ranges = np.array([word.phones for word in spoken.words])
    words = np.stack((times[ranges[:, 0], 0], times[ranges[:, 1] - 1, 1]), axis=1)
    return SpeechTimes(
        source="alignment",
        words=TimedText(tuple(word.text for word in spoken.words), words),
        phones=Timeline(spoken.phones, times),
        text=spoken.text,
        language=spoken.voice.partition("-")[0],
        duration=duration,
        confidences=confidences,
        is_estimated=True,
    )
