"""Quantizing: rounding, clipping, dither and exactness."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from clipaudio.audio.quantize import BITS, quantize, to_float
from clipaudio.errors import ConvertError

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=40)
INT16 = hnp.arrays(np.int16, SHAPES)
INT32 = hnp.arrays(np.int32, SHAPES)
FLOATS = hnp.arrays(np.float64, SHAPES, elements=st.floats(-3, 3))


@given(INT16, st.sampled_from(["none", "tpdf"]))
def test_widening_and_narrowing_back_is_exact(samples, dither):
    for wide in ("PCM_24", "PCM_32"):
        widened, _ = quantize(samples, wide, dither=dither)
        assert widened.dtype == np.int32
        back, clipped = quantize(widened, "PCM_16", dither=dither)
        assert np.array_equal(back, samples)
        assert clipped == 0


@given(INT16)
def test_widening_is_a_shift(samples):
    assert np.array_equal(quantize(samples, "PCM_32")[0], samples.astype(np.int32) << 16)


@given(INT32)
def test_32_bits_survive_the_way_through_float64(samples):
    assert np.array_equal(quantize(to_float(samples, np.float64), "PCM_32")[0], samples)


@given(INT16)
def test_16_bits_survive_the_way_through_float32(samples):
    assert np.array_equal(quantize(to_float(samples, np.float32), "PCM_16", dither="tpdf")[0], samples)


@given(FLOATS, st.sampled_from(list(BITS)))
def test_rounding_is_within_half_a_step_and_clipped_samples_are_counted(samples, subtype):
    bits = BITS[subtype]
    integers, clipped = quantize(samples, subtype)
    home = 8 * integers.dtype.itemsize
    steps = integers.astype(np.int64) >> (home - bits)
    wanted = np.rint(samples * 2.0 ** (bits - 1))
    inside = (wanted >= -(2 ** (bits - 1))) & (wanted < 2 ** (bits - 1))
    assert clipped == np.count_nonzero(~inside)
    assert np.array_equal(steps[inside], wanted[inside])
    assert np.all(steps[~inside & (samples > 0)] == 2 ** (bits - 1) - 1)
    assert np.all(steps[~inside & (samples < 0)] == -(2 ** (bits - 1)))


@given(FLOATS, st.sampled_from(list(BITS)), st.integers(0, 2**32))
def test_dither_moves_a_sample_by_less_than_two_steps_and_repeats_itself(samples, subtype, seed):
    samples = samples / 4
    plain, _ = quantize(samples, subtype)
    first, _ = quantize(samples, subtype, dither="tpdf", seed=seed)
    again, _ = quantize(samples, subtype, dither="tpdf", seed=seed)
    step = 1 << (8 * plain.dtype.itemsize - BITS[subtype])
    assert np.array_equal(first, again)
    assert np.all(np.abs(first.astype(np.int64) - plain) < 2 * step)


def test_another_seed_gives_other_noise():
    tone = np.sin(np.arange(2000) / 7) / 3
    assert not np.array_equal(
        quantize(tone, "PCM_16", dither="tpdf", seed=1)[0], quantize(tone, "PCM_16", dither="tpdf", seed=2)[0]
    )


def test_silence_between_sounds_stays_silence_under_dither():
    samples = np.random.default_rng(3).uniform(-0.5, 0.5, (3000, 2)).astype(np.float32)
    samples[1000:2000] = 0
    integers, _ = quantize(samples, "PCM_16", dither="tpdf", seed=9)
    assert not integers[1000:2000].any()
    assert np.count_nonzero(integers[:1000]) > 1900


def test_a_zero_crossing_is_no_silence():
    samples = np.full((4000, 1), 1e-3, np.float32)
    samples[::50] = 0
    integers, _ = quantize(samples, "PCM_16", dither="tpdf", seed=9)
    assert np.count_nonzero(integers[::50]) > 10


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_a_tone_below_one_step_keeps_its_level_and_gets_no_harmonics(subtype):
    """At -90 dB plain rounding to 16 bits makes a square wave; dither turns its harmonics into noise."""
    seconds, rate, frequency = 8, 44_100, 1000
    instants = np.arange(seconds * rate) / rate
    tone = 10 ** (-90 / 20) * np.sin(2 * np.pi * frequency * instants)
    integers, _ = quantize(tone.astype(np.float32), subtype, dither="tpdf", seed=4)
    floats = to_float(integers, np.float64)
    spectrum = np.abs(np.fft.rfft(floats)) * 2 / len(floats)
    level = 20 * np.log10(spectrum[frequency * seconds])
    harmonics = 20 * np.log10(max(spectrum[k * frequency * seconds] for k in (2, 3, 5, 7)))
    assert level == pytest.approx(-90, abs=0.1)
    assert harmonics - level < -35
    assert abs(floats.mean()) < 0.01 / 32768


def test_plain_rounding_of_that_tone_has_harmonics():
    instants = np.arange(44_100) / 44_100
    tone = 10 ** (-90 / 20) * np.sin(2 * np.pi * 1000 * instants)
    spectrum = np.abs(np.fft.rfft(to_float(quantize(tone, "PCM_16")[0], np.float64)))
    assert 20 * np.log10(spectrum[5000] / spectrum[1000]) > -20


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_sample_that_is_not_finite_is_refused_with_its_place(bad):
    samples = np.zeros((10, 2))
    samples[7, 1] = bad
    with pytest.raises(ConvertError, match=r"sample 7 of channel 1 is -?(nan|inf), 1 such"):
        quantize(samples, "PCM_16")
    with pytest.raises(ConvertError, match="sample 7 of channel 0"):
        quantize(samples[:, 1], "PCM_16")


def test_an_unknown_subtype_and_other_integers_are_refused():
    with pytest.raises(ConvertError, match="cannot quantize to 'FLOAT'; expected one of PCM_U8"):
        quantize([0.0], "FLOAT")
    with pytest.raises(ConvertError, match="integers are int64; expected full-scale int16 or int32"):
        quantize([1], "PCM_16")


def test_nothing_gives_nothing():
    for dither in ("none", "tpdf"):
        integers, clipped = quantize(np.zeros((0, 2), np.float32), "PCM_16", dither=dither)
        assert (integers.shape, clipped) == ((0, 2), 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_loudest_float_is_clipped_without_a_warning(dtype):
    loudest = np.finfo(dtype).max
    integers, clipped = quantize(np.array([loudest, -loudest], dtype), "PCM_16")
    assert (integers.tolist(), clipped) == ([32767, -32768], 2)
