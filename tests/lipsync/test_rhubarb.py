"""Rhubarb's JSON, read by others."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ExportError
from clipaudio.lipsync.old_mouth_timing import mouth_track
from clipaudio.lipsync.rhubarb import dumps
from clipaudio.timing.timeline import Timeline

EMPTY = Timeline.empty()


@given(st.lists(st.tuples(st.sampled_from("pausfl"), st.floats(0.001, 2)), max_size=20), st.floats(0.011, 3))
def test_cues_are_contiguous_hundredths_that_another_reader_understands(needs, sounds, rest):
    reader = needs("openfacefx.importers")
    labels, times, now = [], [], 0.0
    for label, length in sounds:
        labels.append(label)
        times.append([now, now + length])
        now += length
    track = mouth_track(Timeline(labels, times), EMPTY, now + rest)
    text = dumps(track, duration=now + rest, sound_file="C:\\ü.wav")
    intervals, duration = reader.parse_rhubarb_json(text)
    assert duration == intervals[-1][1]
    assert duration <= now + rest + 1e-6 < duration + 0.011
    assert intervals[0][0] == 0
    for (start, end, shape), following in zip(intervals, [*intervals[1:], (duration, duration, "X")], strict=True):
        assert start < end == following[0]
        assert shape in "ABCDEFGHX"
    assert json.loads(text)["metadata"]["soundFile"] == "C:\\ü.wav"
    assert text.isascii()


def test_a_clip_too_short_for_a_hundredth_is_one_empty_rest():
    text = dumps(mouth_track(None, EMPTY, 0.004), duration=0.004)
    assert json.loads(text)["mouthCues"] == [{"start": 0.0, "end": 0.0, "value": "X"}]


def test_a_track_of_another_length_is_refused():
    with pytest.raises(ExportError, match=r"ends at 1.0 s but the duration is 2 s"):
        dumps(mouth_track(None, EMPTY, 1.0), duration=2)
