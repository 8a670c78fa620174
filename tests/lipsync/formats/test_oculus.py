"""Mouth shapes of the Oculus set as JSON."""

from __future__ import annotations

import json

import pytest

from clipaudio.errors import ExportError
from clipaudio.lipsync.formats.oculus import SHAPES, dumps
from clipaudio.timing.timeline import Timeline


def test_every_shape_has_its_number_in_both_spellings():
    every = Timeline(SHAPES, [[i / 10, (i + 1) / 10] for i in range(15)])
    rows = json.loads(dumps(every))["visemes"]
    assert [(row["id"], row["name"], row["weight"]) for row in rows] == [(i, SHAPES[i], 1.0) for i in range(15)]
    assert [row["end"] for row in rows][:-1] == [row["start"] for row in rows][1:]
    openxr = Timeline(("SIL", "IH", "OU"), [[0, 1], [1, 2], [2, 3]])
    assert [row["id"] for row in json.loads(dumps(openxr))["visemes"]] == [0, 12, 14]
    assert json.loads(dumps(Timeline.empty())) == {"visemes": []}


def test_a_shape_it_does_not_have_is_refused():
    with pytest.raises(ExportError, match="mouth shape 0 is 'viseme_PP', which is not one of Oculus's"):
        dumps(Timeline(("viseme_PP",), [[0, 1]]))
