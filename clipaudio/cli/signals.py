"""Act on a signal without a deadlock.

A handler runs in the main thread, between any two of its steps: the thread may hold the lock of the event it waits for,
or that of `threading.Thread.start`. So a handler takes no lock, and leaves what needs one to a thread of its own.
"""

from __future__ import annotations

import _thread  # its threads start without a lock of Python's
import os
import signal
import time
from typing import TYPE_CHECKING, Final

from clipaudio.system import ENDING_SIGNALS

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

__all__ = ["call_in_thread", "stop_on_signals"]

_LAST_SECONDS: Final = 9.5


def call_in_thread(function: Callable[[], object]) -> None:
    """Call *function* in a thread, from a handler of signals.

    Examples
    --------
    >>> import threading
    >>> stop = threading.Event()
    >>> call_in_thread(stop.set)
    >>> stop.wait(60)
    True
    """
    _thread.start_new_thread(function, ())


def stop_on_signals(stop: threading.Event) -> None:
    """Set *stop* at the first signal, and end the process at the second one or after some seconds.

    Ending at any moment is safe: what was acknowledged is on disk, and the leases of an ended process are free.
    """
    heard: list[int] = []

    def finish() -> None:
        stop.set()
        time.sleep(_LAST_SECONDS)  # an inbox or a disk may hang
        os._exit(128 + heard[0])

    def hear(number: int, _frame: object) -> None:
        heard.append(number)
        if len(heard) > 1:
            os._exit(128 + number)
        try:
            call_in_thread(finish)
        except RuntimeError:  # the system has no thread left
            os._exit(128 + number)

    for number in ENDING_SIGNALS:
        signal.signal(number, hear)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup ignores it
        signal.signal(signal.SIGHUP, hear)  # the terminal is closed
