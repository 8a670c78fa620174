"""Time arrays stay JSON until they are needed: what passes the check can be decoded later."""

from __future__ import annotations

import json
import pickle

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import CallbackError
from clipaudio.resemble.callback import read_callback
from clipaudio.resemble.levels import NotTidyError, read_level


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        (b"", []),
        (b"null", []),
        (b"[]", []),
        (b"[ ]", []),
        (b"[[0,0.5]]", [[0, 0.5]]),
        (b"[ [-1, 2e3],\n[3,4] ]", [[-1, 2000], [3, 4]]),
    ],
)
def test_tidy_arrays_stay_json_until_they_are_needed(raw, pairs):
    level = read_level(("a",) * len(pairs), raw)
    assert len(level) == len(pairs)
    assert level.timeline.times.tolist() == pairs


@pytest.mark.parametrize(
    "raw", [b"[[0,1],[2]]", b"[[0],[1,2,3]]", b"[0,1]", b"[[[0,1]]]", b'[[0,"1"]]', b"[[0,1],null]", b'{"a":[0,1]}']
)
def test_other_arrays_are_not_tidy(raw):
    with pytest.raises(NotTidyError):
        read_level(("a", "b"), raw)


@pytest.mark.parametrize("raw", [b"[0.0]", b"[ 1 ]"])
def test_number_alone_is_not_an_empty_array(raw):
    with pytest.raises(NotTidyError):
        read_level((), raw)
    stamps = {"graph_chars": [], "graph_times": json.loads(raw)}
    callback = read_callback({"id": "a", "audio_timestamps": stamps})
    assert len(callback.graphemes) == 0


def test_unequal_lengths_are_not_tidy():
    with pytest.raises(NotTidyError):
        read_level(("a",), b"[[0,1],[1,2]]")


def test_numbers_are_decoded_once_and_are_read_only():
    level = read_level(("a",), b"[[0,1]]")
    assert level.timeline is level.timeline
    assert not level.timeline.times.flags.writeable


numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(10**400), 10**400).map(str),
    st.sampled_from(["1e308", "1e309", "1E999", "-1e999", "0e999", "-0.0", "1e-999", "9" * 299, "9" * 309, "1" * 308]),
    st.integers(1, 400).map(lambda count: "1" * count),
    st.integers(1, 400).map(lambda count: "0." + "1" * count),
)


@given(st.lists(st.tuples(numbers, numbers), max_size=8), st.sampled_from([",", " , ", "," + " " * 301]))
def test_tidy_numbers_can_be_decoded(pairs, comma):
    """The check decodes no number, so it must know which could fail: none may on first use."""
    raw = "[" + comma.join(f"[{a}{comma}{b}]" for a, b in pairs) + "]"
    try:
        level = read_level(("a",) * len(pairs), raw.encode())
    except msgspec.ValidationError:
        assert not np.isfinite([float(text) for pair in pairs for text in pair]).all()
    else:
        assert level.timeline.times.tolist() == [[float(a), float(b)] for a, b in pairs]


@pytest.mark.parametrize("number", ["9" * 400, "-" + "9" * 309])
def test_number_beyond_all_floats_is_refused_at_once_by_its_path(number):
    raw = json.dumps({"id": "a", "graph_chars": ["a", "b"], "graph_times": [[0, 1], [1, "x"]]}).replace('"x"', number)
    with pytest.raises(CallbackError, match=r"graph_times\[1\]"):
        read_callback(raw)


def test_pickle_is_the_same_before_and_after_the_numbers_are_decoded():
    raw = b'{"id": "a", "graph_chars": ["H"], "graph_times": [[0, 0.5]], "phon_chars": ["h"], "phon_times": [[0, 0.5]]}'
    waiting, used = read_callback(raw), read_callback(raw)
    assert used.graphemes is used.graphemes
    assert waiting.has_phones
    assert pickle.dumps(waiting) == pickle.dumps(used)
    assert pickle.loads(pickle.dumps(waiting)).phones == used.phones
    assert repr(waiting) == repr(used)
