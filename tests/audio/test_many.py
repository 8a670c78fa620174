"""Many files at once: the bad ones are named, the good ones done, and nothing is ever half there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from clipaudio.audio.convert import convert
from clipaudio.audio.decode import read_audio
from clipaudio.audio.encode import encode
from clipaudio.audio.many import ConvertFailure, convert_many
from clipaudio.cli.main import main
from clipaudio.errors import ConvertError
from clipaudio.files import part_name

LONG = os.environ.get("CLIPAUDIO_LONG") == "1"


def fill(folder, count, frames=4410):
    """Make so many clips of noise that fades, three of them damaged; give the names of the damaged."""
    folder.mkdir()
    rng = np.random.default_rng(5)
    sound = encode(rng.uniform(-0.5, 0.5, frames) * np.linspace(1, 0, frames), 44_100)
    for number in range(count):
        (folder / f"{number:05d}.wav").write_bytes(sound)
    bad = {"00003.wav": sound[:30], "00017.wav": b"<Error><Code>AccessDenied</Code></Error>", "00040.wav": b""}
    for name, data in bad.items():
        (folder / name).write_bytes(data)
    return set(bad)


def test_a_folder_with_three_damaged_clips_gives_all_others_and_three_named_errors(tmp_path, capsys):
    count = 1000 if LONG else 100
    bad = fill(tmp_path / "in", count)
    out = tmp_path / "out"
    words = ["convert", str(tmp_path / "in"), "--out", str(out), "--sample-rate", "16000", "--subtype", "PCM_16"]
    assert main([*words, "--json"]) == 1
    said = capsys.readouterr()
    rows = [json.loads(line) for line in said.out.splitlines()]
    failed = {Path(row["source"]).name: row["kind"] for row in rows if row["status"] == "failed"}
    assert failed == {"00003.wav": "truncated_header", "00017.wav": "error_document", "00040.wav": "empty_file"}
    assert {path.name for path in out.iterdir()} == {f"{n:05d}.wav" for n in range(count)} - bad
    done = [row for row in rows if row["status"] == "done"]
    assert {(row["frames"], row["sample_rate"], row["subtype"], len(row["sha256"])) for row in done} == {
        (1600, 16_000, "PCM_16", 64)
    }
    assert 0 < done[0]["peak"] < 0.6
    assert f"3 of {count} failed" in said.err


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is of POSIX")
def test_a_run_that_is_killed_leaves_nothing_torn_and_a_second_one_finishes_it(tmp_path):
    fill(tmp_path / "in", 3000 if LONG else 300, frames=44_100)
    whole, out = tmp_path / "whole", tmp_path / "out"
    words = ["convert", str(tmp_path / "in"), "--sample-rate", "16000", "--skip-existing"]
    assert main([*words, "--out", str(whole)]) == 1
    command = [sys.executable, "-m", "clipaudio", *words, "--out", str(out)]
    killed = 0
    for _ in range(20 if LONG else 3):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            before = len(list(out.glob("*.wav"))) if out.exists() else 0
            while process.poll() is None and (not out.exists() or len(list(out.glob("*.wav"))) < before + 20):
                time.sleep(0.002)
            process.send_signal(signal.SIGKILL)
        killed += process.returncode == -signal.SIGKILL  # one that had finished before was not killed midway
        for path in out.glob("*.wav"):
            assert path.read_bytes() == (whole / path.name).read_bytes()
    assert killed >= 1
    (out / part_name("00001.wav", 4_194_305, 0)).write_bytes(b"left by a process that is gone")
    assert main([*words, "--out", str(out)]) == 1
    assert {p.name: p.read_bytes() for p in out.iterdir()} == {p.name: p.read_bytes() for p in whole.iterdir()}


def test_outcomes_come_in_order_and_the_same_for_any_number_of_threads(tmp_path):
    fill(tmp_path / "in", 60)
    sources = sorted((tmp_path / "in").iterdir())
    made = {}
    for threads in (1, 2, 5):
        out = tmp_path / str(threads)
        outcomes = list(convert_many([(s, out / "deep" / s.name) for s in sources], threads=threads, sample_rate=8000))
        assert [outcome.source for outcome in outcomes] == [str(s) for s in sources]
        assert sum(isinstance(outcome, ConvertFailure) for outcome in outcomes) == 3
        made[threads] = {path.name: path.read_bytes() for path in (out / "deep").iterdir()}
    assert made[1] == made[2] == made[5]


def test_a_reader_that_leaves_stops_the_work(tmp_path):
    fill(tmp_path / "in", 60)
    outcomes = convert_many([(s, tmp_path / "out" / s.name) for s in sorted((tmp_path / "in").iterdir())], threads=1)
    next(outcomes)
    outcomes.close()
    assert len(list((tmp_path / "out").iterdir())) < 60
    assert list(convert_many([])) == []


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(encode(np.sin(np.arange(44_100) / 9) / 2, 44_100))
    return path


def test_a_full_disk_leaves_the_old_file(clip, tmp_path):
    """A limit on file sizes stands for the full disk: both make the write fail in its middle."""
    target = tmp_path / "out.wav"
    target.write_bytes(b"old")
    script = """
import resource, signal, sys
from clipaudio.cli.main import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.RLIM_INFINITY))
code = main(sys.argv[1:])
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
sys.exit(code)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, "convert", str(clip), "--out", str(target)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr
    assert target.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.wav", "out.wav"]


def test_files_that_are_folders_and_folders_that_are_files_are_named(clip, tmp_path):
    (tmp_path / "sub.wav").mkdir()
    with pytest.raises(IsADirectoryError):
        convert(clip, tmp_path / "sub.wav")
    with pytest.raises(IsADirectoryError):
        convert(tmp_path / "sub.wav", tmp_path / "x.wav")
    with pytest.raises(NotADirectoryError):
        convert(clip, clip / "x.wav")
    with pytest.raises(FileNotFoundError):
        convert(clip, tmp_path / "none" / "x.wav")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.wav", "sub.wav"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only_is_named(clip, tmp_path):
    folder = tmp_path / "ro"
    folder.mkdir()
    folder.chmod(0o500)
    with pytest.raises(PermissionError):
        convert(clip, folder / "x.wav")


def test_a_link_is_followed_to_its_target(clip, tmp_path):
    link = tmp_path / "link.wav"
    link.symlink_to(clip)
    convert(link, link, sample_rate=16_000)
    assert link.is_symlink()
    assert read_audio(clip).sample_rate == 16_000


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is told by Linux")
def test_an_hour_takes_no_more_memory_than_a_minute(tmp_path):
    """Peak memory above that of the imports, in a process of its own; 2 hours in the long form."""
    minutes = 120 if LONG else 12
    path = tmp_path / "long.wav"
    head = encode(np.zeros(0), 44_100)
    frames = minutes * 60 * 44_100
    with path.open("wb") as file:  # a streamed header and a hole: no disk is used
        file.write(head[:4] + b"\xff" * 4 + head[8:40] + b"\xff" * 4)
        file.truncate(44 + 2 * frames)
    script = """
import re, sys
from pathlib import Path
from clipaudio.audio.convert import convert
import soxr
def peak():  # the kernel's mark of this process alone: getrusage begins with what the parent had
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before = peak()
report = convert(sys.argv[1], sys.argv[2], sample_rate=16000, subtype="PCM_16")
print(report.frames, peak() - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(path), str(tmp_path / "out.wav")],
        check=True,
        capture_output=True,
        text=True,
    )
    made, kib = map(int, done.stdout.split())
    assert made == minutes * 60 * 16_000
    assert kib < 60 * 1024


@pytest.mark.parametrize("threads", [0, -1])
def test_no_threads_are_refused(tmp_path, threads):
    with pytest.raises(ConvertError, match=f"{threads} threads asked for, 1 or more expected"):
        list(convert_many([(tmp_path / "a.wav", tmp_path / "b.wav")], threads=threads))
    with pytest.raises(SystemExit):
        main(["convert", str(tmp_path), "--out", str(tmp_path), "--jobs", str(threads)])


def test_a_failure_does_not_keep_its_file_in_memory(tmp_path):
    (tmp_path / "a.wav").write_bytes(encode(np.zeros(44_100), 44_100))
    [failure] = convert_many([(tmp_path / "a.wav", tmp_path / "b.wav")], sample_rate=1)
    link = failure.error
    assert "is a step of more than 1000" in str(link)
    while link is not None:
        assert link.__traceback__ is None
        link = link.__cause__ or link.__context__
