"""Findings say how far they moved times, and users hear of what moved far."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.cli.main import main
from clipaudio.timing.repair import repair
from clipaudio.timing.repair_report import MEASURED, Finding, RepairReport, list_told
from clipaudio.timing.timeline import Timeline


@st.composite
def untidy_words(draw):
    """Draw words that may overlap, share an interval or have no length."""
    starts = np.cumsum(draw(st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0]), min_size=1, max_size=8)))
    lengths = draw(st.lists(st.sampled_from([0.0, 0.2, 0.5, 2.0]), min_size=len(starts), max_size=len(starts)))
    return Timeline(tuple(f"w{row}" for row in range(len(starts))), np.column_stack((starts, starts + lengths)))


@given(untidy_words(), st.sampled_from([1.0, 1000.0]))
def test_findings_tell_the_farthest_move_of_their_rows(line, unit):
    tidy, report = repair(Timeline(line.labels, line.times * unit), unit="s" if unit == 1 else "ms")
    shift = np.abs(tidy.times - line.times).max(axis=1)
    measured = [finding for finding in report.findings if finding.kind in MEASURED]
    for finding in measured:
        assert finding.moved == pytest.approx(shift[finding.rows].max(), abs=1e-9)
    # what moved was found: a time is moved by rounding alone where no finding says so
    told = {row for finding in report.findings if finding.kind != "gap" for row in finding.rows.tolist()}
    assert all(shift[row] < 1e-6 for row in set(range(len(line))) - told)


CUES = """1
00:00:01,000 --> 00:00:04,000
Nobody opened the door

2
00:00:02,000 --> 00:00:06,000
until the bell rang twice
"""
WORDS = {"segments": [{"words": [{"word": " stay", "start": 0, "end": 1.5}, {"word": " here", "start": 1, "end": 2}]}]}


@pytest.mark.parametrize(
    ("command", "flags"),
    [
        ("export", ["--to", "srt,vtt,textgrid"]),
        ("recaption", ["--to", "srt,vtt"]),
        ("batch", ["--to", "srt,vtt"]),
        ("edit", ["--speed", "2"]),
    ],
)
@pytest.mark.parametrize(("name", "text", "moved"), [("a.srt", CUES, "1.000"), ("b.json", json.dumps(WORDS), "0.250")])
def test_each_command_tells_once_how_far_overlapping_words_were_cut(
    tmp_path, capsys, command, flags, name, text, moved
):
    (tmp_path / name).write_text(text, "utf-8")
    out = tmp_path / ("out" if command != "edit" else "out.json")
    main([command, str(tmp_path / name), *flags, "--out", str(out)])
    said = capsys.readouterr().err
    assert said.count(f"words: overlap: 2 neighbours overlap: cut at the midpoint, by {moved} s at most") == 1


def test_a_move_below_a_frame_is_told_on_demand_only(tmp_path, capsys):
    near = {"segments": [{"words": [{"word": " a", "start": 0, "end": 1.01}, {"word": " b", "start": 1, "end": 2}]}]}
    (tmp_path / "a.json").write_text(json.dumps(near), "utf-8")
    assert main(["export", str(tmp_path / "a.json"), "--to", "srt"]) == 0
    assert "overlap" not in capsys.readouterr().err
    assert main(["inspect", str(tmp_path / "a.json")]) == 0
    assert "cut at the midpoint, by 0.005 s at most" in capsys.readouterr().out


def test_letters_share_intervals_without_a_word_unless_they_move_far():
    found = {moved: Finding("shared", np.arange(2), moved=moved) for moved in (0.1, 1.0)}
    reports = {moved: RepairReport("s", (finding,), np.zeros((2, 2))) for moved, finding in found.items()}
    assert list_told({"graphemes": reports[0.1]}) == ()
    assert len(list_told({"graphemes": reports[1.0]})) == len(list_told({"words": reports[0.1]})) == 1
