"""Download many expiring urls, several at once, oldest first; one that fails does not stop the others.

Conventions
-----------
The thread that waits for a result drives all downloads. A helper thread drives them while the caller works on a result
or prepares the next item.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from clipaudio.download.task import Download, download, download_steps
from clipaudio.errors import ClipAudioError, RequestError
from clipaudio.http.client import shared_transport
from clipaudio.waits import acquire, join

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    from clipaudio.http.client import HttpTransport
    from clipaudio.http.loop import EventLoop, LoopTask, Steps

__all__ = ["Outcome", "download_async", "download_many"]

_AHEAD: Final = 4  # items taken for each download at once
_WATCH: Final = 0.05  # seconds until the helper thread takes over


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one url: a `Download`, or the error that ended it."""

    url: str = field(repr=False)  # it may be signed
    done: Download | None = None
    error: ClipAudioError | OSError | None = None


def download_many(
    items: Iterable[tuple[str, str | os.PathLike[str]]],
    *,
    jobs: int = 8,
    transport: HttpTransport | None = None,
    **options: Any,  # noqa: ANN401 - those of the function it calls, which checks them
) -> Iterator[Outcome]:
    """Download the audio of each url into its file, *jobs* at once; yield the outcomes in order.

    Items are taken as they are needed, so that there may be any number.

    Parameters
    ----------
    items
        Urls with their targets, oldest first: a url dies within the hour.
    jobs
        Downloads at once.
    transport
        What sends the requests; the one that all callers share when None.
    **options
        As in `clipaudio.download.task.download_steps`.

    Raises
    ------
    RequestError
        *jobs* is less than 1.

    Examples
    --------
    >>> [outcome.error.__class__.__name__ for outcome in download_many([("https://10.0.0.1/a", "a.wav")])]
    ['UnsafeAddressError']
    """
    if jobs < 1:
        raise RequestError(f"jobs is {jobs}, expected 1 or more", field="jobs")
    used = transport or shared_transport()
    options["transport"] = used
    with used.loop() as loop, _Downloads(loop, jobs, options) as downloads:
        given = taken = 0
        for url, target in items:
            downloads.add(taken, url, target)
            taken += 1
            if taken - given >= _AHEAD * jobs:
                yield downloads.wait_for(given)
                given += 1
        for number in range(given, taken):
            yield downloads.wait_for(number)


async def download_async(url: str, target: str | os.PathLike[str], **options: Any) -> Download:  # noqa: ANN401 - as above
    """Download one url without blocking the event loop, see `clipaudio.download.task.download`."""
    return await asyncio.to_thread(download, url, target, **options)


class _Downloads:
    """Downloads in progress on *loop*, at most *jobs* at once; leaving the ``with`` block cancels those."""

    def __init__(self, loop: EventLoop, jobs: int, options: dict[str, Any]) -> None:
        self._loop, self._jobs, self._options = loop, jobs, options
        self._todo: deque[tuple[int, str, str | os.PathLike[str]]] = deque()
        self._done: dict[int, Outcome | Exception] = {}
        self._workers: set[LoopTask[None]] = set()
        self._turn = threading.Lock()  # held by the thread that drives the loop
        self._is_wanted = False
        self._stop = threading.Event()
        self._helper: threading.Thread | None = None

    def __enter__(self) -> Self:
        atexit.register(self._end)  # an iterator that is never finished leaves no part of a file behind
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        atexit.unregister(self._end)
        self._end()

    def add(self, number: int, url: str, target: str | os.PathLike[str]) -> None:
        """Start a download, or queue it while enough are in progress."""
        with self._driving():
            self._todo.append((number, url, target))
            self._workers = {one for one in self._workers if not one.is_done}
            if len(self._workers) < self._jobs:
                self._workers.add(self._loop.spawn(self._work()))
        if self._helper is None:
            helper = threading.Thread(target=self._help, name="clipaudio-downloads", daemon=True)
            with contextlib.suppress(RuntimeError):  # the system gives no more threads
                helper.start()
                self._helper = helper

    def wait_for(self, number: int) -> Outcome:
        """Drive the downloads until this one has ended; return its outcome."""
        with self._driving():
            while number not in self._done:
                if self._stop.is_set():
                    raise RuntimeError("the downloads were cancelled")
                self._loop.advance()
            outcome = self._done.pop(number)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    @contextlib.contextmanager
    def _driving(self) -> Iterator[None]:
        """Hold the loop; the helper thread lets go of it."""
        if not self._turn.acquire(blocking=False):
            self._is_wanted = True
            self._loop.wake()
            acquire(self._turn)
            self._is_wanted = False
        try:
            yield
        finally:
            self._turn.release()

    def _help(self) -> None:
        """Drive the downloads while the caller does something else."""
        while not self._stop.wait(_WATCH):
            if self._turn.acquire(blocking=False):
                try:
                    while self._is_busy and not self._is_wanted and not self._stop.is_set():
                        self._loop.advance()
                finally:
                    self._turn.release()

    @property
    def _is_busy(self) -> bool:
        return not all(one.is_done for one in self._workers)

    def _work(self) -> Steps[None]:
        """Download one item after the other."""
        while self._todo:
            number, url, target = self._todo.popleft()
            try:
                self._done[number] = Outcome(url, (yield from download_steps(url, target, **self._options)))
            except (ClipAudioError, OSError) as error:
                self._done[number] = Outcome(url, error=error)
            except Exception as error:  # noqa: BLE001 - raised where the outcome is asked for
                self._done[number] = error

    def _end(self) -> None:
        self._stop.set()
        self._todo.clear()
        with self._driving():
            for worker in self._workers:
                worker.cancel()
        if self._helper is not None:
            join(self._helper)
