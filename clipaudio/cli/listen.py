"""`clipaudio listen`: callbacks are received, kept, downloaded and exported, for as long as it runs."""

from __future__ import annotations

import json
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipaudio.cli.export import add_options, chosen
from clipaudio.files import remove_stale

if TYPE_CHECKING:
    import argparse

    from clipaudio.receive.inbox import Inbox
    from clipaudio.receive.worker import Progress
    from clipaudio.resemble.callback import ClipCallback

__all__ = ["add_parser", "run"]

_DONE = {"downloaded", "exported", "forwarded", "superseded"}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `listen` to *commands*."""
    parser = commands.add_parser(
        "listen",
        help="receive callbacks, download and export their clips",
        description="Receive callbacks on a port of this machine, keep each on the disk before it is acknowledged,"
        " download its audio at once and export it. Put it behind your own https address (a tunnel or a reverse"
        " proxy), and hand out paths with --expect, or with `clipaudio update --inbox`. Stop it with Ctrl-C: what is"
        " under way is finished, and the next run goes on with the rest.",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to fill")
    parser.add_argument("--inbox", type=Path, metavar="FILE", help="where callbacks are kept (DIR/inbox.db)")
    parser.add_argument(
        "--export", metavar="FORMATS", default="", help="what to write of each clip: srt,vtt,textgrid,…"
    )
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8787, metavar="N", help="the port (8787); 0 takes a free one")
    parser.add_argument("--public-url", metavar="URL", help="your https address that leads here")
    parser.add_argument(
        "--expect", action="append", default=[], metavar="PROJECT[/CLIP]", help="hand out a callback uri"
    )
    parser.add_argument("--workers", type=int, default=8, metavar="N", help="downloads at once (8)")
    parser.add_argument("--language", default="en", metavar="CODE", help="language of the text")
    parser.add_argument("--refresh", action="store_true", help="ask for a fresh url when one died; needs the API key")
    parser.add_argument(
        "--confirm", action="store_true", help="ask the service about each clip and trust only that; needs the API key"
    )
    parser.add_argument("--base-url", metavar="URL", help="another address of the service, such as an emulator's")
    parser.add_argument("--allow-private", action="store_true", help="let urls lead to this machine or network")
    parser.add_argument(
        "--replay",
        action="append",
        default=[],
        metavar="N|FILE",
        help="do callback N again, or put a saved callback in the inbox as if it came",
    )
    parser.add_argument(
        "--forward-to",
        metavar="URL",
        help="post each callback on to this address of yours, as it comes",
    )
    parser.add_argument("--print-json", action="store_true", help="print each callback whole, on one line, as it comes")
    parser.add_argument("--log", type=Path, metavar="FILE", help="append one JSON object a step to FILE")
    parser.add_argument("--once", action="store_true", help="work through what is in the inbox, and end")
    parser.add_argument("--json", action="store_true", help="print one JSON object a step")
    add_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, *, stop: threading.Event | None = None) -> int:
    """Listen until a signal comes (or *stop* is set); give 1 when a callback has failed for good."""
    from clipaudio.cli.callback_forwarder import handing
    from clipaudio.cli.language import tell_of_language
    from clipaudio.errors import ExportError, UnsafeAddressError
    from clipaudio.export import Options, find_format
    from clipaudio.receive.inbox import Inbox
    from clipaudio.receive.listener import listening
    from clipaudio.receive.receiver import Receiver

    names = [name.strip() for name in options.export.split(",") if name.strip()]
    try:
        Options(**chosen(options)).check()
        for name in names:
            find_format(name)
        forward = handing(options.forward_to, printing=options.print_json)
    except (ExportError, UnsafeAddressError) as error:
        sys.stderr.write(f"clipaudio listen: {error}\n")
        return 2
    tell_of_language("listen", options.language, names)
    options.out.mkdir(parents=True, exist_ok=True)
    remove_stale(options.out)  # what a run that was killed had begun
    inbox = Inbox(options.inbox or options.out / "inbox.db", forwards=bool(options.forward_to or options.print_json))
    for what in options.replay:
        _replay(inbox, what)
    before = _failures(inbox)
    stop = stop or threading.Event()
    work = _intake(options, inbox, names, forward)
    if options.once:
        while work.work_once():
            pass
    else:
        receiver = Receiver(inbox=inbox)
        for number in (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ():
            signal.signal(number, lambda *_: stop.set())
        with listening(receiver, host=options.host, port=options.port, health=lambda: _health(inbox)) as listener:
            public = (options.public_url or listener.url).rstrip("/")
            sys.stderr.write(f"listening at {listener.url}, {inbox.counts()['received']} callbacks waiting\n")
            for place in options.expect:
                project, _, clip = place.partition("/")
                _print({"expect": place, "callback_uri": public + receiver.expect(project, clip or None)}, options)
            work.run(stop, workers=options.workers)
    failed = _failures(inbox) - before
    inbox.close()
    return int(failed > 0)


def _health(inbox: Inbox) -> dict[str, object]:
    return {**dict(inbox.counts().items()), "forward": inbox.count_forwards()}


def _failures(inbox: Inbox) -> int:
    return inbox.counts()["failed"] + inbox.count_forwards()["failed"]


def _replay(inbox: Inbox, what: str) -> None:
    """Do a callback again: one of the inbox by its number, or one that was saved, as if it came now."""
    if what.isascii() and what.isdigit():
        inbox.replay(int(what))
        return
    from clipaudio.errors import CallbackError
    from clipaudio.resemble.authentication import new_secret
    from clipaudio.resemble.callback import read_callback

    callback = read_callback(Path(what))
    if callback.id is None:
        raise CallbackError(f"{what} has no id, so it is no callback", path="$.id")
    inbox.add(new_secret(), callback.id, callback.to_json(), project=callback.project_id)


def _intake(options: argparse.Namespace, inbox: Inbox, names: list[str], forward: Any) -> Any:  # noqa: ANN401 - the room loads on use
    from clipaudio.receive.worker import InboxWorker

    return InboxWorker(
        inbox=inbox,
        folder=options.out,
        formats=names,
        options=chosen(options),
        language=options.language,
        refresh=_refresher(options) if options.refresh or options.confirm else None,
        confirm=options.confirm,
        forward=forward,
        allow_private=options.allow_private,
        tell=lambda progress: _tell(progress, options),
    )


def _refresher(options: argparse.Namespace) -> Any:  # noqa: ANN401 - a function of two ids
    from clipaudio.resemble.callback import read_callback
    from clipaudio.resemble.client import BASE_URL, Client

    client = Client(base_url=options.base_url or BASE_URL)

    def refresh(project: str, clip: str) -> ClipCallback:
        return read_callback(client.get_clip(project, clip).raw)

    return refresh


def _tell(progress: Progress, options: argparse.Namespace) -> None:
    if options.log is not None:
        row: dict[str, object] = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": progress.step}
        row |= {name: value for name, value in progress.to_dict().items() if name != "step"}
        with options.log.open("a", encoding="utf-8") as log:
            log.write(json.dumps(row, ensure_ascii=False) + "\n")
    if progress.step == "forwarded" and not progress.message:
        return  # it was printed whole
    if options.json:
        _print(progress.to_dict(), options)
    elif options.print_json and progress.step in _DONE:
        sys.stderr.write(f"clipaudio listen: clip {progress.clip} {progress.step}\n")
    elif progress.step in _DONE:
        sys.stdout.write(f"{progress.step}\t{' '.join(progress.files) or progress.clip}\n")
        sys.stdout.flush()
    else:
        sys.stderr.write(f"clipaudio listen: clip {progress.clip} {progress.step}: {progress.message}\n")


def _print(row: dict[str, object], options: argparse.Namespace) -> None:
    text = json.dumps(row, ensure_ascii=False) if options.json else "\t".join(map(str, row.values()))
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
