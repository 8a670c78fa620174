"""`convert` from stdin and to stdout: the same bytes as through files, and nothing else on stdout."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from clipaudio.audio.convert import convert
from clipaudio.audio.encode import encode

WAV = encode(np.random.default_rng(1).uniform(-0.5, 0.5, 40_000), 44_100)


def run(*arguments, stdin=b"", folder):
    command = [sys.executable, "-m", "clipaudio", "convert", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, cwd=folder, check=False)


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3"])
def test_a_pipe_gives_the_bytes_of_a_file(tmp_path, kind):
    convert(WAV, tmp_path / f"file.{kind}", sample_rate=16_000)
    done = run("-", "--out", "-", "--format", kind, "--sample-rate", "16000", stdin=WAV, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == (tmp_path / f"file.{kind}").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == [f"file.{kind}"]


def test_stdin_goes_into_a_file_and_into_a_folder(tmp_path):
    assert run("-", "--out", "a.flac", stdin=WAV, folder=tmp_path).stdout == b"a.flac\n"
    assert run("-", "--out", "o/", stdin=WAV, folder=tmp_path).returncode == 0
    assert (tmp_path / "a.flac").read_bytes()[:4] == b"fLaC"
    assert (tmp_path / "o" / "stdin.wav").read_bytes()[:4] == b"RIFF"


def test_a_file_goes_to_stdout(tmp_path):
    (tmp_path / "a.wav").write_bytes(WAV)
    assert run("a.wav", "--out", "-", "--format", "flac", folder=tmp_path).stdout[:4] == b"fLaC"


def test_problems_name_stdin_and_leave_stdout_empty(tmp_path):
    done = run("-", "--out", "-", stdin=b"no audio at all", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"-: " in done.stderr
    assert b"tmp" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-", "--out", "-", "--json"), b"both write to stdout"),
        (("a.wav", "b.wav", "--out", "-"), b"there are 2 inputs"),
        (("o", "--out", "-"), b"--out - is one file"),
    ],
)
def test_what_stdout_cannot_take_is_a_usage_error(tmp_path, arguments, words):
    (tmp_path / "o").mkdir()
    done = run(*arguments, stdin=WAV, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert words in done.stderr
