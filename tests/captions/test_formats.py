"""Subtitle text read back by others: every text and every time arrives."""

from __future__ import annotations

import html
import io
import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions import srt, webvtt
from clipaudio.captions.cue import Cue
from clipaudio.captions.plain import plain_lines

HOSTILE = [
    "00:00:01.00000:00:02.000",
    "100:00:00,000 00:00:01,000",
    "go --> there",
    "00:00:05.000 --> 00:00:06.000",
    "00:00:05,000 --> 00:00:06,000",
    "x\n\n7\n00:00:05,000 --> 00:00:06,000\ny",
    "if a < b & c > d",
    "<b>x</b> <script>",
    "AT&T &amp; R&D",
    "C:\\New\\new",
    "a\x00b",
    "a\rb\r\nc",
    "a\x0bb\x1fc\x85d\u2028e",
    "lone \ud800 half",
    "\ufeffmark",
    "42",
    "NOTE hi",
    "STYLE",
    "👩‍👧 ش\u200fم",
]
SECOND = Cue(3.0, 4.0, ("SECOND",))
TEXTS = st.text(st.characters(), max_size=30)


def shown(text):
    return "\n".join(plain_lines([text]))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_arrives_whole_in_webvtt(needs, text):
    reader = needs("webvtt")
    found = reader.from_buffer(io.StringIO(webvtt.dumps([Cue(1.0, 2.0, (text,)), SECOND])))
    assert [html.unescape(cue.raw_text) for cue in found] == [shown(text), "SECOND"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_makes_no_other_cue_in_srt(needs, text):
    reader = needs("pysubs2")
    found = reader.SSAFile.from_string(
        srt.dumps([Cue(1.0, 2.0, (text,)), SECOND]), format_="srt", keep_unknown_html_tags=True
    )
    assert [(event.start, event.end) for event in found] == [(1000, 2000), (3000, 4000)]
    assert found[1].text == "SECOND"


@pytest.mark.parametrize(("room", "name"), [(srt, "srt"), (webvtt, "webvtt")])
def test_ffmpeg_finds_every_cue_and_its_time(needs, room, name, tmp_path):
    cues = [Cue(i * 2.0, i * 2 + 1.5, (text,)) for i, text in enumerate(HOSTILE)]
    path = tmp_path / f"clip.{name}"
    path.write_text(room.dumps(cues), encoding="utf-8", newline="")
    command = [needs.program("ffmpeg"), "-v", "error", "-f", name, "-i", str(path), "-f", "ass", "-"]
    out = subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout
    starts = re.findall(r"^Dialogue: \d+,(\d+:\d\d:\d\d)\.\d\d,", out, re.MULTILINE)
    assert starts == [f"0:00:{i * 2:02d}" for i in range(len(HOSTILE))]


@given(st.lists(TEXTS, max_size=4))
def test_any_text_is_one_cue_or_none_in_both_formats(lines):
    cue = Cue(1.0, 2.0, tuple(lines))
    expected = 1 + bool(plain_lines(lines))
    for text in (srt.dumps([cue, SECOND]), webvtt.dumps([cue, SECOND])):
        text.encode("utf-8")
        assert text.count(" --> ") == text.count("-->") == expected
        assert len(re.findall(r"\n\n", text.removeprefix("WEBVTT\n\n"))) == expected
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]", text)


def test_no_cues_give_the_bare_file_and_empty_ones_are_left_out():
    empty = Cue(0, 1, (" ", "\x00"))
    assert (srt.dumps([empty]), webvtt.dumps([])) == ("", "WEBVTT\n\n")
    assert srt.dumps([empty, SECOND]).startswith("1\n")
