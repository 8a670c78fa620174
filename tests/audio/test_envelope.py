"""How loud, and where there is sound."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.audio.encode import encode
from clipaudio.audio.envelope import Envelope, find_sound, read_envelope, rms_envelope
from clipaudio.audio.reader import open_audio

RATE = 8000


def speech(*stretches, seconds=2.0):
    samples = np.zeros((round(seconds * RATE), 1))
    time = np.arange(len(samples)) / RATE
    for start, end in stretches:
        inside = (time >= start) & (time < end)
        samples[inside, 0] = 0.5 * np.sin(2 * np.pi * 440 * time[inside])
    return samples


@given(st.lists(st.integers(1, 700), max_size=8), st.sampled_from([0.005, 0.01, 0.1]))
def test_blocks_give_what_the_whole_gives(cuts, step):
    samples = np.random.default_rng(3).standard_normal((2000, 2))
    edges = np.cumsum([0, *cuts])
    blocks = [samples[a:b] for a, b in zip(edges, [*edges[1:], 2000], strict=True)]
    assert np.allclose(rms_envelope(blocks, RATE, step=step).levels, rms_envelope([samples], RATE, step=step).levels)


def test_levels_are_full_scale_whatever_the_samples_are():
    samples = np.full((80, 1), 0.25)
    for stored in (samples, (samples * 2**15).astype(np.int16), (samples * 2**31).astype(np.int32)):
        assert rms_envelope([stored], RATE, step=0.005).levels == pytest.approx(0.25)
    assert len(rms_envelope([], RATE).levels) == 0


def test_sound_is_found_to_a_step():
    with open_audio(encode(speech((0.3, 0.8), (1.2, 1.7)), RATE)) as audio:
        found = find_sound(read_envelope(audio))
    assert found == pytest.approx(np.array([[0.3, 0.8], [1.2, 1.7]]), abs=0.005)


@given(st.sampled_from([-75, -65, -55, -45]), st.sampled_from([0.5, 0.15, 0.05]), st.integers(0, 9))
def test_sound_is_found_over_the_noise_of_the_recording(noise_db, loudness, seed):
    if 20 * np.log10(loudness) - 3 < noise_db + 20:
        return  # too faint for anyone
    samples = speech((0.3, 0.8), (1.2, 1.7)) * 2 * loudness
    samples += np.random.default_rng(seed).normal(0, 10 ** (noise_db / 20), samples.shape)
    found = find_sound(rms_envelope([samples], RATE))
    assert found == pytest.approx(np.array([[0.3, 0.8], [1.2, 1.7]]), abs=0.011)


def test_a_loud_click_hides_no_faint_words_and_a_tone_without_pause_is_sound():
    samples = speech((0.3, 0.8)) * 0.02
    samples[12_000:12_020] = 1.0
    assert find_sound(rms_envelope([samples], RATE)) == pytest.approx(np.array([[0.3, 0.8]]), abs=0.005)
    assert find_sound(rms_envelope([speech((0.0, 2.0))], RATE)) == pytest.approx(np.array([[0.0, 2.0]]))


def test_closures_and_clicks_are_passed_over():
    found = find_sound(rms_envelope([speech((0.3, 0.5), (0.53, 0.8), (1.5, 1.51))], RATE))
    assert found == pytest.approx(np.array([[0.3, 0.8]]), abs=0.005)


@given(st.lists(st.floats(0, 1), max_size=60))
def test_stretches_are_in_order_apart_and_inside(levels):
    found = find_sound(Envelope(np.array(levels), 0.01))
    flat = found.ravel()
    assert (np.diff(flat) > 0).all()
    assert flat.size == 0 or (flat[0] >= 0 and flat[-1] <= len(levels) * 0.01 + 1e-9)


def test_silence_has_no_sound():
    assert find_sound(rms_envelope([np.zeros((800, 1))], RATE)).shape == (0, 2)
