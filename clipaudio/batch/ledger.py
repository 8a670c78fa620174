"""Append results to a file that outlives the run, so that finished work is not repeated.

Conventions
-----------
A ledger is only appended to, by one writer, several rows in one write. Only the ledger says what is done, not the
existence of an output. A row is written after its output has its final name.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from clipaudio import files
from clipaudio.batch.index import Known, digest
from clipaudio.batch.ledger_reader import HEADER, KeyStatus, LedgerReader, read
from clipaudio.batch.lock import Lock
from clipaudio.batch.result import Failure, Key, Result, Status, encode_line, options_hash
from clipaudio.system import sync_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from typing import BinaryIO

__all__ = [
    "Difference",
    "Failure",
    "Key",
    "KeyStatus",
    "Ledger",
    "LedgerReader",
    "Result",
    "Status",
    "merge",
    "options_hash",
    "read",
    "verify",
]

_BLOCK: Final = 1 << 20  # bytes
_LONGEST_HEADER: Final = 1 << 12


class Ledger(LedgerReader):
    """The ledger at *path*, open for its one writer. For one thread at a time; close it, or use it in a `with` block.

    Parameters
    ----------
    path
        The file; created with the first rows.
    sync
        Flush rows to disk before `append` returns. Without it they survive the process but perhaps not a crash of the
        machine; missing work is then repeated.

    Raises
    ------
    LedgerBusyError
        Another writer has it open.
    LedgerError
        The file is no ledger, or was made by a newer version.
    OSError
        It cannot be read or written.

    Examples
    --------
    >>> import tempfile
    >>> with Ledger(tempfile.mkdtemp() + "/ledger.jsonl") as ledger:
    ...     ledger.append([Result(id="cecad6f9", kind="srt", status="lost")])
    ...     ledger.done([Key("cecad6f9", "srt")])
    ...     ledger.append([Result(id="cecad6f9", kind="srt", status="ok", bytes=61, attempt=2)])
    ...     ledger.done([Key("cecad6f9", "srt")])
    [KeyStatus(is_done=False, bytes=None, attempt=1)]
    [KeyStatus(is_done=True, bytes=61, attempt=2)]
    """

    def __init__(self, path: str | os.PathLike[str], *, sync: bool = False) -> None:
        self.path = Path(path)
        self._sync = sync
        with contextlib.ExitStack() as opened:
            opened.callback(Lock(self.path).release)
            self._file: int | None = None
            self._start = b""
            super().__init__(*([self.path] if self.path.exists() else []))
            opened.callback(super().close)
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def append(self, results: Iterable[Result]) -> None:
        """Append rows: all of them, or none.

        Raises
        ------
        OSError
            They could not be written; the ledger is unchanged.
        """
        rows = list(results)
        if not rows:
            return
        if self._file is None:
            self._file, self._start = self._open()
        lines = [encode_line(row) for row in rows]
        place = _write(self._file, b"".join([self._start, *lines]), self.path) + len(self._start)
        self._start = b""
        if self._sync:
            sync_file(self._file)
        known = []
        for row, line in zip(rows, lines, strict=True):
            known.append((digest(row.key), Known(place, row.is_ok, row.bytes, row.attempt)))
            place += len(line)
        self._index.extend(known)

    def close(self) -> None:
        """Release the ledger for other writers."""
        self._opened.close()

    def _open(self) -> tuple[int, bytes]:
        """Open the file; return it with the bytes needed before the next row: a header, a line feed, or nothing."""
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        file = os.open(self.path, flags, 0o644)
        self._opened.callback(os.close, file)
        self.paths = (self.path,)
        size = os.fstat(file).st_size
        if size < _LONGEST_HEADER and b"\n" not in os.read(file, size):  # empty, or a truncated header
            os.ftruncate(file, 0)
            return file, HEADER
        os.lseek(file, size - 1, os.SEEK_SET)
        return file, b"" if os.read(file, 1) == b"\n" else b"\n"


@dataclass(frozen=True, slots=True)
class Difference:
    """An output that differs from its row in the ledger, and how."""

    result: Result
    message: str


def merge(paths: Iterable[str | os.PathLike[str]], target: str | os.PathLike[str]) -> int:
    """Merge ledgers into one with the last row of every key; return the number of rows.

    Rows keep the order of *paths* and of each ledger; if several ledgers have a key, the row of the last one counts.
    *target* may be one of *paths*; it is replaced when the merge is complete.

    Raises
    ------
    LedgerBusyError
        *target* is being written.
    LedgerError
        One of *paths* is no ledger, or was made by a newer version.
    OSError
        A file cannot be read or written.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("1.jsonl", "2.jsonl"):
    ...     with Ledger(folder / name) as ledger:
    ...         ledger.append([Result(id=id, kind="srt", status="ok") for id in ("both", name)])
    >>> merge([folder / "1.jsonl", folder / "2.jsonl"], folder / "all.jsonl")
    3
    >>> [result.id for result in read(folder / "all.jsonl")]
    ['1.jsonl', 'both', '2.jsonl']
    """
    count = 0
    with contextlib.ExitStack() as opened:
        opened.callback(Lock(target).release)
        reader = opened.enter_context(LedgerReader(*paths))
        file = opened.enter_context(files.replacing(target))
        file.write(HEADER)
        for result in reader.latest():
            file.write(encode_line(result))
            count += 1
    return count


def verify(
    ledger: LedgerReader, open_output: Callable[[str], AbstractContextManager[BinaryIO]]
) -> Iterator[Difference]:
    """Read every output again and yield those that differ from *ledger*.

    Parameters
    ----------
    ledger
        The rows to compare with.
    open_output
        Open an output, named as in the ledger, for reading bytes; raise OSError if that fails.

    Examples
    --------
    >>> import io, tempfile
    >>> with Ledger(tempfile.mkdtemp() + "/ledger.jsonl") as ledger:
    ...     ledger.append([Result(id="a", kind="srt", status="ok", output="a.srt", bytes=3)])
    ...     for difference in verify(ledger, lambda output: io.BytesIO(b"whole")):
    ...         print(difference.result.output, difference.message)
    a.srt has 5 bytes instead of 3
    """
    for result in ledger.latest():
        if result.output is None or not ledger.done([result.key])[0].is_done:
            continue  # failed, or replaced since by a run with other options
        try:
            with open_output(result.output) as file:
                size, found = _measure(file)
        except OSError as error:
            yield Difference(result, f"cannot be read: {error}")
            continue
        if result.bytes not in {None, size}:
            yield Difference(result, f"has {size} bytes instead of {result.bytes}")
        elif result.sha256 not in {None, found}:
            yield Difference(result, "has the right size but other bytes")


def _measure(file: BinaryIO) -> tuple[int, str]:
    """Return the size and the SHA-256 of the rest of *file*."""
    size, sha256 = 0, hashlib.sha256()
    while block := file.read(_BLOCK):
        size += len(block)
        sha256.update(block)
    return size, sha256.hexdigest()


def _write(file: int, data: bytes, path: Path) -> int:
    """Append *data* completely or not at all; return its offset."""
    size = os.fstat(file).st_size
    written = os.write(file, data)
    if written < len(data):
        os.ftruncate(file, size)
        raise OSError(errno.ENOSPC, f"{written} of {len(data)} bytes were written; is the disk full?", str(path))
    return size
