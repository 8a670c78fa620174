"""A Timeline is one immutable value."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from clipaudio.errors import TimelineError
from clipaudio.timing.timeline import Entry, Spans, Timeline


def test_times_cannot_be_changed_and_are_not_the_callers():
    mine = np.array([[0.0, 0.1]])
    line = Timeline(["a"], mine)
    mine[0, 0] = 9
    assert line.times[0, 0] == 0
    assert line.labels == ("a",)
    with pytest.raises(ValueError, match="read-only"):
        line.times[0, 0] = 1
    with pytest.raises(AttributeError):
        line.labels = ()


@pytest.mark.parametrize(
    ("labels", "times", "message"),
    [
        (("a",), [[0, 1], [1, 2]], "1 labels but 2 times"),
        (("a",), [[0, 1, 2]], r"shape \(1, 3\)"),
        (("a",), [0.5], r"shape \(1,\)"),
        (("a",), [["x", 1]], "pairs of numbers"),
        (("a",), [[0, 1], [1]], "pairs of numbers"),
    ],
)
def test_what_makes_no_timeline_is_refused(labels, times, message):
    with pytest.raises(TimelineError, match=message):
        Timeline(labels, times)


def test_spans_need_a_run_a_label():
    with pytest.raises(TimelineError, match="1 labels but 0 child_ranges"):
        Spans(("a",), [[0, 1]], [])
    for runs in ([[0, 1, 2]], [["x", 1]], [[0], [1, 2]]):
        with pytest.raises(TimelineError, match=r"pairs of rows"):
            Spans(("a",), [[0, 1]], runs)


def test_entries_can_be_looped_over_and_picked():
    line = Timeline(("a", "b"), [[0, 0.5], [0.5, 1]])
    assert list(line) == [Entry("a", 0.0, 0.5), Entry("b", 0.5, 1.0)]
    assert line[-1].duration == 0.5
    assert line[np.array([False, True])] == Timeline(("b",), [[0.5, 1]])
    assert line[0:1].labels == ("a",)
    assert line[0:2] == line
    assert line.durations.tolist() == [0.5, 0.5]
    assert Timeline.empty().text == ""


def test_equal_values_are_equal_and_hash_alike():
    one, two = Timeline(("a",), [[0, 1]]), Timeline(("a",), [[0.0, 1.0]])
    assert one == two
    assert hash(one) == hash(two)
    below = Timeline(("a",), [[-0.0, 1]])
    assert below == one
    assert hash(below) == hash(one)
    assert one != Timeline(("b",), [[0, 1]])
    assert one != "a"
    assert Timeline(("a",), [[np.nan, 1]]) == Timeline(("a",), [[np.nan, 1]])


@pytest.mark.parametrize("value", [Timeline(("a",), [[0, 1]]), Spans(("a",), [[0, 1]], [[0, 1]])])
def test_values_survive_pickling(value):
    assert pickle.loads(pickle.dumps(value)) == value


def test_the_repr_is_short():
    assert (
        repr(Timeline(("ab" * 40,), [[0, 1]]))
        == "<Timeline: 1 labels 'ababababababababababababababa…', ends at 1.000 s>"
    )
    assert repr(Timeline.empty()) == "<Timeline: 0 labels ''>"
