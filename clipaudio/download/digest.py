"""Compute the SHA-256 of a file while it arrives, for a long file in a thread of its own."""

from __future__ import annotations

import contextlib
import hashlib
import queue
import threading
from typing import Final

from clipaudio.waits import join

__all__ = ["Digest"]

_OWN_THREAD: Final = 4 * 1024 * 1024  # bytes: a thread costs more than it saves for less
_WAITING: Final = 2  # lists of blocks


class Digest:
    """SHA-256 of all blocks so far.

    Examples
    --------
    >>> digest = Digest()
    >>> digest.update([b"ab", b"c"])
    >>> digest.hexdigest()[:16]
    'ba7816bf8f01cfea'
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._bytes = 0
        self._blocks: queue.Queue[list[bytes] | None] | None = None
        self._thread: threading.Thread | None = None

    def update(self, blocks: list[bytes]) -> None:
        """Add blocks; wait if too many are still to be hashed."""
        self._bytes += sum(map(len, blocks))
        if self._blocks is None and self._bytes > _OWN_THREAD:
            self._start()
        if self._blocks is None:
            self._add(blocks)
        else:
            self._blocks.put(blocks)

    def hexdigest(self) -> str:
        """Return the digest; more blocks may follow."""
        self.close()
        return self._hash.hexdigest()

    def close(self) -> None:
        """Hash what is left and end the thread."""
        if self._blocks is not None and self._thread is not None:
            self._blocks.put(None)
            join(self._thread)
            self._blocks, self._bytes = None, 0

    def _start(self) -> None:
        blocks: queue.Queue[list[bytes] | None] = queue.Queue(_WAITING)
        self._thread = threading.Thread(target=self._run, args=(blocks,), name="clipaudio-digest", daemon=True)
        with contextlib.suppress(RuntimeError):  # the system gives no more threads
            self._thread.start()
            self._blocks = blocks

    def _run(self, waiting: queue.Queue[list[bytes] | None]) -> None:
        while (blocks := waiting.get()) is not None:
            self._add(blocks)

    def _add(self, blocks: list[bytes]) -> None:
        for block in blocks:
            self._hash.update(block)
