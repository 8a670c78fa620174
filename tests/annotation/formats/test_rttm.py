"""RTTM: a scorer of diarization reads the turns back."""

from __future__ import annotations

from urllib.parse import unquote

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.annotation.formats import rttm
from clipaudio.timing.timeline import Timeline

NAMES = ["", "Ann", "Ann Lee", "a\tb", "<NA>", "100%", "رب", "👩", "a\u2028b"]
STEPS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 20)), max_size=12)


def words(steps, first=0.0):
    gaps = np.array(steps, float).reshape(-1, 2) / 10
    edges = np.cumsum(gaps.ravel()).reshape(-1, 2) + first
    return Timeline(("word",) * len(edges), edges)


@given(st.dictionaries(st.sampled_from(NAMES), STEPS, max_size=4), st.sampled_from([0.0, 36_000.0]))
def test_dover_lap_reads_the_turns_back(needs, tmp_path_factory, speakers, first):
    load = needs("dover_lap.libs.rttm").load_rttm
    lines = {name: words(steps, first) for name, steps in speakers.items()}
    path = tmp_path_factory.mktemp("rttm") / "a.rttm"
    path.write_text(rttm.dumps(lines, name="my clip"), "utf-8")
    turns, _, files = load(str(path))
    assert files <= {"my%20clip"}
    spoken = {name: line for name, line in lines.items() if len(line)}
    assert {unquote(turn.speaker_id) for turn in turns} == {_shown(name) for name in spoken}
    for name, line in spoken.items():
        own = [turn for turn in turns if unquote(turn.speaker_id) == _shown(name)]
        gaps = line.times[1:, 0] - line.times[:-1, 1]
        assert len(own) == 1 + int((gaps > 0.5).sum())
        assert abs(sum(turn.dur for turn in own) - float(line.durations.sum() + gaps[gaps <= 0.5].sum())) < 0.02
        assert abs(min(turn.onset for turn in own) - line.times[0, 0]) < 0.002


def _shown(name):
    return {"": "speaker", "a\u2028b": "a\u2028b"}.get(name, name)


def test_every_line_has_ten_fields_and_no_words_make_no_line():
    text = rttm.dumps({"a b": words([(1, 2)]), "": words([(40, 2)])}, name="x\ny")
    assert [len(line.split(" ")) for line in text.splitlines()] == [10, 10]
    assert rttm.dumps({}) == rttm.dumps({"Ann": words([])}) == ""
