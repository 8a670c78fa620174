"""Another text takes the old times: what is kept keeps them exactly, the rest shares what is there."""

from __future__ import annotations

import itertools
import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.timing.aligned import align
from clipaudio.timing.speech_times import SpeechTimes, TimedText
from clipaudio.timing.text_editing import replace_text, split_text
from clipaudio.timing.timeline import Timeline
from clipaudio.timing.word_matching import match_words
from clipaudio.timing.word_room import PAUSE, deal_words

WORDS = st.sampled_from("the cat sat on a mat and we saw it".split())
TEXTS = st.lists(WORDS, max_size=12)


def spoken(words, *, gap=0.0, duration=None):
    """Return the levels of letters of 0.1 s, with *gap* seconds between two words."""
    letters, times, now = [], [], 0.0
    for word in words:
        for letter in word:
            letters.append(letter)
            times.append((now, now + 0.1))
            now += 0.1
        letters.append(" ")
        times.append((now, now + max(gap, 0.01)))
        now += max(gap, 0.01)
    return align(Timeline(tuple(letters[:-1]), times[:-1]), duration=duration)


def longest_common(ours, theirs):
    """Return the number of words that can be kept, by the table of the textbook: the slow reference."""
    table = np.zeros((len(ours) + 1, len(theirs) + 1), int)
    for i, j in itertools.product(range(len(ours)), range(len(theirs))):
        same = ours[i] == theirs[j]
        table[i + 1, j + 1] = table[i, j] + 1 if same else max(table[i, j + 1], table[i + 1, j])
    return int(table[-1, -1])


@given(st.lists(st.sampled_from("abcd"), max_size=40), st.lists(st.sampled_from("abcd"), max_size=40))
def test_as_many_words_are_matched_as_the_textbook_finds(ours, theirs):
    pairs = match_words(ours, theirs)
    assert all(ours[i] == theirs[j] for i, j in pairs)
    assert all(a < c and b < d for (a, b), (c, d) in itertools.pairwise(pairs))
    assert len(pairs) == longest_common(ours, theirs)


def test_long_texts_are_matched_by_runs_that_stand_once():
    rng = random.Random(5)
    theirs = [str(rng.randrange(3000)) for _ in range(30_000)]
    ours = theirs[:100] + ["new"] * 6000 + theirs[9000:20_000] + theirs[20_500:]
    pairs = match_words(ours, theirs)
    assert {j for _, j in pairs} >= {*range(100), *range(9000, 20_000), *range(20_500, 30_000)}


@given(TEXTS, TEXTS)
def test_kept_words_keep_the_times_of_their_letters(old, new):
    clip = spoken(old)
    edited = replace_text(clip, " ".join(new))
    assert edited.words.labels == tuple(new)
    report = edited.reports.get("words")
    moved = set() if report is None else set(report["shortened_word"].tolist())
    known = {(label, start, end) for label, start, end in clip.words}
    kept = sum((label, start, end) in known for label, start, end in edited.words)
    assert kept >= longest_common(new, old) - len(moved)
    letters = {(label, start, end) for label, start, end in clip.graphemes}
    for word, (first, stop) in zip(edited.words, edited.words.child_ranges.tolist(), strict=True):
        if (word.label, word.start, word.end) in known:
            assert {tuple(edited.graphemes[row]) for row in range(first, stop)} <= letters


@given(TEXTS, TEXTS, st.sampled_from([0.0, 0.15, 0.5]))
def test_times_of_an_edited_text_ascend_inside_the_clip(old, new, gap):
    clip = spoken(old, gap=gap)
    edited = replace_text(clip, " ".join(new))
    assert edited.text == " ".join(new)
    times = edited.graphemes.times.ravel()
    assert np.isfinite(times).all()
    assert (np.diff(times) >= -1e-12).all()
    assert edited.phones is clip.phones
    if old:
        assert times.min(initial=0.0) >= 0
        assert times.max(initial=0.0) <= clip.duration + 1e-9
        assert (edited.words.durations > 0).all()


@given(TEXTS)
def test_the_same_text_changes_nothing(words):
    clip = spoken(words)
    assert replace_text(clip, clip.text) is clip
    assert replace_text(clip, f" {clip.text}\n") is clip


@given(TEXTS, st.integers(0, 11), WORDS)
def test_an_edit_that_is_taken_back_restores_the_words(words, row, word):
    """A word replaced by another and back again has the time of the first."""
    if row >= len(words):
        return
    clip = spoken(words)
    other = [*words[:row], f"{word}x", *words[row + 1 :]]
    back = replace_text(replace_text(clip, " ".join(other)), clip.text)
    assert back.words.labels == clip.words.labels
    np.testing.assert_allclose(back.words.times, clip.words.times, rtol=0, atol=1e-9)


def test_case_and_marks_are_no_other_words():
    clip = spoken(["its", "ok", "ann"])
    edited = replace_text(clip, "It's OK, Ann!")
    np.testing.assert_array_equal(edited.words.times, clip.words.times)
    assert "words" not in edited.reports or not edited.reports["words"]


def test_a_new_word_stands_in_the_pause_or_shortens_its_neighbours_and_is_told():
    wide = replace_text(spoken(["we", "go"], gap=1.0), "we will go")
    assert wide.reports["words"].kinds == ("new_word",)
    assert wide.words[1].start - wide.words[0].end == pytest.approx(wide.words[2].start - wide.words[1].end)
    tight = replace_text(spoken(["we", "go"]), "we will go")
    assert tight.reports["words"].kinds == ("new_word", "shortened_word")
    assert tight.words[0].start == 0.0
    assert tight.words[2].end == spoken(["we", "go"]).words[1].end
    assert (tight.words.durations > 0.05).all()


def test_words_that_replace_others_never_last_over_a_pause():
    times = [[0.0, 0.4], [0.4, 0.8], [2.0, 2.4], [2.4, 2.8]]
    words = TimedText(("won", "too", "free", "for"), np.array(times))
    clip = align(SpeechTimes(source="x", words=words), text="one two three four five six")
    for _, start, end in clip.words:
        assert end <= 0.8 or start >= 2.0
    assert clip.words.times[0, 0] == 0.0
    assert clip.words.times[-1, 1] == 2.8


@given(
    st.lists(st.floats(0.05, 2.0), min_size=1, max_size=12),
    st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.05, 2.0)), min_size=1, max_size=6),
)
def test_dealt_words_ascend_and_stay_inside_the_speech(lengths, steps):
    spoken_times, now = [], 0.0
    for gap, length in steps:
        spoken_times.append((now + gap, now + gap + length))
        now += gap + length
    rooms = np.array(spoken_times)
    dealt = deal_words(np.array(lengths), rooms)
    assert (np.diff(dealt.ravel()) >= -1e-9).all()
    assert dealt.min() >= rooms[0, 0] - 1e-9
    assert dealt.max() <= rooms[-1, 1] + 1e-9
    pauses = [(a, b) for (_, a), (b, _) in itertools.pairwise(spoken_times) if b - a >= PAUSE]
    for start, end in dealt.tolist():
        assert all(end <= a + 1e-9 or start >= b - 1e-9 for a, b in pauses)


def test_the_text_of_several_speakers_is_divided_where_their_words_end():
    assert split_text("“Hi, Ben!” “Hello.”", [["Hi", "Ben"], ["Hello"]]) == ["“Hi, Ben!” ", "“Hello.”"]
    assert split_text("One. Two.", [["One"], ["Gone"], ["Two"]]) == ["One. ", "", "Two."]
    assert split_text("", [["One"], ["Two"]]) == ["", ""]
    words = [
        {"word": word, "start": row + 0.1, "end": row + 0.9} for row, word in enumerate(["Hi", "Ben", "Yo", "Ann"])
    ]
    ann, ben = clipaudio.open_clip(words[:2]), clipaudio.open_clip(words[2:])
    talk = clipaudio.join([ann, ben], speakers=["Ann", "Ben"]).with_text("Hi, Bert! Yo, Anna.")
    assert [part.aligned.text.strip() for part in talk.content.parts] == ["Hi, Bert!", "Yo, Anna."]
    assert [part.speaker for part in talk.content.parts] == ["Ann", "Ben"]
    assert talk.words.labels == ("Hi", "Bert", "Yo", "Anna")


@pytest.mark.slow
def test_a_hundred_thousand_words_are_matched(record_property):
    """No time is asserted: `pytest -rP` and the JUnit file show it."""
    words = [f"w{row * 7919 % 20_011}" for row in range(100_000)]
    times = np.arange(100_000)[:, None] * 0.3 + [0.0, 0.3]
    clip = align(SpeechTimes(source="x", words=TimedText(tuple(words), times)), language="en")
    other = [word for row, word in enumerate(words) if row % 50]
    other[::33] = ["new"] * len(other[::33])
    assert len(clip.words) == 100_000
    began = time.perf_counter()
    edited = replace_text(clip, " ".join(other))
    seconds = time.perf_counter() - began
    record_property("seconds", seconds)
    print(f"100 000 words: {seconds:.2f} s")  # noqa: T201 - the figure is the purpose
    assert len(edited.words) == len(other)
