"""LRC: starts, ends where they matter, words where asked."""

from __future__ import annotations

import pytest

from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.formats import lrc

OH_NO = Cue(
    0.5, 2.0, ("Oh, no", "you"), (CueWord(0, 0, 2, 0.6, 0.9), CueWord(0, 4, 6, 1.1, 1.5), CueWord(1, 0, 3, 1.6, 1.8))
)


def test_no_cues_give_an_empty_file():
    assert lrc.dumps([]) == lrc.dumps([Cue(0, 1, ("",))], title="x") == ""


def test_an_end_is_told_where_silence_follows():
    cues = [Cue(0, 1, ("a", "b")), Cue(1.5, 2, ("c",)), Cue(5, 6, ("d",))]
    assert lrc.dumps(cues) == "[length:00:06]\n[00:00.00]a b\n[00:01.50]c\n[00:02.00]\n[00:05.00]d\n[00:06.00]\n"
    assert "[00:01.00]\n" in lrc.dumps(cues, clear=0.5)


def test_words_have_their_times_and_the_last_its_end():
    text = "[00:00.50]<00:00.60>Oh, <00:01.10>no <00:01.60>you<00:01.80>"
    assert lrc.dumps([OH_NO], words=True).splitlines()[1] == text
    assert lrc.dumps([Cue(0, 1, ("<1>",))], words=True).splitlines()[1] == "[00:00.00]<\u20601>"


@pytest.mark.parametrize(("start", "shown"), [(59.9996, "01:00.00"), (6000.0, "100:00.00"), (360_000.5, "6000:00.50")])
def test_minutes_have_no_upper_limit(start, shown):
    assert f"[{shown}]x" in lrc.dumps([Cue(start, start + 1, ("x",))])
    assert lrc.dumps([Cue(0, 6000, ("x",))]).startswith("[length:100:00]\n")


def test_title_and_speakers_are_named():
    text = lrc.dumps(
        [Cue(0, 1, ("Hi",), speaker="Ann"), Cue(1, 2, ("Yes",), speaker="Ann")], title=" A\nb ", speakers=True
    )
    assert text.startswith("[ti:A b]\n[length:00:02]\n[00:00.00]Ann: Hi\n[00:01.00]Yes\n")
