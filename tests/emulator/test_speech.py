from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.synthesis.speech import LEAD, STEP, SpokenPhone, from_events


def test_words_and_phones_keep_the_conventions(hostile, engine, spoken):
    body, voice = hostile
    speech = spoken(body, engine, voice)
    check_words(speech.text, speech.words, speech.phones)
    assert speech.samples.dtype == np.int16
    assert speech.samples.shape == (speech.frames, 1)


def check_words(text, words, all_phones):
    for word, following in pairwise(words):
        assert word.stop <= following.first
        assert word.end <= following.start
    for word in words:
        assert word.text == text[word.first : word.stop] != ""
        phones = all_phones[slice(*word.run)]
        edges = [phones[0].start, *(phone.end for phone in phones)]
        assert (edges[0], edges[-1]) == (word.start, word.end)
        assert [phone.start for phone in phones] == edges[:-1]
        assert all(a < b for a, b in pairwise(edges)), "every phone lasts"
    assert [word.run[0] for word in words[1:]] == [word.run[1] for word in words[:-1]]


def test_a_clip_begins_and_ends_in_silence_and_lasts_whole_hundredths(hostile, engine, spoken):
    body, voice = hostile
    speech = spoken(body, engine, voice)
    assert speech.frames % STEP == 0
    assert speech.duration * 50 == pytest.approx(round(speech.duration * 50))
    assert not speech.samples[:LEAD].any()
    assert not speech.samples[-STEP:].any()


def test_every_word_starts_at_an_event_of_the_engine(hostile, engine, spoken):
    body, voice = hostile
    speech = spoken(body, engine, voice)
    samples = {event.sample for event in speech.word_events}
    assert {word.start for word in speech.words if word.is_announced} <= samples


def words_of(text, events, frames=1000):
    words, phones = from_events(text, events, frames)
    return [(word.text, word.start, word.end, word.is_spelled) for word in words], phones


def test_events_read_out_from_inside_a_token_belong_to_it():
    events = [
        ("word", 0, 0, 1, ""), ("phone", 5, 0, 0, "d"),
        ("word", 100, 1, 4, ""), ("phone", 100, 0, 0, "f"),
        ("word", 200, 2, 4, ""), ("phone", 200, 0, 0, "p"),
        ("word", 300, 6, 3, ""), ("phone", 310, 0, 0, "ð"), ("pause", 400, 0, 0, ""),
        ("end", 500, 0, 0, ""),
    ]  # fmt: skip
    words, phones = words_of("$4.50 the", events)
    assert words == [("$4.50", 0, 300, False), ("the", 300, 400, True)]
    assert phones == (
        SpokenPhone("d", 0, 100),
        SpokenPhone("f", 100, 200),
        SpokenPhone("p", 200, 300),
        SpokenPhone("ð", 300, 400),
    )


def test_words_of_letters_inside_a_token_are_words_of_their_own():
    events = [
        ("word", 0, 0, 4, ""), ("phone", 0, 0, 0, "s"), ("word", 50, 5, 2, ""), ("phone", 50, 0, 0, "n"),
        ("end", 90, 0, 0, ""),
    ]  # fmt: skip
    assert words_of("said—no.", events)[0] == [("said", 0, 50, True), ("no", 50, 90, True)]


def test_phones_at_one_sample_share_their_interval():
    events = [("word", 0, 0, 2, ""), *(("phone", 10, 0, 0, label) for label in "abc"), ("end", 40, 0, 0, "")]
    events[1] = ("phone", 0, 0, 0, "a")
    _, phones = words_of("hi", events)
    assert phones == (SpokenPhone("a", 0, 10), SpokenPhone("b", 10, 25), SpokenPhone("c", 25, 40))


def test_a_phone_that_starts_where_the_next_word_does_still_lasts():
    events = [
        ("word", 0, 0, 1, ""), ("phone", 0, 0, 0, "a"), ("phone", 40, 0, 0, "b"), ("word", 40, 2, 1, ""),
        ("phone", 40, 0, 0, "c"), ("end", 80, 0, 0, ""),
    ]  # fmt: skip
    _, phones = words_of("a b", events)
    assert phones == (SpokenPhone("a", 0, 20), SpokenPhone("b", 20, 40), SpokenPhone("c", 40, 80))


@pytest.mark.parametrize(
    ("position", "following", "expected"),
    [
        (3, 8, ["hm", "and", "so"]),
        (3, 4, ["hm.", "and"]),
    ],
    ids=["the word behind the space has no other event", "it has one"],
)
def test_an_event_on_a_space_speaks_the_word_behind_it_unless_that_has_its_own(position, following, expected):
    events = [
        ("word", 0, 0, 2, ""), ("phone", 0, 0, 0, "m"),
        ("word", 50, position, 1, ""), ("phone", 50, 0, 0, "n"),
        ("word", 90, following, 2, ""), ("phone", 90, 0, 0, "s"),
        ("end", 120, 0, 0, ""),
    ]  # fmt: skip
    words, _ = words_of("hm. and so", events)
    assert [text for text, *_ in words] == expected
    assert words[-1][1] == 90


def test_two_words_in_one_breath_share_its_phones_by_their_letters():
    events = [("word", 0, 0, 6, ""), *(("phone", 10 * i, 0, 0, label) for i, label in enumerate("ʌvðə"))]
    words, _ = from_events("of the.", [*events, ("end", 40, 0, 0, "")], 100)
    assert [(word.text, word.start, word.end, word.is_announced) for word in words] == [
        ("of", 0, 20, True),
        ("the", 20, 40, False),
    ]


def test_a_breath_with_fewer_phones_than_words_speaks_the_first():
    events = [("word", 0, 0, 6, ""), ("phone", 0, 0, 0, "t"), ("end", 40, 0, 0, "")]
    assert words_of("to be", events)[0] == [("to", 0, 40, True)]


PROSE = (
    "Mr. Smith went to St. Paul's at 5 p.m. on Jan. 3rd, 2021. He met Mrs. Jones, Prof. X, etc. and others. "
    "It was at the time that I would have been on the way from the town, as if it were. To be in the house, e.g. "
    "in the U.S. and the E.U., is 20% off (i.e. $5.00). Don't, can't; rock 'n' roll — weren't they? A.I. and I/O."
)


def test_every_word_of_prose_is_spoken_once_and_in_order(spoken):
    speech = spoken(PROSE)
    starts = [word.first for word in speech.words]
    for token in re.finditer(r"\S*\w\S*", speech.text):
        assert any(token.start() <= start < token.end() for start in starts), token.group()
    pairs = [word.text for word in speech.words if not word.is_announced]
    assert pairs.count("the") >= 4
    for word in speech.words:
        if word.text == "the":
            labels = [phone.label for phone in speech.phones[slice(*word.run)]]
            assert labels[0] == "ð", labels


def test_no_word_is_lost_after_an_abbreviation(spoken):
    words = [word.text for word in spoken("Pens, ink, etc. and so on.").words]
    assert words == ["Pens", "ink", "etc", "and", "so", "on"]


@pytest.mark.parametrize(
    "events",
    [
        [],
        [("phone", 0, 0, 0, "a"), ("pause", 5, 0, 0, "")],
        [("word", 0, 0, 2, "")],
        [("word", 9, 0, 2, ""), ("phone", 9, 0, 0, "a"), ("pause", 9, 0, 0, "")],
    ],
    ids=["nothing", "no word", "no phone", "no time"],
)
def test_what_was_not_heard_is_no_word(events):
    assert from_events("hi", events, 100) == ((), ())


def test_an_event_that_points_nowhere_speaks_the_first_token():
    events = [("word", 0, 77, 2, ""), ("phone", 0, 0, 0, "a"), ("end", 9, 0, 0, "")]
    assert words_of("hi you", events)[0] == [("hi", 0, 9, True)]


EVENT = st.tuples(
    st.sampled_from(["word", "phone", "phone", "phone", "pause", "end"]),
    st.integers(0, 200),
    st.integers(-3, 15),
    st.integers(0, 5),
    st.sampled_from(["a", "ˈe", "t"]),
)


@given(st.text("ab1 .-'", max_size=12), st.lists(EVENT, max_size=25))
def test_whatever_events_come_words_and_phones_keep_the_conventions(text, events):
    events = [(kind, 100 * sample, *rest) for kind, sample, *rest in events]
    events.sort(key=lambda event: event[1])
    text = " ".join(text.split())
    check_words(text, *from_events(text, events, 30_000))
