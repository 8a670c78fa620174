"""Allow one writer a file, with a lock that the operating system releases when its holder dies.

The lock is held on a separate file, `<name>.lock`, that contains the process id. The file stays: another process may
have opened it already, and a removed file locks nobody out. One left by a killed process locks nothing.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final

from clipaudio.errors import LedgerBusyError
from clipaudio.system import lock_file

__all__ = ["Lock"]

_HELD: Final = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})


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
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            lock_file(file)
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
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode("ascii"))
        self._file = file

    def release(self) -> None:
        """Release the lock."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _process(file: int) -> int | None:
    """Read the id of the process that holds the lock."""
    os.lseek(file, 0, os.SEEK_SET)
    text = os.read(file, 32).strip()
    return int(text) if text.isdigit() else None
