from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import fields

import pytest

from clipaudio.cli.main import make_parser
from clipaudio.emulator.faults import Faults

MAIN = """
import sys
from clipaudio.cli.main import make_parser
options = make_parser().parse_args()
sys.exit(options.run(options))
"""


def started(*arguments):
    return subprocess.Popen(
        [sys.executable, "-c", MAIN, "emulator", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to send")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_prints_its_url_serves_and_ends_quietly(number, code):
    with started("--engine", "tone", "--key", "k") as process:
        url = process.stdout.readline().strip()
        request = urllib.request.Request(f"{url}/voices", headers={"Authorization": "Bearer k"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert json.load(answer)["success"] is True
        process.send_signal(number)
        rest, errors = process.communicate(timeout=20)
    assert (process.returncode, rest, errors) == (code, "", "")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to send")
def test_faults_and_shapes_are_flags():
    with started("--engine", "tone", "--json", "--answer-status", "503", "--answer-retry-after", "0.5") as process:
        facts = json.loads(process.stdout.readline())
        with pytest.raises(urllib.error.HTTPError, match="503") as caught:
            urllib.request.urlopen(f"{facts['base_url']}/voices", timeout=10)
        assert caught.value.headers["Retry-After"] == "0.5"
        caught.value.close()
        process.terminate()
        process.communicate(timeout=20)
    assert facts["engine"] == "tone"


@pytest.fixture
def parse():
    """Return the function that reads a command line."""
    return lambda *arguments: make_parser().parse_args(["emulator", *arguments])


def test_without_flags_nothing_fails(parse):
    options = parse()
    assert Faults(**{fault.name: getattr(options, fault.name) for fault in fields(Faults)}) == Faults()


@pytest.mark.parametrize(
    ("arguments", "name", "value"),
    [
        (["--callback-copies", "2"], "callback_copies", 2),
        (["--callback-content", "form"], "callback_content", "form"),
        (["--audio-delay", "0.5"], "audio_delay", 0.5),
        (["--answer-times", "3"], "answer_times", 3),
        (["--audio-truncated"], "audio_truncated", True),
    ],
)
def test_every_fault_has_a_flag_of_its_type(parse, arguments, name, value):
    got = getattr(parse(*arguments), name)
    assert (got, type(got)) == (value, type(value))


@pytest.mark.parametrize("arguments", [["--shape", "round"], ["--answer-status", "x"], ["--engine", "piper"]])
def test_a_wrong_command_line_is_a_usage_error(parse, capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        parse(*arguments)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_the_shapes_are_those_of_the_emulator(parse):
    from clipaudio.emulator.shapes import SHAPES

    for shape in SHAPES:
        assert parse("--shape", shape).shape == shape
