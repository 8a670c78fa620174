"""One SQLite file into transactions: its tables are made or brought up to date, and what is changed is on the disk.

Conventions
-----------
Write-ahead mode with `synchronous=FULL`. Every thread has a connection of its own, which is closed when the thread
ends, for a server may have a new one for each request. One thread writes at a time.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clipaudio.errors import InboxError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

__all__ = ["InboxFile"]

_SCHEMA: Final = 2
_TABLES: Final = """
CREATE TABLE expected (
    secret BLOB PRIMARY KEY,
    project TEXT NOT NULL,
    clip TEXT,
    expires REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE callbacks (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    secret BLOB NOT NULL,
    body_hash BLOB NOT NULL,
    clip TEXT NOT NULL,
    project TEXT,
    body BLOB NOT NULL,
    received REAL NOT NULL,
    state TEXT NOT NULL DEFAULT 'received',
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try REAL NOT NULL DEFAULT 0,
    leased_until REAL NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT '',
    UNIQUE (secret, body_hash)
);
CREATE INDEX callbacks_by_state ON callbacks (state, number);
CREATE INDEX callbacks_by_clip ON callbacks (clip, number);
"""
_STEPS: Final = {
    0: _TABLES,
    1: """
ALTER TABLE callbacks ADD COLUMN forward TEXT NOT NULL DEFAULT '';
ALTER TABLE callbacks ADD COLUMN forward_attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE callbacks ADD COLUMN forward_at REAL NOT NULL DEFAULT 0;
CREATE INDEX callbacks_to_forward ON callbacks (number) WHERE forward = 'due';
""",
}
"""What makes the next version out of each one."""


class InboxFile:
    """The tables of an inbox in the file at *path*, made when it is not there.

    Raises
    ------
    InboxError
        The file is no inbox, is damaged, was made by a newer version, or cannot be opened.

    Examples
    --------
    >>> import tempfile
    >>> file = InboxFile(tempfile.mkdtemp() + "/inbox.db")
    >>> with file.reading() as database:
    ...     database.execute("SELECT count(*) FROM callbacks").fetchone()
    (0,)
    >>> file.close()
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._own = threading.local()
        self._open: dict[int, sqlite3.Connection] = {}  # changed in single steps: what closes may come at any moment
        weakref.finalize(self, _close_all, self._open).atexit = False  # who forgets to close leaves nothing open
        self._turn = threading.Lock()  # one writer at a time: SQLite would let the others sleep and look again
        with self.changing() as database:
            self._bring_up_to_date(database)

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Look at something.

        Raises
        ------
        InboxError
            The file cannot be read.
        """
        try:
            yield self._connection()
        except sqlite3.Error as error:
            raise InboxError(f"{self.path} cannot be read ({error}); is it an inbox, and the disk whole?") from error

    @contextlib.contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """Change something: all of it is on the disk at the end of the block, or nothing.

        Raises
        ------
        InboxError
            The file cannot be written.
        """
        try:
            database = self._connection()
            with self._turn:
                database.execute("BEGIN IMMEDIATE")
                try:
                    yield database
                    database.execute("COMMIT")
                finally:
                    if database.in_transaction:  # the block, or the commit, failed
                        database.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise InboxError(
                f"{self.path} cannot be written ({error}); nothing was changed: check the disk, then try again"
            ) from error

    def close(self) -> None:
        """Close the connections of every thread; the file is not to be used again."""
        _close_all(self._open)
        self._own = threading.local()

    def _bring_up_to_date(self, database: sqlite3.Connection) -> None:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version > _SCHEMA:
            raise InboxError(
                f"{self.path} was made by a newer clipaudio (schema {version}, this one knows {_SCHEMA}); update it"
            )
        if version == 0 and database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise InboxError(f"{self.path} is a database of something else; choose another file")
        for step in range(version, _SCHEMA):
            for statement in _STEPS[step].split(";"):
                database.execute(statement)
        if version < _SCHEMA:
            database.execute(f"PRAGMA user_version = {_SCHEMA}")

    def _connection(self) -> sqlite3.Connection:
        """Give the connection of this thread."""
        own: _Own | None = getattr(self._own, "connection", None)
        if own is None:
            database = sqlite3.connect(self.path, timeout=30.0, isolation_level=None, check_same_thread=False)
            self._own.connection = own = _Own(database)
            self._open[id(database)] = database
            weakref.finalize(own, _close, self._open, id(database)).atexit = False
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
        return own.database


class _Own:
    """What a thread holds as long as it runs: a connection itself cannot be told of by a weak reference."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database


def _close(databases: dict[int, sqlite3.Connection], key: int) -> None:
    database = databases.pop(key, None)
    if database is not None:
        database.close()


def _close_all(databases: dict[int, sqlite3.Connection]) -> None:
    for key in list(databases):
        _close(databases, key)
