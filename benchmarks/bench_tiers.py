"""Writing and reading TextGrids against praatio, tgt and Praat (parselmouth).

What this cannot show: that one clip saves sooner; its tiers hold a hundred intervals and take a millisecond anywhere.
Every writer begins with the same labels and times, builds what it needs of them, and ends with a file on the disk;
every reader begins with the file. Under "traced" every line is traced, as it is under coverage: there the row to read
is how much longer 20 000 intervals take than 10 000, which is 2 where a writer is linear.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import parselmouth
import tgt
from interleave import race, write
from praatio import textgrid as praatio_textgrid

from clipaudio.annotation.formats import textgrid
from clipaudio.annotation.sanitize import prepare
from clipaudio.timing.timeline import Timeline

SIZES = (1_000, 10_000, 100_000)
FOLDER = Path(tempfile.mkdtemp())
LABELS = ("ə", "t", "ɪ", "ˈe", "s", "k͡p", 'quo"te', "")


def make(count: int) -> tuple[Timeline, float]:
    edges = np.arange(count + 1) * 0.0731
    labels = [LABELS[row % len(LABELS)] for row in range(count)]
    return Timeline(labels, np.column_stack((edges[:-1], edges[1:]))), float(edges[-1])


def by_us(line: Timeline, end: float, kind: str) -> None:
    (FOLDER / "ours").write_bytes(textgrid.encode(textgrid.dumps({"phones": line}, end, format=kind)))


def by_us_with_objects(line: Timeline, end: float, kind: str) -> None:
    textgrid.to_praatio({"phones": line}, end)
    by_us(line, end, kind)


def by_us_with_repair(line: Timeline, end: float, kind: str) -> None:
    tiers, _ = prepare({"phones": line}, end)
    (FOLDER / "ours").write_bytes(textgrid.encode(textgrid.dumps(tiers, end, format=kind)))


def by_praatio(line: Timeline, end: float, kind: str) -> None:
    grid = praatio_textgrid.Textgrid(0.0, end)
    pairs = zip(line.labels, line.times.tolist(), strict=True)
    entries = [(start, stop, label) for label, (start, stop) in pairs if label]
    grid.addTier(praatio_textgrid.IntervalTier("phones", entries, 0.0, end), reportingMode="error")
    options = {"includeBlankSpaces": True, "minimumIntervalLength": None, "reportingMode": "error"}
    grid.save(str(FOLDER / "praatio"), f"{kind}_textgrid", **options)


def by_tgt(line: Timeline, end: float, kind: str) -> None:
    grid = tgt.TextGrid()
    pairs = zip(line.labels, line.times.tolist(), strict=True)
    entries = [tgt.Interval(start, stop, label) for label, (start, stop) in pairs if label]
    grid.add_tier(tgt.IntervalTier(0.0, end, "phones", entries))
    tgt.io.write_to_file(grid, str(FOLDER / "tgt"), format=kind)


def bench_writing() -> list[dict]:
    results = []
    for count in SIZES:
        line, end = make(count)
        for kind in ("short", "long"):
            rivals = {
                "clipaudio": lambda kind=kind, line=line, end=end: by_us(line, end, kind),
                "the same, and praatio's objects": lambda kind=kind, line=line, end=end: by_us_with_objects(
                    line, end, kind
                ),
                "the same, mended first": lambda kind=kind, line=line, end=end: by_us_with_repair(line, end, kind),
                "praatio": lambda kind=kind, line=line, end=end: by_praatio(line, end, kind),
            }
            if count <= 10_000:
                rivals["tgt"] = lambda kind=kind, line=line, end=end: by_tgt(line, end, kind)
            result = race(rivals, rounds=5)
            if (FOLDER / "ours").read_bytes() != (FOLDER / "praatio").read_bytes():
                raise SystemExit("the files differ: no race")
            results.append({"what": f"build and write {kind}", "size": f"{count} intervals", "rivals": result})
    return results


def bench_reading() -> list[dict]:
    results = []
    for count in SIZES:
        for kind in ("short", "long"):
            by_us(*make(count), kind)
            path = FOLDER / "ours"
            rivals = {
                "clipaudio": lambda path=path: textgrid.loads(path.read_bytes()),
                "praatio": lambda path=path: praatio_textgrid.openTextgrid(
                    str(path), includeEmptyIntervals=True, reportingMode="error"
                ),
                "parselmouth": lambda path=path: parselmouth.Data.read(str(path)),
            }
            results.append({"what": f"read {kind}", "size": f"{count} intervals", "rivals": race(rivals, rounds=5)})
    return results


def traced(work) -> None:
    def tracer(_frame, _event, _argument):
        return tracer

    sys.settrace(tracer)
    try:
        work()
    finally:
        sys.settrace(None)


def bench_traced() -> list[dict]:
    """Race 20 000 intervals against 10 000: the ratio is the growth."""
    results = []
    few, many = make(10_000), make(20_000)
    for kind in ("short", "long"):
        for name, by in (("clipaudio", by_us), ("praatio", by_praatio)):
            rivals = {
                "20000 intervals": lambda by=by, kind=kind: traced(lambda: by(*many, kind)),
                "10000 intervals": lambda by=by, kind=kind: traced(lambda: by(*few, kind)),
            }
            results.append({"what": f"write {kind}, traced", "size": f"by {name}", "rivals": race(rivals, rounds=3)})
    return results


if __name__ == "__main__":
    write("tiers", [*bench_writing(), *bench_reading(), *bench_traced()])
