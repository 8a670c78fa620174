"""A cue's lines cut into pieces by its words."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.formats import ass, lrc, ttml, webvtt, words_json


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


def pieces_of(text):
    """Cut a line between its runs of letters, digits and the signs that belong to them."""
    words = [CueWord(0, *found.span(), at, at + 1) for at, found in enumerate(re.finditer(r"[#$-]?\w+", text))]
    return [piece.text for piece in Cue(0.0, 99.0, (text,), tuple(words)).pieces()[0]]


@given(st.lists(st.from_regex(r"\A[\"'(\[“‘«„¿¡]{0,3}[$#-]?[a-z0-9]{1,5}[\"')\]”’».,!?…]{0,3}\Z"), min_size=1))
def test_marks_stay_with_the_token_they_touch(tokens):
    assert [piece.strip() for piece in pieces_of(" ".join(tokens))] == tokens


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("dit « oui » puis", ["dit ", "« oui » ", "puis"]),
        ("dit, «\u00a0oui\u00a0» puis", ["dit, ", "«\u00a0oui\u00a0» ", "puis"]),
        ("one — two", ["one — ", "two"]),
        ("one—“two”—three", ["one—", "“two”—", "three"]),
        ('one:"two";three', ["one:", '"two";', "three"]),
        ("元気」「はい", ["元気」", "「はい"]),
        ("one...(two)", ["one...", "(two)"]),
        ("so  (  two", ["so  ", "(  two"]),
        ("(one", ["(one"]),
    ],
)
def test_opening_marks_belong_to_the_word_behind_them(text, wanted):
    assert pieces_of(text) == wanted


@pytest.mark.parametrize("format_", ["words", "webvtt", "ass", "lrc", "ttml"])
def test_every_format_with_words_cuts_before_opening_marks(format_):
    line, second = "we (so) ¿no?", "“end”"
    spans = [(0, 0, 2), (0, 4, 6), (0, 9, 11), (1, 1, 4)]
    words = tuple(CueWord(*span, at + 0.1, at + 0.9) for at, span in enumerate(spans))
    cues = [Cue(0.0, 5.0, (line, second), words)]
    text = {
        "words": lambda: words_json.dumps(cues),
        "webvtt": lambda: webvtt.dumps(cues, words=True),
        "ass": lambda: ass.dumps(cues, words="k"),
        "lrc": lambda: lrc.dumps(cues, words=True),
        "ttml": lambda: ttml.dumps(cues, word_colour="#ffffff"),
    }[format_]()
    found = re.findall(r'(?:"word": "|>|\})\s*((?:[^\s"{}<>\\]|(?=\\)\\(?!N))+)', text.partition("[Events]")[2] or text)
    assert [token for token in found if re.search("we|so|no|end", token)][-4:] == ["we", "(so)", "¿no?", "“end”"]
