"""What was done into tables that others read: NeMo's manifests, lhotse's supervisions, and the results themselves.

Formats: JSON Lines as NVIDIA NeMo reads them (`audio_filepath`, `duration`, `text`) and with the paths of what was
written, as its forced aligner adds them; lhotse's `SupervisionSegment`, whose alignments are lists of
[symbol, start, duration, score]; a flat row a result, as JSON Lines or Parquet.

Conventions
-----------
Everything is made row by row, in the order of what it is made from. A clip that has no place in a table is given as
`Unreadable`, with the reason; so is what was no row of the manifest. Writers pass it over, to whoever asks for it.
"""

from __future__ import annotations

import gzip
import importlib
import json
import os
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clipaudio import files
from clipaudio.annotation.tier import iterate_labels
from clipaudio.batch.clip_spec import ClipSpec, Unreadable
from clipaudio.batch.index import Names
from clipaudio.batch.manifest_rows import is_remote
from clipaudio.batch.output_store import read_bytes
from clipaudio.batch.planning import chunked
from clipaudio.batch.result import Key
from clipaudio.clip import Clip, open_clip
from clipaudio.errors import ClipAudioError, ExportError, ManifestError, MissingExtraError
from clipaudio.resemble.callback import read_callback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import BinaryIO

    from clipaudio.batch.ledger_reader import LedgerReader
    from clipaudio.batch.result import Result

__all__ = [
    "nemo_rows",
    "open_row",
    "result_rows",
    "supervision",
    "supervision_rows",
    "write_jsonl",
    "write_parquet",
]

_AT_ONCE: Final = 500  # rows
_GROUP: Final = 10_000  # rows of a group of Parquet
_COLUMNS: Final = {
    "id": "string",
    "kind": "string",
    "options": "string",
    "status": "string",
    "output": "string",
    "bytes": "int64",
    "sha256": "string",
    "duration": "float64",
    "stage": "string",
    "type": "string",
    "message": "string",
    "notes": "string",
    "attempt": "int64",
}


def open_row(row: ClipSpec) -> Clip:
    """Open the clip of a row whose callback is at hand.

    Raises
    ------
    ManifestError
        The row has no callback, or one that lies elsewhere.
    CallbackError, OSError
        The callback cannot be read, or is none.
    """
    if row.callback is None or (isinstance(row.callback, str) and is_remote(row.callback)):
        raise ManifestError("its callback is not on this machine", source=row.where)
    audio = row.audio if row.audio is not None and os.path.isfile(row.audio) else None  # noqa: PTH113 - may be a url
    return open_clip(row.callback if isinstance(row.callback, bytes) else Path(row.callback), audio=audio)


def nemo_rows(
    rows: Iterable[ClipSpec | Unreadable],
    ledger: LedgerReader,
    kinds: Sequence[tuple[str, str]],
    *,
    audio: str | None = None,
    place: str = "",
) -> Iterator[dict[str, object] | Unreadable]:
    """Yield the rows of a NeMo manifest: the input row, its text, and the paths of the outputs.

    The text of a row that has none is read from its callback, or from the callback that was kept under *place*.

    Parameters
    ----------
    rows
        What was to be done.
    ledger
        What was done.
    kinds
        (kind, hash of its options); what is done of a kind is named under `<kind>_filepath`.
    audio
        The kind that is `audio_filepath`; the audio that came in when None.
    place
        What stands before the paths of outputs: a folder or a url.

    Examples
    --------
    >>> import tempfile
    >>> from clipaudio.batch.ledger import Ledger, Result
    >>> with Ledger(tempfile.mkdtemp() + "/ledger.jsonl") as ledger:
    ...     ledger.append([Result(id="a", kind="srt", status="ok", output="a.srt")])
    ...     row = ClipSpec(id="a", audio="a.wav", text="Hi.", fields={"duration": 0.5})
    ...     list(nemo_rows([row], ledger, [("srt", "")], place="out"))
    [{'audio_filepath': 'a.wav', 'duration': 0.5, 'text': 'Hi.', 'srt_filepath': 'out/a.srt'}]
    """
    source = _first_of_each(rows)
    while some := list(islice(source, _AT_ONCE)):
        ids = [row.id for row in some if isinstance(row, ClipSpec)]
        found = iter(ledger.get(Key(id_, kind, options) for id_ in ids for kind, options in kinds))
        for row in some:
            if isinstance(row, Unreadable):
                yield row
                continue
            done = {kind: one for kind, _ in kinds if (one := next(found)) is not None and one.is_ok}
            yield _nemo_row(row, done, audio, place)


def _first_of_each(rows: Iterable[ClipSpec | Unreadable]) -> Iterator[ClipSpec | Unreadable]:
    """Pass over rows of an id that a row before them has: the files of that id are that row's."""
    with closing(Names()) as names:
        for some in chunked(rows, _AT_ONCE):
            fresh = iter(names.first_seen([row.id for row in some if isinstance(row, ClipSpec)]))
            for row in some:
                if isinstance(row, Unreadable) or next(fresh):
                    yield row
                else:
                    yield Unreadable(row.where or row.id, f"a row before it has the id {row.id}, and its files")


def _nemo_row(
    row: ClipSpec,
    done: dict[str, Result],
    audio: str | None,
    place: str,
) -> dict[str, object] | Unreadable:
    paths = {kind: _joined(place, one.output) for kind, one in done.items() if one.output is not None}
    path = row.audio if audio is None else paths.get(audio)
    if path is None:
        return Unreadable(row.where, f"{row.id} has no audio" + (f" of kind {audio}" if audio is not None else ""))
    lengths = [one.duration for kind, one in done.items() if audio in {None, kind} and one.duration is not None]
    if row.fields.get("offset") is not None:  # a part of the audio: its length is not that of the whole
        lengths = []
    try:
        text = _spoken_text(row, paths.get("callback"))
    except (ClipAudioError, OSError) as error:
        return Unreadable(row.where or row.id, str(error))
    needed = {
        "audio_filepath": path,
        "duration": lengths[0] if lengths else row.fields.get("duration"),
        "text": text,
    }
    if needed["duration"] is None:
        del needed["duration"]
    made = {f"{kind}_filepath": output for kind, output in paths.items()}  # audio as it came is a kind as well
    return {**needed, **row.fields, **made, **needed}


def _spoken_text(row: ClipSpec, kept: str | None) -> str:
    """Return the text of *row*, else that of its callback or of the *kept* copy; "" if it has no timestamps."""
    if row.text is not None:
        return row.text
    source = kept if row.callback is None else row.callback
    if source is None:
        return ""
    callback = read_callback(source if isinstance(source, bytes) else read_bytes(source))
    return Clip(callback).aligned.text if callback.has_timestamps else ""


def supervision(clip: Clip, id_: str, *, recording_id: str | None = None, speaker: str | None = None) -> dict[str, Any]:
    """Give the words and phones of a clip as a supervision of lhotse.

    Parameters
    ----------
    clip
        It came with times.
    id_
        Of the supervision; the recording's is the same when *recording_id* is None.
    speaker
        Who speaks.

    Raises
    ------
    TimestampsMissingError
        The clip came without times.
    ExportError
        It lasts no time at all, which lhotse refuses.

    Examples
    --------
    >>> stamps = {"graph_chars": ["H", "i"], "graph_times": [[0.0, 0.25], [0.25, 0.5]]}
    >>> found = supervision(open_clip({"id": "a", "audio_timestamps": stamps}), "a")
    >>> found["text"], found["duration"], found["alignment"]
    ('Hi', 0.5, {'word': [['Hi', 0.0, 0.5, None]]})
    """
    if clip.duration <= 0:
        raise ExportError(f"clip {id_} lasts no time; a supervision does")
    levels = {"word": clip.words, "phone": clip.phones}
    alignment = {
        name: [[label, start, end - start, None] for label, start, end in iterate_labels(level)]
        for name, level in levels.items()
        if len(level)
    }
    whole = {
        "id": id_,
        "recording_id": recording_id or id_,
        "start": 0.0,
        "duration": clip.duration,
        "channel": 0,
        "text": clip.aligned.text,
        "language": clip.aligned.language,
        "speaker": speaker,
        "alignment": alignment,
    }
    return {key: value for key, value in whole.items() if value is not None}


def supervision_rows(
    rows: Iterable[ClipSpec | Unreadable], *, open_row: Callable[[ClipSpec], Clip] = open_row
) -> Iterator[dict[str, Any] | Unreadable]:
    """Give the supervision of every row; one whose clip cannot be opened or has no times is named and passed over."""
    for row in _first_of_each(rows):
        if isinstance(row, Unreadable):
            yield row
            continue
        try:
            yield supervision(open_row(row), row.id)
        except (ClipAudioError, OSError) as error:
            yield Unreadable(row.where or row.id, str(error))


def result_rows(results: Iterable[Result]) -> Iterator[dict[str, object]]:
    """Give every result as a flat row, the same columns in each; `ledger.latest()` gives the results that count."""
    for one in results:
        yield {
            "id": one.id,
            "kind": one.kind,
            "options": one.options,
            "status": one.status,
            "output": one.output,
            "bytes": one.bytes,
            "sha256": one.sha256,
            "duration": one.duration,
            "stage": None if one.error is None else one.error.stage,
            "type": None if one.error is None else one.error.type,
            "message": None if one.error is None else one.error.message,
            "notes": "\n".join(one.notes),
            "attempt": one.attempt,
        }


def write_jsonl(
    rows: Iterable[dict[str, Any] | Unreadable],
    target: str | os.PathLike[str],
    *,
    passed_over: Callable[[Unreadable], object] | None = None,
) -> int:
    """Write rows as JSON Lines, whole or not at all; give how many. A name that ends in .gz is compressed.

    *passed_over* is called with what has no place in the table.

    Raises
    ------
    OSError
        It cannot be written.
    """
    count = 0
    with ExitStack() as opened:
        raw = opened.enter_context(files.replacing(target))
        file: BinaryIO | gzip.GzipFile = raw
        if os.fspath(target).lower().endswith(".gz"):  # without a time: the same rows are the same bytes
            file = opened.enter_context(gzip.GzipFile("", "wb", fileobj=raw, mtime=0))
        for row in rows:
            if not isinstance(row, Unreadable):
                file.write(_line(row))
                count += 1
            elif passed_over is not None:
                passed_over(row)
    return count


def write_parquet(results: Iterable[Result], target: str | os.PathLike[str]) -> int:
    """Write results as a table of Parquet, whole or not at all; give how many.

    Raises
    ------
    MissingExtraError
        pyarrow is not installed.
    OSError
        It cannot be written.
    """
    try:
        pyarrow, parquet = importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingExtraError(
            "pyarrow is needed to write Parquet; install it with: pip install 'clipaudio[parquet]'"
        ) from error
    schema = pyarrow.schema([(name, getattr(pyarrow, kind)()) for name, kind in _COLUMNS.items()])
    count = 0
    source = result_rows(results)
    with files.replacing(target) as file, parquet.ParquetWriter(file, schema) as writer:
        while some := list(islice(source, _GROUP)):
            columns = {name: [_clean(row[name]) for row in some] for name in _COLUMNS}
            writer.write_table(pyarrow.table(columns, schema=schema))
            count += len(some)
    return count


def _line(row: dict[str, Any]) -> bytes:
    try:
        text = json.dumps(row, ensure_ascii=False, allow_nan=False)
    except ValueError:  # a manifest came with NaN, which is no JSON
        finite = json.loads(json.dumps(row), parse_constant=lambda _: None)
        text = json.dumps(finite, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _clean(value: object) -> object:
    """Give a text without halves of characters, which no UTF-8 holds."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def _joined(place: str, output: str) -> str:
    return f"{place.rstrip('/')}/{output}" if place else output
