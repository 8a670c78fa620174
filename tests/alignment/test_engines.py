"""Engines by name, and functions of the user."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import clipaudio
from clipaudio.alignment import to_callback
from clipaudio.audio.wav_writer import encode_wav
from clipaudio.errors import AlignmentError, OptionError
from clipaudio.timing.speech_times import SpeechTimes, TimedText

TEXT = "Kick the ball straight, 12 times, and follow through."


def _wav(samples, rate=22050):
    return encode_wav((np.clip(samples, -1, 1) * 32767).astype(np.int16), rate, "PCM_16")


def every_tenth(_samples, _sample_rate, text, _language):
    """Return words of a tenth of a second: the engine that tests name as module:function."""
    words = text.split()
    starts = [0.1 * row for row in range(len(words))]
    return SpeechTimes(source="every_tenth", words=TimedText.of(words, starts, [start + 0.1 for start in starts]))


def test_a_function_gets_mixed_samples_at_the_rate_of_the_file():
    seen = {}

    def engine(samples, sample_rate, text, language):
        seen.update(samples=samples, sample_rate=sample_rate, text=text, language=language)
        return every_tenth(samples, sample_rate, text, language)

    left = np.sin(np.arange(22050) / 9) / 2
    found = clipaudio.align_text(_wav(np.stack((left, -left / 2), axis=1)), "one two", language="de", engine=engine)
    assert seen["samples"].dtype == np.float32
    assert np.abs(seen["samples"] - left / 4).max() < 1e-3
    assert (seen["sample_rate"], seen["text"], seen["language"]) == (22050, "one two", "de")
    assert found.words.labels == ("one", "two")
    assert (found.text, found.language, found.duration, found.is_estimated) == ("one two", "de", 1.0, True)
    assert found.source == "every_tenth"


def test_a_function_can_be_named(monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).parent)
    found = clipaudio.align_text(_wav(np.ones((22050, 1)) / 9), "a b", language="en", engine="test_engines:every_tenth")
    assert found.words.times.tolist() == [[0.0, 0.1], [0.1, 0.2]]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "returned NoneType; expected clipaudio's SpeechTimes"),
        (SpeechTimes(source="x"), "returned no words"),
        (SpeechTimes(source="x", words=TimedText(("a", "b"), np.zeros((1, 2)))), r"2 words, times of shape \(1, 2\)"),
        (
            SpeechTimes(source="x", words=TimedText(("a",), np.zeros((1, 2))), confidences=(1.0, 1.0)),
            "1 words, .* and 2 confidences",
        ),
    ],
)
def test_an_answer_that_is_not_speech_times_is_refused(answer, message):
    with pytest.raises(AlignmentError, match=message):
        clipaudio.align_text(_wav(np.ones((22050, 1)) / 9), "a", language="en", engine=lambda *_: answer)


@pytest.mark.parametrize(
    ("engine", "message"),
    [
        ("magic", "expected one of clipaudio, pocketsphinx, or a function as module:function"),
        ("no_such_module:align", "No module named 'no_such_module'; is no_such_module on PYTHONPATH"),
        ("json:align", "has no attribute 'align'"),
        (":align", "cannot be loaded"),
        ("json:__name__", "is unknown"),
        (7, "cannot be called"),
    ],
)
def test_what_is_no_engine_is_refused_before_the_sound_is_read(engine, message):
    with pytest.raises(OptionError, match=message):
        clipaudio.align_text("missing.wav", "a", language="en", engine=engine)


def test_a_word_without_a_time_is_null_in_the_callback_and_gets_one_when_opened():
    words = TimedText.of(["one", "two", "three"], [0.0, None, 0.6], [0.3, None, 0.9])
    content = to_callback(SpeechTimes(source="x", words=words, duration=1.0), name="x", engine="mine")
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    assert content["alignment"]["words"][1] == {"label": "two", "start": None, "end": None, "confidence": None}
    clip = clipaudio.open_clip(content)
    assert clip.words.labels == ("one", "two", "three")
    assert (np.diff(clip.words.times.ravel()) >= 0).all()


def test_pocketsphinx_finds_the_words_that_our_engine_finds(flite, needs):
    needs("pocketsphinx")
    path = flite(TEXT)
    ours, theirs = (
        clipaudio.align_text(path, TEXT, language="en", engine=name) for name in ("clipaudio", "pocketsphinx")
    )
    assert theirs.words.labels == ours.words.labels
    assert np.mean(np.abs(theirs.words.times - ours.words.times) < 0.08) > 0.8
    assert theirs.phones.labels[:3] == ("k", "ɪ", "k")
    assert (theirs.phones.durations >= 0).all()
    assert theirs.confidences == ()
    clip = clipaudio.open_clip(to_callback(theirs, name="x", engine="pocketsphinx"))
    assert clip.words.labels == theirs.words.labels


def test_pocketsphinx_says_no_to_other_languages_and_to_texts_that_are_not_said(flite, needs):
    needs("pocketsphinx")
    path = flite(TEXT)
    with pytest.raises(AlignmentError, match="aligns English, not 'de'"):
        clipaudio.align_text(path, "Guten Tag", language="de", engine="pocketsphinx")
    with pytest.raises(AlignmentError, match="pocketsphinx hears"):
        clipaudio.align_text(path, TEXT * 40, language="en", engine="pocketsphinx")


@pytest.mark.parametrize(
    ("labels", "starts", "ends", "told"),
    [
        (["one", "two"], [np.nan, 0.5], [np.nan, 0.9], "no time for 1 words, such as 'one'"),
        (["one", "two"], [0.1, 0.9], [0.4, 0.5], "1 words of the engine end before they start"),
        (["foo", "bar"], [0.1, 0.5], [0.4, 0.9], "of their letters with the text"),
    ],
)
def test_what_an_engine_gets_wrong_is_among_the_issues(labels, starts, ends, told):
    answer = SpeechTimes(source="x", words=TimedText.of(labels, starts, ends))
    found = clipaudio.align_text(_wav(np.ones((22050, 1)) / 9), "One two.", language="en", engine=lambda *_: answer)
    (issue,) = found.issues
    assert told in issue
    assert told in to_callback(found, name="x", engine="mine")["issues"][0]


def test_an_engine_that_is_right_has_no_issues():
    answer = SpeechTimes(source="x", words=TimedText.of(["one", "two"], [0.1, 0.5], [0.4, 0.9]))
    sound = _wav(np.ones((22050, 1)) / 9)
    assert clipaudio.align_text(sound, "One, two!", language="en", engine=lambda *_: answer).issues == ()


@pytest.mark.parametrize("factor", [10, 1000, -10])
def test_times_of_an_engine_in_another_unit_are_an_error(factor):
    answer = SpeechTimes(source="x", words=TimedText.of(["one", "two"], [0.1 * factor, 0.5 * factor], [None, None]))
    with pytest.raises(AlignmentError, match=r"the sound lasts 1\.000 s; expected seconds"):
        clipaudio.align_text(_wav(np.ones((22050, 1)) / 9), "one two", language="en", engine=lambda *_: answer)
