"""One suite for every engine: what a batch makes is the same on each, and so is what a worker that goes down costs."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import warnings
import weakref
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clipaudio.batch.engines import ENGINES, ExecutorEngine, open_engine
from clipaudio.batch.job import Conversion, Job, Task
from clipaudio.batch.ledger import Ledger, read
from clipaudio.batch.output_store import Folder
from clipaudio.batch.planning import Skipped
from clipaudio.batch.runner import Batch
from clipaudio.batch.worker import work
from clipaudio.errors import EngineError

PACKAGES = {"dask": "distributed", "ray": "ray"}
LEAST = {"dask": "2024.8", "ray": "2.40"}


@pytest.fixture(scope="session", params=ENGINES)
def engine(request, needs, deeds):
    """Yield each engine with two workers; one that is a cluster is started here, once."""
    name = request.param
    if name in PACKAGES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what it warns of while it loads is its own
            package = needs(PACKAGES[name])
    if name == "ray":
        package.cloudpickle.register_pickle_by_value(deeds)  # its workers do not search where this process does
    with open_engine(name, jobs=2) as opened:
        opened.name = name
        yield opened


@pytest.fixture
def run(tmp_path, engine):
    """Return a function that runs a batch on the engine and gives all that came of it."""

    def once(rows, job=None, **options):
        job = job or wanted(tmp_path / "out")
        with Ledger(tmp_path / "ledger.jsonl") as ledger:
            return list(Batch(job=job, ledger=ledger, engine=engine, **{"chunk": 8, **options}).run(rows))

    return once


def wanted(out: Path) -> Job:
    return Job(
        place=Folder(str(out)),
        exports=("srt", "textgrid"),
        conversions=(Conversion.parse("8000:PCM_16"), Conversion.parse("::flac")),
        is_fetching=True,
    )


@pytest.mark.slow
def test_outputs_are_those_of_one_clip_after_the_other(run, clips, tmp_path, outputs):
    rows = clips.many(20)
    job = wanted(tmp_path / "plain")
    plain = work(job, [Task(row, tuple((kind, 1) for kind in job.kinds)) for row in rows])
    assert run(rows) == plain
    assert outputs(tmp_path / "out") == outputs(tmp_path / "plain")
    assert len(outputs(tmp_path / "out")) == 20 * 6
    assert run(rows) == [Skipped(row.id) for row in rows]


@pytest.mark.slow
def test_one_damaged_clip_of_a_hundred_costs_its_own_outputs_and_no_other(run, clips, outputs, tmp_path):
    rows = clips.many(100)
    Path(rows[41].audio).write_bytes(b"<html>Sign in</html>")
    done = run(rows)
    failed = [result for result in done if not result.is_ok]
    kinds = ("audio", "srt", "textgrid", "wav-8000-PCM_16", "flac")
    assert [(result.id, result.kind, result.status) for result in failed] == [
        ("clip041", kind, "error") for kind in kinds
    ]
    assert all("audio" in result.error.message for result in failed)
    assert len(done) == 100 * 6
    assert len(outputs(tmp_path / "out")) == 99 * 6 + 1


@pytest.mark.slow
@pytest.mark.parametrize("deed", ["exits", "is_killed"])
def test_a_clip_that_kills_its_worker_is_crashed_and_all_others_are_done(run, engine, clips, deeds, deed, tmp_path):
    if engine.name == "threads":
        pytest.skip("a thread that ends its process ends the batch")
    name = deed.replace("_", "-")
    rows = [*clips.many(30), *clips.add(name)]
    done = run(rows, Job(place=Folder(str(tmp_path / "out")), exports=("srt",)), do=getattr(deeds, deed), chunk=4)
    assert Counter(result.status for result in done) == {"ok": 30, "crashed": 1}
    [crashed] = [result for result in done if not result.is_ok]
    assert (crashed.id, crashed.kind, crashed.attempt) == (name, "srt", 3)
    assert crashed.error.stage == "worker"
    tries = [row for row in read(tmp_path / "ledger.jsonl") if row.id == name]
    assert [(row.status, row.attempt) for row in tries] == [("lost", 1), ("lost", 2), ("crashed", 3)]
    assert (tmp_path / "out/cl/clip029.srt").exists()


@pytest.mark.slow
def test_a_worker_that_raises_what_nobody_expects_names_it(run, clips, deeds, tmp_path):
    rows = [*clips.add("divides"), *clips.many(10)]
    done = run(rows, Job(place=Folder(str(tmp_path / "out")), exports=("srt",)), do=deeds.divides_by_nothing)
    assert Counter(result.status for result in done) == {"ok": 10, "crashed": 1}
    [crashed] = [result for result in done if not result.is_ok]
    assert (crashed.id, crashed.error.type) == ("divides", "ZeroDivisionError")
    assert "integer division or modulo by zero" in crashed.error.message


class Watched:
    """An engine that counts what is under way, and what it handed out that is still held by someone."""

    def __init__(self, engine):
        self.workers, self._engine = engine.workers, engine
        self.now = self.most = 0
        self.held = weakref.WeakSet()

    def submit(self, function, /, *arguments):
        self.now += 1
        self.most = max(self.most, self.now)
        pending = WatchedPending(self, self._engine.submit(function, *arguments))
        self.held.add(pending)
        return pending

    def renew(self, error):
        self._engine.renew(error)


class WatchedPending:
    def __init__(self, watched, pending):
        self._watched, self._pending = watched, pending

    def exception(self):
        return self._pending.exception()

    def result(self):
        self._watched.now -= 1
        return self._pending.result()


@pytest.mark.slow
def test_no_more_is_under_way_than_the_window_and_nothing_done_is_kept(engine, clips, tmp_path):
    watched = Watched(engine)
    job = Job(place=Folder(str(tmp_path / "out")), exports=("srt",))
    with Ledger(tmp_path / "ledger.jsonl") as ledger:
        batch = Batch(job=job, ledger=ledger, engine=watched, chunk=2, window=1)
        held = max(len(watched.held) for _ in batch.run(clips.many(80)))
    assert watched.most == engine.workers * 2
    assert watched.now == 0
    assert held <= watched.most


def test_a_pool_that_is_shut_when_work_is_handed_out_is_no_pool_that_broke():
    engine = ExecutorEngine(lambda: ThreadPoolExecutor(1), 1)
    engine.close()
    with pytest.raises(RuntimeError, match="cannot schedule new futures"):
        engine.submit(len, "abc")


def test_workers_are_as_many_as_are_asked_for(engine):
    assert engine.workers == 2


def test_an_engine_nobody_knows_is_told_by_name():
    with pytest.raises(KeyError, match="abacus"), open_engine("abacus"):
        pass


DRIVER = """
import os, signal, sys, time
from clipaudio.batch.engines import open_engine
with open_engine("processes", jobs=2) as engine:
    print(*{engine.submit(os.getpid).result() for _ in range(2)}, flush=True)
    engine.submit(time.sleep, 600)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the state of a process is read as Linux tells it")
def test_workers_end_with_a_driver_that_is_killed_also_when_they_are_at_work():
    one = subprocess.run([sys.executable, "-c", DRIVER], stdout=subprocess.PIPE, text=True, timeout=60, check=False)
    assert one.returncode == -signal.SIGKILL
    workers = [int(number) for number in one.stdout.split()]
    assert workers
    for _ in range(400):
        if not any(is_running(worker) for worker in workers):
            return
        time.sleep(0.05)
    pytest.fail("workers outlived their driver")


def is_running(process: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


INTERRUPTED = """
import os, signal, time
from clipaudio.batch.engines import open_engine
signal.signal(signal.SIGINT, lambda *_: None)
with open_engine("processes", jobs=2) as engine:
    pending = [engine.submit(abs, -number) for number in range(6)]
    for _ in range(40):  # while the workers begin
        os.killpg(0, signal.SIGINT)
        time.sleep(0.01)
    print([one.result() for one in pending])
"""


def test_workers_hear_no_interrupt_not_even_while_they_begin():
    one = subprocess.run(
        [sys.executable, "-c", INTERRUPTED],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        start_new_session=True,
    )
    assert (one.stdout, one.stderr) == ("[0, 1, 2, 3, 4, 5]\n", "")


@pytest.mark.parametrize("name", ["dask", "ray"])
def test_an_engine_whose_package_is_missing_says_how_to_get_it(name):
    program = (
        f"import sys; sys.modules[{PACKAGES[name]!r}] = None\n"
        "from clipaudio.batch.engines import open_engine; from clipaudio.errors import MissingExtraError\n"
        f"try:\n    open_engine({name!r}).__enter__()\nexcept MissingExtraError as error:\n    print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert (
        said.stdout
        == f'this engine needs {PACKAGES[name]}; install it with: pip install "{PACKAGES[name]}>={LEAST[name]}"\n'
    )


def test_a_cluster_that_exists_is_used_as_it_is(needs):
    distributed = needs("distributed")
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=3, processes=False, dashboard_address=":0", silence_logs=40
        ) as cluster,
        open_engine("dask", scheduler=cluster.scheduler_address) as engine,
    ):
        assert engine.workers == 3
        assert engine.submit(len, "abc").result() == 3


def test_a_cluster_that_is_not_there_is_told(needs):
    needs("distributed")
    with (
        pytest.raises(EngineError, match=r"no dask scheduler at sky://x: .*; check the address"),
        open_engine("dask", scheduler="sky://x"),
    ):
        pass


LOST = """
import subprocess, sys, time
from clipaudio.batch.engines import open_engine
from clipaudio.errors import EngineError
CLUSTER = '''
import distributed, time
if __name__ == "__main__":
    cluster = distributed.LocalCluster(n_workers=1, dashboard_address=":0", silence_logs=50)
    print(cluster.scheduler_address, flush=True)
    time.sleep(60)
'''
if __name__ == "__main__":
    cluster = subprocess.Popen([sys.executable, "-c", CLUSTER], stdout=subprocess.PIPE, text=True)
    with open_engine("dask", scheduler=cluster.stdout.readline().strip()) as engine:
        pending = [engine.submit(time.sleep, 60) for _ in range(2)]
        cluster.kill()
        for ask in (pending[0].exception, pending[1].result):
            try:
                ask()
            except EngineError as error:
                print(error)
"""


@pytest.mark.slow
def test_a_cluster_that_goes_away_is_told(needs):
    needs("distributed")
    one = subprocess.run([sys.executable, "-c", LOST], capture_output=True, text=True, timeout=60, check=False)
    told = "the dask cluster went away; run the same command again when it is back\n"
    assert (one.returncode, one.stdout) == (0, told * 2), one.stderr
