"""Keys into what is known of them, on disk: ten million need no more memory than ten thousand.

Conventions
-----------
A key is kept as its 16 byte BLAKE2b digest, in a private SQLite database that is deleted with its last user. It holds
nothing that the ledger does not: no durability is asked of it, and its pages are cached sparingly. Rows are appended as
they come and sorted once, when first asked for; of one key the last row counts.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import tempfile
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.api.download import safe_name
from clipaudio.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from clipaudio.batch.result import Key

__all__ = ["Index", "Known", "Names", "digest"]

_AT_ONCE: Final = 500  # keys in one question
_CACHE: Final = "PRAGMA cache_size = -1024"  # KiB


class Known(NamedTuple):
    """What is known of a key: the place of its row, whether it is done, the size of its output, the attempt."""

    place: int
    is_ok: bool
    bytes: int | None
    attempt: int


def digest(key: Key) -> bytes:
    """Give the 16 bytes that stand for *key*."""
    text = f"{key[1]}\0{key[2]}\0{key[0]}"  # the id comes last: it alone may hold anything
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class Index:
    """The last row of every key.

    Examples
    --------
    >>> index = Index()
    >>> index.extend([(b"a", Known(0, False, None, 1)), (b"a", Known(90, True, 61, 2))])
    >>> index.find([b"a", b"b"])
    {b'a': Known(place=90, is_ok=True, bytes=61, attempt=2)}
    """

    def __init__(self) -> None:
        self._database = _private_database()
        self._database.execute(
            "CREATE TABLE rows (key BLOB, place INTEGER, is_ok INTEGER, bytes INTEGER, attempt INTEGER)"
        )
        self._is_sorted = False

    def extend(self, rows: Iterable[tuple[bytes, Known]]) -> None:
        """Add rows behind those there are."""
        with _changing(self._database):
            self._database.executemany(
                "INSERT INTO rows VALUES (?, ?, ?, ?, ?)", ((key, *known) for key, known in rows)
            )

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Known]:
        """Give what is known of *keys*; those of which nothing is are left out."""
        if not self._is_sorted:
            with _changing(self._database):
                self._database.execute("CREATE INDEX rows_by_key ON rows (key)")
            self._is_sorted = True
        found = {}
        for some in _portions(sorted(keys)):
            marks = ", ".join("?" * len(some))
            query = f"SELECT * FROM rows WHERE key IN ({marks}) ORDER BY rowid"  # noqa: S608 - only marks
            for key, place, is_ok, size, attempt in self._database.execute(query, some):
                found[key] = Known(place, bool(is_ok), size, attempt)
        return found

    def close(self) -> None:
        """Delete the database."""
        self._database.close()


class Names:
    """Names of files that were given out: of two ids that would write one file, the first has it.

    Examples
    --------
    >>> names = Names()
    >>> names.first_seen(["cecad6f9", "cecad6f9"]), names.first_seen(["a", "cecad6f9"])
    ([True, False], [True, False])
    """

    def __init__(self) -> None:
        self._database = _private_database()
        self._database.execute("CREATE TABLE names (name BLOB PRIMARY KEY) WITHOUT ROWID")

    def first_seen(self, ids: Iterable[str]) -> list[bool]:
        """Tell of each id whether it is the first of its name, as `safe_name` makes it.

        Raises
        ------
        RequestError
            An id is empty.
        """
        names = [hashlib.blake2b(safe_name(id_).encode("ascii"), digest_size=16).digest() for id_ in ids]
        seen: set[bytes] = set()
        for some in _portions(sorted(names)):
            marks = ", ".join("?" * len(some))
            query = f"SELECT name FROM names WHERE name IN ({marks})"  # noqa: S608 - only marks
            seen.update(name for (name,) in self._database.execute(query, some))
        first = []
        for name in names:
            first.append(name not in seen)
            seen.add(name)
        new = sorted(name for name, is_first in zip(names, first, strict=True) if is_first)
        with _changing(self._database):
            self._database.executemany("INSERT INTO names VALUES (?)", ((name,) for name in new))
        return first

    def close(self) -> None:
        """Delete the database."""
        self._database.close()


def _portions(keys: list[bytes]) -> Iterator[list[bytes]]:
    """Divide *keys* into questions of a size SQLite takes."""
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))


@contextlib.contextmanager
def _changing(database: sqlite3.Connection) -> Iterator[None]:
    """Change much at once; a temporary folder that is full is told of by its name."""
    try:
        database.execute("BEGIN")
        try:
            yield
        finally:  # without a journal there is no way back: what came before an error stays
            database.execute("COMMIT")
    except sqlite3.Error as error:
        raise LedgerError(
            f"the index of the ledger cannot be kept in {tempfile.gettempdir()} ({error}); make room there, or set"
            " SQLITE_TMPDIR to another folder. The ledger itself is whole"
        ) from error


def _private_database() -> sqlite3.Connection:
    """Open a database that has no name: SQLite keeps it in a temporary file and deletes that."""
    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for pragma in (_CACHE, "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA temp_store = FILE"):
        database.execute(pragma)
    return database
