"""The command line and the table of formats into the pages that describe them; `--check` only compares."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from clipaudio.cli.main import make_parser
from clipaudio.export import FORMATS

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- formats -->\n", "<!-- end of formats -->"


def commands() -> str:
    """Give the reference of every command as Markdown."""
    parser = make_parser()
    choices = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction)).choices
    parts = [
        "# Command reference",
        "",
        "Made by `docs/make.py` from the parser itself. Data goes to stdout, everything else to stderr. Exit codes: 0",
        "all done, 1 some failed, 2 usage, 130 interrupted. `clipaudio --debug COMMAND …` shows the traceback of an",
        "error.",
    ]
    for name, command in choices.items():
        parts += ["", f"## clipaudio {name}", "", command.description or "", "", "| option | meaning |", "|---|---|"]
        parts += [_row(action) for action in command._actions if action.dest != "help"]
    return "\n".join(parts) + "\n"


def _row(action: argparse.Action) -> str:
    value = action.metavar or ("" if action.nargs == 0 else action.dest.upper())
    if action.choices is not None and action.metavar is None:
        value = "\\|".join(map(str, action.choices))
    name = f"`{' '.join(filter(None, (', '.join(action.option_strings), str(value))))}`"
    return f"| {name} | {(action.help or '').replace('|', chr(92) + '|')} |"


def formats() -> str:
    """Give the table of formats as Markdown."""
    rows = [f"| `{row.name}` | `{row.extension}` | {row.title} |" for row in FORMATS]
    return "\n".join(["| name | file | what |", "|---|---|---|", *rows]) + "\n"


def pages() -> dict[Path, str]:
    """Give every page made here with its text."""
    readme = (ROOT / "README.md").read_text("utf-8")
    head, rest = readme.split(BEGIN)
    return {
        ROOT / "docs" / "cli.md": commands(),
        ROOT / "README.md": f"{head}{BEGIN}{formats()}{END}{rest.split(END)[1]}",
    }


def main() -> int:
    """Write the pages; with --check give 1 when one of them differs."""
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
    if "--check" in sys.argv:
        return int(bool(stale))
    for path in stale:
        path.write_text(pages()[path], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
