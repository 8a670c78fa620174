"""`clipaudio measure`: levels equal those of the samples, one bad file does not stop the others."""

from __future__ import annotations

import json
import re
import subprocess

import numpy as np
import pytest
import soundfile

from clipaudio.cli.main import main


@pytest.fixture
def tone(tmp_path):
    """One second of a tone at half of full scale, between silence of 0.25 s and 0.5 s."""
    samples = np.concatenate((np.zeros(4000), 0.5 * np.sin(np.arange(16000) * 0.3), np.zeros(8000)))
    soundfile.write(tmp_path / "tone.wav", samples, 16000, "PCM_24")
    return tmp_path / "tone.wav"


def rows(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_levels_are_those_of_the_samples(tone, capsys):
    assert main(["measure", str(tone), "--json"]) == 0
    [row] = rows(capsys)
    assert (row["sample_rate"], row["channels"], row["subtype"], row["clipped"]) == (16000, 1, "PCM_24", 0)
    assert row["duration"] == 1.75
    assert row["peak_db"] == pytest.approx(20 * np.log10(0.5), abs=0.01)
    assert row["leading_silence"] == pytest.approx(0.25, abs=0.001)
    assert row["trailing_silence"] == pytest.approx(0.5, abs=0.001)


def test_levels_are_those_of_sox(tone, capsys, needs):
    sox = needs.program("sox")
    assert main(["measure", str(tone), "--json"]) == 0
    [row] = rows(capsys)
    said = subprocess.run([sox, tone, "-n", "stats"], capture_output=True, text=True, check=True).stderr
    peak, rms = (float(re.search(rf"{name} lev dB\s+(\S+)", said)[1]) for name in ("Pk", "RMS"))
    assert row["peak_db"] == pytest.approx(peak, abs=0.01)
    assert row["rms_db"] == pytest.approx(rms, abs=0.01)


@pytest.mark.parametrize("second", [-1.0, -0.97, 0.0, 1.0])
def test_channels_that_cancel_each_other_are_told_where_sox_finds_little_left(tmp_path, needs, capsys, second):
    """A player with one loudspeaker, and every recogniser, hears next to nothing of them."""
    sox, path = needs.program("sox"), tmp_path / "two.wav"
    voice = 0.5 * np.sin(np.arange(400_000) * 0.3)
    soundfile.write(path, np.stack([voice, second * voice], axis=1), 16000, "PCM_24")
    assert main(["measure", str(path), "--json"]) == 0
    [row] = rows(capsys)
    said = subprocess.run([sox, path, "-n", "remix", "1,2", "stats"], capture_output=True, text=True, check=True).stderr
    is_lost = float(re.search(r"RMS lev dB\s+(\S+)", said)[1]) < row["rms_db"] - 20
    assert row["are_channels_cancelled"] is is_lost is (second < 0)
    assert any("cancel each other" in issue for issue in row["issues"]) is is_lost


def test_people_read_one_line_a_file(tone, capsys):
    soundfile.write(tone.parent / "silence.wav", np.zeros(800, np.int16), 8000)
    assert main(["measure", str(tone.parent)]) == 0
    silent, loud = capsys.readouterr().out.splitlines()
    assert "0.100 s, 8000 Hz, 1 ch, PCM_16, peak -inf dB" in silent
    assert "peak -6.0 dB" in loud


def test_a_bad_file_fails_alone(tone, capsys):
    (tone.parent / "bad.wav").write_bytes(b"<html>")
    assert main(["measure", str(tone.parent / "bad.wav"), str(tone), "--json"]) == 1
    said = capsys.readouterr()
    assert [json.loads(line)["status"] for line in said.out.splitlines()] == ["failed", "done"]
    assert "bad.wav" in said.err
    assert "Traceback" not in said.err


def test_loudness_is_asked_for(tone, capsys, needs):
    needs("pyloudnorm")
    assert main(["measure", str(tone), "--loudness"]) == 0
    assert "LUFS" in capsys.readouterr().out


def test_nothing_found_is_a_wrong_command(tmp_path, capsys):
    assert main(["measure", str(tmp_path)]) == 2
    assert "no audio files" in capsys.readouterr().err


def test_too_long_a_file_is_refused(tone, capsys):
    assert main(["measure", str(tone), "--max-hours", "0.0001"]) == 1
    assert "--max-hours" in capsys.readouterr().err
