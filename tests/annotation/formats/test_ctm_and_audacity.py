"""Words as lines: CTM and Audacity's labels."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.annotation.formats import audacity, ctm
from clipaudio.annotation.tier import clean_label
from clipaudio.errors import ExportError
from clipaudio.timing.timeline import Timeline

LABELS = st.lists(st.text(st.characters(codec="utf-8"), max_size=8), max_size=6)


def of(labels):
    return Timeline(labels, [[i / 7, (i + 1) / 7] for i in range(len(labels))])


@given(LABELS)
def test_every_word_is_one_line_of_five_fields(labels):
    lines = ctm.dumps(of(labels), name="my clip").removesuffix("\n").split("\n")
    shown = [(i, label) for i, label in enumerate(map(clean_label, labels)) if label]
    assert lines == [""] if not shown else len(lines) == len(shown)
    for line, (i, label) in zip(lines, shown, strict=False):
        name, channel, start, duration, token = line.split(" ")
        assert (name, channel) == ("my_clip", "1")
        assert float(start) == pytest.approx(i / 7, abs=5.1e-5)
        assert float(duration) == pytest.approx(1 / 7, abs=1.1e-4)
        assert token == re.sub(r"\s", "<space>", label)


@given(LABELS)
def test_every_label_is_one_line_of_three_fields(labels):
    lines = audacity.dumps(of(labels)).removesuffix("\n").split("\n")
    shown = [(i, label) for i, label in enumerate(map(clean_label, labels)) if label]
    for line, (i, label) in zip(lines, shown, strict=False):
        start, end, text = line.split("\t")
        assert (float(start), float(end)) == pytest.approx((i / 7, (i + 1) / 7), abs=5.1e-7)
        assert text == re.sub(r"\s+", " ", label)


def test_a_short_phone_still_takes_time():
    assert ctm.dumps(Timeline("t", [[1.0, 1.00001]])) == "clip 1 1.0000 0.0001 t\n"


@pytest.mark.parametrize("dumps", [ctm.dumps, audacity.dumps])
@pytest.mark.parametrize("times", [[-1.0, 0.5], [0.5, float("inf")], [0.5, 0.4]])
def test_times_that_are_none_are_refused(dumps, times):
    with pytest.raises(ExportError, match="label 0"):
        dumps(Timeline("t", [times]))


def test_a_negative_zero_is_written_as_zero():
    line = Timeline(("Hi",), [[-0.0, 0.5]])
    assert audacity.dumps(line) == "0.000000\t0.500000\tHi\n"
    assert ctm.dumps(line) == "clip 1 0.0000 0.5000 Hi\n"
