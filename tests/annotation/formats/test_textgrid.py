"""TextGrids: Praat reads back every interval, and praatio would have written the same bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from praatio import textgrid

from clipaudio.annotation.formats.textgrid import dumps, encode, to_praatio
from clipaudio.annotation.points import Points
from clipaudio.annotation.sanitize import prepare
from clipaudio.annotation.tier import clean_label, fill_gaps
from clipaudio.errors import ExportError
from clipaudio.timing.timeline import Timeline

HOSTILE = [
    "\ufeffx",
    'He said "no"',
    '""',
    '"IntervalTier"',
    "intervals [2]:",
    "item [1]:",
    "xmin = 3",
    "two\nlines",
    "ˈt͡ʃɛː",
    "\\sw",
    "👩‍👧",
    "a\x00b\x07",
    "half \ud800",
    "end\r\nof line",
    "!comment",
    "<exists>",
    "12345678901234567",
]
LABELS = st.one_of(st.text(st.characters(blacklist_categories=("Cn",)), max_size=8), st.sampled_from(HOSTILE))
LENGTHS = st.floats(1e-5, 3).filter(lambda length: length > 2e-6)


@st.composite
def timelines(draw, labels=LABELS):
    now, chosen, times = draw(st.sampled_from([0.0, 0.25, 1e-5, 1.0])), [], []
    for _ in range(draw(st.integers(0, 6))):
        end = now + draw(LENGTHS)
        chosen.append(draw(labels))
        times.append([now, end])
        now = end + draw(st.sampled_from([0.0, 0.0, 0.5, 1e-5]))
    return Timeline(chosen, times)


def end_of(timeline, extra):
    return (float(timeline.times[-1, 1]) if len(timeline) else 1.0) + extra


@pytest.mark.slow
@given(timelines(), timelines(), st.sampled_from([0.0, 0.4]), st.sampled_from(["short", "long"]))
@settings(deadline=None, max_examples=150)
def test_praat_returns_every_interval_as_it_was_meant(praat_reads, first, second, extra, kind):
    duration = max(end_of(first, extra), end_of(second, extra))
    tiers = {"words": first, 'the "other" one': second}
    found = praat_reads(dumps(tiers, duration, format=kind))
    assert list(found) == list(tiers)
    for name, timeline in tiers.items():
        assert found[name] == [tuple(interval) for interval in fill_gaps(timeline, duration)]


@pytest.mark.slow
@given(st.lists(st.tuples(LABELS, st.floats(-1, 9)), max_size=8), st.sampled_from(["short", "long"]))
@settings(max_examples=100)
def test_praat_returns_every_point_as_it_was_meant_in_either_encoding(praat_reads, marks, kind):
    came = Points([label for label, _ in marks], [time for _, time in marks])
    tiers, _ = prepare({"item [1]:": came, "b": Timeline(("ə",), [[1, 2]])}, 8.0)
    points = tiers["item [1]:"]
    for encoding in ("utf-8", "utf-16"):
        found = praat_reads(encode(dumps(tiers, 8.0, format=kind), encoding))
        assert found["item [1]:"] == list(zip(points.times.tolist(), points.labels, strict=True))


@pytest.mark.parametrize("kind", ["short", "long"])
def test_praat_returns_hostile_labels(praat_reads, kind):
    times = np.arange(len(HOSTILE) + 1) / 3
    timeline = Timeline(HOSTILE, np.column_stack([times[:-1], times[1:]]))
    found = praat_reads(dumps({"x": timeline}, times[-1], format=kind))
    assert [label for _, _, label in found["x"]] == [clean_label(label) for label in HOSTILE]


@given(timelines(), st.sampled_from([0.0, 0.4, 7.0]), st.sampled_from(["short", "long"]))
@settings(deadline=None, max_examples=150)
def test_praatio_saves_the_same_bytes(tmp_path_factory, timeline, extra, kind):
    duration = end_of(timeline, extra)
    ours = dumps({"letters": timeline}, duration, format=kind)
    path = tmp_path_factory.getbasetemp() / "praatio.TextGrid"
    to_praatio({"letters": timeline}, duration).save(
        str(path),
        f"{kind}_textgrid",
        includeBlankSpaces=True,
        minimumIntervalLength=None,
        reportingMode="error",
    )
    theirs = path.read_bytes().decode()
    if "e-0" not in theirs:  # where praatio writes exponents it cannot read its own file
        assert ours == theirs


@given(timelines(st.sampled_from(["a", "ə", "two words", 'quo"te'])))
@settings(deadline=None)
def test_praatio_reads_our_text_back(tmp_path_factory, timeline):
    path = tmp_path_factory.getbasetemp() / "ours.TextGrid"
    duration = end_of(timeline, 0.5)
    path.write_text(dumps({"letters": timeline}, duration), encoding="utf-8")
    grid = textgrid.openTextgrid(str(path), includeEmptyIntervals=False, reportingMode="error")
    assert grid == to_praatio({"letters": timeline}, duration)


def test_white_space_is_silence():
    line = Timeline(("a", " ", "\u00a0", "b"), [[0, 1], [1, 2], [2, 3], [3, 4]])
    assert [tuple(interval) for interval in fill_gaps(line, 4.0)] == [
        (0.0, 1.0, "a"),
        (1.0, 3.0, ""),
        (3.0, 4.0, "b"),
    ]


def test_boundaries_one_rounding_step_apart_become_one():
    line = Timeline(("a", "b"), [[1e-9, 0.1 + 0.2], [0.3, 1.0000000001]])
    assert [tuple(x) for x in fill_gaps(line, 1.0)] == [(0.0, 0.1 + 0.2, "a"), (0.1 + 0.2, 1.0, "b")]


def test_numpy_times_are_written_as_plain_numbers():
    text = dumps({"x": Timeline(("a",), np.array([[0.1, 0.2]]))}, np.float64(1.25))
    assert "np." not in text
    assert "1.25" in text


def test_small_times_are_never_in_exponent_notation():
    assert "0.00002\n" in dumps({"x": Timeline(("a",), [[2e-5, 1]])}, 1)


def test_an_empty_tier_is_one_blank():
    assert dumps({"x": Timeline.empty()}, 2).endswith('1\n0\n2\n""\n')
    assert to_praatio({"x": Timeline.empty()}, 2).getTier("x").entries == ()


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([[0, 1], [0.5, 2]], r"label 1 \('b'\) at 0.5-2.0 s starts before the one before it ends \(1.0 s\)"),
        ([[0, 1], [1, 1]], "lasts no time"),
        ([[0, 1], [2, 1]], "lasts no time"),
        ([[0, 1], [1, float("nan")]], "not finite"),
        ([[0, 1], [1, 4]], r"outside the audio \(0-3.0 s\)"),
        ([[0, 1], [-2, -1]], "outside the audio"),
    ],
)
def test_an_untidy_timeline_is_refused_with_the_place(times, message):
    with pytest.raises(ExportError, match=message) as caught:
        dumps({"x": Timeline(("a", "b"), times)}, 3)
    assert (caught.value.index, caught.value.tier) == (1, "x")


@pytest.mark.parametrize("duration", [0, -1, float("nan"), float("inf")])
def test_a_duration_that_is_none_is_refused(duration):
    for write in (dumps, to_praatio):
        with pytest.raises(ExportError, match="expected a finite number above 0"):
            write({"x": Timeline.empty()}, duration)


@pytest.mark.parametrize(
    ("tiers", "message"),
    [
        ({}, "at least one tier"),
        ({"a\nb": Timeline.empty()}, "has a line end"),
        ({" a": Timeline.empty()}, "try 'a'"),
    ],
)
def test_names_that_no_reader_understands_are_refused(tiers, message):
    with pytest.raises(ExportError, match=message):
        dumps(tiers, 1)


def test_an_unknown_format_is_refused():
    with pytest.raises(ExportError, match="unknown TextGrid format 'binary'"):
        dumps({"x": Timeline.empty()}, 1, format="binary")


def test_a_time_just_below_a_whole_number_keeps_its_digits_as_in_praatio(tmp_path):
    line = Timeline(("a",), [[0, 2.9999999999999996]])
    path = tmp_path / "praatio.TextGrid"
    to_praatio({"x": line}, 4).save(str(path), "short_textgrid", includeBlankSpaces=True)
    assert dumps({"x": line}, 4) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", b"File"), ("utf-16", b"\xfe\xff\x00F\x00i")])
def test_the_bytes_of_a_file_are_utf_8_or_utf_16_as_praat_saves_it(encoding, mark):
    text = dumps({"x": Timeline("ə😀", [[0, 1], [1, 2]])}, 2)
    assert encode(text, encoding).startswith(mark)
    assert encode(text, encoding).decode(encoding) == text


def test_an_encoding_that_readers_do_not_know_is_refused():
    with pytest.raises(ExportError, match="unknown encoding 'latin-1'; expected 'utf-8' or 'utf-16'"):
        encode("x", "latin-1")
    with pytest.raises(ExportError, match="character 1 is half of a surrogate pair"):
        encode("x\ud800")
