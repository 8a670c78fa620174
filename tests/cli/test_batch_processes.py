"""Batches as processes: signals, terminals, buckets, the service."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

import pytest

from clipaudio.batch.ledger import read
from clipaudio.cli.main import main
from clipaudio.emulator import running
from clipaudio.resemble.client import Client


@pytest.fixture
def long_work(clips, tmp_path):
    """Return a manifest of clips that take a while: they share one sound."""

    def make(count=150):
        [row] = clips.add("a", seconds=8)
        whole = json.loads(Path(row.callback).read_text())
        lines = [{"id": f"clip{number:03d}", "callback": whole, "audio": row.audio} for number in range(count)]
        path = tmp_path / "long.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return path

    return make


LONG = ("--to", "srt", "--convert", "44100:PCM_24", "--jobs", "2", "--chunk", "2", "--window", "1")


def wait_for_rows(ledger: Path, count: int, process: subprocess.Popen) -> None:
    """Wait until a ledger has rows."""
    for _ in range(3000):
        if ledger.exists() and ledger.read_bytes().count(b"\n") > count:
            return
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    pytest.fail("nothing was written down")


def wait_until_read(pipe: int, process: subprocess.Popen) -> None:
    """Wait until nothing is left in a pipe, and what was taken from it is seen to."""
    for _ in range(3000):
        if fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)) == bytes(4):
            time.sleep(0.1)
            return
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.01)
    pytest.fail("nothing was read")


@pytest.mark.slow
def test_progress_on_a_terminal_tells_rate_errors_and_time_left(start, long_work):
    manifest = long_work(40)
    manifest.write_text(manifest.read_text() + json.dumps({"id": "bad", "callback": {"id": "x"}}) + "\n")
    here, there = pty.openpty()
    one = start(manifest, *LONG, stdout=subprocess.DEVNULL, stderr=there, text=False)
    os.close(there)
    said = bytearray()
    try:
        while block := os.read(here, 4096):
            said += block
    except OSError:  # the other end is closed
        pass
    finally:
        os.close(here)
    assert one.wait(60) == 1
    shown = re.findall(rb"\r\x1b\[K(\d+) of 41 clips, (\d+) failed, [\d.]+ a second, \d:\d\d:\d\d left", said)
    assert shown
    assert [int(gone) for gone, _ in shown] == sorted(int(gone) for gone, _ in shown)
    *_, more, last = said.rstrip().rpartition(b"\r\x1b[K")[2].splitlines()
    assert re.fullmatch(rb"clipaudio batch: \d+ more outputs: the language was not given and .*", more)
    assert last.startswith(b"clipaudio batch: 41 clips, 80 outputs, 2 failed")


def test_nothing_but_the_sum_is_said_elsewhere_and_in_a_short_run(start, clips):
    clips.many(3)
    printed, said = start(clips.folder, "--to", "srt", "--language", "en").communicate(timeout=60)
    assert re.fullmatch(r"clipaudio batch: 3 clips, 3 outputs, 0 failed, 0 done before, 0 rows unreadable, .*\n", said)
    assert "\x1b" not in said + printed


def test_a_reader_that_leaves_ends_the_run_quietly(start, long_work):
    one = start(long_work(), *LONG, "--quiet")
    assert one.stdout.readline() != ""
    one.stdout.close()
    assert one.wait(60) == 1
    assert one.stderr.read() == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("engine", "number"),
    [
        ("threads", signal.SIGINT),
        ("processes", signal.SIGINT),
        ("dask", signal.SIGINT),
        ("threads", signal.SIGTERM),
    ],
)
def test_an_interrupt_ends_in_order_and_the_next_run_goes_on(
    start, long_work, tmp_path, outputs, needs, engine, number
):
    if engine == "dask":
        needs("distributed")
    manifest = long_work()
    one = start(manifest, *LONG, "--engine", engine, "--json")
    wait_for_rows(tmp_path / "out/ledger.jsonl", 12, one)
    os.killpg(one.pid, number)
    printed, said = one.communicate(timeout=60)
    assert one.returncode == 130
    assert "finishing the tasks under way; press Ctrl-C again to stop at once" in said
    assert said.endswith("interrupted; run the same command again to resume\n")
    assert "Traceback" not in said
    rows = list(read(tmp_path / "out/ledger.jsonl"))
    assert {row.status for row in rows} == {"ok"}
    assert len(rows) == len([line for line in map(json.loads, printed.splitlines()) if "kind" in line]) < 300
    assert len(outputs(tmp_path / "out")) == len(rows)
    assert main(["batch", str(manifest), "--out", str(tmp_path / "out"), *LONG]) == 0
    rows = list(read(tmp_path / "out/ledger.jsonl"))
    assert len({row.key for row in rows}) == len(rows) == 300


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_a_wait_for_lines_and_does_those_that_came(start, clips, number):
    lines = [json.dumps({"id": row.id, "callback": row.callback}) for row in clips.many(3)]
    here, there = os.pipe()
    one = start("-", "--to", "srt", stdin=here)
    os.write(there, ("\n".join(lines) + '\n{"id": "half').encode())
    wait_until_read(here, one)
    os.killpg(one.pid, number)
    printed, said = one.communicate(timeout=60)
    os.close(here)
    os.close(there)
    assert one.returncode == 130
    assert sorted(printed.split()) == ["cl/clip000.srt", "cl/clip001.srt", "cl/clip002.srt"]
    assert "3 clips, 3 outputs, 0 failed" in said
    assert said.endswith("interrupted; run the same command again to resume\n")
    assert "Traceback" not in said
    assert "Fatal" not in said


@pytest.mark.slow
def test_an_interrupt_ends_a_run_whose_lines_never_cease(start, clips):
    [row] = clips.many(1)
    line = json.dumps({"id": row.id, "callback": row.callback}).encode() + b"\n"
    here, there = os.pipe()
    one = start("-", "--to", "srt", stdin=here)
    os.write(there, line)
    wait_until_read(here, one)
    heard = threading.Event()

    def speak():
        while not heard.wait(0.02):
            os.write(there, line)

    speaker = threading.Thread(target=speak)
    speaker.start()
    try:
        time.sleep(0.1)
        os.killpg(one.pid, signal.SIGINT)
        printed, said = one.communicate(timeout=20)
    finally:
        heard.set()
        speaker.join()
        os.close(here)
        os.close(there)
    assert one.returncode == 130
    assert printed == "cl/clip000.srt\n"
    assert "Traceback" not in said


def test_a_standard_input_that_is_closed_is_a_wrong_command(tmp_path):
    command = ["-m", "clipaudio", "batch", "-", "--out", tmp_path / "out", "--to", "srt"]
    closed = "import os, sys; os.close(0); os.execv(sys.executable, sys.argv[1:])"  # as `<&-` does it in a shell
    done = subprocess.run(
        [sys.executable, "-c", closed, sys.executable, *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "clipaudio batch: stdin is closed; pipe something into it, or name a file\n"


@pytest.mark.slow
def test_workers_that_are_told_to_end_with_their_driver_lose_what_they_had(start, long_work, tmp_path):
    manifest = long_work(100)
    one = start(manifest, *LONG, "--engine", "processes")
    wait_for_rows(tmp_path / "out/ledger.jsonl", 12, one)
    os.killpg(one.pid, signal.SIGTERM)
    _, said = one.communicate(timeout=60)
    assert one.returncode == 130
    assert "Traceback" not in said
    rows = list(read(tmp_path / "out/ledger.jsonl"))
    assert {row.status for row in rows} <= {"ok", "lost"}
    assert main(["batch", str(manifest), "--out", str(tmp_path / "out"), *LONG]) == 0
    assert len({row.key for row in read(tmp_path / "out/ledger.jsonl") if row.is_ok}) == 200


@pytest.mark.slow
def test_a_second_interrupt_ends_at_once(start, long_work, tmp_path):
    one = start(long_work(200), *LONG, "--engine", "threads", "--chunk", "50")
    wait_for_rows(tmp_path / "out/ledger.jsonl", 12, one)
    os.killpg(one.pid, signal.SIGINT)
    assert "finishing" in one.stderr.readline() + one.stderr.readline()
    os.killpg(one.pid, signal.SIGINT)
    _, said = one.communicate(timeout=60)
    assert one.returncode == 130
    assert "Traceback" not in said


@pytest.mark.slow
def test_clips_without_a_callback_and_urls_that_died_are_asked_for(start, clip_callback, peer, tmp_path):
    with running(engine="tone") as service:
        client = Client("key", base_url=service.base_url)
        spoken = {}
        for body in ("Hi.", "You."):
            clip = service.add_clip("p")
            client.update_and_wait("p", clip, poll=0.05, callback_uri="http://127.0.0.1:9/x", body=body, voice_uuid="v")
            spoken[clip] = body
        first, second = spoken
        dead = clip_callback(second, peer.answer("/dead.wav?Signature=5ec2e7", 403, b"<Error/>"))
        manifest = tmp_path / "m.jsonl"
        manifest.write_text(
            json.dumps({"id": first}) + "\n" + json.dumps({"id": second, "callback": dead, "project": "p"}) + "\n"
        )
        words = ["--fetch", "--to", "srt", "--allow-private", "--json"]
        ask = ["--project", "p", "--ask", "--base-url", service.base_url]
        environment = {"RESEMBLE_API_KEY": "key"}
        alone, _ = start(manifest, *words).communicate(timeout=60)
        printed, said = start(manifest, *words, *ask, environment=environment).communicate(timeout=60)
        listed, _ = start(
            "project:p", *words, "--base-url", service.base_url, environment=environment, out=tmp_path / "listed"
        ).communicate(timeout=60)
    assert [row["status"] for row in map(json.loads, alone.splitlines()) if "kind" in row].count("error") == 4
    assert "5ec2e7" not in alone + printed + said
    assert json.loads(printed.splitlines()[-1])["made"] == {"audio": 2, "callback": 1, "srt": 1}
    assert json.loads(printed.splitlines()[-1])["failed"] == 0
    assert json.loads(listed.splitlines()[-1])["made"] == {"audio": 2, "callback": 2, "srt": 2}


@pytest.mark.slow
def test_a_whole_run_from_a_bucket_to_a_bucket_is_one_get_and_one_put_an_object(start, store, clips, tmp_path, needs):
    needs("obstore")
    lines = []
    for row in clips.many(3):
        for path in (row.callback, row.audio):
            store.ask("PUT", f"/clips/in/{Path(path).name}", Path(path).read_bytes())
        lines.append({"id": row.id, "callback": f"s3://clips/in/{Path(row.callback).name}"})
    lines[0]["audio"] = "s3://clips/in/00000.wav"
    lines.append({"id": "gone", "callback": "s3://clips/in/gone.json"})
    (tmp_path / "m.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    words = ["--to", "srt", "--convert", "8000", "--ledger", tmp_path / "ledger.jsonl", "--json"]

    def run(*more):
        store.requests = []
        one = start(tmp_path / "m.jsonl", *words, *more, out="s3://clips/out", environment=store.environment)
        printed, said = one.communicate(timeout=60)
        return one.returncode, [json.loads(line) for line in printed.splitlines()], said

    store.refusals = [(503, "SlowDown"), (500, "InternalError")]
    code, rows, said = run()
    assert code == 1
    assert rows[-1]["made"] == {"srt": 3, "wav-8000": 3}
    assert said.count("s3://clips/in/gone.json: NoSuchKey: The specified key does not exist; check the name") == 2
    repeated = 2
    assert store.counts() == {"GET": 3 + 3 + 1 + repeated, "PUT": 6}
    assert store.objects()[-6:] == sorted(
        f"out/cl/clip00{number}{end}" for number in range(3) for end in (".srt", ".8000.wav")
    )
    code, rows, _ = run()
    assert (code, rows[-1]["skipped"], rows[-1]["failed"]) == (1, 3, 2)
    assert store.counts() == {"GET": 1}
    code, rows, _ = run("--verify")
    assert (code, rows) == (0, [])
    assert store.counts() == {"GET": 6}
    store.ask("PUT", "/clips/out/cl/clip000.srt", b"other")
    code, rows, said = run("--verify")
    assert (code, rows[0]["output"]) == (1, "cl/clip000.srt")
    assert said.endswith("1 outputs differ from the ledger; run with --no-resume\n")  # one removed is trusted as well
    store.always = (403, "AccessDenied")
    code, rows, said = run("--no-resume")
    assert (code, rows[-1]["failed"], rows[-1]["made"]) == (1, 8, {"srt": 0, "wav-8000": 0})
    assert "AccessDenied: AccessDenied it is; check the credentials" in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_shard_of_a_bucket_is_done_by_one(start, store, clips, tmp_path, needs):
    needs("obstore")
    clips.many(4)
    words = ["--to", "srt", "--shard", "1/2"]

    def run(ledger):
        one = start(
            clips.folder, *words, "--ledger", tmp_path / ledger, out="s3://clips/out", environment=store.environment
        )
        _, said = one.communicate(timeout=60)
        return one.returncode, said

    assert run("1.jsonl")[0] == 0
    code, said = run("2.jsonl")
    assert code == 1
    assert "shard 1/2 was taken by another" in said
    assert said.endswith("if that is lost, remove s3://clips/out/_shards/1-of-2\n")
    assert run("1.jsonl")[0] == 0
