"""Write files atomically: to a temporary file beside the target, then rename."""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import itertools
import logging
import os
import platform
import re
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from clipaudio.errors import FileBusyError
from clipaudio.system import is_open_elsewhere, is_running, sync_file

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Replacement",
    "host_id",
    "measure_file",
    "part_name",
    "remove_stale",
    "replacing",
    "sync_folder",
    "write_bytes",
]

_log = logging.getLogger(__name__)
_numbers = itertools.count()
_BUFFER_BYTES = 8192
_BLOCK_BYTES = 1 << 16
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_BUSY_SECONDS = 1.0
_LEAST_AGE = 3600.0  # seconds
_BUSY_LOOK = 0.05
_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}


class Replacement:
    """A new file beside *path*, open as `file`: `commit` renames it to *path*, `abandon` deletes it.

    The first one of a process in a folder removes what killed processes left there an hour ago or earlier, see
    `remove_stale`.

    A symbolic link is followed: its target is replaced, the link stays; without *follow_links* the link is replaced. A
    new file can be read by its owner only if *is_private*. As a context manager it gives the file, and ends by one or
    the other.

    Raises
    ------
    OSError
        The folder is missing or not writable, or the disk is full; of a full disk the error names *path*.
    FileBusyError
        Another program has an old file at *path* open, on Windows; `commit` has tried again for a second.
    """

    def __init__(self, path: str | os.PathLike[str], *, follow_links: bool = True, is_private: bool = False) -> None:
        self._target, self._mode = _resolved(os.fspath(path), follow_links=follow_links)
        _sweep_once(os.path.dirname(os.path.abspath(self._target)))
        self._part, self._number = _beside(self._target, 0o600 if is_private else 0o666)
        self._file: BinaryIO | None = None

    @property
    def file(self) -> BinaryIO:
        """The new file, open for writing."""
        if self._file is None:  # buffered: a raw file may write less than it was given, and say nothing
            number = self._number
            self._file = open(self._part, "wb", _BUFFER_BYTES, opener=lambda *_: number)  # noqa: SIM115 - `commit` closes it
        return self._file

    def write(self, pieces: Iterable[bytes]) -> None:
        """Write *pieces*, which takes fewer calls into the system than `file`; do not use both."""
        waiting: list[bytes] = []
        size = 0
        for piece in pieces:
            waiting.append(piece)
            size += len(piece)
            if size >= _BLOCK_BYTES:
                _write_all(self._number, b"".join(waiting))
                waiting, size = [], 0
        if size:
            _write_all(self._number, waiting[0] if len(waiting) == 1 else b"".join(waiting))

    def _close(self) -> None:
        number, self._number = self._number, -1
        if self._file is not None:
            self._file.close()
        elif number >= 0:
            os.close(number)

    def commit(self) -> None:
        """Close the file and rename it to its target; the mode of a replaced file stays."""
        try:
            self._close()
            if self._mode is not None:
                with contextlib.suppress(OSError):  # some file systems know no modes
                    os.chmod(self._part, self._mode)
            _rename(self._part, self._target)
        except BaseException as error:  # also an interruption: no partial file stays
            self.abandon(error)
            raise
        _log.info("wrote %s", self._target)

    def abandon(self, error: BaseException | None = None) -> None:
        """Close and delete the file; add its name to *error*, such as a failed write."""
        with contextlib.suppress(OSError):  # what is still to be written may not find its place
            self._close()
        with contextlib.suppress(OSError):
            os.unlink(self._part)
        if isinstance(error, OSError) and error.errno in _OF_THE_DISK and error.filename is None:
            error.filename = self._target  # a write does not know whose it is

    def __enter__(self) -> BinaryIO:
        return self.file

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if error is None:
            self.commit()
        else:
            self.abandon(error)


def replacing(path: str | os.PathLike[str]) -> Replacement:
    """Open a new file beside *path*, and rename it to *path* if the block succeeds; see `Replacement`.

    When the block raises, the new file is removed and an old file at *path* stays as it was.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with replacing(target) as file:
    ...     _ = file.write(b"whole")
    >>> target.read_bytes()
    b'whole'
    """
    return Replacement(path)


def _rename(part: str, target: str) -> None:
    """Rename *part* to *target*; wait a second for a program that has an old file there open."""
    end = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            os.replace(part, target)
        except OSError as error:
            if not is_open_elsewhere(error) or not os.path.isfile(target) or not os.access(target, os.W_OK):
                error.filename = target  # the partial file is no name that users know
                raise
            if time.monotonic() >= end:
                raise FileBusyError(f"{target} is open in another program; close it", path=target) from error
        else:
            return
        time.sleep(_BUSY_LOOK)  # a virus scanner or an indexer lets go of it soon


def _beside(target: str, mode: int) -> tuple[str, int]:
    """Open a new file of *mode* beside *target*, under a name that no other process uses."""
    folder, name = os.path.split(target)
    while True:
        part = os.path.join(folder, part_name(name, os.getpid(), next(_numbers)))
        try:
            return part, os.open(part, _NEW, mode)
        except FileExistsError:
            continue
        except OSError as error:
            error.filename = target  # as in `_rename`
            raise


def _write_all(number: int, data: bytes) -> None:
    """Write all of *data* to an open file; one call may write less."""
    written = os.write(number, data)
    while written < len(data):
        data = data[written:]
        written = os.write(number, data)


def part_name(name: str, process: int, number: int) -> str:
    """Return the name of a partial file of *name*: it says which process of which host writes it.

    Examples
    --------
    >>> part_name("a.wav", 7, 0).startswith(".a.wav."), part_name("a.wav", 7, 0).endswith(".7-0.part")
    (True, True)
    """
    return f".{name[:40]}.{host_id()}.{process}-{number}.part"


def _resolved(path: str, *, follow_links: bool) -> tuple[str, int | None]:
    """Return the resolved path of a file, and the mode of the existing file or None."""
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            if not follow_links:
                return path, None
            path = os.path.realpath(path)
            found = os.stat(path)
    except OSError:
        return path, None
    return path, stat.S_IMODE(found.st_mode)


@functools.lru_cache(maxsize=1024)
def _sweep_once(folder: str) -> None:
    with contextlib.suppress(OSError):  # a folder that cannot be listed may be writable
        remove_stale(folder, least_age=_LEAST_AGE)


def remove_stale(folder: str | os.PathLike[str], *, least_age: float = 0.0) -> list[Path]:
    """Delete the partial files of killed processes of this host in *folder*; return their paths.

    Files of processes that still run stay, and so do those of other hosts and containers, where a process number means
    nothing. So do those that were written to within *least_age* seconds: a machine of the same name may write them.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "a.wav"
    >>> unfinished = Replacement(target)
    >>> remove_stale(target.parent)
    []
    >>> unfinished.abandon()
    """
    removed = []
    for path in Path(folder).glob(".*.part"):
        found = re.fullmatch(r"\..*\.([0-9a-f]{8})\.(\d+)-\d+\.part", path.name)
        if found and found[1] == host_id() and not is_running(int(found[2])):
            with contextlib.suppress(OSError):
                if least_age and time.time() - path.stat().st_mtime < least_age:
                    continue
                path.unlink()
                removed.append(path)
    return removed


def sync_folder(folder: str | os.PathLike[str]) -> None:
    """Sync the directory *folder*, so that a rename survives a power failure.

    Does nothing where folders cannot be synced, as on Windows.
    """
    with contextlib.suppress(OSError):
        found = os.open(folder, os.O_RDONLY)
        try:
            sync_file(found)
        finally:
            os.close(found)


def write_bytes(
    path: str | os.PathLike[str], data: bytes | Iterable[bytes], *, follow_links: bool = True, is_private: bool = False
) -> None:
    """Write *data*, whole or in pieces, to *path* atomically; see `Replacement`."""
    replacement = Replacement(path, follow_links=follow_links, is_private=is_private)
    try:
        replacement.write([data] if isinstance(data, bytes) else data)
    except BaseException as error:  # also an interruption: no partial file stays
        replacement.abandon(error)
        raise
    replacement.commit()


def measure_file(path: str | os.PathLike[str]) -> tuple[int, str]:
    """Return the size and the SHA-256 of the file at *path*."""
    with open(path, "rb") as file:
        return os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()


@functools.cache
def host_id() -> str:
    """Return 8 hexadecimal digits for this host and its space of process numbers."""
    space = ""
    with contextlib.suppress(OSError):  # Linux alone has containers with process numbers of their own
        space = os.readlink("/proc/self/ns/pid")
    return hashlib.blake2b(f"{platform.node()} {space}".encode(), digest_size=4).hexdigest()
