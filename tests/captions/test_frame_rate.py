"""Frames: exact at every rate for ten hours, one way and back."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions.frame_rate import (
    parse_fps,
    time_video_frames,
    to_video_frames,
    to_whole_milliseconds,
)
from clipaudio.errors import ExportError

TEN_HOURS = 36_000
NAMES = ("23.976", "24", "25", "29.97", "30", "50", "59.94", "60")
RATES = [parse_fps(name) for name in NAMES]
NTSC = {"23.976": Fraction(24000, 1001), "29.97": Fraction(30000, 1001), "59.94": Fraction(60000, 1001)}


@pytest.mark.parametrize("fps", RATES, ids=NAMES)
def test_every_frame_of_ten_hours_survives_its_time_in_milliseconds(fps):
    frames = np.arange(ceil(TEN_HOURS * fps) + 1)
    times = time_video_frames(frames, fps=fps)
    # ms <= 1000 * frame / fps < ms + 1, in integers: no float takes part
    ms = np.rint(times * 1000).astype(np.int64)
    exact = frames * (1000 * fps.denominator)
    assert (ms * fps.numerator <= exact).all()
    assert ((ms + 1) * fps.numerator > exact).all()
    assert (ms / 1000 == times).all()
    for side in ("nearest", "before", "after"):
        assert (to_video_frames(times, fps=fps, side=side) == frames).all()
    some = frames[:: max(1, len(frames) // 5000)].tolist()
    assert [floor(1000 * frame / fps) for frame in some] == ms[some].tolist()


@given(st.integers(0, 400_000_000), st.sampled_from(RATES))
def test_the_frame_of_a_time_is_the_one_fractions_give(ms, fps):
    time = ms / 1000
    stamp = {frame: floor(1000 * frame / fps) for frame in range(max(0, floor(ms * fps / 1000) - 2), 10**10)[:6]}
    assert to_video_frames(time, fps=fps, side="before") == max(frame for frame, at in stamp.items() if at <= ms)
    assert to_video_frames(time, fps=fps, side="after") == min(frame for frame, at in stamp.items() if at >= ms)
    assert to_video_frames(time, fps=fps) == floor(Fraction(ms, 1000) * fps + Fraction(1, 2))


def test_a_rate_may_be_given_in_any_usual_way():
    for name, rate in NTSC.items():
        assert parse_fps(name) == parse_fps(float(name)) == parse_fps(f" {rate} ") == parse_fps(rate) == rate
    assert parse_fps("23.98") == NTSC["23.976"]
    assert parse_fps(Fraction(2997, 100)) == NTSC["29.97"]
    assert parse_fps("24") == parse_fps(24.0) == 24
    assert parse_fps("119.88") == Fraction(120_000, 1001)


@pytest.mark.parametrize("wrong", ["", "fast", "0", -25, "1/0", "24/", float("nan"), float("inf"), 1001, "0.5", True])
def test_what_is_no_rate_is_refused(wrong):
    with pytest.raises(ExportError, match=r"an fps of .*; expected"):
        parse_fps(wrong)


def test_a_rate_too_odd_to_count_with_is_refused():
    with pytest.raises(ExportError, match=r"an fps of '24\.1234567'"):
        parse_fps("24.1234567")


@pytest.mark.parametrize("wrong", [-0.001, np.nan, np.inf, 1e300])
def test_a_time_that_is_none_is_refused_with_its_place(wrong):
    with pytest.raises(ExportError, match=r"time 1 is .* s; expected 0 to 1000000000") as caught:
        to_video_frames([0.0, wrong], fps=Fraction(25))
    assert caught.value.index == 1


def test_whole_milliseconds_take_what_floats_lose_for_nothing():
    every = np.arange(0, 400_000_000, 997)
    for side in ("nearest", "before", "after"):
        assert (to_whole_milliseconds(every / 1000, side=side) == every).all()
    assert to_whole_milliseconds([0.0005, 0.00149]).tolist() == [1, 1]
