"""Mouth shapes that come out of a stream are those of the whole: each once, in order, never withdrawn."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_streams import STREAMS, run_with_mouth, spoken, utterances
from source_shapes import WRITERS
from source_writing import Word

import clipaudio
from clipaudio.errors import ExportError
from clipaudio.lipsync.visemes import to_timeline
from clipaudio.live import Feed

SLOW = os.environ.get("CLIPAUDIO_SLOW") == "1"


def check_mouth(feed, raw, parts, viseme_set, *, language="en", fps=None):
    """Check that the visemes are those of the whole, without a gap; return how many came before the end."""
    (_, _, early), _, _, visemes = run_with_mouth(feed, parts)
    whole = to_timeline(
        clipaudio.open_clip(raw, language=language).export_context(fps=fps, phones="given").mouth, viseme_set
    )
    assert [one for one in feed.differences if one.level == "visemes"] == []
    assert [shape.label for shape in visemes] == list(whole.labels)
    assert np.allclose([shape[1:] for shape in visemes], whole.times, rtol=0, atol=1e-6)
    return early


@pytest.mark.parametrize("name", STREAMS)
@settings(max_examples=20 if SLOW else 4)
@given(data=st.data(), words=utterances(shortest=120))
def test_bytes_cut_anywhere_give_the_visemes_of_the_whole(name, data, words):
    raw = WRITERS[name](words)
    places = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=30)))
    parts = [raw[a:b] for a, b in zip([0, *places], [*places, len(raw)], strict=True)]
    viseme_set = data.draw(st.sampled_from(["rhubarb", "oculus", "azure", "polly"]))
    fps = data.draw(st.sampled_from([None, 25, 60]))
    check_mouth(Feed(language="en", visemes=viseme_set, fps=fps), raw, parts, viseme_set, fps=fps)


PHONES = ["h", "ə", "l", "oʊ", "p", "b", "m", "w", "uː", "s", "t", "k", "f", "v", "ɹ", "iː", "æ", "n", "d", "ʃ"]


@settings(max_examples=60 if SLOW else 15)
@given(data=st.data(), words=utterances(shortest=120))
def test_phones_that_come_beside_the_words_move_the_mouth(data, words):
    messages = []
    for word in words:
        count = data.draw(st.integers(1, 4))
        labels = [data.draw(st.sampled_from(PHONES)) for _ in range(count)]
        edges = [word.start + (word.end - word.start) * row // count for row in range(count + 1)]
        one = {"words": [word.label], "start": [word.start / 1000], "end": [word.end / 1000]}
        phones = {"phonemes": labels, "start": [at / 1000 for at in edges[:-1]], "end": [at / 1000 for at in edges[1:]]}
        head = {"type": "timestamps", "context_id": "a"}
        messages += [{**head, "word_timestamps": one}, {**head, "phoneme_timestamps": phones}]
        if data.draw(st.booleans()):
            messages[-2:] = messages[:-3:-1]  # the phones first
    raw = b"\n".join(json.dumps(message).encode() for message in messages)
    feed = Feed("cartesia", visemes="oculus")
    (_, _, early), _, _, visemes = run_with_mouth(feed, messages)
    whole = to_timeline(
        clipaudio.open_clip(raw, language=feed.clip.language).export_context(phones="given").mouth, "oculus"
    )
    assert feed.differences == ()
    assert [shape.label for shape in visemes] == list(whole.labels)
    assert np.allclose([shape[1:] for shape in visemes], whole.times, rtol=0, atol=1e-6)
    assert early <= len(whole)


def test_a_mouth_shape_comes_out_two_seconds_later_or_at_a_pause():
    words = spoken("one two three four five six seven eight nine ten eleven twelve")
    messages = [json.loads(line) for line in WRITERS["cartesia"](words).splitlines()]
    feed, last = Feed("cartesia", language="en", visemes="rhubarb"), 0.0
    for message in messages:
        for shape in feed.push(message).visemes:
            last = shape.end
        known = max(message.get("word_timestamps", {}).get("end", [0.0]))
        assert last >= known - 0.3 - 2.0 - 0.4  # the next word, the delay, and one shape
    pause = [Word("Hello", 0, 500), Word("world", 3000, 3500), Word("again", 3600, 4000)]
    feed = Feed("cartesia", language="en", visemes="rhubarb")
    shapes = [feed.push(json.loads(line)).visemes for line in WRITERS["cartesia"](pause).splitlines()]
    assert sum(shapes, ())[-1].end == pytest.approx(0.5, abs=0.2)


def test_a_wrong_set_of_visemes_is_told():
    with pytest.raises(ExportError, match="there is no viseme set 'x'; expected one of"):
        Feed(visemes="x")
