"""Keyframes: few rows from which every frame can be had back."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ExportError
from clipaudio.lipsync.curves import Curves
from clipaudio.lipsync.formats.keyframes import dumps


@given(st.lists(st.sampled_from([0.0, 0.0, 0.25, 1.0]), min_size=1, max_size=60), st.integers(-5, 100))
def test_straight_lines_between_the_keys_give_every_frame(values, first):
    weights = np.stack([values, np.zeros(len(values))], axis=1).astype(np.float32)
    text = dumps(Curves(np.arange(len(values)) / 25, ('a,"b"\n', "still"), weights, 25), first_frame=first)
    header, *rows = csv.reader(text.splitlines())
    assert header == ["frame", "name", "value"]
    assert {name for _, name, _ in rows} <= {'a,"b"'}
    if any(values):
        frames = [int(frame) for frame, *_ in rows]
        assert frames == sorted(set(frames))
        got = np.interp(np.arange(len(values)) + first, frames, [float(value) for *_, value in rows])
        assert got.tolist() == pytest.approx(values)
    else:
        assert rows == []


def test_a_held_value_has_two_keys():
    curves = Curves(np.arange(1000) / 25, ("x",), np.full((1000, 1), 0.5, np.float32), 25)
    assert dumps(curves) == "frame,name,value\n1,x,0.5\n1000,x,0.5\n"


def test_curves_at_times_of_their_own_have_no_frames():
    with pytest.raises(ExportError, match="expected video frames: make them with an fps"):
        dumps(Curves(np.zeros(1), ("x",), np.zeros((1, 1), np.float32)))
