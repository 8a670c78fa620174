"""EMU annotations keep the rules of its schema and of its own data."""

from __future__ import annotations

import json

import numpy as np
import pytest

from clipaudio.annotation.formats.emu import dumps
from clipaudio.annotation.hierarchy import TierLevel
from clipaudio.errors import ExportError
from clipaudio.timing.timeline import Timeline

WORDS = TierLevel("words", Timeline(("Hi", "you"), [[0.1, 0.3], [0.3, 0.9]]))
PHONES = TierLevel(
    "phones", Timeline(("h", "aɪ", "j"), [[0.1, 0.2], [0.2, 0.3], [0.3, 0.9]]), "words", np.array([0, 0, 1])
)


def test_segments_that_touch_are_one_sample_apart_as_emu_counts():
    made = json.loads(dumps([WORDS, PHONES], 1.0, sample_rate=16_000, name="b1", sound_file="b1.wav"))
    assert {key: made[key] for key in ("name", "annotates", "sampleRate")} == {
        "name": "b1",
        "annotates": "b1.wav",
        "sampleRate": 16_000,
    }
    for level in made["levels"]:
        assert set(level) == {"name", "type", "items"}
        for item in level["items"]:
            assert set(item) == {"id", "sampleStart", "sampleDur", "labels"}
        for one, other in zip(level["items"], level["items"][1:], strict=False):
            assert other["sampleStart"] == one["sampleStart"] + one["sampleDur"] + 1


def test_links_go_from_words_to_their_phones():
    made = json.loads(dumps([WORDS, PHONES], 1.0, sample_rate=16_000))
    value = {item["id"]: item["labels"][0]["value"] for level in made["levels"] for item in level["items"]}
    assert [(value[link["fromID"]], value[link["toID"]]) for link in made["links"]] == [
        ("Hi", "h"),
        ("Hi", "aɪ"),
        ("you", "j"),
    ]
    assert len(value) == 5


def test_a_rate_that_counts_nothing_is_refused():
    with pytest.raises(ExportError, match="EMU counts samples"):
        dumps([WORDS], 1.0, sample_rate=0)


def test_names_that_no_file_can_hold_are_written_with_a_replacement():
    made = json.loads(dumps([WORDS], 1.0, sample_rate=8000, name="\ud800", sound_file="a\udcff.wav").encode())
    assert (made["name"], made["annotates"]) == ("\ufffd", "a\ufffd.wav")
