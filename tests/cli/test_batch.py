"""`clipaudio batch` as people type it: what it prints, how it ends, and what a second run finds."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clipaudio.batch.ledger import Ledger, Result, read
from clipaudio.cli.main import main


@pytest.fixture
def batch(tmp_path, capsys):
    """Return a function that runs the command here and gives its exit code, the lines it printed, and what it said."""

    def run(source, *words, out=tmp_path / "out"):
        capsys.readouterr()
        code = main(["batch", str(source), "--out", str(out), *map(str, words)])
        printed = capsys.readouterr()
        return code, printed.out.splitlines(), printed.err

    return run


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
        ((), "nothing to do; add --to, --convert, --html or --fetch"),
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
        assert "where --fetch would add clips; choose another folder" in said
    assert batch(clips.folder, "--recursive", "--fetch", out=f"{clips.folder}-out")[0] == 0
    assert batch(clips.folder, "--recursive", "--to", "srt", out=clips.folder / "out")[0] == 0
    assert batch(clips.folder, "--recursive", "--to", "srt", out=clips.folder / "out")[0] == 0


def test_a_bucket_needs_a_ledger_here_and_tables_a_source_to_read_again(batch, clips):
    assert "name a --ledger FILE" in batch(clips.folder, "--to", "srt", out="s3://clips/out")[2]
    assert "save stdin to a file first" in batch("-", "--to", "srt", "--nemo", "n.jsonl")[2]


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
    assert "<stdin>:3: the line is not valid JSON" in said


def test_a_language_nothing_is_known_of_is_told_once_and_kept_with_each_output(batch, clips, tmp_path):
    clips.many(2)
    code, printed, said = batch(clips.folder, "--to", "srt,vtt,textgrid", "--language", "xx")
    assert (code, len(printed)) == (0, 6)
    assert said.count("no words of 'xx' are known") == 1
    notes = {row.kind: row.notes for row in read(tmp_path / "out/ledger.jsonl")}
    assert "'xx'" in notes["srt"][0]
    assert notes["textgrid"] == ()


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
    assert re.fullmatch(
        r"clipaudio batch: .*ledger.jsonl is being written by process \d+; wait for it to end.*\n", said
    )


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
        assert re.fullmatch(r"clipaudio batch: .*out/ledger.jsonl.*: permission denied; check.*\n", one.stderr)
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
    assert re.fullmatch("clipaudio batch: .*: the disk is full; make room.*\n", one.stderr)
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
    assert changed == "cl/clip000.srt\thas the right size but other bytes"
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
    assert (code, said.count("m.jsonl:4: the line is not valid JSON")) == (0, 3)
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


@pytest.mark.parametrize("keeps", [(), ("--fetch",)])
def test_nemo_manifest_carries_the_text_of_a_folder_of_callbacks(batch, clips, tmp_path, keeps):
    clips.many(2)
    assert batch(clips.folder, "--to", "srt", *keeps, "--nemo", tmp_path / "n.jsonl")[0] == 0
    found = [json.loads(line) for line in (tmp_path / "n.jsonl").read_text().splitlines()]
    assert [row["text"] for row in found] == ["Hi you."] * 2


def test_shards_are_disjoint_and_whole(batch, clips, tmp_path):
    clips.many(12)
    for number in (1, 2, 3):
        assert batch(clips.folder, "--to", "srt", "--shard", f"{number}/3", "--ledger", tmp_path / f"{number}")[0] == 0
    found = [{row.id for row in read(tmp_path / f"{number}")} for number in (1, 2, 3)]
    assert sum(map(len, found)) == len(set.union(*found)) == 12


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
