"""Repeat calls that failed for a while, within their deadline.

What is repeated: errors that are transient (`ClipAudioError.is_transient`). The wait is the one the service asks for,
else random up to a limit that doubles each time ("full jitter": M. Brooker, Exponential Backoff And Jitter, AWS
Architecture Blog), so that many clients that failed together do not come back together.
"""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final, TypeVar

from clipaudio.errors import ClipAudioError, DeadlineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Attempts", "RateLimiter", "Retry", "call_with_retry", "retry_after"]

_log = logging.getLogger(__name__)

_Result = TypeVar("_Result")
_WITHOUT_EFFECT: Final = frozenset({429, 503})
_LEAST_LEFT: Final = 1.0  # seconds: with less there is no use in another attempt
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

    def wait(self, made: int, error: Exception, *, chance: Callable[[], float] = random.random) -> float:
        """Return the seconds to wait after *made* attempts, the last of which failed with *error*.

        >>> from clipaudio.errors import ConnectionFailedError
        >>> Retry(first=8.0).wait(2, ConnectionFailedError("refused"), chance=lambda: 0.25)
        4.0
        """
        asked: float | None = getattr(error, "retry_after", None)
        limit: float = min(self.first * 2.0 ** (made - 1), self.longest)
        return chance() * limit if asked is None else asked + chance() * min(1.0, limit)


class Attempts:
    """Count the attempts of one call, and decide after each failure whether there is another.

    Parameters
    ----------
    retry
        How often and how long.
    method
        A POST is repeated only after 429 and 503, which guarantee that it had no effect.
    deadline
        Seconds all attempts and waits may last together; that of *retry* when None.
    seconds_left
        Returns the seconds left for all attempts: a `DeadlineError` is repeated only while there is one at least.
    clock, chance
        Seconds that never go back, and a number from 0 to 1; for tests.

    Examples
    --------
    >>> from clipaudio.errors import ConnectionFailedError
    >>> attempts = Attempts(Retry(attempts=2, first=8.0), chance=lambda: 0.25)
    >>> attempts.wait_after(ConnectionFailedError("refused"))
    2.0
    """

    def __init__(
        self,
        retry: Retry,
        *,
        method: str = "GET",
        deadline: float | None = None,
        seconds_left: Callable[[], float] = lambda: 0.0,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._retry, self._method, self._seconds_left = retry, method, seconds_left
        self._clock, self._chance = clock, chance
        self._end = clock() + (retry.deadline if deadline is None else deadline)
        self._made = 0

    def wait_after(self, error: ClipAudioError, *, may_repeat: bool | None = None) -> float:
        """Return the seconds to wait before the next attempt.

        Raises
        ------
        ClipAudioError
            *error* itself, if it lasts, or the attempts or the seconds are over, or the service asks for more seconds.
        """
        self._made += 1
        if self._made >= self._retry.attempts or not (self._may_repeat(error) if may_repeat is None else may_repeat):
            raise error
        wait = self._retry.wait(self._made, error, chance=self._chance)
        if (getattr(error, "retry_after", None) or 0.0) > _LONGEST_ASKED or self._clock() + wait >= self._end:
            raise error
        _log.info("attempt %d failed: %s; the next one in %.1f s", self._made, error, wait)
        return wait

    def _may_repeat(self, error: ClipAudioError) -> bool:
        if self._method == "POST":
            return getattr(error, "status", None) in _WITHOUT_EFFECT
        if isinstance(error, DeadlineError):
            return self._seconds_left() >= _LEAST_LEFT
        return error.is_transient


def call_with_retry(
    call: Callable[[], _Result], attempts: Attempts, *, sleep: Callable[[float], object] = time.sleep
) -> _Result:
    """Return what *call* returns, calling again as *attempts* decides.

    Raises
    ------
    ClipAudioError
        The last error.

    Examples
    --------
    >>> from clipaudio.errors import ConnectionFailedError
    >>> answers = iter([ConnectionFailedError("refused"), ConnectionFailedError("refused"), 7])
    >>> def call():
    ...     answer = next(answers)
    ...     if isinstance(answer, Exception):
    ...         raise answer
    ...     return answer
    >>> call_with_retry(call, Attempts(Retry(first=0.0)))
    7
    """
    while True:
        try:
            return call()
        except ClipAudioError as error:
            wait = attempts.wait_after(error)
        sleep(wait)


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
    """Let through at most *rate* calls a second, in bursts of at most *rate*, all threads together.

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
        """Wait until the next call is allowed."""
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
