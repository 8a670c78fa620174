"""Each side of a call has its own channel: the words of all stand by their times."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.sources import read_source
from clipaudio.sources.channels import merge_channels
from clipaudio.timing.speech_times import SpeechTimes, TimedText


def deepgram_channels(*channels):
    def words_in(spoken):
        return [{"word": word, "start": start, "end": start + 0.4, **more} for word, start, more in spoken]

    found = [{"alternatives": [{"transcript": "", "words": words_in(spoken)}]} for spoken in channels]
    return {"metadata": {"duration": 9.0}, "results": {"channels": found}}


def test_both_sides_of_a_call_stand_by_their_times():
    caller = [("hello", 0.0, {}), ("is", 1.0, {"speaker": 0}), ("it", 1.5, {}), ("thanks", 6.0, {})]
    agent = [("yes", 3.0, {}), ("speaking", 3.5, {}), ("bye", 6.2, {})]
    clip = clipaudio.open_clip(deepgram_channels(caller, agent))
    assert clip.words.labels == ("hello", "is", "it", "yes", "speaking", "thanks", "bye")
    assert clip.speech_times.speakers == ("0", "0", "0", "1", "1", "0", "1")
    assert "other_channels" not in clip.report["words"].kinds


def test_a_channel_that_repeats_the_first_is_left_out_and_told():
    spoken = [("one", 0.0, {}), ("two", 1.0, {}), ("two", 2.0, {})]
    other = [(word, start + 0.05, more) for word, start, more in spoken]
    clip = clipaudio.open_clip(deepgram_channels(spoken, other))
    assert clip.text == "one two two"
    assert "other_channels" in clip.report["words"].kinds


def test_channels_of_google_stand_by_their_times():
    def result(channel, label, start):
        spoken = [{"word": label, "startTime": f"{start}s", "endTime": f"{start + 0.4}s"}]
        return {"channelTag": channel, "alternatives": [{"transcript": label, "words": spoken}]}

    speech = read_source({"results": [result(1, "hello", 0.1), result(1, "there", 2.0), result(2, "yes", 1.0)]})
    assert speech.words.labels == ("hello", "yes", "there")
    assert speech.speakers == ("1", "2", "1")
    assert not speech.found


def side(*labels, start=0.0, step=1.0):
    starts = [start + step * row for row in range(len(labels))]
    return SpeechTimes(source="x", words=TimedText.of(labels, starts, [one + 0.3 for one in starts]))


def test_what_two_people_say_at_once_is_no_copy_and_bleed_loses_no_words_of_its_own():
    both = merge_channels([("0", side("Hello", "there", "you")), ("1", side("Hello"))])
    assert both.words.labels == ("Hello", "Hello", "there", "you")
    bleed = side("a", "b", "c", "My", "own", start=0.05)
    assert merge_channels([("0", side("a", "b", "c", "d")), ("1", bleed)]).words.labels.count("own") == 1


def test_a_copy_of_any_channel_is_left_out_and_the_fainter_one():
    whole = side("yes", "I", "do", "now")
    faint = side("yes", "I", "do", start=0.1)
    assert merge_channels([("0", faint), ("1", whole)]).words.labels == whole.words.labels
    three = merge_channels([("0", side("well", start=9)), ("1", whole), ("2", faint)])
    assert three.words.labels == (*whole.words.labels, "well")
    assert [finding.kind for finding in three.found["words"]] == ["other_channels"]


def test_channels_of_google_have_one_unit_and_words_that_come_again_are_read_once():
    def result(channel, *spoken, **more):
        words = [{"word": word, "startTime": start, "endTime": start + 0.25, **more} for word, start in spoken]
        tag = {} if channel is None else {"channelTag": channel}
        return {**tag, "alternatives": [{"transcript": "", "words": words}]}

    first, second = [("so", 5.5), ("it", 60.25), ("is", 130.5)], [("yes", 5.2), ("OK", 130.4)]
    speech = read_source({"results": [result(1, *first), result(2, *second)]})
    assert speech.words.labels == ("yes", "so", "it", "OK", "is")
    assert speech.words.times[:, 0].tolist() == [5.2, 5.5, 60.25, 130.4, 130.5]
    again = result(None, *sorted([*first, *second], key=lambda word: word[1]), speakerTag=1)
    assert len(read_source({"results": [result(1, *first), result(2, *second), again]}).words.labels) == 5


def test_a_channel_without_times_is_told_and_the_language_is_that_of_the_words():
    spoken = deepgram_channels([], [("hallo", 0.0, {})])
    spoken["results"]["channels"][0] |= {"detected_language": "en"}
    spoken["results"]["channels"][0]["alternatives"][0]["transcript"] = "other side"
    spoken["results"]["channels"][1] |= {"detected_language": "de"}
    speech = read_source(spoken)
    assert (speech.words.labels, speech.language) == (("hallo",), "de")
    assert "their words have no times" in str(speech.found["words"][0])


@given(st.lists(st.lists(st.floats(0, 50), max_size=6), min_size=2, max_size=4))
def test_no_word_is_lost_and_each_channel_keeps_its_order(sides):
    channels = []
    for number, starts in enumerate(sides):
        labels = [f"{number}.{row}" for row in range(len(starts))]
        words = TimedText.of(labels, starts, np.array(starts) + 0.1)
        channels.append((str(number), SpeechTimes(source="x", words=words)))
    merged = merge_channels(channels)
    assert sorted(merged.words.labels) == sorted(label for _, speech in channels for label in speech.words.labels)
    for number, _ in enumerate(sides):
        own = [label for label in merged.words.labels if label.startswith(f"{number}.")]
        assert own == sorted(own)
    if sum(map(bool, sides)) > 1:
        assert merged.speakers == tuple(label[0] for label in merged.words.labels)
