"""Arguments that several commands share: numbers within bounds, lists of names, the options of exports, `--json`."""

from __future__ import annotations

import argparse
import math
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from clipaudio.export import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from pathlib import Path

__all__ = [
    "add_export_options",
    "add_json",
    "export_options",
    "is_same_file",
    "names",
    "number",
    "set_command",
    "whole",
]


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return a type of argparse for whole numbers from *low* to *high*.

    >>> whole(1, 9)("4")
    4
    """

    def parse(text: str) -> int:
        digits = text.replace("_", "")
        if not (digits.isascii() and digits.isdigit() and len(digits) < 16 and low <= int(digits) <= high):
            raise argparse.ArgumentTypeError(f"{text!r} is out of range; expected a whole number from {low} to {high}")
        return int(digits)

    return parse


def number(low: float, high: float, meaning: str) -> Callable[[str], float]:
    """Return a type of argparse for numbers from *low* to *high*; *meaning* says what they are."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is out of range; expected {meaning}")
        return value

    return parse


def names(text: str | None) -> list[str]:
    """Split a list of names at its commas.

    >>> names("srt, vtt,")
    ['srt', 'vtt']
    """
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def is_same_file(path: Path, target: Path) -> bool:
    """Return True if both are one file, or would be."""
    return path.absolute() == target.absolute() or (path.exists() and target.exists() and path.samefile(target))


def add_json(parser: argparse.ArgumentParser, line: str) -> None:
    """Add `--json`; *line* says what one line describes."""
    parser.add_argument("--json", action="store_true", help=f"print one JSON object a line: {line}")


def add_export_options(
    parser: argparse.ArgumentParser, *, groups: Container[str] | None = None, can_translate: bool = False
) -> None:
    """Add a flag for each field of `clipaudio.export.Options`, or for those of *groups* only.

    Those for two languages are added if *can_translate*.
    """
    made: dict[str, argparse._ArgumentGroup] = {}
    for field in fields(Options):
        if field.name == "bilingual" and not can_translate:
            continue
        title = field.metadata["group"]
        if groups is not None and title not in groups:
            continue
        if title not in made:
            made[title] = parser.add_argument_group(title)
        flag, text = "--" + field.name.replace("_", "-"), field.metadata["help"]
        if field.type == "bool":
            made[title].add_argument(flag, action="store_true", help=text)
            continue
        if field.type == "bool | None":
            made[title].add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=text)
            continue
        kind: Callable[[str], Any] = str
        if field.type == "float":
            kind = number(-3600, 3600, "seconds, such as 0.05")
        elif field.type == "float | None":
            kind = number(0, 3600, "a number from 0 to 3600")
        elif field.type == "int | None":
            kind = whole(1, 1000)
        made[title].add_argument(flag, type=kind, default=field.default, metavar=field.metadata["metavar"], help=text)


def export_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return what was chosen, as the arguments of `clipaudio.export.Options`."""
    return {field.name: getattr(options, field.name) for field in fields(Options) if field.name in options}


def set_command(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]) -> None:
    """Let *run* execute the command of *parser*; `Output` finds its name and flags among the options."""
    parser.set_defaults(run=run, command=parser.prog.rpartition(" ")[2], flags=_flags_of(parser))


def _flags_of(parser: argparse.ArgumentParser) -> dict[str, str]:
    """Return the flag or metavar of each argument by its Python name; a flag that switches off has none."""
    found: dict[str, str] = {}
    for action in parser._actions:  # noqa: SLF001 - argparse has no other list of its arguments
        if action.option_strings and not isinstance(action, argparse._StoreFalseAction):  # noqa: SLF001 - as above
            found[action.dest] = action.option_strings[0]
        elif not action.option_strings:
            found[action.dest] = str(action.metavar or action.dest.upper())
    return found
