"""Whole batches on processes, against a former state of this code.

    git worktree add /tmp/former <commit>
    python benchmarks/bench_batch_former.py /tmp/former

Each round starts one process with this code and one with the former code, one after the other. Each opens its workers,
runs every batch once to warm up and then counts seconds of the clock. Memory is the highest of the driver and of each
worker, added up, after all of it.

What this cannot show: a disk (all files are on a RAM disk), and machines whose processors share less than these two.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from interleave import count_in_turn, row_of, write

ROUNDS = 5
AUDIO, TEXT = 500, 1000
MIB = 1024


def peak(process: int | str) -> float:
    """Return the highest resident memory of a process so far, in MiB."""
    status = Path(f"/proc/{process}/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / MIB


def workers() -> list[int]:
    """Return the processes that this one has started."""
    return [int(word) for word in Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split()]


def make_texts(folder: Path) -> None:
    """Write callbacks of 80 letters with phones."""
    import bench_clip

    bench_clip.CLIPS = TEXT
    for number, text in enumerate(bench_clip.texts(80)):
        body = json.loads(bench_clip.callback(text, shape="overlap"))
        (folder / f"{number:04x}.json").write_text(json.dumps({**body, "id": f"{number:04x}"}), "utf-8")


def count() -> dict[str, float]:
    """Return the seconds of each batch with the code that is on the path."""
    import bench_batch

    from clipaudio.batch.clip_spec import ClipSpec
    from clipaudio.batch.engines import open_engine
    from clipaudio.batch.job import Conversion, Job
    from clipaudio.batch.ledger import Ledger
    from clipaudio.batch.manifest import rows
    from clipaudio.batch.output_store import Folder
    from clipaudio.batch.runner import Batch

    found = {}
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        audio, texts = Path(name) / "audio", Path(name) / "texts"
        audio.mkdir()
        texts.mkdir()
        bench_batch.make_clips(audio)
        make_texts(texts)
        cases = {
            "SRT, TextGrid and Rhubarb": (texts, ("srt", "textgrid", "rhubarb"), ()),
            "SRT, TextGrid and 16 kHz": (audio, ("srt", "textgrid"), (Conversion.parse("16000:PCM_16"),)),
        }
        for jobs in (1, 2):
            with open_engine("processes", jobs=jobs) as engine:
                for case, (source, exports, conversions) in cases.items():
                    clips = [row for row in rows(source) if isinstance(row, ClipSpec)]
                    for run in range(2):  # the first one warms up
                        out = Path(name) / f"{jobs} {case} {run}"
                        out.mkdir()
                        job = Job(place=Folder(str(out)), exports=exports, conversions=conversions)
                        with Ledger(out / "ledger.jsonl") as ledger:
                            begin = time.perf_counter()
                            batch = Batch(job=job, ledger=ledger, engine=engine)
                            assert all(result.is_ok for result in batch.run(clips))
                            found[f"{case}, {jobs}"] = time.perf_counter() - begin
                if jobs == 2:
                    found["memory"] = peak("self") + sum(map(peak, workers()))
    return found


def compare(former: Path) -> list[dict]:
    took = count_in_turn(__file__, former, rounds=ROUNDS)
    results = []
    ours, theirs = took.values()
    for case in (case for case in ours[0] if case != "memory"):
        name, jobs = case.rsplit(", ", 1)
        clips = TEXT if "Rhubarb" in case else AUDIO
        rivals = {tree: row_of([one[case] for one in rounds]) for tree, rounds in took.items()}
        ratios = [a[case] / b[case] for a, b in zip(ours, theirs, strict=True)]
        rivals["the former code"]["ours_over_this"] = round(statistics.median(ratios), 4)
        if jobs == "2":
            alone = f"{name}, 1"
            rivals["this code, one process"] = row_of([one[alone] for one in ours])
            ratio = statistics.median(one[case] / one[alone] for one in ours)
            rivals["this code, one process"]["ours_over_this"] = round(ratio, 4)
        for tree, rounds in took.items():
            rivals[tree] |= {"peak_mib": round(max(one["memory"] for one in rounds), 1)} if jobs == "2" else {}
        results.append({"what": f"{name}, processes: {jobs}", "size": f"{clips} clips", "rivals": rivals})
    return results


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if "--count" in sys.argv:
        print(json.dumps(count()))
    else:
        write("batch_former", compare(Path(sys.argv[1]).resolve()))
