"""A signal in blocks gives what the whole gives, bit for bit."""

from __future__ import annotations

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
    st.lists(st.integers(20_000, 3 * BLOCK), max_size=3),
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
