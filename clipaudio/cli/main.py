"""The command `clipaudio`: find the command, run it, and explain in one sentence what went wrong.

Data goes to stdout, as UTF-8 whatever the locale; everything else goes to stderr. Exit codes: 0 all done, 1 some
failed, 2 usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import importlib
import io
import logging
import os
import sys
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from clipaudio._version import __version__
from clipaudio.cli.configuration import apply_defaults
from clipaudio.cli.logs import add_log_flags, start_logging, stop_logging
from clipaudio.cli.output import Output
from clipaudio.errors import ClipAudioError, OptionError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "main", "make_parser"]

_log = logging.getLogger(__name__)

_COMPLETIONS: Final = {"bash": "clipaudio.bash", "zsh": "_clipaudio"}

COMMANDS: Final = {
    "demo": "try everything on this machine, without a key",
    "update": "make the service speak a clip again",
    "listen": "receive callbacks, download and export their clips",
    "inbox": "list, purge or replay the callbacks a listener keeps",
    "trigger": "send a callback, valid or broken, to your own handler",
    "fetch": "download the audio of saved callbacks",
    "align": "find the times of a known text in its audio",
    "export": "write captions, TextGrids and lip-sync tracks of speech times",
    "edit": "correct the text of a clip, take words or pauses out, join clips",
    "recaption": "make new captions from caption files alone",
    "check": "check subtitle files against a guideline",
    "measure": "print the length, levels and loudness of audio files",
    "convert": "convert audio files to another rate, depth or format",
    "batch": "download, export and convert many clips; resume interrupted runs",
    "view": "show a clip in the browser: sound, tiers, captions, mouth, findings",
    "inspect": "show the words and times of a file",
    "sources": "list the shapes of speech times that can be read",
    "formats": "list the formats that can be written",
    "emulator": "run the service on your own machine",
}
"""Each command, which is also the module of that name, with its line of `clipaudio --help`."""


class _PrintCompletion(argparse.Action):
    """Print the script that completes the command in a shell, and exit."""

    def __call__(self, parser: argparse.ArgumentParser, _: object, values: Any, __: str | None = None) -> None:  # noqa: ANN401 - argparse's
        """Print the script named by *values*."""
        script = files("clipaudio.cli").joinpath("completion", _COMPLETIONS[values])
        sys.stdout.write(script.read_text("utf-8"))
        parser.exit()


class _CommandParser(argparse.ArgumentParser):
    """The parser of one command; its module is imported when the command is chosen, because imports take time."""

    def add_arguments(self) -> None:
        """Import the module of the command and add its description and arguments."""
        importlib.import_module(f"clipaudio.cli.{self.prog.rpartition(' ')[2]}").add_arguments(self)
        add_log_flags(self)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401 - has overloads
        """Add the arguments of the command and parse *args*; argparse calls this when the command is chosen."""
        if self.get_default("run") is None:
            self.add_arguments()
            try:
                self.set_defaults(configured_by=apply_defaults(self, COMMANDS))
            except OptionError as error:
                self.error(str(error))
        return super().parse_known_args(args, namespace)


def make_parser(*, is_complete: bool = False) -> argparse.ArgumentParser:
    """Make the parser of all commands.

    Parameters
    ----------
    is_complete
        Add the arguments of every command now, instead of those of the chosen command when it is parsed.
    """
    parser = argparse.ArgumentParser(
        prog="clipaudio",
        description="Speech times of any source in; captions, lip-sync tracks, TextGrids and converted audio out.",
        epilog="Begin with: clipaudio demo --out demo-out",
    )
    parser.add_argument("--version", action="version", version=f"clipaudio {__version__}")
    parser.add_argument(
        "--completion", action=_PrintCompletion, choices=_COMPLETIONS, help="print the completion script of a shell"
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=_CommandParser)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary)
        if is_complete:
            command.add_arguments()
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line *argv* (default: that of the process) and return the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # phones are no cp1252, and a file name may be no text at all
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = make_parser().parse_args(argv)
    handlers: list[logging.Handler] = []
    try:
        handlers = start_logging(options)
        _log.debug("clipaudio %s, Python %s, %s", __version__, sys.version.split()[0], sys.platform)
        for place in options.configured_by:
            _log.info("flags set by %s", place)
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
    finally:
        stop_logging(handlers)
    return code
