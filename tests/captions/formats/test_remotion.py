"""Captions of Remotion: whole milliseconds, and words whose texts join to the text of the cues."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.formats import remotion
from clipaudio.export import ExportContext, find_format
from clipaudio.timing.aligned import align
from clipaudio.timing.timeline import Timeline


@given(st.lists(st.sampled_from(["Oh,", "no!", "«so»", "(a", "b)", "3.5", "你", "x"]), min_size=1, max_size=12))
def test_words_join_to_the_text_and_follow_each_other(words):
    text = " ".join(words)
    line = Timeline(tuple(text), [[i / 9, (i + 1) / 9] for i in range(len(text))])
    source = ExportContext(aligned=align(line, language="en"))
    rows = json.loads(find_format("remotion").dumps(source))
    whole = "".join(row["text"] for row in rows)
    assert "".join(whole.split()) == "".join("".join(cue.text for cue in source.cues).split())
    for row in rows:
        assert set(row) == {"text", "startMs", "endMs", "timestampMs", "confidence"}
        assert all(isinstance(row[name], int) for name in ("startMs", "endMs", "timestampMs"))
        assert 0 <= row["startMs"] <= row["timestampMs"] <= row["endMs"]
    starts = [row["startMs"] for row in rows]
    assert starts == sorted(starts)


def test_pages_of_remotion_are_words_when_none_may_join(node):
    words = (CueWord(0, 0, 2, 0.6, 0.9), CueWord(0, 4, 6, 1.1, 1.4), CueWord(1, 0, 3, 36_001.6, 36_001.8))
    text = remotion.dumps([Cue(0.5, 36_002.0, ("Oh, no", '"hé\t"'), words)])
    (pages,) = node("read_captions.js", [["remotion", text]])
    tokens = [(one["text"], one["fromMs"], one["toMs"]) for page in pages for one in page["tokens"]]
    assert tokens == [("Oh,", 600, 900), ("no", 1100, 1400), ('"hé "', 36_001_600, 36_001_800)]


def test_cues_without_words_are_one_caption_each_and_nothing_is_an_empty_list():
    assert json.loads(remotion.dumps([])) == []
    assert json.loads(remotion.dumps([Cue(1, 2, ("a", "b"))]))[0]["text"] == " a b"
