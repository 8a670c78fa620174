"""Allow one writer a file, with a lock that the operating system releases when its holder dies.

The lock is held on a separate file, `<name>.lock`, that contains the process id. It is removed on release; a lock file
left by a killed process locks nothing.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path
from typing import Final

from clipaudio.errors import LedgerBusyError

__all__ = ["Lock"]

_HELD: Final = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})
_FAR: Final = 1 << 30  # Windows locks bytes against reading: lock one far beyond the end


class Lock:
    """The right to write the file at *path*, held until `release`.

    Raises
    ------
    LedgerBusyError
        Another writer has it.
    OSError
        The folder is missing or not writable, or its file system keeps no locks.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(f"{os.fspath(path)}.lock")
        while True:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                _take(file)
            except OSError as error:
                process = _process(file)
                os.close(file)
                if error.errno not in _HELD:
                    raise
                raise LedgerBusyError(
                    f"{os.fspath(path)} is being written by {f'process {process}' if process else 'another process'};"
                    " wait for it to end, or give this run a ledger of its own and merge them",
                    process=process,
                ) from error
            if _is_same(file, self.path):
                break
            os.close(file)  # its last holder removed it after we opened it
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode("ascii"))
        self._file = file

    def release(self) -> None:
        """Release the lock."""
        if self._file >= 0:
            with contextlib.suppress(OSError):  # Windows cannot remove an open file
                self.path.unlink()
            os.close(self._file)
            self._file = -1


def _take(file: int) -> None:
    """Lock *file* or raise, without waiting."""
    if sys.platform == "win32":  # pragma: no cover - the other branch is what these tests run on
        import msvcrt  # noqa: PLC0415 - Windows only

        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)
    else:
        import fcntl  # noqa: PLC0415 - not on Windows

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _process(file: int) -> int | None:
    """Read the id of the process that holds the lock."""
    os.lseek(file, 0, os.SEEK_SET)
    text = os.read(file, 32).strip()
    return int(text) if text.isdigit() else None


def _is_same(file: int, path: Path) -> bool:
    """Return True if *file* still is the one at *path*."""
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False
