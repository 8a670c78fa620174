"""Show what the library logs: on stderr with `--verbose`, in a file with `--log`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

__all__ = ["add_log_flags", "start_logging", "stop_logging"]

_LEVELS: Final = (logging.WARNING, logging.INFO, logging.DEBUG)
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_LOGGER: Final = "clipaudio"


def add_log_flags(parser: argparse.ArgumentParser) -> None:
    """Add `--verbose`, and `--log` where the command has no log of its own."""
    known = {option for action in parser._actions for option in action.option_strings}  # noqa: SLF001 - no other list
    group = parser.add_argument_group("messages")
    group.add_argument(
        "-v", "--verbose", action="count", default=0, help="say on stderr what is done; -vv says more, for reports"
    )
    if "--log" not in known:
        group.add_argument("--log", dest="log_file", metavar="FILE", help="append what is done to FILE, with times")


def start_logging(options: argparse.Namespace) -> list[logging.Handler]:
    """Begin to show what the library logs, as the options say; return the handlers for `stop_logging`.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    logger = logging.getLogger(_LOGGER)
    handlers: list[logging.Handler] = []
    if getattr(options, "log_file", None):
        handlers.append(logging.FileHandler(options.log_file, encoding="utf-8", errors="backslashreplace"))
        handlers[0].setFormatter(logging.Formatter(_FORMAT))
        handlers[0].setLevel(logging.DEBUG)
    if options.verbose:
        shown = logging.StreamHandler()
        shown.setFormatter(logging.Formatter(f"clipaudio {options.command}: %(message)s"))
        shown.setLevel(_LEVELS[min(options.verbose, len(_LEVELS) - 1)])
        handlers.append(shown)
    for handler in handlers:
        logger.addHandler(handler)
    if handlers:
        logger.setLevel(min(handler.level for handler in handlers))
    return handlers


def stop_logging(handlers: Iterable[logging.Handler]) -> None:
    """Show nothing more on *handlers*, and close their files."""
    logger = logging.getLogger(_LOGGER)
    for handler in handlers:
        logger.removeHandler(handler)
        handler.close()
        logger.setLevel(logging.NOTSET)
