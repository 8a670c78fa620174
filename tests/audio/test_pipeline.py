"""A signal in blocks gives what the whole gives, bit for bit."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipaudio.audio import pipeline as module
from clipaudio.audio.dither import BLOCK, noise
from clipaudio.audio.pipeline import Pipeline
from clipaudio.audio.resample import Resampler, resample
from clipaudio.errors import ConvertError

RATES = [8000, 11025, 16000, 22050, 44100, 48000]


def signal(frames, channels, dtype, seed=0):
    rng = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "i":
        top = np.iinfo(dtype).max // 2
        return rng.integers(-top, top, (frames, channels), dtype)
    return rng.uniform(-0.5, 0.5, (frames, channels)).astype(dtype)


def cut(samples, edges):
    edges = sorted({min(edge, len(samples)) for edge in edges} - {0, len(samples)})
    return np.split(samples, edges)


def run(samples, parts, rates, subtype, dither):
    pipeline = Pipeline(*rates, samples.shape[1], subtype, dither=dither)
    made = [pipeline(part, last=i + 1 == len(parts)) for i, part in enumerate(parts)]
    return np.concatenate(made), pipeline.clipped


@settings(max_examples=60)
@given(
    st.integers(0, 3 * BLOCK),
    st.integers(1, 2),
    st.sampled_from([np.int16, np.int32, np.float32, np.float64]),
    st.tuples(st.sampled_from(RATES), st.sampled_from(RATES)),
    st.sampled_from(["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"]),
    st.sampled_from(["none", "tpdf", "tpdf-hp"]),
    st.lists(st.integers(0, 200) | st.integers(0, 3 * BLOCK), max_size=3),
)
def test_blocks_give_what_the_whole_gives(frames, channels, dtype, rates, subtype, dither, edges):
    samples = signal(frames, channels, dtype)
    whole, clipped = run(samples, [samples], rates, subtype, dither)
    parts, clipped_in_parts = run(samples, cut(samples, edges), rates, subtype, dither)
    assert np.array_equal(whole, parts)
    assert clipped == clipped_in_parts
    assert len(whole) == (2 * frames * rates[1] + rates[0]) // (2 * rates[0])


def test_a_resampler_used_again_gives_the_same():
    samples = signal(5000, 1, np.float32)
    first = resample(samples, 44100, 16000)
    for other in range(10):  # more kinds than are kept
        resample(samples, 44100, 8000 + other)
    assert np.array_equal(resample(samples, 44100, 16000), first)
    assert np.array_equal(Resampler(44100, 16000, 1)(samples, last=True), first)


def test_a_sample_that_is_not_finite_is_named_by_its_place_in_the_whole():
    samples = signal(3 * BLOCK, 2, np.float32)
    samples[2 * BLOCK + 5, 1] = np.nan
    for rates, subtype in (((8000, 8000), "PCM_16"), ((8000, 16000), "PCM_16"), ((8000, 8000), "FLOAT")):
        with pytest.raises(ConvertError, match=f"sample {2 * BLOCK + 5} of channel 1 is nan"):
            run(samples, cut(samples, [BLOCK]), rates, subtype, "tpdf")


def test_the_seed_is_that_of_the_sound():
    one, other = signal(4000, 1, np.float32, 1), signal(4000, 1, np.float32, 2)
    made = [run(x, [x], (8000, 8000), "PCM_16", "tpdf")[0] / 32768 - x for x in (one, other)]
    assert abs(np.corrcoef(made[0][:, 0], made[1][:, 0])[0, 1]) < 0.1
    assert module.FRAMES % BLOCK == 0


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("kind", ["tpdf", "tpdf-hp"])
def test_noise_is_triangular_and_white_or_high(kind, channels):
    drawn = np.concatenate([noise(kind, 3, block, (BLOCK, channels)) for block in range(16)])[:, 0].astype(float)
    assert drawn.mean() == pytest.approx(0, abs=0.005)
    assert drawn.var() == pytest.approx(1 / 6, rel=0.02)
    neighbours = np.corrcoef(drawn[1:], drawn[:-1])[0, 1]
    assert neighbours == pytest.approx(-0.5 if kind == "tpdf-hp" else 0.0, abs=0.02)
    spectrum = np.abs(np.fft.rfft(drawn)) ** 2
    low = spectrum[: len(spectrum) // 8].mean() / spectrum.mean()
    assert low < 0.1 if kind == "tpdf-hp" else low == pytest.approx(1, abs=0.1)


def test_a_few_frames_at_a_time_have_the_seed_of_the_whole():
    samples = signal(9000, 1, np.int16)
    for rates in ((44100, 16000), (8000, 192_000), (8000, 8000)):
        whole, _ = run(samples, [samples], rates, "PCM_U8", "tpdf")
        parts, _ = run(samples, np.split(samples, range(90, 9000, 90)), rates, "PCM_U8", "tpdf")
        assert np.array_equal(whole, parts)


@pytest.mark.parametrize("rate", [16_000.0, np.int32(16_000)])
def test_a_rate_may_be_any_whole_number(rate):
    samples = signal(80, 1, np.int16)
    assert len(run(samples, [samples], (8000, rate), "PCM_16", "tpdf")[0]) == 160


@pytest.mark.parametrize("rate", [0, -8000, 8000.5, float("nan"), float("inf"), "8000"])
def test_what_is_no_rate_is_refused(rate):
    with pytest.raises(ConvertError, match="a positive whole number expected"):
        Pipeline(8000, rate, 1, "PCM_16")


def test_a_dither_of_another_name_is_refused():
    samples = signal(80, 1, np.int32)
    with pytest.raises(ConvertError, match="unknown dither 'rpdf'; expected one of none, tpdf, tpdf-hp"):
        run(samples, [samples], (8000, 8000), "PCM_16", "rpdf")


@pytest.mark.parametrize(
    ("height", "dtype", "rates", "subtype"),
    [
        (1e39, np.float64, (8000, 8000), "FLOAT"),
        (1e300, np.float64, (8000, 16000), "PCM_16"),
        (3e38, np.float32, (8000, 16000), "PCM_16"),
        (1.7e308, np.float64, (8000, 16000), "DOUBLE"),
        (1.7e308, np.float64, (8000, 16000), "PCM_24"),
    ],
)
def test_finite_samples_never_become_infinite_ones(height, dtype, rates, subtype):
    samples = signal(1000, 1, dtype)
    samples[100:200] = height
    with pytest.raises(ConvertError, match=r"samples are too large (for|to be)"):
        run(samples, [samples], rates, subtype, "tpdf")


@pytest.mark.parametrize("kind", ["tpdf", "tpdf-hp"])
def test_a_header_of_many_channels_takes_no_memory_of_its_own(kind):
    tracemalloc.start()
    try:
        drawn = noise(kind, 3, 0, (2, 65_535))
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()
    assert np.array_equal(noise(kind, 3, 0, (1, 65_535)), drawn[:1])
    assert drawn.var() == pytest.approx(1 / 6, rel=0.05)
