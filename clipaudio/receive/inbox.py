"""Callbacks into a file that outlives the process: what was acknowledged is never lost.

Conventions
-----------
One SQLite database in write-ahead mode, each change committed and synced to the disk before a method returns
(`synchronous=FULL`). Several threads and processes may work on one file: who works on an entry holds a lease on it, and
a lease that has run out is anybody's. Times are seconds since 1970. Secrets are kept as digests only.

An entry goes from "received" over "downloaded" to "exported"; one that was tried too often is "failed", with the error.
Whether it is handed on besides is a matter of its own: "due", then "done" or "failed", whatever became of its audio.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Final, Literal, cast

from clipaudio.errors import InboxError
from clipaudio.receive.inbox_file import InboxFile
from clipaudio.receive.inbox_models import STATES, Addition, Expected, InboxEntry, State

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["STATES", "Addition", "Expected", "Inbox", "InboxEntry", "State"]

_COLUMNS: Final = "number, clip, project, body, received, state, attempts, next_try, note, forward, forward_attempts"
_PAGE: Final = 500  # values of one statement; SQLite takes 999 wherever it is
_LONGEST: Final = 86_400.0  # seconds: what lies further ahead was written before the clock was put back


class Inbox:
    """Callbacks in a file.

    Parameters
    ----------
    path
        Of the database; made when it is not there. Keep it on a disk of this machine: no network file system keeps
        SQLite's locks.
    clock
        What time it is, seconds since 1970.
    forwards
        Note of each callback that comes or is not finished yet that it is to be handed on; see `claim_forward`.

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
        if forwards:
            with self._file.changing() as database:
                unfinished = "forward = '' AND state IN ('received', 'downloaded')"
                database.execute(f"UPDATE callbacks SET forward = 'due' WHERE {unfinished}")  # noqa: S608 - ours

    def expect(self, secret: str, project: str, clip: str | None, *, lifetime: float) -> None:
        """Note that a callback may come under *secret*, for *lifetime* seconds; forget those that have expired."""
        now = self._clock()
        with self._file.changing() as database:
            database.execute("DELETE FROM expected WHERE expires <= ?", (now,))
            row = (_digest(secret), project, clip, now + lifetime)
            database.execute("INSERT OR REPLACE INTO expected VALUES (?, ?, ?, ?)", row)

    def find(self, secret: str) -> Expected | None:
        """Give what is expected under *secret*, None where nothing is, or no longer.

        The table is searched by digest, so the time it takes tells nothing of the secret.
        """
        return self.find_many([secret])[0]

    def find_many(self, secrets: Sequence[str]) -> list[Expected | None]:
        """Give what is expected under each of *secrets* in one look; see `find`."""
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
        """Keep a callback; give its number, None when the same body came under the same secret before.

        When this returns, the callback is on the disk.
        """
        return self.add_many([Addition(secret, clip, body, project)])[0]

    def add_many(self, additions: Sequence[Addition]) -> list[int | None]:
        """Keep several callbacks in one commit: all are on the disk when this returns, or none; see `add`."""
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
        """Take the oldest entry in *state* that is due, for *lease* seconds; nobody works on its clip meanwhile.

        Counts an attempt. None when there is none. Whoever dies with a lease loses it when it runs out.
        """
        now = self._clock()
        far = now + _LONGEST
        busy = "leased_until > :now AND leased_until <= :far"
        query = (
            "UPDATE callbacks SET leased_until = :until, attempts = attempts + 1"  # noqa: S608 - columns are ours
            " WHERE number = (SELECT number FROM callbacks AS c WHERE state = :state"
            f" AND NOT (next_try > :now AND next_try <= :far) AND NOT ({busy})"
            f" AND NOT EXISTS (SELECT 1 FROM callbacks AS d WHERE d.clip = c.clip AND {busy})"
            f" ORDER BY number LIMIT 1) RETURNING {_COLUMNS}"
        )
        values = {"until": min(now + lease, far), "state": state, "now": now, "far": far}
        with self._file.changing() as database:
            row = database.execute(query, values).fetchone()
        return None if row is None else InboxEntry(*row)

    def newer(self, entry: InboxEntry) -> int | None:
        """Give the number of the last callback for the same clip that came after *entry*, None where there is none."""
        query = "SELECT max(number) FROM callbacks WHERE clip = ? AND project IS ? AND number > ?"
        with self._file.reading() as database:
            row = database.execute(query, (entry.clip, entry.project, entry.number)).fetchone()
        return cast("int | None", row[0])

    def move(self, number: int, state: State, *, note: str = "") -> None:
        """Bring an entry into *state*; its attempts count anew, and it is free for who does the next step."""
        self._update(number, "state = ?, note = ?, attempts = 0, next_try = 0, leased_until = 0", state, note)

    def postpone(self, number: int, *, seconds: float, note: str) -> None:
        """Let an entry be tried again after *seconds*; *note* is the error."""
        self._update(number, "next_try = ?, note = ?, leased_until = 0", self._clock() + min(seconds, _LONGEST), note)

    def replay(self, number: int) -> None:
        """Bring an entry back to "received": everything is done for it again, as this inbox has it.

        Raises
        ------
        InboxError
            There is no such entry.
        """
        what = "state = 'received', note = '', attempts = 0, next_try = 0, leased_until = 0, forward_attempts = 0"
        self._update(number, f"{what}, forward_at = 0, forward = coalesce(nullif(?, ''), forward)", self._forward)

    def claim_forward(self, *, lease: float = 600.0, states: tuple[State, ...] = STATES) -> InboxEntry | None:
        """Take the oldest entry in *states* that is to be handed on and is due, for *lease* seconds.

        Counts an attempt, apart from those of `claim`; None when there is none.
        """
        now = self._clock()
        far = now + _LONGEST
        query = (
            "UPDATE callbacks SET forward_at = ?, forward_attempts = forward_attempts + 1"  # noqa: S608 - columns are ours
            " WHERE number = (SELECT number FROM callbacks WHERE forward = 'due'"
            f" AND NOT (forward_at > ? AND forward_at <= ?) AND state IN ({', '.join('?' * len(states))})"
            f" ORDER BY number LIMIT 1) RETURNING {_COLUMNS}"
        )
        with self._file.changing() as database:
            row = database.execute(query, (min(now + lease, far), now, far, *states)).fetchone()
        return None if row is None else InboxEntry(*row)

    def end_forward(self, number: int, outcome: Literal["done", "failed"]) -> None:
        """Note that an entry was handed on, or that it was given up."""
        self._update(number, "forward = ?, forward_at = 0", outcome)

    def postpone_forward(self, number: int, *, seconds: float) -> None:
        """Let handing on be tried again after *seconds*."""
        self._update(number, "forward_at = ?", self._clock() + min(seconds, _LONGEST))

    def get(self, number: int) -> InboxEntry:
        """Give one entry.

        Raises
        ------
        InboxError
            There is none of that number.
        """
        with self._file.reading() as database:
            query = f"SELECT {_COLUMNS} FROM callbacks WHERE number = ?"  # noqa: S608 - columns are ours
            row = database.execute(query, (number,)).fetchone()
        if row is None:
            raise InboxError(f"{self.path} has no callback number {number}; `list` shows those there are")
        return InboxEntry(*row)

    def list(self, state: State | None = None, *, clip: str | None = None, after: int = 0) -> Iterator[InboxEntry]:
        """Go through entries in the order of arrival, those above number *after*; a page at a time is in memory."""
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
        """Count the entries that are to be handed on, that were, and that were given up."""
        query = "SELECT forward, count(*) FROM callbacks GROUP BY forward"
        with self._file.reading() as database:
            found = dict(database.execute(query).fetchall())
        return {outcome: found.get(outcome, 0) for outcome in ("due", "done", "failed")}

    def purge(self, *, before: float, states: tuple[State, ...] = ("exported",)) -> int:
        """Remove entries in *states* that were received before that time and wait for nothing; give how many."""
        marks = ", ".join("?" * len(states))
        with self._file.changing() as database:
            query = f"DELETE FROM callbacks WHERE received < ? AND forward != 'due' AND state IN ({marks})"  # noqa: S608 - only marks
            return database.execute(query, (before, *states)).rowcount

    def close(self) -> None:
        """Close the connections of every thread; the inbox is not to be used again."""
        self._file.close()

    def _update(self, number: int, what: str, *values: object) -> None:
        with self._file.changing() as database:
            done = database.execute(f"UPDATE callbacks SET {what} WHERE number = ?", (*values, number))  # noqa: S608 - *what* is ours
            if done.rowcount == 0:
                raise InboxError(f"{self.path} has no callback number {number}; `list` shows those there are")


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
