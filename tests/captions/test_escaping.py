"""Word joiners: put where a reader would trip, nowhere else, and told."""

from __future__ import annotations

import pytest

from clipaudio.captions.cue import Cue
from clipaudio.captions.escaping import escape, find_changes
from clipaudio.errors import ExportError

J = "\u2060"


@pytest.mark.parametrize(
    ("name", "text", "written"),
    [
        ("srt", "go --> there", f"go --{J}> there"),
        ("srt", f"--{J}>", f"--{J}{J}>"),
        ("srt", "<b>x</b>", f"<{J}b>x<{J}/b>"),
        ("srt", "3 < 4 & 5 > 2", "3 < 4 & 5 > 2"),
        ("srt", "{\\an8}", f"{{{J}\\an8}}"),
        ("srt", "at 00:00:05,000", "at 00:00:05,000"),
        ("srt", "00:00:05,000 00:00:06,000", f"00:00:{J}05,000 00:00:{J}06,000"),
        ("srt", "a\n42", f"a\n42{J}"),
        ("srt", "42\na", "42\na"),
        ("webvtt", "go --> <b>", "go --> <b>"),
        ("webvtt", "00:05.000 00:06.000", f"00:{J}05.000 00:{J}06.000"),
        ("ass", r"C:\New\x", rf"C:\{J}New\x"),
        ("ass", r"\{x\}", rf"\{J}{{x\{J}}}"),
        ("ass", "a\\\nb", f"a\\{J}\nb"),
        ("lrc", "[00:01.00]x", f"{J}[00:01.00]x"),
        ("lrc", "a <00:01.00>", f"a <{J}00:01.00>"),
    ],
)
def test_a_joiner_comes_only_where_a_reader_would_trip(name, text, written):
    assert escape(text, name) == written
    assert bool(find_changes([Cue(0, 1, tuple(text.split("\n")))], name)) == (written != text)


@pytest.mark.parametrize(
    ("name", "cue", "kind"),
    [
        ("srt", Cue(0, 1, ("so {x}",)), "brace"),
        ("ttml", Cue(0, 1, ("a\uffffb",)), "not XML"),
        ("ass", Cue(0, 1, ("a",), speaker="Lee, Ann"), "speaker"),
    ],
)
def test_what_a_format_cannot_hold_is_told(name, cue, kind):
    (change,) = find_changes([Cue(0, 1, ("fine",)), cue], name)
    assert (change.index, change.kind) == (1, kind)


@pytest.mark.parametrize("name", ["tsv", "transcript", "words-json", "ttml"])
def test_the_other_formats_hold_everything(name):
    assert find_changes([Cue(0, 1, ("go --> <b> {x} \\N",))], name) == ()


def test_an_unknown_format_names_those_there_are():
    with pytest.raises(ExportError, match="no caption format 'docx'; there are ass, lrc, otio"):
        find_changes([], "docx")
