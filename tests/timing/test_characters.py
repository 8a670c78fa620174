"""Which characters are among others, against numpy's own search."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.timing.characters import are_among, table_of
from clipaudio.timing.intervals import mark_changes


@given(st.text(max_size=40), st.text(min_size=1, max_size=8))
def test_a_table_finds_what_a_search_finds(text, characters):
    codes = np.array(list(map(ord, text)), np.uint32)
    assert are_among(codes, table_of(characters)).tolist() == [character in characters for character in text]


@given(st.lists(st.integers(-2, 2), max_size=12))
def test_a_value_changes_where_another_stood_before_it(values):
    fresh = mark_changes(np.array(values, np.intp))
    assert fresh.tolist() == [row == 0 or values[row] != values[row - 1] for row in range(len(values))]
