"""Levels of a clip as text."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from clipaudio.export.annotation import dumps_timeline
from clipaudio.export.context import ExportContext
from clipaudio.text import replace_surrogates
from clipaudio.timing.aligned import align
from clipaudio.timing.timeline import Timeline

ODD = st.characters(exclude_categories=()) | st.sampled_from("\ud800\udfff\x00\x85")


@given(st.lists(st.text(ODD, min_size=1, max_size=3), max_size=5), st.text(max_size=4))
def test_whatever_the_labels_hold_a_file_can_be_written(labels, name):
    letters = Timeline(labels, [[i / 10, (i + 1) / 10] for i in range(len(labels))])
    text = dumps_timeline(ExportContext(aligned=align(letters, duration=1.0), id=name + "\ud800"))
    made = json.loads(text.encode())
    assert [entry["label"] for entry in made["graphemes"]] == [replace_surrogates(label) for label in labels]
    assert made["id"] == name + "\ufffd"
