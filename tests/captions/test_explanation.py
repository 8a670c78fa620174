"""What is explained is what was decided: the terms of each cue sum to the cost that chose it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipaudio.captions.break_units import find_units
from clipaudio.captions.cost_model import SCALE, price_cues
from clipaudio.captions.explanation import explain_cues
from clipaudio.captions.profiles import Profile, find_profile
from clipaudio.captions.segmentation import cut_cues, find_cheapest_cuts
from clipaudio.captions.tabulation import find_windows, tabulate
from clipaudio.clip import open_clip
from clipaudio.errors import ExportError
from clipaudio.timing.aligned import align
from clipaudio.timing.timeline import Timeline

TEXTS = st.text(st.sampled_from("abcdefgh    .,?!-—é字か。"), min_size=1, max_size=100)
PROFILES = [find_profile("netflix"), find_profile("none"), Profile(name="narrow", max_chars=12, max_lines=3)]


def levels(text, step):
    said = align(Timeline(tuple(text), np.arange(len(text))[:, None] * step + [0, step]))
    return said.graphemes, said.words, said.sentences


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.sampled_from([0.01, 0.06, 0.5]), st.sampled_from(PROFILES))
def test_terms_sum_to_the_cost_that_chose_the_cue(text, step, profile):
    said = levels(text, step)
    explained = explain_cues(*said, profile=profile)
    assert [cue.lines for cue in explained] == [cue.lines for cue in cut_cues(*said, profile=profile)]
    units = find_units(*said, wide=profile.wide_columns, max_chars=profile.line_columns)
    if not explained:
        return
    table = tabulate(units, profile=profile.for_language("en"), language="en")
    line, span = (int(each.max()) for each in find_windows(table))
    places = find_cheapest_cuts(table)
    costs = price_cues(table, 0, table.count, line, max(span, *np.diff(places)))
    for cue, first, stop in zip(explained, places, places[1:], strict=False):
        assert round(cue.cost * SCALE) == costs[first, stop - first - 1]
        assert sum(place.taken == "line" for place in cue.breaks) == len(cue.lines) - 1
        assert cue.breaks[-1].taken == "cue"


def test_clip_explains_a_cue_by_row_or_value():
    text = "We left early, and then the long rain began to fall on everything we had."
    stamps = {"graph_chars": list(text), "graph_times": [[i / 16, (i + 1) / 16] for i in range(len(text))]}
    clip = open_clip({"id": "a1", "audio_timestamps": stamps})
    cues = clip.cues()
    assert [clip.explain_breaks(row).lines for row in range(len(cues))] == [cue.lines for cue in cues]
    assert clip.explain_breaks(cues[-1]) == clip.explain_breaks(len(cues) - 1)
    assert "after comma" in str(clip.explain_breaks(0))
    with pytest.raises(ExportError, match="no such cue"):
        clip.explain_breaks(99)
