"""`clipaudio batch` as people type it: what it prints, how it ends, and what a second run finds."""

from __future__ import annotations

import gzip
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clipaudio.api.client import Client
from clipaudio.batch.ledger import Ledger, Result, read
from clipaudio.cli.main import main
from clipaudio.emulator import running


@pytest.fixture
def batch(tmp_path, capsys):
    """Give a function that runs the command here and gives its exit code, the lines it printed, and what it said."""

    def run(source, *words, out=tmp_path / "out"):
        capsys.readouterr()
        code = main(["batch", str(source), "--out", str(out), *map(str, words)])
        printed = capsys.readouterr()
        return code, printed.out.splitlines(), printed.err

    return run


@pytest.fixture
def start(tmp_path):
    """Give a function that begins the command as a process of its own, which is gone at the end of the test."""
    started = []

    def begin(source, *words, out=tmp_path / "out", environment=None, **streams):
        command = [sys.executable, "-m", "clipaudio", "batch", str(source), "--out", str(out), *map(str, words)]
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **streams}
        environ = {**os.environ, **(environment or {})}
        started.append(subprocess.Popen(command, start_new_session=True, env=environ, **given))
        return started[-1]

    yield begin
    for process in started:
        with process:
            process.kill()


@pytest.fixture
def long_work(clips, tmp_path):
    """Give a manifest of clips that take a while: they share one sound."""

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


def test_a_folder_becomes_what_is_asked_for_and_paths_are_printed(batch, clips, tmp_path):
    clips.many(3)
    code, printed, said = batch(clips.folder, "--to", "srt,vtt", "--convert", "8000:PCM_16", "--fetch")
    assert code == 0
    assert sorted(printed) == sorted(
        path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out/cl").iterdir()
    )
    assert len(printed) == 15
    assert "3 clips, 15 outputs, 0 failed, 0 done before, 0 rows unreadable" in said
    code, printed, said = batch(clips.folder, "--to", "srt,vtt", "--convert", "8000:PCM_16", "--fetch")
    assert (code, printed) == (0, [])
    assert "0 clips, 0 outputs, 0 failed, 3 done before" in said


def test_every_line_is_json_where_that_is_asked_and_the_last_sums_up(batch, clips):
    rows = clips.many(2)
    Path(rows[0].audio).write_bytes(b"<html>")
    (clips.folder / "torn.json").write_text("{")
    code, printed, _ = batch(clips.folder, "--to", "srt", "--json")
    found = [json.loads(line) for line in printed]
    assert code == 1
    assert sorted(row.get("status", "") for row in found) == ["", "error", "ok", "unreadable"]
    assert found[-1]["summary"] is True
    assert found[-1]["made"] == {"srt": 1}
    assert (found[-1]["failed"], found[-1]["unreadable"], found[-1]["is_whole"]) == (1, 1, True)
    [failed] = [row for row in found if row.get("status") == "error"]
    assert set(failed["error"]) == {"stage", "type", "message"}
    code, printed, _ = batch(clips.folder, "--to", "srt", "--json")
    assert sorted(json.loads(line).get("attempt", 0) for line in printed) == [0, 0, 0, 2]


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ((), "nothing to do: no format, conversion or fetch"),
        (("--to", "docx"), "no format 'docx'"),
        (("--convert", "fast"), "'fast' is no conversion"),
        (("--to", "srt", "--engine", "abacus"), "there is no engine 'abacus'; expected one of auto, threads"),
    ],
)
def test_a_command_that_makes_no_sense_is_2_and_one_line(batch, clips, tmp_path, words, match):
    clips.many(1)
    code, printed, said = batch(clips.folder, *words)
    assert (code, printed) == (2, [])
    assert match in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("source", ["gone.jsonl", "gone/*.json", "s3://clips/m.jsonl"])
def test_a_source_that_is_not_there_is_2_and_nothing_is_made(batch, tmp_path, source):
    code, printed, said = batch(source, "--to", "srt")
    assert (code, printed) == (2, [])
    assert source in said
    assert not (tmp_path / "out").exists()


def test_what_is_fetched_is_not_put_where_it_would_be_found_as_clips_anew(batch, clips):
    clips.many(2)
    for out in (clips.folder, clips.folder / "out"):
        code, _, said = batch(clips.folder, "--recursive", "--fetch", out=out)
        assert (code, said.count("\n")) == (2, 1)
        assert "would be found as clips anew" in said
    assert batch(clips.folder, "--recursive", "--fetch", out=f"{clips.folder}-out")[0] == 0
    assert batch(clips.folder, "--recursive", "--to", "srt", out=clips.folder / "out")[0] == 0
    assert batch(clips.folder, "--recursive", "--to", "srt", out=clips.folder / "out")[0] == 0


def test_a_bucket_needs_a_ledger_here_and_tables_a_source_to_read_again(batch, clips):
    assert "name a --ledger FILE" in batch(clips.folder, "--to", "srt", out="s3://clips/out")[2]
    assert "save the standard input to a file first" in batch("-", "--to", "srt", "--nemo", "n.jsonl")[2]


@pytest.mark.parametrize("words", [("--jobs", "0"), ("--chunk", "x"), ("--shard", "4/3"), ("--shard", "1")])
def test_a_number_that_is_none_is_2(batch, clips, words):
    with pytest.raises(SystemExit, match="2"):
        batch(clips.folder, "--to", "srt", *words)


def test_a_dry_run_tells_and_leaves_the_tree_as_it_was(batch, clips, tmp_path, all_files):
    clips.many(2)
    (clips.folder / "torn.json").write_text("{")

    def look():
        return all_files(tmp_path), sorted(path for path in tmp_path.rglob("*") if path.is_dir())

    before = look()
    code, printed, said = batch(clips.folder, "--to", "srt", "--convert", "8000", "--dry-run")
    assert (code, len(printed)) == (0, 4)
    assert all(line.startswith("planned\tcl/clip00") for line in printed)
    assert "torn.json" in said
    assert look() == before
    batch(clips.folder, "--to", "srt")
    before = look()
    code, printed, _ = batch(clips.folder, "--to", "srt,vtt", "--dry-run", "--json")
    rows = [json.loads(line) for line in printed]
    assert sorted(row.get("output", "") for row in rows) == ["", "cl/clip000.vtt", "cl/clip001.vtt"]
    assert look() == before


def test_clips_come_on_the_standard_input(start, clips):
    lines = [json.dumps({"id": row.id, "callback": row.callback, "audio": row.audio}) for row in clips.many(2)]
    one = start("-", "--to", "srt", stdin=subprocess.PIPE)
    printed, said = one.communicate("\n".join([*lines, "{", ""]), timeout=60)
    assert (one.returncode, sorted(printed.split())) == (0, ["cl/clip000.srt", "cl/clip001.srt"])
    assert "<stdin>:3: the line is no whole JSON" in said


def test_rows_that_cannot_be_read_count_where_that_is_strict(batch, clips):
    clips.many(1)
    (clips.folder / "torn.json").write_text("{")
    assert batch(clips.folder, "--to", "srt")[0] == 0
    assert batch(clips.folder, "--to", "srt", "--strict")[0] == 1


def test_the_first_error_ends_a_run_that_is_to_fail_fast(batch, clips):
    for row in clips.many(60):
        Path(row.audio).write_bytes(b"<html>")
    code, printed, said = batch(clips.folder, "--to", "srt", "--fail-fast", "--chunk", "1", "--jobs", "1", "--json")
    assert code == 1
    assert len(printed) < 10
    assert json.loads(printed[-1])["is_whole"] is False
    assert "clipaudio batch:" in said


def test_a_second_run_on_one_ledger_is_1_and_one_line(batch, clips, tmp_path):
    clips.many(1)
    (tmp_path / "out").mkdir()
    with Ledger(tmp_path / "out/ledger.jsonl"):
        code, printed, said = batch(clips.folder, "--to", "srt")
    assert (code, printed) == (1, [])
    assert re.fullmatch(r"clipaudio: .*ledger.jsonl is being written by process \d+; wait for it to end.*\n", said)


def test_a_folder_that_cannot_be_written_is_1_and_one_line(batch, clips, tmp_path):
    clips.many(1)
    (tmp_path / "file").touch()
    code, printed, said = batch(clips.folder, "--to", "srt", out=tmp_path / "file/out")
    assert (code, printed, said.count("\n")) == (1, [], 1)
    assert "file" in said


@pytest.mark.parametrize("has_ledger_elsewhere", [True, False])
def test_a_place_that_cannot_be_written_costs_its_outputs_or_is_told_at_once(
    clips, tmp_path, needs, has_ledger_elsewhere
):
    clips.many(2)
    wrapper = []
    if os.geteuid() == 0:  # root writes everywhere, unless that power is taken away
        powers = "-dac_override,-dac_read_search"
        wrapper = [needs.program("setpriv"), f"--inh-caps={powers}", f"--bounding-set={powers}"]
    out = tmp_path / "out"
    out.mkdir(mode=0o555)
    words = [str(clips.folder), "--out", str(out), "--to", "srt", "--convert", "8000"]
    words += ["--ledger", str(tmp_path / "ledger.jsonl")] if has_ledger_elsewhere else []
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    one = subprocess.run(
        [*wrapper, sys.executable, "-m", "clipaudio", "batch", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environ,
    )
    out.chmod(0o755)
    assert (one.returncode, one.stdout) == (1, "")
    assert list(out.iterdir()) == []
    if not has_ledger_elsewhere:
        assert re.fullmatch(r"clipaudio: .*Permission denied: .*out/ledger.jsonl.*\n", one.stderr)
        return
    rows = list(read(tmp_path / "ledger.jsonl"))
    assert {(row.status, row.error.type) for row in rows} == {("error", "PermissionError")}
    assert "Traceback" not in one.stderr
    assert main(["batch", *words]) == 0
    assert {row.attempt for row in read(tmp_path / "ledger.jsonl") if row.is_ok} == {2}


def test_a_ledger_that_may_not_grow_ends_the_run_in_one_line_and_stays_whole(clips, tmp_path):
    clips.many(60)
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))\n"
        "from clipaudio.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    words = ["batch", str(clips.folder), "--out", str(tmp_path / "out"), "--to", "srt", "--quiet", "--chunk", "4"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    one = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=False, env=environ, timeout=60
    )
    assert one.returncode == 1
    assert re.fullmatch("clipaudio: .*\n", one.stderr)
    assert "ledger.jsonl" in one.stderr
    ledger = tmp_path / "out/ledger.jsonl"
    assert ledger.read_bytes().endswith(b"}\n")
    before = sum(1 for _ in read(ledger))
    assert 0 < before < 60
    assert main([*words, "--json"]) == 0
    rows = list(read(ledger))
    assert len({row.id for row in rows}) == len(rows) == 60


def test_verify_finds_what_is_changed_and_what_is_gone_and_makes_nothing(batch, clips, tmp_path):
    clips.many(3)
    batch(clips.folder, "--to", "srt")
    assert batch(clips.folder, "--to", "srt", "--verify") == (0, [], "")
    first, second = (tmp_path / "out/cl/clip000.srt", tmp_path / "out/cl/clip001.srt")
    first.write_bytes(first.read_bytes().swapcase())
    second.unlink()
    code, printed, said = batch(clips.folder, "--to", "srt", "--verify")
    assert code == 1
    changed, gone = sorted(printed)
    assert changed == "cl/clip000.srt\thas other bytes than were written, as many"
    assert gone.startswith("cl/clip001.srt\tcannot be read: ")
    assert "2 outputs differ from the ledger; run with --no-resume" in said
    assert not second.exists()
    assert batch(clips.folder, "--to", "srt", "--no-resume", "--json")[0] == 0
    assert batch(clips.folder, "--to", "srt", "--verify")[0] == 0
    assert batch(clips.folder, "--to", "srt", "--verify", out=tmp_path / "none")[0] == 1
    assert not (tmp_path / "none").exists()


def test_options_there_and_back_leave_what_the_last_command_asked_for(batch, clips, tmp_path):
    clips.many(2, seconds=1)
    path = tmp_path / "out/cl/clip000.8000-PCM_16.wav"
    words = ["--convert", "8000:PCM_16", "--dither"]
    batch(clips.folder, *words, "tpdf")
    first = path.read_bytes()
    batch(clips.folder, *words, "none")
    other = path.read_bytes()
    assert (len(first) == len(other)) > (first == other)
    assert batch(clips.folder, "--verify", *words, "none")[:2] == (0, [])
    code, printed, _ = batch(clips.folder, *words, "tpdf")
    assert (code, len(printed), path.read_bytes()) == (0, 2, first)
    assert batch(clips.folder, "--verify", *words, "tpdf")[:2] == (0, [])


def test_a_run_in_a_thread_of_a_program_leaves_its_signals_alone(clips, tmp_path):
    clips.many(2)
    words = ["batch", str(clips.folder), "--out", str(tmp_path / "out"), "--to", "srt"]
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(main, words).result() == 0
    assert len(list(read(tmp_path / "out/ledger.jsonl"))) == 2


def test_tables_name_what_was_written_and_are_read_back(batch, clips, tmp_path, needs):
    parquet = needs("pyarrow.parquet")
    rows = clips.many(3)
    manifest = clips.manifest(tmp_path / "m.jsonl", rows)
    manifest.write_text(manifest.read_text() + "{\n")
    words = ["--to", "srt,ctm", "--convert", "8000", "--fetch", "--nemo", tmp_path / "n.jsonl"]
    words += ["--supervisions", tmp_path / "s.jsonl.gz", "--table", tmp_path / "t.parquet"]
    code, _, said = batch(manifest, *words)
    assert (code, said.count("m.jsonl:4: the line is no whole JSON")) == (0, 3)
    found = [json.loads(line) for line in (tmp_path / "n.jsonl").read_text().splitlines()]
    assert [set(row) for row in found] == [
        {"audio_filepath", "duration", "text", "speaker", "callback_filepath", "srt_filepath", "ctm_filepath"}
        | {"wav-8000_filepath"}
    ] * 3
    for row in found:
        assert row["audio_filepath"] == row["wav-8000_filepath"]
        assert row["duration"] == pytest.approx(0.3)
        assert json.loads(Path(row["callback_filepath"]).read_text())["id"]
        assert "-->" in Path(row["srt_filepath"]).read_text()
    assert batch(tmp_path / "n.jsonl", "--convert", "4000", out=tmp_path / "again")[0] == 0
    assert parquet.read_table(tmp_path / "t.parquet").num_rows == 15
    batch(manifest, "--to", "srt", "--table", tmp_path / "t.jsonl")
    table = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert {row["status"] for row in table} == {"ok"}
    supervisions = [json.loads(line) for line in gzip.decompress((tmp_path / "s.jsonl.gz").read_bytes()).splitlines()]
    assert [one["id"] for one in supervisions] == [row.id for row in rows]
    assert supervisions[0]["alignment"]["word"][0][0] == "Hi"


def test_shards_are_disjoint_and_whole(batch, clips, tmp_path):
    clips.many(12)
    for number in (1, 2, 3):
        assert batch(clips.folder, "--to", "srt", "--shard", f"{number}/3", "--ledger", tmp_path / f"{number}")[0] == 0
    found = [{row.id for row in read(tmp_path / f"{number}")} for number in (1, 2, 3)]
    assert sum(map(len, found)) == len(set.union(*found)) == 12


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
    assert said.rstrip().rpartition(b"\r\x1b[K")[2].startswith(b"41 clips, 80 outputs, 2 failed")


def test_nothing_but_the_sum_is_said_elsewhere_and_in_a_short_run(start, clips):
    clips.many(3)
    printed, said = start(clips.folder, "--to", "srt").communicate(timeout=60)
    assert re.fullmatch(r"3 clips, 3 outputs, 0 failed, 0 done before, 0 rows unreadable, .*\n", said)
    assert "\x1b" not in said + printed


def test_a_reader_that_leaves_ends_the_run_quietly(start, long_work):
    one = start(long_work(), *LONG, "--quiet")
    assert one.stdout.readline() != ""
    one.stdout.close()
    assert one.wait(60) == 1
    assert one.stderr.read() == ""


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
    assert "finishing what is under way; once more to end at once" in said
    assert said.endswith("interrupted; run the same command again to go on\n")
    assert "Traceback" not in said
    rows = list(read(tmp_path / "out/ledger.jsonl"))
    assert {row.status for row in rows} == {"ok"}
    assert len(rows) == len([line for line in map(json.loads, printed.splitlines()) if "kind" in line]) < 300
    assert len(outputs(tmp_path / "out")) == len(rows)
    assert main(["batch", str(manifest), "--out", str(tmp_path / "out"), *LONG]) == 0
    rows = list(read(tmp_path / "out/ledger.jsonl"))
    assert len({row.key for row in rows}) == len(rows) == 300


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


def test_a_second_interrupt_ends_at_once(start, long_work, tmp_path):
    one = start(long_work(200), *LONG, "--engine", "threads", "--chunk", "50")
    wait_for_rows(tmp_path / "out/ledger.jsonl", 12, one)
    os.killpg(one.pid, signal.SIGINT)
    assert "finishing" in one.stderr.readline() + one.stderr.readline()
    os.killpg(one.pid, signal.SIGINT)
    _, said = one.communicate(timeout=60)
    assert one.returncode == 130
    assert "Traceback" not in said


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
    assert said.endswith("where that is lost, remove s3://clips/out/_shards/1-of-2\n")
    assert run("1.jsonl")[0] == 0


def test_what_is_done_in_a_ledger_of_another_folder_counts_only_with_its_outputs(batch, clips, tmp_path):
    clips.many(1)
    with Ledger(tmp_path / "ledger.jsonl") as ledger:
        ledger.append([Result(id="clip000", kind="srt", status="ok", output="cl/clip000.srt", bytes=1)])
    code, printed, _ = batch(clips.folder, "--to", "srt", "--ledger", tmp_path / "ledger.jsonl")
    assert (code, printed) == (0, ["cl/clip000.srt"])


def test_an_id_that_is_no_text_is_told_as_it_can_be(start, tmp_path, clip_callback):
    (tmp_path / "m.jsonl").write_text(json.dumps({"id": "\ud800", "callback": clip_callback("a", "gone.wav")}) + "\n")
    one = start(tmp_path / "m.jsonl", "--convert", "8000", environment={"PYTHONIOENCODING": "ascii"})
    printed, said = one.communicate(timeout=60)
    assert (one.returncode, printed) == (1, "")
    assert "clipaudio batch: \\ud800 wav-8000: " in said
    assert "Traceback" not in said


def test_processes_are_taken_for_formats_of_many_clips(tmp_path):
    """Threads wait for each other where the work is Python's own; a few clips are done before processes have begun."""
    from clipaudio.cli.batch import _engine, _job
    from clipaudio.cli.main import make_parser

    (tmp_path / "few.jsonl").write_text('{"id": "a"}\n' * 10, "utf-8")
    (tmp_path / "many.jsonl").write_text('{"id": "a"}\n' * 300, "utf-8")

    def chosen(source, *words):
        options = make_parser().parse_args(["batch", str(tmp_path / source), "--out", str(tmp_path / "out"), *words])
        return _engine(options, _job(options))

    assert chosen("many.jsonl", "--to", "srt") == "processes"
    assert chosen("few.jsonl", "--to", "srt") == "threads"
    assert chosen("many.jsonl", "--to", "srt", "--jobs", "1") == "threads"
    assert chosen("many.jsonl", "--convert", "16000") == "threads"
    assert chosen("many.jsonl", "--to", "srt", "--engine", "threads") == "threads"
    assert chosen("few.jsonl", "--to", "srt", "--engine", "dask") == "dask"
