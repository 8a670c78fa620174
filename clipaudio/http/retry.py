"""A call that failed for a while becomes one that succeeds, or fails for good within its deadline.

What is tried again: connections that failed, 429, and 502 to 504. The wait is the one the service asks for, else random
up to a limit that doubles each time ("full jitter": M. Brooker, Exponential Backoff And Jitter, AWS Architecture Blog),
so that many clients that failed together do not come back together.
"""

from __future__ import annotations

import math
import random
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, TypeVar

from clipaudio.errors import ApiError, ClipAudioError, ConnectionFailedError, DeadlineError, DownloadError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["RateLimiter", "Retry", "call_with_retry", "is_transient", "retry_after"]

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


def call_with_retry(
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
        Which errors may pass; `is_transient` when None.
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
    >>> call_with_retry(call, retry=Retry(first=0.0))
    7
    """
    may_repeat = is_transient if may_repeat is None else may_repeat
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


def is_transient(error: ClipAudioError) -> bool:
    """Tell whether *error* may be gone in a while.

    >>> is_transient(ConnectionFailedError("refused")), is_transient(DeadlineError("late"))
    (True, False)
    """
    if isinstance(error, DeadlineError):
        return False  # what was allowed is used up
    if isinstance(error, (ApiError, DownloadError)):
        cause = error.__cause__  # a connection that was reset in mid-body leaves a DownloadError
        is_cut = isinstance(cause, ConnectionFailedError) and is_transient(cause)
        return is_cut or getattr(error, "status", None) in _PASSING or hasattr(error, "received")
    return isinstance(error, ConnectionFailedError)


def retry_after(headers: Mapping[str, str], *, now: Callable[[], datetime] | None = None) -> float | None:
    """Return the seconds that a Retry-After header asks to wait, None without a usable one.

    Examples
    --------
    >>> retry_after({"retry-after": "7"})
    7.0
    >>> retry_after({"retry-after": "Fri, 31 Dec 1999 23:59:59 GMT", "date": "Fri, 31 Dec 1999 23:59:49 GMT"})
    10.0
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        seconds = float(text) if len(text) < 300 else math.inf
        return seconds if math.isfinite(seconds) else None
    moment = _http_date(text)
    if moment is None:
        return None
    clock = _http_date(headers.get("date", "")) or (now() if now is not None else datetime.now(UTC))
    return max(0.0, (moment - clock).total_seconds())


class RateLimiter:
    """Let calls through no faster than *rate* a second, in bursts of at most *rate*; for all threads together.

    Examples
    --------
    >>> now, waits = [0.0], []
    >>> pace = RateLimiter(2, clock=lambda: now[0], sleep=waits.append)
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


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
