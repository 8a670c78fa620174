"""Calls of the operating system that differ on Windows and macOS, each with one meaning everywhere.

Conventions
-----------
No other file asks which system it runs on, except where a test for one call suffices (``hasattr(os, "writev")``).
``tests/windows`` runs the branches for Windows on Linux, with stand-ins for the calls.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

__all__ = [
    "ENDING_SIGNALS",
    "MOST_PROCESSES",
    "MOST_SOCKETS",
    "block_signals",
    "is_open_elsewhere",
    "is_running",
    "lock_file",
    "most_open_files",
    "signals_blocked",
    "sync_file",
    "takes_escapes",
]

_IN_USE: Final = frozenset({5, 32, 33})  # ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION

if sys.platform == "win32":
    import _winapi
    import ctypes
    import msvcrt

    ENDING_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGBREAK)
    """Signals that ask a program to end: Ctrl-C, another program, Ctrl-Break or a closed window."""
    MOST_PROCESSES: Final = 61
    """Worker processes of one pool: Windows waits for 64 handles at most, and the pool needs three."""
    MOST_SOCKETS: Final = 512
    """Sockets that one event loop can watch: ``select`` takes no more on Windows."""
    _NO_SUCH_PROCESS: Final = 87  # ERROR_INVALID_PARAMETER
    _VIRTUAL_TERMINAL: Final = 4  # ENABLE_VIRTUAL_TERMINAL_PROCESSING
    _FAR: Final = 1 << 30  # a locked byte cannot be read: lock one far beyond the end

    def is_running(process: int) -> bool:
        """Return True if a process of that number runs on this machine, or if it cannot be asked."""
        try:
            handle = _winapi.OpenProcess(_winapi.SYNCHRONIZE, False, process)  # os.kill would end it
        except OverflowError:
            return True
        except OSError as error:
            return error.winerror != _NO_SUCH_PROCESS
        try:
            return _winapi.WaitForSingleObject(handle, 0) == _winapi.WAIT_TIMEOUT
        finally:
            _winapi.CloseHandle(handle)

    def lock_file(file: int) -> None:
        """Lock the file of this descriptor until it is closed; raise OSError at once if another has it."""
        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        os.lseek(file, 0, os.SEEK_SET)

    def most_open_files() -> int:
        """Return how many files this process may open at once."""
        return sys.maxsize

    def block_signals(*numbers: int) -> frozenset[int]:
        """Return an empty set: Windows has no mask of signals."""
        del numbers
        return frozenset()

    def _unblock_all_but(numbers: frozenset[int]) -> None:
        del numbers

    def sync_file(file: int) -> None:
        """Return when the content of the file of this descriptor is on the disk."""
        os.fsync(file)

    def takes_escapes(terminal: TextIO) -> bool:
        """Return True if the console acts on escape sequences, which one before Windows 10 prints."""
        kernel = ctypes.WinDLL("kernel32")
        mode = ctypes.c_ulong()
        try:
            console = ctypes.c_void_p(msvcrt.get_osfhandle(terminal.fileno()))
        except OSError:
            return False
        is_known = kernel.GetConsoleMode(console, ctypes.byref(mode))
        return bool(is_known and kernel.SetConsoleMode(console, mode.value | _VIRTUAL_TERMINAL))

else:
    import fcntl
    import resource

    ENDING_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
    """Signals that ask a program to end: Ctrl-C, and another program."""
    MOST_PROCESSES: Final = sys.maxsize
    """Worker processes of one pool: the system sets no limit of its own."""
    MOST_SOCKETS: Final = sys.maxsize
    """Sockets that one event loop can watch: the number of open files is the limit."""

    def is_running(process: int) -> bool:
        """Return True if a process of that number runs on this machine, or if it cannot be asked."""
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
        except (OSError, OverflowError):
            return True
        return True

    def lock_file(file: int) -> None:
        """Lock the file of this descriptor until it is closed; raise OSError at once if another has it."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def most_open_files() -> int:
        """Return how many files this process may open at once."""
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        return sys.maxsize if limit == resource.RLIM_INFINITY else limit

    def block_signals(*numbers: int) -> frozenset[int]:
        """Block the signals in this thread and those it starts; return the mask before that."""
        return frozenset(signal.pthread_sigmask(signal.SIG_BLOCK, numbers))

    def _unblock_all_but(numbers: frozenset[int]) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, numbers)

    def sync_file(file: int) -> None:
        """Return when the content of the file of this descriptor is on the disk.

        On macOS ``fsync`` leaves it in the cache of the disk, and F_FULLFSYNC does not; some file systems refuse that.
        """
        if sys.platform == "darwin":
            with contextlib.suppress(OSError):
                fcntl.fcntl(file, fcntl.F_FULLFSYNC)
                return
        os.fsync(file)

    def takes_escapes(terminal: TextIO) -> bool:
        """Return True: every terminal does."""
        del terminal
        return True


@contextlib.contextmanager
def signals_blocked(*numbers: int) -> Iterator[None]:
    """Block signals in this thread, and in threads and processes that start in this block; nothing on Windows."""
    before = block_signals(*numbers)
    try:
        yield
    finally:
        _unblock_all_but(before)


def is_open_elsewhere(error: OSError) -> bool:
    """Return True if Windows refused a rename or a deletion, as it does while a program has the file open.

    Examples
    --------
    >>> is_open_elsewhere(PermissionError(13, "denied"))
    False
    """
    return getattr(error, "winerror", None) in _IN_USE
