"""Generate the reference of commands and their completion, the tables, the map of modules and the API pages.

`--check` compares them with what is there.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import re
import sys
from pathlib import Path

import shtab

from clipaudio.cli.main import make_parser
from clipaudio.export import FORMATS
from clipaudio.sources import SOURCES

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "clipaudio"
ROOMS = [
    "clipaudio",
    *(f"clipaudio.{room}" for room in ("annotation", "audio", "batch", "captions", "clip", "download", "emulator")),
    *(f"clipaudio.{room}" for room in ("errors", "export", "http", "lipsync", "live", "page", "phonetics")),
    *("clipaudio.receive", "clipaudio.resemble", "clipaudio.sources", "clipaudio.timing"),
]
DOCS = ROOT / "docs"


ALSO = {
    "clipaudio.audio": [
        *("clipaudio.audio.convert.convert", "clipaudio.audio.encode.encode", "clipaudio.audio.measure.measure"),
        *("clipaudio.audio.quantize.quantize", "clipaudio.audio.resample.resample", "clipaudio.audio.stretch.stretch"),
    ]
}
"""Functions named like their module: the room cannot export them, or the module could not be imported."""


def commands() -> str:
    """Return the reference of every command as Markdown."""
    parser = make_parser(is_complete=True)
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


def completion(shell: str) -> str:
    """Return the completion script of the command for a shell; arguments that name files complete them."""
    parser = make_parser(is_complete=True)
    choices = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction)).choices
    for command in choices.values():
        for action in command._actions:
            if action.type is Path or set(str(action.metavar).split("|")) & {"FILE", "DIR", "IN"}:
                action.complete = shtab.DIRECTORY if action.metavar == "DIR" else shtab.FILE
    return f"{shtab.complete(parser, shell=shell).rstrip()}\n"


def formats() -> str:
    """Return the table of formats as Markdown."""
    rows = [f"| `{row.name}` | `{row.extension}` | {row.title} |" for row in FORMATS]
    return "\n".join(["| name | file | what |", "|---|---|---|", *rows]) + "\n"


def sources() -> str:
    """Return the table of sources as Markdown."""
    rows = [
        f"| `{row.name}` | {row.title} | {row.kind} | {row.level} | {row.unit} |"
        for row in SOURCES
        if row.level != "none"
    ]
    return "\n".join(["| name | what | kind | timed | unit |", "|---|---|---|---|---|", *rows]) + "\n"


def _filled(page: Path, name: str, text: str) -> str:
    """Return *page* with *text* between the two comments that carry *name*."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    head, rest = page.read_text("utf-8").split(begin)
    return f"{head}{begin}{text}{end}{rest.split(end)[1]}"


def module_map() -> str:
    """Return every module with the first sentence of its docstring, room by room."""
    lines = ["```"]
    for room in sorted(PACKAGE.iterdir()):
        if room.is_dir() and (room / "__init__.py").exists():
            lines.append(f"{room.name + '/':<34}{_first_line(room / '__init__.py')}")
            files = sorted(file for file in room.rglob("*.py") if file.name != "__init__.py")
            lines += [f"  {file.relative_to(room).as_posix():<32}{_first_line(file)}" for file in files]
        elif room.suffix == ".py" and not room.name.startswith("_"):
            lines.append(f"{room.name:<34}{_first_line(room)}")
    return "\n".join([*lines, "```"]) + "\n"


def _first_line(file: Path) -> str:
    docstring = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    return docstring.split("\n")[0]


def api_pages() -> dict[Path, str]:
    """Return a page for each room that exports names, and the page that lists them."""
    made = {}
    index = ["# Python API", "", "Names in `clipaudio` itself are for everyday use. Each room exports the rest."]
    index += ["", "| room | exports |", "|---|---|"]
    for room in ROOMS:
        module = importlib.import_module(room)
        name = room.rpartition(".")[2]
        names = [one for one in sorted(module.__all__, key=str.lower) if one != "__version__"]
        index.append(f"| [{room}]({name}.md) | {', '.join(f'`{one}`' for one in names)} |")
        page = [f"# {room}", "", inspect.getdoc(module) or "", ""]
        for one in names:
            page += [f"::: {_home(room, one, getattr(module, one))}", ""]
        for path in ALSO.get(room, []):
            page += [f"::: {path}", ""]
        made[DOCS / "api" / f"{name}.md"] = "\n".join(page).rstrip() + "\n"
    made[DOCS / "api" / "index.md"] = "\n".join(index) + "\n"
    return made


def _home(room: str, name: str, value: object) -> str:
    """Return the dotted path at which *value* is documented."""
    if inspect.ismodule(value):
        return value.__name__
    home = getattr(value, "__module__", None)
    if isinstance(home, str) and home.startswith("clipaudio") and hasattr(value, "__qualname__"):
        return f"{home}.{value.__qualname__}"
    found = [
        f"{file.relative_to(ROOT).with_suffix('').as_posix().replace('/', '.')}.{name}"
        for file in sorted((ROOT / room.replace(".", "/")).rglob("*.py"))
        if re.search(rf"^{name}\b[^=\n]*=", file.read_text("utf-8"), re.MULTILINE)
    ]
    return found[0] if found else f"{room}.{name}"


def pages() -> dict[Path, str]:
    """Return the text of every page made here."""
    return {
        DOCS / "cli.md": commands(),
        DOCS / "formats.md": _filled(DOCS / "formats.md", "formats", formats()),
        DOCS / "sources.md": _filled(DOCS / "sources.md", "sources", sources()),
        DOCS / "design.md": _filled(DOCS / "design.md", "map", module_map()),
        PACKAGE / "cli/completion/clipaudio.bash": completion("bash"),
        PACKAGE / "cli/completion/_clipaudio": completion("zsh"),
        **api_pages(),
    }


def main() -> int:
    """Write the pages; with --check return 1 if one of them differs."""
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
    if "--check" in sys.argv:
        return int(bool(stale))
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(pages()[path], "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
