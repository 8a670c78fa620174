"""The convert command: inputs found, outputs named, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from clipaudio.audio.decode import read_audio
from clipaudio.audio.encode import encode
from clipaudio.cli.main import main, make_parser

SOUND = encode(np.sin(np.arange(4410) / 9) / 2, 44_100)


def run(*words):
    options = make_parser().parse_args(["convert", *map(str, words)])
    return options.run(options)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    for name in ("a.wav", "b.wav", "deep/a.wav"):
        (tmp_path / "in" / name).write_bytes(SOUND)
    (tmp_path / "in" / "notes.txt").write_text("no audio")
    return tmp_path


def test_a_folder_is_searched_whole_and_keeps_its_shape(folder, capsys):
    assert run(folder / "in", "--out", folder / "out", "--sample-rate", "16_000") == 0
    written = sorted(path.relative_to(folder / "out").as_posix() for path in (folder / "out").rglob("*.wav"))
    assert written == ["a.wav", "b.wav", "deep/a.wav"]
    printed = capsys.readouterr()
    assert printed.out.split() == [str(folder / "out" / name) for name in written]
    assert printed.err == ""
    assert read_audio(folder / "out" / "deep" / "a.wav").sample_rate == 16_000


def test_globs_are_expanded_by_us_and_each_file_comes_once(folder, capsys):
    assert run(folder / "in" / "*.wav", folder / "in" / "a.wav", "--out", folder / "out", "--format", "flac") == 0
    assert len(capsys.readouterr().out.split()) == 2
    assert read_audio(folder / "out" / "b.flac").format == "FLAC"


def test_one_input_may_name_its_output_file(folder):
    assert run(folder / "in" / "a.wav", "--out", folder / "x.mp3") == 0
    assert read_audio(folder / "x.mp3").format == "MP3"


def test_a_row_of_json_for_each_input_and_exit_1_when_one_fails(folder, capsys):
    (folder / "in" / "b.wav").write_bytes(b"<html>expired</html>")
    loud = encode(np.full(100, 1.5), 8000, subtype="FLOAT")[:-8]
    (folder / "in" / "c.wav").write_bytes(loud)
    assert run(folder / "in", "--out", folder / "out", "--json", "--subtype", "pcm_16") == 1
    printed = capsys.readouterr()
    rows = list(map(json.loads, printed.out.splitlines()))
    assert [row["status"] for row in rows] == ["done", "failed", "done", "done"]
    assert "a document instead of audio" in rows[1]["error"]
    assert rows[2]["clipped"] == 98
    assert "98 samples clipped" in printed.err
    assert "truncated: 400 bytes promised" in printed.err
    assert "1 of 4 failed" in printed.err


def test_two_inputs_never_share_an_output(folder, capsys):
    assert run(folder / "in" / "a.wav", folder / "in" / "deep" / "a.wav", "--out", folder / "out") == 1
    assert "is already that of" in capsys.readouterr().err


def test_a_missing_input_fails_alone(folder, capsys):
    assert run(folder / "none.wav", folder / "in" / "a.wav", "--out", folder / "out") == 1
    assert run(folder / "none.wav", "--out", folder / "out", "--dry-run") == 1
    assert "no such file" in capsys.readouterr().err
    assert (folder / "out" / "a.wav").exists()


def test_a_dry_run_writes_nothing(folder, capsys):
    assert run(folder / "in", "--out", folder / "out", "--dry-run", "--json") == 0
    assert {row["status"] for row in map(json.loads, capsys.readouterr().out.splitlines())} == {"planned"}
    assert not (folder / "out").exists()


def test_existing_outputs_are_left_when_asked(folder):
    (folder / "out").mkdir()
    (folder / "out" / "a.wav").write_bytes(b"mine")
    assert run(folder / "in", "--out", folder / "out", "--skip-existing") == 0
    assert (folder / "out" / "a.wav").read_bytes() == b"mine"
    assert (folder / "out" / "b.wav").exists()


def test_a_wrong_command_line_exits_2(folder, capsys):
    assert run(folder / "in", "--out", folder / "x.wav") == 2
    assert "3 inputs: name a folder" in capsys.readouterr().err
    assert run(folder / "in" / "a.wav", "--out", folder / "x.wav", "--format", "mp3") == 2
    assert "does not end in .mp3" in capsys.readouterr().err
    assert run(folder / "*.ogg", "--out", folder / "out") == 2
    assert "no audio files in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--sample-rate", "0", "expected a whole number from 1 to"),
        ("--subtype", "PCM_12", "unknown subtype"),
        ("--sample-rate", "x", "expected a whole number"),
    ],
)
def test_a_wrong_value_exits_2(option, value, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        run("a.wav", "--out", "b", option, value)
    assert message in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are of POSIX")
def test_a_terminal_sees_a_count_that_wipes_itself_and_a_pipe_sees_none(folder):
    import pty

    command = [sys.executable, "-m", "clipaudio", "convert", str(folder / "in"), "--out", str(folder / "out")]
    ours, theirs = pty.openpty()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    seen = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "1 of 3" in seen
    assert seen.endswith("\r\x1b[K")
    assert len(done.stdout.splitlines()) == 3
    piped = subprocess.run(command, check=True, capture_output=True)
    assert piped.stderr == b""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--quality", "2"], "expected 0 (best) to 1 (smallest)"),
        (["--jobs", "x"], "expected a whole number"),
        (["--jobs", "0"], "expected a whole number from 1"),
        (["--overwrite", "--skip-existing"], "not allowed"),
    ],
)
def test_options_that_make_no_sense_exit_2(words, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        run("a.wav", "--out", "b", *words)
    assert message in capsys.readouterr().err


def test_a_second_run_does_not_convert_what_the_first_wrote_below_its_inputs(tmp_path):
    (tmp_path / "in" / "sub").mkdir(parents=True)
    for name in ("a.wav", "sub/b.wav"):
        (tmp_path / "in" / name).write_bytes(encode([0.0] * 800, 8000))
    for _ in range(2):
        assert main(["convert", str(tmp_path / "in"), "--out", str(tmp_path / "in" / "out")]) == 0
    found = sorted(path.relative_to(tmp_path / "in").as_posix() for path in tmp_path.rglob("*.wav"))
    assert found == ["a.wav", "out/a.wav", "out/sub/b.wav", "sub/b.wav"]


def test_what_an_earlier_run_wrote_below_a_pattern_is_no_input_of_it(folder, capsys):
    for _ in range(2):
        assert run(folder / "in/**/b.wav", "--out", folder / "in" / "out") == 0
        assert capsys.readouterr().out.split() == [str(folder / "in" / "out" / "b.wav")]
    assert run(folder / "in" / "out" / "*.wav", "--out", folder / "in" / "out") == 0


def test_hidden_files_are_found_by_their_names_alone(folder, capsys):
    (folder / "in" / "._a.wav").write_bytes(b"a Mac's notes on a.wav")
    (folder / "in" / ".hidden").mkdir()
    (folder / "in" / ".hidden" / "c.wav").write_bytes(SOUND)
    assert run(folder / "in", folder / "in/**/*.wav", "--out", folder / "out", "--dry-run") == 0
    assert len(capsys.readouterr().out.split()) == 3
    assert run(folder / "in" / ".hidden", folder / "in/.hid*/*.wav", "--out", folder / "out") == 0
    assert capsys.readouterr().out.split() == [str(folder / "out" / "c.wav")]


def test_a_file_whose_name_reads_as_a_pattern_is_that_file(folder, capsys):
    (folder / "in" / "[ab].wav").write_bytes(SOUND)
    assert run(folder / "in" / "[ab].wav", "--out", folder / "out") == 0
    assert capsys.readouterr().out.split() == [str(folder / "out" / "[ab].wav")]


@pytest.mark.skipif(os.name != "posix", reason="links need a right on Windows")
def test_a_place_that_cannot_be_looked_at_fails_and_the_rest_is_converted(folder, capsys):
    (folder / "in" / "round.wav").symlink_to(folder / "in" / "round.wav")
    assert run(folder / "in", "--out", folder / "out", "--json") == 1
    printed = capsys.readouterr()
    *rows, last = map(json.loads, printed.out.splitlines())
    assert [row["status"] for row in rows] == ["done"] * 3
    assert (last["source"], last["target"], last["status"]) == (str(folder / "in" / "round.wav"), None, "failed")
    assert "1 of 4 failed" in printed.err
    assert run(folder / "in" / "r*.wav", "--out", folder / "out") == 1
    assert "a symbolic link leads to itself" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="links need a right on Windows")
def test_a_place_that_cannot_be_looked_at_is_told_of_once(folder, capsys):
    (folder / "in" / "round.wav").symlink_to(folder / "in" / "round.wav")
    assert run(folder / "in", folder / "in", folder / "in/r*.wav", "--out", folder / "out") == 1
    said = capsys.readouterr().err
    assert said.count("a symbolic link leads to itself") == 1
    assert said.endswith("1 of 4 failed; the messages above say why\n")


def test_an_input_nobody_may_look_at_does_not_stop_the_others(folder, tmp_path, monkeypatch, capsys):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")  # the pattern is searched from here
    long = "a" * 300 + ".wav"  # which raises where a path is asked what it is, as a folder that is locked does
    assert run(long, "*" * 300 + "/*.wav", folder / "in" / "a.wav", "--out", folder / "out", "--json") == 1
    rows = list(map(json.loads, capsys.readouterr().out.splitlines()))
    assert [row["status"] for row in rows] == ["failed", "done"]
    assert "the name is too long; choose a shorter one" in rows[0]["error"]


def test_in_place_a_folder_is_its_own_output(tmp_path):
    (tmp_path / "a.wav").write_bytes(encode([0.0] * 800, 8000))
    for rate in (16_000, 4000):
        assert main(["convert", str(tmp_path), "--out", str(tmp_path), "--sample-rate", str(rate)]) == 0
        assert read_audio(tmp_path / "a.wav").sample_rate == rate


def test_m4a_in_a_folder_is_not_passed_over(tmp_path, capsys):
    (tmp_path / "a.m4a").write_bytes(b"\0\0\0\x20ftypM4A ")
    assert main(["convert", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "a.m4a" in capsys.readouterr().err
