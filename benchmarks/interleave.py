"""Time rivals in turn, A B A B …, so that a machine that slows down slows them all.

What this cannot show: absolute speed (the machine is shared and noisy) and differences below some ten per cent. Read
the ratios; a ratio is the median over rounds of ours divided by theirs within one round.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS = Path(__file__).parent / "results"


def race(rivals: dict[str, Callable[[], object]], *, rounds: int = 9) -> dict[str, Any]:
    """Run each rival once a round; the first one is ours. Return medians, spread and our ratio to each."""
    seconds: dict[str, list[float]] = {name: [] for name in rivals}
    for _ in range(rounds + 1):
        for name, run in rivals.items():
            gc.collect()
            gc.disable()
            begin = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - begin)
            gc.enable()
    ours, *others = seconds
    timed = {name: times[1:] for name, times in seconds.items()}  # the first round warms up
    rows: dict[str, Any] = {name: row_of(times) for name, times in timed.items()}
    for name in others:
        ratios = [a / b for a, b in zip(timed[ours], timed[name], strict=True)]
        rows[name]["ours_over_this"] = round(statistics.median(ratios), 4)
    return rows


def row_of(seconds: list[float]) -> dict[str, float]:
    """Return the median and the spread of seconds, in milliseconds."""
    named = {"median_ms": statistics.median(seconds), "fastest_ms": min(seconds), "slowest_ms": max(seconds)}
    return {name: round(value * 1e3, 3) for name, value in named.items()}


def count_in_turn(script: str, former: Path, *, rounds: int) -> dict[str, list[dict[str, float]]]:
    """Run *script* with `--count` on this code and on a former state of it, in turn.

    Return what each process printed: an object of numbers.
    """
    trees = {"this code": Path(__file__).parent.parent, "the former code": former}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in trees}
    for _ in range(rounds):
        for name, tree in trees.items():
            environment = {**os.environ, "PYTHONPATH": str(tree)}
            command = [sys.executable, script, "--count"]
            done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
            found[name].append(json.loads(done.stdout))
    return found


def write(name: str, results: list[dict[str, Any]]) -> None:
    """Print the results and keep them as JSON."""
    import numpy as np

    RESULTS.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "numpy": np.__version__, "machine": platform.machine()}
    (RESULTS / f"{name}.json").write_text(
        json.dumps({"machine": machine, "results": results}, indent=1, ensure_ascii=False) + "\n", "utf-8"
    )
    for result in results:
        print(f"{result['what']}, {result['size']}")
        for rival, row in result["rivals"].items():
            ratio = row.get("ours_over_this")
            compared = "" if ratio is None else f"   ours takes {ratio:.3f} of its time"
            print(f"   {rival:<40} {row['median_ms']:>10.3f} ms{compared}")
