"""The commands under a simulation of Windows: `simulation/sitecustomize.py` takes away what Windows lacks."""

from __future__ import annotations

import functools
import http.server
import json
import re
import signal
import subprocess
import sys
import threading
import urllib.request

import numpy as np
import pytest

from clipaudio.audio.encode import encode


@pytest.fixture
def run(environment, tmp_path):
    def run_command(*words, code=0):
        command = [sys.executable, "-m", "clipaudio", *map(str, words)]
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", cwd=tmp_path, env=environment, check=False, timeout=120
        )
        assert done.returncode == code, done.stderr
        return done

    return run_command


@pytest.fixture
def callback(data, tmp_path):
    path = tmp_path / "clip.json"
    path.write_bytes((data / "v2_doc_hey_there.json").read_bytes())
    return path


@pytest.fixture
def wav(tmp_path):
    path = tmp_path / "clip.wav"
    path.write_bytes(encode(np.linspace(-0.5, 0.5, 8000), 8000))
    return path


def test_demo_writes_all_its_files(run, tmp_path):
    run("demo", "--out", "out")
    assert len(list((tmp_path / "out").iterdir())) >= 35


@pytest.fixture
def served(wav):
    """Serve the folder of the WAV on this machine."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(wav.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_listen_receives_exports_and_ends_at_ctrl_c(environment, callback, served, tmp_path, number):
    words = "listen --out out --port 0 --expect p --export srt --allow-private".split()
    body = json.loads(callback.read_bytes()) | {"id": "a", "project_id": "p", "url": f"{served}/clip.wav"}
    with subprocess.Popen(
        [sys.executable, "-m", "clipaudio", *words], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            uri = re.search(r"http://\S+", process.stdout.readline())[0]
            with urllib.request.urlopen(urllib.request.Request(uri, json.dumps(body).encode()), timeout=60) as answer:
                assert answer.status == 200
            steps = [process.stdout.readline().split("\t")[0] for _ in range(2)]
            process.send_signal(number)
            process.communicate(timeout=60)
        finally:
            process.kill()
    assert (steps, process.returncode) == (["downloaded", "exported"], 0)
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"a.json", "a.wav", "a.srt", "inbox.db"}


def test_listener_writes_other_formats_and_waits_for_a_file_that_is_open(environment, callback, served, tmp_path):
    words = "listen --out out --port 0 --expect p --export srt,vtt --allow-private".split()
    body = json.loads(callback.read_bytes()) | {"id": "a", "project_id": "p", "url": f"{served}/clip.wav"}
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.srt").write_text("old", "utf-8")
    command = [sys.executable, "-m", "clipaudio", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with (
        (tmp_path / "out" / "a.srt").open("rb"),
        subprocess.Popen(command, cwd=tmp_path, env=environment, text=True, **pipes) as process,
    ):
        killer = threading.Timer(60, process.kill)
        killer.start()
        try:
            uri = re.search(r"http://\S+", process.stdout.readline())[0]
            urllib.request.urlopen(urllib.request.Request(uri, json.dumps(body).encode()), timeout=60).close()
            said = [process.stderr.readline() for _ in range(2)][1]
        finally:
            killer.cancel()
            process.kill()
    assert "clip a postponed" in said
    assert "a.srt is open in another program; close it" in said
    assert ((tmp_path / "out" / "a.srt").read_text("utf-8"), (tmp_path / "out" / "a.vtt").exists()) == ("old", True)


def test_convert_replaces_its_own_input(run, wav):
    before = wav.read_bytes()
    run("convert", wav, "--out", wav, "--sample-rate", "16000")
    assert len(wav.read_bytes()) > 1.5 * len(before)
    assert [path.name for path in wav.parent.iterdir()] == ["clip.wav"]


@pytest.mark.parametrize("kind", ["flac", "ogg", "mp3", "m4a"])
def test_convert_replaces_its_own_input_of_each_format(run, wav, needs, kind):
    if kind == "m4a":
        needs.program("ffmpeg")
    source = wav.with_suffix(f".{kind}")
    run("convert", wav, "--out", source)
    run("convert", source, "--out", source, "--sample-rate", "16000")
    assert sorted(path.name for path in wav.parent.iterdir()) == sorted(["clip.wav", source.name])


def test_output_that_another_program_has_open_is_told_and_others_are_written(run, callback):
    target = callback.with_suffix(".srt")
    target.write_text("old", "utf-8")
    with target.open("rb"):
        done = run("export", callback, "--to", "srt,vtt,textgrid", code=1)
    assert "clip.srt is open in another program; close it" in done.stderr
    assert target.read_text("utf-8") == "old"
    assert sorted(path.suffix for path in callback.parent.iterdir()) == [".TextGrid", ".json", ".srt", ".vtt"]


def test_batch_works_in_threads_and_in_processes_and_resumes(run, callback, tmp_path):
    folder = tmp_path / "clips"
    folder.mkdir()
    for name in ("a", "B", "c d"):
        content = json.loads(callback.read_bytes()) | {"id": name}
        (folder / f"{name}.json").write_text(json.dumps(content), "utf-8")
    for engine in ("threads", "processes"):
        words = ["batch", folder, "--out", engine, "--to", "srt,textgrid", "--engine", engine, "--jobs", "2"]
        assert len(run(*words).stdout.splitlines()) >= 6
        run(*words)
        assert len(list((tmp_path / engine).rglob("*.srt"))) == 3


@pytest.mark.usefixtures("callback", "wav")
def test_patterns_are_expanded_where_no_shell_does_it(run):
    assert "clip.srt" in run("export", "*.json", "--to", "srt").stdout
    run("convert", "*.wav", "--out", "out")
    run("export", "out/../*.json", "--to", "vtt", "--name", "second.{ext}")
    done = run("check", "*.srt", "*.vtt", "--language", "en")
    assert [line for line in done.stdout.splitlines() if line.endswith(("srt", "vtt"))] == ["clip.srt", "second.vtt"]
    assert "clip.wav" in run("measure", "*.wav").stdout


@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "ascii", "utf-16"])
def test_help_of_every_command_is_printed_under_old_code_pages(environment, encoding):
    code = (
        "import sys\n"
        "from clipaudio.cli.main import COMMANDS, main\n"
        "for name in COMMANDS:\n"
        "    try: main([name, '--help'])\n"
        "    except SystemExit as end: assert not end.code\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment | {"PYTHONIOENCODING": encoding}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "…" in done.stdout.decode("utf-8")
