"""Write a file from one or several responses, resuming where the last one broke off.

A response is resumed only if the server proves that it still sends the same file: by a strong ETag or Last-Modified, an
exact Content-Range and the same length (RFC 9110, 13.1.5 and 14). Otherwise the file is written from its start.
"""

from __future__ import annotations

import os
import re
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from clipaudio.download.digest import Digest
from clipaudio.errors import DownloadError
from clipaudio.files import Replacement, sync_folder
from clipaudio.system import sync_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import BinaryIO

__all__ = ["PartialFile", "says_same"]

_BLOCK_BYTES = 256 * 1024
_BLOCKS_A_CALL = 512
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")


class PartialFile:
    """A file that is arriving: `commit` gives it its name, and leaving the ``with`` block without that deletes it.

    Parameters
    ----------
    name
        Returns the path for the first bytes.
    progress
        Called with the bytes received and those expected, None when unknown.
    follow_links
        As in `Replacement`.
    """

    def __init__(
        self,
        name: Callable[[bytes], str],
        progress: Callable[[int, int | None], None] | None = None,
        *,
        follow_links: bool = True,
    ) -> None:
        self._name = name
        self._follow_links = follow_links
        self._progress = progress
        self._replacement: Replacement | None = None
        self._validator: str | None = None
        self._digest = Digest()
        self.path: str | None = None
        self.head = b""
        self.received = 0
        self.total: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        self._digest.close()
        if self._replacement is not None:
            self._replacement.abandon(error)

    def commit(self) -> None:
        """Write everything to the disk and rename the file to its path."""
        assert self.path is not None
        self._written.flush()
        sync_file(self._written.fileno())
        replacement, self._replacement = self._replacement, None
        assert replacement is not None
        replacement.commit()
        sync_folder(Path(self.path).parent)

    @property
    def sha256(self) -> str:
        """The digest of all bytes received."""
        return self._digest.hexdigest()

    def headers(self) -> dict[str, str]:
        """Return the headers that ask for the missing bytes."""
        if not self.received or self._validator is None:
            return {}
        return {"Range": f"bytes={self.received}-", "If-Range": self._validator}

    def meet(self, status: int, headers: Mapping[str, str], length: int | None, shown: str) -> None:
        """Check a response of 200 or 206, and restart unless it continues from here.

        Raises
        ------
        DownloadError
            The part does not fit; the next attempt starts anew.
        """
        if status == 206:
            found = _RANGE.fullmatch(headers.get("content-range", "").strip())
            fits = (
                found is not None
                and says_same(headers, self._validator)
                and int(found[1]) == self.received
                and (length is None or length == int(found[2]) + 1 - self.received)
                and (self.total is None or found[3] in {"*", str(self.total)})
            )
            if not fits:
                received, self._validator = self.received, None
                self.restart()
                raise DownloadError(f"{shown} sent another part than was asked for; try again", received=received)
            if found is not None and found[3] != "*":
                self.total = int(found[3])  # the first answer may not have known it
            return
        self.restart()
        self.total = length
        tag = headers.get("etag", "")
        self._validator = tag if tag.startswith('"') else _settled_date(headers)

    def restart(self) -> None:
        """Discard what has arrived."""
        if self.received:
            self._digest.close()
            self._digest = Digest()
        self.received, self.total, self.head = 0, None, b""
        if self._replacement is not None:
            self._replacement.file.seek(0)
            self._replacement.file.truncate()

    def begin(self, head: bytes) -> None:
        """Open the file; its first bytes decide its name."""
        path = self._name(head)
        if self._replacement is None or path != self.path:
            if self._replacement is not None:
                self._replacement.abandon()
            self._replacement, self.path = Replacement(path, follow_links=self._follow_links), path
        self.head = head

    def write(self, blocks: list[bytes]) -> None:
        """Write the next blocks."""
        _write_all(self._written, blocks)
        self._digest.update(blocks)
        self.received += sum(map(len, blocks))
        if self._progress is not None:
            self._progress(self.received, self.total)

    @property
    def part(self) -> str | None:
        """The path of the unfinished file, None before the first bytes."""
        return None if self._replacement is None else self._replacement.file.name

    @property
    def validator(self) -> str | None:
        """The ETag or Last-Modified that proves that the server still sends the same file."""
        return self._validator

    def absorb(self, total: int) -> None:
        """Count and hash what other connections have written up to *total*."""
        self._written.flush()
        with Path(self._written.name).open("rb") as written:
            written.seek(self.received)
            while block := written.read(_BLOCK_BYTES):
                self._digest.update([block])
                self.received += len(block)
        if self.received != total:
            raise DownloadError(f"{self.received} of {total} bytes were written; try again", received=self.received)
        if self._progress is not None:
            self._progress(total, total)

    @property
    def _written(self) -> BinaryIO:
        assert self._replacement is not None
        return self._replacement.file


def _write_all(file: BinaryIO, blocks: list[bytes]) -> None:
    """Write *blocks* with as few calls of the system as possible; nothing stays in the buffer of *file*."""
    if not hasattr(os, "writev"):
        file.write(b"".join(blocks))
        return
    for at in range(0, len(blocks), _BLOCKS_A_CALL):
        some = blocks[at : at + _BLOCKS_A_CALL]
        written = os.writev(file.fileno(), some)
        for block in some:  # the system may take less than it is given
            if written < len(block):
                file.write(memoryview(block)[written:])
                file.flush()
            written = max(written - len(block), 0)


def _settled_date(headers: Mapping[str, str]) -> str | None:
    """Return Last-Modified if it is strong: a second older than the response (RFC 9110, 8.8.2.2)."""
    try:
        changed = parsedate_to_datetime(headers.get("last-modified", ""))
        age = parsedate_to_datetime(headers.get("date", "")) - changed
    except (ValueError, OverflowError, TypeError):  # no date, or one without its zone
        return None
    return headers["last-modified"] if age.total_seconds() >= 1.0 else None


def says_same(headers: Mapping[str, str], validator: str | None) -> bool:
    """Return True unless the part's ETag or Last-Modified contradicts *validator* (servers may ignore If-Range).

    >>> says_same({"etag": '"v2"'}, '"v1"'), says_same({"etag": '"v1"'}, '"v1"'), says_same({}, '"v1"')
    (False, True, True)
    """
    if validator is None:
        return True
    name = "etag" if validator.startswith('"') else "last-modified"
    return headers.get(name, validator) == validator
