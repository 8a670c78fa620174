"""Make calls in a thread of their own, in order: a terminal or a pipe that stalls must not stop the caller."""

from __future__ import annotations

import contextlib
import functools
import queue
import threading
from typing import TYPE_CHECKING, Final

from clipaudio.waits import join

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Background"]

_MOST: Final = 10_000  # calls that may wait
_PATIENCE: Final = 5.0  # seconds without progress until the end gives up


class Background:
    """Make calls one after the other; those beyond *most* that wait are dropped, and counted.

    Parameters
    ----------
    on_drop
        Called with the number of dropped calls when calls are made again. What it or a call raises is ignored.
    most
        Calls that may wait.
    patience
        Seconds without progress after which `close` gives up.

    Examples
    --------
    >>> background = Background(lambda count: None)
    >>> background.call(lambda: print("later"))
    >>> background.close()
    later
    True
    """

    def __init__(self, on_drop: Callable[[int], object], *, most: int = _MOST, patience: float = _PATIENCE) -> None:
        self._on_drop = on_drop
        self._patience = patience
        self._waiting: queue.Queue[Callable[[], object] | None] = queue.Queue(most)
        self._lock = threading.Lock()
        self._dropped = self._done = 0
        self._thread = threading.Thread(target=self._run, name="clipaudio-background", daemon=True)
        self._thread.start()

    def call(self, job: Callable[[], object]) -> None:
        """Call *job* soon; never block."""
        try:
            self._waiting.put_nowait(job)
        except queue.Full:
            with self._lock:
                self._dropped += 1

    def close(self) -> bool:
        """Make the calls that wait; return False if they do not end, such as with a reader that has stalled."""
        seen = -1
        while seen != self._done:
            seen = self._done
            with contextlib.suppress(queue.Full):
                self._waiting.put(None, timeout=self._patience)
                break
        while self._thread.is_alive():
            seen = self._done
            if not join(self._thread, self._patience) and seen == self._done:
                return False
        return True

    def _run(self) -> None:
        while (job := self._waiting.get()) is not None:
            self._make(job)
            with self._lock:
                count, self._dropped = self._dropped, 0
            if count:
                self._make(functools.partial(self._on_drop, count))
            self._done += 1

    @staticmethod
    def _make(job: Callable[[], object]) -> None:
        with contextlib.suppress(Exception):  # what cannot be told must not stop the rest
            job()
