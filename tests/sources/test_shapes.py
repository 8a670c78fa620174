"""Whatever a shape holds is read back: any words, with their times exactly as they were written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from source_shapes import WRITERS
from source_writing import Word

import clipaudio
from clipaudio.clip.saving import dumps_callback
from clipaudio.sources import SOURCES, read_source
from clipaudio.sources.tiers import SILENCES

NAMES = {"inworld-characters": "inworld", "google-stt-v2": "google-stt"}
WORDS = st.text(st.sampled_from("abcdeghilmnorstuwy"), min_size=1, max_size=9).filter(lambda word: word not in SILENCES)


@st.composite
def utterances(draw):
    """Draw words with at least 30 ms each, on the grid of milliseconds; neighbours touch or have a pause."""
    words, place = [], draw(st.integers(0, 3000))
    for label in draw(st.lists(WORDS, min_size=1, max_size=9)):
        stop = place + draw(st.integers(30, 900))
        words.append(Word(label, place, stop))
        place = stop + draw(st.sampled_from([0, 1, 20, 250, 1500]))
    return words


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=25, deadline=None)
@given(words=utterances())
def test_words_and_their_times_come_back(name, words):
    clip = clipaudio.open_clip(WRITERS[name](words))
    names = {NAMES.get(name, name), name.removesuffix("-stream")}  # a stream of one message is the whole answer
    assert clip.source in names
    assert clip.text.split() == [word.label for word in words]
    assert list(clip.words.labels) == [word.label for word in words]
    # a blank without a length, between letters with times, takes a sliver of a millisecond from the word before it
    most = 1.02 if "graphemes" in clip.speech_times.given else 0.02
    np.testing.assert_allclose(clip.words.times * 1000, [[word.start, word.end] for word in words], rtol=0, atol=most)


@pytest.mark.parametrize("name", WRITERS)
def test_graphemes_and_sentences_join_to_the_text(name):
    words = [Word("so", 100, 300), Word("it", 320, 400), Word("goes", 400, 900)]
    clip = clipaudio.open_clip(WRITERS[name](words))
    assert "".join(clip.graphemes.labels) == clip.text
    assert " ".join(clip.sentences.labels).split() == clip.text.split()


def test_every_source_that_keeps_both_ends_has_a_writer_here():
    point_events = {"polly", "google-timepoints", "youtube", "espeak", "aeneas", "piper", "timeline", "whisper-cpp"}
    text = {"textgrid", "eaf", "webvtt", "srt", "ass", "ttml", "sbv", "lrc", "tsv", "otranscribe"}
    other_forms = {"elevenlabs-dialogue", "speechify-stream", "stable-ts", "youtube-transcript"}
    known = {source.name for source in SOURCES if source.level != "none"}
    assert known - {NAMES.get(name, name) for name in WRITERS} <= point_events | text | other_forms


@pytest.mark.parametrize("name", WRITERS)
def test_messages_are_read_as_lines_as_events_and_as_a_list(name):
    words = [Word("one", 50, 400), Word("two", 460, 900)]
    raw = WRITERS[name](words)
    if not raw.startswith(b"{"):
        pytest.skip("not JSON objects")
    messages = raw.splitlines()
    expected = read_source(raw)
    forms = {
        "list": b"[" + b",\n".join(messages) + b"]",
        "events": b": hello\n\n" + b"".join(b"event: x\ndata: " + one + b"\r\n\r\n" for one in messages),
        "with a mark and CR LF": b"\xef\xbb\xbf" + b"\r\n".join(messages),
    }
    for form, content in forms.items():
        clip = clipaudio.open_clip(content)
        assert clip.words.labels == ("one", "two"), form
        assert clip.source.partition("-")[0] == expected.source.partition("-")[0]


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=15, deadline=None)
@given(words=utterances())
def test_an_edited_clip_of_any_shape_is_opened_again_from_its_callback(name, words):
    clip = clipaudio.open_clip(WRITERS[name](words))
    edited = clip.without([0]) if len(words) > 1 else clip.with_text("other words")
    again = clipaudio.open_clip(dumps_callback(edited, name="again"))
    assert again.words.labels == edited.words.labels
    assert again.text == edited.text
    np.testing.assert_allclose(again.words.times, edited.words.times, rtol=0, atol=1e-8)
    assert again.duration == edited.duration
