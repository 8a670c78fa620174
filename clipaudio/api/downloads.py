"""Many expiring urls become files, several at once, oldest first; one that fails stops none."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from clipaudio.api.download import Download, download
from clipaudio.api.transport import HttpTransport
from clipaudio.errors import ClipAudioError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator

    from clipaudio.api.transport import Transport

__all__ = ["Gate", "Outcome", "download_async", "download_many"]

_TURNS: Final = 16  # between two looks
_BUSY: Final = 0.9  # of a processor
_IDLE: Final = 0.6
_FEWEST: Final = 2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one url: a `Download`, or the error that ended it."""

    url: str = field(repr=False)  # it may be signed
    done: Download | None = None
    error: ClipAudioError | OSError | None = None


def download_many(
    items: Iterable[tuple[str, str | os.PathLike[str]]],
    *,
    jobs: int = 8,
    transport: Transport | None = None,
    **options: Any,  # noqa: ANN401 - those of the function it calls, which checks them
) -> Iterator[Outcome]:
    """Fetch the audio of each url into its file, *jobs* at once; give what became of each, in order.

    Connections are kept and used again. Items are taken as they are needed, so that there may be any number.

    Parameters
    ----------
    items
        Urls with their targets, oldest first: a url dies within the hour.
    jobs
        Downloads at once, 8 to 32 are of use.
    transport
        What sends the requests; one `HttpTransport` for all when None.
    **options
        As in `clipaudio.api.download.download`.

    Examples
    --------
    >>> [outcome.error.__class__.__name__ for outcome in download_many([("https://10.0.0.1/a", "a.wav")])]
    ['UnsafeAddressError']
    """
    owned = HttpTransport() if transport is None else None
    stop = _Stop(options.pop("progress", None), options.pop("sleep", None))
    fetch = functools.partial(
        _one, Gate(jobs), transport=owned or transport, progress=stop.progress, sleep=stop.sleep, **options
    )
    waiting: deque[Future[Outcome]] = deque()
    try:
        with ThreadPoolExecutor(jobs, thread_name_prefix="clipaudio-download") as pool:
            try:
                for url, target in items:
                    waiting.append(pool.submit(fetch, url, target))
                    if len(waiting) >= 4 * jobs:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                stop.event.set()  # or Ctrl-C would wait for the last of them
                for future in waiting:
                    future.cancel()
    finally:
        if owned is not None:
            owned.close()


class _StoppedError(Exception):
    """Nobody waits for this download any more."""


class _Stop:
    """End downloads at their next block, or in their wait for the next go, once `event` is set."""

    def __init__(
        self, progress: Callable[[int, int | None], None] | None, sleep: Callable[[float], object] | None
    ) -> None:
        self.event = threading.Event()
        self._progress = progress
        self._sleep = sleep or self.event.wait

    def progress(self, received: int, total: int | None) -> None:
        self._check()
        if self._progress is not None:
            self._progress(received, total)

    def sleep(self, seconds: float) -> None:
        self._sleep(seconds)
        self._check()

    def _check(self) -> None:
        if self.event.is_set():
            raise _StoppedError


async def download_async(url: str, target: str | os.PathLike[str], **options: Any) -> Download:  # noqa: ANN401 - as above
    """Fetch one url without blocking the event loop, see `clipaudio.api.download.download`."""
    return await asyncio.to_thread(download, url, target, **options)


class Gate:
    """Lets fewer pass at once where the processor is what they wait for.

    Threads of one interpreter take turns: on a fast network eight that are never idle take longer than two, and half as
    much again of the processor. On a slow one all may pass, for most of them wait.

    Parameters
    ----------
    most
        How many may pass at once.
    clock, used
        Seconds that go by, and seconds of the processor this thread has used; for tests.
    """

    def __init__(
        self,
        most: int,
        *,
        clock: Callable[[], float] = time.perf_counter,
        used: Callable[[], float] = time.thread_time,
    ) -> None:
        self.limit = self._most = most
        self._clock, self._used = clock, used
        self._changed = threading.Condition()
        self._inside = self._passed = 0
        self._seconds = 0.0
        self._began = clock()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and take it as long as the block lasts."""
        with self._changed:
            self._changed.wait_for(lambda: self._inside < self.limit)
            self._inside += 1
        before = self._used()
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._seconds += self._used() - before
                self._passed += 1
                self._adjust()
                self._changed.notify()

    def _adjust(self) -> None:
        """Look after every few turns how much of a processor all together have used."""
        if self._passed < _TURNS:
            return
        now = self._clock()
        share = self._seconds / max(now - self._began, 1e-9)
        if share > _BUSY:
            self.limit = max(self.limit // 2, min(_FEWEST, self._most))
        elif share < _IDLE and self.limit < self._most:
            self.limit = min(self.limit * 2, self._most)
            self._changed.notify_all()
        self._passed, self._seconds, self._began = 0, 0.0, now


def _one(gate: Gate, url: str, target: str | os.PathLike[str], **options: Any) -> Outcome:  # noqa: ANN401 - as above
    with gate.turn():
        try:
            return Outcome(url, download(url, target, **options))
        except (ClipAudioError, OSError) as error:
            return Outcome(url, error=error)
