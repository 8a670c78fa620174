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
