"""Read lines from a stream that may be silent for hours; the wait can be interrupted without losing a line."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, Final, Protocol

from clipaudio.system import ENDING_SIGNALS, block_signals

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["WaitingLines"]

_BLOCK: Final = 1 << 16
_LOOK: Final = 0.1  # seconds between two checks whether the wait is over


class _Raw(Protocol):
    """An unbuffered file: `read` returns what is there, None if that is nothing and it does not block."""

    def read(self, size: int, /) -> bytes | None: ...


class WaitingLines:
    r"""The lines of *stream*, read in a thread of its own: a program blocked in a read handles no signals.

    Parameters
    ----------
    stream
        An unbuffered file. It is not closed here, because a read may be under way until the program ends.
    stop
        Once set, no further line is waited for.

    Examples
    --------
    >>> import io
    >>> list(WaitingLines(io.BytesIO(b"cecad6f9\n3700a2f1"), stop=threading.Event()))
    [b'cecad6f9', b'3700a2f1']
    """

    def __init__(self, stream: _Raw, *, stop: threading.Event) -> None:
        self._stream, self._stop = stream, stop
        self._blocks: queue.Queue[bytes | OSError] = queue.Queue(1)
        self._is_waiting = self._is_over = False

    def end_wait(self) -> bool:
        """End the lines here if one is being waited for; return True if so. For a signal handler.

        Whole lines that have arrived are still yielded. Lines that arrive from now on are not.
        """
        self._is_over = self._is_over or self._is_waiting
        return self._is_over

    def __iter__(self) -> Iterator[bytes]:
        threading.Thread(target=self._read, daemon=True).start()
        begun: list[bytes] = []
        while block := self._next():
            whole, newline, rest = block.rpartition(b"\n")
            if newline:
                yield from b"".join([*begun, whole]).split(b"\n")
                begun = []
            begun.append(rest)
        if block is not None and any(begun):
            yield b"".join(begun)

    def _next(self) -> bytes | None:
        """Wait for a block; b"" is the end of the stream, None an interrupted wait."""
        self._is_waiting = True
        try:
            while True:
                try:
                    block = self._blocks.get(timeout=_LOOK)
                except queue.Empty:
                    if self._is_over or self._stop.is_set():
                        return None
                    continue
                if isinstance(block, OSError):
                    raise block
                return block
        finally:
            self._is_waiting = False

    def _read(self) -> None:
        block_signals(*ENDING_SIGNALS)  # only the main thread handles signals
        is_last = False
        while not is_last:
            is_last = self._is_over  # one read takes all a pipe held at the interruption
            try:
                block = self._stream.read(_BLOCK)
            except OSError as error:
                self._blocks.put(error)
                return
            if block is None:  # nothing yet, and the stream does not block
                time.sleep(_LOOK)
                continue
            self._blocks.put(block)
            is_last = is_last or not block
