"""Scores that follow the speaker."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.alignment.adaptation import adapt_scores
from clipaudio.alignment.features import BANDS
from clipaudio.alignment.pronunciation import PhoneStates


def _states(classes):
    count = len(classes)
    kinds = np.array(classes)
    return PhoneStates(kinds, np.full(count, 0.1), np.where(kinds == 0, -1, np.arange(count)), kinds == 0)


def _sound(draw, kinds, spectra):
    return (spectra[kinds] + draw.standard_normal((len(kinds), BANDS))).astype(np.float16)


def test_frames_of_a_class_score_higher_for_it_than_before():
    draw = np.random.default_rng(1)
    spectra = draw.normal(0, 3, (6, BANDS))
    states = _states([0, 1, 2, 3, 0, 4, 5, 1, 0])
    ends = np.cumsum(np.full(9, 50))
    kinds = np.repeat(states.classes, 50)
    scores = np.zeros((len(kinds), 41), np.float16)
    found = adapt_scores(scores, _sound(draw, kinds, spectra), states, ends, np.zeros(9, bool)).astype(float)
    present = found[:, :6]
    assert (present.argmax(axis=1) == kinds).mean() > 0.95
    assert (found[:, 6:] == 0).all()
    assert (scores == 0).all()


def test_little_speech_changes_nothing():
    scores = np.ones((300, 41), np.float16)
    states, ends = _states([0, 1, 0]), np.array([100, 280, 300])
    assert adapt_scores(scores, np.zeros((300, BANDS), np.float16), states, ends, np.zeros(3, bool)) is scores


def test_sound_that_the_text_lacks_teaches_nothing():
    draw = np.random.default_rng(2)
    spectra = draw.normal(0, 3, (3, BANDS))
    states, ends = _states([0, 1, 0, 2, 0]), np.array([40, 240, 640, 840, 880])
    kinds = np.repeat([0, 1, 2, 2, 0], np.diff(ends, prepend=0))  # the gap sounds like the second word
    scores = np.zeros((880, 41), np.float16)
    filled = np.array([False, False, True, False, False])
    found = adapt_scores(scores, _sound(draw, kinds, spectra), states, ends, filled).astype(float)
    assert (found[240:640, 2] > found[240:640, 0]).mean() > 0.95


@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.floats(0, 30))
def test_any_sound_gives_finite_scores(seed, count, level):
    draw = np.random.default_rng(seed)
    states = _states([0, *draw.integers(1, 41, count), 0])
    ends = np.sort(draw.integers(0, 900, count + 2))
    ends[-1] = 900
    features = (draw.standard_normal((900, BANDS)) * level).astype(np.float16)
    scores = draw.standard_normal((900, 41)).astype(np.float16)
    is_filled = states.is_silence & (draw.random(count + 2) < 0.5)
    assert np.isfinite(adapt_scores(scores, features, states, ends, is_filled)).all()
