"""`clipaudio formats`: list the formats that can be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipaudio.cli.arguments import add_json, set_command
from clipaudio.cli.output import Output

if TYPE_CHECKING:
    import argparse

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `formats` to *parser*."""
    parser.description = "List every format that --to names: its name, the end of its files' names, and what it is."
    add_json(parser, "a format")
    set_command(parser, run)


def run(options: argparse.Namespace) -> int:
    """Print the table of formats."""
    from clipaudio.export import FORMATS

    output = Output.of(options)
    for found in FORMATS:
        row = {"name": found.name, "extension": found.extension, "title": found.title, "kind": found.kind,
               "needs_audio": found.needs_audio}  # fmt: skip
        output.row(row, f"{found.name:<16}{found.extension:<20}{found.title}")
    return 0
