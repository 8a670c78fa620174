"""A style is one value; each format carries what it can, and the notes name what it cannot."""

from __future__ import annotations

import pickle
import subprocess
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import ass, ass_style, ttml, webvtt, webvtt_style
from clipaudio.captions.style import POSITIONS, STYLES, CaptionStyle, change_style, find_style, parse_resolution
from clipaudio.cli.main import main
from clipaudio.errors import ExportError
from clipaudio.export import FORMATS, ExportContext, find_format
from clipaudio.export.options import LOOKS, Options
from clipaudio.timing.aligned import align
from clipaudio.timing.timeline import Timeline

TEXT = "Hello there. This is what a caption looks like."
LONG = Cue(0, 1, ("This is what a caption", "looks like, with commas,"))
SIDES = st.integers(64, 4000)


def spoken(**options):
    line = Timeline(tuple(TEXT), [[i / 15, (i + 1) / 15] for i in range(len(TEXT))])
    return ExportContext(aligned=align(line, language="en"), options=Options.of(options))


@given(st.sampled_from(sorted(STYLES)), SIDES, SIDES)
def test_a_preset_keeps_its_shares_in_a_picture_of_any_size(name, width, height):
    style = find_style(name)
    other = change_style(style, {"resolution": (width, height)})
    assert other.margin_shares == pytest.approx(style.margin_shares, abs=1e-4)
    sides = min(width, height), min(style.resolution)
    half_a_pixel = sum(0.5 / side for side in sides)  # each size is whole pixels
    assert other.font_pixels / sides[0] == pytest.approx(style.font_pixels / sides[1], abs=half_a_pixel)
    assert pickle.loads(pickle.dumps(other)) == other


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"resolution": "1080"}, "expected width and height"),
        ({"resolution": (0, 9)}, "from 16 to 16384"),
        ({"resolution": "99999x99999"}, "from 16 to 16384"),
        ({"font": "a,b"}, "name of one font family"),
        ({"font": "a\nb"}, "name of one font family"),
        ({"font": 'x"; } ::cue{'}, "name of one font family"),
        ({"colour": "reddish"}, "expected #rrggbb"),
        ({"box": "#12345"}, "expected #rrggbb"),
        ({"position": "centre"}, "expected one of bottom-left"),
        ({"size": "5 em"}, "percent"),
        ({"size": "nan"}, "percent"),
        ({"size": 0}, "percent"),
        ({"margin": "50%"}, "less than half"),
        ({"margin": -1}, "less than half"),
        ({"outline": float("inf")}, "less than half"),
    ],
)
def test_values_that_are_no_style_are_refused(wrong, message):
    with pytest.raises(ExportError, match=message):
        CaptionStyle(**wrong)


def test_a_style_that_nobody_knows_is_told():
    with pytest.raises(ExportError, match="no style 'vimeo'; there are youtube, shorts, tiktok, podcast"):
        find_style("vimeo")
    assert parse_resolution("1920×1080") == (1920, 1080)


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_pysubs2_reads_the_style_from_ass(needs, style):
    file = needs("pysubs2").SSAFile.from_string(ass.dumps([LONG], **ass_style.dress(style)))
    read = file.styles["Default"]
    assert (int(file.info["PlayResX"]), int(file.info["PlayResY"])) == style.resolution
    assert (read.fontname, read.fontsize, read.bold) == (style.font, style.font_pixels, style.bold)
    assert (read.marginl, read.marginr, read.marginv) == (style.margin_pixels[0], *style.margin_pixels)
    assert int(read.alignment) == style.alignment
    assert read.borderstyle == (3 if style.box else 1)


@pytest.mark.parametrize("position", POSITIONS)
def test_ttconv_reads_place_and_look_from_ttml(needs, position):
    needs("ttconv.imsc.reader")
    from ttconv.imsc.reader import to_model
    from ttconv.style_properties import DisplayAlignType, StyleProperties, TextAlignType

    style = CaptionStyle(position=position, margin="10%", side_margin="5%", colour="yellow", size="5%", bold=True)
    model = to_model(ET.ElementTree(ET.fromstring(ttml.dumps([LONG], style=style))))
    (region,) = model.iter_regions()
    origin, extent = region.get_style(StyleProperties.Origin), region.get_style(StyleProperties.Extent)
    assert (origin.x.value, origin.y.value) == pytest.approx((5, 10))
    assert (extent.width.value, extent.height.value) == pytest.approx((90, 80))
    rows = {"top": DisplayAlignType.before, "middle": DisplayAlignType.center, "bottom": DisplayAlignType.after}
    assert region.get_style(StyleProperties.DisplayAlign) is rows[style.row]
    sides = {"left": TextAlignType.start, "center": TextAlignType.center, "right": TextAlignType.end}
    body = model.get_body()
    assert body.get_style(StyleProperties.Color).components == (255, 255, 0, 255)
    assert body.get_style(StyleProperties.FontSize).value == pytest.approx(75)
    align = body.get_style(StyleProperties.TextAlign)
    assert align in {sides[style.side], getattr(TextAlignType, style.side, None)}


def test_cues_of_webvtt_stand_above_the_margin_whatever_their_lines():
    style = CaptionStyle(margin="20%", size="5.333%", resolution=(1000, 1000))
    look = webvtt_style.dress(style)
    one, two = (str(look["settings"](Cue(0, 1, lines))) for lines in (("a",), ("a", "b")))
    assert one.startswith("line:-5 ")
    assert two.startswith("line:-6 ")
    assert webvtt.loads(webvtt.dumps([LONG], **look))[0].lines == LONG.lines


@pytest.fixture
def ink(needs, tmp_path):
    """Return a function that lets libass draw a style on black and returns the edges of the text."""

    def run(style):
        width, height = style.resolution
        (tmp_path / "cue.ass").write_text(ass.dumps([LONG], **ass_style.dress(style)), encoding="utf-8")
        source = ["-f", "lavfi", "-i", f"color=black:s={width}x{height}:r=10:d=1", "-vf", "ass=cue.ass"]
        command = [needs.program("ffmpeg"), "-v", "error", *source, "-frames:v", "1", "-f", "rawvideo"]
        out = subprocess.run([*command, "-pix_fmt", "gray", "-"], check=True, capture_output=True, cwd=tmp_path).stdout
        picture = np.frombuffer(out, np.uint8).reshape(height, width) > 128
        rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
        return rows[0], rows[-1], columns[0], columns[-1]

    return run


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_libass_draws_each_preset_inside_its_margins(ink, style):
    top, bottom, left, right = ink(style)
    width, height = style.resolution
    side, vertical = style.margin_pixels
    assert side <= left < right < width - side
    assert (vertical if style.row == "top" else 0) <= top
    assert bottom < height - (vertical if style.row == "bottom" else 0)


def test_presets_keep_clear_of_the_buttons_of_the_apps(ink):
    for name, clear in (("tiktok", (250, 420, 170)), ("shorts", (250, 480, 170))):
        top, bottom, _, right = ink(find_style(name))
        assert top > clear[0]
        assert bottom < 1920 - clear[1]
        assert right < 1080 - clear[2]


@pytest.mark.parametrize("row", [row for row in FORMATS if row.has_cues and row.is_plain], ids=lambda row: row.name)
def test_every_caption_format_tells_what_it_cannot_carry(row):
    told = " ".join(row.notes(spoken(style="tiktok")))
    assert ("the player decides" in told) is not _carries(row)
    assert "style" not in " ".join(row.notes(spoken()))


def _carries(row):
    """Return whether the row carries all of the style that concerns it."""
    wanted = set(LOOKS) - {"resolution", "box"} - ({"highlight"} if not row.has_words else set())
    return wanted <= set(row.looks.split())


def test_a_single_value_is_a_style_of_its_own():
    source = spoken(size=90, resolution="1080x1920")
    assert "Style: Default,Arial,90," in find_format("ass").dumps(source)
    assert "PlayResX: 1080\nPlayResY: 1920" in find_format("ass").dumps(source)
    assert find_format("srt").notes(source) == ("srt holds no style: the player decides how the captions look",)
    assert find_format("ass").dumps(spoken(box="none", style="youtube")).count(",3,") < 2


def test_a_style_brings_the_limits_that_fit_unless_a_profile_is_named():
    assert [len(spoken(style=name).cues[-1].lines) for name in ("tiktok", "youtube")] == [1, 1]
    assert max(len(line) for cue in spoken(style="tiktok").cues for line in cue.lines) <= 24
    assert Options(style="tiktok", profile="bbc").limits().name == "bbc"


@given(st.integers(8, 60), st.integers(1, 4), st.integers(1, 9))
def test_limits_hold_over_any_profile_and_language(max_chars, max_lines, max_words):
    options = {"max_chars": max_chars, "max_lines": max_lines, "max_words": max_words}
    for cue in spoken(profile="netflix", **options).cues:
        assert len(cue.lines) <= max_lines
        assert len(cue.text.split()) <= max_words
        assert all(len(line) <= max_chars for line in cue.lines)


def test_limits_that_contradict_each_other_are_refused():
    with pytest.raises(ExportError, match="max_duration"):
        Options(max_duration=0.5).check()
    assert Options(cps=11, profile="netflix").limits().for_language("en").reading_speed == 11


def test_the_command_line_takes_a_style_and_values_over_it(clips):
    clips.add("a")
    words = ["export", str(clips.folder / "00000.json"), "--to", "ass", "--style", "tiktok", "--resolution", "720x1280"]
    assert main([*words, "--size", "50", "--colour", "yellow", "--max-words", "1"]) == 0
    text = (clips.folder / "00000.ass").read_text("utf-8")
    assert "PlayResX: 720" in text
    assert "Style: Default,Arial,50,&H0000FFFF," in text
    assert text.count("Dialogue:") == 2


@pytest.mark.parametrize("wrong", [["--style", "vimeo"], ["--size", "big"], ["--picture", "cat"], ["--margin", "60%"]])
def test_the_command_line_refuses_what_is_no_style_before_any_work(clips, wrong, capsys):
    clips.add("a")
    assert main(["export", str(clips.folder / "00000.json"), "--to", "ass", *wrong]) == 2
    assert wrong[1] in capsys.readouterr().err
    assert not (clips.folder / "00000.ass").exists()
