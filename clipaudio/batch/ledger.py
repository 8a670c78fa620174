"""Results into a file that outlives the run: what was done is not done again.

Conventions
-----------
A ledger is only ever appended to, by one writer, a batch of rows in one write. It is the only truth about what is
done: neither an output nor a log that is there means anything. A row is written when its output lies under its name.
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
    """The ledger at *path*, open for its one writer. Used by one thread at a time; close it, or use it as a context.

    Parameters
    ----------
    path
        The file; made with the first rows when it is not there.
    sync
        Whether rows are on the disk when `append` returns. Without it they outlive the process, but not always a
        machine that goes down; what is missing then is done again.

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
        """Write rows behind those there are: all of them, or none.

        Raises
        ------
        OSError
            They could not be written; the ledger is as it was.
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
            os.fsync(self._file)
        known = []
        for row, line in zip(rows, lines, strict=True):
            known.append((digest(row.key), Known(place, row.is_ok, row.bytes, row.attempt)))
            place += len(line)
        self._index.extend(known)

    def close(self) -> None:
        """Let others write."""
        self._opened.close()

    def _open(self) -> tuple[int, bytes]:
        """Open the file; tell what has to stand before the next row: a header, the end of a torn line, or nothing."""
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        file = os.open(self.path, flags, 0o644)
        self._opened.callback(os.close, file)
        self.paths = (self.path,)
        size = os.fstat(file).st_size
        if size < _LONGEST_HEADER and b"\n" not in os.read(file, size):  # nothing, or a header that was cut
            os.ftruncate(file, 0)
            return file, HEADER
        os.lseek(file, size - 1, os.SEEK_SET)
        return file, b"" if os.read(file, 1) == b"\n" else b"\n"


@dataclass(frozen=True, slots=True)
class Difference:
    """An output that is not what the ledger says it is, and how it differs."""

    result: Result
    message: str


def merge(paths: Iterable[str | os.PathLike[str]], target: str | os.PathLike[str]) -> int:
    """Make one ledger of several, with the last row of every key; give how many rows it has.

    Rows stand in the order of *paths*, and within one in its order; of a key that stands in several the row of the
    last path counts. *target* may be one of *paths*; it appears when it is whole.

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
    """Read every output again and give those that are not what *ledger* says they are.

    Parameters
    ----------
    ledger
        What was done.
    open_output
        Opens an output, named as the ledger has it, for reading bytes; raises OSError where it cannot.

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
            continue  # also what was written over since, with other options
        try:
            with open_output(result.output) as file:
                size, found = _measure(file)
        except OSError as error:
            yield Difference(result, f"cannot be read: {error}")
            continue
        if result.bytes not in {None, size}:
            yield Difference(result, f"has {size} bytes instead of {result.bytes}")
        elif result.sha256 not in {None, found}:
            yield Difference(result, "has other bytes than were written, as many")


def _measure(file: BinaryIO) -> tuple[int, str]:
    """Give the size and the SHA-256 of what is left of *file*."""
    size, sha256 = 0, hashlib.sha256()
    while block := file.read(_BLOCK):
        size += len(block)
        sha256.update(block)
    return size, sha256.hexdigest()


def _write(file: int, data: bytes, path: Path) -> int:
    """Append *data* whole or not at all; give where it begins."""
    size = os.fstat(file).st_size
    written = os.write(file, data)
    if written < len(data):
        os.ftruncate(file, size)
        raise OSError(errno.ENOSPC, f"{written} of {len(data)} bytes were written; is the disk full?", str(path))
    return size
