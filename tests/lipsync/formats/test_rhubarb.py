"""Rhubarb's three formats, read by others."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ExportError
from clipaudio.lipsync.formats.rhubarb import dumps
from clipaudio.timing.timeline import Timeline

HOSTILE = 'C:\\a\t"b" <c> & ]]> ü,;|\x00\x0b\ud800.wav'


@st.composite
def shapes(draw):
    spans = draw(st.lists(st.tuples(st.sampled_from("ABCDEFGHX"), st.floats(0.001, 2)), min_size=1, max_size=20))
    now, labels, times = 0.0, [], []
    for label, length in spans:
        labels.append(label)
        times.append([now, now + length])
        now += length
    return Timeline(labels, times)


@given(shapes(), st.sampled_from(["tsv", "xml", "json"]))
def test_cues_are_contiguous_hundredths_that_another_reader_understands(needs, line, kind):
    reader = needs("openfacefx.importers")
    text = dumps(line, format=kind, sound_file=HOSTILE)
    intervals, duration = getattr(reader, f"parse_rhubarb_{kind}")(text)
    assert duration <= line.ends[-1] + 1e-6 < duration + 0.011
    now = 0.0
    for start, end, shape in intervals:
        assert start == now
        assert start < end or duration == 0
        now = end
        middle = (start + end) / 2
        if end - start > 0.011:  # else the hundredths around it may belong to its neighbour
            near = line[(line.starts - 0.011 <= middle) & (middle <= line.ends + 0.011)]
            assert shape in near.labels
    assert now == duration


@pytest.mark.parametrize("kind", ["tsv", "xml", "json"])
def test_the_whole_road_of_another_program_takes_the_file(needs, tmp_path, kind):
    reader = needs("openfacefx.importers")
    path = tmp_path / f"cues.{kind}"
    path.write_text(dumps(Timeline("XABCDEFGH", [[i / 10, (i + 1) / 10] for i in range(9)]), format=kind), "utf-8")
    track, _ = reader.import_cues(str(path))
    assert track.duration == pytest.approx(0.9, abs=0.02)
    assert {channel.name for channel in track.channels} > {"PP", "FF", "aa"}


def test_hostile_paths_are_told_as_they_are_or_without_what_the_format_cannot_say():
    line = Timeline("A", [[0, 1]])
    made = dumps(line, sound_file=HOSTILE)
    assert made.isascii()
    assert json.loads(made)["metadata"]["soundFile"] == HOSTILE
    told = ET.fromstring(dumps(line, format="xml", sound_file=HOSTILE)).findtext("metadata/soundFile")
    assert told == 'C:\\a "b" <c> & ]]> ü,;| �.wav'
    assert "wav" not in dumps(line, format="tsv", sound_file=HOSTILE)


def test_the_xml_is_laid_out_as_the_tool_does():
    assert dumps(Timeline("XD", [[0, 0.05], [0.05, 0.471]]), format="xml", sound_file="/a/hi.wav") == (
        '<?xml version="1.0" encoding="utf-8"?>\n<rhubarbResult>\n  <metadata>\n    <soundFile>/a/hi.wav</soundFile>\n'
        "    <duration>0.47</duration>\n  </metadata>\n  <mouthCues>\n"
        '    <mouthCue start="0.00" end="0.05">X</mouthCue>\n'
        '    <mouthCue start="0.05" end="0.47">D</mouthCue>\n  </mouthCues>\n</rhubarbResult>\n'
    )


@pytest.mark.parametrize("line", [Timeline("D", [[0, 0.004]]), Timeline.empty()])
def test_a_clip_too_short_for_a_hundredth_is_one_empty_rest(line):
    assert json.loads(dumps(line))["mouthCues"] == [{"start": 0.0, "end": 0.0, "value": "X"}]
    assert ET.fromstring(dumps(line, format="xml")).find("mouthCues/mouthCue").attrib == {
        "start": "0.00",
        "end": "0.00",
    }
    assert dumps(line, format="tsv") == "0.00\tX\n"


def test_shapes_that_are_not_drawn_have_stand_ins():
    line = Timeline("GAHCX", [[i, i + 1] for i in range(5)])
    assert dumps(line, format="tsv", extended="") == "0.00\tA\n2.00\tC\n4.00\tA\n5.00\tA\n"
    assert dumps(line, format="tsv", extended="H") == "0.00\tA\n2.00\tH\n3.00\tC\n4.00\tA\n5.00\tA\n"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (Timeline(("A", "\t"), [[0, 1], [1, 2]]), r"mouth shape 1 is '\\t', which is not one of Rhubarb's: A B C"),
        (
            Timeline("AB", [[0, 1], [1.5, 2]]),
            r"mouth shape 1 \('B'\) is at 1.5-2.0 s but the one before it ends at 1.0",
        ),
        (Timeline("A", [[0.5, 1]]), "expected shapes from 0 to the end without a gap"),
        (Timeline("A", [[0, float("inf")]]), "expected shapes from 0 to the end without a gap"),
        (Timeline("A", [[float("nan"), 1]]), "expected shapes from 0 to the end without a gap"),
    ],
)
def test_what_is_no_track_of_its_shapes_is_refused_by_row(line, message):
    with pytest.raises(ExportError, match=message) as caught:
        dumps(line)
    assert caught.value.index == len(line) - 1


def test_a_format_it_does_not_have_is_refused():
    with pytest.raises(ExportError, match="format 'dat' is not one of Rhubarb's: tsv, xml, json"):
        dumps(Timeline.empty(), format="dat")
