"""A file appears whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys

import pytest

from clipaudio.cli.main import main
from clipaudio.files import Replacement, part_name, remove_stale, replacing, write_bytes


def test_an_old_file_stays_when_writing_fails(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(TypeError, match="bytes-like"):
        write_bytes(path, "text")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_names_the_file_it_has_no_place_for(tmp_path):
    def write():
        with replacing(tmp_path / "a"):
            raise OSError(errno.ENOSPC, "no space left")

    with pytest.raises(OSError, match="no space left") as caught:
        write()
    assert caught.value.filename == str(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_taken_by_a_folder_meanwhile_leaves_nothing_behind(tmp_path):
    replacement = Replacement(tmp_path / "a")
    (tmp_path / "a").mkdir()
    with pytest.raises(IsADirectoryError):
        replacement.commit()
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_text_is_written_as_it_is(tmp_path):
    write_bytes(tmp_path / "a", ["é\r".encode(), b"\n\n"])
    assert (tmp_path / "a").read_bytes() == b"\xc3\xa9\r\n\n"


def test_a_link_is_followed_and_the_mode_is_kept(tmp_path):
    target, link = tmp_path / "a", tmp_path / "b"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_bytes(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path):
    write_bytes(tmp_path / "a", b"")
    (tmp_path / "b").touch()
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


def test_a_missing_folder_and_a_folder_as_target_are_errors(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_bytes(tmp_path / "none" / "a", b"")
    with pytest.raises(IsADirectoryError):
        write_bytes(tmp_path, b"")
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - the folder itself is under test


def test_the_part_of_another_container_is_left_alone(tmp_path):
    """Where two of them share a folder, both may have a process of the same number."""
    with replacing(tmp_path / "a") as file:
        process, number = file.name.removesuffix(".part").rpartition(".")[2].split("-")
    others = [tmp_path / part_name("a", int(process), int(number) + n) for n in range(1, 4)]
    for other in others:
        other.write_bytes(b"theirs")
    write_bytes(tmp_path / "a", b"ours")
    assert (tmp_path / "a").read_bytes() == b"ours"
    assert [other.read_bytes() for other in others] == [b"theirs"] * 3


@pytest.mark.parametrize("name", [".a.wav.00000000.4194305-0.part", ".a.wav.4194305-0.part"])
def test_what_another_host_writes_is_never_stale(tmp_path, name):
    (tmp_path / name).write_bytes(b"theirs")
    own = tmp_path / part_name("a.wav", 4_194_305, 0)
    own.write_bytes(b"ours, and no process has this number")
    assert remove_stale(tmp_path) == [own]
    assert (tmp_path / name).read_bytes() == b"theirs"


def test_an_error_of_a_new_file_names_the_file_that_was_asked_for(tmp_path):
    target = tmp_path / "missing" / "a.srt"
    with pytest.raises(FileNotFoundError) as caught:
        Replacement(target)
    assert caught.value.filename == str(target)
    target = tmp_path / ("long" * 100)
    with pytest.raises(OSError, match="long") as caught, replacing(target):
        pass
    assert caught.value.filename == str(target)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ["export", "{callback}", "--to", "srt", "--out", "{out}"],
        ["recaption", "{captions}", "--to", "vtt", "--out", "{out}"],
        ["edit", "{callback}", "--speed", "2", "--out", "{out}/b.json"],
        ["view", "{callback}", "--no-open", "--out", "{out}"],
        ["batch", "{callback}", "--to", "srt", "--out", "{out}"],
    ],
)
def test_each_command_removes_what_killed_processes_left(tmp_path, words):
    """A file of a process that runs, or of another host, stays."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    out = tmp_path / "out"
    folder = out / "a" if words[0] == "batch" else out  # where it writes
    folder.mkdir(parents=True)
    left, running, foreign, fresh = (
        folder / name
        for name in (
            part_name("old.srt", dead.pid, 0),
            part_name("old.srt", os.getpid(), 999_999),
            f".old.srt.00000000.{dead.pid}-0.part",
            part_name("new.srt", dead.pid, 1),
        )
    )
    for path in (left, running, foreign, fresh):
        path.write_bytes(b"half")
        os.utime(path, (0, 0) if path != fresh else None)
    callback = tmp_path / "a.json"
    callback.write_text(json.dumps({"graph_chars": ["H", "i"], "graph_times": [[0.0, 0.1], [0.1, 0.3]]}), "utf-8")
    captions = tmp_path / "a.srt"
    captions.write_text("1\n00:00:00,000 --> 00:00:01,000\nHi\n", "utf-8")
    assert main([word.format(callback=callback, captions=captions, out=out) for word in words]) == 0
    assert not left.exists()
    assert running.exists()
    assert foreign.exists()
    assert fresh.exists() == (words[0] != "batch")  # which has its folder to itself
