"""Mouth shapes that a source gave are those that come out."""

from __future__ import annotations

import json

import pytest

import clipaudio
from clipaudio.lipsync.given_visemes import VISEME_SETS, phones_of_visemes
from clipaudio.lipsync.visemes import SETS, shapes_of
from clipaudio.timing.timeline import Timeline


@pytest.mark.parametrize("name", sorted(VISEME_SETS & SETS.keys()))
def test_every_shape_of_a_set_comes_back_as_itself(name):
    known = "polly-l" if name == "polly" else name
    for shape in SETS[known].names:
        found = phones_of_visemes(Timeline((shape,), [[0.0, 0.1]]), name)
        if shape == SETS[known].rest:
            assert found.labels == ("sil",)
        else:
            assert [shapes_of(label, known) for label in found.labels] in ([(shape,)], []), shape


def test_azure_visemes_come_out_as_they_came():
    starts = [(50, 12), (120, 4), (190, 14), (260, 8), (420, 0), (600, 21), (700, 6), (900, 0)]
    events = {
        "word_boundaries": [
            {"audio_offset": 500_000, "duration": 3_700_000, "text": "Hello", "boundary_type": "Word"},
            {"audio_offset": 6_000_000, "duration": 3_000_000, "text": "me", "boundary_type": "Word"},
        ],
        "visemes": [{"audio_offset": start * 10_000, "viseme_id": shape} for start, shape in starts],
    }
    made = json.loads(clipaudio.open_clip(events).dumps("azure"))
    shapes = [event["viseme_id"] for event in made]
    assert [shape for shape in shapes if shape] == [shape for _, shape in starts if shape]
    assert 0 in shapes[1:-1]  # the mouth rests between the words


def test_without_visemes_the_mouth_follows_the_letters():
    words = {"words": [{"word": "hi", "punct": "Hi", "start": 0.1, "end": 0.5}]}
    assert clipaudio.open_clip(words).export_context(phones="given").mouth.estimated


def test_visemes_of_a_part_follow_a_cut():
    events = {
        "word_boundaries": [{"audio_offset": 0, "duration": 8_000_000, "text": "me", "boundary_type": "Word"}],
        "visemes": [{"audio_offset": 0, "viseme_id": 21}, {"audio_offset": 4_000_000, "viseme_id": 6}],
    }
    late = clipaudio.open_clip(events).cut(0.4, 0.8)
    assert late.aligned.visemes.labels == ("6",)
