"""Timelines of editors: OpenTimelineIO and its adapter for Final Cut Pro 7 read every marker back."""

from __future__ import annotations

import sys
from fractions import Fraction

import pytest

from clipaudio.captions.cue import Cue, CueWord
from clipaudio.captions.formats import otio as format_
from clipaudio.cli.main import main

HOSTILE = ['say "x" & <b>y</b>', "a\tb", "line\nfeed", "]]>", "رب \u202e!", "👩\u200d👧", "\x00bell\x07", "\uffffmark"]
CUES = [
    Cue(row * 2.0, row * 2 + 1.5, (text,), (CueWord(0, 0, len(text), row * 2.0, row * 2 + 0.5),), "Ann")
    for row, text in enumerate(HOSTILE)
] + [Cue(36_000.0, 36_002.0, ("Ten hours",))]
RATES = [Fraction(24), Fraction(25), Fraction(30_000, 1001)]


@pytest.fixture(scope="module")
def otio(needs):
    needs("otio_fcp_adapter")
    return needs("opentimelineio")


def markers(timeline):
    return [
        (one.name, round(one.marked_range.start_time.to_frames()), round(one.marked_range.duration.to_frames()))
        for one in timeline.tracks.markers
    ]


@pytest.mark.parametrize("fps", RATES)
def test_otio_reads_back_captions_words_and_sound(otio, fps):
    text = format_.dumps(CUES, duration=36_010.0, fps=fps, name="clip", sound_file="a b/it's é.wav")
    timeline = otio.adapters.read_from_string(text, "otio_json")
    assert timeline.duration().to_frames() == round(36_010 * fps)
    found = markers(timeline)
    assert [name for name, _, _ in found][:4] == ['say "x" & <b>y</b>', "a b", "line feed", "]]>"]
    assert [(start, length) for _, start, length in found] == [
        (round(cue.start * fps), int(cue.end * fps + Fraction(1, 2)) - int(cue.start * fps + Fraction(1, 2)))
        for cue in CUES
    ]
    (clip,) = timeline.find_clips()
    assert len(clip.markers) == len(HOSTILE)
    assert clip.media_reference.target_url.endswith("/a%20b/it%27s%20%C3%A9.wav")
    assert timeline.tracks.markers[0].metadata["clipaudio"]["speaker"] == "Ann"


def test_the_adapter_reads_back_the_xml_of_final_cut(otio):
    text = format_.dumps(CUES[:-1], duration=20.0, fps=Fraction(25), format="fcp", sound_file="a.wav")
    timeline = otio.adapters.read_from_string(text, "fcp_xml")
    found = otio.adapters.read_from_string(format_.dumps(CUES[:-1], duration=20.0, fps=Fraction(25)), "otio_json")
    sequence = timeline if isinstance(timeline, otio.schema.Timeline) else timeline[0]
    assert markers(sequence) == markers(found)
    (clip,) = sequence.find_clips()
    assert [one.name for one in clip.markers] == [one.name for one in next(iter(found.find_clips())).markers]


def test_a_missing_package_is_told_before_any_work(clips, monkeypatch, capsys):
    clips.add("a")
    monkeypatch.setitem(sys.modules, "opentimelineio", None)
    for command in ("export", "batch"):
        place = [] if command == "export" else ["--out", str(clips.folder / "out")]
        source = clips.folder / "00000.json" if command == "export" else clips.folder
        assert main([command, str(source), "--to", "srt,otio", *place]) == 2
        assert "pip install" in capsys.readouterr().err
    assert {path.suffix for path in clips.folder.iterdir()} == {".json", ".wav"}


def test_without_a_sound_or_a_cue_the_timeline_is_still_read(otio):
    for form, adapter in (("otio", "otio_json"), ("fcp", "fcp_xml")):
        text = format_.dumps([], duration=1.0, fps=Fraction(24), format=form)
        assert otio.adapters.read_from_string(text, adapter) is not None
