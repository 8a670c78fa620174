"""`clipaudio update --script`, `--from` and `--wait`: many texts, one line each, joined at the end."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

import clipaudio
from clipaudio.audio.decode import read_audio
from clipaudio.audio.wav_writer import encode_wav
from clipaudio.batch.synthesis import NO_CALLBACK
from clipaudio.cli.main import make_parser
from clipaudio.errors import RequestError


@pytest.fixture(scope="module")
def emulator():
    with clipaudio.emulator.running(engine="tone", tries=1) as running:
        yield running


@pytest.fixture
def call(emulator):
    def run(*arguments):
        words = ["update", "demo", *map(str, arguments), "--base-url", emulator.base_url, "--sample-rate", "8000"]
        options = make_parser().parse_args([*words, "--precision", "PCM_16", "--poll", "0.02"])
        return options.run(options, environ={"RESEMBLE_API_KEY": "any"})

    return run


def test_a_long_script_is_spoken_in_pieces_and_joined_to_the_sample(call, tmp_path, capsys, emulator):
    script = tmp_path / "long.txt"
    script.write_text(" ".join(f"Word {row} is here." for row in range(190)), "utf-8")
    assert len(script.read_text("utf-8")) > 3000
    before = len(emulator.requests)
    assert call("--script", script, "--gap", "0.25", "--json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["status"] for row in rows] == ["spoken", "spoken", "joined"]
    pieces = [read_audio(row["audio"]).samples for row in rows[:2]]
    silence = np.zeros((2000, 1), pieces[0].dtype)
    whole = read_audio(tmp_path / "long.wav").samples
    np.testing.assert_array_equal(whole, np.concatenate([pieces[0], silence, pieces[1]]))
    clip = clipaudio.open_clip(tmp_path / "long.json")
    assert clip.audio == tmp_path / "long.wav"
    assert len(clip.words) == 190 * 4
    assert clip.duration == len(whole) / 8000
    asked = len(emulator.requests)
    assert call("--script", script, "--gap", "0.25") == 0
    assert capsys.readouterr().out.split("\t")[0] == "kept"
    assert len(emulator.requests) == asked > before


def test_lines_of_a_table_are_spoken_one_line_each(call, tmp_path, capsys, emulator):
    emulator.add_clip("demo", "c9", body="Old.")
    table = tmp_path / "lines.csv"
    table.write_text('body,name,title\n"Hello, Ann.",hello,Greeting\nBye.,,farewell\nOne.,,\n', "utf-8-sig")
    assert call("--from", table, "--out", tmp_path / "out", "--jobs", "2") == 0
    assert [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()] == ["spoken"] * 3
    names = sorted(path.name for path in (tmp_path / "out").glob("*.wav"))
    assert names == ["003.wav", "farewell.wav", "hello.wav"]
    assert clipaudio.open_clip(tmp_path / "out" / "hello.json").text == "Hello, Ann."


def test_a_dry_run_says_what_would_be_asked_for(call, tmp_path, capsys, emulator):
    (tmp_path / "long.txt").write_text("One. " * 900, "utf-8")
    before = len(emulator.requests)
    assert call("--script", tmp_path / "long.txt", "--dry-run") == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [row[:3] for row in rows] == [["planned", "new clip", "001"], ["planned", "new clip", "002"]]
    assert len(emulator.requests) == before
    assert not (tmp_path / "long.parts").exists()
    assert call("c1", "--wait", "--body", "Hi.", "--dry-run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["clip"] == "c1"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("body,speed\nx,1\n", "unknown column 'speed'"),
        ("text\nx\n", "unknown column 'text'"),
        ("title\nx\n", "no column body"),
        ("body,clip\n,\n", "line 1 has neither body nor clip"),
        ("body,clip\nHi, Ann, x\n", "more fields than the first line; put text with commas in quotes"),
        ("body,name\na,x\nb,x\n", "lines 1 and 2 are both called x"),
        ("body\n", "has no lines"),
    ],
)
def test_a_table_with_a_fault_is_refused_before_anything_is_asked(call, tmp_path, text, told, emulator):
    (tmp_path / "lines.csv").write_text(text, "utf-8")
    before = len(emulator.requests)
    with pytest.raises(RequestError, match=told):
        call("--from", tmp_path / "lines.csv")
    assert len(emulator.requests) == before


def test_contradicting_arguments_are_usage_errors(call, tmp_path, capsys):
    assert call("--wait") == 2
    assert "CLIP is missing" in capsys.readouterr().err
    assert call("c1", "--script", tmp_path / "x.txt") == 2
    assert "leave it out" in capsys.readouterr().err
    assert call("--script", tmp_path / "x.txt", "--body", "x") == 2


class SlowService(BaseHTTPRequestHandler):
    """A clip that is spoken again two polls after its update, and its audio."""

    def do_PUT(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.updates.append(body)
        self.answer(json.dumps({"success": True, "item": {"uuid": "c1", "audio_src": None}}).encode())

    def do_GET(self):
        if self.path.endswith(".wav"):
            self.answer(encode_wav(np.ones((8000, 1), np.int16), 8000, "PCM_16"), "audio/wav")
            return
        self.server.polls += bool(self.server.updates)
        name = "new" if self.server.polls > 2 else "old"
        url = f"http://127.0.0.1:{self.server.server_address[1]}/{name}.wav"
        stamps = {"graph_chars": list(name), "graph_times": [[row / 4, (row + 1) / 4] for row in range(3)]}
        item = {"uuid": "c1", "audio_src": url, "timestamps": stamps, "duration": 1.0}
        self.answer(json.dumps({"success": True, "item": item}).encode())

    def answer(self, raw, kind="application/json"):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        pass


def test_a_clip_is_waited_for_where_nothing_can_be_posted(tmp_path, capsys):
    with ThreadingHTTPServer(("127.0.0.1", 0), SlowService) as server:
        server.updates, server.polls = [], 0
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/api/v2"
        words = ["update", "demo", "c1", "--wait", "--body", "New.", "--base-url", url, "--poll", "0.02"]
        options = make_parser().parse_args([*words, "--out", str(tmp_path)])
        code = options.run(options, environ={"RESEMBLE_API_KEY": "any"})
        server.shutdown()
        thread.join()
    assert code == 0
    assert capsys.readouterr().out == f"spoken\tc1\t{tmp_path / 'c1.wav'}\n"
    assert server.updates == [{"body": "New.", "include_timestamps": True, "callback_uri": NO_CALLBACK}]
    assert clipaudio.open_clip(tmp_path / "c1.json").text == "new"
