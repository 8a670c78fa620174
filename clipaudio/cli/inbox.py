"""`clipaudio inbox`: what callbacks a listener's inbox holds; old ones go, others are done again."""

from __future__ import annotations

import errno
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from clipaudio.receive.inbox import Inbox, InboxEntry

__all__ = ["add_parser", "run"]

_DAY = 86_400.0


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `inbox` to *commands*."""
    parser = commands.add_parser(
        "inbox",
        help="list, purge or replay the callbacks a listener keeps",
        description="Look after the inbox of `clipaudio listen`, also while it runs. `list` prints a line a callback,"
        " `purge` removes old ones that are done, `replay` has callbacks done again by the listener, or by its next"
        " run. Urls and what was said are not shown.",
    )
    parser.add_argument("action", choices=("list", "purge", "replay"), help="what to do")
    parser.add_argument("inbox", type=Path, metavar="FILE", help="the inbox, such as clips/inbox.db")
    parser.add_argument("numbers", nargs="*", type=int, metavar="N", help="replay: the callbacks, by their numbers")
    parser.add_argument(
        "--state",
        action="append",
        choices=("received", "downloaded", "exported", "failed"),
        help="only callbacks in that state; may be given again (purge: exported)",
    )
    parser.add_argument("--clip", metavar="ID", help="list: only callbacks of that clip")
    parser.add_argument("--days", type=float, default=30.0, metavar="DAYS", help="purge: those older than that (30)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a callback")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, *, clock: Callable[[], float] = time.time) -> int:
    """List, purge or replay; give the exit code."""
    from clipaudio.receive.inbox import Inbox

    if options.numbers and options.action != "replay":
        sys.stderr.write("clipaudio inbox: numbers are for replay\n")
        return 2
    if options.action == "replay" and not options.numbers and not options.state:
        sys.stderr.write("clipaudio inbox: which ones? Give their numbers, or --state failed\n")
        return 2
    if not options.inbox.exists():  # a name that was mistyped shall not become an empty inbox
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(options.inbox))
    inbox = Inbox(options.inbox, clock=clock)
    try:
        {"list": _list, "purge": _purge, "replay": _replay}[options.action](inbox, options, clock)
    finally:
        inbox.close()
    return 0


def _list(inbox: Inbox, options: argparse.Namespace, _clock: Callable[[], float]) -> None:
    for entry in inbox.list(clip=options.clip):
        if options.state is None or entry.state in options.state:
            _print(entry, options)


def _purge(inbox: Inbox, options: argparse.Namespace, clock: Callable[[], float]) -> None:
    states = tuple(options.state or ("exported",))
    count = inbox.purge(before=clock() - options.days * _DAY, states=states)
    sys.stdout.write(json.dumps({"purged": count}) + "\n" if options.json else f"{count} purged\n")


def _replay(inbox: Inbox, options: argparse.Namespace, _clock: Callable[[], float]) -> None:
    found = [entry.number for entry in inbox.list() if entry.state in (options.state or ())]
    for number in sorted({*found, *options.numbers}):
        inbox.replay(number)
        _print(inbox.get(number), options)


def _print(entry: InboxEntry, options: argparse.Namespace) -> None:
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
    text = json.dumps(row, ensure_ascii=False) if options.json else _line(row)
    sys.stdout.write(text + "\n")


def _line(row: Mapping[str, object]) -> str:
    """Give a row between tabs; a message of several lines is one here."""
    return "\t".join(" ".join(str("" if value is None else value).split()) for value in row.values())
