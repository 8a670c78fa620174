"""Montages: files and silence behind one another, read as one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipaudio.audio.convert import convert
from clipaudio.audio.decode import read_audio
from clipaudio.audio.encode import encode
from clipaudio.audio.montage import AudioSlice, Montage, join_montages, montage_of
from clipaudio.audio.reader import open_audio
from clipaudio.audio.resample import resample
from clipaudio.errors import AudioError

RATE = 8000


def wav(samples, rate=RATE, subtype="PCM_16"):
    return encode(np.asarray(samples), rate, subtype=subtype)


def ramp(frames, channels=1, first=1):
    return (np.arange(first, first + frames, dtype=np.int16)[:, np.newaxis] * np.ones(channels, np.int16)).astype(
        np.int16
    )


def whole(montage, block=64):
    with open_audio(montage) as audio:
        samples = np.concatenate(list(audio.blocks(block)))
        assert len(samples) == audio.frames == montage.frames
    return samples


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("cut"), st.integers(0, 120), st.integers(0, 120)),
            st.tuples(st.just("pad"), st.integers(0, 40), st.integers(0, 40)),
        ),
        max_size=6,
    ),
    st.integers(1, 100),
)
@settings(deadline=None, max_examples=150)
def test_edits_of_a_montage_are_those_of_its_samples(edits, block):
    samples = ramp(100)
    montage = montage_of(wav(samples))
    for kind, a, b in edits:
        if kind == "cut":
            montage, samples = montage.cut(a, b), samples[a : max(a, b)]
        else:
            montage, samples = montage.pad(a, b), np.pad(samples, ((a, b), (0, 0)))
    assert np.array_equal(whole(montage, block), samples)


def test_files_stored_alike_pass_bit_for_bit():
    one, other = ramp(50), ramp(70, first=1000)
    joined = join_montages([montage_of(wav(one)), montage_of(wav(other))], gap=10)
    samples = whole(joined)
    assert samples.dtype == np.int16
    assert np.array_equal(samples, np.concatenate((one, np.zeros((10, 1), np.int16), other)))


def test_deep_files_stay_deep(tmp_path):
    samples = np.array([[1 << 8], [-(1 << 31)], [0x7FFFFF00]], np.int32)
    montage = montage_of(encode(samples, RATE, subtype="PCM_24"))
    convert(join_montages([montage, montage]), tmp_path / "both.wav")
    back = read_audio(tmp_path / "both.wav")
    assert back.subtype == "PCM_24"
    assert np.array_equal(back.samples, np.concatenate((samples, samples)))


def test_a_file_at_another_rate_is_resampled_as_a_whole():
    slow, fast = ramp(400), (8000 * np.sin(np.arange(2205) / 20))[:, np.newaxis].astype(np.int16)
    joined = join_montages([montage_of(wav(slow)), montage_of(wav(fast, 22_050))])
    samples = whole(joined)
    assert samples.dtype == np.float64
    assert np.array_equal(samples[:400, 0], slow[:, 0] / 2**15)
    wanted = resample(fast / 2**15, 22_050, RATE, quality="VHQ")
    assert np.allclose(samples[400:], wanted, atol=1e-12)


def test_a_mono_file_is_heard_on_both_channels():
    joined = join_montages([montage_of(wav(ramp(5))), montage_of(wav(ramp(5, 2)))])
    assert np.array_equal(whole(joined) * 2**15, np.concatenate((ramp(5, 2), ramp(5, 2))))


def test_channels_that_do_not_go_together_are_refused():
    with pytest.raises(AudioError, match="2 and 3 channels do not join"):
        join_montages([montage_of(wav(ramp(5, 2))), montage_of(wav(ramp(5, 3)))])


def test_a_file_cut_short_since_is_told(tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(wav(ramp(100)))
    montage = montage_of(path)
    path.write_bytes(wav(ramp(60)))
    with pytest.raises(AudioError, match="ends at frame 100, its file at 60: was it changed since"):
        whole(montage)


def test_samples_in_memory_are_takes_too_and_are_resampled_once():
    noise = np.linspace(-1, 1, 50)[:, np.newaxis]
    montage = Montage((AudioSlice(noise, 0, 50),), RATE, 1, "PCM_16", is_plain=False)
    assert np.array_equal(whole(montage.cut(10, 20)), noise[10:20])
    halves = join_montages([montage.cut(0, 20), montage.cut(20, 50)]).at_rate(22_050)
    assert halves.takes[0].source is halves.takes[1].source
    assert np.array_equal(whole(halves), resample(noise, RATE, 22_050, quality="VHQ"))


@given(
    st.lists(st.integers(1, 3000), min_size=1, max_size=5),
    st.lists(st.sampled_from([8000, 22_050, 44_100]), min_size=1, max_size=4),
)
@settings(deadline=None, max_examples=60)
def test_rates_put_upon_rates_leave_every_take_readable(lengths, rates):
    samples = np.full((sum(lengths), 1), 0.25)
    montage = join_montages([montage_of(wav(ramp(frames), 22_050)) for frames in lengths])
    stretched = Montage((AudioSlice(samples, 0, len(samples)),), 22_050, 1, "PCM_16", is_plain=False)
    for rate in rates:
        montage, stretched = montage.at_rate(rate), stretched.at_rate(rate)
    assert len(whole(montage)) == len(whole(stretched)) == pytest.approx(len(samples) * rates[-1] / 22_050, abs=5)


def test_nothing_is_one_empty_block():
    samples = whole(montage_of(wav(ramp(5))).cut(3, 3))
    assert samples.shape == (0, 1)


def test_compressed_files_are_counted_by_reading(tmp_path):
    path = tmp_path / "clip.mp3"
    path.write_bytes(encode(np.zeros((RATE, 1)), RATE, format="mp3"))
    montage = montage_of(path)
    assert montage.frames == read_audio(path).frames
    assert len(whole(montage)) == montage.frames
