"""Wait in slices, so that Ctrl-C is heard within half a second.

On Windows a wait without a timeout cannot be interrupted: Python runs the handler of Ctrl-C after the wait. So whatever
the main thread may call waits here. ``tests/windows`` reads the code for waits that do not.
"""

from __future__ import annotations

import contextlib
import math
import subprocess
import time
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterable
    from concurrent.futures import Executor, Future

__all__ = ["SLICE", "acquire", "close_executor", "join", "wait", "wait_for_outcome", "wait_for_process", "wait_until"]

_Result = TypeVar("_Result")
SLICE: Final = 0.5
"""Seconds of one slice."""


class _Acquirable(Protocol):
    """A lock or a semaphore."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool: ...  # noqa: FBT001, FBT002 - as threading has it


def join(thread: threading.Thread, seconds: float = math.inf) -> bool:
    """Wait until *thread* has ended, *seconds* at most; return False if it still runs.

    Examples
    --------
    >>> import threading
    >>> thread = threading.Thread(target=lambda: None)
    >>> thread.start()
    >>> join(thread)
    True
    """

    def join_for(some: float) -> bool:
        thread.join(some)
        return not thread.is_alive()

    return _in_slices(join_for, seconds)


def wait(event: threading.Event, seconds: float = math.inf) -> bool:
    """Wait until *event* is set, *seconds* at most; return False if it is not."""
    return _in_slices(event.wait, seconds)


def wait_until(condition: threading.Condition, predicate: Callable[[], bool], seconds: float) -> bool:
    """Wait until *predicate* is true, *seconds* at most, and return its value; *condition* is held.

    *predicate* is called at least twice a second.
    """
    return _in_slices(lambda some: condition.wait_for(predicate, some), seconds)


def acquire(lock: _Acquirable) -> None:
    """Acquire *lock*."""
    _in_slices(lambda some: lock.acquire(timeout=some), math.inf)


def _in_slices(wait_for: Callable[[float], bool], seconds: float) -> bool:
    """Call *wait_for* with the seconds of a slice, until it returns True or *seconds* are over."""
    end = time.monotonic() + seconds
    while True:
        left = max(end - time.monotonic(), 0.0)
        if wait_for(min(left, SLICE)):
            return True
        if left <= SLICE:
            return False


def wait_for_outcome(future: Future[_Result]) -> BaseException | None:
    """Wait until *future* is done; return its exception, None if it has a result.

    Any future of `concurrent.futures` will do, and those of other packages whose ``exception`` takes a timeout.

    Examples
    --------
    >>> from concurrent.futures import Future
    >>> future = Future()
    >>> future.set_result(7)
    >>> wait_for_outcome(future)
    """
    while True:
        with contextlib.suppress(TimeoutError):
            return future.exception(timeout=SLICE)


def wait_for_process(process: subprocess.Popen[bytes], seconds: float = math.inf) -> int:
    """Wait until *process* has ended, and return its code.

    Raises
    ------
    subprocess.TimeoutExpired
        It still runs after *seconds*.
    """
    end = time.monotonic() + seconds
    while True:
        left = end - time.monotonic()
        try:
            return process.wait(min(SLICE, max(left, 0.0)))
        except subprocess.TimeoutExpired:
            if left <= SLICE:
                raise


def close_executor(executor: Executor, futures: Iterable[Future[Any]]) -> None:
    """Cancel those of its *futures* that have not started, wait for the others, and end its threads or processes."""
    for future in [one for one in futures if not one.cancel()]:
        wait_for_outcome(future)
    executor.shutdown(wait=True)
