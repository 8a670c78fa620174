"""Judge how sure it is that each word is said where it stands.

A logistic regression on three measures of its frames: how well its phones fit them, how far the durations of its phones
are from usual ones, and how many frames sound clearly like another phone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.alignment.features import HOP

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.alignment.pronunciation import PhoneStates, Pronunciation

__all__ = ["measure_confidences", "measure_words"]

_MATCH, _MISFIT, _OTHER, _BIAS = 1.18, -8.95, -15.28, 4.65
"""Fitted by `tools/aligner/calibrate.py` on right and wrong texts, in noise and clean."""
_OWN, _NEIGHBOUR = 0.4, 0.3  # the weight of a frame of a word, and of each neighbour, in its judgement
_CLEARLY: Final = 4.0  # natural logarithm of how much likelier another phone is
_SHORTEST: Final = 0.015  # seconds


def measure_confidences(
    spoken: Pronunciation,
    states: PhoneStates,
    edges: NDArray[np.intp],
    scores: NDArray[np.float16],
    is_skipped: NDArray[np.bool_],
) -> tuple[float, ...]:
    """Return a confidence from 0 to 1 for each word; 0 for words that are skipped or have no frame.

    The neighbours of a word count too, unless they are skipped: one word alone is too short to judge, and a wrong text
    is wrong in a row.
    """
    measures, is_said = measure_words(spoken, states, edges, scores, is_skipped)
    value = 1 / (1 + np.exp(-np.clip(measures @ (_MATCH, _MISFIT, _OTHER) + _BIAS, -30, 30)))
    return tuple(np.where(is_said, value, 0.0).round(3).tolist())


def measure_words(
    spoken: Pronunciation,
    states: PhoneStates,
    edges: NDArray[np.intp],
    scores: NDArray[np.float16],
    is_skipped: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return three measures of each word and its neighbours, shape (n, 3), and which words are said, shape (n,)."""
    count = len(spoken.words)
    phone_words = np.repeat(np.arange(count), [b - a for a, b in (word.phones for word in spoken.words)])
    rows = np.flatnonzero(~states.is_silence)
    words, lengths = phone_words[states.phones[rows]], np.diff(edges[rows], axis=1).ravel()
    ratios = np.maximum(lengths, 1) * HOP / np.maximum(states.durations[rows], _SHORTEST)
    said = lengths[~is_skipped[rows]] > 0
    rate = float(np.median(ratios[~is_skipped[rows]][said])) if said.any() else 1.0
    measures, frames = np.zeros((count, 3)), np.bincount(words, lengths, minlength=count)
    for row, word, length, ratio in zip(rows.tolist(), words.tolist(), lengths.tolist(), ratios.tolist(), strict=True):
        part = scores[edges[row, 0] : edges[row, 1]].astype(np.float64)
        own = part[:, states.classes[row]]
        measures[word, 0] += own.sum()
        measures[word, 1] += abs(np.log(ratio / rate)) * length
        measures[word, 2] += np.count_nonzero(part.max(axis=1, initial=-np.inf) - own > _CLEARLY)
    is_said = frames > 0
    is_said[words[is_skipped[rows]]] = False
    sums = np.pad(np.where(is_said[:, None], measures, 0.0), ((1, 1), (0, 0)))
    counts = np.pad(np.where(is_said, frames, 0.0), 1)[:, None]
    sums, counts = (_OWN * part[1:-1] + _NEIGHBOUR * (part[:-2] + part[2:]) for part in (sums, counts))
    return sums / np.maximum(counts, 1e-9), is_said
