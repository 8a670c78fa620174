"""SubRip: written as players want it, read as people write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import srt
from clipaudio.captions.sanitize import prepare
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
    with pytest.raises(CaptionError, match="line 1: expected times such as"):
        srt.loads(long)


FIRST, LAST = Cue(1.0, 2.0, ("alpha",)), Cue(5.0, 6.0, ("gamma",))
ARROWS = ["-->", "->", "--->", "–>", "—>", "=>", "→", "- ->", "--\u200e>", "--&gt;", "－－＞"]


def three(times, *, blank="\n"):
    """Write three cues, the second with *times*."""
    return (
        f"1\n00:00:01,000 --> 00:00:02,000\nalpha\n{blank}2\n{times}\nbeta\n{blank}3\n00:00:05,000 --> 00:00:06,000\n"
        "gamma\n"
    )


@pytest.mark.parametrize("blank", ["\n", ""])
@pytest.mark.parametrize("arrow", ARROWS)
@given(
    st.sampled_from(["", " ", "\u00a0", "\t", "\u200e", " \u202a"]),
    st.sampled_from(["0123456789", "０１２３４５６７８９"]),
)
def test_times_that_mean_one_thing_are_read(arrow, blank, space, digits):
    clock = [
        f"00{space}:00:0{number}{space},{space}000{space}".translate(str.maketrans("0123456789", digits))
        for number in (3, 4)
    ]
    assert srt.loads(three(arrow.join(clock), blank=blank)) == (FIRST, Cue(3.0, 4.0, ("beta",)), LAST)


@pytest.mark.parametrize("blank", ["\n", ""])
@pytest.mark.parametrize(
    "times",
    [
        "00:00:O3,000 --> 00:00:04,000",
        "00:00:03,000 --> 00:00:O4,000",
        "-00:00:03,000 --> 00:00:04,000",
        "00:00:03,000 --> -00:00:04,000",
        "00:00:03,0: --> 00:00:04,000",
        "00:00:03,000 --> 00:00:04,0:",
        "00:00:03,000 --> 00:00:04,:",
        "00:00:03,0004 --> 00:00:04,000",
        "00:00:03,000 --> 00:00:04,12345",
        "00:00:03,000 -->",
        "--> 00:00:04,000",
        "00:00:03,000 00:00:04,000",
        "00:00:03,000 - 00:00:04,000",
        "00:00:03,000 --> 00:00:0x",
        "00:00:03;000 --> 00:00:04;000",
        "00;00;03,000 --> 00;00;04,000",
        "00:00:03:12 --> 00:00:04:20",
        "00:00:03,000 --> 00:00:04:20",
        "00:00:03,5.25 --> 00:00:04,000",
    ],
)
def test_a_damaged_time_is_an_error_with_its_line_and_no_text_of_another_cue(times, blank):
    line = 6 if blank else 5
    with pytest.raises(CaptionError, match=f"line {line}: expected times such as") as caught:
        srt.loads(three(times, blank=blank))
    assert caught.value.line == line
    problems = []
    assert srt.loads(three(times, blank=blank), problems=problems) == (FIRST, LAST)
    assert [problem.line for problem in problems] == [line]


@pytest.mark.parametrize("times", ["00:00:03,250.0000001 --> 00:00:04,500", "0:00:03.250 --> 0:00:04.500.9999999"])
def test_milliseconds_that_were_floats_are_read_and_told(times):
    problems = []
    assert srt.loads(three(times), problems=problems) == (FIRST, Cue(3.25, 4.5, ("beta",)), LAST)
    assert [(problem.line, "after the milliseconds" in str(problem)) for problem in problems] == [(6, True)]


def test_a_frame_in_a_time_is_told_to_need_its_rate():
    with pytest.raises(CaptionError, match=r"line 6: .*; frames need their rate, found '00:00:03:12"):
        srt.loads(three("00:00:03:12 --> 00:00:04:20"))
    assert srt.loads(three("00:00:03:120 --> 00:00:04:200"))[1] == Cue(3.12, 4.2, ("beta",))


def test_a_name_in_the_place_of_a_number_is_told():
    text = "Ann\n00:00:01,000 --> 00:00:02,000\nalpha\n\nBen\n00:00:05,000 --> 00:00:06,000\ngamma\n"
    problems = []
    assert [cue.text for cue in srt.loads(text, problems=problems)] == ["alpha\nBen", "gamma"]
    assert [(problem.line, "no number" in str(problem)) for problem in problems] == [(5, True)]
    for fine in (three("00:00:03,000 --> 00:00:04,000"), three("00:00:03,000 --> 00:00:04,000", blank="")):
        assert srt.loads(fine, problems=problems)
    assert len(problems) == 1


def test_a_thousand_milliseconds_are_the_next_second_and_told():
    problems = []
    text = three("00:00:02,1000 --> 00:00:03,1000")
    assert srt.loads(text, problems=problems)[1] == srt.loads(text)[1] == Cue(3.0, 4.0, ("beta",))
    assert [(problem.line, "1000 milliseconds" in str(problem)) for problem in problems] == [(6, True)]


def test_text_behind_the_times_is_kept():
    assert srt.loads("1\n00:00:01,000 --> 00:00:02,500 Hello\n") == (HELLO,)
    assert srt.loads("1\n00:00:01,000 --> 00:00:02,500 Hel\nlo")[0].lines == ("Hel", "lo")


@pytest.mark.parametrize(
    "line", ["go -> there", "see a --> b", "10:30 -> 11:30", "1.2 -> 1.3", "it was 3:2 => 4:2", "5 > 4", "at 10:30:00"]
)
def test_arrows_and_times_of_day_in_a_text_are_text(line):
    assert srt.loads(f"1\n00:00:01,000 --> 00:00:02,000\nalpha\n{line}\nomega\n")[0].lines == ("alpha", line, "omega")


@pytest.mark.parametrize(
    "piece",
    ["-", "- ", "\u00a0", "\n", "\n\n", "1", "1:", "00:00:00,0", "->", "-->\n", "→", " a:b", ".", "0:0:0,0 -> "],
)
def test_reading_takes_time_in_proportion_to_the_text(piece):
    srt.loads(f"00:00:01,000 --> 00:00:02,000\nalpha\n{piece * 100_000}", problems=[])


@given(
    st.lists(
        st.sampled_from(
            [*ARROWS, "00:00:01,000", "１:0:1.5", "\n", "a", " ", "7", "\n\n", "-", "O1:00:00", "：", "，"]
        ),
        max_size=12,
    )
)
def test_own_files_are_read_back_whatever_their_text(parts):
    cues = (Cue(0.0, 1.0, ("".join(parts),)), LAST)
    kept = prepare(cues, words=False).cues
    assert [cue.lines for cue in srt.loads(srt.dumps(cues))] == [cue.lines for cue in kept]
