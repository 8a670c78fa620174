"""Streams of recognition: interim messages are replaced by those behind them, and no word is read twice or lost."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipaudio.sources import read_source

WORDS = [("so", 0.2, 0.5), ("we", 0.6, 0.7), ("meet", 0.8, 1.2), ("again", 1.3, 1.9), ("today", 2.5, 3.0)]


def _deepgram(words, *, is_final, channel=0):
    found = [{"word": word, "start": start, "end": end} for word, start, end in words]
    text = " ".join(word for word, _, _ in words)
    return {"type": "Results", "channel_index": [channel, 2], "is_final": is_final,
            "channel": {"alternatives": [{"transcript": text, "words": found}]}}  # fmt: skip


def _google(words, *, is_final):
    found = [{"word": word, "startTime": f"{start}s", "endTime": f"{end}s"} for word, start, end in words]
    result = {"alternatives": [{"transcript": " ".join(word for word, _, _ in words), "words": found}]}
    return {"results": [result | ({"isFinal": True} if is_final else {"stability": 0.8})]}


def _speechmatics(words, *, is_final):
    found = [{"type": "word", "start_time": start, "end_time": end, "alternatives": [{"content": word}]}
             for word, start, end in words]  # fmt: skip
    return {"message": "AddTranscript" if is_final else "AddPartialTranscript", "results": found}


def _assembly_older(words, *, is_final):
    found = [{"text": word, "start": start * 1000, "end": end * 1000, "confidence": 1} for word, start, end in words]
    return {"message_type": "FinalTranscript" if is_final else "PartialTranscript", "words": found}


def _cartesia(words, *, is_final):
    found = [{"word": word, "start": start, "end": end} for word, start, end in words]
    return {"type": "transcript", "is_final": is_final, "words": found}


MAKERS = [_deepgram, _google, _speechmatics, _assembly_older, _cartesia]


def _read(messages):
    return read_source("".join(json.dumps(message) + "\n" for message in messages).encode())


def _stream(make, sizes, *, ends_final=True):
    """Return messages that say WORDS in parts of *sizes*, each part word by word before it is final."""
    messages, place = [], 0
    for size in sizes:
        part = WORDS[place : place + size]
        place += size
        messages += [make(part[:stop], is_final=False) for stop in range(1, len(part) + 1)]
        messages.append(make(part, is_final=True))
    return messages if ends_final else messages[:-1]


@pytest.mark.parametrize("make", MAKERS)
@settings(max_examples=20, deadline=None)
@given(sizes=st.sampled_from([[5], [2, 3], [1, 1, 3], [4, 1]]), ends_final=st.booleans())
def test_each_word_is_read_once(make, sizes, ends_final):
    found = _read(_stream(make, sizes, ends_final=ends_final)).words
    assert found.labels == tuple(word for word, _, _ in WORDS)
    np.testing.assert_allclose(found.times, [times for _, *times in WORDS])


def test_a_channel_does_not_replace_the_interim_message_of_another():
    messages = [_deepgram(WORDS[:1], is_final=False), _deepgram(WORDS[1:2], is_final=False, channel=1)]
    messages += [{"type": "UtteranceEnd", "channel": [0, 2]}, _deepgram(WORDS[1:3], is_final=True, channel=1)]
    speech = _read(messages)
    assert speech.words.labels == ("so",)
    assert [str(each) for each in speech.found["words"]] == [
        "other_channels: 1 other channels have words, too: left out (channel 0 is read)"
    ]


def test_the_last_message_of_a_turn_is_read():
    turns = []
    for number, words in enumerate([WORDS[:2], WORDS[2:]]):
        for stop in [*range(1, len(words) + 1), len(words)]:
            found = [{"text": word, "start": start * 1000, "end": end * 1000} for word, start, end in words[:stop]]
            turns.append({"type": "Turn", "turn_order": number, "end_of_turn": stop == len(words), "words": found})
    speech = _read(turns)
    assert speech.source == "assemblyai"
    assert speech.words.labels == tuple(word for word, _, _ in WORDS)
    np.testing.assert_allclose(speech.words.times, [times for _, *times in WORDS])


def test_tokens_that_are_not_final_count_in_the_last_message_only():
    def tokens(words, is_final):
        return [{"text": f" {word}", "start_ms": start * 1000, "end_ms": end * 1000, "is_final": is_final}
                for word, start, end in words]  # fmt: skip

    messages = [{"tokens": tokens(WORDS[:1], False)}, {"tokens": tokens(WORDS[:2], True) + tokens(WORDS[2:3], False)}]
    messages += [{"tokens": tokens(WORDS[2:4], True) + tokens(WORDS[4:], False)}]
    assert "".join(_read(messages).words.labels).split() == [word for word, _, _ in WORDS]


def test_chunks_of_speech_that_are_not_the_last_are_kept():
    chunks = [{"audio": "", "isFinal": row == 1, "alignment": {
        "chars": list(text), "charStartTimesMs": [0, 90, 180], "charDurationsMs": [90] * 3}}
        for row, text in enumerate(["Hi ", "you"])]  # fmt: skip
    assert "".join(_read(chunks).graphemes.labels) == "Hi you"
