"""The results of the benchmarks into the tables of docs/performance.md."""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
BEGIN, END = "<!-- tables: made by benchmarks/table.py -->", "<!-- end of tables -->"


def tables() -> str:
    """Give one table a file of results."""
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
                parts.append(
                    f"| {result['what']} | {result['size']} | {rival} | {row['median_ms']:g} | {spread} | {shown} |"
                )
        parts.append("")
    return "\n".join(parts)


def main() -> int:
    """Write the tables into the page; with --check, tell whether they stand there already."""
    page = PAGE.read_text("utf-8")
    head, rest = page.split(BEGIN)
    tail = rest.split(END)[1]
    made = f"{head}{BEGIN}\n\n{tables()}\n{END}{tail}"
    if "--check" in sys.argv:
        return int(made != page)
    PAGE.write_text(made, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
