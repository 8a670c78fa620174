"""``clipaudio emulator``: run the service on this machine until it is told to stop."""

from __future__ import annotations

import json
import signal
import sys
import threading
from dataclasses import Field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    import types

__all__ = ["add_parser", "run"]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and a flag for each fault."""
    from clipaudio.emulator.faults import Faults

    parser = commands.add_parser(
        "emulator",
        help="run the service on your own machine",
        description="Serve the Resemble API on 127.0.0.1: it speaks, calls back, signs urls and fails on "
        "demand. Prints its base url, then serves until Ctrl-C.",
    )
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one (default)")
    parser.add_argument(
        "--shape",
        choices=["contiguous", "overlap", "nophon", "milliseconds", "v1"],
        default="contiguous",
        help="shape of the times (default: contiguous)",
    )
    parser.add_argument(
        "--engine", choices=["auto", "espeak", "tone"], default="auto", help="who speaks (default: auto)"
    )
    parser.add_argument("--key", help="the one API key that is let in (default: any)")
    parser.add_argument("--any-clip", action="store_true", help="let an update make the clip it names")
    parser.add_argument("--envelope", choices=["new", "old"], default="new", help="envelope of lists (default: new)")
    parser.add_argument("--json", action="store_true", help="print the base url and the engine as JSON")
    group = parser.add_argument_group("faults", "What goes wrong; nothing does by default.")
    for fault in fields(Faults):
        _add_flag(group, fault)
    parser.set_defaults(run=run)


def _add_flag(group: argparse._ArgumentGroup, fault: Field[Any]) -> None:
    """Make a flag of a field of `Faults`."""
    flag = "--" + fault.name.replace("_", "-")
    kind = str(fault.type)
    text = fault.metadata["help"]
    if kind == "bool":
        group.add_argument(flag, action="store_true", help=text)
    elif "choices" in fault.metadata:
        group.add_argument(flag, choices=fault.metadata["choices"], default=fault.default, help=text)
    else:
        number = int if kind.startswith("int") else float
        group.add_argument(flag, type=number, default=fault.default, metavar="N", help=text)


def run(options: argparse.Namespace) -> int:
    """Serve; 0 after SIGTERM, 130 after Ctrl-C."""
    from clipaudio.emulator import Faults, running

    faults = Faults(**{fault.name: getattr(options, fault.name) for fault in fields(Faults)})
    stop = threading.Event()
    codes: list[int] = []

    def end(number: int, _: types.FrameType | None) -> None:
        codes.append(130 if number == signal.SIGINT else 0)
        stop.set()

    with running(
        options.port,
        engine=options.engine,
        shape=options.shape,
        key=options.key,
        faults=faults,
        envelope=options.envelope,
        any_clip=options.any_clip,
    ) as emulator:
        before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            facts = {"base_url": emulator.base_url, "engine": emulator.engine}
            sys.stdout.write(f"{json.dumps(facts) if options.json else emulator.base_url}\n")
            sys.stdout.flush()
            while not stop.wait(0.5):  # a wait without an end cannot be interrupted on Windows
                pass
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    return codes[0]
