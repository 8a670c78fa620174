"""Cutting text into cues: nothing is lost, limits hold, good places win."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipaudio.captions.segmentation import make_cues
from clipaudio.captions.units import find_units, width
from clipaudio.errors import ExportError
from clipaudio.timing.timeline import Spans, Timeline

WORD = re.compile(r"\w+(?:['’]\w+)*")
NONE = Spans((), [], [])


def levels(text, step=0.06, gaps=(), *, single=False):
    """Give graphemes, words and sentences of *text*, one letter each *step*; `gaps` delay."""
    gaps = dict(gaps)
    starts, now = [], 0.0
    for i in range(len(text)):
        now += gaps.get(i, 0.0)
        starts.append(now)
        now += step
    graphemes = Timeline(tuple(text), [[start, start + step] for start in starts])
    runs = [match.span() for match in WORD.finditer(text)]
    if single:
        runs = [(i, i + 1) for i, character in enumerate(text) if character.isalpha()]
    words = Spans([text[a:b] for a, b in runs], [[starts[a], starts[b - 1] + step] for a, b in runs], runs)
    ends = [i for i, (_, b) in enumerate(runs) if re.match(r"\W*?[.?!。？！]", text[b:])]
    stops = [i + 1 for i in ends]
    if runs and (not stops or stops[-1] != len(runs)):
        stops.append(len(runs))
    pairs = list(zip([0, *stops[:-1]], stops, strict=True)) if stops else []
    spans = [[words.times[a, 0], words.times[b - 1, 1]] for a, b in pairs]
    return graphemes, words, Spans([text] * len(pairs), spans, pairs)


def squeezed(text):
    return "".join(text.split())


ALPHABET = st.sampled_from("abcdefgh    .,?!'\"-—…()«»¿\n\t\u00a0é\u0301字かー。「」กำ👩\u200dب\ufeff")
TEXTS = st.text(ALPHABET, max_size=120)


@given(TEXTS, st.integers(1, 50), st.integers(1, 3), st.booleans(), st.sampled_from([0.0, 0.001, 0.06, 2.0]))
@settings(deadline=None, max_examples=300)
def test_the_text_is_whole_and_cues_are_in_order_and_apart(text, max_chars, max_lines, single, step):
    cues = make_cues(*levels(text, step, single=single), max_chars=max_chars, max_lines=max_lines)
    assert squeezed(" ".join(line for cue in cues for line in cue.lines)) == squeezed(text)
    ends = [0.0]
    for cue in cues:
        assert ends[-1] <= cue.start < cue.end
        assert cue.lines
        assert all(line == line.strip(" \n\t") and line.strip() for line in cue.lines)
        ends.append(cue.end)


@given(TEXTS, st.integers(1, 50), st.integers(1, 3))
@settings(deadline=None, max_examples=200)
def test_only_what_cannot_be_cut_is_wider_or_has_more_lines_than_asked(text, max_chars, max_lines):
    found = levels(text)
    whole = {squeezed(unit.text) for unit in find_units(*found)}
    for cue in make_cues(*found, max_chars=max_chars, max_lines=max_lines):
        assert len(cue.lines) <= max_lines
        for line in cue.lines:
            assert width(line) <= max_chars or squeezed(line) in whole


@given(TEXTS)
def test_words_are_never_needed(text):
    letters, _, _ = levels(text)
    cues = make_cues(letters, NONE, NONE)
    assert squeezed("".join(line for cue in cues for line in cue.lines)) == squeezed(text)


def lines_of(text, **options):
    gaps = options.pop("gaps", {})
    return [cue.lines for cue in make_cues(*levels(text, gaps=gaps), **options)]


def test_a_sentence_end_ends_the_cue_and_takes_its_marks_along():
    text = 'He said: "Stop!" (Twice.) ¿Qué? Yes — no.'
    assert lines_of(text) == [('He said: "Stop!"',), ("(Twice.)",), ("¿Qué?",), ("Yes — no.",)]


def test_a_french_mark_after_a_space_stays_with_its_sentence():
    assert lines_of("Bonjour ! Ça va ?") == [("Bonjour !",), ("Ça va ?",)]


def test_a_long_pause_ends_the_cue_and_a_short_one_does_not():
    assert lines_of("one two three", gaps={4: 0.7}) == [("one",), ("two three",)]
    assert lines_of("one two three", gaps={4: 0.5}) == [("one two three",)]
    assert lines_of("one two three", gaps={4: 0.5}, pause=0.4) == [("one",), ("two three",)]


def test_a_pause_may_hide_in_the_space_between_words():
    letters = Timeline("a b", [[0, 0.1], [0.1, 1.5], [1.5, 1.6]])
    words = Spans(("a", "b"), [[0, 0.1], [1.5, 1.6]], [[0, 1], [2, 3]])
    cues = make_cues(letters, words, NONE)
    assert [cue.lines for cue in cues] == [("a",), ("b",)]
    assert cues[0].end == 0.834  # 5/6 s in whole milliseconds


def test_two_lines_are_even_and_break_at_good_places():
    text = "When the rain had finally stopped, we walked along the river to the old mill"
    assert lines_of(text) == [("When the rain had finally stopped,", "we walked along the river to the old mill")]


def test_a_line_does_not_end_with_a_word_that_leans_on_the_next():
    text = "We put the little box that she had left on the table of the kitchen again"
    for lines in lines_of(text):
        assert lines[0].split()[-1] not in {"the", "that", "of", "on", "a", "had"}


def test_a_long_sentence_prefers_to_be_cut_at_a_comma():
    text = (
        "The first part of this long sentence ends exactly here with a comma, "
        "and then another part goes on for quite a while until it ends"
    )
    assert lines_of(text)[0][-1].endswith("comma,")


def test_a_cue_lasts_no_longer_than_asked_where_it_can_be_cut():
    for cue in make_cues(*levels("word " * 20, step=0.3), max_duration=4.0):
        assert cue.duration <= 4.0


def test_cues_keep_the_gap_where_there_is_room_and_short_ones_are_held():
    cues = make_cues(*levels("Go. Now it is time to go home."))
    assert cues[1].start - cues[0].end == pytest.approx(0.084)  # two frames, in whole milliseconds
    late = make_cues(*levels("Go. Now.", gaps={4: 5.0}))
    assert [cue.duration for cue in late] == pytest.approx([0.834, 0.834])


def test_no_cue_is_held_beyond_the_audio():
    (cue,) = make_cues(*levels("Go."), duration=0.4)
    assert (cue.start, cue.end) == (0.0, 0.4)
    (cue,) = make_cues(*levels("Go."), duration=3.0)
    assert cue.end == 0.834
    (cue,) = make_cues(*levels("Go.", gaps={0: 1.0}), duration=1.0)
    assert cue.start < cue.end < 1.01


def test_a_word_wider_than_the_line_stays_whole():
    assert lines_of("a Donaudampfschifffahrt b", max_chars=10) == [("a", "Donaudampfschifffahrt"), ("b",)]


def test_chinese_breaks_between_characters_but_not_before_a_closing_mark():
    cues = make_cues(*levels("我們今天去公園散步。天氣很好，我們很高興。", single=True), max_chars=6)
    lines = [line for cue in cues for line in cue.lines]
    assert "".join(lines) == "我們今天去公園散步。天氣很好，我們很高興。"
    assert all(width(line) <= 6 for line in lines)
    assert not any(line[0] in "，。" for line in lines)
    assert cues[0].lines[-1].endswith("。")


def test_thai_breaks_only_between_words():
    text = "สวัสดีครับผมชื่อสมชาย"
    runs = [(0, 6), (6, 10), (10, 12), (12, 16), (16, 21)]
    letters, _, _ = levels(text)
    times = [[letters.times[a, 0], letters.times[b - 1, 1]] for a, b in runs]
    words = Spans([text[a:b] for a, b in runs], times, runs)
    found = [unit.text for unit in find_units(letters, words, NONE)]
    assert found == [text[a:b] for a, b in runs]


def test_text_without_words_is_one_cue_and_no_text_none():
    assert lines_of("...") == [("...",)]
    assert lines_of("") == lines_of(" \n\u00a0") == []


def test_labels_of_several_characters_and_none_are_understood():
    letters = Timeline(("Oh", "", ", ", "no"), np.arange(8).reshape(4, 2) / 10)
    words = Spans(("Oh", "no"), [[0, 0.1], [0.6, 0.7]], [[0, 1], [3, 4]])
    (cue,) = make_cues(letters, words, NONE)
    assert (cue.lines, cue.start) == (("Oh, no",), 0.0)


@pytest.mark.parametrize(
    "wrong", [{"max_chars": 0}, {"max_lines": 0}, {"max_duration": 0}, {"max_duration": float("nan")}]
)
def test_a_limit_of_nothing_is_refused(wrong):
    with pytest.raises(ExportError, match="all must be above 0"):
        make_cues(*levels("hi"), **wrong)


@pytest.mark.parametrize(
    "wrong", [{"min_gap": -1}, {"min_duration": float("inf")}, {"min_duration": -1}, {"pause": float("nan")}]
)
def test_a_time_below_zero_or_without_an_end_is_refused(wrong):
    with pytest.raises(ExportError, match="all must be seconds from 0 on"):
        make_cues(*levels("Hi."), **wrong)


def test_a_space_that_forbids_a_break_is_none_at_the_edge_of_a_line():
    units = find_units(*levels("\u00a0one\u00a0two \u00a0 three\u00a0"))
    assert [unit.text for unit in units] == ["one\u00a0two", "three"]
