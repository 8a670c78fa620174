"""Every command prints alike: JSON lines with `--json`, one sentence an error, flags instead of Python names."""

from __future__ import annotations

import argparse
import dataclasses
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from clipaudio.audio.encode import encode
from clipaudio.cli.main import main, make_parser
from clipaudio.cli.output import Output, explain
from clipaudio.errors import RequestError
from clipaudio.export import Options
from clipaudio.receive.inbox import Inbox

ADVICE = r"\b(check|expected|choose|name|give|Give|pass|set|use|run|copy|make|leave|add|ask|save|there are|update)\b"
PAYLOAD_KEYS = {"audio_timestamps", "graph_times", "PCM_16", "PCM_U8", "PCM_24", "PCM_32", "RESEMBLE_API_KEY"}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a callback, its audio, captions and an inbox; it is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RESEMBLE_API_KEY", raising=False)
    stamps = {"graph_chars": ["H", "i", "."], "graph_times": [[0.0, 0.2], [0.2, 0.5], [0.5, 0.6]]}
    payload = {"id": "c1", "project_id": "p1", "url": "c1.wav", "audio_timestamps": stamps}
    (tmp_path / "c1.json").write_text(json.dumps(payload))
    (tmp_path / "bare.json").write_text('{"id": "a"}')
    (tmp_path / "torn.json").write_text("{")
    (tmp_path / "c1.wav").write_bytes(encode(np.zeros(16_000), 16_000))
    (tmp_path / "c1.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nHi.\n")
    inbox = Inbox(tmp_path / "inbox.db")
    inbox.add("s", "c1", json.dumps(payload).encode(), project="p1")
    inbox.close()
    return tmp_path


class Accepting(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def handler():
    with ThreadingHTTPServer(("127.0.0.1", 0), Accepting) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


JSON_CALLS = {
    "demo": "--engine tone --out demo-out",
    "update": "p c --body Hi. --voice v --callback-uri https://example.com/a --dry-run",
    "listen": "--out . --once --export srt",
    "inbox": "list inbox.db",
    "trigger": "{handler}",
    "fetch": "c1.json torn.json --out out",
    "align": "c1.wav none.wav --out out",
    "export": "c1.json bare.json --to srt,vtt --out out",
    "edit": "c1.json --pad 0.1,0.1 --dry-run",
    "recaption": "c1.srt --to ass --out out",
    "check": "c1.srt none.srt",
    "measure": "c1.wav none.wav",
    "convert": "c1.wav none.wav --out out --sample-rate 8000",
    "batch": "c1.json --to srt --out out",
    "view": "c1.json --no-open --out page.html",
    "inspect": "c1.json",
    "sources": "",
    "formats": "",
}


def commands():
    parser = make_parser(is_complete=True)
    return next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction)).choices


def test_every_command_has_a_call_here():
    assert set(JSON_CALLS) | {"emulator"} == set(commands())


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("command", JSON_CALLS)
def test_json_is_one_object_a_line(needs, handler, command, capsys):
    if command == "align":
        needs("espeakng_loader")
    words = JSON_CALLS[command].format(handler=handler).split()
    assert main([command, *words, "--json"]) in {0, 1}
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert all(isinstance(json.loads(line), dict) for line in lines)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_json_of_the_emulator_is_one_object():
    command = [sys.executable, "-m", "clipaudio", "emulator", "--engine", "tone", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert set(json.loads(process.stdout.readline())) == {"base_url", "engine"}
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == b""


UPDATE = "update p c --body x --voice v --callback-uri https://example.com"
WRONG_CALLS = [
    ("export none.json --to srt", 1, r"none.json: no such file or folder; check the path"),
    ("export torn.json --to srt", 1, r"torn.json: not valid JSON"),
    ("export bare.json --to srt", 1, r"ask for them with `clipaudio update`"),
    ("export c1.json --to doc", 2, r"no format 'doc'"),
    ("export c1.json --to srt --profile xx", 2, r"no profile 'xx'"),
    ("export c1.json --to srt --fps 1x", 2, r"fps of '1x'; expected"),
    ("export c1.json --to srt --lead x", 2, r"--lead: 'x' is out of range; expected seconds"),
    ("export c1.json --to srt --gap 1", 2, r"--gap, --speakers and --titles go with --join"),
    ("export c1.json --to srt --out c1.wav", 1, r"c1.wav: it exists and is no folder; choose another name"),
    ("view none.json --no-open", 1, r"none.json: no such file or folder"),
    ("view c1.json --no-open --audio none.wav", 1, r"none.wav: no such"),
    ("view c1.json --no-open --out c1.wav", 1, r"it exists and is no folder; choose"),
    ("view c1.json --no-open --profile zz", 2, r"no profile 'zz'; there are netflix"),
    ("view bare.json --no-open", 1, r"came without audio_timestamps: ask for them"),
    (
        "export c1.json --to srt --bilingual",
        2,
        r"--bilingual and --translation-language go with --translation FILE; add",
    ),
    ("export c1.json --to srt --translation none.txt", 1, r"none.txt: no such file or folder; check"),
    ("recaption c1.json --to textgrid", 2, r"textgrid are no captions; use `clipaudio export`"),
    ("recaption none.srt --to vtt", 1, r"none.srt: no such file or folder; check"),
    ("recaption c1.srt --to srt", 1, r"would be overwritten; give --out"),
    ("edit c1.json", 2, r"nothing to edit; give one of --text, --drop,"),
    ("edit none.json --drop um", 1, r"none.json: no such file or folder; check"),
    ("edit bare.json --drop um", 1, r"ask for them with `clipaudio update`"),
    ("edit c1.json --drop-words 99", 1, r"there is no word 99; there are 1 words, see --list"),
    ("edit c1.json --drop-words x", 2, r"'x' is no number of a word; expected such as 3,7-9"),
    ("edit c1.json --pad 1", 2, r"--pad: '1' is no pair of seconds; expected BEFORE,AFTER"),
    ("edit c1.json --speed 0", 2, r"--speed: '0' is out of range; expected a factor"),
    ("edit c1.json --text none.txt", 1, r"none.txt: no such file or folder; check"),
    ("edit c1.json --drop um --out c1.json", 2, r"c1.json is an input, and would be overwritten; give another --out"),
    ("update p --wait", 2, r"CLIP is missing; name the clip"),
    ("update p c --script c1.srt", 2, r"name no CLIP; leave it out"),
    ("update p --script none.txt", 1, r"none.txt: no such file or folder; check"),
    ("update p --from c1.json", 1, r"expected body, clip, name, title, voice"),
    ("inspect none.json", 1, r"none.json: no such file or folder"),
    ("inspect .", 1, r"it is a folder; name a file"),
    ("check none.srt", 1, r"none.srt: no such file or folder"),
    ("check c1.srt --profile zz", 2, r"no profile 'zz'"),
    ("check c1.srt --rules zz", 2, r"no rule 'zz'"),
    ("check c1.srt --duration x", 2, r"--duration: 'x' is out of range; expected seconds"),
    ("convert none.wav --out out", 1, r"none.wav: no such file or folder"),
    ("convert c1.wav --out out --sample-rate x", 2, r"--sample-rate: 'x' is out of range; expected a whole number"),
    ("convert c1.wav --out out --subtype zz", 2, r"unknown subtype 'zz'; expected"),
    ("convert c1.wav --out out --quality 3", 2, r"--quality: '3' is out of range; expected 0"),
    ("convert c1.wav --out out --jobs 0", 2, r"--jobs: '0' is out of range"),
    ("fetch none.json --out out", 1, r"none.json: no such file"),
    ("fetch bare.json --out out", 1, r"has no url.*update the clip again"),
    ("fetch c1.json --out c1.wav", 1, r"it exists and is no folder"),
    (f"{UPDATE}/a --sample-rate abc", 2, r"--sample-rate: 'abc' is out of range"),
    ("update p c --body x --voice v --callback-uri ftp://x", 1, r"--callback-uri is no http or https url; expected"),
    (f"{UPDATE}/a --base-url zz --dry-run", 1, r"--base-url \(.*\) cannot be used; expected"),
    (f"{UPDATE}/a --base-url http://example.com --dry-run", 1, r"--base-url \(.*\) is not https.*use https$"),
    ("update . c --body x --callback-uri https://example.com/a --dry-run", 1, r"PROJECT is '\.', which is no id; copy"),
    (f"{UPDATE}/a", 1, r"no API key: set the environment variable RESEMBLE_API_KEY;"),
    ("update p c --inbox inbox.db", 2, r"--inbox and --public-url go together"),
    ("listen --out c1.wav", 1, r"it exists and is no folder"),
    ("listen --out out --export doc --once", 2, r"no format 'doc'"),
    ("listen --out out --forward-to zz --once", 2, r"use https"),
    ("listen --out out --confirm --once", 1, r"no API key"),
    ("listen --out out --replay none.json --once", 1, r"none.json: no such file"),
    ("listen --out out --replay bare.json --inbox c1.wav --once", 1, r"file is not a database.*check"),
    ("listen --out out --replay 99 --once", 1, r"no callback number 99"),
    ("listen --out out --port 99999", 2, r"--port: '99999' is out of range; expected a whole number"),
    ("inbox list none.db", 1, r"none.db: no such file"),
    ("inbox list c1.json", 1, r"file is not a database.*check"),
    ("inbox replay inbox.db", 2, r"Give their numbers"),
    ("inbox list inbox.db 4", 2, r"they are for replay; leave them out"),
    ("trigger zz", 1, r"use https"),
    ("trigger http://127.0.0.1:1/", 1, r"Connection refused\); check the network"),
    ("trigger http://127.0.0.1:1/ --file none.json", 1, r"none.json: no such file"),
    ("trigger http://127.0.0.1:1/ --file torn.json", 1, r"not valid JSON"),
    ("batch none.jsonl --out out --to srt", 2, r"'none.jsonl' is no file, folder or pattern; check"),
    ("batch c1.json --out out", 2, r"nothing to do; add --to, --convert, --html or --fetch"),
    ("batch c1.json --out out --to zz", 2, r"no format 'zz'"),
    ("batch c1.json --out out --convert x", 2, r"expected RATE:SUBTYPE:FORMAT"),
    ("batch c1.json --out out --to srt --engine zz", 2, r"no engine 'zz'; expected"),
    ("batch c1.json --out s3://x --to srt", 2, r"name a --ledger FILE"),
    ("batch c1.json --out out --to srt --jobs 0", 2, r"--jobs: '0' is out of range"),
    ("batch c1.json --out out --to srt --shard 5/4", 2, r"--shard: '5/4' is no shard; expected"),
    ("batch project:x --out out --to srt", 1, r"no API key"),
    ("batch c1.json --out c1.wav/x --to srt", 1, r"a part of the path is a file, not a folder; choose"),
    ("emulator --port 99999", 2, r"--port: '99999' is out of range"),
    ("demo --out c1.wav", 1, r"it exists and is no folder; choose"),
    ("demo --sample-rate x", 2, r"--sample-rate: 'x' is out of range"),
]


@pytest.mark.parametrize(("call", "code", "message"), WRONG_CALLS, ids=[call for call, _, _ in WRONG_CALLS])
def test_wrong_call_says_what_to_do_next_in_terms_of_flags(place, capsys, call, code, message):
    words = call.split()
    try:
        found = main(words)
    except SystemExit as usage:
        found = usage.code
    error = capsys.readouterr().err
    assert found == code
    assert re.search(message, error.strip(), re.DOTALL), error
    sentence = next(line for line in error.splitlines() if re.search(rf"{words[0]}: (error: )?", line))
    assert "[Errno" not in error
    assert "Traceback" not in error
    assert re.search(ADVICE, sentence), sentence
    names = set(re.findall(r"(?<![\w./-])[A-Za-z]+_[A-Za-z0-9_]+", sentence.replace(str(place), "")))
    assert names <= PAYLOAD_KEYS


def test_every_option_of_exports_is_a_flag_of_the_commands_that_export():
    for command in ("export", "listen", "batch"):
        actions = {action.dest: action for action in commands()[command]._actions}
        for field in dataclasses.fields(Options):
            if field.name == "bilingual" and command != "export":  # it takes a translation, one for each file
                assert field.name not in actions
                continue
            flag = field.name.replace("_", "-")
            on_and_off = [f"--{flag}", f"--no-{flag}"]  # an option that is on by itself for some formats
            assert actions[field.name].option_strings in ([f"--{flag}"], on_and_off)
            assert actions[field.name].default == field.default
            assert actions[field.name].help


def test_python_names_of_a_message_become_flags():
    flags = {"sample_rate": "--sample-rate", "clip": "CLIP", "callback_uri": "--callback-uri"}
    error = RequestError("clip 7: sample_rate is bad; pass callback_uri='https://…' or sample_rate=8000", field="clip")
    expected = "CLIP 7: --sample-rate is bad; pass --callback-uri https://… or --sample-rate 8000"
    assert explain(error, flags) == expected
    kept = "$.sample_rate, x.sample_rate and the_sample_rate are other things"
    assert explain(RequestError(kept), flags) == kept


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (FileNotFoundError(2, "No such file or directory", "a\n.json"), "a?.json: no such file or folder; check"),
        (PermissionError(13, "Permission denied", b"a.json"), "a.json: permission denied; check who"),
        (OSError(28, "No space left on device"), "the disk is full; make room"),
        (OSError(98, "[Errno 98] Address in use"), "the port is taken; choose another"),
        (OSError(5, "Input/output error", "a"), "a: input/output error; check it and try again"),
        (OSError("odd"), "odd; check it and try again"),
    ],
)
def test_error_of_the_system_is_a_sentence_without_its_number(error, sentence):
    assert explain(error).startswith(sentence)


def test_row_holds_no_nan(capsys):
    Output("batch", is_json=True).row({"peak": float("nan"), "text": "é"})
    assert json.loads(capsys.readouterr().out) == {"peak": None, "text": "é"}


def test_row_for_people_may_be_nothing(capsys):
    Output("batch").row({"a": 1})
    assert capsys.readouterr().out == ""


def test_status_is_for_terminals_and_is_cleared_at_the_end():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen, file = Terminal(), io.StringIO()
    for stream in (screen, file):
        with Output("fetch", stream=stream, clock=iter(range(10)).__next__) as output:
            output.status("c1: 1.5 of 3.0 MB")
            output.status("c1: 1.5 MB")
    assert screen.getvalue() == "\r\x1b[Kc1: 1.5 of 3.0 MB\r\x1b[Kc1: 1.5 MB\r\x1b[K"
    assert file.getvalue() == ""


NASTY = "c1\x1b[2J\x07\x85\u2028\u202e\u2066\nFORGED line"


def test_no_control_character_reaches_the_terminal(tmp_path, capsys):
    inbox = Inbox(tmp_path / "inbox.db")
    inbox.add("s", NASTY, json.dumps({"id": NASTY, "url": None}).encode(), project=NASTY)
    inbox.close()
    assert main(["listen", "--out", str(tmp_path), "--once"]) == 1
    assert main(["inbox", "list", str(tmp_path / "inbox.db")]) == 0
    assert main(["inbox", "list", str(tmp_path / "inbox.db"), "--json"]) == 0
    output = Output("fetch")
    output.message(NASTY)
    output.error(RequestError(NASTY, field="x"))
    printed = capsys.readouterr()
    lines = (printed.out + printed.err).split("\n")
    assert len(lines) == 6  # one each, and the end
    assert not any(line.startswith("FORGED") for line in lines)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", "".join(lines))
    assert json.loads(lines[2] if lines[2].startswith("{") else lines[1])["clip"] == NASTY


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_text_on_stdout_stands_on_a_line_without_the_status(capsys):
    stream = Terminal()
    output = Output("batch", stream=stream)
    output.status("1 of 300 clips")
    output.row({}, "out/a.srt")
    assert stream.getvalue().endswith("\r\x1b[K")
    assert capsys.readouterr().out == "out/a.srt\n"
