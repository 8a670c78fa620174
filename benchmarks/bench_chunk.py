"""Short clips in chunks, as a batch makes them, against a former state of this code.

    git worktree add /tmp/former <commit>
    python benchmarks/bench_chunk.py /tmp/former

Each round starts one process with this code and one with the former code, one after the other; each warms up, then
counts seconds of its processor for every case. Figures are of 200 clips of 80 letters with phones: divide by 200.

What this cannot show: what a batch of many processes takes, or clips whose words were never seen (see `bench_clip.py`).
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from interleave import count_in_turn, row_of, write

CLIPS = 200
LETTERS = 80
CHUNK = 16  # of code that has no `Job.chunk` yet
ROUNDS = 7
CASES = {
    "batch: SRT": ("batch", ("srt",)),
    "batch: SRT, TextGrid and Rhubarb": ("batch", ("srt", "textgrid", "rhubarb")),
    "one clip at a time: SRT": ("alone", ("srt",)),
    "one clip at a time: SRT, TextGrid and Rhubarb": ("alone", ("srt", "textgrid", "rhubarb")),
    "reading a TextGrid of 1e5 intervals, long": ("read", ("long",)),
    "reading a TextGrid of 1e5 intervals, short": ("read", ("short",)),
}


def batch(bodies: list[bytes], formats: tuple[str, ...], folder: Path) -> None:
    from clipaudio.batch.clip_spec import ClipSpec
    from clipaudio.batch.job import Job, Task
    from clipaudio.batch.output_store import Folder
    from clipaudio.batch.worker import work

    job = Job(place=Folder(str(folder / "out")), exports=formats)
    kinds = tuple((kind, 1) for kind in job.kinds)
    tasks = []
    for row, raw in enumerate(bodies):
        path = folder / f"{row}.json"
        if not path.exists():
            path.write_bytes(raw)
        tasks.append(Task(ClipSpec(id=f"clip{row}", callback=str(path), where=f"clips.jsonl:{row}"), kinds))
    chunk = getattr(job, "chunk", CHUNK)
    for first in range(0, len(tasks), chunk):
        assert all(result.is_ok for result in work(job, tasks[first : first + chunk]))


def alone(bodies: list[bytes], formats: tuple[str, ...], _: Path) -> None:
    from clipaudio.clip import Clip
    from clipaudio.export import dumps
    from clipaudio.resemble.callback import read_callback

    for raw in bodies:
        source = Clip(read_callback(raw)).export_context()
        for name in formats:
            dumps(source, name)


def grid(kind: str) -> str:
    import numpy as np

    from clipaudio.annotation.formats.textgrid import dumps
    from clipaudio.timing.timeline import Timeline

    edges = np.arange(100_001) * 0.0731
    line = Timeline([f"x{row % 40}" for row in range(100_000)], np.column_stack((edges[:-1], edges[1:])))
    return dumps({"phones": line}, float(edges[-1]), format=kind)


def count() -> dict[str, float]:
    """Return the seconds of the processor that each case takes with the code that is on the path."""
    import bench_clip

    from clipaudio.annotation.formats.textgrid import loads

    bench_clip.CLIPS = CLIPS
    bodies = [bench_clip.callback(text, shape="overlap") for text in bench_clip.texts(LETTERS)]
    found = {}
    for name, (kind, formats) in CASES.items():
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            if kind == "read":
                text = grid(formats[0])
                runs = [lambda text=text: loads(text)] * 2
            else:
                run = {"batch": batch, "alone": alone}[kind]
                runs = [
                    lambda clips=clips, run=run, formats=formats, folder=folder: run(clips, formats, Path(folder))
                    for clips in (bodies[:64], bodies)
                ]
            for each in runs:  # the first one warms up
                begin = time.process_time()
                each()
                found[name] = time.process_time() - begin
    return found


def compare(former: Path) -> list[dict]:
    took = count_in_turn(__file__, former, rounds=ROUNDS)
    results = []
    for case in CASES:
        rows = {name: row_of([one[case] for one in rounds]) for name, rounds in took.items()}
        ratios = [ours[case] / theirs[case] for ours, theirs in zip(*took.values(), strict=True)]
        rows["the former code"]["ours_over_this"] = round(statistics.median(ratios), 4)
        size = "1e5 intervals" if CASES[case][0] == "read" else f"{CLIPS} clips of {LETTERS} letters, CPU"
        results.append({"what": case, "size": size, "rivals": rows})
    return results


if __name__ == "__main__":
    if "--count" in sys.argv:
        print(json.dumps(count()))
    else:
        write("chunk", compare(Path(sys.argv[1]).resolve()))
