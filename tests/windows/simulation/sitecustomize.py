"""Take away from Python on Linux what Windows lacks, in each process that has this folder in its path.

Taken away: calls of ``os`` and ``signal``, the modules ``fcntl`` and ``resource``, ``add_reader`` of the usual event
loop, renames and deletions of files that a process has open, the difference between upper and lower case in names,
and the fine clock. ``clipaudio.system`` is executed as on Windows, with stand-ins for ``msvcrt`` and ``_winapi``.
"""

from __future__ import annotations

import asyncio
import builtins
import ctypes
import errno
import fcntl
import importlib.abc
import importlib.machinery
import io
import os
import signal
import socket
import sys
import threading
import time
import types
import unicodedata
import warnings

CALLS = "fork forkpty pread preadv pwrite pwritev writev readv sendfile getloadavg mkfifo fchown"  # getuid is pytest's
SIGNALS = (
    "pthread_sigmask pthread_kill sigwait sigpending alarm setitimer SIGHUP SIGUSR1 SIGUSR2"
    " SIG_BLOCK SIG_SETMASK SIG_UNBLOCK"
)
TICK = 1 / 64  # seconds
SHARING_VIOLATION, INVALID_PARAMETER = 32, 87


def take_away():
    """Remove calls, modules and signals."""
    for name in CALLS.split():
        if hasattr(os, name):
            delattr(os, name)
    for name in SIGNALS.split():
        if hasattr(signal, name):
            delattr(signal, name)
    for name in ("fcntl", "resource"):
        sys.modules[name] = None
    if hasattr(asyncio, "unix_events"):
        for name in ("_UnixDefaultEventLoopPolicy", "_DefaultEventLoopPolicy"):
            policy = getattr(asyncio.unix_events, name, None)
            if policy is not None:
                policy._loop_factory = LoopWithoutReaders
    signal.SIGBREAK = signal.SIGQUIT
    socket.SO_EXCLUSIVEADDRUSE = socket.SO_KEEPALIVE  # does no harm


class LoopWithoutReaders(asyncio.SelectorEventLoop):
    """An event loop with what the usual one of Windows lacks."""

    def _is_missing(self, *_):
        raise NotImplementedError

    add_reader = remove_reader = add_writer = remove_writer = add_signal_handler = _is_missing


# --- files


def holders(path):
    """Yield the processes that have the file at *path* open."""
    try:
        wanted = os.stat(path)
    except OSError:
        return
    for process in os.listdir("/proc"):
        if process.isdigit():
            folder = f"/proc/{process}/fd"
            try:
                for name in os.listdir(folder):
                    found = os.stat(f"{folder}/{name}")
                    if (found.st_dev, found.st_ino) == (wanted.st_dev, wanted.st_ino):
                        yield int(process)
                        break
            except OSError:
                continue


def refuse_open(*paths):
    """Raise what Windows raises for a file that is open."""
    for path in paths:
        if isinstance(path, (str, bytes, os.PathLike)) and os.path.isfile(path) and any(holders(path)):
            error = PermissionError(errno.EACCES, "The process cannot access the file because it is used", path)
            error.winerror = SHARING_VIOLATION
            raise error


def as_stored(path):
    """Return *path* with its last part spelled as it is stored, if only the case or the normal form differs."""
    if not isinstance(path, str) or os.path.lexists(path):
        return path
    folder, name = os.path.split(path)
    folded = unicodedata.normalize("NFC", name).casefold()
    try:
        names = os.listdir(folder or ".")
    except OSError:
        return path
    return next((os.path.join(folder, n) for n in names if unicodedata.normalize("NFC", n).casefold() == folded), path)


def patch_files():
    """Refuse renames onto open files and their deletion, and fold case."""
    replace, unlink, opened = os.replace, os.unlink, io.open

    def windows_replace(source, target, **words):
        target = as_stored(os.fspath(target))
        refuse_open(source, target)
        return replace(source, target, **words)

    def windows_unlink(path, *, dir_fd=None):
        if dir_fd is None:
            path = as_stored(os.fspath(path))
            refuse_open(path)
        return unlink(path, dir_fd=dir_fd)

    def windows_open(file, mode="r", buffering=-1, encoding=None, *arguments, **words):
        if "b" not in mode and encoding is None:
            if f"{os.sep}clipaudio{os.sep}" in sys._getframe(1).f_code.co_filename:
                raise EncodingWarning("no encoding given")
            encoding = "locale"
        file = as_stored(os.fspath(file) if isinstance(file, os.PathLike) else file)
        return opened(file, mode, buffering, encoding, *arguments, **words)

    os.replace = os.rename = windows_replace
    os.unlink = os.remove = windows_unlink
    builtins.open = io.open = windows_open


# --- the modules of Windows


class NoLibrary:
    """A stand-in for ``ctypes.WinDLL`` of a machine without a console."""

    def __init__(self, name):
        self.name = name

    def GetConsoleMode(self, *_):  # noqa: N802 - its name on Windows
        return 0


def make_msvcrt():
    """Return a stand-in for ``msvcrt``: a byte range is locked by any descriptor alone, as on Windows."""
    module = types.ModuleType("msvcrt")
    module.LK_NBLCK = 2
    module.get_osfhandle = int
    module.locking = lambda file, mode, count: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # noqa: ARG005
    return module


def make_winapi():
    """Return a stand-in for ``_winapi``: a handle is the number of a process."""
    module = types.ModuleType("_winapi")
    module.SYNCHRONIZE, module.WAIT_TIMEOUT = 0x100000, 258

    def open_process(access, is_inherited, process):  # noqa: ARG001
        if not os.path.exists(f"/proc/{process}"):
            error = OSError(errno.EINVAL, "The parameter is incorrect")
            error.winerror = INVALID_PARAMETER
            raise error
        return process

    def wait(handle, milliseconds):  # noqa: ARG001
        try:
            with open(f"/proc/{handle}/stat", "rb") as file:
                return 0 if file.read().rpartition(b")")[2].split()[0] in {b"Z", b"X"} else module.WAIT_TIMEOUT
        except OSError:
            return 0

    module.OpenProcess, module.WaitForSingleObject, module.CloseHandle = open_process, wait, id
    return module


class SystemAsOnWindows(importlib.abc.MetaPathFinder):
    """Execute ``clipaudio.system`` while ``sys.platform`` says win32."""

    def find_spec(self, name, path, target=None):
        if name != "clipaudio.system":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        execute = spec.loader.exec_module

        def as_on_windows(module):
            before, sys.platform = sys.platform, "win32"
            stand_ins = {"msvcrt": make_msvcrt(), "_winapi": make_winapi()}
            sys.modules.update(stand_ins)
            try:
                execute(module)
            finally:
                sys.platform = before
                for one in stand_ins:
                    del sys.modules[one]

        spec.loader.exec_module = as_on_windows
        return spec


# --- the clock, and Ctrl-C


def coarsen():
    """Let the clocks go on in steps of 1/64 s."""
    monotonic, now = time.monotonic, time.time
    time.monotonic = lambda: monotonic() // TICK * TICK
    time.time = lambda: now() // TICK * TICK


def forbid_endless_waits():
    """Let a wait of the main thread without a timeout end the process: Windows would not hear Ctrl-C."""

    def guarded(call):
        def wait(self, timeout=None):
            if timeout is None and threading.current_thread() is threading.main_thread():
                caller = sys._getframe(1)
                if "clipaudio" in caller.f_code.co_filename:
                    sys.stderr.write(f"a wait without a timeout in {caller.f_code.co_filename}:{caller.f_lineno}\n")
                    sys.stderr.flush()
                    os._exit(99)
            return call(self, timeout)

        return wait

    threading.Thread.join = guarded(threading.Thread.join)
    threading.Event.wait = guarded(threading.Event.wait)


if __name__ == "sitecustomize":  # pytest imports it too, to look for doctests
    ctypes.WinDLL = NoLibrary
    patch_files()
    take_away()
    coarsen()
    forbid_endless_waits()
    sys.meta_path.insert(0, SystemAsOnWindows())
    warnings.filterwarnings("ignore", category=EncodingWarning)  # of others
    warnings.filterwarnings("error", category=EncodingWarning, module=r"clipaudio\b")  # Windows has another default
