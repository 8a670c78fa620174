"""Weights as text, many at once, against Python's own formatting of one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from clipaudio.lipsync.formats.shared import format_millionths, list_ten_thousandths, round_ten_thousandths
from clipaudio.phonetics.articulation import Glide, Manner, Place, SoundKind

WEIGHTS = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, max_side=8),
    elements=st.floats(0, 1, width=32).map(abs),
)


@given(WEIGHTS)
def test_millionths_are_what_python_formats_with_six_digits(weights):
    assert format_millionths(weights) == [",".join(f"{value:.6f}" for value in row) for row in weights.tolist()]


def test_a_half_of_the_last_digit_goes_to_the_even_one_as_in_python():
    halves = (np.arange(64, dtype=np.float32) * 2 + 1) / np.float32(2**7)  # seven binary digits end in a decimal 5
    assert format_millionths(halves[:, None]) == [f"{value:.6f}" for value in halves.tolist()]


@given(WEIGHTS)
def test_ten_thousandths_are_written_as_the_floats_they_round_to(weights):
    texts = list_ten_thousandths()
    written = [[texts[number] for number in row] for row in round_ten_thousandths(weights).tolist()]
    assert written == [[repr(value) for value in row] for row in weights.astype(np.float64).round(4).tolist()]


def test_no_column_and_no_row_give_no_text():
    assert format_millionths(np.zeros((0, 3), np.float32)) == []
    assert round_ten_thousandths(np.zeros((2, 0), np.float32)).tolist() == [[], []]


def test_what_a_sound_is_made_of_hashes_like_the_number_it_equals():
    members = (*SoundKind, *Place, *Manner, *Glide)
    assert [hash(member) for member in members] == list(map(int, members))
