"""JSON of words: the shape of Whisper, of which nothing of the text is left out."""

from __future__ import annotations

import json

from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.formats import words_json


def test_words_joined_give_the_text_and_carry_the_space_before_them():
    cue = Cue(
        0.5,
        2.0,
        ("«Oh, no»", "you!"),
        (CueWord(0, 1, 3, 0.6, 0.9), CueWord(0, 5, 7, 1.1, 1.5), CueWord(1, 0, 3, 1.6, 1.8)),
    )
    (segment,) = json.loads(words_json.dumps([cue]))["segments"]
    assert [word["word"] for word in segment["words"]] == [" «Oh,", " no»", " you!"]
    assert (segment["id"], segment["start"], segment["end"], segment["text"]) == (0, 0.5, 2.0, " «Oh, no» you!")
    assert [(word["start"], word["end"]) for word in segment["words"]] == [(0.6, 0.9), (1.1, 1.5), (1.6, 1.8)]


def test_scripts_without_spaces_get_none():
    found = json.loads(words_json.dumps([Cue(0, 1, ("我們",)), Cue(1, 2, ("天氣",))], language="zh"))
    assert (found["text"], found["language"]) == ("我們天氣", "zh")


def test_no_cues_give_an_empty_list_and_speakers_are_named():
    assert json.loads(words_json.dumps([])) == {"text": "", "segments": [], "language": None}
    (segment,) = json.loads(words_json.dumps([Cue(0, 1, ("a",), speaker="Ann")]))["segments"]
    assert (segment["speaker"], segment["words"]) == ("Ann", [])
