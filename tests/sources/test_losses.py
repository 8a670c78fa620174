"""No reader loses a line, an entry or a word in silence: what is left out is told, or is an error."""

from __future__ import annotations

import numpy as np
import pytest

from clipaudio.errors import SourceError
from clipaudio.sources import read_source


def test_lines_of_lyrics_without_a_time_are_told():
    lyrics = "[ti:Song]\n[Verse 1]\n[00:01.00]One two\n\nthree four\n[00:03.00]five\n"
    assert [str(each) for each in read_source(lyrics.encode()).found["words"]][1:] == [
        "untimed_line: 1 lines have no time: left out (first: 'three four')"
    ]


@pytest.mark.parametrize("lyrics", ["[ar:Ann]\n", "[ti:Song]\nwords\n", "[00:01.00]\n[00:02.00] \n"])
def test_lyrics_without_a_timed_line_are_refused(lyrics):
    with pytest.raises(SourceError, match="no line of the lyrics has a time and text"):
        read_source(lyrics)


def test_a_line_that_is_no_label_of_audacity_is_refused_wherever_it_stands():
    lines = [f"{row},5\t{row + 1},5\tword{row}" for row in range(30)]
    assert read_source("\n".join([*lines, "\\\t0\t9000"]).encode()).words.times[-1].tolist() == [29.5, 30.5]
    with pytest.raises(SourceError, match=r"a line is '30\.5 31\.5 lost'; expected start, end and label"):
        read_source("\n".join([*lines, "30.5 31.5 lost"]).encode())


@pytest.mark.parametrize("entry", [[1, 2], [1, 2, "a", "b"], {"start": 1, "end": 2}, [1, 2, ["a"]]])
def test_an_entry_of_a_tier_that_is_no_interval_is_refused(entry):
    with pytest.raises(SourceError, match=r"\$\.tiers\.words\.entries\[1\]"):
        read_source({"tiers": {"words": {"entries": [[0, 1, "one"], entry]}}})


def test_an_entry_of_a_tier_without_a_label_is_silence():
    objects = [{"xmin": 0, "xmax": 1, "text": "one"}, {"xmin": 1, "xmax": 2, "text": None}]
    tiers = {"words": {"entries": objects}, "points": {"entries": [{"time": 1, "label": "x"}]}}
    assert read_source({"tiers": tiers, "xmax": 2}).words.labels == ("one",)


def test_text_typed_between_the_words_of_draft_js_is_kept_without_a_time():
    times = [{"start": 0, "end": 0.5}, {"start": 1, "end": 1.5}]
    ranges = [{"offset": 3, "length": 5, "key": 0}, {"offset": 18, "length": 5, "key": 1}]
    block = {"text": "😀 hello big bad, world!", "data": {"speaker": "Ann"}, "entityRanges": ranges}
    speech = read_source({"blocks": [block], "entityMap": {str(row): {"data": one} for row, one in enumerate(times)}})
    assert speech.words.labels == ("😀", "hello", "big bad,", "world", "!")
    assert np.isnan(speech.words.times[:, 0]).tolist() == [True, False, True, False, True]


def test_words_of_the_channels_of_amazon_stand_by_their_times():
    def item(label, start):
        return {"start_time": f"{start}", "end_time": f"{start + 0.5}", "alternatives": [{"content": label}]}

    mark = {"alternatives": [{"content": "."}], "type": "punctuation"}
    channels = [{"channel_label": "ch_0", "items": [item("hello", 0), item("there", 5), mark]},
                {"channel_label": "ch_1", "items": [item("yes", 1), mark]}]  # fmt: skip
    items = [item("hello", 0), item("yes", 1), mark, item("there", 5), mark]
    speech = read_source({"results": {"channel_labels": {"channels": channels}, "items": items}})
    assert speech.words.labels == ("hello", "yes", ".", "there", ".")
    assert speech.speakers == ("ch_0", "ch_1", "ch_1", "ch_0", "ch_0")


def test_words_that_also_name_silence_are_read_or_told():
    words = ("the", "silence", "sil", "pau", "of")
    ctm = "".join(f"a 1 {row}.0 0.9 {word}\n" for row, word in enumerate(words))
    assert read_source(ctm.encode()).words.labels == ("the", "silence", "pau", "of")
    labels = "".join(f"{row}.0\t{row}.9\t{word}\n" for row, word in enumerate(words))
    assert read_source(labels.encode()).words.labels == ("the", "silence", "pau", "of")
    tier = {"entries": [[row, row + 0.9, word] for row, word in enumerate(words)]}
    tiers = read_source({"tiers": {"words": tier}, "xmax": 5})
    assert tiers.words.labels == ("the", "of")
    assert [str(each) for each in tiers.found["words"]] == ["noise: 1 labels of noise and unknown words: left out"]


@pytest.mark.parametrize("keys", [("punct", "text"), ("word", "text"), ("text", "word"), ("punct", "word")])
def test_a_word_under_the_key_of_another_shape_is_read(keys):
    words = [
        {keys[row % 2]: label, "start": row, "end": row + 0.5} for row, label in enumerate(("one", "two", "three"))
    ]
    assert read_source({"words": words}).words.labels == ("one", "two", "three")


def test_the_corrected_word_counts():
    words = [{"start": 0, "end": 0.5, "punct": "Ten", "text": "10"}, {"start": 0.5, "end": 1, "punct": "years."}]
    assert read_source({"words": words, "paragraphs": []}).words.labels == ("10", "years.")
