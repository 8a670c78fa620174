"""Levels against FFmpeg and against what the standards say of known tones; silence and gain."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.audio.measure import Levels, gain_to, loudness, measure, trim_silence
from clipaudio.audio.quantize import quantize
from clipaudio.audio.resample import resample
from clipaudio.audio.wav_writer import encode_wav
from clipaudio.errors import ConvertError


def tone(frequency, sample_rate, *, level=1.0, seconds=2.0, phase=0.0):
    return level * np.sin(2 * np.pi * frequency * np.arange(int(seconds * sample_rate)) / sample_rate + phase)


def speechlike(sample_rate, channels=1, seconds=4):
    """Return noise that swells and pauses, the same at every rate, with all its power below 3.5 kHz."""
    rng = np.random.default_rng(7)
    drawn = rng.normal(0, 0.1, (8000 * seconds, channels))
    drawn = resample(resample(drawn, 8000, 7000, quality="VHQ"), 7000, 8000, quality="VHQ")
    envelope = np.repeat(np.tile([1, 0.4, 0.01, 0.8, 0.001, 0.6, 0.2, 1], seconds), 1000)
    return resample(drawn[: len(envelope)] * envelope[:, np.newaxis], 8000, sample_rate, quality="VHQ")


def ffmpeg_summary(needs, samples, sample_rate):
    """Return what FFmpeg's ebur128 filter says: integrated loudness and true peak."""
    command = [needs.program("ffmpeg"), "-nostats", "-i", "-", "-af", "ebur128=peak=true", "-f", "null", "-"]
    wav = encode_wav(samples.astype(np.float32), sample_rate, "FLOAT")
    printed = subprocess.run(command, input=wav, capture_output=True, check=True).stderr.decode()
    summary = printed[printed.rindex("Summary:") :]
    return tuple(float(re.search(rf"{name}:\s+(\S+)", summary)[1]) for name in ("I", "Peak"))


@pytest.mark.slow
@pytest.mark.parametrize(("sample_rate", "channels"), [(48_000, 1), (44_100, 2), (16_000, 1)])
def test_loudness_and_true_peak_are_ffmpegs(needs, sample_rate, channels):
    needs("pyloudnorm")
    samples = speechlike(sample_rate, channels)
    heard = resample(samples, sample_rate, 48_000, quality="VHQ")
    lufs, peak = ffmpeg_summary(needs, heard, 48_000)
    levels = measure(samples, sample_rate, with_loudness=True)
    assert levels.loudness_lufs == pytest.approx(lufs, abs=0.11), "FFmpeg prints one digit"
    assert levels.true_peak_db == pytest.approx(peak, abs=0.11)


def test_a_full_scale_tone_has_the_loudness_the_standard_says(needs):
    needs("pyloudnorm")
    full = tone(997, 48_000)
    assert loudness(full, 48_000) == pytest.approx(-3.01, abs=0.01)
    assert loudness(np.stack([full, full], axis=1), 48_000) == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("sample_rate", [8000, 16_000, 22_050, 44_100, 96_000])
def test_the_same_sound_is_equally_loud_at_every_rate(needs, sample_rate):
    needs("pyloudnorm")
    assert loudness(speechlike(sample_rate), sample_rate) == pytest.approx(
        loudness(speechlike(48_000), 48_000), abs=0.02
    )


def test_loudness_follows_the_gain_and_integers_are_as_loud_as_floats(needs):
    needs("pyloudnorm")
    samples = speechlike(16_000)
    now = loudness(samples, 16_000)
    assert loudness(samples * gain_to(now, -31.5), 16_000) == pytest.approx(-31.5, abs=0.02)
    integers, _ = quantize(samples, "PCM_16")
    assert loudness(integers, 16_000) == pytest.approx(now, abs=0.01)


def test_silence_has_no_loudness_and_a_short_sound_none_that_is_defined(needs):
    needs("pyloudnorm")
    assert loudness(np.zeros(16_000), 16_000) == -math.inf
    assert loudness(tone(997, 16_000, seconds=0.399), 16_000) is None
    assert loudness(tone(997, 16_000, seconds=0.4), 16_000) == pytest.approx(-3, abs=0.1)
    assert measure(np.zeros((0, 1)), 16_000, with_loudness=True).loudness_lufs is None


def test_more_channels_than_the_standard_knows_are_refused(needs):
    needs("pyloudnorm")
    with pytest.raises(ConvertError, match="1 to 5 channels, found 6; mix them down"):
        loudness(np.zeros((16_000, 6)), 16_000)


def test_without_the_extra_the_message_names_it_and_the_rest_is_measured():
    code = (
        "import sys\n"
        "sys.modules['pyloudnorm'] = None\n"
        "from clipaudio.audio.measure import measure\n"
        "from clipaudio.errors import MissingExtraError\n"
        "print(measure([0.5], 8000).clipped)\n"
        "try: measure([0.5] * 8000, 8000, with_loudness=True)\n"
        "except MissingExtraError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.splitlines() == [
        "0",
        'loudness needs pyloudnorm; install it with: pip install "pyloudnorm>=0.2"',
    ]


def test_a_peak_between_the_samples_is_found():
    """A tone of a quarter of the rate whose samples all miss its tops by 3 dB (EBU Tech 3341, case 15)."""
    faded = tone(12_000, 48_000, level=0.5, phase=math.pi / 4) * np.hanning(96_000) ** 0.1
    levels = measure(faded, 48_000)
    assert levels.peak_db == pytest.approx(20 * math.log10(0.5) - 3.01, abs=0.01)
    assert levels.true_peak_db == pytest.approx(20 * math.log10(0.5), abs=0.1)


@given(st.integers(1, 700), st.integers(1, 3), st.sampled_from([8000, 44_100]))
def test_the_true_peak_is_not_below_the_peak_and_that_not_below_the_rms(frames, channels, sample_rate):
    samples = np.random.default_rng(frames).uniform(-0.9, 0.9, (frames, channels))
    levels = measure(samples, sample_rate)
    assert levels.peak_db == pytest.approx(20 * math.log10(np.abs(samples).max()))
    assert levels.rms_db == pytest.approx(10 * math.log10(np.square(samples).mean()))
    assert levels.true_peak_db >= levels.peak_db >= levels.rms_db
    assert levels.clipped == 0


def test_long_samples_are_measured_in_blocks_to_the_same_result():
    rng = np.random.default_rng(0)
    samples = rng.normal(0, 0.01, 600_000).astype(np.float32)
    at = 1 << 18  # the edge of a block
    samples[:at] = 0
    samples[at - 600 : at + 600] = tone(4000, 16_000, level=0.5, phase=0.7, seconds=0.075) * np.hanning(1200)
    whole = np.abs(resample(samples, 16_000, 64_000)).max()
    assert whole > np.abs(samples).max() + 0.05
    levels = measure(samples, 16_000)
    assert levels.true_peak_db == pytest.approx(20 * math.log10(whole), abs=1e-6)
    assert levels.leading_silence * 16_000 == np.flatnonzero(np.abs(samples) > 0.001)[0]
    silent_tail = np.concatenate([samples, np.zeros(700_000, np.float32)])
    assert measure(silent_tail, 16_000).trailing_silence == pytest.approx(700_000 / 16_000, abs=10 / 16_000)


@pytest.mark.parametrize(
    ("subtype", "low", "high"),
    [
        ("PCM_U8", -(2**15), 2**15 - 2**8),
        ("PCM_16", -(2**15), 2**15 - 1),
        ("PCM_24", -(2**31), 2**31 - 2**8),
        ("PCM_32", -(2**31), 2**31 - 1),
    ],
)
def test_samples_at_full_scale_are_counted_in_every_depth(subtype, low, high):
    samples = np.linspace(-1.4, 1.4, 1501)[:, np.newaxis]
    integers, clipped = quantize(samples, subtype)
    assert (integers.min(), integers.max()) == (low, high)
    assert measure(integers, 8000).clipped == np.count_nonzero((integers == low) | (integers == high)) >= clipped > 0
    assert measure(quantize(samples / 2, subtype)[0], 8000).clipped == 0


def test_floats_are_clipped_from_one_on():
    assert measure([0.999, 1.0, -1.0, 1.5, -0.999], 8000).clipped == 3


def test_silence_alone_is_minus_infinity_and_all_of_it_leads():
    for samples in (np.zeros((800, 2)), np.zeros((800, 2), np.int16)):
        levels = measure(samples, 8000)
        assert levels == Levels(-math.inf, -math.inf, -math.inf, 0, 0.1, 0.0, None)
        assert json.loads(json.dumps(levels.as_row(), allow_nan=False))["rms_db"] is None
    assert measure(np.zeros((0, 1)), 8000) == Levels(-math.inf, -math.inf, -math.inf, 0, 0.0, 0.0, None)


def test_a_sample_that_is_not_finite_is_refused_with_its_place():
    with pytest.raises(ConvertError, match="sample 1 of channel 0 is nan"):
        measure([0.0, math.nan], 8000)


@given(
    st.integers(0, 900),
    st.integers(0, 900),
    st.integers(0, 900),
    st.sampled_from([0.0, 0.01, 0.1]),
    st.sampled_from(["PCM_16", "PCM_32", "FLOAT"]),
)
def test_trimming_takes_silence_only_and_tells_how_much(before, sounding, behind, keep, subtype):
    samples = np.zeros((before + sounding + behind, 2))
    samples[before : before + sounding, 1] = -0.25
    given_samples = samples if subtype == "FLOAT" else quantize(samples, subtype)[0]
    trimmed, offset, removed_tail = trim_silence(given_samples, 8000, keep=keep)
    first, stop = round(offset * 8000), len(samples) - round(removed_tail * 8000)
    assert np.array_equal(trimmed, given_samples[first:stop])
    assert trimmed.dtype == given_samples.dtype
    if sounding:
        assert first == max(before - round(keep * 8000), 0)
        assert stop == min(before + sounding + round(keep * 8000), len(samples))
    else:
        assert len(trimmed) == min(round(keep * 8000), len(samples))
    again = trim_silence(trimmed, 8000, keep=keep)
    assert (again.offset, again.removed_tail) == (0.0, 0.0)


def test_the_threshold_of_silence_can_be_moved():
    samples = np.concatenate([np.full(100, 0.005), np.full(100, 0.5), np.full(100, 0.005)])
    assert len(trim_silence(samples, 8000, keep=0).samples) == 300
    assert len(trim_silence(samples, 8000, keep=0, silence_db=-40).samples) == 100
    assert measure(samples, 8000, silence_db=-40).leading_silence == 0.0125


def test_less_than_no_silence_cannot_be_kept():
    with pytest.raises(ConvertError, match=r"-0.1 s of silence were to be kept; expected 0 or more"):
        trim_silence([0.0], 8000, keep=-0.1)


def test_the_gain_is_held_below_the_ceiling():
    assert gain_to(-20, -20) == 1.0
    assert gain_to(-30, -20, true_peak_db=-20) == pytest.approx(10**0.5)
    assert gain_to(-30, -20, true_peak_db=-6, ceiling_db=-2) == pytest.approx(10**0.2)
    assert gain_to(-20, -30, true_peak_db=0.0) == pytest.approx(10**-0.5)


@pytest.mark.parametrize(("lufs", "target"), [(-math.inf, -20), (-20, math.nan)])
def test_no_gain_leads_out_of_silence(lufs, target):
    with pytest.raises(ConvertError, match=r"no gain leads from .*; expected finite levels"):
        gain_to(lufs, target)
