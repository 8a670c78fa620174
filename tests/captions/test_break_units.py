"""Text into units: what stays together stays together, and every unit knows its columns and its time."""

from __future__ import annotations

import numpy as np
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions.break_units import find_units
from clipaudio.captions.widths import measure_width
from clipaudio.timing.sentences import find_sentences
from clipaudio.timing.timeline import Spans, Timeline
from clipaudio.timing.words import find_words

NONE = Spans((), [], [])


def letters_of(text, step=0.1):
    times = np.arange(len(text))[:, None] * step + [0, step]
    return Timeline(tuple(text), times)


def units_of(text, **options):
    letters = letters_of(text)
    words = find_words(letters)
    return find_units(letters, words, find_sentences(letters, words), **options)


def texts_of(text, **options):
    return units_of(text, **options).texts


@given(st.text(max_size=60), st.sampled_from(["en", "ja", "th", "ko"]), st.sampled_from([1, 2]))
def test_units_hold_the_whole_text_and_break_inside_no_cluster(text, language, wide):
    letters = letters_of(text)
    words = find_words(letters)
    units = find_units(letters, words, NONE, language=language, wide=wide)
    assert "".join("".join(units.texts).split()) == "".join(text.split())
    clusters = {match.start() for match in regex.finditer(r"\X", units.text)}
    assert set(units.first[~units.spaced].tolist()) <= clusters | {0}
    for unit, columns in zip(units.texts, units.widths.tolist(), strict=True):
        assert columns == max(measure_width(unit, wide=wide), 1)
    for (first, stop), label in zip(units.word_runs.tolist(), words.labels, strict=True):
        assert "".join(units.text[first:stop].split()) == "".join(label.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It costs 3.5 euros", ["It", "costs", "3.5", "euros"]),
        ("It costs $ 5 or € 10 000 now", ["It", "costs", "$ 5", "or", "€ 10 000", "now"]),
        ("10 000 000 people", ["10 000 000", "people"]),
        ("in 2020 100 came", ["in", "2020", "100", "came"]),
        ("z. B. so", ["z. B.", "so"]),
        ("see Ms. Hale, e.g. at No. 5", ["see", "Ms. Hale,", "e.g. at", "No. 5"]),
        ("J. R. Smith at 5 p.m. sharp", ["J. R.", "Smith", "at", "5", "p.m.", "sharp"]),
        (
            "see https://a-bb.org/some-path or me@my-home.org",
            ["see", "https://a-bb.org/some-path", "or", "me@my-home.org"],
        ),
        ("« Bonjour ! » dit-il", ["« Bonjour ! »", "dit-", "il"]),
        ("(so) [ well ] ok", ["(so)", "[ well ]", "ok"]),
        ("¿ Qué ?", ["¿ Qué ?"]),
        ("a well-known e-mail", ["a", "well-", "known", "e-mail"]),
        ("1990-2000 B-52", ["1990-2000", "B-52"]),
        ("yes—no … well…then", ["yes—", "no …", "well…", "then"]),
        ("one\u00a0two\u202fthree \u00a0 four\u00a0", ["one\u00a0two\u202fthree", "four"]),
        (" a\n\tb  c ", ["a", "b", "c"]),
        ("a\u200bb", ["a\u200b", "b"]),
        ("a \u0301b", ["a \u0301b"]),
        ("", []),
    ],
)
def test_text_is_cut_where_a_line_may_end(text, expected):
    assert texts_of(text) == expected


def test_a_sign_that_leans_on_a_dash_stays_with_it():
    assert texts_of("b—\u0e33c")[0].startswith("b—\u0e33")  # with a dictionary the letter after it stays too


def test_white_space_is_collapsed_to_one_space():
    units = units_of("one  \n two")
    assert units.text == "one two"
    assert units.first.tolist() == [0, 4]
    assert units.stop.tolist() == [3, 7]


def test_a_unit_has_the_time_of_what_is_spoken_in_it():
    units = units_of("«Oh», no!")
    assert units.times.tolist() == pytest.approx(np.array([[0.1, 0.3], [0.6, 0.8]]))
    assert units_of("a —").times[1].tolist() == pytest.approx([0.2, 0.3])
    assert units_of("a — b").has_words.tolist() == [True, False, True]


def test_sentences_open_at_their_first_mark():
    units = units_of('"Stop!" He ran. (Why? Nobody knew.) End')
    opened = [text for text, opens in zip(units.texts, units.opens.tolist(), strict=True) if opens]
    assert "He" in opened
    assert "(Why?" in opened
    assert "ran." not in opened


def test_without_sentences_nothing_is_known_of_their_starts():
    letters = letters_of("Go. Now.")
    assert find_units(letters, find_words(letters), NONE).opens is None


def test_a_sentence_that_starts_inside_a_unit_opens_none():
    letters = letters_of("a.b c")
    words = Spans(("a", "b", "c"), letters.times[[0, 2, 4]], [[0, 1], [2, 3], [4, 5]])
    units = find_units(letters, words, Spans(("a.", "b c"), words.times[:2], [[0, 1], [1, 3]]))
    assert units.opens.tolist() == [False, False]


def test_wide_characters_take_as_many_columns_as_asked():
    assert (
        measure_width("字a。"),
        measure_width("字a。", wide=2),
        measure_width("👩‍👧", wide=2),
        measure_width("e\u0301"),
    ) == (3, 5, 2, 1)


@pytest.mark.parametrize("language", ["en", "ja", "zh", "th"])
@pytest.mark.parametrize("text", ["日" * 100, "ก" * 90, "100 " * 60, "A. " * 60, "日本語 " * 20 + "漢" * 30])
def test_what_is_wider_than_a_line_comes_apart_after_all(text, language):
    units = units_of(text, language=language, max_chars=13)
    assert units.widths.max() <= 13
    assert "".join("".join(units.texts).split()) == "".join(text.split())
    long_phrase = units_of("日" * 20, language="ja", max_chars=13, cutters=lambda _: lambda found: [found])
    assert long_phrase.texts == ["日"] * 20
    short_phrase = units_of("日" * 13, language="ja", max_chars=13, cutters=lambda _: lambda found: [found])
    assert short_phrase.texts == ["日" * 13]
