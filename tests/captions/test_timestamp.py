"""Times as text: rounded once, no field overflows, nonsense refused."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import webvtt
from clipaudio.captions.timestamp import format_timestamp, to_milliseconds
from clipaudio.errors import ExportError

TIMES = st.floats(0, 400_000)


@given(TIMES, TIMES)
@settings(max_examples=200)
def test_a_time_is_rounded_once_and_reads_back(one, other):
    start, end = sorted((one, other))
    text = webvtt.dumps([Cue(start, end, ("x",))])
    stamps = [
        ((int(h) * 60 + int(m)) * 60 + int(s)) * 1000 + int(ms)
        for h, m, s, ms in re.findall(r"(\d+):([0-5]\d):([0-5]\d)\.(\d{3})", text)
    ]
    assert abs(stamps[0] - start * 1000) <= 0.5001
    assert stamps[1] == max(to_milliseconds(end), stamps[0] + 1)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (59.9996, "00:01:00.000"),
        (3599.9999, "01:00:00.000"),
        (360_000.5, "100:00:00.500"),
        (0.0004, "00:00:00.000"),
    ],
)
def test_no_field_overflows(seconds, text):
    assert format_timestamp(seconds) == text


@pytest.mark.parametrize("bad", [math.nan, math.inf, -1.0])
def test_a_time_that_is_none_is_refused(bad):
    with pytest.raises(ExportError, match=r"a time of .* expected a finite number from 0 on"):
        format_timestamp(bad)
