"""Log-mel features and scores."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.alignment.acoustic_model import score_frames
from clipaudio.alignment.features import BANDS, HOP, SAMPLE_RATE, log_mel, normalize


@given(st.lists(st.integers(0, 700), max_size=12), st.integers(0, 2**32 - 1))
def test_blocks_of_any_length_give_the_features_of_the_whole(lengths, seed):
    samples = np.random.default_rng(seed).standard_normal(sum(lengths)).astype(np.float32) / 8
    parts = np.split(samples, np.cumsum(lengths)[:-1]) if lengths else []
    blocks, whole = log_mel(parts).astype(np.float32), log_mel([samples]).astype(np.float32)
    assert blocks.shape == whole.shape
    assert np.allclose(blocks, whole, atol=0.02)  # float16, and matrix products that round by their shape


def test_there_is_a_frame_each_five_milliseconds():
    assert len(log_mel([np.zeros(SAMPLE_RATE)])) == 1 / HOP


def test_a_tone_is_loudest_in_its_band_and_where_it_sounds():
    seconds = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    tone = np.where(seconds < 0.5, 0, np.sin(2 * np.pi * 1000 * seconds))
    features = log_mel([tone]).astype(np.float32)
    band = features[150].argmax()
    assert 10 < band < 20
    assert features[:95, band].max() < features[105:, band].min() - 5


def test_samples_that_are_no_numbers_are_silence():
    assert np.isfinite(log_mel([np.array([np.nan, np.inf, -np.inf, 0.5] * 200)]).astype(np.float32)).all()


def test_the_level_of_a_recording_does_not_change_normalized_features():
    samples = np.random.default_rng(3).standard_normal(8000) / 10
    loud, quiet = (normalize(log_mel([samples * gain])).astype(np.float32) for gain in (1, 0.1))
    assert np.abs(loud - quiet).max() < 0.05


def test_scores_are_finite_and_name_silence_where_nothing_sounds():
    sound = np.concatenate((np.zeros(SAMPLE_RATE), np.random.default_rng(1).standard_normal(SAMPLE_RATE) / 5))
    scores = score_frames(normalize(log_mel([sound])))
    assert np.isfinite(scores).all()
    assert (scores[20:180].argmax(axis=1) == 0).all()
    assert score_frames(np.empty((0, BANDS), np.float16)).shape == (0, 41)
