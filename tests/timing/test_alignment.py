"""Phones find their words and letters their phones, exactly as a patient loop would."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.phonetics.phones import read_phones
from clipaudio.resemble.callback import read_callback
from clipaudio.timing.aligned import align
from clipaudio.timing.alignment import find_disagreeing_letters, group_runs, match_grapheme_phones, match_phone_words
from clipaudio.timing.intervals import find_overlapping_rows, list_run_rows
from clipaudio.timing.timeline import Timeline

steps = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5)), max_size=15)


def tidy(pairs) -> np.ndarray:
    times, now = [], 0
    for gap, length in pairs:
        times.append((now + gap, now + gap + length))
        now += gap + length
    return np.array(times, float).reshape(-1, 2)


def by_loop(phones, words):
    """The word of largest overlap by plain loops."""
    index = []
    for start, end in phones:
        shares = [min(end, b) - max(start, a) for a, b in words]
        best = max(range(len(shares)), key=shares.__getitem__, default=-1)
        index.append(best if best >= 0 and shares[best] > 0 else -1)
    return index


@given(steps, steps)
def test_each_phone_finds_the_word_it_overlaps_most(phones, words):
    phones, words = tidy(phones), tidy(words)
    found = match_phone_words(phones, words)
    assert found.words.tolist() == by_loop(phones, words)
    assert ((found.shares >= 0) & (found.shares <= 1)).all()
    assert ((found.shares > 0) == (found.words >= 0)).all()
    touching = [sum(min(e, b) > max(s, a) for a, b in words) for s, e in phones]
    assert found.crossing.tolist() == [row for row, count in enumerate(touching) if count > 1]


@given(steps, steps)
def test_overlapping_rows_are_those_a_loop_finds(inner, outer):
    inner, outer = tidy(inner), tidy(outer)
    first, count = find_overlapping_rows(inner, outer)
    wanted = [[j for j, (c, d) in enumerate(outer) if min(b, d) > max(a, c)] for a, b in inner]
    assert count.tolist() == [len(rows) for rows in wanted]
    assert list_run_rows(first, count).tolist() == [row for rows in wanted for row in rows]


def test_words_without_phones_get_empty_runs():
    assert group_runs(np.array([-1, 1, 1, -1]), 3).tolist() == [[1, 1], [1, 3], [4, 4]]
    assert group_runs(np.array([], int), 2).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("name", ["v2_doc_hey_there.json", "go_stream_wav_decoded.json"])
def test_in_real_samples_every_letter_spans_exactly_its_phones(data, name):
    callback = read_callback(data / name)
    clip = align(callback.graphemes, callback.phones)
    assert clip.grapheme_phones.exact.all()
    runs = clip.grapheme_phones.child_ranges
    assert ((runs[:, 1] - runs[:, 0] >= 1) & (runs[:, 1] - runs[:, 0] <= 4)).all()


def test_the_stream_sample_reports_the_letters_that_are_one_phone_off(data):
    callback = read_callback(data / "go_stream_wav_decoded.json")
    clip = align(callback.graphemes, callback.phones)
    off = [(clip.graphemes.labels[row], row) for row in clip.disagreeing_graphemes.tolist()]
    assert [letter for letter, _ in off] == ["r", "i", "n"]
    assert len(clip.phone_words.crossing) == 0
    assert clip.words.labels == ("This", "is", "a", "streaming", "test")
    assert ["".join(clip.phones.labels[a:b]) for a, b in clip.word_phones] == ["ðɪs", "ɪz", "ɐ", "stɹˈiːmɪŋ", "tˈɛst"]
    assert clip.syllables.labels == ("ðɪs", "ɪz", "ɐ", "stɹiː", "mɪŋ", "tɛst")
    assert clip.sentences.labels == ("This is a streaming test.",)


def test_the_documented_sample_agrees_throughout(data):
    callback = read_callback(data / "v2_doc_hey_there.json")
    clip = align(callback.graphemes, callback.phones, duration=0.75)
    assert clip.disagreeing_graphemes.tolist() == []
    assert clip.sounds.labels == ("h", "eɪ", "ð", "ɛ", "ɹ")
    assert clip.phone_words.words.tolist() == [0, 0, 0, -1, 1, 1, 1, -1]
    assert clip.text == "Hey there."
    assert clip.duration == 0.75
    assert clip.reports["phones"].kinds == ("overlap", "gap")


def test_letters_without_an_exact_match_go_by_overlap():
    phones = np.array([[0.0, 0.2], [0.2, 0.3], [0.5, 0.9]])
    letters = np.array([[0.0, 0.05], [0.02, 0.28], [0.35, 0.45], [0.6, 0.7], [2.0, 3.0]])
    found = match_grapheme_phones(letters, phones)
    assert found.child_ranges[[0, 1, 3]].tolist() == [[0, 1], [0, 2], [2, 3]]
    assert (found.child_ranges[[2, 4], 0] == found.child_ranges[[2, 4], 1]).all()
    assert not found.exact.any()


def test_no_phones_is_normal():
    letters = np.array([[0.0, 0.1]])
    found = match_grapheme_phones(letters, np.empty((0, 2)))
    assert found.child_ranges.tolist() == [[0, 0]]
    assert find_disagreeing_letters("a", letters, found, read_phones(())).tolist() == []
    clip = align(Timeline(("a",), letters))
    assert len(clip.syllables) == len(clip.sounds) == len(clip.disagreeing_graphemes) == 0
    assert clip.word_phones.tolist() == [[0, 0]]
    assert align(Timeline.empty()).duration == 0.0


@pytest.mark.parametrize(
    ("letters", "phones", "rows"),
    [
        (" ", ["a"], [0]),
        ("'", ["a"], []),
        ("a", [" "], [0]),
        ("b", ["s"], [0]),
        ("b", ["b"], []),
        ("y", ["j"], []),
        ("a", ["k"], [0]),
        ("ж", ["k"], []),
        ("1", ["w"], []),
        ("b", ["♪"], []),
        ("t", ["ɾ"], []),
        ("g", ["f"], [0]),
        ("c", ["t͡ʃ"], []),
        ("n", ["m"], []),
        ("w", ["ʊ"], []),
    ],
)
def test_letters_that_cannot_stand_for_their_phones_are_named(letters, phones, rows):
    times = np.arange(len(letters))[:, None] + np.array([0.0, 1.0])
    assert (
        find_disagreeing_letters(letters, times, match_grapheme_phones(times, times), read_phones(phones)).tolist()
        == rows
    )


def test_many_letters_and_phones_on_one_interval_take_linear_time():
    count = 30_000
    shared = np.tile([0.0, count / 10], (count, 1))
    phones = np.arange(count)[:, None] / 10 + [0.0, 0.1]
    found = match_grapheme_phones(shared, phones)
    assert found.child_ranges[0].tolist() == [0, count]
    assert find_disagreeing_letters("b" * count, shared, found, read_phones(["s"] * count)).tolist() == list(
        range(count)
    )


def test_levels_share_one_unit(data):
    stamps = json.loads((data / "v2_doc_hey_there.json").read_text("utf-8"))
    for key in ("graph_times", "phon_times"):
        stamps[key] = [[round(a * 1000), round(b * 1000)] for a, b in stamps[key]]
    callback = read_callback(stamps)
    clip = align(callback.graphemes, callback.phones)
    assert clip.reports["graphemes"].unit == clip.reports["phones"].unit == "ms"
    assert clip.duration == pytest.approx(0.698)
