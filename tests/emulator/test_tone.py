from __future__ import annotations

import numpy as np
import pytest

from clipaudio.emulator.script import Script, read_body
from clipaudio.emulator.tone import SAMPLE_RATE, speak
from clipaudio.synthesis.speech import LEAD


def test_the_same_text_gives_the_same_samples():
    assert np.array_equal(speak(Script("Just so.")).samples, speak(Script("Just so.")).samples)


def test_sounds_last_as_long_as_their_kind():
    speech = speak(Script("as 7"))
    lasting = [round((phone.end - phone.start) / SAMPLE_RATE, 3) for phone in speech.phones]
    assert [phone.label for phone in speech.phones] == ["a", "s", "ə"]
    assert lasting == [0.09, 0.06, 0.12]


@pytest.mark.parametrize(
    ("text", "seconds"), [("a b", 0.04), ("a, b", 0.15), ("a; b", 0.22), ("a. b", 0.3), ("a… b", 0.22)]
)
def test_punctuation_is_silence(text, seconds):
    speech = speak(Script(text))
    first, second = speech.words
    assert (second.start - first.end) / SAMPLE_RATE == pytest.approx(seconds, abs=1e-4)
    assert not speech.samples[first.end : second.start].any()


def test_a_break_is_silence():
    first, second = speak(read_body("a<break time='1s'/>b")).words
    assert second.start - first.end == SAMPLE_RATE


def test_each_sound_is_heard_where_its_times_say(spoken, hostile):
    speech = spoken(hostile[0], "tone")
    heard = np.zeros(speech.frames, bool)
    for phone in speech.phones:
        heard[phone.start : phone.end] = True
        assert np.abs(speech.samples[phone.start : phone.end]).max() > 300
    assert not speech.samples[~heard].any()


def test_a_digraph_is_one_sound_and_an_apostrophe_none():
    labels = [phone.label for phone in speak(Script("that's")).phones]
    assert labels == ["θ", "a", "t", "s"]


def test_an_empty_text_is_a_little_silence():
    speech = speak(Script(""))
    assert speech.words == speech.phones == ()
    assert speech.frames > LEAD
    assert not speech.samples.any()
