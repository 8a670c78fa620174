"""`clipaudio listen`: receive, keep, download and export callbacks until it is stopped."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipaudio.cli.arguments import add_export_options, add_json, export_options, names, set_command, whole
from clipaudio.cli.output import Output, printable, to_json
from clipaudio.cli.refusals import Refusals
from clipaudio.files import remove_stale

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from clipaudio.receive.inbox import Inbox, InboxEntry
    from clipaudio.receive.worker import InboxWorker, Progress
    from clipaudio.resemble.callback import ClipCallback

__all__ = ["add_arguments", "run"]

_LAST_SECONDS = 9.5
_DONE = {"downloaded", "exported", "forwarded", "superseded"}


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
        help="post each callback unchanged to this address of yours",
    )
    parser.add_argument("--print-json", action="store_true", help="print each callback unchanged, on one line")
    parser.add_argument("--log", type=Path, metavar="FILE", help="append one JSON object a step to FILE")
    parser.add_argument("--once", action="store_true", help="process the callbacks in the inbox, then exit")
    add_json(parser, "a step")
    add_export_options(parser)
    set_command(parser, run)


def run(options: argparse.Namespace, *, stop: threading.Event | None = None) -> int:
    """Listen until a signal comes (or *stop* is set); return 1 if a callback has failed for good."""
    from clipaudio.cli.callback_forwarder import make_forward
    from clipaudio.errors import ExportError, UnsafeAddressError
    from clipaudio.export import Options, find_format
    from clipaudio.receive.inbox import Inbox
    from clipaudio.receive.listener import listening
    from clipaudio.receive.receiver import Receiver

    output = Output.of(options)
    formats = names(options.export)
    try:
        Options(**export_options(options)).check()
        for name in formats:
            find_format(name)
        forward = make_forward(options.forward_to, is_printing=options.print_json)
    except (ExportError, UnsafeAddressError) as error:
        return output.usage(error)
    output.note_on_language(options.language, formats)
    options.out.mkdir(parents=True, exist_ok=True)
    remove_stale(options.out)  # unfinished files of a killed run
    inbox = Inbox(options.inbox or options.out / "inbox.db", forwards=bool(options.forward_to or options.print_json))
    for what in options.replay:
        _replay(inbox, what)
    before = _failures(inbox)
    stop = stop or threading.Event()
    reporter = _Reporter(options, output)
    work = _worker(options, inbox, formats, forward, reporter, output)
    has_worked = True
    if options.once:
        while work.work_once():
            pass
    else:
        receiver = Receiver(inbox=inbox)
        if threading.current_thread() is threading.main_thread():
            _stop_on_signals(stop)
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
            public = (options.public_url or listener.url).rstrip("/")
            output.message(f"listening at {listener.url}, {inbox.counts()['received']} callbacks waiting")
            for place in options.expect:
                project, _, clip = place.partition("/")
                uri = public + receiver.expect(project, clip or None)
                output.row({"expect": place, "callback_uri": uri}, f"{place}\t{uri}")
            has_worked = work.run(stop, workers=options.workers)
    failed = _failures(inbox) - before
    inbox.close()
    return int(failed > 0 or not has_worked)


def _stop_on_signals(stop: threading.Event) -> None:
    """Set *stop* at the first signal, and end the process at the second one or after some seconds.

    Ending at any moment is safe: what was acknowledged is on disk, and the leases of an ended process are free.
    """

    def end(number: int, _frame: object) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()
        timer = threading.Timer(_LAST_SECONDS, os._exit, (128 + number,))  # an inbox or a disk may hang
        timer.daemon = True
        timer.start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


def _health(inbox: Inbox) -> dict[str, object]:
    return {**dict(inbox.counts().items()), "forward": inbox.count_forwards()}


def _failures(inbox: Inbox) -> int:
    return inbox.counts()["failed"] + inbox.count_forwards()["failed"]


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
    reporter: _Reporter,
    output: Output,
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
        warn=output.message,
    )


def _refresher(options: argparse.Namespace) -> Any:  # noqa: ANN401 - a function of two ids
    from clipaudio.resemble.callback import read_callback
    from clipaudio.resemble.client import BASE_URL, Client

    client = Client(base_url=options.base_url or BASE_URL)

    def refresh(project: str, clip: str) -> ClipCallback:
        return read_callback(client.get_clip(project, clip).raw)

    return refresh


class _Reporter:
    """Append each step to the log and print it; what cannot be written is reported once and stops nothing."""

    def __init__(self, options: argparse.Namespace, output: Output) -> None:
        from clipaudio.receive.troubles import Troubles

        self._options = options
        self._output = output
        self._log_troubles = Troubles(lambda text: output.message(f"{options.log}: {text}"))
        self._print_troubles = Troubles(lambda text: output.message(f"steps cannot be printed: {text}"))

    def __call__(self, progress: Progress) -> None:
        """Report one step."""
        values = progress.to_dict()
        self._write(progress.step, values, lambda: self._print(progress))

    def report_refusal(self, status: int, reason: str, count: int) -> None:
        """Report requests that were refused."""
        values: dict[str, object] = {"number": None, "clip": None, "step": "refused", "files": [], "message": reason}
        values |= {"status": status, "count": count}
        times = "" if count == 1 else f" ({count} times)"
        text = f"a request was refused with {status}{times}: {reason}"
        is_json = self._output.is_json
        self._write("refused", values, lambda: self._output.row(values) if is_json else self._output.message(text))

    def _write(self, event: str, values: dict[str, object], show: Callable[[], None]) -> None:
        if self._options.log is not None:
            try:
                self._log(event, values)
                self._log_troubles.clear()
            except Exception as error:  # noqa: BLE001 - a log that cannot be written must not stop the work
                self._log_troubles.add(error, advice="the work goes on without this log")
        try:
            show()
            self._print_troubles.clear()
        except BrokenPipeError as error:
            self._print_troubles.add(error, advice="the work goes on")
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads it any more
        except Exception as error:  # noqa: BLE001 - as above
            self._print_troubles.add(error, advice="the work goes on")

    def _log(self, event: str, values: dict[str, object]) -> None:
        row: dict[str, object] = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event}
        row |= {name: value for name, value in values.items() if name != "step"}
        with self._options.log.open("a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(to_json(row) + "\n")

    def _print(self, progress: Progress) -> None:
        output = self._output
        if progress.step == "forwarded" and not progress.message:
            return  # the callback itself was printed
        is_done = progress.step in _DONE
        if not output.is_json and (self._options.print_json or not is_done):
            message = "" if is_done else f": {output.in_flags(progress.message)}"
            output.message(f"clip {printable(progress.clip)} {progress.step}{message}")
            return
        output.row(progress.to_dict(), f"{progress.step}\t{' '.join(progress.files) or printable(progress.clip)}")
