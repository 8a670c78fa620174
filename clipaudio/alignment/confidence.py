"""Judge how sure it is that each word is said where it stands.

A logistic regression on two measures of its frames: how well its phones fit them, and how clearly they are speech.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.alignment.pronunciation import PhoneStates, Pronunciation

__all__ = ["measure_confidences"]

_MATCH, _CLARITY, _BIAS = 3.4, 1.9, -7.0
"""Fitted on right and wrong texts, music and noise; `tools/aligner/measure.py` shows what they give."""
_NEIGHBOUR: Final = 0.3  # the share of each neighbour in the judgement of a word
_WORST: Final = -30.0


def measure_confidences(
    spoken: Pronunciation,
    states: PhoneStates,
    edges: NDArray[np.intp],
    scores: NDArray[np.float16],
    is_skipped: NDArray[np.bool_],
) -> tuple[float, ...]:
    """Return a confidence from 0 to 1 for each word; 0 for words that are skipped.

    The neighbours of a word count too, unless they are skipped: one word alone is too short to judge, and a wrong text
    is wrong in a row.
    """
    count = len(spoken.words)
    phone_words = np.repeat(np.arange(count), [b - a for a, b in (word.phones for word in spoken.words)])
    totals, counts, is_said = np.zeros(count), np.zeros(count), np.ones(count, np.bool_)
    for row in np.flatnonzero(~states.is_silence).tolist():
        first, stop = edges[row].tolist()
        part = scores[first:stop].astype(np.float64)
        word = phone_words[states.phones[row]]
        totals[word] += _MATCH * part[:, states.classes[row]].sum()
        totals[word] += _CLARITY * part.max(axis=1, initial=_WORST).sum()
        counts[word] += stop - first
        is_said[word] &= not is_skipped[row]
    own = np.where(counts > 0, totals / np.maximum(counts, 1), _WORST)
    around, is_near = np.pad(own, 1), np.pad(is_said, 1)
    before, after = (np.where(is_near[side], around[side], own) for side in (slice(None, -2), slice(2, None)))
    mean = (1 - 2 * _NEIGHBOUR) * own + _NEIGHBOUR * (before + after)
    value = np.where(is_said, 1 / (1 + np.exp(-np.clip(mean + _BIAS, -30, 30))), 0.0)
    return tuple(value.round(3).tolist())
