"""Channels that cancel each other are heard all the same."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import clipaudio
from clipaudio.audio.decode import read_audio
from clipaudio.audio.frames import mix_down
from clipaudio.audio.wav_writer import encode_wav

SIGNALS = arrays(np.int16, st.integers(1, 40)).map(lambda whole: whole / 32768)


@given(SIGNALS, st.floats(0.95, 1.05), st.booleans())
def test_an_inverted_channel_is_told_and_the_loudest_is_heard(signal, gain, swap):
    pair = np.column_stack((signal, -gain * signal))
    mono, is_cancelled = mix_down(pair[:, ::-1] if swap else pair)
    assert is_cancelled == bool(np.square(signal).sum() > 0)
    np.testing.assert_array_equal(np.abs(mono), np.abs(signal) * max(gain, 1.0))


@given(st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_channels_that_differ_are_mixed(channels, seed):
    noise = np.random.default_rng(seed).normal(size=(4000, channels))
    mono, is_cancelled = mix_down(noise)
    assert not is_cancelled
    np.testing.assert_allclose(mono, noise.mean(axis=1))
    one = np.zeros_like(noise)
    one[:, 0] = noise[:, 0]  # a voice on one channel alone
    assert not mix_down(one)[1]


def test_words_of_an_inverted_pair_stand_where_those_of_one_channel_stand(flite):
    text = "The boy was there when the sun rose."
    sound = read_audio(flite(text))
    one = sound.samples[:, :1]
    alone = clipaudio.align_text(encode_wav(one, sound.sample_rate, "PCM_16"), text, language="en")
    inverted = np.column_stack((one, -np.maximum(one, -32767)))
    pair = clipaudio.align_text(encode_wav(inverted, sound.sample_rate, "PCM_16"), text, language="en")
    np.testing.assert_array_equal(pair.words.times, alone.words.times)
    assert [issue for issue in pair.issues if issue not in alone.issues] == [
        "the channels cancel each other when they are mixed, as one that is inverted does: the loudest is heard"
    ]
