"""Viseme events and frames of Azure, read by others."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ExportError
from clipaudio.lipsync.blendshapes import ARKIT, AZURE
from clipaudio.lipsync.curves import Curves
from clipaudio.lipsync.formats.azure import SHAPES, dumps, dumps_frames
from clipaudio.timing.timeline import Timeline


@given(st.lists(st.tuples(st.sampled_from(SHAPES), st.floats(0.001, 600)), min_size=1, max_size=20))
def test_another_reader_finds_every_event_to_the_tick(needs, spans):
    reader = needs("openfacefx.timing")
    now, labels, times = 0.0, [], []
    for label, length in spans:
        labels.append(label)
        times.append([now, now + length])
        now += length
    line = Timeline(labels, times)
    events = reader.parse_azure_visemes(dumps(line))
    fresh = [i for i in range(len(labels)) if i == 0 or labels[i] != labels[i - 1]]
    assert [event.symbol for event in events] == [labels[i] for i in fresh]
    assert [event.start for event in events] == pytest.approx([times[i][0] for i in fresh], abs=6e-8)
    lines = [json.loads(row) for row in dumps(line, as_lines=True).splitlines()]
    assert lines == json.loads(dumps(line))


def test_a_number_azure_does_not_have_is_refused():
    with pytest.raises(ExportError, match="mouth shape 0 is '22', which is not one of Azure's"):
        dumps(Timeline(("22",), [[0, 1]]))
    assert json.loads(dumps(Timeline.empty())) == []


@pytest.mark.parametrize("block", [None, 1, 7, 100])
def test_frames_are_counted_on_from_block_to_block_and_columns_stand_in_order(block):
    rng = np.random.default_rng(0)
    weights = rng.random((50, len(ARKIT))).astype(np.float32)
    shuffled = rng.permutation(len(ARKIT))
    curves = Curves(np.arange(50) / 60, tuple(ARKIT[i] for i in shuffled), weights[:, shuffled], 60)
    blocks = [json.loads(line) for line in dumps_frames(curves, block=block).splitlines()]
    assert [made["FrameIndex"] for made in blocks] == list(range(0, 50, block or 50))
    rows = np.concatenate([made["BlendShapes"] for made in blocks])
    assert rows.shape == (50, 55)
    assert rows[:, :52] == pytest.approx(weights, abs=5.1e-5)
    assert not rows[:, 52:].any()
    assert AZURE[52:] == ("headRoll", "leftEyeRoll", "rightEyeRoll")


def test_frames_that_azure_would_not_send_are_refused():
    one = np.ones((1, 1), np.float32)
    with pytest.raises(ExportError, match="the curves have 24 frames per second; Azure's have 60"):
        dumps_frames(Curves(np.zeros(1), ("jawOpen",), one, 24))
    with pytest.raises(ExportError, match="the curves have times of their own"):
        dumps_frames(Curves(np.zeros(1), ("jawOpen",), one))
    with pytest.raises(ExportError, match="a weight of video frame 0 is not from 0 to 1") as caught:
        dumps_frames(Curves(np.zeros(1), ("jawOpen",), one * np.float32("nan"), 60))
    assert caught.value.index == 0
    with pytest.raises(ExportError, match="a block of 0 frames; expected 1 or more"):
        dumps_frames(Curves(np.zeros(1), ("jawOpen",), one, 60), block=0)
