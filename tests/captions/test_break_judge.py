"""The judge of breaks in tools/captions: our own captions score 100, others less, and a gap tells nothing."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import srt
from clipaudio.captions.profiles import find_profile
from clipaudio.captions.segmentation import cut_texts
from clipaudio.timing.timeline import Timeline

TEXT = (
    "When the rain stopped, the people who lived near the river went home. It was late, and most of them were tired. "
    "The bridge that we built last year still stands, but nobody knows for how long."
)


@pytest.fixture(scope="module")
def tools():
    folder = str(Path(__file__).parents[2] / "tools" / "captions")
    sys.path.insert(0, folder)
    try:
        yield importlib.import_module("measure_breaks"), importlib.import_module("caption_sets")
    finally:
        sys.path.remove(folder)
        for name in ("measure_breaks", "caption_sets"):
            sys.modules.pop(name, None)


def captions_of(*texts, gap=0.0):
    return [Cue(2.0 * row, 2.0 * row + 2.0 - gap, tuple(text.split(" / "))) for row, text in enumerate(texts)]


def test_our_own_captions_score_100_whatever_the_gap_between_cues(tools, tmp_path):
    judge, sets = tools
    spoken = Timeline(TEXT, [[row / 15, (row + 1) / 15] for row in range(len(TEXT))])
    whole = replace(sets.read_talk("whole", captions_of(TEXT)), spoken=spoken)
    cues = cut_texts([judge.find_levels(whole, "en")], profile=find_profile("netflix"))[0]
    for gap in (0.0, 0.1):
        (tmp_path / "own.srt").write_text(
            srt.dumps([replace(cue, end=cue.end - gap, words=()) for cue in cues]), "utf-8"
        )
        (talk,) = sets.read_set(tmp_path)
        assert judge.score([(talk, judge.find_places(cues))]) == (100, 100, 100)
        limits = replace(sets.limits_of([talk]), languages={}, max_chars=42)
        again = cut_texts([judge.find_levels(talk, "en")], profile=limits)[0]
        assert [cue.lines for cue in again] == [cue.lines for cue in cues]


def test_a_break_that_is_missed_or_false_costs_f1(tools):
    judge, sets = tools
    true = sets.read_talk("a", captions_of("one two / three", "four five", "six"))
    found = sets.read_talk("b", captions_of("one two", "three four / five", "six"))
    assert [round(value) for value in judge.score([(true, (found.cues, found.lines))])] == [67, 50, 0]


def test_sounds_names_and_dashes_are_not_said(tools):
    _, sets = tools
    talk = sets.read_talk("a", captions_of("(rain)", "- Yes, [Ann] she / [laughs] did.", "♪ la ♪"))
    assert talk.spoken.text == "Yes, she did. la"
    assert talk.lines == {7}
    assert talk.cues == {11}


def test_gaps_of_captioners_are_closed_and_silences_stay(tools):
    _, sets = tools
    close, open_ = (sets.read_talk("a", captions_of("one", "two", gap=gap)).spoken.times for gap in (0.2, 0.6))
    assert close[3, 0] == close[4, 0]
    assert round(open_[4, 0] - open_[3, 0], 6) == 0.6
