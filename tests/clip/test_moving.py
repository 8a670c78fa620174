"""Times that are moved against the sound lose no letter."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.clip.moving import keep_inside

OFFSETS = st.one_of(st.floats(-9, 9), st.floats(-1e4, 1e4))


@given(st.lists(st.floats(0.0, 0.5), min_size=2, max_size=60), st.floats(-40, 40), st.floats(0.01, 30))
def test_moved_entries_stay_in_order_and_inside(steps, offset, stop):
    edges = offset + np.cumsum(steps)
    times = np.column_stack((edges[:-1], edges[1:]))
    kept = keep_inside(times, 0.0, stop)
    assert kept.min() >= 0
    assert kept.max() <= stop
    assert (np.diff(kept.ravel()) >= 0).all()
    outside = (times[:, 1] < 0) | (times[:, 0] > stop)
    least = min(0.001, stop / len(times))
    assert (np.diff(kept, axis=1).ravel()[outside] >= least * (1 - 1e-6)).all()
    within = (times[:, 0] >= 0.06) & (times[:, 1] <= stop - 0.06)
    assert np.array_equal(kept[within], times[within])


@given(OFFSETS, st.floats(-0.4, 0.9), st.sampled_from([("Ann", "Ann", "Ann"), ("Ann", "Bob", "Ann")]))
def test_a_retimed_clip_keeps_its_text_and_stays_inside(offset, drift, names):
    words = [
        {"word": word, "start": start, "end": start + 0.3, "speaker": name}
        for word, start, name in zip(("Hello", "there,", "friend."), (0.0, 0.5, 1.4), names, strict=True)
    ]
    clip = clipaudio.open_clip({"segments": [{"start": 0.0, "end": 1.7, "text": "", "words": words}], "language": "en"})
    moved = clip.retime(offset, drift)
    assert moved.words.labels == clip.words.labels
    assert moved.words.times.min() >= 0
    assert moved.words.times.max() <= clip.duration + 1e-9
    assert (np.diff(moved.words.times.ravel()) >= -1e-9).all()
    assert (moved.words.ends - moved.words.starts > 0.0009).all()
