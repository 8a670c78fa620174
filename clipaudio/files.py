"""Write beside, then rename: nobody ever sees a half-written file."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["replacing", "write_bytes", "write_text"]


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a new file beside *path*; rename it to *path* when the block ends well.

    When the block raises, the new file is removed and an old file at *path* stays as it was. A symbolic link
    is followed: its target is replaced, the link stays.

    Raises
    ------
    OSError
        The folder is missing or not writable, or the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "a.txt"
    >>> with replacing(target) as file:
    ...     _ = file.write(b"whole")
    >>> target.read_bytes()
    b'whole'
    """
    target = Path(os.path.realpath(path))
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        with contextlib.suppress(OSError):  # some file systems know no modes
            Path(name).chmod(_mode_for(target))
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def write_bytes(path: str | os.PathLike[str], data: bytes) -> None:
    """Write *data* to *path* whole or not at all."""
    with replacing(path) as file:
        file.write(data)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write *text* to *path* as UTF-8, line ends as they are, whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def _mode_for(target: Path) -> int:
    """Give the mode of an existing file, else what a plain `open` would give."""
    with contextlib.suppress(OSError):
        return target.stat().st_mode & 0o7777
    return 0o666 & ~_UMASK


def _read_umask() -> int:
    """Read the umask without setting it, where the system tells it (Linux); else the usual one."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("Umask:"):
                return int(line.split()[1], 8)
    return 0o022


_UMASK = _read_umask()
