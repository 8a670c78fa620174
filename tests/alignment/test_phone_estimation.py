"""Phones of words whose times are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.alignment import estimate_phones
from clipaudio.alignment.phone_estimation import _lay
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
    found = estimate_phones(words, "I read 12", language="en")
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
    found = estimate_phones(words, "It is $5", language="en")
    assert len(found) > 6
    assert (np.diff(found.times.ravel()) >= -1e-9).all()


def test_words_without_a_sound_are_refused(needs):
    needs("espeakng_loader")
    with pytest.raises(clipaudio.errors.AlignmentError, match="no word"):
        estimate_phones(Timeline.empty(), "", language="en")
