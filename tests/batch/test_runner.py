"""A batch begins, ends, fails and goes on in order."""

from __future__ import annotations

import threading
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from dataclasses import replace

import pytest

from clipaudio.batch.clip_spec import ClipSpec, Unreadable
from clipaudio.batch.engines import ExecutorEngine, open_engine
from clipaudio.batch.job import Job
from clipaudio.batch.ledger import Ledger, LedgerReader, merge, read
from clipaudio.batch.manifest import shard
from clipaudio.batch.output_store import Folder
from clipaudio.batch.planning import Skipped
from clipaudio.batch.result import Result
from clipaudio.batch.runner import Batch
from clipaudio.batch.worker import work
from clipaudio.errors import LedgerBusyError, LedgerError
from clipaudio.files import part_name


class Here:
    """An engine that does all in this thread when it is asked, and may break at a clip."""

    workers = 1

    def __init__(self, break_at=lambda _: False):
        self.calls, self.renewed, self._break_at = [], 0, break_at

    def submit(self, function, /, job, tasks):
        self.calls.append([task.row.id for task in tasks])
        future = Future()
        if self._break_at(self.calls[-1]):
            future.set_exception(BrokenExecutor("the worker is gone"))
        else:
            future.set_result(function(job, tasks))
        return future

    def renew(self, error):
        assert isinstance(error, BrokenExecutor)
        self.renewed += 1


@pytest.fixture
def job(tmp_path):
    return Job(place=Folder(str(tmp_path / "out")), exports=("srt",))


@pytest.fixture
def run(tmp_path, job):
    """Return a function that runs a batch with a chunk of two and a window of one."""

    def once(rows, engine=None, *, ledger="ledger.jsonl", **options):
        with Ledger(tmp_path / ledger) as opened:
            given = {"job": job, "chunk": 2, "window": 1, **options}
            return list(Batch(ledger=opened, engine=engine or Here(), **given).run(rows))

    return once


def test_what_is_done_is_written_down_before_it_is_told(tmp_path, clips, job):
    with Ledger(tmp_path / "ledger.jsonl") as ledger:
        for number, step in enumerate(Batch(job=job, ledger=ledger, engine=Here(), chunk=1).run(clips.many(5)), 1):
            assert step.is_ok
            assert len(list(read(tmp_path / "ledger.jsonl"))) == number


def test_a_stop_hands_out_nothing_more_and_finishes_what_is_under_way(run, clips):
    stop, rows, engine = threading.Event(), clips.many(40), Here()

    def stopping(job, tasks):
        if tasks[0].row.id == "clip006":
            stop.set()
        return work(job, tasks)

    done = run(rows, engine, stop=stop, do=stopping)
    assert [result.id for result in done] == [f"clip{number:03d}" for number in range(8)]
    assert [step.id for step in run(rows) if isinstance(step, Result)] == [row.id for row in rows[8:]]


def test_a_stop_before_the_first_row_does_nothing(run, clips):
    stop, engine = threading.Event(), Here()
    stop.set()
    assert run(clips.many(3), engine, stop=stop) == []
    assert engine.calls == []


@pytest.mark.parametrize("bad", ["broken", "duplicate"])
def test_an_error_ends_a_run_that_is_to_fail_fast(run, clips, bad):
    rows = clips.many(30)
    rows.insert(1, ClipSpec(id="x", callback=b"{") if bad == "broken" else rows[0])
    done = run(rows, fail_fast=True)
    assert [step.status for step in done].count("error") == 1
    assert len(done) < 10
    done = run(rows)
    assert len(done) == 31


def test_a_pool_that_breaks_is_renewed_and_its_chunks_are_tried_one_by_one(run, clips, tmp_path):
    engine = Here(lambda ids: "clip003" in ids)
    done = run(clips.many(8), engine)
    assert {(result.id, result.status) for result in done if not result.is_ok} == {("clip003", "crashed")}
    [crashed] = [result for result in done if not result.is_ok]
    assert (crashed.error.type, crashed.error.message) == ("BrokenExecutor", "the worker is gone")
    assert engine.calls.count(["clip003"]) == 1
    assert engine.renewed == 3
    assert [(row.status, row.attempt) for row in read(tmp_path / "ledger.jsonl") if row.id == "clip002"] == [
        ("lost", 1),
        ("lost", 2),
        ("ok", 3),
    ]


def test_a_pool_that_breaks_when_a_stop_is_set_is_left(run, clips, tmp_path):
    stop = threading.Event()

    def breaks(_):
        stop.set()
        return True

    assert run(clips.many(4), Here(breaks), stop=stop) == []
    assert {row.status for row in read(tmp_path / "ledger.jsonl")} == {"lost"}


def test_a_pool_that_broke_before_work_is_handed_out_is_made_anew():
    class Broken(ThreadPoolExecutor):
        def submit(self, *_):
            raise BrokenExecutor("gone")

    pools = [Broken(1), ThreadPoolExecutor(1)]
    engine = ExecutorEngine(lambda: pools.pop(0), 1)
    assert engine.submit(len, "abc").result() == 3
    engine.renew(ValueError("no matter of the pool"))
    assert engine.submit(len, "ab").result() == 2
    engine.close()


def test_rows_that_are_none_pass_and_are_not_written(run, clips, tmp_path):
    torn = Unreadable("m:2", "torn")
    done = run([*clips.many(1), torn])
    assert torn in done
    assert len(list(read(tmp_path / "ledger.jsonl"))) == 1


def test_duplicates_are_errors_of_the_ledger(run, clips, tmp_path):
    [row] = clips.add("a")
    done = run([row, row])
    assert sorted(result.status for result in done) == ["error", "ok"]
    assert sorted(result.kind for result in read(tmp_path / "ledger.jsonl")) == ["duplicate", "srt"]


def test_shards_are_disjoint_and_merge_into_the_ledger_of_one_run(run, clips, tmp_path, outputs):
    rows = clips.many(30)
    for number in (1, 2, 3):
        run(list(shard(rows, number, 3)), ledger=f"{number}.jsonl")
    parted = outputs(tmp_path / "out")
    run(rows, ledger="whole.jsonl", redo=True)
    assert outputs(tmp_path / "out") == parted
    paths = [tmp_path / f"{number}.jsonl" for number in (1, 2, 3)]
    assert merge(paths, tmp_path / "merged.jsonl") == 30
    assert set(read(tmp_path / "merged.jsonl")) == set(read(tmp_path / "whole.jsonl"))
    found = [{row.id for row in read(path)} for path in paths]
    assert sum(map(len, found)) == len(set.union(*found)) == 30
    assert run(rows, ledger="merged.jsonl") == [Skipped(row.id) for row in rows]


def test_two_runs_do_not_share_a_ledger(tmp_path, run, clips):
    with Ledger(tmp_path / "ledger.jsonl"), pytest.raises(LedgerBusyError, match="wait for it to end"):
        run(clips.many(1))


def test_a_ledger_of_a_newer_version_is_left_alone(tmp_path, run, clips):
    (tmp_path / "ledger.jsonl").write_text('{"ledger":2,"clipaudio":"9.0"}\n')
    with pytest.raises(LedgerError, match=r"made by clipaudio 9\.0 in another format .*; update clipaudio"):
        run(clips.many(1))
    assert (tmp_path / "ledger.jsonl").read_text() == '{"ledger":2,"clipaudio":"9.0"}\n'


def test_what_killed_runs_had_begun_is_removed_where_nobody_else_writes(run, clips, tmp_path):
    rows = clips.many(2)
    stale = tmp_path / "out/cl" / part_name("clip000.srt", 4_194_305, 0)  # no process has this number
    stale.parent.mkdir(parents=True)
    stale.touch()
    run(rows[:1], sweep=False)
    assert stale.exists()
    run(rows)
    assert not stale.exists()
    assert sorted(path.name for path in stale.parent.iterdir()) == ["clip000.srt", "clip001.srt"]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["threads", "processes"])
def test_a_run_that_is_dropped_in_the_middle_is_gone_on_with(engine, tmp_path, clips, job, outputs):
    rows = clips.many(40)
    with Ledger(tmp_path / "ledger.jsonl") as ledger, open_engine(engine, jobs=2) as opened:
        steps = Batch(job=job, ledger=ledger, engine=opened, chunk=2).run(rows)
        for _ in range(7):
            next(steps)
        steps.close()
    with LedgerReader(tmp_path / "ledger.jsonl") as reader:
        before = sum(row.is_ok for row in reader.latest())
    with Ledger(tmp_path / "ledger.jsonl") as ledger, open_engine(engine, jobs=2) as opened:
        found = list(Batch(job=job, ledger=ledger, engine=opened).run(rows))
    assert sum(isinstance(step, Skipped) for step in found) == before >= 7
    assert len(outputs(tmp_path / "out")) == 40


def test_a_result_that_cannot_be_encoded_fails_alone(run, clips, tmp_path):
    def odd(job, tasks):
        return [replace(one, duration=1j) if one.id == "clip001" else one for one in work(job, tasks)]

    found = {one.id: one for one in run(clips.many(4), do=odd)}
    assert [one.is_ok for one in found.values()] == [True, False, True, True]
    assert "no ledger can hold" in found["clip001"].error.message
    assert {one.id for one in read(tmp_path / "ledger.jsonl") if one.is_ok} == {"clip000", "clip002", "clip003"}
