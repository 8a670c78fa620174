"""Batches: engines against each other and against a bare loop, the ledger at a million rows, and shell tools.

What this cannot show: a cluster of several machines, a network file system, an object store far away. Engines are
started before they are timed, and their workers are warm. The shell tools only convert; so do we against them.

    python benchmarks/bench_batch.py        # needs distributed and ray; sox, ffmpeg and GNU parallel
    python benchmarks/bench_batch.py --long # the ledger and the rows at a million as well
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from interleave import race, write
from payloads import payload

from clipaudio.audio.encode import encode
from clipaudio.audio.many import convert_many
from clipaudio.batch.clip_spec import ClipSpec
from clipaudio.batch.engines import open_engine
from clipaudio.batch.job import Conversion, Job, Task
from clipaudio.batch.ledger import Ledger, LedgerReader
from clipaudio.batch.manifest import rows
from clipaudio.batch.output_store import Folder
from clipaudio.batch.result import Key, Result
from clipaudio.batch.runner import Batch
from clipaudio.batch.worker import work

COUNT, SECONDS, RATE = 500, 4, 22_050
NUMBERS = itertools.count()


def make_clips(folder: Path) -> None:
    """Write callbacks of some sixty letters and phones with their audio."""
    rng = np.random.default_rng(1)
    for number in range(COUNT):
        name = f"{number:04x}{number:04x}"
        callback = {**json.loads(payload(55, shape="overlap")), "id": name, "url": f"{name}.wav"}
        (folder / f"{name}.json").write_text(json.dumps(callback), "utf-8")
        (folder / f"{name}.wav").write_bytes(encode(rng.uniform(-0.3, 0.3, SECONDS * RATE), RATE))


def fresh(out: Path) -> Path:
    path = out / str(next(NUMBERS))
    path.mkdir(parents=True)
    return path


def job_in(folder: Path, *, exports: tuple[str, ...] = ("srt", "textgrid")) -> Job:
    conversion = Conversion.parse("16000:PCM_16")
    return Job(place=Folder(str(folder)), exports=exports, conversions=(conversion,))


def bench_engines(clips: list[ClipSpec], out: Path) -> list[dict]:
    """One run is one new folder with one new ledger."""
    with contextlib.ExitStack() as opened:
        engines = {
            "threads, 1": opened.enter_context(open_engine("threads", jobs=1)),
            "threads, 2": opened.enter_context(open_engine("threads", jobs=2)),
            "processes, 1": opened.enter_context(open_engine("processes", jobs=1)),
            "processes, 2": opened.enter_context(open_engine("processes", jobs=2)),
            "dask, 2": opened.enter_context(open_engine("dask", jobs=2)),
            "ray, 2": opened.enter_context(open_engine("ray", jobs=2)),
        }

        def batch(name, chunk=25):
            folder = fresh(out)
            with Ledger(folder / "ledger.jsonl") as ledger:
                run = Batch(job=job_in(folder), ledger=ledger, engine=engines[name], chunk=chunk).run(clips)
                assert sum(result.is_ok for result in run) == 3 * COUNT
            shutil.rmtree(folder)

        def bare():
            folder = fresh(out)
            job = job_in(folder)
            for row in clips:
                work(job, [Task(row, tuple((kind, 1) for kind in job.kinds))])
            shutil.rmtree(folder)

        for name in engines:
            batch(name)  # workers import on their first chunk
        pairs = [("threads, 2", "threads, 1"), ("processes, 2", "processes, 1"), ("threads, 1", "bare loop")]
        pairs += [("dask, 2", "processes, 2"), ("ray, 2", "processes, 2")]
        return [
            {
                "what": f"SRT, TextGrid and 16 kHz of clips of {SECONDS} s: {ours} against {theirs}",
                "size": f"{COUNT} clips",
                "rivals": race(
                    {name: bare if name == "bare loop" else functools.partial(batch, name) for name in (ours, theirs)},
                    rounds=5,
                ),
            }
            for ours, theirs in pairs
        ]


def bench_shell(source: Path, clips: list[ClipSpec], out: Path) -> dict:
    """Conversion alone: 16 kHz, 16 bits, two at once."""
    engine_place = contextlib.ExitStack()
    engine = engine_place.enter_context(open_engine("threads", jobs=2))

    def ours():
        folder = fresh(out)
        with Ledger(folder / "ledger.jsonl") as ledger:
            run = Batch(job=job_in(folder, exports=()), ledger=ledger, engine=engine, chunk=25).run(clips)
            assert sum(result.is_ok for result in run) == COUNT
        shutil.rmtree(folder)

    def many():
        folder = fresh(out)
        pairs = [(path, folder / path.name) for path in source.glob("*.wav")]
        assert len(list(convert_many(pairs, threads=2, sample_rate=16_000, subtype="PCM_16"))) == COUNT
        shutil.rmtree(folder)

    def shell(command):
        def run():
            folder = fresh(out)
            subprocess.run(command.format(source=source, folder=folder), shell=True, check=True, capture_output=True)
            assert len(list(folder.iterdir())) == COUNT
            shutil.rmtree(folder)

        return run

    sox = "find {source} -name '*.wav' -print0 | xargs -0 -P2 -I F sh -c 'sox F -r 16000 -b 16 {folder}/$(basename F)'"
    ffmpeg = (
        "find {source} -name '*.wav' | parallel -j2 --will-cite"
        " ffmpeg -nostdin -loglevel error -i {{}} -ar 16000 -c:a pcm_s16le {folder}/{{/}}"
    )
    rivals = {
        "clipaudio batch, 2 threads": ours,
        "convert_many, 2 threads": many,
        "find | xargs -P2 sox": shell(sox),
        "parallel -j2 ffmpeg": shell(ffmpeg),
    }
    with engine_place:
        return {"what": "conversion to 16 kHz, 16 bits", "size": f"{COUNT} clips", "rivals": race(rivals, rounds=3)}


def bench_ledger(out: Path, count: int) -> dict:
    path = out / "ledger.jsonl"
    with Ledger(path) as ledger:
        for start in range(0, count, 1000):
            ledger.append(
                Result(
                    id=f"{n:08x}",
                    kind="srt",
                    options="0" * 16,
                    status="ok",
                    output=f"{n:08x}.srt",
                    bytes=n,
                    sha256="0" * 64,
                )
                for n in range(start, start + 1000)
            )

    def scan():
        with LedgerReader(path) as reader:
            assert reader.done([Key("00000000", "srt", "0" * 16)])[0].is_done

    return {
        "what": "reading what is done",
        "size": f"{count} rows, {path.stat().st_size >> 20} MB",
        "rivals": race({"clipaudio.batch.LedgerReader": scan}, rounds=3),
    }


MEMORY = """
import sys
from clipaudio.batch.engines import open_engine
from clipaudio.batch.job import Job
from clipaudio.batch.ledger import Ledger
from clipaudio.batch.result import Result
from clipaudio.batch.clip_spec import ClipSpec
from clipaudio.batch.runner import Batch
from clipaudio.batch.output_store import Folder

def nothing(job, tasks):
    return [Result(id=task.row.id, kind=kind.name, options=kind.options, status="ok", attempt=n)
            for task in tasks for kind, n in task.kinds]

count, folder = int(sys.argv[1]), sys.argv[2]
source = (ClipSpec(id=f"{n:08x}", callback=f"{n:08x}.json", where=f"clips.jsonl:{n}") for n in range(count))
with Ledger(folder + "/ledger.jsonl") as ledger, open_engine("threads", jobs=2) as engine:
    job = Job(place=Folder(folder), exports=("srt",))
    done = sum(result.is_ok for result in Batch(job=job, ledger=ledger, engine=engine, do=nothing).run(source))
assert done == count
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


def peak_memory(count: int, out: Path) -> tuple[float, float]:
    """Return the peak of a process that runs *count* rows through a batch that does nothing, MiB, and its seconds."""
    folder = fresh(out)
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(count), str(folder)], check=True, capture_output=True, text=True
    )
    seconds = time.perf_counter() - began
    shutil.rmtree(folder)
    return int(done.stdout) / 1024, seconds


def main() -> int:
    shm = "/dev/shm" if Path("/dev/shm").is_dir() else None  # a disk shared with others has its own weather
    with tempfile.TemporaryDirectory(dir=shm) as name:
        source, out = Path(name) / "in", Path(name) / "out"
        source.mkdir()
        out.mkdir()
        make_clips(source)
        clips = [row for row in rows(source) if isinstance(row, ClipSpec)]
        results = [*bench_engines(clips, out), bench_shell(source, clips, out)]
        if "--long" in sys.argv:
            results.append(bench_ledger(out, 1_000_000))
            few, many = peak_memory(10_000, out), peak_memory(1_000_000, out)
            print(f"peak of 1e6 rows over that of 1e4: {many[0] / few[0]:.3f}")
            rivals = {
                name: {"median_ms": ms, "fastest_ms": ms, "slowest_ms": ms, "peak_mib": round(mib, 1)}
                for name, mib, ms in (("1e4 rows", few[0], few[1] * 1e3), ("1e6 rows", many[0], many[1] * 1e3))
            }
            results.append({"what": "a batch whose workers do nothing", "size": "peak memory", "rivals": rivals})
    write("batch", results)
    return 0


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
