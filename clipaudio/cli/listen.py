"""`clipaudio listen`: receive, keep, download and export callbacks until it is stopped."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipaudio.cli.arguments import add_export_options, add_json, export_options, names, set_command, whole
from clipaudio.cli.background import Background
from clipaudio.cli.output import Output
from clipaudio.cli.refusals import Refusals
from clipaudio.cli.signals import stop_on_signals
from clipaudio.cli.step_reporter import StepReporter
from clipaudio.files import remove_stale

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from clipaudio.receive.inbox import Inbox, InboxEntry
    from clipaudio.receive.worker import InboxWorker
    from clipaudio.resemble.callback import ClipCallback

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `listen` to *parser*."""
    parser.description = (
        "Receive callbacks on a port of this machine, store each on disk before it is acknowledged,"
        " download its audio at once and export it. Put it behind your own https address (a tunnel or a reverse"
        " proxy), and make callback uris with --expect, or with `clipaudio update --inbox`. Stop it with Ctrl-C: it"
        " finishes within 10 seconds what it can, and the next run resumes with the rest. A second Ctrl-C ends it at"
        " once."
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to fill")
    parser.add_argument("--inbox", type=Path, metavar="FILE", help="the file that stores callbacks (DIR/inbox.db)")
    parser.add_argument(
        "--export", metavar="FORMATS", default="", help="formats to write for each clip: srt,vtt,textgrid,…"
    )
    parser.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen (127.0.0.1)")
    parser.add_argument(
        "--port", type=whole(0, 65_535), default=8787, metavar="N", help="the port (8787); 0 takes a free one"
    )
    parser.add_argument("--public-url", metavar="URL", help="your https address that leads here")
    parser.add_argument(
        "--expect", action="append", default=[], metavar="PROJECT[/CLIP]", help="print a callback uri; may be repeated"
    )
    parser.add_argument("--workers", type=whole(1, 1000), default=8, metavar="N", help="downloads at once (8)")
    parser.add_argument("--language", metavar="CODE", help="language of the text (default: found)")
    parser.add_argument(
        "--refresh", action="store_true", help="ask the service for a new url when one has expired; needs the API key"
    )
    parser.add_argument(
        "--confirm",
        action="store_true",
        help="use only what the service itself says about each clip; needs the API key",
    )
    parser.add_argument("--base-url", metavar="URL", help="another address of the service, such as that of an emulator")
    parser.add_argument("--allow-private", action="store_true", help="let urls lead to this machine or network")
    parser.add_argument(
        "--replay",
        action="append",
        default=[],
        metavar="N|FILE",
        help="process callback N again, or add a saved callback to the inbox",
    )
    parser.add_argument(
        "--forward-to",
        metavar="URL",
        help="post each callback to this address of yours: unchanged, or with --confirm as the service tells it",
    )
    parser.add_argument(
        "--print-json",
        action="store_true",
        help="print each callback on one line: unchanged, or with --confirm as the service tells it",
    )
    parser.add_argument("--log", type=Path, metavar="FILE", help="append one JSON object a step to FILE")
    parser.add_argument("--once", action="store_true", help="process the callbacks in the inbox, then exit")
    add_json(parser, "a step")
    add_export_options(parser)
    set_command(parser, run)


def run(options: argparse.Namespace, *, stop: threading.Event | None = None) -> int:
    """Listen until a signal comes (or *stop* is set); return 1 if a callback has failed for good."""
    from clipaudio.cli.callback_forwarder import make_forward
    from clipaudio.errors import ExportError, MissingExtraError, UnsafeAddressError
    from clipaudio.export import Options, find_format
    from clipaudio.receive.inbox import Inbox

    output = Output.of(options)
    formats = names(options.export)
    try:
        Options(**export_options(options)).check()
        for name in formats:
            find_format(name).check()
        forward = make_forward(options.forward_to, is_printing=options.print_json)
    except (ExportError, MissingExtraError, UnsafeAddressError) as error:
        return output.usage(error)
    output.note_on_language(options.language, formats)
    options.out.mkdir(parents=True, exist_ok=True)
    remove_stale(options.out)  # unfinished files of a killed run
    inbox = Inbox(options.inbox or options.out / "inbox.db", forwards=bool(options.forward_to or options.print_json))
    for what in options.replay:
        _replay(inbox, what)
    before = _failures(inbox)
    background = Background(
        lambda count: output.message(
            f"{count} steps were not told: nobody reads them fast enough; the log has gaps too"
        )
    )
    reporter = StepReporter(options, output, background)
    work = _worker(options, inbox, formats, forward, reporter)
    has_worked = True
    if options.once:
        while work.work_once():
            pass
    else:
        has_worked = _serve(options, inbox, work, reporter, output, stop or threading.Event())
    failed = _failures(inbox) - before
    is_told = background.close()
    is_left = options.once and _report_left(work, output)
    inbox.close()
    code = int(failed > 0 or is_left or not has_worked)
    if not is_told:
        os._exit(code)  # the interpreter would wait for that reader when it closes stdout
    return code


def _serve(
    options: argparse.Namespace,
    inbox: Inbox,
    work: InboxWorker,
    reporter: StepReporter,
    output: Output,
    stop: threading.Event,
) -> bool:
    """Receive callbacks and do their work until *stop* is set; return False if either ended before that."""
    from clipaudio.errors import ListenerEndedError
    from clipaudio.receive.listener import listening
    from clipaudio.receive.receiver import Receiver

    receiver = Receiver(inbox=inbox, on_trouble=reporter.note_trouble)
    has_failed = threading.Event()

    def fail() -> None:
        has_failed.set()
        stop.set()

    if threading.current_thread() is threading.main_thread():
        stop_on_signals(stop)
    try:
        with (
            Refusals(reporter.report_refusal) as refusals,
            listening(
                receiver,
                host=options.host,
                port=options.port,
                health=lambda: _health(inbox),
                on_refusal=refusals.add,
            ) as listener,
        ):
            listener.on_failure = fail
            public = (options.public_url or listener.url).rstrip("/")
            output.message(f"listening at {listener.url}, {inbox.counts()['received']} callbacks waiting")
            for place in options.expect:
                project, _, clip = place.partition("/")
                uri = public + receiver.expect(project, clip or None)
                output.row({"expect": place, "callback_uri": uri}, f"{place}\t{uri}")
            return work.run(stop, workers=options.workers) and not has_failed.is_set()
    except ListenerEndedError as error:
        output.error(error)
        return False


def _health(inbox: Inbox) -> dict[str, object]:
    return {**dict(inbox.counts().items()), "forward": inbox.count_forwards()}


def _failures(inbox: Inbox) -> int:
    return inbox.counts()["failed"] + inbox.count_forwards()["failed"]


def _report_left(work: InboxWorker, output: Output) -> bool:
    """Report the callbacks that are not done, and why; return True if there are any."""
    left = work.count_left()
    if not left.total:
        return False
    reasons = [f"{left.held} held by another process"] if left.held else []
    if left.total > left.held:
        reasons.append(f"{left.total - left.held} to be tried again later")
    plural = "s are" if left.total != 1 else " is"
    output.message(f"{left.total} callback{plural} left, {', '.join(reasons)}; run the command again")
    return True


def _replay(inbox: Inbox, what: str) -> None:
    """Process a callback again: one of the inbox by its number, or a saved one as if it came now."""
    if what.isascii() and what.isdigit():
        inbox.replay(int(what))
        return
    from clipaudio.errors import CallbackError
    from clipaudio.resemble.authentication import new_secret
    from clipaudio.resemble.callback import read_callback

    callback = read_callback(Path(what))
    if callback.id is None:
        raise CallbackError(f"{what} has no id; name a saved callback, or its number in the inbox", path="$.id")
    inbox.add(new_secret(), callback.id, callback.to_json(), project=callback.project_id)


def _worker(
    options: argparse.Namespace,
    inbox: Inbox,
    formats: list[str],
    forward: Callable[[InboxEntry], str] | None,
    reporter: StepReporter,
) -> InboxWorker:
    from clipaudio.receive.worker import InboxWorker

    return InboxWorker(
        inbox=inbox,
        folder=options.out,
        formats=formats,
        options=export_options(options),
        language=options.language,
        refresh=_refresher(options) if options.refresh or options.confirm else None,
        confirm=options.confirm,
        forward=forward,
        allow_private=options.allow_private,
        tell=reporter,
        warn=reporter.warn,
    )


def _refresher(options: argparse.Namespace) -> Any:  # noqa: ANN401 - a function of two ids
    from clipaudio.resemble.callback import read_callback
    from clipaudio.resemble.client import BASE_URL, Client

    client = Client(base_url=options.base_url or BASE_URL)

    def refresh(project: str, clip: str) -> ClipCallback:
        return read_callback(client.get_clip(project, clip).raw)

    return refresh
