"""Triggered callbacks, sound and broken, against our own receiver."""

from __future__ import annotations

import json

import pytest

from clipaudio.cli.main import main
from clipaudio.cli.trigger import FAULTS
from clipaudio.receive.listener import listening
from clipaudio.receive.receiver import Receiver

TAKEN = {"none": 200, "nan": 200, "unequal": 200, "nourl": 200, "notimes": 200, "form": 200, "twice": 200}
REFUSED = {"html": 400, "half": 400, "deep": 400, "other": 409}


@pytest.fixture
def listener():
    with listening(Receiver()) as found:
        yield found


def test_every_fault_is_tried():
    assert set(FAULTS) == {*TAKEN, *REFUSED, "large"}


@pytest.mark.parametrize(("fault", "status"), [*TAKEN.items(), *REFUSED.items()])
def test_each_fault_gets_its_answer(listener, capsys, fault, status):
    url = listener.url_for("p", "cecad6f9")
    assert main(["trigger", url, "--fault", fault, "--json"]) == int(status >= 300)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["status"] for row in rows] == [status] * (2 if fault == "twice" else 1)


def test_a_saved_callback_can_be_sent(listener, tmp_path, capsys):
    (tmp_path / "one.json").write_text('{"id": "abc", "url": "https://example.com/b.wav"}', "utf-8")
    assert main(["trigger", listener.url_for("p", "abc"), "--file", str(tmp_path / "one.json")]) == 0
    assert capsys.readouterr().out == '200\t{"success":true}\n'
    assert listener.wait("abc", 1).url == "https://example.com/b.wav"


def test_what_is_too_large_is_refused_or_cut_off(listener, capsys):
    code = main(["trigger", listener.url_for("p", "cecad6f9"), "--fault", "large"])
    assert code == 1
    said = capsys.readouterr()
    assert said.out.startswith("413\t") or "failed" in said.err or "closed" in said.err


def test_nobody_at_home_is_said(capsys):
    assert main(["trigger", "http://127.0.0.1:9/callbacks/x"]) == 1
    assert "no connection" in capsys.readouterr().err
