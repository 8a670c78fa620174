"""`clipaudio emulator`: run the service on this machine until it is stopped."""

from __future__ import annotations

import signal
import threading
from dataclasses import Field, fields
from typing import TYPE_CHECKING, Any

from clipaudio.cli.arguments import add_json, number, set_command, whole
from clipaudio.cli.output import Output
from clipaudio.cli.signals import call_in_thread
from clipaudio.system import ENDING_SIGNALS
from clipaudio.waits import wait

if TYPE_CHECKING:
    import argparse
    import types

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `emulator` to *parser*, with a flag for each fault."""
    from clipaudio.emulator.faults import Faults

    parser.description = (
        "Serve the Resemble API on 127.0.0.1: it speaks, calls back, signs urls and fails on "
        "demand. Prints its base url, then serves until Ctrl-C."
    )
    parser.add_argument(
        "--port", type=whole(0, 65_535), default=0, help="port to listen on; 0 takes a free one (default)"
    )
    parser.add_argument(
        "--shape",
        choices=["contiguous", "overlap", "nophon", "milliseconds", "v1"],
        default="contiguous",
        help="shape of the times (default: contiguous)",
    )
    parser.add_argument(
        "--engine", choices=["auto", "espeak", "tone"], default="auto", help="the voice (default: auto)"
    )
    parser.add_argument("--key", help="the only API key that is accepted (default: any)")
    parser.add_argument("--any-clip", action="store_true", help="let an update create the clip it names")
    parser.add_argument("--envelope", choices=["new", "old"], default="new", help="envelope of lists (default: new)")
    add_json(parser, "the base url and the engine")
    group = parser.add_argument_group("faults", "What goes wrong; nothing by default.")
    for fault in fields(Faults):
        _add_flag(group, fault)
    set_command(parser, run)


def _add_flag(group: argparse._ArgumentGroup, fault: Field[Any]) -> None:
    """Add the flag of a field of `Faults`."""
    flag = "--" + fault.name.replace("_", "-")
    kind = str(fault.type)
    text = fault.metadata["help"]
    if kind == "bool":
        group.add_argument(flag, action="store_true", help=text)
    elif "choices" in fault.metadata:
        group.add_argument(flag, choices=fault.metadata["choices"], default=fault.default, help=text)
    else:
        parse = whole(0, 10**9) if kind.startswith("int") else number(0, 1e9, "a number, 0 or more")
        group.add_argument(flag, type=parse, default=fault.default, metavar="N", help=text)


def run(options: argparse.Namespace) -> int:
    """Serve; 0 after SIGTERM, 130 after Ctrl-C."""
    from clipaudio.emulator import Faults, running

    faults = Faults(**{fault.name: getattr(options, fault.name) for fault in fields(Faults)})
    stop = threading.Event()
    codes: list[int] = []

    def end(signal_number: int, _: types.FrameType | None) -> None:
        codes.append(130 if signal_number == signal.SIGINT else 0)
        call_in_thread(stop.set)

    with running(
        options.port,
        engine=options.engine,
        shape=options.shape,
        key=options.key,
        faults=faults,
        envelope=options.envelope,
        any_clip=options.any_clip,
    ) as emulator:
        before = {one: signal.signal(one, end) for one in ENDING_SIGNALS}
        try:
            facts = {"base_url": emulator.base_url, "engine": emulator.engine}
            Output.of(options).row(facts, emulator.base_url)
            wait(stop)
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)
    return codes[0]
