"""Time rivals in turn, A B A B …, so that a machine that slows down slows them all.

What this cannot show: absolute speed (the machine is shared and noisy) and differences below some ten per cent. Read
the ratios; a ratio is the median over rounds of ours divided by theirs within one round.
"""

from __future__ import annotations

import gc
import json
import platform
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS = Path(__file__).parent / "results"


def race(rivals: dict[str, Callable[[], object]], *, rounds: int = 9) -> dict[str, Any]:
    """Run each rival once a round; the first one is ours. Give medians, spread and our ratio to each."""
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
    rows: dict[str, Any] = {
        name: {
            "median_ms": round(statistics.median(times) * 1e3, 3),
            "fastest_ms": round(min(times) * 1e3, 3),
            "slowest_ms": round(max(times) * 1e3, 3),
        }
        for name, times in timed.items()
    }
    for name in others:
        ratios = [a / b for a, b in zip(timed[ours], timed[name], strict=True)]
        rows[name]["ours_over_this"] = round(statistics.median(ratios), 4)
    return rows


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
