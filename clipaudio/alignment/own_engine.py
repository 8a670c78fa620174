"""The engine of the project: acoustic scores, a first pass for rough edges, a second one with durations.

Speech or noise that the text lacks is left to fillers, and words that are not said are skipped. Then scores are adapted
to the speaker, and the second pass runs again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.alignment.acoustic_model import score_frames
from clipaudio.alignment.adaptation import adapt_scores
from clipaudio.alignment.confidence import measure_confidences
from clipaudio.alignment.durations import refine_edges
from clipaudio.alignment.features import HOP
from clipaudio.alignment.gaps import find_uncovered, lay_skipped
from clipaudio.alignment.viterbi import find_path
from clipaudio.timing.speech_times import SpeechTimes, TimedText
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.alignment.pronunciation import PhoneStates, Pronunciation

__all__ = ["FoundStates", "align_features", "find_states"]

_FILLER_COST: Final = 3.5  # of each frame of sound that no phone of the text explains


class FoundStates(NamedTuple):
    """Where the states of a text are in a sound.

    Attributes
    ----------
    states
        n states.
    edges
        intp, shape (n, 2): first frame and the one behind the last, 5 ms each; those of skipped states are guesses.
    scores
        float16, shape (frames, classes).
    is_skipped
        bool, shape (n,): states that are not said.
    uncovered
        Start and end in seconds of sound that the text lacks.
    """

    states: PhoneStates
    edges: NDArray[np.intp]
    scores: NDArray[np.float16]
    is_skipped: NDArray[np.bool_]
    uncovered: tuple[tuple[float, float], ...]


def align_features(features: NDArray[np.float16], spoken: Pronunciation, duration: float) -> SpeechTimes:
    """Return words and phones of *spoken* in the sound of *features*.

    Parameters
    ----------
    features
        float16, shape (frames, 40), of `clipaudio.alignment.features.normalize`.
    spoken
        The text as it is said.
    duration
        Of the sound, seconds.

    Raises
    ------
    AlignmentError
        The text has more phones than the sound has frames of 10 ms.
    """
    found = find_states(features, spoken)
    confidences = measure_confidences(spoken, found.states, found.edges, found.scores, found.is_skipped)
    issues = _describe(spoken, confidences, found.uncovered)
    return _to_speech_times(spoken, found, confidences, issues, duration)


def find_states(features: NDArray[np.float16], spoken: Pronunciation) -> FoundStates:
    """Return where the states of *spoken* are: what `align_features` makes words and phones of."""
    scores = score_frames(features)
    states = spoken.states()
    speech = scores[:, 1:].max(axis=1) - np.float16(_FILLER_COST)
    is_sound, filler = speech > scores[:, 0], np.maximum(scores[:, 0], speech)
    path = find_path(_halve(scores), states, _halve(filler))
    said = np.flatnonzero(~path.is_skipped)
    rough = np.minimum(path.ends[said] * 2, len(scores))
    said_states, is_filled = states.take(said), path.is_filled[said]
    ends = refine_edges(scores, said_states, rough, filler, is_filled)
    adapted = adapt_scores(scores, features, said_states, ends, is_filled)
    ends = refine_edges(adapted, said_states, ends, filler, is_filled)
    edges = np.zeros((len(states), 2), np.intp)
    edges[said] = np.stack((np.append(0, ends[:-1]), ends), axis=1)
    edges = lay_skipped(states, edges, path.is_skipped, is_sound)
    uncovered = find_uncovered(edges, path.is_filled & ~path.is_skipped, is_sound)
    return FoundStates(states, edges, scores, path.is_skipped, uncovered)


def _halve(scores: NDArray[np.float16]) -> NDArray[np.float16]:
    """Return the sum of each two frames; a last odd one stands alone."""
    if len(scores) % 2:
        scores = np.concatenate((scores, scores[-1:]))
    halved: NDArray[np.float16] = scores[::2] + scores[1::2]
    return halved


def _describe(
    spoken: Pronunciation, confidences: tuple[float, ...], uncovered: tuple[tuple[float, float], ...]
) -> tuple[str, ...]:
    """Return sentences on sound without words, and on words without sound."""
    found = [f"no word covers the sound from {start:.2f} to {end:.2f} s" for start, end in uncovered]
    gone = np.diff(np.concatenate(([False], np.array(confidences) == 0, [False])).astype(np.int8))
    for first, stop in np.flatnonzero(gone).reshape(-1, 2).tolist():
        text = " ".join(word.text for word in spoken.words[first:stop])
        found.append(f"not heard, its times are guessed: {text if len(text) <= 60 else text[:59] + '…'}")
    return tuple(found)


def _to_speech_times(
    spoken: Pronunciation,
    found: FoundStates,
    confidences: tuple[float, ...],
    issues: tuple[str, ...],
    duration: float,
) -> SpeechTimes:
    """Return words and phones in seconds."""
    states, edges = found.states, found.edges
    rows = np.flatnonzero(~states.is_silence)
    times = np.zeros((len(spoken.phones), 2))
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
        issues=issues,
        is_estimated=True,
    )
