"""Speech faster and slower: exact length, the same pitch, everything in its place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipaudio.audio.stretch import stretch
from clipaudio.errors import ConvertError

RATE = 22_050


@given(st.integers(0, 5000), st.floats(0.1, 10), st.sampled_from([8000, 22_050, 48_000]), st.integers(1, 2))
@settings(deadline=None, max_examples=60)
def test_the_length_is_exact(frames, speed, rate, channels):
    made = stretch(np.ones((frames, channels)), rate, speed)
    assert made.shape == (round(frames / speed), channels)
    assert np.isfinite(made).all()
    assert np.abs(made).max(initial=0) <= 1 + 1e-9


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.25, 1.5, 2.0])
def test_the_pitch_and_the_level_stay(speed):
    tone = 0.5 * np.sin(2 * np.pi * 200 * np.arange(4 * RATE) / RATE)
    made = stretch(tone, RATE, speed)[:, 0]
    spectrum = np.abs(np.fft.rfft(made * np.hanning(len(made))))
    assert spectrum.argmax() * RATE / len(made) == pytest.approx(200, abs=0.5)
    inner = made[2000:-2000]
    peaks = np.abs(inner[: len(inner) // 400 * 400]).reshape(-1, 400).max(axis=1)
    assert peaks == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("speed", [0.7, 0.9, 1.1, 1.3])
def test_a_sound_comes_where_its_time_says(speed):
    noise = np.random.default_rng(1)
    places = np.arange(1, 8) * RATE // 2
    clip = np.zeros(4 * RATE)
    for place in places:
        clip[place : place + 2000] = noise.standard_normal(2000) * 0.3
    made = np.abs(stretch(clip, RATE, speed)[:, 0]) > 0.05
    for place in places / speed:
        begin = int(place - RATE * 0.1)
        assert (begin + made[begin : begin + RATE].argmax()) / RATE == pytest.approx(place / RATE, abs=0.02)


def test_speed_one_changes_nothing_and_silence_stays_silent():
    noise = np.random.default_rng(2).standard_normal((500, 2))
    assert np.array_equal(stretch(noise, RATE, 1.0), noise)
    assert not stretch(np.zeros((RATE, 1), np.int16), RATE, 1.7).any()


@pytest.mark.parametrize("speed", [0.0, -1.0, 11.0, float("nan")])
def test_a_speed_that_is_none_is_refused(speed):
    with pytest.raises(ConvertError, match=r"expected 0\.1 to 10"):
        stretch(np.zeros(10), RATE, speed)
