"""An index of ledger rows by key, on disk: ten million keys need no more memory than ten thousand.

Conventions
-----------
A key is stored as 16 bytes of BLAKE2b digests, 10 of the clip and the kind and 6 of the options, in a private SQLite
database that is deleted with its last user. The index can be rebuilt from the ledger, so it needs no durability and
little cache. Rows are appended and indexed once, at the first query; the last row of a key counts.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import sqlite3
import tempfile
import weakref
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio.errors import LedgerError
from clipaudio.file_names import safe_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from clipaudio.batch.result import Key

__all__ = ["Index", "Known", "Names", "digest"]

_AT_ONCE: Final = 500  # keys in one query
_NAME_BYTES: Final = 10  # of a digest: the common prefix of the keys of one clip and kind
_CACHE: Final = "PRAGMA cache_size = -1024"  # KiB


class Known(NamedTuple):
    """The last row of a key: its place, whether it is done, the size of its output, the attempt.

    `rivals` are the places of later rows of the same kind with other options, which may have replaced the output.
    """

    place: int
    is_ok: bool
    bytes: int | None
    attempt: int
    rivals: tuple[int, ...] = ()


def digest(key: Key) -> bytes:
    """Return the 16 bytes that represent *key*."""
    text = f"{key[1]}\0{key[0]}"  # the id comes last: only it may contain NUL
    name = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_NAME_BYTES).digest()
    return name + _options_digest(key[2])


@functools.lru_cache(maxsize=256)
def _options_digest(options: str) -> bytes:
    return hashlib.blake2b(options.encode("utf-8", "surrogatepass"), digest_size=16 - _NAME_BYTES).digest()


class Index:
    """The last row of every key.

    Examples
    --------
    >>> index = Index()
    >>> index.extend([(b"a", Known(0, False, None, 1)), (b"a", Known(90, True, 61, 2))])
    >>> index.find([b"a", b"b"])
    {b'a': Known(place=90, is_ok=True, bytes=61, attempt=2, rivals=())}
    """

    def __init__(self) -> None:
        self._database = _private_database(self)
        self._database.execute(
            "CREATE TABLE rows (name BLOB, options BLOB, place INTEGER, is_ok INTEGER, bytes INTEGER, attempt INTEGER)"
        )
        self._is_sorted = False

    def extend(self, rows: Iterable[tuple[bytes, Known]]) -> None:
        """Append rows."""
        with _changing(self._database):
            self._database.executemany(
                "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)",
                ((key[:_NAME_BYTES], key[_NAME_BYTES:], *known[:4]) for key, known in rows),
            )

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Known]:
        """Return the last row of each of *keys*; keys without a row are left out."""
        if not self._is_sorted:
            with _changing(self._database):
                self._database.execute("CREATE INDEX rows_by_name ON rows (name)")
            self._is_sorted = True
        found: dict[bytes, dict[bytes, Known]] = {}
        for some in _pages(sorted({key[:_NAME_BYTES] for key in keys})):
            marks = ", ".join("?" * len(some))
            query = f"SELECT * FROM rows WHERE name IN ({marks}) ORDER BY rowid"  # noqa: S608 - only marks
            for name, options, place, is_ok, size, attempt in self._database.execute(query, some):
                of_name = found.setdefault(name, {})
                of_name[options] = Known(place, bool(is_ok), size, attempt)
                if is_ok and len(of_name) > 1:
                    _add_rival(of_name, options, place)
        wanted = ((key, found.get(key[:_NAME_BYTES], {}).get(key[_NAME_BYTES:])) for key in keys)
        return {key: known for key, known in wanted if known is not None}

    def close(self) -> None:
        """Delete the database."""
        self._database.close()


class Names:
    """File names in use: if two ids have the same file name, the first one owns it.

    Examples
    --------
    >>> names = Names()
    >>> names.first_seen(["cecad6f9", "cecad6f9"]), names.first_seen(["a", "cecad6f9"])
    ([True, False], [True, False])
    """

    def __init__(self) -> None:
        self._database = _private_database(self)
        self._database.execute("CREATE TABLE names (name BLOB PRIMARY KEY) WITHOUT ROWID")

    def first_seen(self, ids: Iterable[str]) -> list[bool]:
        """Return for each id whether it is the first with its file name, see `safe_name`.

        Raises
        ------
        RequestError
            An id is empty.
        """
        names = [hashlib.blake2b(safe_name(id_).encode("ascii"), digest_size=16).digest() for id_ in ids]
        seen: set[bytes] = set()
        for some in _pages(sorted(names)):
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


def _add_rival(of_name: dict[bytes, Known], options: bytes, place: int) -> None:
    """Add *place*, a later row of the same kind, to the rows with other options."""
    for other, known in of_name.items():
        if other != options:
            of_name[other] = known._replace(rivals=(*known.rivals, place))


def _pages(keys: list[bytes]) -> Iterator[list[bytes]]:
    """Split *keys* into queries of a size SQLite accepts."""
    return (keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE))


@contextlib.contextmanager
def _changing(database: sqlite3.Connection) -> Iterator[None]:
    """Make many changes at once; the error of a full temporary folder names it."""
    try:
        database.execute("BEGIN")
        try:
            yield
        finally:  # there is no journal to roll back: changes before an error stay
            database.execute("COMMIT")
    except sqlite3.Error as error:
        raise LedgerError(
            f"the index of the ledger cannot be kept in {tempfile.gettempdir()} ({error}); make room there, or set"
            " SQLITE_TMPDIR to another folder. The ledger itself is complete"
        ) from error


def _private_database(user: object) -> sqlite3.Connection:
    """Open a database without a name: SQLite keeps it in a temporary file, deleted with its *user*."""
    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    weakref.finalize(user, database.close).atexit = False
    for pragma in (_CACHE, "PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA temp_store = FILE"):
        database.execute(pragma)
    return database
