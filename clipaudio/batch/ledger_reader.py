"""Read ledgers: which keys are done, and the last row of each.

Conventions
-----------
A ledger is JSON Lines. Its first line is a header with the version of the format; every other line is a `Result`. A
torn line (the machine crashed while writing it) is skipped and counted. Several ledgers are read as one, in order.
"""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import msgspec

from clipaudio._version import __version__
from clipaudio.batch.index import Index, Known, digest
from clipaudio.batch.result import Key, Result, Status, Whole, decode_line
from clipaudio.errors import LedgerError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

__all__ = ["HEADER", "KeyStatus", "LedgerReader", "read"]

_FORM: Final = 1
_MARK: Final = b'{"ledger":'
HEADER: Final = _MARK + f'{_FORM},"clipaudio":"{__version__}"}}\n'.encode("ascii")
"""The first line of a ledger."""
_FILE_BITS: Final = 48  # a place is the number of the file and the offset in it
_AT_ONCE: Final = 1000  # lines


class KeyStatus(NamedTuple):
    """The status of a key: whether it is done, the size of its output, the number of attempts (0 for never).

    An output that a later run with other options has replaced is not done.
    """

    is_done: bool
    bytes: int | None
    attempt: int


_NEVER: Final = KeyStatus(is_done=False, bytes=None, attempt=0)


class _Brief(msgspec.Struct):
    """The fields of a row that the index needs."""

    id: str
    kind: str
    status: Status
    options: str = ""
    bytes: Whole | None = None
    attempt: Whole = 1


_BRIEF: Final = msgspec.json.Decoder(_Brief)


class LedgerReader:
    """Query ledgers in bounded memory. For one thread at a time.

    Parameters
    ----------
    *paths
        The ledgers, read as one. Each is scanned once, at construction; rows appended later are not seen.

    Attributes
    ----------
    torn
        The number of torn lines.

    Raises
    ------
    LedgerError
        A file is no ledger, or was made by a newer version.
    OSError
        A file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from clipaudio.batch.ledger import Ledger
    >>> path = tempfile.mkdtemp() + "/ledger.jsonl"
    >>> with Ledger(path) as ledger:
    ...     ledger.append([Result(id="cecad6f9", kind="srt", status="ok", bytes=61)])
    >>> with LedgerReader(path) as reader:
    ...     reader.done([Key("cecad6f9", "srt"), Key("cecad6f9", "vtt")])
    [KeyStatus(is_done=True, bytes=61, attempt=1), KeyStatus(is_done=False, bytes=None, attempt=0)]
    """

    def __init__(self, *paths: str | os.PathLike[str]) -> None:
        self.paths: tuple[str | os.PathLike[str], ...] = paths
        self.torn = 0
        self._index = Index()
        with contextlib.ExitStack() as opened:
            opened.callback(self._index.close)
            for number, path in enumerate(paths):
                self._index.extend(self._scan(number, path))
            opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def done(self, keys: Iterable[Key]) -> list[KeyStatus]:
        """Return the status of each key; ask for many at once."""
        digests = [digest(key) for key in keys]
        known = self._index.find(digests)
        over = self._overwritten(known.values())
        return [
            _NEVER if found is None else KeyStatus(found.is_ok and found.place not in over, found.bytes, found.attempt)
            for found in map(known.get, digests)
        ]

    def get(self, keys: Iterable[Key]) -> list[Result | None]:
        """Return the last row of each key, None if there is none; ask for many at once."""
        digests = [digest(key) for key in keys]
        known = self._index.find(digests)
        rows = self._at(found.place for found in known.values())
        return [None if found is None else rows[found.place] for found in map(known.get, digests)]

    def latest(self) -> Iterator[Result]:
        """Yield the last row of every key, in the order of the ledgers."""
        for number, path in enumerate(self.paths):
            some: list[tuple[int, bytes, bytes]] = []
            for offset, line in _lines(path):
                brief = _brief(line)
                if brief is not None:
                    some.append((_place(number, offset), digest(Key(brief.id, brief.kind, brief.options)), line))
                if len(some) >= _AT_ONCE:
                    yield from self._winners(some)
                    some = []
            yield from self._winners(some)

    def close(self) -> None:
        """Delete the index, not the ledgers."""
        self._index.close()

    def _overwritten(self, known: Iterable[Known]) -> set[int]:
        """Return the places of rows whose output a later row with other options has replaced."""
        asked = [found for found in known if found.is_ok and found.rivals]
        rows = self._at(place for found in asked for place in (found.place, *found.rivals))
        outputs = {place: row.output for place, row in rows.items() if row is not None and row.output is not None}
        return {
            found.place
            for found in asked
            if found.place in outputs and any(outputs.get(place) == outputs[found.place] for place in found.rivals)
        }

    def _at(self, places: Iterable[int]) -> dict[int, Result | None]:
        """Read the rows at *places*, in one pass over each ledger."""
        rows: dict[int, Result | None] = {}
        for number, group in itertools.groupby(sorted(set(places)), lambda place: place >> _FILE_BITS):
            with open(self.paths[number], "rb") as file:  # noqa: PTH123 - the path may be text
                for place in group:
                    file.seek(place & (1 << _FILE_BITS) - 1)
                    rows[place] = decode_line(file.readline())
        return rows

    def _winners(self, some: list[tuple[int, bytes, bytes]]) -> Iterator[Result]:
        known = self._index.find([key for _, key, _ in some])
        for place, key, line in some:
            if key in known and known[key].place == place:
                row = decode_line(line)
                if row is not None:
                    yield row

    def _scan(self, number: int, path: str | os.PathLike[str]) -> Iterator[tuple[bytes, Known]]:
        for offset, line in _lines(path):
            brief = _brief(line)
            if brief is None:
                self.torn += bool(line.strip())
                continue
            key = digest(Key(brief.id, brief.kind, brief.options))
            yield key, Known(_place(number, offset), brief.status == "ok", brief.bytes, brief.attempt)


def read(path: str | os.PathLike[str]) -> Iterator[Result]:
    """Yield every row of a ledger, also those of earlier attempts.

    Raises
    ------
    LedgerError
        The file is no ledger, or was made by a newer version.
    OSError
        It cannot be read.
    """
    return (row for _, line in _lines(path) if (row := decode_line(line)) is not None)


def _lines(path: str | os.PathLike[str]) -> Iterator[tuple[int, bytes]]:
    """Yield the lines after the header with their offsets, also a last line without a line feed."""
    offset = 0
    with open(path, "rb") as file:  # noqa: PTH123 - the path may be text
        for line in file:
            if line.startswith(_MARK):
                _check_form(path, line)
            elif offset:
                yield offset, line
            elif line.endswith(b"\n") or not _MARK.startswith(line):
                raise LedgerError(f"{path} is no ledger: its first line is no header; choose another file")
            offset += len(line)


def _check_form(path: str | os.PathLike[str], line: bytes) -> None:
    """Refuse a ledger of another format version."""
    try:
        header = msgspec.json.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return  # truncated: no complete row follows
    if header["ledger"] != _FORM:
        raise LedgerError(
            f"{path} was made by clipaudio {header.get('clipaudio')} in another format ({header['ledger']}, this one"
            f" knows {_FORM}); update clipaudio, or give this run a ledger of its own"
        )


def _brief(line: bytes) -> _Brief | None:
    """Read the fields the index needs, None if the line is torn."""
    try:
        return _BRIEF.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        row = decode_line(line)
    if row is None:
        return None
    return _Brief(
        id=row.id, kind=row.kind, status=row.status, options=row.options, bytes=row.bytes, attempt=row.attempt
    )


def _place(number: int, offset: int) -> int:
    return number << _FILE_BITS | offset
