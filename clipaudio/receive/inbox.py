"""Store callbacks in a file, so that an acknowledged callback is never lost.

Conventions
-----------
One SQLite database in write-ahead mode; each change is committed and synced to disk before a method returns
(`synchronous=FULL`). Several threads and processes may share one file: a worker holds a lease on its entry, and a lease
that has expired, or whose process is gone, is free. Times are seconds since 1970. Secrets are stored as digests only.

An entry goes from "received" over "downloaded" to "exported"; after too many attempts it is "failed", with the error.
Forwarding is independent of that: "due", then "done" or "failed".
"""

from __future__ import annotations

import hashlib
import itertools
import time
from typing import TYPE_CHECKING, Final, Literal, cast

from clipaudio.errors import NoCallbackError
from clipaudio.file_names import safe_name
from clipaudio.receive.inbox_file import InboxFile
from clipaudio.receive.inbox_models import STATES, Addition, Expected, InboxEntry, Left, State
from clipaudio.receive.lease_holder import name_holder, new_token

if TYPE_CHECKING:
    import os
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["STATES", "Addition", "Expected", "Inbox", "InboxEntry", "Left", "State"]

_COLUMNS: Final = "number, clip, project, body, received, state, attempts, next_try, note, forward, forward_attempts"
_NAME_LENGTH: Final = 55  # characters before a digest
_PAGE: Final = 500  # values in one statement; every SQLite accepts 999
_LONGEST: Final = 86_400.0  # seconds: later times were written before the clock was set back


class Inbox:
    """Callbacks in a file.

    Parameters
    ----------
    path
        The path of the database, which is created if missing. Use a local disk: network file systems do not support
        the locks of SQLite.
    clock
        The time in seconds since 1970.
    forwards
        Mark each new or unfinished callback to be forwarded; see `claim_forward`.

    Raises
    ------
    InboxError
        The file is no inbox, is damaged, was made by a newer version, or cannot be opened.

    Examples
    --------
    >>> import tempfile
    >>> inbox = Inbox(tempfile.mkdtemp() + "/inbox.db")
    >>> inbox.add("s3cret", "cecad6f9", b'{"id": "cecad6f9"}', project="3700a2f1")
    1
    >>> entry = inbox.claim("received")
    >>> entry.clip, inbox.claim("received")
    ('cecad6f9', None)
    >>> inbox.move(entry.number, "downloaded")
    >>> inbox.counts()
    {'received': 0, 'downloaded': 1, 'exported': 0, 'failed': 0}
    """

    def __init__(
        self, path: str | os.PathLike[str], *, clock: Callable[[], float] = time.time, forwards: bool = False
    ) -> None:
        self._file = InboxFile(path)
        self.path = self._file.path
        self._forward = "due" if forwards else ""
        self._clock = clock
        self._token = new_token()
        if forwards:
            with self._file.changing() as database:
                unfinished = "forward = '' AND state IN ('received', 'downloaded')"
                database.execute(f"UPDATE callbacks SET forward = 'due' WHERE {unfinished}")  # noqa: S608 - ours

    def expect(self, secret: str, project: str, clip: str | None, *, lifetime: float) -> None:
        """Expect a callback under *secret* for *lifetime* seconds; delete expired expectations."""
        now = self._clock()
        with self._file.changing() as database:
            database.execute("DELETE FROM expected WHERE expires <= ?", (now,))
            row = (_digest(secret), project, clip, now + lifetime)
            if clip:
                _claim_name(database, project, clip)
            database.execute("INSERT OR REPLACE INTO expected VALUES (?, ?, ?, ?)", row)

    def find(self, secret: str) -> Expected | None:
        """Return what is expected under *secret*; None if it is unknown or has expired.

        The table is searched by digest, so the time of the search does not reveal the secret.
        """
        return self.find_many([secret])[0]

    def find_many(self, secrets: Sequence[str]) -> list[Expected | None]:
        """Return what is expected under each of *secrets*, in one query; see `find`."""
        digests = [_digest(secret) for secret in secrets]
        found: dict[bytes, Expected] = {}
        now = self._clock()
        with self._file.reading() as database:
            for start in range(0, len(digests), _PAGE):
                page = digests[start : start + _PAGE]
                query = f"SELECT * FROM expected WHERE secret IN ({', '.join('?' * len(page))})"  # noqa: S608 - only marks
                found |= {row[0]: Expected(*row[1:]) for row in database.execute(query, page) if row[3] > now}
        return [found.get(digest) for digest in digests]

    def add(self, secret: str, clip: str, body: bytes, *, project: str | None = None) -> int | None:
        """Store a callback; return its number, None if the same body came under the same secret before.

        When this returns, the callback is on disk.
        """
        return self.add_many([Addition(secret, clip, body, project)])[0]

    def add_many(self, additions: Sequence[Addition]) -> list[int | None]:
        """Store several callbacks in one commit: all are on disk when this returns, or none; see `add`."""
        query = (
            "INSERT INTO callbacks (secret, body_hash, clip, project, body, received, forward)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING RETURNING number"
        )
        numbers = []
        with self._file.changing() as database:
            for secret, clip, body, project in additions:
                keys = (_digest(secret), hashlib.sha256(body).digest())
                row = database.execute(query, (*keys, clip, project, body, self._clock(), self._forward)).fetchone()
                numbers.append(None if row is None else cast("int", row[0]))
        return numbers

    def claim(self, state: State, *, lease: float = 600.0) -> InboxEntry | None:
        """Lease the first due entry in *state* for *lease* seconds, unless its clip is leased; None if there is none.

        New entries come first, in the order of arrival, then those to be retried. The lease of a process that is gone
        is free at once. This counts an attempt, unless it resumes the one of such a process: many restarts must not use
        up the attempts.
        """
        now = self._clock()
        far = now + _LONGEST
        busy = "leased_until > :now AND leased_until <= :far AND NOT is_gone(holder)"
        values = {"until": min(now + lease, far), "holder": name_holder(self._token), "state": state}
        with self._file.changing() as database:
            for due in ("next_try <= :now", "next_try > :far"):
                query = (
                    "UPDATE callbacks SET leased_until = :until, holder = :holder,"  # noqa: S608 - columns are ours
                    " attempts = attempts + (attempts = 0 OR NOT is_gone(holder))"
                    f" WHERE number = (SELECT number FROM callbacks AS c WHERE state = :state AND {due}"
                    f" AND NOT ({busy}) AND NOT EXISTS"
                    f" (SELECT 1 FROM callbacks AS d WHERE d.clip = c.clip AND leased_until > 0 AND {busy})"
                    f" ORDER BY next_try, number LIMIT 1) RETURNING {_COLUMNS}"
                )
                row = database.execute(query, values | {"now": now, "far": far}).fetchone()
                if row is not None:
                    return InboxEntry(*row)
        return None

    def newer(self, entry: InboxEntry) -> int | None:
        """Return the number of the newest callback of the clip that is newer than *entry*, None if there is none."""
        query = "SELECT max(number) FROM callbacks WHERE clip = ? AND project IS ? AND number > ?"
        with self._file.reading() as database:
            row = database.execute(query, (entry.clip, entry.project, entry.number)).fetchone()
        return cast("int | None", row[0])

    def move(self, number: int, state: State, *, note: str = "") -> None:
        """Set the state of an entry, reset its attempts and release its lease."""
        self._update(
            number, "state = ?, note = ?, attempts = 0, next_try = 0, leased_until = 0, holder = ''", state, note
        )

    def postpone(self, number: int, *, seconds: float, note: str) -> None:
        """Retry an entry after *seconds*; *note* is the error."""
        at = self._clock() + min(seconds, _LONGEST)
        self._update(number, "next_try = ?, note = ?, leased_until = 0, holder = ''", at, note)

    def replay(self, number: int) -> None:
        """Set an entry back to "received", so that it is processed again.

        Raises
        ------
        NoCallbackError
            There is no entry of that number.
        """
        what = (
            "state = 'received', note = '', attempts = 0, next_try = 0, leased_until = 0, holder = '',"
            " forward_attempts = 0, forward_at = 0, forward_holder = '', forward = coalesce(nullif(?, ''), forward)"
        )
        self._update(number, what, self._forward)

    def claim_forward(self, *, lease: float = 600.0, states: tuple[State, ...] = STATES) -> InboxEntry | None:
        """Lease the first entry in *states* that is due to be forwarded, for *lease* seconds; None if there is none.

        The order is that of `claim`. This counts an attempt as `claim` does, but separately.
        """
        now = self._clock()
        far = now + _LONGEST
        free = (
            "forward = 'due' AND forward_at <= ?",
            "forward = 'due' AND forward_at > ?",
            "+forward = 'due' AND forward_holder != '' AND is_gone(forward_holder) AND ?",  # + selects the other index
        )
        with self._file.changing() as database:
            found = []
            for state, (due, value) in itertools.product(states, zip(free, (now, far, 1), strict=True)):
                query = f"SELECT forward_at, number FROM callbacks WHERE state = ? AND {due}"  # noqa: S608 - ours
                query += " ORDER BY forward_at, number LIMIT 1"
                found += database.execute(query, (state, value)).fetchall()
            if not found:
                return None
            change = (
                "UPDATE callbacks SET forward_at = ?, forward_holder = ?,"  # noqa: S608 - columns are ours
                " forward_attempts = forward_attempts + (forward_attempts = 0 OR NOT is_gone(forward_holder))"
                f" WHERE number = ? RETURNING {_COLUMNS}"
            )
            values = (min(now + lease, far), name_holder(self._token), min(found)[1])
            return InboxEntry(*database.execute(change, values).fetchone())

    def end_forward(self, number: int, outcome: Literal["done", "failed"]) -> None:
        """Record that an entry was forwarded, or has failed for good."""
        self._update(number, "forward = ?, forward_at = 0, forward_holder = ''", outcome)

    def postpone_forward(self, number: int, *, seconds: float) -> None:
        """Retry forwarding after *seconds*."""
        self._update(number, "forward_at = ?, forward_holder = ''", self._clock() + min(seconds, _LONGEST))

    def release(self) -> None:
        """Release the leases of this inbox, whose steps were given up; their attempts do not count."""
        holder = name_holder(self._token)
        with self._file.changing() as database:
            given_up = "leased_until = 0, holder = '', attempts = max(attempts - 1, 0) WHERE holder = ?"
            database.execute(f"UPDATE callbacks SET {given_up}", (holder,))  # noqa: S608 - ours
            given_up = "forward_at = 0, forward_holder = '', forward_attempts = max(forward_attempts - 1, 0)"
            database.execute(f"UPDATE callbacks SET {given_up} WHERE forward_holder = ?", (holder,))  # noqa: S608 - ours

    def name_files(self, entry: InboxEntry) -> str:
        """Return the name, without a suffix, of the files of an entry's clip: no other clip or project gets it.

        It is the `safe_name` of the clip for the project that came first or expects the clip by name. Other projects
        get a name with a digest.
        """
        with self._file.changing() as database:
            return _claim_name(database, entry.project or "", entry.clip)

    def get(self, number: int) -> InboxEntry:
        """Return one entry.

        Raises
        ------
        NoCallbackError
            There is no entry of that number.
        """
        with self._file.reading() as database:
            query = f"SELECT {_COLUMNS} FROM callbacks WHERE number = ?"  # noqa: S608 - columns are ours
            row = database.execute(query, (number,)).fetchone()
        if row is None:
            raise NoCallbackError(
                f"{self.path} has no callback number {number}; use `clipaudio inbox list` for the numbers"
            )
        return InboxEntry(*row)

    def list(self, state: State | None = None, *, clip: str | None = None, after: int = 0) -> Iterator[InboxEntry]:
        """Yield entries after number *after* in the order of arrival; one page at a time is in memory."""
        query = (
            f"SELECT {_COLUMNS} FROM callbacks WHERE number > ? AND (? IS NULL OR state = ?)"  # noqa: S608 - columns are ours
            " AND (? IS NULL OR clip = ?) ORDER BY number LIMIT 100"
        )
        while True:
            with self._file.reading() as database:
                page = database.execute(query, (after, state, state, clip, clip)).fetchall()
            for row in page:
                yield InboxEntry(*row)
            if len(page) < 100:
                return
            after = page[-1][0]

    def counts(self) -> dict[State, int]:
        """Count the entries in each state."""
        with self._file.reading() as database:
            found = dict(database.execute("SELECT state, count(*) FROM callbacks GROUP BY state").fetchall())
        return {state: found.get(state, 0) for state in STATES}

    def count_forwards(self) -> dict[str, int]:
        """Count the entries to be forwarded, forwarded, and failed."""
        query = "SELECT forward, count(*) FROM callbacks GROUP BY forward"
        with self._file.reading() as database:
            found = dict(database.execute(query).fetchall())
        return {outcome: found.get(outcome, 0) for outcome in ("due", "done", "failed")}

    def count_left(self, *, forward_states: tuple[State, ...] = ()) -> Left:
        """Count the entries that are not done, also those in *forward_states* that are due to be forwarded."""
        now = self._clock()
        far = now + _LONGEST
        marks = ", ".join("?" * len(forward_states))
        query = (
            "SELECT count(*), coalesce(sum(leased_until > ? AND leased_until <= ? AND NOT is_gone(holder)"  # noqa: S608 - only marks
            " OR forward_holder != '' AND forward_at > ? AND forward_at <= ? AND NOT is_gone(forward_holder)), 0)"
            " FROM callbacks WHERE state IN ('received', 'downloaded')"
            f" OR forward = 'due' AND state IN ({marks})"
        )
        with self._file.reading() as database:
            return Left(*database.execute(query, (now, far, now, far, *forward_states)).fetchone())

    def purge(self, *, before: float, states: tuple[State, ...] = ("exported",)) -> int:
        """Delete entries in *states* received before that time and not due to be forwarded; return their number."""
        marks = ", ".join("?" * len(states))
        with self._file.changing() as database:
            query = f"DELETE FROM callbacks WHERE received < ? AND forward != 'due' AND state IN ({marks})"  # noqa: S608 - only marks
            return database.execute(query, (before, *states)).rowcount

    def close(self) -> None:
        """Close the connections of every thread; the inbox cannot be used again."""
        self._file.close()

    def _update(self, number: int, what: str, *values: object) -> None:
        with self._file.changing() as database:
            done = database.execute(f"UPDATE callbacks SET {what} WHERE number = ?", (*values, number))  # noqa: S608 - *what* is ours
            if done.rowcount == 0:
                raise NoCallbackError(
                    f"{self.path} has no callback number {number}; use `clipaudio inbox list` for the numbers"
                )


def _claim_name(database: sqlite3.Connection, project: str, clip: str) -> str:
    """Return the name of the files of *clip*, and reserve it for this clip and project."""
    first = name = safe_name(clip)
    number = 0
    while True:
        database.execute("INSERT OR IGNORE INTO names VALUES (?, ?, ?)", (name, project, clip))
        owner = database.execute("SELECT project, clip FROM names WHERE name = ?", (name,)).fetchone()
        if owner == (project, clip):
            return name
        digest = hashlib.sha256(f"{project}\0{clip}\0{number}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
        name, number = f"{first[:_NAME_LENGTH]}-{digest}", number + 1


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
