"""`clipaudio recaption`: new captions from cues alone lose no word, no speaker and no pause."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import srt, webvtt
from clipaudio.cli.main import main
from clipaudio.clip import open_clip

LONG = "You take two hydrogen atoms, you ram them together, and what is left over is a helium atom."


@st.composite
def old_cues(draw):
    """Draw cues as people keep them: many words or few, touching or with pauses."""
    cues, now = [], draw(st.integers(0, 3000))
    for _ in range(draw(st.integers(1, 6))):
        words = draw(st.lists(st.sampled_from(LONG.split()), min_size=1, max_size=14))
        stop = now + draw(st.integers(400, 6000))
        cues.append(Cue(now / 1000, stop / 1000, (" ".join(words),)))
        now = stop + draw(st.sampled_from([0, 1, 40, 900, 4000]))
    return cues


@given(cues=old_cues(), profile=st.sampled_from(["netflix", "bbc", "social"]))
@settings(deadline=None, max_examples=30)
def test_no_word_is_lost_and_each_is_estimated_inside_its_old_cue(tmp_path_factory, cues, profile):
    """A caption format may shorten a word further, to the time that its new cue is shown."""
    folder = tmp_path_factory.mktemp("cues")
    (folder / "in.srt").write_text(srt.dumps(cues), "utf-8")
    words = ["recaption", str(folder / "in.srt"), "--to", "words,vtt", "--profile", profile, "--language", "en"]
    assert main([*words, "--out", str(folder)]) == 0
    told = json.loads((folder / "in.words.json").read_text("utf-8"))
    new = [word for segment in told["segments"] for word in segment["words"]]
    old = [(word, cue) for cue in cues for word in cue.text.split()]
    assert [word["word"].strip() for word in new] == [word for word, _ in old]
    clip = open_clip(folder / "in.srt", language="en")
    for word, (_, cue) in zip(clip.words, old, strict=True):
        assert cue.start - 1e-9 <= word.start < word.end <= cue.end + 1e-9
    shown = webvtt.loads((folder / "in.vtt").read_text("utf-8"))
    for before, after in itertools.pairwise(shown):
        assert before.end <= after.start


def test_speakers_and_pauses_are_kept_and_estimates_are_told(tmp_path, capsys):
    cues = [Cue(1.0, 7.0, (LONG[:40], LONG[40:]), (), "Ann"), Cue(12.0, 13.0, ("Really?",), (), "Ben")]
    (tmp_path / "in.vtt").write_text(webvtt.dumps(cues, speakers=True), "utf-8")
    words = ["recaption", str(tmp_path / "in.vtt"), "--to", "ass,srt", "--profile", "bbc", "--out", str(tmp_path)]
    assert main(words) == 0
    assert "estimated" in capsys.readouterr().err
    new = srt.loads((tmp_path / "in.srt").read_text("utf-8"))
    assert new[0].text.startswith("Ann: ")
    assert new[-1].text == "Ben: Really?"
    assert new[-1].start >= 11.9
    assert new[-2].end <= 7.6
    assert all(len(line) <= 42 for cue in new for line in cue.lines)
    ass = pytest.importorskip("pysubs2", reason="pysubs2 is not installed").load(str(tmp_path / "in.ass"))
    assert [event.name for event in ass][-1] == "Ben"


def test_the_file_that_is_read_is_never_overwritten(tmp_path, capsys):
    path = tmp_path / "in.srt"
    path.write_text(srt.dumps([Cue(0, 1, ("Yes.",))]), "utf-8")
    before = path.read_bytes()
    for command in ("recaption", "export"):
        assert main([command, str(path), "--to", "srt"]) == 1
        assert "would be overwritten; give --out" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_formats_that_are_no_captions_are_refused(tmp_path, capsys):
    assert main(["recaption", str(tmp_path / "in.srt"), "--to", "textgrid"]) == 2
    assert "textgrid are no captions; use `clipaudio export`" in capsys.readouterr().err
    assert main(["recaption", str(tmp_path / "in.srt"), "--to", "odd"]) == 2
