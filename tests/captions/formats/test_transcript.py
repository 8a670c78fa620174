"""Transcripts: paragraphs at pauses and where the speaker changes."""

from __future__ import annotations

import pytest

from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import transcript
from clipaudio.errors import ExportError

CUES = [
    Cue(0, 1, ("Hello", "there."), speaker="Ann"),
    Cue(1.5, 2, ("Yes?",), speaker="Bo"),
    Cue(6, 7, ("Bye.",), speaker="Bo"),
    Cue(7, 8, ("So.",)),
]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "Hello there. Yes?\n\nBye. So.\n"),
        ({"pause": None}, "Hello there. Yes? Bye. So.\n"),
        ({"pause": 0.5}, "Hello there.\n\nYes?\n\nBye. So.\n"),
        ({"speakers": True}, "Ann: Hello there.\n\nBo: Yes?\n\nBye.\n\nSo.\n"),
    ],
)
def test_paragraphs_begin_where_asked(options, text):
    assert transcript.dumps(CUES, **options) == text


def test_no_cues_give_nothing_and_a_pause_below_zero_is_refused():
    assert transcript.dumps([]) == ""
    with pytest.raises(ExportError, match="a pause of -1 s"):
        transcript.dumps(CUES, pause=-1)
