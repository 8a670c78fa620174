"""CSV of Live Link Face, read by others, by name and by position."""

from __future__ import annotations

import csv
from fractions import Fraction

import numpy as np
import pytest

from clipaudio.errors import ExportError
from clipaudio.lipsync.blendshapes import ARKIT
from clipaudio.lipsync.curves import Curves
from clipaudio.lipsync.formats.livelink import dumps

RNG = np.random.default_rng(3)


def some(fps=60, rows=150, names=ARKIT):
    return Curves(np.arange(rows) / float(fps), names, RNG.random((rows, len(names)), np.float32), fps)


@pytest.mark.parametrize("fps", [24, 60, 100])
def test_another_reader_finds_every_weight_by_its_name(needs, tmp_path, fps):
    reader = needs("openfacefx.importers_csv")
    curves = some(fps)
    path = tmp_path / "face.csv"
    path.write_text(dumps(curves), "utf-8")
    track, warnings = reader.read_csv(str(path), fps=float(fps), epsilon=0.0)
    assert warnings == []
    read = {channel.name: channel for channel in track.channels}
    for column, name in enumerate(ARKIT):
        keys = read[name[0].upper() + name[1:]].keys
        got = np.interp(curves.times, [key.time for key in keys], [key.value for key in keys])
        assert got == pytest.approx(curves.weights[:, column], abs=2e-4)


def test_left_and_right_of_jaw_and_mouth_stand_as_in_a_recording():
    weights = np.array([[0.1, 0.2, 0.3, 0.4]], np.float32)
    curves = Curves(np.zeros(1), ("jawLeft", "jawRight", "mouthLeft", "mouthRight"), weights, 60)
    header, row = csv.reader(dumps(curves).splitlines())
    assert len(header) == len(row) == 63
    assert header[:3] == ["Timecode", "BlendshapeCount", "EyeBlinkLeft"]
    assert row[:2] == ["00:00:00:00.000", "61"]
    assert header[17:19] == ["JawRight", "JawLeft"]
    assert [float(value) for value in row[17:19]] == [0.2, 0.1]
    assert [float(value) for value in row[23:25]] == [0.4, 0.3]
    assert header[-1] == "RightEyeRoll"


@pytest.mark.parametrize(("fps", "last"), [(Fraction(30000, 1001), "00:01:01:10.000"), (60, "00:00:30:40.000")])
def test_timecodes_count_nominal_frames(fps, last):
    assert dumps(some(fps, 1841, ("jawOpen",))).splitlines()[-1].split(",")[0] == last


def test_curves_that_no_face_app_records_are_refused():
    with pytest.raises(ExportError, match="none of the curves PP, aa is a blend shape of Apple's"):
        dumps(some(names=("PP", "aa")))
    with pytest.raises(ExportError, match="the curves have times of their own"):
        dumps(Curves(np.zeros(1), ("jawOpen",), np.zeros((1, 1), np.float32)))


def test_what_is_written_in_stretches_has_no_seam():
    curves = some(Fraction(30000, 1001), 9000, ("jawOpen", "mouthClose"))
    rows = list(csv.reader(dumps(curves).splitlines()))[1:]
    stamps = np.array([list(map(float, row[0].split(":"))) for row in rows])
    assert (stamps @ [108_000, 1800, 30, 1] == np.arange(9000)).all()
    assert [row[19] for row in rows] == [f"{weight:.6f}" for weight in curves.weights[:, 0].tolist()]
