"""Lines are measured as the guidelines say: half-width characters, hanging marks, one line where one fits."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions.cue_timing import time_cues
from clipaudio.captions.profiles import find_profile
from clipaudio.captions.quality import check_cues
from clipaudio.captions.segmentation import cut_cues
from clipaudio.timing.sentences import find_sentences
from clipaudio.timing.timeline import Spans, Timeline
from clipaudio.timing.words import find_words

NETFLIX = find_profile("netflix")
WORDS = st.sampled_from(
    ["a", "the dog", "Stop!", "No.", "Dr.", "well,", "— so", "元気。", "東京", "New Map", "가나", "(x)", "\n"]
)


def join_words(words):
    """Join words with spaces, but for neighbours in Han or kana: a check cannot see a space at the end of a line."""
    return re.sub(r"(?<=[。京])\s+(?=[元東])", "", " ".join(words))


def cut(text, language, step=0.06, profile=NETFLIX):
    letters = Timeline(tuple(text), np.arange(len(text))[:, None] * step + [0, step])
    words = find_words(letters)
    return cut_cues(
        letters, words, find_sentences(letters, words, language=language), profile=profile, language=language
    )


@given(
    st.lists(WORDS, max_size=14).map(join_words),
    st.sampled_from(["netflix", "bbc", "youtube"]),
    st.sampled_from(["en", "ja", "ko", "zh", "de"]),
    st.sampled_from([0.01, 0.06, 0.3]),
)
def test_no_cue_has_two_lines_where_one_fits_and_none_is_too_wide(text, name, language, step):
    cues = cut(text, language, step, find_profile(name))
    report = check_cues(cues, name, language=language, rules=["one-line", "line-length", "lines"])
    assert report.avoidable == ()


@pytest.mark.parametrize(("language", "columns"), [("ja", 13), ("zh", 16), ("ko", 16)])
def test_half_width_characters_count_a_half(language, columns):
    for text in ("ab" * columns, "字" * (columns - 1) + "ab", "字" * (columns - 1) + "ab。"):
        (cue,) = cut(text, language)
        assert cue.lines == (text,)
        rules = {"language": language, "rules": ["line-length"]}
        assert check_cues([cue], NETFLIX, **rules).violations == ()
        assert len(check_cues([replace(cue, lines=(f"a{text}",))], NETFLIX, **rules).violations) == 1


def test_text_without_words_is_one_cue_and_no_text_none():
    assert [cue.lines for cue in cut("...", "en")] == [("...",)]
    assert cut("", "en") == cut(" \n\u00a0", "en") == ()


@pytest.mark.parametrize("count", [2, 50, 4000])
def test_words_of_one_label_are_each_in_one_cue(count):
    text = " ".join(["hello", "you"] * count)
    letters = Timeline((text, "."), [[0.0, 2.0], [2.0, 2.1]])
    cues = cut_cues(letters, find_words(letters), Spans((), [], []), profile=NETFLIX)
    spoken = [cue.lines[word.line][word.first : word.stop] for cue in cues for word in cue.words]
    assert spoken == text.split()


@pytest.mark.parametrize("name", ["netflix", "bbc", "youtube", "social"])
@pytest.mark.parametrize(
    ("language", "text", "tied"),
    [("en", "we saw Ms. Hale", "Ms."), ("de", "es ist der 28. Februar", "28."), ("fr", "voici Mme. Roy", "Mme.")],
)
def test_no_line_or_cue_ends_after_a_title_or_an_ordinal_even_at_a_pause(name, language, text, tied):
    times = np.arange(len(text))[:, None] * 0.06 + [0, 0.06]
    times[text.index(tied) + len(tied) :] += 1.5
    letters = Timeline(tuple(text), times)
    words = find_words(letters)
    sentences = find_sentences(letters, words, language=language)
    cues = cut_cues(letters, words, sentences, profile=find_profile(name), language=language)
    assert not any(line.endswith(tied) for cue in cues for line in cue.lines)


@pytest.mark.parametrize("name", ["netflix", "bbc", "youtube", "social"])
def test_a_long_address_has_its_caption_until_it_is_spoken(name):
    text = "see www.example.org/long/path/to/a/page-of-notes?order=first now"
    letters = Timeline(tuple(text), np.arange(len(text))[:, None] * 0.11 + [0.2, 0.31])
    words = find_words(letters)
    profile = find_profile(name).for_language("en")
    shown = time_cues(cut_cues(letters, words, Spans((), [], []), profile=profile), profile=profile)
    begin, end = letters.starts[text.index("www")], letters.ends[text.index(" now")]
    until = begin
    for cue in (cue for cue in shown if cue.end > begin and cue.start < end):
        assert cue.start <= until + 0.09
        until = cue.end
    assert until >= end - 0.12  # two frames before the next cue
