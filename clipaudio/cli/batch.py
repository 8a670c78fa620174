"""`clipaudio batch`: ten clips or ten million, resumable at any moment."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any

from clipaudio.cli.export import add_options, chosen
from clipaudio.errors import ConvertError, ExportError, ManifestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clipaudio.batch.clip_spec import ClipSpec, Unreadable
    from clipaudio.batch.interruptible_stdin import WaitingLines
    from clipaudio.batch.job import Job
    from clipaudio.batch.ledger import Ledger

__all__ = ["add_parser", "run"]

_MANY = 200  # clips
_DITHERS = ("tpdf", "tpdf-hp", "none")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `batch` to *commands*."""
    parser = commands.add_parser(
        "batch",
        help="download, export and convert many clips; go on where a run was ended",
        description="Work through all clips of a source. Each output is one line of a ledger: what is done is not done"
        " again, what failed is tried again, and a clip that fails stops no other. Run the same command again after"
        " any interruption.",
    )
    parser.add_argument(
        "source",
        metavar="SOURCE",
        help="a folder of callbacks, a pattern, a manifest (.jsonl, .jsonl.gz, .parquet), an inbox.db, project:ID, or -"
        " for ids or JSON lines on the standard input",
    )
    parser.add_argument("--out", required=True, metavar="PLACE", help="a folder, or s3://…, gs://…, az://…")
    what = parser.add_argument_group("what is made")
    what.add_argument("--to", default="", metavar="FORMATS", help="formats, comma-separated: srt,vtt,textgrid,…")
    what.add_argument(
        "--convert",
        action="append",
        default=[],
        metavar="RATE:SUBTYPE:FORMAT",
        help="audio: 16000:PCM_16, 44100::mp3, ::flac; may be given several times",
    )
    what.add_argument("--fetch", action="store_true", help="keep the audio and the callback as they came")
    what.add_argument("--dither", choices=_DITHERS, default="tpdf", help="noise against the distortion of fewer bits")
    what.add_argument("--flat", action="store_true", help="no folders by the first letters of ids")
    _add_source_options(parser.add_argument_group("the source"))
    _add_run_options(parser.add_argument_group("the run"))
    tables = parser.add_argument_group("tables, when all is done")
    tables.add_argument("--nemo", metavar="FILE", help="a manifest with the paths of what was written")
    tables.add_argument("--supervisions", metavar="FILE", help="lhotse supervisions with words and phones")
    tables.add_argument("--table", metavar="FILE", help="what became of each output: .jsonl or .parquet")
    add_options(parser)
    parser.set_defaults(run=run)


def _add_source_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--recursive", action="store_true", help="look into the folders of a folder too")
    group.add_argument("--audio", metavar="DIR", help="where the audio of clips lies that tell of none")
    group.add_argument("--language", default="en", metavar="CODE", help="language of the text: sentences, line breaks")
    group.add_argument("--project", metavar="ID", help="the project of clips that tell of none")
    group.add_argument(
        "--ask", action="store_true", help="ask the service for clips without a callback and for urls that died"
    )
    group.add_argument("--base-url", metavar="URL", help="another address of the service, such as an emulator's")
    group.add_argument("--allow-private", action="store_true", help="let urls lead to this machine or network")


def _add_run_options(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--ledger", metavar="FILE", help="what was done (OUT/ledger.jsonl)")
    group.add_argument(
        "--engine",
        default="auto",
        metavar="NAME",
        help="threads, processes, dask or ray (processes for formats of many clips, else threads)",
    )
    group.add_argument("--scheduler", metavar="ADDRESS", help="a dask or ray cluster that exists: tcp://…, ray://…")
    group.add_argument("--jobs", type=_count, metavar="N", help="workers (one a processor, at most 8)")
    group.add_argument("--chunk", type=_count, default=16, metavar="N", help="clips handed out at once (16)")
    group.add_argument("--window", type=_count, default=2, metavar="N", help="chunks waiting for each worker (2)")
    group.add_argument("--shard", type=_shard, metavar="I/N", help="only this share of the clips, 1/N to N/N")
    group.add_argument(
        "--resume", action=argparse.BooleanOptionalAction, default=True, help="leave what is done already"
    )
    group.add_argument("--verify", action="store_true", help="read all outputs again and compare; make nothing")
    group.add_argument("--fail-fast", action="store_true", help="end at the first error")
    group.add_argument("--strict", action="store_true", help="count rows that cannot be read as errors")
    group.add_argument("--sync", action="store_true", help="bring the ledger to the disk after each chunk")
    group.add_argument("--dry-run", action="store_true", help="tell what would be done, write nothing")
    group.add_argument("--json", action="store_true", help="print one JSON object an output, and one of the whole")
    group.add_argument("--quiet", action="store_true", help="no progress")


def run(options: argparse.Namespace, *, stop: threading.Event | None = None) -> int:
    """Do what is left; 0 when all is done, 1 when something failed, 2 for a wrong command, 130 when interrupted."""
    stop = stop or threading.Event()
    try:
        job = _job(options)
        _check(options)
        stdin = _stdin(stop) if options.source == "-" else None
        rows = _source(options, stdin)
    except (ConvertError, ExportError, ManifestError) as error:
        sys.stderr.write(f"clipaudio batch: {error}\n")
        return 2
    path = options.ledger or os.path.join(options.out, "ledger.jsonl")  # noqa: PTH118 - text stays text
    if options.dry_run:
        return _plan(options, job, path, rows())
    if options.verify:
        return _verify(job, path, options)
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)  # noqa: PTH103, PTH120 - as above
    return _work(options, job, path, rows, stop, stdin)


def _work(
    options: argparse.Namespace,
    job: Job,
    path: str,
    rows: Callable[[], Iterator[ClipSpec | Unreadable]],
    stop: threading.Event,
    stdin: WaitingLines | None,
) -> int:
    from clipaudio.batch.engines import open_engine
    from clipaudio.batch.ledger import Ledger
    from clipaudio.batch.runner import Batch
    from clipaudio.cli.language import tell_of_language
    from clipaudio.cli.progress import Tally

    said = tell_of_language("batch", job.language, job.exports)
    tally = Tally(is_json=options.json, is_quiet=options.quiet, total=_total(options), said=said)
    with Ledger(path, sync=options.sync) as ledger, _interrupts(stop, stdin) as was_interrupted:
        if not _claimed(options, job, path):
            number, total = options.shard
            sys.stderr.write(
                f"clipaudio batch: shard {number}/{total} was taken by another, which goes on with its own ledger;"
                f" where that is lost, remove {options.out.rstrip('/')}/_shards/{number}-of-{total}\n"
            )
            return 1
        name = _engine(options, job)
        with open_engine(name, jobs=options.jobs, scheduler=options.scheduler) as engine, tally:
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
                tally.add(step)
        tally.summarize(is_whole=not (stop.is_set() or was_interrupted()))
        if was_interrupted():
            sys.stderr.write("clipaudio batch: interrupted; run the same command again to go on\n")
            return 130
        _write_tables(options, job, ledger, rows)
    return int(tally.failed > 0 or (options.strict and tally.unreadable > 0))


def _job(options: argparse.Namespace) -> Job:
    from clipaudio.batch.job import Conversion, Job
    from clipaudio.batch.output_store import open_place

    service = None
    if options.ask:
        from clipaudio.resemble.client import BASE_URL

        service = options.base_url or BASE_URL
    wanted = [text.strip() for one in options.convert for text in one.split(",") if text.strip()]
    return Job(
        place=open_place(options.out),
        exports=tuple(name.strip() for name in options.to.split(",") if name.strip()),
        options=chosen(options),
        language=options.language,
        conversions=tuple(map(Conversion.parse, wanted)),
        convert_options={"dither": options.dither},
        is_fetching=options.fetch,
        is_flat=options.flat,
        allow_private=options.allow_private,
        service=service,
    )


def _stdin(stop: threading.Event) -> WaitingLines:
    from clipaudio.batch.interruptible_stdin import WaitingLines

    if sys.stdin is None:
        raise ManifestError("the standard input is closed; pipe ids or JSON lines into it", source="-")
    return WaitingLines(open(sys.stdin.fileno(), "rb", buffering=0, closefd=False), stop=stop)


def _source(options: argparse.Namespace, stdin: WaitingLines | None) -> Callable[[], Iterator[ClipSpec | Unreadable]]:
    """Give what gives the rows, as often as they are asked for; a source that is not there is an error at once."""
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
    """Choose processes where the work is Python's own and lasts longer than they take to start."""
    if options.engine != "auto":
        return str(options.engine)
    total = _total(options)
    is_worth_it = bool(job.exports) and options.jobs != 1 and (total is None or total >= _MANY)
    return "processes" if is_worth_it else "threads"


def _total(options: argparse.Namespace) -> int | None:
    """Tell how many clips there are, as far as that is known."""
    from clipaudio.batch.manifest import count

    total = count(options.source, recursive=options.recursive)
    return round(total / options.shard[1]) if total is not None and options.shard is not None else total


def _lister(options: argparse.Namespace) -> Any:  # noqa: ANN401 - a function of a project
    from clipaudio.resemble.client import BASE_URL, Client

    return Client(base_url=options.base_url or BASE_URL).list_clips


def _plan(options: argparse.Namespace, job: Job, path: str, rows: Iterator[ClipSpec | Unreadable]) -> int:
    """Print what would be done."""
    from clipaudio.batch.ledger import LedgerReader
    from clipaudio.batch.planning import plan
    from clipaudio.cli.progress import Tally

    tally = Tally(is_json=options.json, is_quiet=True)
    with LedgerReader(*([path] if os.path.exists(path) else [])) as ledger:  # noqa: PTH110 - as above
        for step in plan(rows, job, ledger, redo=not options.resume):
            tally.tell(step, job)
    return 0


def _verify(job: Job, path: str, options: argparse.Namespace) -> int:
    from clipaudio.batch.ledger import LedgerReader, verify
    from clipaudio.batch.output_store import is_bucket
    from clipaudio.cli.progress import print_row

    count = 0
    with LedgerReader(path) as ledger:
        for difference in verify(ledger, job.place.open):
            count += 1
            row: dict[str, object] = {"output": difference.result.output, "problem": difference.message}
            print_row(row, f"{difference.result.output}\t{difference.message}", is_json=options.json)
    if count:
        remedy = "run with --no-resume" if is_bucket(options.out) else "run with --no-resume, or remove them"
        sys.stderr.write(f"clipaudio batch: {count} outputs differ from the ledger; {remedy}\n")
    return int(count > 0)


def _claimed(options: argparse.Namespace, job: Job, path: str) -> bool:
    """Put a mark on a shard that several drivers might take; whoever has its ledger has the shard."""
    from clipaudio.batch.output_store import is_bucket

    if options.shard is None or not is_bucket(options.out):
        return True
    owner = f"{socket.gethostname()}:{os.path.abspath(path)}"  # noqa: PTH100 - as above
    return job.place.claim("_shards/{}-of-{}".format(*options.shard), owner)


def _check(options: argparse.Namespace) -> None:
    """Refuse what cannot go together."""
    from clipaudio.batch.engines import ENGINES
    from clipaudio.batch.output_store import is_bucket

    if options.engine not in {"auto", *ENGINES}:
        raise ExportError(f"there is no engine {options.engine!r}; expected one of auto, {', '.join(ENGINES)}")
    if is_bucket(options.out) and options.ledger is None:
        raise ExportError("--out is an object store; name a --ledger FILE on this machine")
    if options.recursive and options.fetch and not is_bucket(options.out):
        source, out = os.path.realpath(options.source), os.path.realpath(options.out)
        if out == source or out.startswith(os.path.join(source, "")):  # noqa: PTH118 - as above
            raise ExportError("--out lies in the folder that is searched, where --fetch would be found as clips anew")
    if options.source == "-" and (options.nemo or options.supervisions):
        raise ExportError("--nemo and --supervisions read the source again; save the standard input to a file first")


def _write_tables(
    options: argparse.Namespace, job: Job, ledger: Ledger, rows: Callable[[], Iterator[ClipSpec | Unreadable]]
) -> None:
    from clipaudio.batch import tables

    kinds = [(kind.name, kind.options) for kind in job.kinds]
    if options.nemo is not None:
        audio = next((kind.name for kind in job.kinds if kind.stage == "convert"), "audio" if job.is_fetching else None)
        found = tables.nemo_rows(rows(), ledger, kinds, audio=audio, place=options.out)
        tables.write_jsonl(found, options.nemo, passed_over=_pass_over)
    if options.supervisions is not None:
        tables.write_jsonl(tables.supervision_rows(rows()), options.supervisions, passed_over=_pass_over)
    if options.table is not None:
        if str(options.table).endswith(".parquet"):
            tables.write_parquet(ledger.latest(), options.table)
        else:
            tables.write_jsonl(tables.result_rows(ledger.latest()), options.table)


def _pass_over(row: Unreadable) -> None:
    sys.stderr.write(f"clipaudio batch: {row}\n")


@contextlib.contextmanager
def _interrupts(stop: threading.Event, stdin: WaitingLines | None) -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C end the run in order, and the second at once; where a line is waited for, no more come."""
    heard: list[int] = []

    def hear(number: int, _: object) -> None:
        heard.append(number)
        if len(heard) > 1:
            raise KeyboardInterrupt
        if stdin is None or not stdin.end_wait():
            stop.set()
        sys.stderr.write("\nclipaudio batch: finishing what is under way; once more to end at once\n")

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(heard)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 100_000):
        raise argparse.ArgumentTypeError(f"{text} is no number of 1 or more")
    return int(text)


def _shard(text: str) -> tuple[int, int]:
    number, _, count = text.partition("/")
    if not (number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise argparse.ArgumentTypeError(f"{text} is no shard; expected 1/4 to 4/4 for four of them")
    return int(number), int(count)
