"""A cue's lines cut into pieces by its words."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions.cue import Cue, CueWord


@st.composite
def cues(draw):
    lines = draw(st.lists(st.text("ab ,", max_size=12), min_size=1, max_size=3))
    words, now = [], 0.0
    for number, line in enumerate(lines):
        cuts = sorted(draw(st.sets(st.integers(0, len(line)), max_size=6)))
        for first, stop in zip(cuts[::2], cuts[1::2], strict=False):
            words.append(CueWord(number, first, stop, now, now + 0.5))
            now += 1.0
    return Cue(0.0, now + 1.0, tuple(lines), tuple(words))


@given(cues())
def test_the_pieces_of_a_line_joined_give_the_line_and_go_forward(cue):
    pieces = cue.pieces()
    assert ["".join(piece.text for piece in line) for line in pieces] == list(cue.lines)
    flat = [piece for line in pieces for piece in line]
    assert all(one.end <= other.start for one, other in pairwise(flat))


def test_speech_is_from_the_first_word_to_the_last_and_unknown_without_words():
    assert Cue(0.0, 3.0, ("a b",), (CueWord(0, 0, 1, 0.5, 0.7), CueWord(0, 2, 3, 1.0, 1.5))).speech == (0.5, 1.5)
    assert Cue(0.0, 3.0, ("a b",)).speech is None
