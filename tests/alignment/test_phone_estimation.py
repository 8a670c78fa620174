"""Phones of words whose times are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.alignment import estimate_phones
from clipaudio.alignment.phone_estimation import _lay
from clipaudio.alignment.pronunciation import pronounce
from clipaudio.phonetics.lexicon import loads
from clipaudio.timing.speech_times import SpeechTimes, TimedText
from clipaudio.timing.timeline import Timeline

TEXT = "The boy was there when the sun rose. A rod is used to catch pink salmon."


@given(
    st.lists(st.floats(0.01, 2), min_size=2, max_size=12).filter(lambda x: len(x) % 2 == 0),
    st.lists(st.floats(0.01, 1), min_size=1, max_size=20),
)
def test_phones_are_laid_in_order_inside_the_spans(steps, lengths):
    spans = np.cumsum(steps).reshape(-1, 2)
    edges = np.cumsum([0.0, *lengths])
    found = _lay(edges / edges[-1], spans)
    assert (np.diff(found.ravel()) >= -1e-9).all()
    assert found[0, 0] >= spans[0, 0] - 1e-9
    assert found[-1, 1] <= spans[-1, 1] + 1e-9


def test_numbers_and_heteronyms_follow_the_sentence(needs):
    needs("espeakng_loader")
    words = Timeline(("I", "read", "12"), [[0, 0.2], [0.2, 0.5], [0.5, 1.0]])
    found = estimate_phones(words, pronounce("I read 12", language="en")).phones
    assert "".join(found.labels[-5:]).replace("ˈ", "") == "twɛlv"
    assert found.times[-1, 1] == 1.0
    assert found.times[0, 0] == 0


def test_given_words_get_the_phones_that_the_aligner_hears(flite):
    path = flite(TEXT)
    heard = clipaudio.align_text(path, TEXT, language="en")
    given_times = SpeechTimes(source="x", words=TimedText(heard.words.labels, heard.words.times), text=TEXT)
    by_sound = clipaudio.open_clip(given_times, audio=path, language="en").with_phones()
    assert by_sound.phones.labels == heard.phones.labels
    assert np.abs(by_sound.phones.times - heard.phones.times).max() < 0.02
    without = clipaudio.open_clip(given_times, language="en").with_phones()
    assert without.phones.labels == heard.phones.labels
    assert np.median(np.abs(without.phones.times - heard.phones.times)) < 0.04


def test_estimated_phones_are_told_and_given_ones_stay(flite):
    heard = clipaudio.align_text(flite(TEXT), TEXT, language="en")
    clip = clipaudio.open_clip(SpeechTimes(source="x", words=heard.words, text=TEXT), language="en")
    assert not len(clip.phones)
    found = clip.with_phones()
    assert found.report["phones"].kinds == ("estimated_phone",)
    assert len(found.syllables)
    assert found.with_phones() is found
    assert "ˈ" in found.dumps("textgrid")


def test_words_that_are_said_otherwise_share_the_phones_of_their_run(needs):
    needs("espeakng_loader")
    words = Timeline(("It", "is", "5", "dollars"), [[0, 0.2], [0.2, 0.4], [0.4, 0.7], [0.7, 1.2]])
    found = estimate_phones(words, pronounce("It is $5", language="en")).phones
    assert len(found) > 6
    assert (np.diff(found.times.ravel()) >= -1e-9).all()


def test_a_text_without_words_is_refused(needs):
    needs("espeakng_loader")
    with pytest.raises(clipaudio.errors.AlignmentError, match="no word"):
        pronounce("", language="en")


def test_heteronyms_follow_the_sentence(needs):
    needs("espeakng_loader")
    sounds = {}
    for text in ("I have read it.", "I will read it."):
        names = tuple(text.rstrip(".").split())
        words = Timeline(names, np.arange(len(names))[:, None] * 0.3 + [0, 0.3])
        found = estimate_phones(words, pronounce(text, language="en")).phones
        sounds[text] = [
            label for label, middle in zip(found.labels, found.times.mean(axis=1), strict=True) if 0.6 <= middle < 0.9
        ]
    first, second = ("".join(labels) for labels in sounds.values())
    assert "ɛ" in first
    assert "iː" in second


def test_a_word_that_its_letters_contradict_has_the_phones_of_its_letters(needs):
    needs("espeakng_loader")
    words = Timeline(("So", "much", "xylophone"), [[0, 0.3], [0.3, 0.6], [0.6, 1.0]])
    said = pronounce("So much xylophone", language="en")
    wrong = Timeline(("So", "bdgk", "xylophone"), words.times)  # not the word that is said
    assert not len(estimate_phones(words, said).lettered_words)
    found = estimate_phones(wrong, pronounce("So isle xylophone", language="en"))
    assert found.lettered_words.tolist() == [1]
    inside = (found.phones.times[:, 0] >= 0.3 - 1e-9) & (found.phones.times[:, 1] <= 0.6 + 1e-9)
    assert [found.phones.labels[row] for row in np.flatnonzero(inside)] == ["b", "d", "ɡ", "k"]


def test_a_word_without_time_has_no_phones(needs):
    needs("espeakng_loader")
    words = Timeline(("So", "much", "more"), [[0.0, 0.3], [0.3, 0.301], [0.301, 0.6]])
    found = estimate_phones(words, pronounce("So much more", language="en"))
    assert found.lettered_words.tolist() == [1]
    assert found.phones.durations.min() > 0.02


def test_silent_consonants_do_not_contradict_a_word(needs):
    needs("espeakng_loader")
    text = "Les eaux ont deux ans"
    names = tuple(text.split())
    words = Timeline(names, np.arange(len(names))[:, None] * 0.4 + [0, 0.3])
    assert not len(estimate_phones(words, pronounce(text, language="fr")).lettered_words)


def test_more_phones_than_a_word_has_time_for_are_not_laid_into_it(needs):
    needs("espeakng_loader")
    words = Timeline(("Look", "日本"), [[0, 0.3], [0.3, 0.6]])
    found = estimate_phones(words, pronounce("Look 日本", language="en"))  # "Chinese letter, Chinese letter"
    assert found.lettered_words.tolist() == [1]


def test_names_of_letters_are_not_the_phones_of_a_word(needs):
    needs("espeakng_loader")
    text = "今日はいい天気"  # espeak-ng reads no kanji: "Chinese letter, Chinese letter, …"
    words = Timeline(tuple(text), np.arange(len(text))[:, None] * 1.0 + [0, 1.0])
    found = estimate_phones(words, pronounce(text, language="ja"))
    assert len(found.lettered_words) == len(text)
    chinese = estimate_phones(words, pronounce(text.replace("は", "和"), language="zh"))
    assert len(chinese.lettered_words) <= 3  # kana is no Chinese


@given(st.lists(st.sampled_from(["It", "is", "5", "dollars", "bdgk", "日本", "e.g.", "—"]), min_size=1, max_size=8))
def test_phones_of_any_words_are_in_order_inside_their_words(labels):
    pytest.importorskip("espeakng_loader")
    words = Timeline(tuple(labels), np.arange(len(labels))[:, None] * 0.5 + [0, 0.4])
    found = estimate_phones(words, pronounce("It is $5 and more, e.g. this.", language="en")).phones
    assert (np.diff(found.times.ravel()) >= -1e-9).all()
    middles = found.times.mean(axis=1)
    assert (middles % 0.5 <= 0.4 + 1e-9).all()


def test_words_of_a_lexicon_have_its_phones(needs):
    needs("espeakng_loader")
    lexicon = loads("TOMATO  T AH0 M AA1 T OW2")
    spoken = pronounce("A tomato, please.", language="en", lexicon=lexicon)
    word = spoken.words[1]
    assert spoken.phones[slice(*word.phones)] == ("t", "ə", "m", "ˈɑ", "t", "ˌoʊ")
    plain = pronounce("A tomato, please.", language="en")
    assert spoken.durations.sum() == pytest.approx(plain.durations.sum())
    assert spoken.words[2].phones[1] == len(spoken.phones)
