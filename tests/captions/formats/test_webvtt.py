"""WebVTT: what the grammar allows is written, what files hold is read."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.formats import webvtt
from clipaudio.captions.formats.line_ends import unify_line_ends
from clipaudio.captions.formats.webvtt_blocks import KARAOKE, CueSettings, Note, Region, StyleSheet
from clipaudio.errors import CaptionError, ExportError

OH_NO = Cue(
    0.5, 2.0, ("Oh, <no>", "you"), (CueWord(0, 0, 2, 0.5, 0.9), CueWord(0, 4, 8, 1.1, 1.5), CueWord(1, 0, 3, 1.6, 3))
)
HELLO = Cue(1.0, 2.5, ("Hello",))


def body(text):
    return text.split("\n\n")[-2].split("\n", 1)[1]


def test_no_cues_give_the_header_alone_and_back():
    assert webvtt.dumps([]) == "WEBVTT\n\n"
    assert webvtt.loads("WEBVTT") == ()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "Oh, &lt;no&gt;\nyou"),
        ({"words": True}, "Oh, <00:00:01.100>&lt;no&gt;\n<00:00:01.600>you"),
        (
            {"word_class": "word"},
            "<c.word>Oh,</c> <00:00:01.100><c.word>&lt;no&gt;</c>\n<00:00:01.600><c.word>you</c>",
        ),
        ({"karaoke": True}, "<c>Oh,</c> <00:00:01.100><c>&lt;no&gt;</c>\n<00:00:01.600><c>you</c>"),
    ],
)
def test_words_have_times_and_classes_where_asked(options, text):
    assert body(webvtt.dumps([OH_NO], **options)) == text


def test_a_time_within_comes_only_where_the_format_allows_it():
    words = (
        CueWord(0, 0, 1, 0.0, 0.1),
        CueWord(0, 2, 3, 0.5, 0.5),
        CueWord(0, 4, 5, 0.5, 0.6),
        CueWord(0, 6, 7, 1.0, 1.0),
    )
    assert body(webvtt.dumps([Cue(0, 1, ("a b c d",), words)], words=True)) == "a <00:00:00.500>b c d"


def test_blocks_are_written_in_their_order_before_the_cues():
    text = webvtt.dumps([OH_NO], karaoke=True, blocks=[KARAOKE, Note("by hand"), Region(id="r", scroll=True)])
    assert text.startswith("WEBVTT\n\nSTYLE\n::cue(c:past)")
    assert (
        text.index("STYLE") < text.index("NOTE\nby hand\n\n") < text.index("REGION\nid:r\n") < text.index("scroll:up")
    )
    assert webvtt.loads(text)[0].lines == OH_NO.lines


def test_blocks_settings_and_voices_are_kept_by_another_reader(needs):
    blocks = [StyleSheet("::cue { color: red }"), Note("hi")]
    settings = CueSettings(line=-2, position="50%,center", size="80%", align="start")
    text = webvtt.dumps([Cue(0, 1, ("x",), speaker="Ann")], speakers=True, settings=settings, blocks=blocks)
    read = needs("webvtt").from_buffer(io.StringIO(text))
    assert [(cue.voice, cue.text) for cue in read] == [("Ann", "x")]
    assert read.styles[0].text == "::cue { color: red }"
    assert "line:-2 position:50%,center size:80% align:start\n" in text


def test_lines_that_mix_directions_are_isolated_where_asked():
    cue = Cue(0, 1, ("API هذه واجهة", "نعم"), (CueWord(0, 4, 7, 0.1, 0.2), CueWord(1, 0, 3, 0.5, 0.6)))
    assert body(webvtt.dumps([cue])) == "API هذه واجهة\nنعم"
    assert body(webvtt.dumps([cue], isolate=True)) == "\u2067API هذه واجهة\u2069\nنعم"
    timed = "<00:00:00.100>\u2067API هذه واجهة\u2069\n<00:00:00.500>نعم"
    assert body(webvtt.dumps([cue], isolate=True, words=True)) == timed
    english = Cue(0, 1, ("The word نعم means yes",))
    assert body(webvtt.dumps([english], isolate=True)) == "\u2066The word نعم means yes\u2069"


@pytest.mark.parametrize(
    "settings",
    ["line:85%,end position:10%,line-left size:33.5% align:right region:r", "vertical:rl line:0 align:center", ""],
)
def test_settings_are_read_and_written_as_they_were(settings):
    assert set(str(CueSettings.parse(settings)).split()) == set(settings.split())


@pytest.mark.parametrize(
    "wrong", ["line:120%", "align:middle", "size:10", "x:1", "align:left align:left", "position", "region:a-->b"]
)
def test_settings_against_the_grammar_are_refused(wrong):
    with pytest.raises(ExportError, match="is no setting of a WebVTT cue"):
        webvtt.dumps([HELLO], settings=wrong)


@pytest.mark.parametrize("block", [Note("a --> b"), Note("a\n\nb"), StyleSheet(" "), Note("\x00")])
def test_blocks_that_would_break_the_file_are_refused(block):
    with pytest.raises(ExportError, match="blank line, which WebVTT cannot"):
        webvtt.dumps([HELLO], blocks=[block])


@pytest.mark.parametrize(
    "wrong", [{"id": "a b"}, {"id": "a", "width": "1"}, {"id": "a", "lines": -1}, {"id": "a", "region_anchor": "1,1"}]
)
def test_regions_against_the_grammar_are_refused(wrong):
    with pytest.raises(ExportError, match="is no region"):
        Region(**wrong)


def test_a_class_that_is_no_name_is_refused():
    with pytest.raises(ExportError, match="'a b' is no class"):
        webvtt.dumps([HELLO], word_class="a b")


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffWEBVTT - title\nKind: captions\n\n1\n00:00:01.000 --> 00:00:02.500 align:left\nHello\n",
        "WEBVTT\r\n\r\n00:01.000 --> 00:02.500\r\nHello\r\n",
        "WEBVTT\n00:01,000-->00:02,5\nHello",
        (
            "WEBVTT\n\nNOTE\na b\n\nSTYLE\n::cue {}\n\nREGION\nid:x\n\n"
            "00:01.000 --> 00:02.500\n<i>Hel</i><c.x>lo</c>\n\nnot a cue\n"
        ),
        "WEBVTT\n\n00:00.000 --> 00:01.000\n\n1\n00:01.000 --> 00:02.500\nHello\n",
    ],
)
def test_files_as_people_write_them_are_read(text):
    assert webvtt.loads(text) == (HELLO,)


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("a &lt;b&gt; &amp;amp; &nbsp;&rlm;x", Cue(1, 2, ("a <b> &amp; \u00a0\u200fx",))),
        (f"&#{'9' * 5000};x&#{'0' * 5000}65;&#66;", Cue(1, 2, ("\ufffdxAB",))),
        (f"a <{'1' * 5000}:00:01.500>b", Cue(1, 2, ("a b",))),
        ("if a < b & c", Cue(1, 2, ("if a < b & c",))),
        ("go --&gt; there\nno --> text", Cue(1, 2, ("go --> there",))),
        ("<v.loud Ann &amp; Bo>Hi\nyou</v>", Cue(1, 2, ("Hi", "you"), (), "Ann & Bo")),
        ("<v Ann>Hi\n<v Bo>Ho", Cue(1, 2, ("Ann: Hi", "Bo: Ho"))),
        (
            "One <00:00:01.500><c> two\nthree</c>",
            Cue(
                1,
                2,
                ("One  two", "three"),
                (CueWord(0, 0, 3, 1, 1.5), CueWord(0, 5, 8, 1.5, 2), CueWord(1, 0, 5, 1.5, 2)),
            ),
        ),
    ],
)
def test_the_text_of_a_cue_is_understood(text, cue):
    assert webvtt.loads(f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}\n") == (cue,)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "expected WEBVTT, found ''"),
        ("1\n00:01.000 --> 00:02.000\nx", 1, "expected WEBVTT, found '1"),
        (f"WEBVTT\n\n{'1' * 5000}:00:01.000 --> 00:02.000\nx", 3, "expected times such as"),
        ("WEBVTTX", 1, "expected WEBVTT"),
        ("WEBVTT\n\n00:01.000 --> 00:02\nx", 3, "expected times such as"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nx\n\nid\n1.5 --> 2.5\ny", 7, "found '1.5 --> 2.5'"),
    ],
)
def test_what_is_no_webvtt_is_refused_with_its_line(text, line, message):
    with pytest.raises(CaptionError, match=message) as caught:
        webvtt.loads(text)
    assert caught.value.line == line
    assert json.dumps(caught.value.args)


PLAYED = (
    "WEBVTT\n\n00:00.000 --> 00:01.000\nfirst\nfoo --> bar\nlost\n\n00:02.000 --> 00:03.000\nsecond\n00:04.000 -->"
    " 00:05.000\nthird\n \nstill third\n\nid\n00:00:05:000 --> 00:06.000\nbad\n\n1:00:06.000 --> 1:00:07.000\nlast\n"
)


def test_cues_are_those_of_browsers_and_one_bad_block_loses_no_other():
    problems = []
    found = webvtt.loads(PLAYED, problems=problems)
    assert [(cue.start, cue.end, cue.text) for cue in found] == [
        (0.0, 1.0, "first"),
        (2.0, 3.0, "second"),
        (4.0, 5.0, "third\nstill third"),
        (3606.0, 3607.0, "last"),
    ]
    assert [problem.line for problem in problems] == [5, 16]


def test_text_that_belongs_to_no_cue_is_told_with_its_line():
    text = (
        "WEBVTT - a title\nkind: captions\n\nSTYLE\n::cue { color: red }\n\nstray\n\nNOTE\nfine\n\n1\n"
        "00:01.000 --> 00:02.000\n\nkept by nobody\nat all\n\nid\n00:03.000 --> 00:04.000\n \nshown\n\n"
        "NOTE fine\n\ntwo lines\nid\n00:05.000 --> 00:06.000\nlast\n\nbehind\n"
    )
    problems = []
    assert [cue.text for cue in webvtt.loads(text, problems=problems)] == ["shown", "last"]
    assert [problem.line for problem in problems] == [7, 15, 25, 30]
    assert all("players do not show text without times" in str(problem) for problem in problems)
    assert [cue.text for cue in webvtt.loads(text)] == ["shown", "last"]


@given(st.lists(st.sampled_from(["a", "", " ", "NOTE", "STYLE", "id", "00:01.000 --> 00:02.000"]), max_size=12))
def test_every_line_of_text_is_shown_or_told(lines):
    problems = []
    text = "WEBVTT\n\n" + "\n".join(lines)
    assume(not unify_line_ends(text)[1])  # then the whole file is told
    shown = "\n".join(cue.text for cue in webvtt.loads(text, problems=problems)).split("\n")
    told = {problem.line for problem in problems}
    blocks = [[]]
    for number, line in enumerate(lines, 3):
        if line:
            blocks[-1].append((number, line))
        else:
            blocks.append([])
    plain = [block for block in blocks if block and not any("-->" in line for _, line in block)]
    for block in plain:
        is_text = any(line.strip() for _, line in block) and block[0][1] not in {"NOTE", "STYLE"}
        assert (block[0][0] in told) == is_text
    assert shown.count("a") <= lines.count("a")


@pytest.mark.parametrize(
    "times",
    ["00:01,000 --> 00:02.000", "0:01.5 --> 00:02.000", "00:60:01.000 --> 01:00:02.000", "00:58.000 --> 00:60.000"],
)
def test_times_that_players_drop_are_read_and_told(times):
    problems = []
    assert len(webvtt.loads(f"WEBVTT\n\n{times}\na\n")) == 1
    assert len(webvtt.loads(f"WEBVTT\n\n{times}\na\n", problems=problems)) == 1
    assert [problem.line for problem in problems] == [3]
    assert "players drop this cue" in str(problems[0])


@pytest.mark.parametrize("text", ["first\nif a < b & c", "first\n<3", "first\n<b>x</b> <", "first\nx</c"])
def test_text_that_players_hide_is_read_and_told(text):
    problems = []
    file = f"WEBVTT\n\n00:00.000 --> 00:01.000\n{text}\n\n00:02.000 --> 00:03.000\n<i>a</i> <00:02.500>&lt;b\n"
    assert webvtt.loads(file, problems=problems) == webvtt.loads(file)
    assert [problem.line for problem in problems] == [5]
    assert "players hide the text from this < to the next >" in str(problems[0])


def test_a_speaker_that_ends_in_dashes_makes_no_arrow():
    cue = Cue(0.0, 1.0, ("a",), (), "Ann--")
    assert "-->a" not in webvtt.dumps([cue], speakers=True)
    assert webvtt.loads(webvtt.dumps([cue], speakers=True)) == (cue,)
