"""Times of caption files are moved in their text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import srt, webvtt
from clipaudio.captions.restamping import restamp

OFFSETS = st.integers(-20_000, 20_000).map(lambda found: found / 1000)
DRIFTS = st.sampled_from([0.0, 0.02, -0.04])
TEXTS = st.sampled_from(["Hello.", "<i>At 10:30</i>", "{\\an8}A → B", "12:00 - 13:00", "-> no", "1", "Café & co"])
CUES = st.lists(st.tuples(st.integers(0, 4_000_000), st.integers(1, 9000), TEXTS), min_size=1, max_size=8)
VTT = """WEBVTT - talk
X-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000

NOTE from <00:00:07.000> on

STYLE
::cue(.x) { color: red }

intro
00:01.000 --> 01:59.900 line:85% align:left
<v Ann>Hello <00:00:01.500><c.x>there</c>

99:59:59.999 --> 100:00:01.000
- 10:30 to 11:00
"""
ASS = """[Script Info]
Title: 0:00:01.00,0:00:02.00
[V4+ Styles]
Format: Name, Fontname
Style: Default,Arial
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Comment: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,note
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\k50}Hel{\\k30}lo, 0:00:01.00
"""


def _made(rows):
    cues, now = [], 0
    for gap, length, text in rows:
        now += gap
        cues.append(Cue(now / 1000, (now + length) / 1000, (text,)))
        now += length
    return cues


def _without_stamps(text):
    return re.sub(r"\d+:[\d:]+[,.]\d+", "*", text)


@given(CUES, OFFSETS, DRIFTS, st.sampled_from([srt, webvtt]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_the_reader_finds_each_time_moved_and_all_else_as_it_was(rows, offset, drift, kind, encoding):
    text = kind.dumps(_made(rows)).replace("\n", "\r\n")
    name = "srt" if kind is srt else "webvtt"
    moved = restamp(text.encode(encoding), name, offset=offset, drift=drift).decode(encoding)
    assert _without_stamps(moved) == _without_stamps(text)
    for before, after in zip(kind.loads(text), kind.loads(moved), strict=True):
        assert after.lines == before.lines
        assert after.start == pytest.approx(max(offset + (1 + drift) * before.start, 0), abs=0.00051)
        assert after.end == pytest.approx(max(offset + (1 + drift) * before.end, 0), abs=0.00151)
        assert after.end > after.start


@given(st.binary(max_size=300), st.sampled_from(["srt", "webvtt", "ass"]))
def test_bytes_of_any_kind_keep_all_but_their_times(raw, kind):
    line = b"\n1\n00:00:01,000 --> 00:00:02,000\n"
    moved = (
        restamp(raw.replace(b":", b"") + line, kind, offset=1.0) if raw[:2] not in {b"\xff\xfe", b"\xfe\xff"} else b""
    )
    assert not moved or moved.startswith(raw.replace(b":", b""))


def test_webvtt_keeps_notes_styles_ids_and_settings():
    moved = restamp(VTT.encode(), "webvtt", offset=0.25).decode()
    expected = VTT.replace("00:01.000 --> 01:59.900", "00:01.250 --> 02:00.150").replace(
        "<00:00:01.500>", "<00:00:01.750>"
    )
    assert moved == expected.replace("99:59:59.999 --> 100:00:01.000", "100:00:00.249 --> 100:00:01.250")


def test_ass_moves_dialogues_and_comments_alone():
    moved = restamp(ASS.encode(), "ass", offset=-1.5).decode()
    assert moved == ASS.replace("0,0:00:01.00,0:00:02.00,D", "0,0:00:00.00,0:00:00.50,D").replace(
        "0,0:00:01.00,0:00:02.50,D", "0,0:00:00.00,0:00:01.00,D"
    )


def test_pysubs2_finds_the_times_it_would_shift_to_itself(needs):
    pysubs2 = needs("pysubs2")
    own = pysubs2.SSAFile.from_string(ASS)
    own.shift(s=0.75)
    moved = pysubs2.SSAFile.from_string(restamp(ASS.encode(), "ass", offset=0.75).decode())
    assert [(one.start, one.end, one.text, one.type) for one in moved] == [
        (one.start, one.end, one.text, one.type) for one in own
    ]


def test_srt_keeps_tags_positions_and_other_spellings():
    text = b"\xef\xbb\xbf1\r\n0:0:1,5 --> 00:00:02.500 X1:10 Y1:2\r\n<font color=red>Caf\xe9 -> 10:30</font>\r\n\r\n"
    moved = restamp(text, "srt", offset=1.0)
    assert moved == text.replace(b"0:0:1,5 --> 00:00:02.500", b"0:0:02,500 --> 00:00:03.500")
