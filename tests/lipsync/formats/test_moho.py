"""Switch tracks of Moho, read by others."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.errors import ExportError
from clipaudio.lipsync.formats.moho import dumps
from clipaudio.timing.timeline import Timeline

RATES = [Fraction(24000, 1001), 24, Fraction(30000, 1001), 60, 100]
LINE = Timeline("XDCBX", [[0, 0.05], [0.05, 0.27], [0.27, 0.31], [0.31, 0.42], [0.42, 0.47]])


def test_frames_are_those_of_the_tool():
    assert dumps(LINE) == "MohoSwitch1\n1 X\n2 D\n7 C\n8 B\n11 X\n12 X\n"
    assert dumps(LINE, extended="GH") == "MohoSwitch1\n1 A\n2 D\n7 C\n8 B\n11 A\n12 A\n"
    assert dumps(LINE, use_preston_blair=True) == "MohoSwitch1\n1 rest\n2 AI\n7 E\n8 etc\n11 rest\n12 rest\n"
    assert dumps(Timeline("AX", [[0, 0.01], [0.01, 0.02]])) == "MohoSwitch1\n1 A\n2 X\n"  # no frame twice
    assert dumps(Timeline.empty()) == "MohoSwitch1\n1 X\n"


@given(
    st.lists(st.tuples(st.sampled_from("ABCDEFGHX"), st.floats(0.001, 2)), min_size=1),
    st.sampled_from(RATES),
    st.booleans(),
)
def test_another_reader_finds_each_frame_once_and_the_end(needs, spans, fps, use_preston_blair):
    reader = needs("openfacefx.importers")
    now, labels, times = 0.0, [], []
    for label, length in spans:
        labels.append(label)
        times.append([now, now + length])
        now += length
    text = dumps(Timeline(labels, times), fps=fps, use_preston_blair=use_preston_blair)
    intervals, duration = reader.parse_moho_dat(text, float(fps))
    assert now - 1 / float(fps) - 1e-6 <= duration <= now + 1 / float(fps) + 1e-6
    for start, end, _ in intervals:
        assert end - start >= 1 / float(fps) - 1e-6
    assert intervals[0][0] == 0


@pytest.mark.parametrize("use_preston_blair", [False, True])
def test_the_whole_road_of_another_program_takes_the_file(needs, tmp_path, use_preston_blair):
    reader = needs("openfacefx.importers")
    path = tmp_path / "mouth.dat"
    every = Timeline("XABCDEFGH", [[i / 10, (i + 1) / 10] for i in range(9)])
    path.write_text(dumps(every, use_preston_blair=use_preston_blair), "utf-8")
    track, _ = reader.import_cues(str(path), fps=24)
    assert track.duration == pytest.approx(0.9, abs=0.05)
    assert {channel.name for channel in track.channels} > {"PP", "FF", "aa"}


@pytest.mark.parametrize("fps", RATES)
def test_a_closure_of_one_video_frame_is_never_lost(fps):
    least = 1 / float(fps) + 1e-6
    for step in range(50):
        start = 0.5 + step * least / 50
        text = dumps(Timeline("DAD", [[0, start], [start, start + least], [start + least, 2]]), fps=fps)
        assert [line.split()[1] for line in text.splitlines()[1:-1]] == ["D", "A", "D"]


@pytest.mark.parametrize("fps", [12, 23.9, 120, float("nan")])
def test_rates_the_tool_does_not_take_are_refused(fps):
    with pytest.raises(ExportError, match=r"the frame rate is .*; expected one from 23.976 to 100"):
        dumps(LINE, fps=fps)
