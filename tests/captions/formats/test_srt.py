"""SubRip: written as players want it, read as people write it."""

from __future__ import annotations

import pytest

from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import srt
from clipaudio.errors import CaptionError

HELLO = Cue(1.0, 2.5, ("Hello",))


def test_no_cues_give_an_empty_file_and_back():
    assert srt.dumps([]) == ""
    assert srt.loads("") == srt.loads("\ufeff \n") == ()


def test_cues_are_numbered_without_those_left_out():
    assert srt.dumps([Cue(0, 1, ("",)), HELLO]) == "1\n00:00:01,000 --> 00:00:02,500\nHello\n\n"


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff1\n00:00:01,000 --> 00:00:02,500\nHello\n",
        "1\r\n00:00:01,000 --> 00:00:02,500\r\nHello\r\n\r\n",
        "1\r00:00:01,000 --> 00:00:02,500\rHello",
        "00:00:01,000 --> 00:00:02,500\nHello",
        "00:01.000 --> 00:02.5\nHello",
        "0:0:1 --> 0:0:2,5\nHello",
        "00:00:01:000-->00:00:02:500\nHello",
        "1\n 00:00:01,000 --> 00:00:02,500 X1:1 X2:2\n\n\n  Hello \n\n",
        "1\n00:00:01,000000 --> 00:00:02,500\n<i>Hel</i>{\\an8}lo</B ><font color='red'></font>\n",
        "junk\n\n1\n00:00:01,000 --> 00:00:02,500\nHello\n",
    ],
)
def test_files_as_people_write_them_are_read(text):
    assert srt.loads(text) == (HELLO,)


def test_other_tags_are_text_and_blank_lines_do_not_end_a_cue():
    text = "1\n00:00:01,000 --> 00:00:02,000\na < b > <script>\n\nb {x}\n2\n00:00:02,000 --> 00:00:03,000\n42\n\n3\n"
    text += "00:00:03,000 --> 00:00:04,000\n\n4\n00:00:04,000 --> 00:00:05,000\nc\n42"
    assert [cue.lines for cue in srt.loads(text)] == [("a < b > <script>", "b {x}"), ("42",), ("c", "42")]


def test_cues_without_numbers_are_read():
    text = "00:00:01,000 --> 00:00:02,000\na\n\n00:00:02,000 --> 00:00:03,000\nb\n"
    assert [cue.lines for cue in srt.loads(text)] == [("a",), ("b",)]


def test_what_is_no_subrip_is_refused_with_its_line():
    with pytest.raises(CaptionError, match=r"line 3: no line such as 00:00:01,000 --> 00:00:02,000") as caught:
        srt.loads("\n\nDear all,\n")
    assert caught.value.line == 3


def test_a_number_of_thousands_of_digits_is_no_time():
    long = "1" * 5000 + ":00:00,000 --> 00:00:01,000\nhi\n"
    with pytest.raises(CaptionError, match="line 1: no line such as"):
        srt.loads(long)
