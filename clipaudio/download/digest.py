"""Compute the SHA-256 of a file while it arrives, for a long file in a thread of its own."""

from __future__ import annotations

import hashlib
import queue
import threading
from typing import Final

__all__ = ["Digest"]

_OWN_THREAD: Final = 4 * 1024 * 1024  # bytes: a thread costs more than it saves for less
_WAITING: Final = 2  # blocks


class Digest:
    """SHA-256 of all blocks so far.

    Examples
    --------
    >>> digest = Digest()
    >>> digest.update(b"abc")
    >>> digest.hexdigest()[:16]
    'ba7816bf8f01cfea'
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._bytes = 0
        self._blocks: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self._thread: threading.Thread | None = None

    def update(self, block: bytes) -> None:
        """Add a block; wait if too many are still to be hashed."""
        self._bytes += len(block)
        if self._thread is None and self._bytes > _OWN_THREAD:
            self._start()
        if self._thread is None:
            self._hash.update(block)
        else:
            self._blocks.put(block)

    def hexdigest(self) -> str:
        """Return the digest; more blocks may follow."""
        self.close()
        return self._hash.hexdigest()

    def close(self) -> None:
        """Hash what is left and end the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._blocks.put(None)
            thread.join()
            self._bytes = 0

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="clipaudio-digest", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system gives no more threads
            return
        self._thread = thread

    def _run(self) -> None:
        while (block := self._blocks.get()) is not None:
            self._hash.update(block)
