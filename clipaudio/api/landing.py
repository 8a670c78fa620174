"""Bytes that come in one or several goes become one file, from where the last go broke off.

What broke off goes on only where the server proves that it still sends the same file: by a strong ETag or a date of
change, an exact Content-Range, and the same length in all (RFC 9110, 13.1.5 and 14). Otherwise it begins anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from clipaudio.errors import DownloadError
from clipaudio.files import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import ExitStack

__all__ = ["Landing", "says_same"]

_BLOCK_BYTES = 256 * 1024
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")


class _AbandonedError(Exception):
    """What arrived belongs to another file than was thought."""


class Landing:
    """A file that is arriving; it stands under its name when *opened* ends well.

    Parameters
    ----------
    name
        Gives the path, from the first bytes.
    opened
        What closes the file, and renames or removes it.
    progress
        Called with the bytes received and those expected, None when unknown.
    """

    def __init__(
        self,
        name: Callable[[bytes], Path],
        opened: ExitStack,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> None:
        self._name = name
        self._opened = opened
        self._progress = progress
        self._file: BinaryIO | None = None
        self._validator: str | None = None
        self._digest = hashlib.sha256()
        self.path: Path | None = None
        self.head = b""
        self.received = 0
        self.total: int | None = None

    @property
    def sha256(self) -> str:
        """The digest of all bytes received."""
        return self._digest.hexdigest()

    def headers(self) -> dict[str, str]:
        """Give the headers that ask for what is missing."""
        if not self.received or self._validator is None:
            return {}
        return {"Range": f"bytes={self.received}-", "If-Range": self._validator}

    def meet(self, status: int, headers: Mapping[str, str], length: int | None, shown: str) -> None:
        """Look at an answer of 200 or 206, and begin anew where it does not go on from here.

        Raises
        ------
        DownloadError
            The part does not fit; the next go begins anew.
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
        """Forget what came."""
        self._digest = hashlib.sha256()
        self.received, self.total, self.head = 0, None, b""
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()

    def begin(self, head: bytes) -> None:
        """Take the first bytes, which tell what the file is called."""
        path = self._name(head)
        if self._file is None or path != self.path:
            with contextlib.suppress(_AbandonedError), self._opened:  # its end would give the old file its name
                raise _AbandonedError
            self._file, self.path = self._opened.enter_context(replacing(path)), path
        self.head = head
        self.write(head)

    def write(self, block: bytes) -> None:
        """Take the next bytes."""
        assert self._file is not None
        self._file.write(block)
        self._digest.update(block)
        self.received += len(block)
        if self._progress is not None:
            self._progress(self.received, self.total)

    @property
    def file(self) -> int | None:
        """The descriptor of the file, None before the first bytes."""
        return None if self._file is None else self._file.fileno()

    @property
    def validator(self) -> str | None:
        """What proves that the server still sends the same file."""
        return self._validator

    def absorb(self, total: int) -> None:
        """Count what others have written up to *total*."""
        assert self._file is not None
        self._file.flush()
        with Path(self._file.name).open("rb") as written:
            written.seek(self.received)
            while block := written.read(_BLOCK_BYTES):
                self._digest.update(block)
                self.received += len(block)
        if self.received != total:
            raise DownloadError(f"{self.received} of {total} bytes were written; try again", received=self.received)
        if self._progress is not None:
            self._progress(total, total)

    def sync(self) -> None:
        """Bring everything to the disk."""
        assert self._file is not None
        self._file.flush()
        os.fsync(self._file.fileno())


def _settled_date(headers: Mapping[str, str]) -> str | None:
    """Give the date of change where it was a second ago at least: before that, two versions may share it.

    Only then it is a strong validator (RFC 9110, 8.8.2.2).
    """
    try:
        changed = parsedate_to_datetime(headers.get("last-modified", ""))
        age = parsedate_to_datetime(headers.get("date", "")) - changed
    except (ValueError, OverflowError, TypeError):  # no date, or one without its zone
        return None
    return headers["last-modified"] if age.total_seconds() >= 1.0 else None


def says_same(headers: Mapping[str, str], validator: str | None) -> bool:
    """Tell whether a part says nothing against *validator*: a server may ignore If-Range, and send another file's.

    >>> says_same({"etag": '"v2"'}, '"v1"'), says_same({"etag": '"v1"'}, '"v1"'), says_same({}, '"v1"')
    (False, True, True)
    """
    if validator is None:
        return True
    name = "etag" if validator.startswith('"') else "last-modified"
    return headers.get(name, validator) == validator
