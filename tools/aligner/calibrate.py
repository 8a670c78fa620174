"""Fit the confidences of words: `python tools/aligner/calibrate.py`.

Right and wrong words of the voices `rms` and `awb`, clean and in noise; prints the weights for
`clipaudio/alignment/confidence.py`. A right word is said, and lies within 150 ms of where it is.
"""

from __future__ import annotations

import numpy as np
from speech_sets import clips_of

from clipaudio.alignment.confidence import measure_words
from clipaudio.alignment.features import log_mel, normalize
from clipaudio.alignment.own_engine import align_features, find_states
from clipaudio.alignment.pronunciation import pronounce

SETS = ("rms", "awb", "rms-noise", "awb-babble", "rms-8khz", "awb-clipped", "rms-wrong", "awb-wrong", "rms-replace")
LENIENCE = 1.7  # added to the bias: right words below 0.5 are worse than wrong words above
FARTHEST = 0.15  # seconds


def words_of(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the measures of the words of a set that are not skipped, and whether each is right."""
    rows, rights = [], []
    for clip in clips_of(name):
        spoken = pronounce(clip.text, language="en")
        features = normalize(log_mel([clip.samples.astype(np.float32)]))
        states, edges, scores, is_skipped, _ = find_states(features, spoken)
        times = align_features(features, spoken, len(clip.samples) / 16000).words.times
        if len(times) != len(clip.times) and not np.isnan(clip.times).all():
            continue
        measures, is_said = measure_words(spoken, states, edges, scores, is_skipped)
        right = np.abs(times - np.resize(clip.times, times.shape)).max(axis=1) <= FARTHEST
        rows.append(measures[is_said])
        rights.append(right[is_said])
    return np.concatenate(rows), np.concatenate(rights)


def fit(rows: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return weights and bias by Newton's method, right and wrong words of equal weight."""
    inputs = np.column_stack((rows, np.ones(len(rows))))
    share = np.where(right, 0.5 / right.mean(), 0.5 / (1 - right.mean())) / len(right)
    weights = np.zeros(inputs.shape[1])
    for _ in range(60):
        guess = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        slope = inputs.T @ (share * (guess - right)) + 1e-4 * weights
        bend = (inputs * (share * guess * (1 - guess))[:, None]).T @ inputs + 1e-4 * np.eye(len(weights))
        weights -= np.linalg.solve(bend, slope)
    return weights


def main() -> None:
    """Print the weights."""
    rows, rights = zip(*(words_of(name) for name in SETS), strict=True)
    weights = fit(np.concatenate(rows), np.concatenate(rights))
    weights[-1] += LENIENCE
    print("_MATCH, _MISFIT, _OTHER, _BIAS =", ", ".join(f"{value:.2f}" for value in weights))


if __name__ == "__main__":
    main()
