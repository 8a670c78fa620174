"""`clipaudio batch`: process many clips, resumable at any moment."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import threading
from typing import TYPE_CHECKING, Any

from clipaudio.cli.arguments import add_export_options, export_options, names, number, set_command, whole
from clipaudio.cli.batch_tables import add_table_options, check_tables, write_tables
from clipaudio.cli.output import Output
from clipaudio.cli.signals import call_in_thread
from clipaudio.errors import ConvertError, ExportError, LexiconError, ManifestError, MissingExtraError, OptionError
from clipaudio.system import ENDING_SIGNALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clipaudio.batch.clip_spec import ClipSpec, Unreadable
    from clipaudio.batch.interruptible_stdin import WaitingLines
    from clipaudio.batch.job import Job

__all__ = ["add_arguments", "run"]

_MANY = 200  # clips
_COUNT = whole(1, 100_000)
_DITHERS = ("tpdf", "tpdf-hp", "none")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `batch` to *parser*."""
    parser.description = (
        "Process all clips of a source. Each output is one line of a ledger: finished outputs are skipped,"
        " failed ones are tried again, and a clip that fails does not stop the others. After any interruption, run the"
        " same command again."
    )
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help="a folder of callbacks or other files of `clipaudio sources`, a pattern, a manifest (.jsonl, .jsonl.gz,"
        " .csv, .tsv, .parquet), an inbox.db, project:ID, or - for ids or JSON lines on stdin",
    )
    parser.add_argument("--out", required=True, metavar="PLACE", help="a folder, or s3://…, gs://…, az://…")
    what = parser.add_argument_group("outputs")
    what.add_argument(
        "--to",
        default="",
        metavar="FORMATS",
        help="formats, comma-separated: srt,vtt,textgrid,… (`clipaudio formats` lists them)",
    )
    what.add_argument(
        "--convert",
        action="append",
        default=[],
        metavar="RATE:SUBTYPE:FORMAT",
        help="audio: 16000:PCM_16, 44100::mp3, ::flac; may be repeated",
    )
    what.add_argument("--html", action="store_true", help="a page for each clip, and an index of them, worst first")
    what.add_argument(
        "--min-fit",
        type=number(0, 100, "a score from 0 to 100"),
        metavar="N",
        help="hold back the formats and conversions of clips whose times fit their sound worse: 0 to 100, see --fit",
    )
    what.add_argument("--fetch", action="store_true", help="keep the original audio and callback")
    what.add_argument("--dither", choices=_DITHERS, default="tpdf", help="noise when depth is lost (tpdf)")
    what.add_argument(
        "--max-hours",
        type=number(0, 1e6, "hours above 0"),
        metavar="HOURS",
        help="refuse compressed audio that is longer (12): a small file can hold days of silence",
    )
    what.add_argument("--flat", action="store_true", help="no subfolders by the first letters of ids")
    _add_source_options(parser.add_argument_group("the source"))
    _add_run_options(parser.add_argument_group("the run"))
    add_table_options(parser)
    add_export_options(parser)
    set_command(parser, run)


def _add_source_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--recursive", action="store_true", help="search subfolders too")
    group.add_argument("--audio", metavar="DIR", help="folder with the audio of clips that name none")
    group.add_argument("--language", metavar="CODE", help="language of the text (default: found)")
    group.add_argument("--project", metavar="ID", help="the project of clips that name none")
    group.add_argument(
        "--ask", action="store_true", help="ask the service for clips without a callback and for expired urls"
    )
    group.add_argument("--base-url", metavar="URL", help="another address of the service, such as that of an emulator")
    group.add_argument("--allow-private", action="store_true", help="let urls lead to this machine or network")


def _add_run_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--ledger", metavar="FILE", help="the record of all outputs (OUT/ledger.jsonl)")
    group.add_argument(
        "--engine",
        default="auto",
        metavar="NAME",
        help="threads, processes, dask or ray (default: processes to export many clips, else threads)",
    )
    group.add_argument("--scheduler", metavar="ADDRESS", help="an existing dask or ray cluster: tcp://…, ray://…")
    group.add_argument("--jobs", type=_COUNT, metavar="N", help="workers (one a processor, at most 8)")
    group.add_argument("--chunk", type=_COUNT, metavar="N", help="clips in one task (16, or 32 for text alone)")
    group.add_argument("--window", type=_COUNT, default=2, metavar="N", help="tasks waiting for each worker (2)")
    group.add_argument("--shard", type=_shard, metavar="I/N", help="process only this share of the clips, 1/N to N/N")
    group.add_argument("--resume", action=argparse.BooleanOptionalAction, default=True, help="skip finished outputs")
    group.add_argument("--verify", action="store_true", help="compare all outputs with the ledger; write nothing")
    group.add_argument("--fail-fast", action="store_true", help="stop at the first error")
    group.add_argument("--strict", action="store_true", help="count unreadable rows as errors")
    group.add_argument("--sync", action="store_true", help="flush the ledger to disk after each task")
    group.add_argument("--dry-run", action="store_true", help="print what would be done, write nothing")
    group.add_argument("--json", action="store_true", help="print one JSON object a line: an output, then a summary")
    group.add_argument("--quiet", action="store_true", help="print problems only: no notes, no summary, no status line")


def run(options: argparse.Namespace, *, stop: threading.Event | None = None) -> int:
    """Do what is left; 0 if all is done, 1 if something failed, 2 for a wrong command, 130 if interrupted."""
    stop = stop or threading.Event()
    output = Output.of(options)
    try:
        _check(options)
        job = _job(options)
        stdin = _stdin(stop) if options.source == "-" else None
        rows = _source(options, stdin)
    except (ConvertError, ExportError, LexiconError, ManifestError, MissingExtraError, OptionError) as error:
        return output.usage(error)
    path = options.ledger or os.path.join(options.out, "ledger.jsonl")  # noqa: PTH118 - text stays text
    if options.dry_run:
        return _plan(options, job, path, rows(), output)
    if options.verify:
        return _verify(job, path, options, output)

    job.place.check()
    check_tables(options)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)  # noqa: PTH103, PTH120 - as above
    return _work(options, job, path, rows, stop, stdin, output)


def _work(
    options: argparse.Namespace,
    job: Job,
    path: str,
    rows: Callable[[], Iterator[ClipSpec | Unreadable]],
    stop: threading.Event,
    stdin: WaitingLines | None,
    output: Output,
) -> int:
    from clipaudio.batch.engines import open_engine
    from clipaudio.batch.ledger import Ledger
    from clipaudio.batch.runner import Batch
    from clipaudio.cli.batch_report import BatchReport

    known_note = output.note_on_language(job.language, job.exports)
    report = BatchReport(output, total=_total(options), known_note=known_note)
    with Ledger(path, sync=options.sync) as ledger, _interrupts(stop, stdin, output) as was_interrupted:
        if not _claimed(options, job, path):
            number, total = options.shard
            output.message(
                f"shard {number}/{total} was taken by another run, which resumes with its own ledger;"
                f" if that is lost, remove {options.out.rstrip('/')}/_shards/{number}-of-{total}"
            )
            return 1
        name = _engine(options, job)
        with open_engine(name, jobs=options.jobs, scheduler=options.scheduler) as engine, output:
            if (options.jobs or 0) > engine.workers:
                output.note(f"{engine.workers} workers instead of {options.jobs}: this system waits for no more")
            batch = Batch(
                job=job,
                ledger=ledger,
                engine=engine,
                chunk=options.chunk,
                window=options.window,
                redo=not options.resume,
                fail_fast=options.fail_fast,
                sweep=options.shard is None and options.scheduler is None,
                stop=stop,
            )
            for step in batch.run(rows()):
                report.add(step)
        report.summarize(is_whole=not (stop.is_set() or was_interrupted()))
        if was_interrupted():
            output.message("interrupted; run the same command again to resume")
            return 130
        write_tables(options, job, ledger, rows, output)
    nothing_readable = report.unreadable > 0 and report.clips + report.skipped == 0
    if nothing_readable:
        output.message(f"no row of {options.source} could be read; the messages above say why")
    return int(report.failed > 0 or nothing_readable or (options.strict and report.unreadable > 0))


def _job(options: argparse.Namespace) -> Job:
    from clipaudio.batch.job import Conversion, Job
    from clipaudio.batch.output_store import open_place

    service = None
    if options.ask:
        from clipaudio.resemble.client import BASE_URL

        service = options.base_url or BASE_URL
    wanted = [text for one in options.convert for text in names(one)]
    exports = names(options.to)
    if options.html and "html" not in exports:
        exports.append("html")
    return Job(
        place=open_place(options.out),
        exports=tuple(exports),
        options=export_options(options),
        language=options.language,
        conversions=tuple(map(Conversion.parse, wanted)),
        convert_options={"dither": options.dither}
        | ({} if options.max_hours is None else {"max_hours": options.max_hours}),
        is_fetching=options.fetch,
        is_flat=options.flat,
        allow_private=options.allow_private,
        min_fit=options.min_fit,
        service=service,
    )


def _stdin(stop: threading.Event) -> WaitingLines:
    from clipaudio.batch.interruptible_stdin import WaitingLines
    from clipaudio.cli.pipes import open_stdin

    return WaitingLines(open(open_stdin().fileno(), "rb", buffering=0, closefd=False), stop=stop)


def _source(options: argparse.Namespace, stdin: WaitingLines | None) -> Callable[[], Iterator[ClipSpec | Unreadable]]:
    """Return a function that opens the rows at each call; a missing source is an error at once."""
    from clipaudio.batch.manifest import rows, shard

    def make() -> Iterator[ClipSpec | Unreadable]:
        found = rows(
            options.source,
            recursive=options.recursive,
            audio=options.audio,
            stdin=stdin,
            list_clips=_lister(options) if options.source.startswith("project:") else None,
        )
        if options.shard is not None:
            found = shard(found, *options.shard)
        return found if options.project is None else _with_project(found, options.project)

    first: list[Iterator[ClipSpec | Unreadable]] = [make()]
    return lambda: first.pop() if first else make()


def _with_project(rows: Iterator[ClipSpec | Unreadable], project: str) -> Iterator[ClipSpec | Unreadable]:
    from dataclasses import replace

    from clipaudio.batch.clip_spec import ClipSpec

    for row in rows:
        yield replace(row, project=project) if isinstance(row, ClipSpec) and row.project is None else row


def _engine(options: argparse.Namespace, job: Job) -> str:
    """Choose processes if the work is pure Python and lasts longer than they take to start."""
    if options.engine != "auto":
        return str(options.engine)
    total = _total(options)
    is_worth_it = bool(job.exports) and options.jobs != 1 and (total is None or total >= _MANY)
    return "processes" if is_worth_it else "threads"


def _total(options: argparse.Namespace) -> int | None:
    """Return the number of clips, None if it is not known."""
    from clipaudio.batch.manifest import count

    total = count(options.source, recursive=options.recursive)
    return round(total / options.shard[1]) if total is not None and options.shard is not None else total


def _lister(options: argparse.Namespace) -> Any:  # noqa: ANN401 - a function of a project
    from clipaudio.resemble.client import BASE_URL, Client

    return Client(base_url=options.base_url or BASE_URL).list_clips


def _plan(
    options: argparse.Namespace, job: Job, path: str, rows: Iterator[ClipSpec | Unreadable], output: Output
) -> int:
    """Print what would be done."""
    from clipaudio.batch.ledger import LedgerReader
    from clipaudio.batch.planning import plan
    from clipaudio.cli.batch_report import BatchReport

    report = BatchReport(output)
    with LedgerReader(*([path] if os.path.exists(path) else [])) as ledger:  # noqa: PTH110 - as above
        for step in plan(rows, job, ledger, redo=not options.resume):
            report.show(step, job)
    return 0


def _verify(job: Job, path: str, options: argparse.Namespace, output: Output) -> int:
    from clipaudio.batch.ledger import LedgerReader, verify
    from clipaudio.batch.output_store import is_bucket

    count = 0
    with LedgerReader(path) as ledger:
        for difference in verify(ledger, job.place.open):
            count += 1
            row: dict[str, object] = {"output": difference.result.output, "problem": difference.message}
            output.row(row, f"{difference.result.output}\t{difference.message}")
    if count:
        remedy = "run with --no-resume" if is_bucket(options.out) else "run with --no-resume, or remove them"
        output.message(f"{count} outputs differ from the ledger; {remedy}")
    return int(count > 0)


def _claimed(options: argparse.Namespace, job: Job, path: str) -> bool:
    """Claim a shard that several drivers might take; the driver with its ledger owns it."""
    from clipaudio.batch.output_store import is_bucket

    if options.shard is None or not is_bucket(options.out):
        return True
    owner = f"{socket.gethostname()}:{os.path.abspath(path)}"  # noqa: PTH100 - as above
    return job.place.claim("_shards/{}-of-{}".format(*options.shard), owner)


def _check(options: argparse.Namespace) -> None:
    """Refuse options that contradict each other."""
    from clipaudio.batch.engines import ENGINES
    from clipaudio.batch.output_store import is_bucket

    if not (options.to or options.convert or options.fetch or options.html):
        raise ExportError("nothing to do; add --to, --convert, --html or --fetch")
    if options.engine not in {"auto", *ENGINES}:
        raise ExportError(f"there is no engine {options.engine!r}; expected one of auto, {', '.join(ENGINES)}")
    if is_bucket(options.out) and options.ledger is None:
        raise ExportError("--out is an object store; name a --ledger FILE on this machine")
    if options.recursive and options.fetch and not is_bucket(options.out):
        source, out = os.path.realpath(options.source), os.path.realpath(options.out)
        if out == source or out.startswith(os.path.join(source, "")):  # noqa: PTH118 - as above
            raise ExportError(
                "--out is in the folder that is searched, where --fetch would add clips; choose another folder"
            )
    if options.source == "-" and (options.nemo or options.supervisions or options.audiofolder):
        raise ExportError("--nemo, --supervisions and --audiofolder read the source again; save stdin to a file first")
    if options.audiofolder and (is_bucket(options.out) or not (options.convert or options.fetch)):
        raise ExportError("--audiofolder needs a folder as --out, and audio in it: add --convert or --fetch")


@contextlib.contextmanager
def _interrupts(stop: threading.Event, stdin: WaitingLines | None, output: Output) -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C end the run in order, and the second at once; a wait for stdin ends as well."""
    heard: list[int] = []

    def hear(number: int, _: object) -> None:
        heard.append(number)
        if len(heard) > 1:
            raise KeyboardInterrupt
        if stdin is None or not stdin.end_wait():
            call_in_thread(stop.set)
        output.message("finishing the tasks under way; press Ctrl-C again to stop at once")

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = {number: signal.signal(number, hear) for number in ENDING_SIGNALS}
    try:
        yield lambda: bool(heard)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _shard(text: str) -> tuple[int, int]:
    number, _, count = text.partition("/")
    if not (number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise argparse.ArgumentTypeError(f"{text!r} is no shard; expected 1/4 to 4/4 for four of them")
    return int(number), int(count)
