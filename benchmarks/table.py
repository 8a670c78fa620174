"""Write the results of the benchmarks as tables into results/README.md; `--check` only compares."""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE / "results" / "README.md"
INTRODUCTION = """# Results

Made by `benchmarks/table.py` from the JSON files beside this page. A ratio is the median over rounds of our time
divided by the peer's in the same round; times depend on the machine.
See [what the figures mean](../../docs/performance.md).
"""


def tables() -> str:
    """Return the page: one table for each file of results."""
    parts = []
    for path in sorted((HERE / "results").glob("*.json")):
        found = json.loads(path.read_text("utf-8"))
        machine = ", ".join(f"{name} {value}" for name, value in found["machine"].items())
        parts += [f"## {path.stem}", "", f"`benchmarks/bench_{path.stem}.py`; {machine}.", ""]
        parts += [
            "| what | size | | median ms | fastest-slowest | ours takes, of its time |",
            "|---|---|---|---|---|---|",
        ]
        for result in found["results"]:
            for rival, row in result["rivals"].items():
                ratio = row.get("ours_over_this")
                spread = f"{row['fastest_ms']:g}-{row['slowest_ms']:g}"
                shown = "" if ratio is None else f"{ratio:.2f}"
                name = rival.replace("|", r"\|")
                if "peak_mib" in row:
                    name += f", peak memory {row['peak_mib']:g} MiB"
                parts.append(
                    f"| {result['what']} | {result['size']} | {name} | {row['median_ms']:g} | {spread} | {shown} |"
                )
        parts.append("")
    return "\n".join(parts)


def main() -> int:
    """Write the page; with --check return 1 if it differs."""
    made = f"{INTRODUCTION}\n{tables()}"
    if "--check" in sys.argv:
        return int(not PAGE.exists() or made != PAGE.read_text("utf-8"))
    PAGE.write_text(made, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
