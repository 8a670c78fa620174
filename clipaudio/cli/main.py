"""The command `clipaudio`: find the command, run it, and explain in one sentence what went wrong.

Data goes to stdout, as UTF-8 whatever the locale; everything else goes to stderr. Exit codes: 0 all done, 1 some
failed, 2 usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from typing import TYPE_CHECKING

from clipaudio._version import __version__
from clipaudio.cli import (
    batch,
    check,
    convert,
    demo,
    emulator,
    export,
    fetch,
    inbox,
    inspect,
    listen,
    sources,
    trigger,
    update,
)
from clipaudio.cli.output import Output
from clipaudio.errors import ClipAudioError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main", "make_parser"]

_COMMANDS = (demo, update, listen, inbox, trigger, fetch, export, check, convert, batch, inspect, sources, emulator)


def make_parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="clipaudio",
        description="Speech times of any source in; captions, lip-sync tracks, TextGrids and converted audio out.",
        epilog="Begin with: clipaudio demo --out demo-out",
    )
    parser.add_argument("--version", action="version", version=f"clipaudio {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line *argv* (default: that of the process) and return the exit code."""
    options = make_parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):  # phones are no cp1252, and a file name may be no text at all
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code: int = options.run(options)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # the reader of stdout has left: end quietly, and keep the interpreter from flushing into a closed pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (ClipAudioError, OSError) as error:
        if options.debug:
            raise
        Output.of(options).error(error)
        return 1
    return code
