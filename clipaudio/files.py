"""Write files atomically: to a temporary file beside the target, then rename."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Replacement", "remove_stale", "replacing", "sync_folder", "write_bytes", "write_text"]

_numbers = itertools.count()
_BUFFER_BYTES = 8192
_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}


class Replacement:
    """A new file beside *path*, open as `file`: `commit` renames it to *path*, `abandon` deletes it.

    A symbolic link is followed: its target is replaced, the link stays. As a context manager it gives the file, and
    ends by one or the other.

    Raises
    ------
    OSError
        The folder is missing or not writable, or the disk is full; of a full disk the error names *path*.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._target, self._mode = _resolved(os.fspath(path))
        self._part, self.file = _beside(self._target)

    def commit(self) -> None:
        """Close the file and rename it to its target; the mode of a replaced file stays."""
        with _Abandoning(self):
            self.file.close()
            if self._mode is not None:
                with contextlib.suppress(OSError):  # some file systems know no modes
                    os.chmod(self._part, self._mode)
            os.replace(self._part, self._target)

    def abandon(self, error: BaseException | None = None) -> None:
        """Close and delete the file; add its name to *error*, such as a failed write."""
        with contextlib.suppress(OSError):  # what is still to be written may not find its place
            self.file.close()
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


class _Abandoning:
    """Abandon a replacement if the block fails."""

    def __init__(self, replacement: Replacement) -> None:
        self._replacement = replacement

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if error is not None:
            self._replacement.abandon(error)


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


def _beside(target: str) -> tuple[str, BinaryIO]:
    """Open a new file beside *target*, under a name that no other process uses."""
    folder, name = os.path.split(target)
    while True:
        part = os.path.join(folder, f".{name[:40]}.{os.getpid()}-{next(_numbers)}.part")
        with contextlib.suppress(FileExistsError):
            # buffered: a raw file may write less than it was given, and say nothing
            return part, open(part, "xb", _BUFFER_BYTES)  # a given size saves the question whether it is a terminal


def _resolved(path: str) -> tuple[str, int | None]:
    """Return the resolved path of a file, and the mode of the existing file or None."""
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            path = os.path.realpath(path)
            found = os.stat(path)
    except OSError:
        return path, None
    return path, stat.S_IMODE(found.st_mode)


def remove_stale(folder: str | os.PathLike[str]) -> list[Path]:
    """Delete the partial files of killed processes in *folder*; return their paths.

    Files of processes that still run stay.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> (folder / ".a.wav.4194305-0.part").touch()  # no process has this number
    >>> [path.name for path in remove_stale(folder)]
    ['.a.wav.4194305-0.part']
    """
    removed = []
    for path in Path(folder).glob(".*.part"):
        found = re.fullmatch(r"\..*\.(\d+)-\d+\.part", path.name)
        if found and not _is_running(int(found[1])):
            with contextlib.suppress(OSError):
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
            os.fsync(found)
        finally:
            os.close(found)


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write *data* to *path* atomically."""
    with replacing(path) as file:
        file.write(data)


def write_text(path: str | os.PathLike[str], text: str | Iterable[str]) -> None:
    """Write *text*, whole or in pieces, to *path* atomically as UTF-8, with line ends unchanged."""
    with replacing(path) as file:
        for piece in [text] if isinstance(text, str) else text:
            file.write(piece.encode("utf-8"))


def _is_running(process: int) -> bool:
    """Return True if a process of that number runs on this machine, or if it cannot be asked."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
