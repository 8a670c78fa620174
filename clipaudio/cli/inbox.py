"""`clipaudio inbox`: list, purge or replay the callbacks a listener keeps."""

from __future__ import annotations

import errno
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from clipaudio.cli.arguments import add_json, number, set_command, whole
from clipaudio.cli.output import Output, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from clipaudio.receive.inbox import Inbox, InboxEntry

__all__ = ["add_arguments", "run"]

_DAY = 86_400.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `inbox` to *parser*."""
    parser.description = (
        "Manage the inbox of `clipaudio listen`, also while it runs. `list` prints a line a callback,"
        " `purge` removes old finished ones, `replay` makes the listener, or its next run, process callbacks again."
        " Urls and spoken texts are not shown."
    )
    parser.add_argument("action", choices=("list", "purge", "replay"), help="what to do")
    parser.add_argument("inbox", type=Path, metavar="FILE", help="the inbox, such as clips/inbox.db")
    parser.add_argument(
        "numbers", nargs="*", type=whole(1, 10**14), metavar="N", help="replay: the numbers of the callbacks"
    )
    parser.add_argument(
        "--state",
        action="append",
        choices=("received", "downloaded", "exported", "failed"),
        help="only callbacks in that state; may be repeated (purge: exported)",
    )
    parser.add_argument("--clip", metavar="ID", help="list: only callbacks of that clip")
    parser.add_argument(
        "--days",
        type=number(0, 36_500, "days, 0 or more"),
        default=30.0,
        metavar="DAYS",
        help="purge: callbacks older than that (30)",
    )
    add_json(parser, "a callback; for purge, the count")
    set_command(parser, run)


def run(options: argparse.Namespace, *, clock: Callable[[], float] = time.time) -> int:
    """List, purge or replay; return the exit code."""
    from clipaudio.receive.inbox import Inbox

    output = Output.of(options)
    if options.numbers and options.action != "replay":
        return output.usage(f"{options.action} takes no numbers, they are for replay; leave them out")
    if options.action == "replay" and not options.numbers and not options.state:
        return output.usage("which callbacks are to be replayed? Give their numbers, or --state failed")
    if not options.inbox.exists():  # a mistyped name must not become an empty inbox
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(options.inbox))
    inbox = Inbox(options.inbox, clock=clock)
    try:
        {"list": _list, "purge": _purge, "replay": _replay}[options.action](inbox, options, output, clock())
    finally:
        inbox.close()
    return 0


def _list(inbox: Inbox, options: argparse.Namespace, output: Output, _now: float) -> None:
    for entry in inbox.list(clip=options.clip):
        if options.state is None or entry.state in options.state:
            _print(entry, output)


def _purge(inbox: Inbox, options: argparse.Namespace, output: Output, now: float) -> None:
    states = tuple(options.state or ("exported",))
    count = inbox.purge(before=now - options.days * _DAY, states=states)
    output.row({"purged": count}, f"{count} purged")


def _replay(inbox: Inbox, options: argparse.Namespace, output: Output, _now: float) -> None:
    in_state = [entry.number for entry in inbox.list() if entry.state in (options.state or ())]
    for number_ in sorted({*in_state, *options.numbers}):
        inbox.replay(number_)
        _print(inbox.get(number_), output)


def _print(entry: InboxEntry, output: Output) -> None:
    row = {
        "number": entry.number,
        "state": entry.state,
        "clip": entry.clip,
        "project": entry.project,
        "received": datetime.fromtimestamp(entry.received, UTC).isoformat(timespec="seconds"),
        "attempts": entry.attempts,
        "forward": entry.forward,
        "note": entry.note,
    }
    cells = ("" if value is None else str(value) for value in row.values())
    output.row(row, "\t".join(printable(" ".join(cell.split())) for cell in cells))
