"""Speech marks of Polly, read by another program; offsets against the bytes of the text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ExportError
from clipaudio.lipsync.formats.polly import SHAPES, dumps
from clipaudio.timing.sentences import find_sentences
from clipaudio.timing.timeline import Timeline
from clipaudio.timing.words import find_words

REST = Timeline(("sil",), [[0, 60]])


def spoken(text):
    letters = Timeline(tuple(text), [[i / 10, (i + 1) / 10] for i in range(len(text))])
    words = find_words(letters)
    return {"graphemes": letters, "words": words, "sentences": find_sentences(letters, words, language="en")}


@given(st.lists(st.tuples(st.sampled_from(SHAPES), st.floats(0.001, 60)), min_size=1, max_size=20))
def test_another_reader_finds_every_viseme(needs, spans):
    reader = needs("openfacefx.timing")
    now, labels, times = 0.0, [], []
    for label, length in spans:
        labels.append(label)
        times.append([now, now + length])
        now += length
    events = reader.parse_polly_marks(dumps(Timeline(labels, times), **spoken("Hé, 世界. It's 5 €!")))
    fresh = [i for i in range(len(labels)) if i == 0 or labels[i] != labels[i - 1]]
    assert [event.symbol for event in events] == [labels[i] for i in fresh]
    assert [event.start for event in events] == pytest.approx([times[i][0] for i in fresh], abs=6e-4)


@given(st.text(max_size=40))
def test_offsets_are_bytes_of_the_text_and_times_never_go_back(text):
    spans = spoken(text)
    marks = [json.loads(line) for line in dumps(REST, **spans).splitlines()]
    data = text.encode("utf-8", "replace")
    for mark in marks:
        if mark["type"] != "viseme":
            assert data[mark["start"] : mark["end"]].decode() == mark["value"]
    assert [mark["time"] for mark in marks] == sorted(mark["time"] for mark in marks)
    assert all(isinstance(mark["time"], int) for mark in marks)
    assert sum(mark["type"] == "word" for mark in marks) == len(spans["words"])


def test_a_sentence_comes_before_its_words_and_a_word_before_its_shapes():
    lines = dumps(Timeline(("t", "sil"), [[0, 0.5], [0.5, 60]]), **spoken("Né? Yes.")).splitlines()
    assert lines[:3] == [
        '{"time":0,"type":"sentence","start":0,"end":4,"value":"Né?"}',
        '{"time":0,"type":"word","start":0,"end":3,"value":"Né"}',
        '{"time":0,"type":"viseme","value":"t"}',
    ]
    assert lines[3:] == [
        '{"time":400,"type":"sentence","start":5,"end":9,"value":"Yes."}',
        '{"time":400,"type":"word","start":5,"end":8,"value":"Yes"}',
        '{"time":500,"type":"viseme","value":"sil"}',
    ]


def test_text_without_what_it_stands_on_is_refused():
    given_text = spoken("Hi.")
    with pytest.raises(ExportError, match="words are given without graphemes"):
        dumps(REST, words=given_text["words"])
    with pytest.raises(ExportError, match="sentences are given without words"):
        dumps(REST, sentences=given_text["sentences"])
    with pytest.raises(ExportError, match="mouth shape 0 is 'PP', which is not one of Polly's"):
        dumps(Timeline(("PP",), [[0, 1]]))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Mary had a lamb. So? ", ["Mary had a lamb.", "So?"]),
        ('"Is it?" I said. ¿Qué?', None),
        ("好。我来了！", ["好。", "我来了！"]),
        ("one", ["one"]),
    ],
)
def test_a_sentence_has_its_punctuation(text, sentences):
    spans = spoken(text)
    marks = [json.loads(line) for line in dumps(REST, **spans).splitlines()]
    found = [mark["value"] for mark in marks if mark["type"] == "sentence"]
    assert found == (list(spans["sentences"].labels) if sentences is None else sentences)
