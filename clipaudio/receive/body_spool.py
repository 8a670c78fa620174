"""The body of one request, kept in memory while it is short and in a temporary file when it is long.

Conventions
-----------
All requests share one `BodySpool`, a budget of bytes in temporary files. A project may use as much of it as stays free
for the others, so one project alone gets half of the budget, two get a third each, and a new project always finds room.
A file has no name where the system allows that, so a killed process leaves nothing behind.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    import os
    from collections.abc import Awaitable, Callable

__all__ = ["SMALL_BYTES", "BodySpool", "RefusedError", "RequestBody"]

SMALL_BYTES: Final = 1 << 16
"""Bodies up to this length stay in memory and are read for any path."""


class RefusedError(Exception):
    """The request is answered with *status* and closed. This error never leaves the listener."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class BodySpool:
    """A budget of bytes in temporary files, shared by the projects. For use from one thread.

    Parameters
    ----------
    max_bytes
        The budget.
    folder
        Where the temporary files are made; None for the system's folder.

    Examples
    --------
    >>> spool = BodySpool(max_bytes=300)
    >>> spool.reserve("a", 150)
    >>> spool.reserve("a", 1)
    Traceback (most recent call last):
    clipaudio.receive.body_spool.RefusedError: too many long bodies at once; try again later
    >>> spool.reserve("b", 75)
    """

    def __init__(self, *, max_bytes: int, folder: str | os.PathLike[str] | None = None) -> None:
        self.max_bytes = max_bytes
        self.folder = folder
        self._used: Counter[str] = Counter()

    def reserve(self, project: str, count: int) -> None:
        """Reserve *count* bytes for *project*.

        Raises
        ------
        RefusedError
            The project would hold more than it leaves free.
        """
        free = self.max_bytes - self._used.total() - count
        if self._used[project] + count > free:
            raise RefusedError(503, "too many long bodies at once; try again later")
        self._used[project] += count

    def release(self, project: str, count: int) -> None:
        """Return *count* reserved bytes of *project*."""
        self._used[project] -= count
        if not self._used[project]:
            del self._used[project]

    def open(self) -> IO[bytes]:
        """Open an empty temporary file."""
        return tempfile.TemporaryFile(prefix="clipaudio-", dir=self.folder, buffering=0)


class RequestBody:
    """The body of a request that is being read.

    Parameters
    ----------
    spool
        The budget for a body longer than `SMALL_BYTES`.
    find_project
        Return the project that expects this request, or raise `RefusedError`. It is only called for a long body.
    """

    def __init__(self, spool: BodySpool, find_project: Callable[[], Awaitable[str]]) -> None:
        self._spool = spool
        self._find_project = find_project
        self._project: str | None = None
        self._reserved = 0
        self._size = 0
        self._pending = bytearray()  # the end of the body, not yet in the file
        self._file: IO[bytes] | None = None

    @property
    def is_long(self) -> bool:
        """Whether the body is longer than `SMALL_BYTES`."""
        return self._size > SMALL_BYTES

    async def reserve(self, size: int) -> None:
        """Make room for a body of *size* bytes in all.

        Raises
        ------
        RefusedError
            The body is long, and its path is unknown or the spool has no room for it.
        """
        if size <= max(SMALL_BYTES, self._reserved):
            return
        if self._project is None:
            self._project = await self._find_project()
        self._spool.reserve(self._project, size - self._reserved)
        self._reserved = size

    async def append(self, data: bytes | bytearray) -> None:
        """Add *data* to the end.

        Raises
        ------
        RefusedError
            There is no room for it; see `reserve`.
        """
        await self.reserve(self._size + len(data))
        self._size += len(data)
        self._pending += data
        if self.is_long and len(self._pending) >= SMALL_BYTES:
            self._write()

    def read(self) -> bytes:
        """Return the whole body.

        Raises
        ------
        RefusedError
            The temporary file cannot be read.
        """
        if self._file is None:
            return bytes(self._pending)
        try:
            self._file.seek(0)
            return self._file.read() + self._pending
        except OSError as error:
            raise RefusedError(503, "try again later") from error

    def close(self) -> None:
        """Delete the file and return what was reserved."""
        if self._file is not None:
            self._file.close()
        if self._project is not None:
            self._spool.release(self._project, self._reserved)
            self._project = None

    def _write(self) -> None:
        # written in the event loop: a block goes to the page cache, and the budget bounds them all
        try:
            if self._file is None:
                self._file = self._spool.open()
            while self._pending:
                del self._pending[: self._file.write(self._pending)]
        except OSError as error:
            raise RefusedError(503, "try again later") from error
