"""A call that failed for a while becomes one that succeeds, or fails for good within its deadline.

What is tried again: connections that failed, 429, and 502 to 504. The wait is the one the service asks for, else random
up to a limit that doubles each time ("full jitter": M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog),
so that many clients that failed together do not come back together.
"""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from clipaudio.errors import ApiError, ClipAudioError, ConnectionFailedError, DeadlineError, DownloadError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Pace", "Retry", "call_again", "is_passing"]

_Result = TypeVar("_Result")
_PASSING: Final = frozenset({429, 502, 503, 504})
_LONGEST_ASKED: Final = 300.0  # seconds: a longer Retry-After is not waited for


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How often and how long.

    Parameters
    ----------
    attempts
        Calls in all; 1 never tries again.
    first, longest
        Seconds up to which the first wait may last, and any wait.
    deadline
        Seconds all calls and waits may last together.
    """

    attempts: int = 5
    first: float = 0.5
    longest: float = 30.0
    deadline: float = 300.0


def call_again(
    call: Callable[[], _Result],
    *,
    retry: Retry,
    may_repeat: Callable[[ClipAudioError], bool] | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    chance: Callable[[], float] = random.random,
) -> _Result:
    """Give what *call* gives, calling again where what went wrong may pass.

    Parameters
    ----------
    call
        What is tried.
    retry
        How often and how long.
    may_repeat
        Which errors may pass; `is_passing` when None.
    clock, sleep, chance
        Seconds that never go back, how to wait, and a number from 0 to 1; for tests.

    Raises
    ------
    ClipAudioError
        The last error, when the attempts or the seconds are over, or the service asks for more than they allow.

    Examples
    --------
    >>> answers = iter([ConnectionFailedError("refused"), ConnectionFailedError("refused"), 7])
    >>> def call():
    ...     answer = next(answers)
    ...     if isinstance(answer, Exception):
    ...         raise answer
    ...     return answer
    >>> call_again(call, retry=Retry(first=0.0))
    7
    """
    may_repeat = is_passing if may_repeat is None else may_repeat
    end = clock() + retry.deadline
    for attempt in range(1, retry.attempts + 1):
        try:
            return call()
        except ClipAudioError as error:
            if attempt == retry.attempts or not may_repeat(error):
                raise
            asked: float | None = getattr(error, "retry_after", None)
            limit = min(retry.first * 2 ** (attempt - 1), retry.longest)
            wait = chance() * limit if asked is None else asked + chance() * min(1.0, limit)
            if (asked or 0.0) > _LONGEST_ASKED or clock() + wait >= end:
                raise
        sleep(wait)
    raise AssertionError  # the last attempt returned or raised


def is_passing(error: ClipAudioError) -> bool:
    """Tell whether *error* may be gone in a while.

    >>> is_passing(ConnectionFailedError("refused")), is_passing(DeadlineError("late"))
    (True, False)
    """
    if isinstance(error, DeadlineError):
        return False  # what was allowed is used up
    if isinstance(error, (ApiError, DownloadError)):
        cause = error.__cause__  # a connection that was reset in mid-body leaves a DownloadError
        is_cut = isinstance(cause, ConnectionFailedError) and is_passing(cause)
        return is_cut or getattr(error, "status", None) in _PASSING or hasattr(error, "received")
    return isinstance(error, ConnectionFailedError)


class Pace:
    """Let calls through no faster than *rate* a second, in bursts of at most *rate*; for all threads together.

    Examples
    --------
    >>> now, waits = [0.0], []
    >>> pace = Pace(2, clock=lambda: now[0], sleep=waits.append)
    >>> for _ in range(4):
    ...     pace.wait()
    >>> waits
    [0.5, 1.0]
    """

    def __init__(
        self, rate: float, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_at = clock() - 1.0  # a bucket of one second, full

    def wait(self) -> None:
        """Wait until it is this caller's turn."""
        with self._lock:
            now = self._clock()
            self._free_at = max(self._free_at, now - 1.0) + 1 / self._rate
            left = self._free_at - now
        if left > 1e-9:
            self._sleep(left)
