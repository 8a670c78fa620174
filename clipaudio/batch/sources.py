"""Read folders, patterns, files, inboxes and projects as rows, one at a time.

Conventions
-----------
Each function takes the name of one source and yields its rows in the order of the source; the order of a folder is that
of the file system. A row that cannot be read is yielded as `Unreadable` in its place.
"""
# a path object costs more than the rest of what is done for a file, and there are millions
# ruff: noqa: PTH113, PTH119, PTH120, PTH122

from __future__ import annotations

import fnmatch
import functools
import gzip
import itertools
import os
import zlib
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from clipaudio.batch.clip_spec import ClipSpec, Unreadable
from clipaudio.batch.delimited import DELIMITED, delimited_rows, is_delimited
from clipaudio.batch.globbing import walk, walk_root
from clipaudio.batch.manifest_rows import file_row, id_of_path, line_row, plain_row
from clipaudio.batch.speech_files import SPEECH_SUFFIXES, has_better_file, is_speech_file, is_stream, speech_row
from clipaudio.download.task import SUFFIXES
from clipaudio.errors import InboxError, ManifestError
from clipaudio.export import FORMATS
from clipaudio.extras import import_extra

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import BinaryIO

    from clipaudio.resemble.api_response import ClipItem

    Rows: TypeAlias = Iterator[ClipSpec | Unreadable]
    ListClips: TypeAlias = Callable[[str], Iterable[str | ClipItem]]

__all__ = [
    "count_file",
    "count_folder",
    "file_rows",
    "folder_rows",
    "inbox_rows",
    "jsonl_rows",
    "parquet_rows",
    "pattern_rows",
    "project_rows",
    "stream_rows",
]

_LINES: Final = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
_PARQUET: Final = (".parquet", ".pq")
_DATABASES: Final = (".db", ".sqlite", ".sqlite3")
_BATCH: Final = 64  # rows of a Parquet file in memory: each may hold a callback
_LONGEST_LINE: Final = 1 << 26
_MOST_COUNTED: Final = 1 << 28  # bytes: a second, on most machines


def folder_rows(folder: str, *, recursive: bool) -> Rows:
    """Yield a row for every file of speech times in *folder*, with the audio its url names, or of the same name."""
    return _found(_speech_files(folder, recursive=recursive), "*", folder if recursive else None, has_audio=False)


def _speech_files(folder: str, *, recursive: bool) -> Iterator[str | OSError]:
    for path in walk("**/*" if recursive else "*", below=folder):
        if isinstance(path, OSError):
            yield path
        elif is_speech_file(path) and (not path.lower().endswith(_LINES) or _is_one_clip(path)):
            yield path  # a manifest or a ledger in the folder is no clip


def pattern_rows(pattern: str) -> Rows:
    """Yield the rows of all files that match *pattern*.

    Raises
    ------
    ManifestError
        No file matches.
    """
    found = walk(pattern)
    first = next(found, None)
    if first is None:
        raise ManifestError(f"no file matches {pattern!r}; quote the pattern, and check the folder", source=pattern)
    return _found(itertools.chain([first], found), os.path.basename(pattern), walk_root(pattern) or ".")


def file_rows(path: str) -> Rows:
    """Yield the rows of one file, by its suffix.

    Raises
    ------
    ManifestError
        The suffix is unknown.
    MissingExtraError
        The package that reads such a file is not installed.
    """
    lower = path.lower()
    if lower.endswith(_LINES) or (lower.endswith(".json") and _holds_lines(path)):
        return iter([_one(path)]) if _is_one_clip(path) else jsonl_rows(path)
    if lower.endswith(_PARQUET):
        return parquet_rows(path)
    if lower.endswith(_DATABASES):
        return inbox_rows(path)
    if lower.endswith(DELIMITED) and (lower.endswith(".csv") or is_delimited(path)):
        return delimited_rows(path)
    if lower.endswith((*SPEECH_SUFFIXES, *SUFFIXES)):
        return iter([_one(path)])
    known = " ".join((*SPEECH_SUFFIXES, *_LINES[2:], ".csv", *_PARQUET, *_DATABASES, *SUFFIXES))
    raise ManifestError(f"{path} is no list of clips; expected one of {known}", source=path)


def stream_rows(lines: Iterable[bytes], name: str, folder: str) -> Rows:
    """Yield a row for each of *lines*, which are ids or JSON."""
    for number, line in enumerate(lines, 1):
        row = plain_row(line, f"{name}:{number}", folder)
        if row is not None:
            yield row


def jsonl_rows(path: str) -> Rows:
    """Yield the rows of JSON Lines, compressed by gzip or not."""
    number = 0
    opened: BinaryIO | gzip.GzipFile
    try:
        with gzip.open(path) if path.lower().endswith(".gz") else Path(path).open("rb") as opened:
            for number, line in enumerate(opened, 1):
                text = line.removeprefix(b"\xef\xbb\xbf").strip()
                if text:
                    yield line_row(text, f"{path}:{number}", os.path.dirname(path))
    except (OSError, EOFError, zlib.error) as error:  # a truncated gzip file
        yield Unreadable(f"{path}:{number + 1}", f"the rest cannot be read: {error}")


def parquet_rows(path: str) -> Rows:
    """Yield the rows of a Parquet file; its columns are named like the keys of JSON Lines.

    Raises
    ------
    MissingExtraError
        pyarrow is not installed.
    ManifestError
        The file is no Parquet.
    """
    return _table_rows(_parquet_file(path), path)


def _parquet_file(path: str) -> Any:  # noqa: ANN401 - an extra's type
    parquet = import_extra("pyarrow.parquet", extra="parquet", purpose="Parquet")
    try:
        return parquet.ParquetFile(path, pre_buffer=False)
    except ValueError as error:  # Arrow raises it for invalid bytes
        raise ManifestError(f"{path} cannot be read as Parquet: {error}", source=path) from error


def inbox_rows(path: str) -> Rows:
    """Yield the newest callback of every clip in an inbox.

    Raises
    ------
    InboxError
        The file is no inbox.
    """
    from clipaudio.receive.inbox import Inbox  # noqa: PLC0415 - the database loads on use

    with closing(Inbox(path)) as inbox:
        for entry in inbox.list():
            if inbox.newer(entry) is None:
                where = f"{path}:{entry.number}"
                yield ClipSpec(id=entry.clip, callback=entry.body, project=entry.project, where=where)


def project_rows(project: str, list_clips: ListClips) -> Rows:
    """Yield the clips of a project that *list_clips* returns: ids, or clips as the service describes them."""
    for clip in list_clips(project):
        if isinstance(clip, str):
            yield ClipSpec(id=clip, project=project, where=f"project:{project}")
        else:
            yield ClipSpec(id=clip.uuid, callback=clip.raw or None, project=project, where=f"project:{project}")


def count_folder(folder: str, *, recursive: bool) -> int:
    """Count the files that `folder_rows` reads."""
    return sum(1 for _ in _speech_files(folder, recursive=recursive))


def count_file(path: str) -> int | None:
    """Count the rows of a file; None if that is slow because it is large, compressed or a database.

    Raises
    ------
    ManifestError
        The file is no Parquet.
    OSError
        It cannot be read.
    """
    lower = path.lower()
    if lower.endswith(_PARQUET):
        return int(_parquet_file(path).metadata.num_rows)
    if lower.endswith((".jsonl", ".ndjson")) or (lower.endswith(".json") and _holds_lines(path)):
        if Path(path).stat().st_size > _MOST_COUNTED:
            return None
        with Path(path).open("rb") as file:
            return 1 if _is_one_clip(path) else sum(1 for line in file if line.strip())
    if lower.endswith(DELIMITED) and is_delimited(path):
        return None
    return 1 if lower.endswith((*SPEECH_SUFFIXES, *SUFFIXES)) and os.path.isfile(path) else None


def _found(paths: Iterable[str | OSError], pattern: str, root: str | None = None, *, has_audio: bool = True) -> Rows:
    """Yield the rows of *paths*, whose names match *pattern*; an unreadable file is reported and skipped.

    Of the files of one clip that match, one is read: `has_better_file` says which.
    """
    suffixes = {*SPEECH_SUFFIXES, *(SUFFIXES if has_audio else ())}
    for path in paths:
        if isinstance(path, OSError):
            yield Unreadable(str(path.filename), f"cannot be read: {path.strerror}")
            continue
        stem, suffix = os.path.splitext(path)
        if suffix.lower() in suffixes and not (suffix.lower() in _LINES and not _is_one_clip(path)):
            is_json_wanted = fnmatch.fnmatch(os.path.basename(stem) + ".json", pattern)
            if is_json_wanted and (has_better_file(path) or (suffix.lower() in SUFFIXES and _has_speech(stem))):
                continue  # the row of the better file covers both
            row = _one(path, root)
            if isinstance(row, ClipSpec) or not path.lower().endswith(_own_outputs()):
                yield row
            continue
        try:
            yield from file_rows(path)
        except (ManifestError, InboxError) as error:
            yield Unreadable(path, str(error))


def _has_speech(stem: str) -> bool:
    return os.path.isfile(f"{stem}.json")


def _is_one_clip(path: str) -> bool:
    """Return True if a file of JSON lines is the stream of one clip."""
    return not path.lower().endswith(".gz") and is_stream(path)


@functools.cache
def _own_outputs() -> tuple[str, ...]:
    """Return how files without words end that exports write, such as tracks of a mouth: they are no unreadable rows."""
    return tuple(one for row in FORMATS if (one := row.extension.lower()) not in SPEECH_SUFFIXES)


def _one(path: str, root: str | None = None) -> ClipSpec | Unreadable:
    """Return the row of a file of speech times, or of an audio file with the callback of the same name.

    Audio without a callback is named after its path below *root*, else after its file.
    """
    stem, suffix = os.path.splitext(path)
    if suffix.lower() in SPEECH_SUFFIXES:
        row = file_row(path) if suffix.lower() == ".json" else None
        return row if isinstance(row, ClipSpec) else speech_row(path, root)
    beside = f"{stem}.json"
    if not os.path.isfile(beside):
        inside = stem if root is None else os.path.relpath(stem, root)
        return ClipSpec(id=os.path.basename(stem) if root is None else id_of_path(f"{inside}."), audio=path, where=path)
    row = file_row(beside)
    return replace(row, audio=path, where=path) if isinstance(row, ClipSpec) else row


def _holds_lines(path: str) -> bool:
    """Return True if a .json file is JSON Lines, as NeMo names its manifests."""
    with Path(path).open("rb") as file:
        first = file.readline(_LONGEST_LINE)
        has_more = bool(file.readline(_LONGEST_LINE).strip())
    try:
        keys = msgspec.json.decode(first, type=dict[str, msgspec.Raw]).keys()
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return has_more or not keys.isdisjoint({"audio_filepath", "callback"})


def _table_rows(file: Any, path: str) -> Rows:  # noqa: ANN401 - an extra's type
    number = 0
    try:
        for batch in file.iter_batches(batch_size=_BATCH):
            for values in batch.to_pylist():
                number += 1
                given = {key: _as_text(value) for key, value in values.items() if value is not None}
                yield line_row(msgspec.json.encode(given, enc_hook=str), f"{path}:{number}", os.path.dirname(path))
    except (OSError, ValueError) as error:  # Arrow raises them for changed bytes and for text that is no UTF-8
        yield Unreadable(f"{path}:{number + 1}", f"the rest cannot be read: {error}")


def _as_text(value: object) -> object:
    """Return JSON that is stored as bytes as text."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
