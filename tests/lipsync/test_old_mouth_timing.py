"""Mouth tracks: no gaps, no flicker, lips that close where they must."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ExportError
from clipaudio.lipsync.old_mouth_timing import mouth_track
from clipaudio.timing.timeline import Timeline

EMPTY = Timeline.empty()


@st.composite
def clips(draw):
    now, labels, times = draw(st.sampled_from([0.0, 0.05, 0.3])), [], []
    for _ in range(draw(st.integers(0, 12))):
        end = now + draw(st.sampled_from([0.0, 0.005, 0.02, 0.04, 0.1, 0.5]))
        labels.append(draw(st.sampled_from(["p", "a", "aɪ", "f", "l", "h", "s", " ", "ˈ", "♪", "u", "m"])))
        times.append([now, end])
        now = end + draw(st.sampled_from([0.0, 0.0, 0.05, 0.2]))
    return Timeline(labels, times), now + draw(st.sampled_from([0.001, 0.05, 0.5]))


def shapes(labels, times, duration, **options):
    track = mouth_track(Timeline(labels, times), options.get("graphemes", EMPTY), duration)
    return [(entry.label, round(entry.start, 3), round(entry.end, 3)) for entry in track.shapes]


@given(clips())
def test_the_track_has_no_gaps_no_repeats_and_nothing_too_short(clip):
    phones, duration = clip
    track = mouth_track(phones, EMPTY, duration).shapes
    assert track.starts[0] == 0
    assert track.ends[-1] == duration
    assert (track.starts[1:] == track.ends[:-1]).all()
    assert all(one != other for one, other in zip(track.labels, track.labels[1:], strict=False))
    assert set(track.labels) <= set("ABCDEFGHX")
    for entry in track:
        assert entry.duration > 0
        assert entry.duration >= 0.04 - 1e-6 or entry.label == "A" or len(track) == 1


@given(clips())
def test_lips_close_for_every_bilabial(clip):
    phones, duration = clip
    closed = [entry for entry in mouth_track(phones, EMPTY, duration).shapes if entry.label == "A"]
    for phone in phones:
        if phone.label in "pm" and phone.duration > 0:
            assert any(entry.start <= phone.start and phone.end <= entry.end + 1e-9 for entry in closed)


def test_a_closure_is_held_for_one_picture_at_the_cost_of_the_shape_before():
    assert shapes(("a", "p", "a"), [[0, 0.3], [0.3, 0.31], [0.31, 0.6]], 0.6) == [
        ("D", 0, 0.27),
        ("A", 0.27, 0.31),
        ("D", 0.31, 0.6),
    ]
    assert shapes(("p", "a"), [[0, 0.01], [0.01, 0.6]], 0.6) == [("A", 0, 0.04), ("D", 0.04, 0.6)]


def test_a_short_pause_holds_and_a_long_one_rests():
    assert shapes(("a", "s"), [[0, 0.3], [0.4, 0.6]], 0.65) == [("D", 0, 0.4), ("B", 0.4, 0.65)]
    assert shapes(("a", "s"), [[0, 0.3], [0.5, 0.6]], 0.8) == [
        ("D", 0, 0.3),
        ("X", 0.3, 0.5),
        ("B", 0.5, 0.6),
        ("X", 0.6, 0.8),
    ]


def test_a_glottal_sound_takes_the_shape_of_its_neighbour():
    assert shapes(("h", "u"), [[0, 0.1], [0.1, 0.4]], 0.4) == [("F", 0, 0.4)]
    assert shapes(("u", "ʔ"), [[0, 0.1], [0.1, 0.4]], 0.4) == [("F", 0, 0.4)]
    assert shapes(("h",), [[0, 0.4]], 0.4) == [("B", 0, 0.4)]


def test_a_shape_too_short_to_be_seen_goes_to_its_neighbour():
    assert shapes(("a", "s", "u"), [[0, 0.2], [0.2, 0.22], [0.22, 0.5]], 0.5) == [
        ("D", 0, 0.22),
        ("F", 0.22, 0.5),
    ]
    assert shapes(("p", "s", "u"), [[0, 0.2], [0.2, 0.22], [0.22, 0.5]], 0.5) == [
        ("A", 0, 0.2),
        ("F", 0.2, 0.5),
    ]


@pytest.mark.parametrize("phones", [None, EMPTY, Timeline((" ", "."), [[0, 0.1], [0.1, 0.2]])])
def test_without_phones_the_letters_do_and_that_is_said(phones):
    letters = Timeline("ma 字!", [[i / 5, (i + 1) / 5] for i in range(5)])
    track = mouth_track(phones, letters, 1.0)
    assert track.estimated
    assert track.unknown == ("字",)
    assert track.shapes.labels == ("A", "D", "X", "C", "B", "X")
    assert not mouth_track(Timeline(("a",), [[0, 1]]), letters, 1.0).estimated


def test_without_anything_the_mouth_rests():
    assert mouth_track(None, EMPTY, 2).shapes == Timeline(("X",), [[0, 2]])


def test_unknown_labels_are_told_once():
    track = mouth_track(Timeline(("♪", "a", "♪"), [[0, 1], [1, 2], [2, 3]]), EMPTY, 3)
    assert (track.unknown, track.shapes.labels, track.estimated) == (("♪",), ("B", "D", "B"), False)


def test_what_lies_outside_the_audio_is_cut_off():
    assert shapes(("a", "u"), [[-1, 0.5], [2, 3]], 0.5) == [("D", 0, 0.5)]


@pytest.mark.parametrize("duration", [0, -1, float("nan"), float("inf")])
def test_a_duration_that_is_none_is_refused(duration):
    with pytest.raises(ExportError, match="expected a finite number above 0"):
        mouth_track(None, EMPTY, duration)
