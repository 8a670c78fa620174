"""Write the tables of `clipaudio batch` and the index of its pages, after the last clip."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from clipaudio.batch.clip_spec import ClipSpec, Unreadable
    from clipaudio.batch.job import Job
    from clipaudio.batch.ledger import Ledger
    from clipaudio.cli.output import Output

__all__ = ["add_table_options", "check_tables", "write_tables"]


def add_table_options(parser: argparse.ArgumentParser) -> None:
    """Add a flag for each table."""
    tables = parser.add_argument_group("tables, written at the end")
    tables.add_argument("--nemo", metavar="FILE", help="NeMo manifest with texts and the paths of the outputs")
    tables.add_argument("--supervisions", metavar="FILE", help="lhotse supervisions with words and phones")
    tables.add_argument(
        "--audiofolder",
        action="store_true",
        help="OUT/metadata.jsonl, with which Hugging Face's load_dataset reads the audio of --convert or --fetch",
    )
    tables.add_argument("--table", metavar="FILE", help="the result of each output: .jsonl or .parquet")


def check_tables(options: argparse.Namespace) -> None:
    """Refuse a table that cannot be written, before any work.

    Raises
    ------
    MissingExtraError
        A Parquet table is asked for, and pyarrow is not installed.
    """
    if str(options.table or "").endswith(".parquet"):
        from clipaudio.batch.tables import load_pyarrow

        load_pyarrow()


def write_tables(
    options: argparse.Namespace,
    job: Job,
    ledger: Ledger,
    rows: Callable[[], Iterator[ClipSpec | Unreadable]],
    output: Output,
) -> None:
    """Write the tables and the index that were asked for; what cannot be in one is printed."""
    from clipaudio.batch import tables
    from clipaudio.batch.audiofolder import audiofolder_rows

    def pass_over(row: Unreadable) -> None:
        output.message(str(row))

    kinds = [(kind.name, kind.options) for kind in job.kinds]
    audio = next((kind.name for kind in job.kinds if kind.stage == "convert"), "audio" if job.is_fetching else None)
    if options.nemo is not None:
        found = tables.nemo_rows(rows(), ledger, kinds, audio=audio, place=options.out)
        tables.write_jsonl(found, options.nemo, passed_over=pass_over)
    if options.audiofolder:
        hashes = dict(kinds)
        kept = ("callback", hashes["callback"]) if job.is_fetching else None
        kind = (audio or "", hashes[audio or ""])
        data = _with_note_on_splits(audiofolder_rows(rows(), ledger, kind, kept=kept, place=options.out), output)
        tables.write_jsonl(data, os.path.join(options.out, "metadata.jsonl"), passed_over=pass_over)  # noqa: PTH118
    if options.supervisions is not None:
        tables.write_jsonl(tables.supervision_rows(rows()), options.supervisions, passed_over=pass_over)
    if options.table is not None:
        if str(options.table).endswith(".parquet"):
            tables.write_parquet(ledger.latest(), options.table)
        else:
            tables.write_jsonl(tables.result_rows(ledger.latest()), options.table)
    if options.html:
        from clipaudio.batch.page_index import rank_rows, write_index

        ranked = rank_rows(ledger.latest, kinds)
        key = write_index(ranked, job.place, title=str(options.source), shard=options.shard)
        output.row({"index": key}, key)


def _with_note_on_splits(
    rows: Iterator[dict[str, object] | Unreadable], output: Output
) -> Iterator[dict[str, object] | Unreadable]:
    """Yield *rows*; then say whether `load_dataset` would read but a part of them."""
    from clipaudio.batch.audiofolder import find_split

    first, count = "", 0
    for row in rows:
        if isinstance(row, dict) and find_split(str(row["file_name"])) is not None:
            first, count = first or str(row["file_name"]), count + 1
        yield row
    if count:
        more = "" if count == 1 else f" and {count - 1} more"
        output.message(
            f'load_dataset takes {first}{more} for a split ("{find_split(first)}") and reads nothing else, without'
            ' texts; give it data_files="**" beside data_dir, and it reads all clips'
        )
