"""Cues moved to the sound: within a limit, never across a neighbour."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.refinement import refine_cues


def cues_at(*times):
    return tuple(Cue(start, end, (str(i),)) for i, (start, end) in enumerate(times))


def test_starts_go_to_onsets_and_ends_to_where_sound_ends():
    refined = refine_cues(cues_at((0.0, 1.0), (1.0, 2.0)), [[0.1, 0.9], [1.15, 1.95]])
    assert [(cue.start, cue.end) for cue in refined.cues] == [(0.1, 0.9), (1.15, 1.95)]
    assert refined.moved == pytest.approx(np.array([[0.1, -0.1], [0.15, -0.05]]))


def test_what_would_go_too_far_stays():
    refined = refine_cues(cues_at((0.0, 1.0)), [[0.4, 0.6]])
    assert (refined.cues[0].start, refined.cues[0].end) == (0.0, 1.0)


def test_sound_that_runs_on_belongs_to_both_and_moves_neither():
    refined = refine_cues(cues_at((0.1, 1.0), (1.0, 2.0)), [[0.0, 2.1]])
    assert [(cue.start, cue.end) for cue in refined.cues] == [(0.0, 1.0), (1.0, 2.1)]


def test_the_outer_words_follow_and_lines_and_speaker_stay():
    words = (CueWord(0, 0, 2, 0.0, 0.4), CueWord(0, 3, 5, 0.4, 1.0))
    (cue,) = refine_cues([Cue(0.0, 1.0, ("Hi you",), words, "Ann")], [[0.1, 0.9]]).cues
    assert (cue.lines, cue.speaker) == (("Hi you",), "Ann")
    assert [(word.start, word.end) for word in cue.words] == [(0.1, 0.4), (0.4, 0.9)]
    assert cue.speech == (cue.start, cue.end)


@given(
    st.lists(st.floats(0, 10), max_size=20).map(sorted),
    st.lists(st.floats(0, 10), max_size=20, unique=True).map(sorted),
    st.floats(0, 1),
)
def test_cues_stay_in_order_and_move_no_further_than_the_limit(edges, sound, limit):
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    heard = np.array(list(zip(sound[::2], sound[1::2], strict=False))).reshape(-1, 2)
    refined = refine_cues(cues_at(*pairs), heard, limit=limit)
    assert (np.abs(refined.moved) <= limit + 1e-12).all()
    flat = [time for cue in refined.cues for time in (cue.start, cue.end)]
    assert (np.diff(flat) >= 0).all()
