"""Transactions on the SQLite file of an inbox; tables are created and upgraded, commits are synced to disk.

Conventions
-----------
Write-ahead mode with `synchronous=FULL`. Every thread has its own connection, which is closed when the thread ends,
because a server may start a new thread for each request. One thread writes at a time.

A removed or replaced file stays open and takes changes that nobody finds again. So each change checks before it returns
that the open files are still those of their names. A new file can be read by its owner only.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clipaudio.errors import InboxError
from clipaudio.file_names import safe_name
from clipaudio.receive.lease_holder import is_gone

if TYPE_CHECKING:
    from collections.abc import Iterator

    _Identity = tuple[int, int] | None
    _Logs = tuple[_Identity, _Identity]

__all__ = ["InboxFile"]

_MODE: Final = 0o600  # callbacks hold signed urls and what was said
_SCHEMA: Final = 4
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
    2: """
ALTER TABLE callbacks ADD COLUMN holder TEXT NOT NULL DEFAULT '';
ALTER TABLE callbacks ADD COLUMN forward_holder TEXT NOT NULL DEFAULT '';
CREATE TABLE names (
    name TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    clip TEXT NOT NULL
) WITHOUT ROWID;
INSERT OR IGNORE INTO names
    SELECT safe_name(clip), coalesce(project, ''), clip FROM callbacks WHERE clip != '' ORDER BY number;
""",
    3: """
DROP INDEX callbacks_by_state;
DROP INDEX callbacks_to_forward;
CREATE INDEX callbacks_by_due ON callbacks (state, next_try, number);
CREATE INDEX callbacks_by_forward ON callbacks (forward, state, forward_at, number);
CREATE INDEX callbacks_leased ON callbacks (clip) WHERE leased_until > 0;
CREATE INDEX callbacks_in_forwarding ON callbacks (state) WHERE forward_holder != '';
""",
}
"""The statements that upgrade each version to the next."""


class InboxFile:
    """The tables of an inbox in the file at *path*, which is created if missing.

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
        self._open: dict[int, sqlite3.Connection] = {}  # changed in atomic steps: finalizers run at any moment
        weakref.finalize(self, _close_all, self._open).atexit = False  # closes them if the caller forgets to
        self._turn = threading.Lock()  # one writer at a time: SQLite would make the others sleep and poll
        with contextlib.suppress(OSError):  # it exists, or SQLite says what is wrong
            os.close(os.open(os.path.realpath(self.path), os.O_CREAT | os.O_EXCL | os.O_RDWR, _MODE))
        self._identity = _identify(self.path)
        with self.changing() as database:
            self._bring_up_to_date(database)

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read in the block.

        Raises
        ------
        InboxError
            The file cannot be read.
        """
        try:
            yield self._connection().database
        except sqlite3.Error as error:
            raise InboxError(
                f"{self.path} cannot be read ({error}); check that it is an inbox, and the disk"
            ) from error

    @contextlib.contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """Write in the block: all changes are on disk at its end, or none.

        Raises
        ------
        InboxError
            The file cannot be written, or was removed or replaced while it was open.
        """
        try:
            own = self._connection()
            database = own.database
            with self._turn:
                database.execute("BEGIN IMMEDIATE")
                try:
                    yield database
                    database.execute("COMMIT")
                finally:
                    if database.in_transaction:  # the block or the commit failed
                        database.execute("ROLLBACK")
                own.logs = own.logs or self._identify_logs()
                if self._identify_logs() != own.logs:
                    raise self._was_removed()
                self._check_identity()
        except sqlite3.Error as error:
            raise InboxError(
                f"{self.path} cannot be written ({error}); nothing was changed: check the disk, then try again"
            ) from error

    def close(self) -> None:
        """Close the connections of every thread; the file cannot be used again."""
        _close_all(self._open)
        self._own = threading.local()

    def _bring_up_to_date(self, database: sqlite3.Connection) -> None:
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version > _SCHEMA:
            raise InboxError(
                f"{self.path} was made by a newer clipaudio (schema {version}, this one knows {_SCHEMA}); update it"
            )
        if version == 0 and database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise InboxError(f"{self.path} is the database of another program; choose another file")
        for step in range(version, _SCHEMA):
            for statement in _STEPS[step].split(";"):
                database.execute(statement)
        if version < _SCHEMA:
            database.execute(f"PRAGMA user_version = {_SCHEMA}")

    def _check_identity(self) -> None:
        if _identify(self.path) != self._identity:
            raise self._was_removed()

    def _identify_logs(self) -> _Logs:
        """Return which files the write-ahead log and its index are: with another index, others write over our part."""
        return _identify(f"{self.path}-wal"), _identify(f"{self.path}-shm")

    def _was_removed(self) -> InboxError:
        return InboxError(
            f"{self.path} was removed or replaced while it was in use, and no callback is acknowledged any more:"
            " restart the listener to begin a new inbox, or put the files back first"
        )

    def _connection(self) -> _Own:
        """Return the connection of this thread."""
        own: _Own | None = getattr(self._own, "connection", None)
        if own is None:
            self._check_identity()  # SQLite would make a new file
            database = sqlite3.connect(self.path, timeout=30.0, isolation_level=None, check_same_thread=False)
            self._own.connection = own = _Own(database)
            self._open[id(database)] = database
            weakref.finalize(own, _close, self._open, id(database)).atexit = False
            database.create_function("is_gone", 1, is_gone)
            database.create_function("safe_name", 1, safe_name, deterministic=True)
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            for pragma in ("fullfsync", "checkpoint_fullfsync"):  # as `clipaudio.system.sync_file`; macOS alone has it
                database.execute(f"PRAGMA {pragma} = ON")
        return own


class _Own:
    """Hold the connection of a thread: sqlite3 connections do not support weak references."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        self.logs: _Logs | None = None  # known after the first change


def _identify(path: str | os.PathLike[str]) -> _Identity:
    """Return the device and inode of the file at *path*, None if there is none."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _close(databases: dict[int, sqlite3.Connection], key: int) -> None:
    database = databases.pop(key, None)
    if database is not None:
        database.close()


def _close_all(databases: dict[int, sqlite3.Connection]) -> None:
    for key in list(databases):
        _close(databases, key)
