"""`clipaudio inbox`: what is shown of an inbox, what goes and what is done again."""

from __future__ import annotations

import json

import pytest

from clipaudio.cli import inbox as command
from clipaudio.cli.main import main, make_parser
from clipaudio.receive.inbox import Inbox

NOW = 2_000_000_000.0
BODY = b'{"id": "a", "url": "https://example.com/a.wav?X-Amz-Signature=s3cret"}'


@pytest.fixture
def file(tmp_path):
    """Return an inbox with a callback in each of four states, a day between them."""
    path = tmp_path / "inbox.db"
    for day, state in enumerate(("received", "downloaded", "exported", "failed")):
        inbox = Inbox(path, clock=lambda day=day: NOW + day * 86_400)
        inbox.add("s3cret", f"clip{day}", BODY + b" " * day, project="p")
        inbox.move(day + 1, state, note="a note\nof two lines")
        inbox.close()
    return path


def ask(*words, now=NOW + 4 * 86_400):
    options = make_parser().parse_args(["inbox", *map(str, words)])
    return command.run(options, clock=lambda: now)


def test_a_list_shows_each_callback_on_a_line_and_no_secret(file, capsys):
    assert main(["inbox", "list", str(file)]) == 0
    out = capsys.readouterr().out
    lines = [line.split("\t") for line in out.splitlines()]
    assert lines[0][:4] == ["1", "received", "clip0", "p"]
    assert [line[1] for line in lines] == ["received", "downloaded", "exported", "failed"]
    assert lines[3][4:] == ["2033-05-21T03:33:20+00:00", "0", "", "a note of two lines"]
    assert "s3cret" not in out
    assert "example.com" not in out


def test_a_list_can_be_of_some_states_or_of_a_clip_and_be_json(file, capsys):
    assert ask("list", file, "--state", "failed", "--state", "received", "--json") == 0
    assert [json.loads(line)["number"] for line in capsys.readouterr().out.splitlines()] == [1, 4]
    assert ask("list", file, "--clip", "clip2", "--json") == 0
    assert [json.loads(line)["clip"] for line in capsys.readouterr().out.splitlines()] == ["clip2"]


def test_purge_removes_what_is_old_and_done(file, capsys):
    assert ask("purge", file) == 0
    assert ask("purge", file, "--days", "0.5", "--json") == 0
    assert ask("purge", file, "--days", "0", "--state", "failed", "--state", "received") == 0
    assert capsys.readouterr().out == '0 purged\n{"purged": 1}\n2 purged\n'


def test_replay_brings_callbacks_back_by_number_or_state(file, capsys):
    assert ask("replay", file, 3, "--state", "failed") == 0
    assert [line.split("\t")[:2] for line in capsys.readouterr().out.splitlines()] == [
        ["3", "received"],
        ["4", "received"],
    ]
    inbox = Inbox(file)
    assert inbox.counts() == {"received": 3, "downloaded": 1, "exported": 0, "failed": 0}
    inbox.close()


def test_what_makes_no_sense_is_told(file, tmp_path, capsys):
    assert ask("list", file, 3) == 2
    assert "they are for replay; leave them out" in capsys.readouterr().err
    assert ask("replay", file) == 2
    assert "which callbacks are to be replayed? Give their numbers" in capsys.readouterr().err
    assert main(["inbox", "replay", str(file), "9"]) == 1
    assert "no callback number 9" in capsys.readouterr().err
    assert main(["inbox", "list", str(tmp_path / "none.db")]) == 1
    assert "no such file" in capsys.readouterr().err
    assert not (tmp_path / "none.db").exists()


def test_the_states_are_those_of_the_inbox(file):
    from clipaudio.receive.inbox import STATES

    parser = make_parser()
    for state in STATES:
        assert parser.parse_args(["inbox", "list", str(file), "--state", state]).state == [state]
