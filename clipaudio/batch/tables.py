"""Write the outputs of a batch as tables for other programs: NeMo manifests, lhotse supervisions, flat results.

Formats: JSON Lines as NVIDIA NeMo reads them (`audio_filepath`, `duration`, `text`), with the paths of the outputs like
those of its forced aligner; lhotse's `SupervisionSegment`, whose alignments are lists of
[symbol, start, duration, score]; one flat row a result, as JSON Lines or Parquet. `audiofolder` has those of Hugging
Face.

Conventions
-----------
Tables are made row by row, in the order of their source. A clip that cannot be in a table is yielded as `Unreadable`
with the reason, like a row that cannot be read; the writers skip it.
"""

from __future__ import annotations

import gzip
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
from clipaudio.clip.opening import read_times
from clipaudio.errors import ClipAudioError, ExportError, ManifestError
from clipaudio.extras import import_extra
from clipaudio.resemble.callback import ClipCallback
from clipaudio.text import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import BinaryIO

    from clipaudio.batch.ledger_reader import LedgerReader
    from clipaudio.batch.result import Result

__all__ = [
    "clip_of",
    "join_place",
    "nemo_rows",
    "open_row",
    "pair_with_results",
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
    "fit": "float64",
    "stage": "string",
    "type": "string",
    "message": "string",
    "notes": "string",
    "attempt": "int64",
}


def open_row(row: ClipSpec) -> Clip:
    """Open the clip of a row whose callback is on this machine.

    Raises
    ------
    ManifestError
        The row has no callback, or a remote one.
    CallbackError, OSError
        The callback cannot be read.
    """
    if row.callback is None or (isinstance(row.callback, str) and is_remote(row.callback)):
        raise ManifestError("its callback is not on this machine; copy it here first", source=row.where)
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
        The rows of the batch.
    ledger
        Its results.
    kinds
        (kind, hash of its options); the output of a kind is named under `<kind>_filepath`.
    audio
        The kind that is `audio_filepath`; None means the audio of the row.
    place
        The prefix of the output paths: a folder or a url.

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
    for row, done in pair_with_results(rows, ledger, kinds):
        yield row if isinstance(row, Unreadable) else _nemo_row(row, done, audio, place)


def pair_with_results(
    rows: Iterable[ClipSpec | Unreadable], ledger: LedgerReader, kinds: Sequence[tuple[str, str]]
) -> Iterator[tuple[ClipSpec | Unreadable, dict[str, Result]]]:
    """Yield each row with the results of *kinds* that are done."""
    source = _first_of_each(rows)
    while some := list(islice(source, _AT_ONCE)):
        ids = [row.id for row in some if isinstance(row, ClipSpec)]
        found = iter(ledger.get(Key(id_, kind, options) for id_ in ids for kind, options in kinds))
        for row in some:
            if isinstance(row, Unreadable):
                yield row, {}
                continue
            yield row, {kind: one for kind, _ in kinds if (one := next(found)) is not None and one.is_ok}


def _first_of_each(rows: Iterable[ClipSpec | Unreadable]) -> Iterator[ClipSpec | Unreadable]:
    """Replace rows whose id an earlier row has, because the files of that id belong to the earlier one."""
    with closing(Names()) as names:
        for some in chunked(rows, _AT_ONCE):
            fresh = iter(names.first_seen([row.id for row in some if isinstance(row, ClipSpec)]))
            for row in some:
                if isinstance(row, Unreadable) or next(fresh):
                    yield row
                else:
                    yield Unreadable(
                        row.where or row.id,
                        f"an earlier row has the id {row.id} and its files; give this one another id",
                    )


def _nemo_row(
    row: ClipSpec,
    done: dict[str, Result],
    audio: str | None,
    place: str,
) -> dict[str, object] | Unreadable:
    paths = {kind: join_place(place, one.output) for kind, one in done.items() if one.output is not None}
    path = row.audio if audio is None else paths.get(audio)
    if path is None:
        return Unreadable(row.where, f"{row.id} has no audio" + (f" of kind {audio}" if audio is not None else ""))
    lengths = [one.duration for kind, one in done.items() if audio in {None, kind} and one.duration is not None]
    if row.fields.get("offset") is not None:  # a part of the audio is shorter than the whole
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
    made = {f"{kind}_filepath": output for kind, output in paths.items()}  # the original audio is a kind as well
    return {**needed, **row.fields, **made, **needed}


def _spoken_text(row: ClipSpec, kept: str | None) -> str:
    """Return the text of *row*, else that of its callback or of the *kept* copy; "" if it has no timestamps."""
    if row.text is not None:
        return row.text
    clip = clip_of(row, kept)
    return "" if clip is None else clip.aligned.text


def clip_of(row: ClipSpec, kept: str | None) -> Clip | None:
    """Return the clip of *row* or of the *kept* copy of its callback; None without times."""
    source = kept if row.callback is None else row.callback
    if source is None:
        return None
    times = read_times(source if isinstance(source, bytes) else read_bytes(source))
    return None if isinstance(times, ClipCallback) and not times.has_timestamps else Clip(times)


def supervision(clip: Clip, id_: str, *, recording_id: str | None = None, speaker: str | None = None) -> dict[str, Any]:
    """Return the words and phones of a clip as a lhotse supervision.

    Parameters
    ----------
    clip
        A clip with times.
    id_
        The id of the supervision, and of the recording if *recording_id* is None.
    speaker
        The name of the speaker.

    Raises
    ------
    TimestampsMissingError
        The clip came without times.
    ExportError
        It has no length, which lhotse refuses.

    Examples
    --------
    >>> stamps = {"graph_chars": ["H", "i"], "graph_times": [[0.0, 0.25], [0.25, 0.5]]}
    >>> found = supervision(open_clip({"id": "a", "audio_timestamps": stamps}), "a")
    >>> found["text"], found["duration"], found["alignment"]
    ('Hi', 0.5, {'word': [['Hi', 0.0, 0.5, None]]})
    """
    if clip.duration <= 0:
        raise ExportError(f"clip {id_} has no length; lhotse expects one above 0")
    levels = {"word": clip.words, "phone": clip.aligned.spoken_phones}
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
    """Yield the supervision of every row, `Unreadable` if its clip cannot be opened or has no times."""
    for row in _first_of_each(rows):
        if isinstance(row, Unreadable):
            yield row
            continue
        try:
            yield supervision(open_row(row), row.id)
        except (ClipAudioError, OSError) as error:
            yield Unreadable(row.where or row.id, str(error))


def result_rows(results: Iterable[Result]) -> Iterator[dict[str, object]]:
    """Yield every result as a flat row of the same columns; `ledger.latest()` has the current results."""
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
            "fit": one.fit,
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
    """Write rows as JSON Lines, atomically; return their number. A name that ends in .gz is compressed.

    *passed_over* is called with each `Unreadable`.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    count = 0
    with ExitStack() as opened:
        raw = opened.enter_context(files.replacing(target))
        file: BinaryIO | gzip.GzipFile = raw
        if os.fspath(target).lower().endswith(".gz"):  # no timestamp: the same rows give the same bytes
            file = opened.enter_context(gzip.GzipFile("", "wb", fileobj=raw, mtime=0))
        for row in rows:
            if not isinstance(row, Unreadable):
                file.write(_line(row))
                count += 1
            elif passed_over is not None:
                passed_over(row)
    return count


def write_parquet(results: Iterable[Result], target: str | os.PathLike[str]) -> int:
    """Write results as a Parquet table, atomically; return their number.

    Raises
    ------
    MissingExtraError
        pyarrow is not installed.
    OSError
        The file cannot be written.
    """
    pyarrow, parquet = load_pyarrow()
    schema = pyarrow.schema([(name, getattr(pyarrow, kind)()) for name, kind in _COLUMNS.items()])
    count = 0
    source = result_rows(results)
    with files.replacing(target) as file, parquet.ParquetWriter(file, schema) as writer:
        while some := list(islice(source, _GROUP)):
            columns = {name: [_clean(row[name]) for row in some] for name in _COLUMNS}
            writer.write_table(pyarrow.table(columns, schema=schema))
            count += len(some)
    return count


def load_pyarrow() -> tuple[Any, Any]:
    """Return pyarrow and its module of Parquet.

    Raises
    ------
    MissingExtraError
        pyarrow is not installed.
    """
    parquet = import_extra("pyarrow.parquet", extra="parquet", purpose="Parquet")
    return import_extra("pyarrow", extra="parquet", purpose="Parquet"), parquet


def _line(row: dict[str, Any]) -> bytes:
    try:
        text = json.dumps(row, ensure_ascii=False, allow_nan=False)
    except ValueError:  # a manifest with NaN, which is no JSON
        finite = json.loads(json.dumps(row), parse_constant=lambda _: None)
        text = json.dumps(finite, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _clean(value: object) -> object:
    """Return *value*; a text without lone surrogates, which UTF-8 cannot hold."""
    return replace_surrogates(value) if isinstance(value, str) else value


def join_place(place: str, output: str) -> str:
    """Return the path or url of *output* in *place*, "" for none."""
    return f"{place.rstrip('/')}/{output}" if place else output
