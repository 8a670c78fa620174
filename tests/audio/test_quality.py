"""How clean resampling and quantizing are, in figures: alias, passband, offset, length, dither, exactness.

Conventions
-----------
Levels are dB; a tone's level is that of its peak, and noise is told against a full-scale sine, whose mean square is
one half. Many tones are measured at once, each in a channel of its own: `frames` of shape (frames, tones).
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.audio.convert import convert
from clipaudio.audio.decode import read_audio
from clipaudio.audio.frames import frames_after
from clipaudio.audio.quantize import quantize, to_float
from clipaudio.audio.resample import resample
from clipaudio.audio.wav_writer import encode_wav

RATES = (8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000)
ALL_PAIRS = list(itertools.permutations(RATES, 2))
COMMON = [(44_100, 16_000), (44_100, 22_050), (22_050, 48_000), (48_000, 44_100)]
OTHER = [(44_100, 48_000), (24_000, 16_000), (48_000, 8000), (16_000, 11_025), (8000, 96_000), (32_000, 44_100)]
PAIRS = COMMON + OTHER
ALIAS_LIMIT = {"HQ": -130, "VHQ": -180}
EDGE = 0.93  # of the lower Nyquist
RIM_OF_BAND = (0.98, 1.05)  # of the lower Nyquist: here soxr's filter is still on its way down
_LEVEL = 0.5
_ENDS = 0.03  # seconds cut off at both ends, where the filter still sees the silence outside
_LOBE = 28  # bins each side of a tone that are the window's


def tones(frequencies, rate, seconds):
    """Return one sine a channel."""
    instants = np.arange(int(seconds * rate)) / rate
    return _LEVEL * np.sin(2 * np.pi * np.outer(instants, frequencies))


def middle(samples, rate):
    """Leave out what the ends of the signal disturb."""
    rim = int(_ENDS * rate)
    return samples[rim:-rim].astype(np.float64)


def window(frames):
    """Return a window as a column; its side lobes lie below -270 dB."""
    shape = np.kaiser(frames, 38)
    return (shape / shape.sum())[:, np.newaxis]


def worst_alias(rate, new_rate, quality):
    """Return the strongest thing in dB against the tone that came in: at the rim of the band, and outside the rim.

    A tone within the band is left out of its own spectrum. One above the new Nyquist has no place in the result at
    all: whatever comes out of it is alias.
    """
    low = min(rate, new_rate) / 2
    frequencies = np.concatenate([np.linspace(0.02, 0.998, 50) * rate / 2, np.linspace(0.97, 1.06, 60) * low])
    frequencies = np.unique(frequencies[frequencies < 0.999 * rate / 2])
    result = middle(resample(tones(frequencies, rate, 0.4), rate, new_rate, quality=quality), new_rate)
    spectra = 2 * np.abs(np.fft.rfft(result * window(len(result)), axis=0))
    bins = np.fft.rfftfreq(len(result), 1 / new_rate)
    own = np.abs(bins[:, np.newaxis] - frequencies) <= _LOBE * new_rate / len(result)
    spectra[own] = 0
    found = 20 * np.log10(spectra.max(axis=0) / _LEVEL)
    rim = (frequencies >= RIM_OF_BAND[0] * low) & (frequencies <= RIM_OF_BAND[1] * low)
    return found[rim].max(), found[~rim].max()


def levels(samples, frequencies, rate):
    """Return the level in dB, against what came in, of the tone of each channel."""
    instants = np.arange(len(samples))[:, np.newaxis] / rate
    turning = np.exp(-2j * np.pi * instants * frequencies)
    found = 2 * np.abs((samples * window(len(samples)) * turning).sum(axis=0))
    return 20 * np.log10(found / _LEVEL)


def noise_db(error):
    """Return the level of noise against a full-scale sine."""
    return 10 * np.log10(2 * np.mean(np.square(error)))


@pytest.mark.parametrize("quality", ["HQ", "VHQ"])
@pytest.mark.parametrize(("rate", "new_rate"), COMMON)
def test_nothing_is_heard_that_was_not_there(rate, new_rate, quality):
    assert max(worst_alias(rate, new_rate, quality)) <= ALIAS_LIMIT[quality]


@pytest.mark.parametrize("quality", ["HQ", "VHQ"])
@pytest.mark.parametrize(("rate", "new_rate"), OTHER)
def test_at_other_rates_only_the_rim_of_the_band_is_a_little_less_clean(rate, new_rate, quality):
    """A tone within some per cent of the lower Nyquist leaves up to 5 dB more, mirrored to just beside itself."""
    rim, elsewhere = worst_alias(rate, new_rate, quality)
    assert elsewhere <= ALIAS_LIMIT[quality]
    assert rim <= ALIAS_LIMIT[quality] + 5


def test_the_measurement_hears_an_alias_where_there_is_one():
    """Linear interpolation aliases: the same yardstick has to say so, or the test above proves nothing."""
    frequencies = np.array([9000.0])
    came = tones(frequencies, 44_100, 0.4)[:, 0]
    at = np.arange(int(0.4 * 16_000)) / 16_000
    result = np.interp(at, np.arange(len(came)) / 44_100, came)[:, np.newaxis]
    spectrum = 2 * np.abs(np.fft.rfft(result * window(len(result)), axis=0))
    assert 20 * np.log10(spectrum.max() / _LEVEL) > -3


@pytest.mark.parametrize("quality", ["HQ", "VHQ"])
@pytest.mark.parametrize(("rate", "new_rate"), PAIRS)
def test_speech_keeps_its_level_up_to_93_hundredths_of_the_band(rate, new_rate, quality):
    frequencies = np.linspace(0.03, EDGE, 40) * min(rate, new_rate) / 2
    result = middle(resample(tones(frequencies, rate, 0.3), rate, new_rate, quality=quality), new_rate)
    assert np.abs(levels(result, frequencies, new_rate)).max() <= 0.1


@pytest.mark.parametrize("quality", ["HQ", "VHQ"])
def test_a_click_stays_where_it_was_at_every_pair_of_rates(quality):
    """The click is a Gaussian, whose samples at any rate are known in closed form and which ends below 4 kHz."""
    seconds, middle_at, width = 0.16, 0.0571, 0.0003
    exact = 1e-6 if quality == "HQ" else 1e-7
    for rate, new_rate in ALL_PAIRS:
        instants, wanted_at = np.arange(int(seconds * rate)) / rate, np.arange(int(seconds * new_rate)) / new_rate
        come, wanted = (np.exp(-(((at - middle_at) / width) ** 2) / 2) for at in (instants, wanted_at))
        result = resample(come, rate, new_rate, quality=quality)[:, 0].astype(np.float64)
        offset = (np.arange(len(result)) * result).sum() / result.sum() - middle_at * new_rate
        assert abs(offset) < 0.005, (rate, new_rate)
        assert np.abs(result - wanted).max() < exact, (rate, new_rate)


def test_the_length_is_rounded_with_halves_up_for_every_pair_and_many_lengths():
    lengths = [*range(14), 97, 441, 882, 999, 1000, 1001, 4099]
    for rate, new_rate in ALL_PAIRS:
        for frames in lengths:
            wanted = int(Fraction(frames * new_rate, rate) + Fraction(1, 2))
            assert len(resample(np.zeros((frames, 1), np.float32), rate, new_rate)) == wanted


@given(st.integers(0, 10**9), st.sampled_from(RATES), st.sampled_from(RATES))
def test_the_duration_is_wrong_by_half_a_sample_at_most(frames, rate, new_rate):
    wanted = int(Fraction(frames * new_rate, rate) + Fraction(1, 2))
    assert frames_after(frames, rate, new_rate) == wanted
    assert abs(Fraction(wanted, new_rate) - Fraction(frames, rate)) <= Fraction(1, 2 * new_rate)


@pytest.fixture(scope="module")
def faint_tone():
    """Return 40 s of a 997 Hz tone at -90 dBFS: one step of 16 bits from peak to middle."""
    instants = np.arange(40 * 44_100) / 44_100
    return 10 ** (-90 / 20) * np.sin(2 * np.pi * 997 * instants)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_tone_of_90_db_below_full_scale_keeps_its_level_under_dither(faint_tone, dtype):
    integers, clipped = quantize(faint_tone.astype(dtype), "PCM_16", dither="tpdf", seed=5)
    stored = to_float(integers, np.float64)
    spectrum = 2 * np.abs(np.fft.rfft(stored * window(len(stored))[:, 0]))
    tone = 20 * np.log10(spectrum[997 * 40])
    harmonics = 20 * np.log10(max(spectrum[997 * 40 * k - 3 : 997 * 40 * k + 4].max() for k in (2, 3, 4, 5, 7)))
    assert tone == pytest.approx(-90, abs=0.05)
    assert harmonics - tone < -39
    assert clipped == 0


def test_the_floor_of_dither_is_93_db_below_full_scale(faint_tone):
    for loud in (1.0, 1000.0):
        came = loud * faint_tone
        error = to_float(quantize(came, "PCM_16", dither="tpdf", seed=6)[0], np.float64) - came
        assert noise_db(error) == pytest.approx(-93.3, abs=0.3)
        assert abs(error.mean()) < 0.01 / 32_768
        rising = np.gradient(came) > 0
        assert noise_db(error[rising]) == pytest.approx(noise_db(error[~rising]), abs=0.05)


def test_without_dither_the_floor_is_that_of_rounding():
    came = np.random.default_rng(1).uniform(-0.9, 0.9, 200_000)
    error = to_float(quantize(came, "PCM_16")[0], np.float64) - came
    assert noise_db(error) == pytest.approx(-98.1, abs=0.1)
    assert np.abs(error).max() <= 0.5 / 32_768


def test_the_16_bit_path_adds_no_noise_of_its_own_to_digital_silence():
    came = np.zeros((44_100, 2), np.float32)
    came[:4410] = np.random.default_rng(2).uniform(-0.5, 0.5, (4410, 2))
    result = resample(came, 44_100, 16_000)
    integers, _ = quantize(result, "PCM_16", dither="tpdf", seed=1)
    assert not integers[3200:].any()


@pytest.mark.parametrize("wide", ["PCM_24", "PCM_32"])
@pytest.mark.parametrize("dither", ["none", "tpdf"])
def test_every_value_of_16_bits_survives_more_depth_and_back(wide, dither):
    every = np.arange(-32_768, 32_768).astype(np.int16)[:, np.newaxis]
    widened, _ = quantize(every, wide, dither=dither)
    assert np.array_equal(widened, every.astype(np.int32) << 16)
    for between in (widened, to_float(widened, np.float64), to_float(widened, np.float32)):
        back, clipped = quantize(between, "PCM_16", dither=dither)
        assert np.array_equal(back, every)
        assert clipped == 0


def test_a_copy_of_32_bits_is_exact_to_the_last_bit(tmp_path):
    came = np.random.default_rng(3).integers(-(2**31), 2**31, (50_000, 2)).astype(np.int32)
    came[:2] = [[-(2**31), 2**31 - 1], [1, -1]]
    assert np.array_equal(quantize(resample(came, 44_100, 44_100), "PCM_32", dither="tpdf")[0], came)
    whole = encode_wav(came, 44_100, "PCM_32")
    convert(whole, tmp_path / "copy.wav", sample_rate=44_100, subtype="PCM_32")
    assert np.array_equal(read_audio(tmp_path / "copy.wav").samples, came)
    assert (tmp_path / "copy.wav").read_bytes() == whole
