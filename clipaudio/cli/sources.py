"""`clipaudio sources`: list the shapes of speech times that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipaudio.cli.arguments import add_json, set_command
from clipaudio.cli.output import Output

if TYPE_CHECKING:
    import argparse

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `sources` to *parser*."""
    parser.description = (
        "List every service, engine, recogniser, aligner and format whose speech times are read: its name,"
        " what is timed, and what it is."
    )
    add_json(parser, "a shape")
    set_command(parser, run)


def run(options: argparse.Namespace) -> int:
    """Print the table of sources."""
    from clipaudio.sources import SOURCES

    output = Output.of(options)
    for source in SOURCES:
        if source.level == "none":
            continue
        row = {"name": source.name, "title": source.title, "kind": source.kind, "level": source.level,
               "unit": source.unit, "tells": list(source.tells)}  # fmt: skip
        output.row(row, f"{source.name:<22}{source.level:<26}{source.title}")
    return 0
