"""Captions that would flash are joined to their neighbour, and nothing else is changed."""

from __future__ import annotations

import itertools
import json

from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.fleeting import join_fleeting
from clipaudio.cli.main import main


@st.composite
def timed_cues(draw):
    """Draw cues as timing leaves them: ascending, disjoint, each with a length."""
    cues, now = [], 0
    for row in range(draw(st.integers(0, 8))):
        start = now + draw(st.sampled_from([0, 0, 40, 2000]))
        now = start + draw(st.sampled_from([1, 5, 39, 40, 300, 2000]))
        text = draw(st.sampled_from(["Oh", "What was never said", "and so on"]))
        word = CueWord(0, 0, 2, start / 1000, now / 1000)
        speaker = draw(st.sampled_from([None, None, "Ann"]))
        cues.append(Cue(start / 1000, now / 1000, (f"{text} {row}",), (word,), speaker=speaker))
    return cues


@given(timed_cues())
def test_no_text_and_no_word_is_lost_and_what_can_be_read_stays(cues):
    joined = join_fleeting(cues)
    assert [line for cue in joined for line in cue.lines] == [line for cue in cues for line in cue.lines]
    words = [(cue.lines[word.line], word.start, word.end) for cue in joined for word in cue.words]
    assert words == [(cue.lines[0], word.start, word.end) for cue in cues for word in cue.words]
    assert all(a.end <= b.start for a, b in itertools.pairwise(joined))
    assert {cue.start for cue in joined} <= {cue.start for cue in cues}
    assert all(len(cue.lines) <= 4 for cue in joined)
    for cue in cues:
        if cue.duration >= 0.3 and all(other.duration >= 0.3 for other in cues):
            assert cue in joined


@given(timed_cues())
def test_a_cue_that_still_flashes_has_no_neighbour_to_join(cues):
    joined = join_fleeting(cues)
    for before, cue in itertools.pairwise(joined):
        near = before.speaker == cue.speaker and cue.start - before.end <= 1
        if near and len(before.lines) + len(cue.lines) <= 4:
            assert min(before.duration, cue.duration) >= 0.04 - 1e-9


@given(timed_cues(), st.integers(1, 3))
def test_only_a_cue_that_is_never_on_screen_makes_more_lines_than_allowed(cues, most):
    for cue in join_fleeting(cues, max_lines=most):
        own = [other for other in cues if other.start >= cue.start and other.end <= cue.end]
        assert len(cue.lines) <= most or min(other.duration for other in own) < 0.04


def test_unsaid_words_stand_with_those_that_are_said_and_it_is_told(tmp_path, capsys):
    said = [(word, row * 0.3, row * 0.3 + 0.3) for row, word in enumerate("Hello there my good friend.".split())]
    unsaid = "This sentence was never said by anybody at all.".split()
    hushed = [(word, 1.5 + row / 1000, 1.501 + row / 1000) for row, word in enumerate(unsaid)]
    rest = [(word, 1.51 + row * 0.3, 1.81 + row * 0.3) for row, word in enumerate("And now we go home.".split())]
    words = [{"word": f" {label}", "start": start, "end": end} for label, start, end in (*said, *hushed, *rest)]
    (tmp_path / "a.json").write_text(json.dumps({"segments": [{"words": words}]}), "utf-8")
    assert main(["export", str(tmp_path / "a.json"), "--to", "srt,vtt", "--profile", "bbc"]) == 0
    assert capsys.readouterr().err.count("captions too short to be seen were joined to the one beside them: 1") == 1
    cues = clipaudio.open_clip(tmp_path / "a.json").cues(profile="bbc")
    assert " ".join(" ".join(cue.lines) for cue in cues) == " ".join(word for word, *_ in (*said, *hushed, *rest))
    assert all(cue.duration >= 1 for cue in cues)
