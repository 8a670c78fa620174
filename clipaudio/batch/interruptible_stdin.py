"""A stream that may be silent for hours into lines, by a wait that can be ended without losing any that came."""

from __future__ import annotations

import queue
import signal
import threading
import time
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["WaitingLines"]

_BLOCK: Final = 1 << 16
_LOOK: Final = 0.1  # seconds between two looks at whether the wait is over


class _Raw(Protocol):
    """A file without a buffer: it gives what there is, None where that is nothing and it does not wait."""

    def read(self, size: int, /) -> bytes | None: ...


class WaitingLines:
    r"""The lines of *stream*, which is read in a thread of its own: a program that is blocked in a read hears nothing.

    Parameters
    ----------
    stream
        A file that is not buffered; not closed here, for a read may be under way as long as the program runs.
    stop
        Where it is set, no further line is waited for.

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
        """Let the lines end here if one is waited for, and tell whether that is so; for a handler of signals.

        Lines that have come are given all the same, but for one that is not whole. Those that come from now on are not,
        however close they follow one another.
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
        """Wait for a block; it is empty at the end of the stream, None where the wait was ended."""
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
        if hasattr(signal, "pthread_sigmask"):  # signals are for the main thread, else they wake nobody
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        is_last = False
        while not is_last:
            is_last = self._is_over  # one read takes all that a pipe held when the wait was ended
            try:
                block = self._stream.read(_BLOCK)
            except OSError as error:
                self._blocks.put(error)
                return
            if block is None:  # it has nothing now, and does not wait
                time.sleep(_LOOK)
                continue
            self._blocks.put(block)
            is_last = is_last or not block
