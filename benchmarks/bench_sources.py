"""Reading 1 MB of each shape of speech times, against `json.loads` of the same bytes, line by line if they are lines.

What is timed is all of it: decoding, telling the shape, and reading labels and times. Shapes are written by the writers
of the tests. Text formats are measured against `json.loads` of as many words as Deepgram sends them.

What this cannot show: repair and the letters inside words, which `clipaudio.align` makes (bench_timing).

    python benchmarks/bench_sources.py
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from pathlib import Path

from interleave import race, write

from clipaudio.sources.table import read_speech

TESTS = Path(__file__).parent.parent / "tests" / "sources"
SIZE = 1_000_000
FEW = {"fish": 200}  # a stream of snapshots, each of which says all words again

sys.path.insert(0, str(TESTS))  # its modules are in no package
import source_shapes as shapes  # noqa: E402
import source_writing as writing  # noqa: E402


def make_file(name: str) -> tuple[bytes, list]:
    """Write about 1 MB of a shape, and return it with its words."""
    write_shape = shapes.WRITERS[name]
    probe = [writing.Word("word", 100 * row, 100 * row + 90) for row in range(200)]
    count = FEW.get(name) or int(200 * SIZE / len(write_shape(probe)))
    words = [writing.Word("word", 100 * row, 100 * row + 90) for row in range(count)]
    return write_shape(words), words


def by_json(raw: bytes, words: list):
    """Return what decodes the same JSON with the standard library."""
    if not raw.startswith((b"{", b"[", b"data:")):
        raw = shapes.WRITERS["deepgram"](words)
    lines = [line.removeprefix(b"data: ") for line in raw.splitlines() if line and b"[DONE]" not in line]
    return lambda: [json.loads(line) for line in lines]


def main() -> int:
    results = []
    for name in shapes.WRITERS:
        raw, words = make_file(name)
        rivals = {"clipaudio": lambda raw=raw: read_speech(raw), "json.loads": by_json(raw, words)}
        rows = race(rivals, rounds=7)
        tracemalloc.start()
        read_speech(raw)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        rows["clipaudio"]["peak_over_file"] = round(peak / len(raw), 1)
        results.append({"what": name, "size": f"{len(raw) / 1e6:.2f} MB, {len(words)} words", "rivals": rows})
    write("sources", results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
