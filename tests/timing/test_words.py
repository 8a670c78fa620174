"""Words as people say them, in any script, with the times of their own letters."""

from __future__ import annotations

import numpy as np
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.timing.sentences import TextWords, _sentence_starts, find_sentences, find_sentences_together
from clipaudio.timing.timeline import Timeline
from clipaudio.timing.words import find_words, find_words_together


def letters(text, labels=None) -> Timeline:
    labels = tuple(text) if labels is None else labels
    return Timeline(labels, np.arange(len(labels))[:, None] / 10 + [0, 0.1])


def words(text) -> str:
    return " ".join(find_words(letters(text)).labels)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Hey there.", "Hey there"),
        ("didn't won’t 'tis rock 'n' roll dogs'", "didn't won’t tis rock n roll dogs"),
        ("a well-known well- -known fact", "a well-known well known fact"),
        ("$4.50, 50% of 1,000 is 3.5; .5 or -5 at 12:30.", "$4.50 50% of 1,000 is 3.5 .5 or -5 at 12:30"),
        ("-$4.50 (-5) −€5 -.5 '-3' x-5 -a5", "-$4.50 -5 −€5 -.5 -3 x-5 a5"),
        ("co\u00adoperate soft\u00ad \u00ad", "co\u00adoperate soft\u00ad"),
        ("R&D at AT&T & co, C++ and C#, #1 @user", "R&D at AT&T & co C++ and C# #1 @user"),
        ("Write to me@x.com, see http://a.b/c?x=1&y=2.", "Write to me@x.com see http://a.b/c?x=1&y=2"),
        ("U.S.A. e.g. Dr. Lee's", "U.S.A e.g Dr Lee's"),
        ("- — – ... ! «»", ""),
        ("she—he a--b wait…what so...on 2010–2015", "she he a b wait what so on 2010–2015"),
        ("one,two word;word a:b Yes!No and/or", "one two word word a:b Yes No and/or"),
        ("“Quoted,” (round) [square] word(s) f(x)", "Quoted round square word(s) f(x)"),
        ("_x_ *bold* ¿qué? ¡sí!", "x bold qué sí"),
        ("Hi 😀😀 there👩‍👩‍👧 👍🏽! 🇫🇷", "Hi 😀😀 there 👩‍👩‍👧 👍🏽 🇫🇷"),
        ("e\u0301te\u0301 nai\u0308ve", "e\u0301te\u0301 nai\u0308ve"),
        ("1️⃣ one 5°C ½", "1️⃣ one 5°C ½"),
        ("今日はアメリカー元気？", "今 日 は アメリカー 元 気"),
        ("你好,世界 abc你好", "你 好 世 界 abc 你 好"),
        ("สวัสดี ครับ", "สวัสดี ครับ"),
        ("한국어 텍스트.", "한국어 텍스트"),
        ("שלום, עולם! مرحبا، كيف؟", "שלום עולם مرحبا كيف"),
        ("a\u00a0b\u200bc\td\ne", "a b c d e"),
        ("\u0301 \u0301a", "a"),
        ("らーめん ー", "らー め ん ー"),
        ("きょう", "きょ う"),
        ("", ""),
        (" ", ""),
    ],
)
def test_words_are_found_as_people_say_them(text, wanted):
    assert words(text) == wanted


@given(st.text("אבגדהת", min_size=1), st.text("אבגדהת", min_size=1))
def test_a_straight_quote_between_hebrew_letters_joins_them(left, right):
    assert words(f'({left}"{right}) "{left}"').split() == [f'{left}"{right}', left]


@given(st.text("aàlÉß", min_size=1), st.text("aàlÉß", min_size=1))
def test_a_middle_dot_joins_letters_and_separates_elsewhere(left, right):
    assert words(f"{left}·{right} · {left}· ·{right} 3·5").split() == [f"{left}·{right}", left, right, "3", "5"]
    assert words(f'{left}"{right}').split() == [left, right]


def test_a_word_has_the_times_of_its_own_letters():
    found = find_words(letters('"Hi," x'))
    assert found.labels == ("Hi", "x")
    assert found.times == pytest.approx(np.array([[0.1, 0.3], [0.6, 0.7]]))
    assert found.child_ranges.tolist() == [[1, 3], [6, 7]]


@pytest.mark.parametrize(
    "labels", [("Hel", "lo", "", " ", "wor", "ld."), ("Hello w", "orld", "."), ("Hello", " ", "world", "!")]
)
def test_labels_of_any_size_are_read(labels):
    found = find_words(letters("", labels))
    assert found.labels == ("Hello", "world")
    assert found.child_ranges[:, 1].max() <= len(labels)


texts = st.text(
    alphabet=st.sampled_from("aB é1.,'-—…!?\"()[] \u0301😀\u200d今はア$%&/ 👍🏽\u3000"), max_size=25
) | st.text(max_size=20)


edges = st.text('a.\u0301\u20e3\uff9e\u200d,-$5(){}[]"\u05d0\u00b7😀字 \n\u3099', max_size=5)


@given(st.lists(st.tuples(texts | edges, st.sampled_from(["en", "de", "ja", "xx"])), max_size=6))
def test_words_and_sentences_found_together_are_those_of_each_text(given_texts):
    lines = [letters(text) for text, _ in given_texts]
    together = find_words_together(lines)
    assert together == [find_words(line) for line in lines]
    asked = [TextWords(*each, language) for *each, (_, language) in zip(lines, together, given_texts, strict=True)]
    assert find_sentences_together(asked) == [
        find_sentences(one.graphemes, one.words, language=one.language) for one in asked
    ]


@given(texts)
def test_every_letter_and_digit_belongs_to_exactly_one_word(text):
    line = letters(text)
    found = find_words(line)
    covered = np.zeros(len(line), int)
    for (a, b), label in zip(found.child_ranges.tolist(), found.labels, strict=True):
        covered[a:b] += 1
        assert text[a:b] == label
    assert covered.max(initial=0) <= 1
    for row, character in enumerate(text):
        if regex.match(r"[\p{L}\p{N}]", character):
            assert covered[row] == 1
    assert (np.diff(found.child_ranges.ravel()) >= 0).all()


@given(texts)
def test_white_space_around_and_between_changes_no_word(text):
    assert find_words(letters(f" {text}\n")).labels == find_words(letters(text)).labels
    assert words(f"{text} {text}").split() == [*words(text).split(), *words(text).split()]


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("Dr. Lee paid $4.50. Really?", "en", ["Dr. Lee paid $4.50.", "Really?"]),
        ("J. R. Smith left at 5 p.m. today. He ran.", "en", ["J. R. Smith left at 5 p.m. today.", "He ran."]),
        ('"Stop!" she said. "No."', "en", ['"Stop!" she said.', '"No."']),
        ("Wait... what? Yes.", "en", ["Wait... what?", "Yes."]),
        ("今日は。元気？はい！", "ja", ["今日は。", "元気？", "はい！"]),
        ("Das ist z.B. gut. Ja!", "de", ["Das ist z.B. gut.", "Ja!"]),
        ("... Hi.", "en", None),
        ("no end", "xx", ["no end"]),
        ("The end.Next one. Two.", "en", ["The end.Next one.", "Two."]),
        (" \n Space before. 😀é\u0301 Two.", "en", ["Space before.", "😀é\u0301 Two."]),
    ],
)
def test_sentences_end_where_a_reader_stops(text, language, wanted):
    line = letters(text)
    found = find_sentences(line, find_words(line), language=language)
    assert wanted is None or list(found.labels) == wanted
    assert found.child_ranges.ravel().tolist()[0] == 0
    assert found.child_ranges[-1, 1] == len(find_words(line))
    assert (found.child_ranges[1:, 0] == found.child_ranges[:-1, 1]).all()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Dr. Lee paid $4.50 today. Really? He did... Then he left, at 5 p.m. sharp.\n\n“Stop!” she said. " * 40),
        ("ja", "今日は元気。本当？" * 400),
        ("en", "no end of this at all " * 60 + "Or so. It seemed."),
    ],
)
@pytest.mark.parametrize("window", [60, 200, 1000])
def test_sentences_of_a_long_text_are_those_found_window_by_window(language, text, window):
    whole = _sentence_starts(text, language, len(text))
    assert _sentence_starts(text, language, window) == whole


def test_a_long_text_of_ideographs_takes_linear_time():
    line = letters("今日は。" * 50_000)
    assert len(find_sentences(line, find_words(line), language="ja")) == 50_000


def test_a_text_without_words_has_no_sentences():
    line = letters("... !")
    assert len(find_sentences(line, find_words(line))) == 0


@given(texts)
def test_sentences_part_the_words_without_a_rest(text):
    line = letters(text)
    found = find_words(line)
    runs = find_sentences(line, found).child_ranges
    assert [row for a, b in runs.tolist() for row in range(a, b)] == list(range(len(found)))


@given(texts)
def test_a_sentence_holds_the_whole_text_of_its_words(text):
    line = letters(text)
    found = find_words(line)
    for sentence in find_sentences(line, found):
        inside = (found.starts >= sentence.start) & (found.ends <= sentence.end)
        whole = text[found.child_ranges[inside][0, 0] : found.child_ranges[inside][-1, 1]]
        assert whole.strip().encode("utf-8", "replace").decode() in sentence.label
