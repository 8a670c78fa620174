"""Whatever comes in, repair gives tidy times and names every change."""

from __future__ import annotations

import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clipaudio.errors import TimelineError, UntidyTimelineError
from clipaudio.timing.intervals import SHORTEST, TOUCH, as_times, is_tidy
from clipaudio.timing.repair import Untidy, pair_up, repair, repair_together
from clipaudio.timing.time_units import are_duration_pairs, detect_unit
from clipaudio.timing.timeline import Timeline
from clipaudio.timing.words import find_words

wild = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(-1, 12),
    st.integers(-3, 12).map(float),
    st.sampled_from([0.0, -0.0, 0.1, 0.2, 0.1 + 0.2, 0.3, 1e-9, 1e-12, 5e-324, 1e6, 1e300, math.nan]),
)
wild_times = st.lists(st.tuples(wild, wild), max_size=12)
durations = st.one_of(st.none(), st.floats(0, 20), st.sampled_from([0.0, 1e-10, 0.3, 10.0]))


def line(times) -> Timeline:
    return Timeline(tuple(chr(97 + i % 26) for i in range(len(times))), times)


def tidy_or_no_room(times, duration) -> None:
    """Sorted, disjoint, finite, inside the audio."""
    limit = 1e6 if duration is None else duration
    assert np.isfinite(times).all()
    assert (times[:, 1] >= times[:, 0]).all()
    assert (times[1:, 0] >= times[:-1, 1]).all()
    if len(times):
        assert times[0, 0] >= 0
        assert times[-1, 1] <= limit


def read_report(report) -> tuple:
    """Everything that a report says, to be compared."""
    found = [(finding.kind, finding.rows.tolist(), finding.example) for finding in report.findings]
    return report.unit, found, report.shared_times.tobytes()


plain = st.lists(st.sampled_from([0.05, 0.1, 0.3]), max_size=9).map(
    lambda steps: [(end - step, end + 0.02) for step, end in zip(steps, np.cumsum(steps).tolist(), strict=True)]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(wild_times | plain, durations, st.sampled_from(["auto", "s", "ms"])), max_size=6))
@example([([(-0.0, 0.1)], None, "s"), ([(-0.0, 0.1), (0.05, 0.2)], None, "s"), ([], None, "s")])
def test_timelines_repaired_together_are_as_each_alone(given_lines):
    asked = [Untidy(line(times), duration, None, unit) for times, duration, unit in given_lines]
    together = repair_together(asked)
    alone = [repair(one.timeline, duration=one.duration, unit=one.unit) for one in asked]
    for (tidy, report), (wanted, wanted_report) in zip(together, alone, strict=True):
        assert tidy.times.tobytes() == wanted.times.tobytes()
        assert read_report(report) == read_report(wanted_report)


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(wild_times, durations)
@example([(0.0, 12.0), (0.5, 0.5)], None)
@example([(0, 1), (math.nan, 1), (0, 1)], None)
@example([(0, 1), (0, 1), (math.nan, math.nan), (0, 1), (2, 2)], 5.0)
@example([(5.0, 5.0)] * 4, 5.0)
@example([(0.0, 5e-10)] * 3 + [(6e-10, 2.0)], None)
@example([(0, 10), (1, 2), (3, 4)], None)
def test_any_input_comes_out_sorted_disjoint_finite_and_inside_the_audio(times, duration):
    tidy, report = repair(line(times), duration=duration)
    tidy_or_no_room(tidy.times, duration)
    assert tidy.labels == line(times).labels  # whatever the times, the text keeps its order
    tidy_or_no_room(report.shared_times[np.unique(report.shared_times[:, 0], return_index=True)[1]], duration)


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(wild_times, durations)
@example([(0.0, 12.0), (0.5, 0.5)], None)
def test_repair_is_idempotent(times, duration):
    once = repair(line(times), duration=duration).timeline
    assert repair(once, duration=duration).timeline == once


@pytest.mark.slow
@settings(max_examples=600, deadline=None)
@given(wild_times, durations)
def test_the_report_explains_every_difference(times, duration):
    before = line(times)
    after, report = repair(before, duration=duration)
    changed = (before.times != after.times).any(axis=1).nonzero()[0]
    unexplained = set(changed.tolist()) - set(report.changed_rows.tolist())
    assert not unexplained, report
    json.dumps(report.to_dict(), allow_nan=False)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 0.5), st.floats(1e-3, 0.5)), max_size=15), st.floats(0, 1))
def test_a_tidy_timeline_comes_back_as_it_is(steps, tail):
    times, now = [], 0.0
    for gap, length in steps:
        start = now + (gap if gap > 1e-6 else 0.0)
        times.append((start, start + length))
        now = start + length
    before = line(times)
    assert is_tidy(before.times, now + tail)
    after, report = repair(before, duration=now + tail)
    assert after is not None
    assert after == before
    assert not report
    assert set(report.kinds) <= {"gap"}


@given(st.lists(st.integers(3, 9), min_size=2, max_size=30), st.data())
def test_overlapping_neighbours_meet_at_the_midpoint(steps, data):
    """The legacy voices: intervals of 7-12 frames whose starts are 3-9 frames apart."""
    starts = np.cumsum(steps) * 275 / 22050
    ends = np.maximum.accumulate(starts + np.array([data.draw(st.integers(7, 12)) for _ in steps]) * 275 / 22050)
    after = repair(line(np.column_stack((starts, ends)))).timeline.times
    cut = starts[1:] < ends[:-1]
    middle = (starts[1:] + ends[:-1]) / 2
    assert after[1:, 0][cut] == pytest.approx(middle[cut], abs=1e-12)
    assert (after[1:, 0][cut] == after[:-1, 1][cut]).all()


@pytest.mark.parametrize(
    ("times", "duration", "kind", "wanted"),
    [
        ([[0.1, 0.3], [0.1, 0.3]], None, "shared", [[0.1, 0.2], [0.2, 0.3]]),
        ([[0.0, 0.2], [0.1, 0.3]], None, "overlap", [[0.0, 0.15], [0.15, 0.3]]),
        ([[0.0, 1.0], [0.2, 0.4], [0.6, 0.8]], None, "overlap", [[0.0, 0.3], [0.3, 0.4], [0.6, 0.8]]),
        ([[0.3, 0.1], [0.3, 0.5]], None, "reversed", [[0.1, 0.3], [0.3, 0.5]]),
        ([[-0.2, 0.1], [0.1, 0.2]], None, "negative", [[0.0, 0.1], [0.1, 0.2]]),
        ([[0.1, 0.2], [0.2, 0.9]], 0.5, "past_end", [[0.1, 0.2], [0.2, 0.5]]),
        ([[0.5, 0.6], [0.1, 0.2]], None, "disorder", [[0.0, 0.1], [0.1, 0.2]]),
        ([[0.0, 0.1], [9.0, 9.1], [0.2, 0.3]], None, "disorder", [[0.0, 0.1], [0.1, 0.2], [0.2, 0.3]]),
        (
            [[0.1, 0.2], [0.2, 0.4], [0.1999, 0.5]],
            None,
            "disorder",
            [[0.1, 0.19995], [0.19995, 0.29995], [0.29995, 0.5]],
        ),
        (
            [[0.1, 0.5], [0.5, 1.0], [0.1, 0.6], [0.6, 0.8]],
            None,
            "restart",
            [[0.1, 0.5], [0.5, 1.0], [1.1, 1.6], [1.6, 1.8]],
        ),
        ([[0.1, 0.2], [math.nan, 0.3], [0.3, 0.4]], None, "not_finite", [[0.1, 0.2], [0.2, 0.3], [0.3, 0.4]]),
        ([[0.1, 0.2], [7.0, 8.0], [0.3, 0.4]], 0.5, "outside", [[0.1, 0.2], [0.2, 0.3], [0.3, 0.4]]),
        ([[0.1, 0.2], [0.2, 0.2], [0.6, 0.7]], None, "zero_length", [[0.1, 0.2], [0.2, 0.3], [0.6, 0.7]]),
        ([[0.1, 0.2], [0.2, 0.2], [0.2, 0.3]], None, "zero_length", [[0.1, 0.15], [0.15, 0.2], [0.2, 0.3]]),
        ([[0.2, 0.2], [0.2, 0.4]], None, "zero_length", [[0.0, 0.2], [0.2, 0.4]]),
        ([[0.0, 0.0], [0.0, 0.4]], None, "zero_length", [[0.0, 0.2], [0.2, 0.4]]),
        ([[0.0, 0.1 + 0.2], [0.3, 1.0]], None, "touch", [[0.0, 0.3], [0.3, 1.0]]),
        ([[0.0, 0.0], [0.2, 0.2], [0.5, 0.5]], 0.9, "points", [[0.0, 0.2], [0.2, 0.5], [0.5, 0.9]]),
        ([[0, 120], [120, 240]], None, "unit", [[0.0, 0.12], [0.12, 0.24]]),
        (
            [[0.0, 0.1], [0.1, 0.08], [0.2, 0.15], [0.35, 0.1]],
            None,
            "duration_pairs",
            [[0.0, 0.1], [0.1, 0.18], [0.2, 0.35], [0.35, 0.45]],
        ),
    ],
)
def test_each_kind_of_mess_is_mended_and_named(times, duration, kind, wanted):
    before = line(times)
    after, report = repair(before, duration=duration)
    assert after.times == pytest.approx(np.array(wanted), abs=1e-12)
    assert kind in report.kinds
    assert kind in str(report)
    with pytest.raises(UntidyTimelineError, match="needs repair") as caught:
        repair(before, duration=duration, policy="strict")
    assert caught.value.kind in report.kinds
    assert caught.value.index == int(report[caught.value.kind][0])
    assert pickle.loads(pickle.dumps(caught.value)).index == caught.value.index


spoken_words = st.lists(st.lists(st.integers(40, 200), min_size=1, max_size=7), min_size=1, max_size=8)
silent_marks = st.sampled_from([" ", ", ", ". ", "\u2026 ", " \u00ab", "\u3002", "!? \u2014 ", "\u061f "])


@given(spoken_words, st.lists(silent_marks, min_size=8, max_size=8), st.integers(0, 50), st.data())
def test_blanks_and_marks_of_no_length_take_a_sliver(words, marks, overlap, data):
    labels, times, spans, now = [], [], [], 0.0
    for lengths, mark in zip(words, marks, strict=False):
        now += data.draw(st.sampled_from([0.0, 0.0, 0.3]))
        first = now
        for length in lengths:
            labels.append("x")
            times.append((now, now + (length + min(overlap, length - 1)) / 1000))
            now += length / 1000
        labels += mark
        times += [(now, now)] * len(mark)
        spans.append((first, now))
    after, report = repair(Timeline(tuple(labels), times))
    assert repair(after).timeline == after
    found = find_words(after).times
    assert found == pytest.approx(np.array(spans), abs=0.002 if not overlap else 0.06)
    lost = (np.array(times) != after.times).any(axis=1).nonzero()[0]
    assert set(lost.tolist()) <= set(report.changed_rows.tolist())


@given(st.integers(1, 6), st.integers(1, 6))
def test_silent_letters_share_evenly_beside_marks(letters, marks):
    times = [(0.2, 0.8), *[(0.8, 0.8)] * (letters + marks), (0.8, 1.0)]
    after = repair(Timeline(("k", *"e" * letters, *"," * marks, "z"), times)).timeline.times
    shares = (after[:, 1] - after[:, 0])[: letters + 1]
    assert shares == pytest.approx(np.full(letters + 1, (0.6 - 0.001) / (letters + 1)))
    assert after[letters, 1] == pytest.approx(0.799)


@given(st.lists(st.lists(st.integers(2, 9), min_size=3, max_size=9), min_size=2, max_size=4))
def test_restarted_clock_continues_where_it_stopped(sections):
    parts = [np.concatenate(([0], np.cumsum(steps))) / 10 for steps in sections]
    pairs = [np.column_stack((edges[:-1], edges[1:])) for edges in parts]
    whole = np.concatenate([[0.0], np.cumsum(np.concatenate(sections)) / 10])
    after, report = repair(line(np.concatenate(pairs)))
    assert "disorder" not in report.kinds
    if report["restart"].size == sum(map(len, sections[1:])):  # a section much shorter than the first is no restart
        assert after.starts == pytest.approx(whole[:-1])
    bounded = repair(line(np.concatenate(pairs)), duration=float(whole[-1]) / 2).report
    assert report["restart"].size > 0
    assert len(bounded["restart"]) < len(report["restart"])


def test_a_long_run_without_length_is_spread_at_the_usual_pace_to_the_end():
    """Some services lose their times after a minute: the text must survive."""
    times = [[i / 10, (i + 1) / 10] for i in range(10)] + [[1.0, 1.0]] * 20
    after, report = repair(line(times), duration=2.0)
    assert after.times[10:, 0] == pytest.approx(1.0 + np.arange(20) * 0.05)
    assert after.ends[-1] == 2.0
    assert report["zero_length"].tolist() == list(range(10, 30))


@pytest.mark.parametrize("count", [23, 24, 300])
@pytest.mark.parametrize("duration", [None, 60.0])
def test_times_that_a_service_lost_are_named(count, duration):
    times = [[0.0, 0.1], [0.1, 0.2], [0.2, 0.2], [0.2, 1.0]] + [[1.0, 1.0]] * count
    after, report = repair(line(times), duration=duration)
    assert report["collapsed"].tolist() == (list(range(4, 4 + count)) if count >= 24 else [])
    assert after.ends[-1] <= (duration or 1.0)
    if duration is not None:  # over the rest of the sound at the usual pace
        assert np.diff(after.starts[4:]).min() > 0.04
    assert not repair(line([[0.5, 0.5]] * count), duration=duration).report["collapsed"].size  # points, not lost


def test_shared_times_keep_letters_together_that_share_an_interval():
    report = repair(line([[0.0, 0.2], [0.1, 0.3], [0.1, 0.3]])).report
    assert report.shared_times == pytest.approx(np.array([[0.0, 0.15], [0.15, 0.3], [0.15, 0.3]]))


def test_a_gap_is_information_not_a_change():
    after, report = repair(line([[0.1, 0.2], [0.4, 0.5]]))
    assert report.kinds == ("gap",)
    assert report["gap"].tolist() == [0, 1]
    assert not report
    assert repair(after, policy="strict").timeline == after
    assert str(repair(line([[0.0, 1.0]])).report) == "tidy"


def test_samples_are_understood_when_the_rate_is_known():
    times = [[1024, 2048], [2048, 3584], [3584, 47616]]
    after, report = repair(line(times), duration=1.504, sample_rate=32000)
    assert report.unit == "samples"
    assert after.times == pytest.approx(np.array(times) / 32000)
    assert repair(line(times), unit="samples", sample_rate=32000).timeline == after


def test_a_unit_that_is_given_wins_over_the_guess():
    assert repair(line([[0, 120], [120, 240]]), unit="s").timeline.ends[-1] == 240
    assert repair(line([[0, 0.5], [0.5, 1]]), unit="ms").timeline.ends[-1] == 0.001


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"duration": -1.0}, "duration is -1.0"),
        ({"duration": math.nan}, "duration is nan"),
        ({"sample_rate": 0}, "sample_rate is 0"),
        ({"unit": "minutes"}, "unit is 'minutes'"),
        ({"policy": "stict"}, "policy is 'stict'; expected repair or strict"),
        ({"unit": "samples"}, "needs the sample_rate"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(TimelineError, match=message):
        repair(line([[0, 1]]), **options)


def test_unequal_arrays_are_paired_and_named():
    less, found = pair_up(["a", "b", "c"], np.array([[0.0, 0.1]]))
    after, report = repair(less, duration=0.3, found=found)
    assert after.labels == ("a", "b", "c")
    assert after.times == pytest.approx(np.array([[0.0, 0.1], [0.1, 0.2], [0.2, 0.3]]))
    assert report["unpaired_label"].tolist() == [1, 2]
    more, found = pair_up(["a"], np.array([[0.0, 0.1], [0.1, 0.2]]))
    assert repair(more, found=found).report["unpaired_time"].tolist() == [1]
    assert pair_up(["a"], np.array([[0.0, 0.1]]))[1] == ()


def test_units_are_guessed_only_when_seconds_make_no_sense():
    words = np.array([[0, 1], [1, 2], [2, 3.0]])
    assert detect_unit(words) == "s"
    assert detect_unit(words * 1000) == "ms"
    assert detect_unit(words * 1000 + 0.5) == "ms"
    assert detect_unit(words * 1000, duration=3000.0) == "s"
    assert detect_unit(words * 1000, duration=3.0) == "ms"
    assert detect_unit(words * 22050, sample_rate=22050) == "samples"
    assert detect_unit(words * 1e15) == "s"
    assert detect_unit(words * 1e15, duration=1.0) == "s"
    assert detect_unit(np.empty((0, 2))) == "s"
    assert detect_unit(words, duration=0.0) == "s"
    assert detect_unit(words * 0.07 + 36_000) == "s"  # ten hours into a stream
    assert detect_unit(words[:1] * 120 + 36_000_000) == "ms"


@pytest.mark.parametrize("first", [0.0, 1.0])
def test_an_entry_without_a_time_between_two_of_one_interval_shares_it(first):
    shared = (first, first + 1)
    tidy, report = repair(line([shared, (math.nan, math.nan), shared, (first + 2, first + 3)]))
    thirds = first + np.array([[0, 1 / 3], [1 / 3, 2 / 3], [2 / 3, 1], [2, 3]])
    assert tidy.labels == ("a", "b", "c", "d")
    assert tidy.times == pytest.approx(thirds)
    assert report["zero_length"].tolist() == [0, 1, 2]


def test_the_report_names_the_unit_even_where_it_shows_only_after_a_cut():
    """A time of eleven days hides that the others are milliseconds until it is cut."""
    tidy, report = repair(line([(1e6, 1.0), (1.1, 240), (1.1, 240)]))
    assert tidy.times[-1, 1] == pytest.approx(0.24)
    assert "unit" in report.kinds
    assert report.unit == "ms"


def test_reversed_pairs_are_not_taken_for_durations():
    starts = np.arange(1, 9) / 10
    assert not are_duration_pairs(np.column_stack((starts + 0.1, starts)))
    assert are_duration_pairs(np.column_stack((starts, np.full(8, 0.09))))
    assert not are_duration_pairs(np.column_stack((starts[::-1], np.full(8, 0.09))))
    assert not are_duration_pairs(np.column_stack((starts, np.full(8, -0.09))))
    assert not are_duration_pairs(np.column_stack((np.append(starts[:-1], np.inf), np.full(8, 0.09))))


def test_tidy_is_what_the_constants_say():
    assert is_tidy(np.array([[0.0, SHORTEST]]))
    assert not is_tidy(np.array([[0.0, SHORTEST / 2]]))
    assert not is_tidy(np.array([[0.0, 1.0], [1.0 + TOUCH / 2, 2.0]]))
    assert not is_tidy(np.array([[0.0, 2.0]]), 1.0)
    assert not is_tidy(np.array([[np.nan, 2.0]]))


@pytest.mark.parametrize("shape", ["records", "durations", "pairs"])
def test_every_form_of_pair_is_read(shape):
    pairs = {
        "records": [{"start": 0, "end": 1}, {"start_time": 1, "end_time": 3}],
        "durations": [{"start": 0, "duration": 1}, {"begin": 1, "duration": 2}],
        "pairs": np.array([[0, 1], [1, 3]]),
    }[shape]
    assert as_times(pairs).tolist() == [[0, 1], [1, 3]]


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ({"a": 1}, r"t is an object .* expected a list"),
        ("abc", r"t is a string"),
        (7, r"t is a number"),
        ([[0, 1, 2]], r"t\[0\] has 3 values"),
        ([[0, 1], [0, "1"]], r"t\[1\]\[1\] is a string \('1'\); expected a number"),
        ([[0, True]], r"t\[0\]\[1\] is a boolean"),
        ([[[0], 1]], r"t\[0\]\[0\] is a list"),
        ([{"start": 0}], r"t\[0\] has the keys start; expected start and end"),
        ([{}], r"t\[0\] has the keys none"),
        ([{"start": 0, "end": {}}], r"t\[0\].end is an object"),
        ([[10**400, 1]], r"t\[0\]\[0\] is a number of 401 digits"),
        ([[-(10**5000), 1]], r"t\[0\]\[0\] is a number of 5001 digits"),
        ([[object(), 1]], r"t\[0\]\[0\] is of type object"),
    ],
)
def test_a_wrong_value_is_named_by_its_path(pairs, message):
    with pytest.raises(TimelineError, match=message) as caught:
        as_times(pairs, path="t")
    assert caught.value.path.startswith("t")
