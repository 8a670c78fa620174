"""What is done is shown with --verbose and kept with --log; without them nothing is said, and nothing stays set."""

from __future__ import annotations

import json
import logging
import re

import pytest

from clipaudio.cli.main import COMMANDS, main

STAMPS = {"graph_chars": list("Hi."), "graph_times": [[0.0, 0.1], [0.1, 0.2], [0.2, 0.3]]}


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "one.json"
    path.write_text(json.dumps({"id": "one", "audio_timestamps": STAMPS}), "utf-8")
    return path


def export(clip, *words):
    return main(["export", str(clip), "--to", "srt", "--language", "en", "--out", str(clip.parent / "out"), *words])


def test_verbose_says_which_files_are_read_and_written(clip, capsys):
    assert export(clip, "-v") == 0
    said = capsys.readouterr()
    assert f"clipaudio export: wrote {clip.parent / 'out/one.srt'}" in said.err
    assert "not beside it" in said.err
    assert said.out == f"written\t{clip.parent / 'out/one.srt'}\n"


def test_without_it_nothing_is_said(clip, capsys):
    assert export(clip) == 0
    assert capsys.readouterr().err == ""
    assert logging.getLogger("clipaudio").level == logging.NOTSET
    assert not logging.getLogger("clipaudio").handlers


def test_a_log_file_is_appended_to_with_times(clip):
    log = clip.parent / "run.log"
    assert export(clip, "--log", str(log)) == 0
    assert export(clip, "--log", str(log)) == 0
    lines = log.read_text("utf-8").splitlines()
    assert len([line for line in lines if "wrote" in line]) == 2
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (INFO|DEBUG) clipaudio[\w.]*: ", line) for line in lines)
    assert not logging.getLogger("clipaudio").handlers


def test_a_log_that_cannot_be_written_is_told(clip, capsys):
    assert export(clip, "--log", str(clip.parent / "none/run.log")) == 1
    assert "no such file or folder" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_both(command, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    said = capsys.readouterr().out
    assert "--verbose" in said
    assert "--log FILE" in said


def test_urls_are_not_logged_whole(clip, capsys, peer):
    url = peer.answer("/secret-token.wav?Signature=5ec2e7", 403, b"<Error/>")
    clip.write_text(json.dumps({"id": "one", "url": url}), "utf-8")
    assert main(["fetch", str(clip), "--out", str(clip.parent), "--allow-private", "-vv"]) == 1
    said = capsys.readouterr().err
    assert "status 403" in said
    assert "5ec2e7" not in said
    assert "secret-token" not in said
