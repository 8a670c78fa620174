"""Resampling against soxr itself, and what we promise around it."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from clipaudio.audio.frames import frames_after
from clipaudio.audio.resample import resample
from clipaudio.errors import ConvertError

RATES = st.sampled_from([8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000])


@given(st.integers(0, 3000), RATES, RATES, st.integers(1, 3))
@settings(deadline=None)
def test_the_length_is_rounded_and_the_samples_are_soxrs(frames, rate, new_rate, channels):
    samples = np.random.default_rng(frames).uniform(-1, 1, (frames, channels)).astype(np.float32)
    result = resample(samples, rate, new_rate)
    assert result.shape == ((2 * frames * new_rate + rate) // (2 * rate), channels)
    if frames and rate != new_rate:
        oracle = soxr.resample(samples, rate, new_rate, quality="HQ")[: len(result)]
        assert len(result) - len(oracle) <= 1
        assert np.array_equal(result[: len(oracle)], oracle)


def test_where_soxr_rounds_half_a_frame_down_the_last_frame_is_sound_not_a_hole():
    tone = np.sin(np.arange(3000) / 3)
    assert len(soxr.resample(tone, 24_000, 44_100)) == 5512
    longer = resample(np.concatenate([tone, np.zeros(100)]), 24_000, 44_100)
    result = resample(tone, 24_000, 44_100)
    assert len(result) == 5513
    assert np.array_equal(result, longer[:5513])


def test_integers_are_scaled_exactly_before():
    integers = np.random.default_rng(0).integers(-32768, 32768, (500, 1)).astype(np.int16)
    floats = (integers / 32768).astype(np.float32)
    assert np.array_equal(resample(integers, 44_100, 16_000), resample(floats, 44_100, 16_000))


def test_vhq_works_in_float64_and_is_cleaner():
    tone = np.sin(2 * np.pi * 997 * np.arange(44_100) / 44_100)
    fine = resample(tone, 44_100, 48_000, quality="VHQ")[2000:-2000, 0]
    want = np.sin(2 * np.pi * 997 * np.arange(48_000) / 48_000)[2000:-2000]
    assert fine.dtype == np.float64
    assert np.abs(fine - want).max() < 1e-7


def test_the_same_rate_changes_nothing():
    samples = np.arange(6, dtype=np.int32).reshape(3, 2)
    assert resample(samples, 16_000, 16_000) is samples


def test_mono_may_have_one_dimension():
    assert resample(np.zeros(100), 8000, 16_000).shape == (200, 1)


def test_digital_silence_stays_exactly_zero():
    assert not resample(np.zeros((4410, 2), np.int16), 44_100, 16_000).any()


@pytest.mark.parametrize("rate", [0, -8000, 44_100.5])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ConvertError, match="a positive whole number expected"):
        resample([0.0], 8000, rate)


def test_samples_of_three_dimensions_are_refused():
    with pytest.raises(ConvertError, match=r"shape \(1, 2, 3\); expected \(frames, channels\)"):
        resample(np.zeros((1, 2, 3)), 8000, 16_000)


def test_no_frames_give_no_frames():
    assert resample(np.zeros((0, 2)), 8000, 16_000).shape == (0, 2)
    assert resample(np.zeros((1, 1)), 48_000, 8000).shape == (0, 1)


def test_frames_after_rounds_halves_up():
    assert [frames_after(n, 2, 1) for n in range(5)] == [0, 1, 1, 2, 2]


@pytest.mark.parametrize(("rate", "new_rate"), [(1, 48_000), (4_000_000, 100)])
def test_a_step_no_sound_takes_is_refused_at_once(rate, new_rate):
    with pytest.raises(ConvertError, match=f"{rate} Hz to {new_rate} Hz is a step of more than 1000"):
        resample(np.zeros((10_000_000, 1), np.int16), rate, new_rate)
