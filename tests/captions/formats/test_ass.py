"""ASS: whole centiseconds, karaoke and highlights that meet, text as libass reads it."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest

from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.formats import ass
from clipaudio.captions.formats.ass_style import Style, format_colour, format_style
from clipaudio.errors import ExportError

OH_NO = Cue(
    0.5, 2.0, ("Oh, no", "you"), (CueWord(0, 0, 2, 0.6, 0.9), CueWord(0, 4, 6, 1.1, 1.5), CueWord(1, 0, 3, 1.6, 1.8))
)
PAST, NOW, NEXT = (format_colour(colour) for colour in (Style().colour, Style().current_colour, Style().future_colour))


def events(text):
    return [line.removeprefix("Dialogue: ").split(",", 9) for line in text.splitlines() if line.startswith("Dialogue")]


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (59.9996, 61.0, ("0:01:00.00", "0:01:01.00")),
        (36_000.5, 36_001.004, ("10:00:00.50", "10:00:01.00")),
        (360_000.5, 360_001, ("100:00:00.50", "100:00:01.00")),
        (1.001, 1.002, ("0:00:01.00", "0:00:01.01")),
    ],
)
def test_times_are_rounded_once_and_have_no_upper_limit(start, end, shown):
    ((_, *times, _, _, _, _, _, _, _),) = events(ass.dumps([Cue(start, end, ("x",))]))
    assert tuple(times) == shown


@pytest.mark.parametrize("tag", ["k", "kf"])
def test_karaoke_counts_from_the_start_of_the_cue(tag):
    (event,) = events(ass.dumps([OH_NO], words=tag))
    assert event[9] == rf"{{\k10}}{{\{tag}50}}Oh, {{\{tag}50}}no\N{{\{tag}20}}you"


def test_a_word_spoken_at_once_needs_no_wait():
    (event,) = events(ass.dumps([Cue(0, 1, ("a",), (CueWord(0, 0, 1, 0.0, 0.5),))], words="k"))
    assert event[9] == r"{\k50}a"


def test_each_word_is_highlighted_in_its_time_and_the_rest_is_past_or_future():
    assert [(event[1], event[2], event[9]) for event in events(ass.dumps([OH_NO], words="highlight"))] == [
        ("0:00:00.50", "0:00:00.60", rf"{NEXT}Oh, no\Nyou"),
        ("0:00:00.60", "0:00:01.10", rf"{NOW}Oh, {NEXT}no\Nyou"),
        ("0:00:01.10", "0:00:01.60", rf"{PAST}Oh, {NOW}no\N{NEXT}you"),
        ("0:00:01.60", "0:00:01.80", rf"{PAST}Oh, no\N{NOW}you"),
        ("0:00:01.80", "0:00:02.00", rf"{PAST}Oh, no\Nyou"),
    ]


def test_words_that_begin_together_are_highlighted_together():
    words = (CueWord(0, 0, 1, 0.0, 0.4), CueWord(0, 2, 3, 0.001, 0.4), CueWord(0, 4, 5, 0.4, 1.0))
    found = [event[9] for event in events(ass.dumps([Cue(0, 1, ("a b c",), words)], words="highlight"))]
    assert found == [f"{NOW}a b {NEXT}c", f"{PAST}a b {NOW}c"]


def test_a_cue_without_words_is_plain_in_every_way():
    for words in ("plain", "k", "kf", "highlight"):
        assert [event[9] for event in events(ass.dumps([Cue(0, 1, ("a", "b"))], words=words))] == [r"a\Nb"]


def test_place_picture_title_and_speaker_stand_where_they_belong():
    cue = Cue(0, 1, ("a",), speaker="Lee, Ann")
    text = ass.dumps(
        [cue], position=(10, 20.5), resolution=(1080, 1920), title=" My\nclip ", style=Style(name="Top", alignment=8)
    )
    assert "Title: My clip\n" in text
    assert "PlayResX: 1080\nPlayResY: 1920\n" in text
    assert text.endswith(r"Dialogue: 0,0:00:00.00,0:00:01.00,Top,Lee; Ann,0,0,0,,{\pos(10,20.5)}a" + "\n")


def test_a_style_is_read_by_pysubs2_as_it_was_meant(needs):
    style = Style(
        font="Noto Sans", size=48.5, colour="#10203040", bold=True, boxed=True, margins=(1, 2, 3), alignment=5
    )
    read = needs("pysubs2").SSAFile.from_string(ass.dumps([OH_NO], style=style)).styles["Default"]
    assert (read.fontname, read.fontsize, read.bold, read.italic, read.borderstyle) == (
        "Noto Sans",
        48.5,
        True,
        False,
        3,
    )
    colour = read.primarycolor
    assert (colour.r, colour.g, colour.b, colour.a) == (0x10, 0x20, 0x30, 255 - 0x40)
    assert (read.marginl, read.marginr, read.marginv, int(read.alignment)) == (1, 2, 3, 5)
    assert format_style(style).count(",") == 22


@pytest.mark.parametrize(
    "wrong", [{"colour": "red"}, {"back_colour": "#12345"}, {"name": "a,b"}, {"font": " "}, {"alignment": 0}]
)
def test_a_style_that_would_break_its_line_is_refused(wrong):
    with pytest.raises(ExportError, match="expected"):
        Style(**wrong)


@pytest.mark.parametrize(
    ("wrong", "message"), [({"words": "bounce"}, "words is 'bounce'"), ({"resolution": (0, 9)}, "above 0")]
)
def test_options_that_are_none_are_refused(wrong, message):
    with pytest.raises(ExportError, match=message):
        ass.dumps([OH_NO], **wrong)


@pytest.fixture
def draw(needs, tmp_path):
    """Return a function that lets libass draw a cue, on black."""

    def run(text):
        (tmp_path / "cue.ass").write_text(text, encoding="utf-8")
        source = ["-f", "lavfi", "-i", "color=black:s=640x160:r=10:d=1", "-vf", "ass=cue.ass", "-frames:v", "1"]
        command = [needs.program("ffmpeg"), "-v", "error", *source, "-f", "rawvideo", "-pix_fmt", "gray", "-"]
        out = subprocess.run(command, check=True, capture_output=True, cwd=tmp_path).stdout
        return np.frombuffer(out, np.uint8).reshape(160, 640)

    return run


def page(text):
    return ass.dumps([Cue(0, 1, (text,))], style=Style(size=30, outline=0), resolution=(640, 160))


def rows_and_columns(picture):
    """Count the columns with ink, and the bands of rows with ink: the lines."""
    rows = (picture > 128).any(axis=1).astype(int)
    return int((np.diff(rows, prepend=0) == 1).sum()), int((picture > 128).any(axis=0).sum())


def test_libass_draws_braces_and_backslashes_as_they_are(draw):
    for literal, wide in (("a } b", "a ｝ b"), ("a {x} b", "a ｛x｝ b"), (r"a {\an8}", r"a ｛\an8｝")):
        assert (draw(page(literal)) == draw(page("MARK").replace("MARK", wide))).all()  # the joiners have no width
    joined = page("MARK").replace("MARK", "C:\\\u2060x")  # a joiner has no width
    assert (draw(joined) == draw(page(r"C:\x"))).all()
    one, wide = rows_and_columns(draw(page(r"HH\NNHH{\an8}")))
    assert (one, rows_and_columns(draw(page("HH\nNHH")))[0]) == (1, 2)
    assert wide > rows_and_columns(draw(page("HHNNHHan8")))[1]
