"""A waveform holds the extremes of its samples, however they come in blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from clipaudio.audio.encode import encode
from clipaudio.audio.reader import open_audio
from clipaudio.audio.waveform import find_extremes, read_waveform

SAMPLES = arrays.arrays(np.int16, st.tuples(st.integers(0, 400), st.integers(1, 3)))


@given(samples=SAMPLES, hop=st.integers(1, 50), cuts=st.lists(st.integers(0, 400), max_size=5))
def test_blocks_of_any_length_give_the_extremes_of_the_whole(samples, hop, cuts):
    blocks = np.split(samples, sorted(min(cut, len(samples)) for cut in cuts))
    found = find_extremes(blocks, 100, step=hop / 100)
    assert found.step == hop / 100
    whole = [samples[row : row + hop] / 32768 for row in range(0, len(samples), hop)]
    wanted = [[piece.min(), piece.max()] for piece in whole]
    assert found.extremes.tolist() == np.array(wanted, np.float32).reshape(-1, 2).tolist()


def test_samples_that_are_not_finite_count_as_silence():
    found = find_extremes([np.array([[np.nan], [np.inf], [-np.inf], [0.5]])], 4, step=1.0)
    assert found.extremes.tolist() == [[0.0, 0.5]]


@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_a_file_has_the_waveform_of_its_samples(kind):
    tone = np.sin(np.arange(8000) / 5) * 0.5
    with open_audio(encode(tone, 8000, format=kind)) as audio:
        extremes, step = read_waveform(audio, step=0.01)
    assert step == 0.01
    assert extremes.shape == (100, 2)
    assert extremes[:, 0].min() == pytest.approx(-0.5, abs=1e-3)
    assert extremes[:, 1].max() == pytest.approx(0.5, abs=1e-3)
