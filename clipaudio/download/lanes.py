"""Work on many items, in as many threads as are of use, into results in order.

Threads of one interpreter hand its lock over at each call into the system. Where the network is faster than the
processor, eight of them take longer than one, and half as much again of the processor; where it is slow they mostly
wait, and all are of use.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from clipaudio.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["Lanes"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")
_BUSY: Final = 0.95  # of a processor
_IDLE: Final = 0.6
_LOOK: Final = 0.01  # seconds between two looks at that
_PAUSES: Final = (0.002, 0.008)  # seconds between two looks for a result, at first and at last
_WATCH: Final = 0.05  # seconds between two looks where nobody asks for a result
_AHEAD: Final = 4  # items taken for each thread there may be


class _Failed(NamedTuple):
    error: BaseException


class Lanes(Generic[_Item, _Result]):
    """Threads that do *work* on one item after another: one at first, up to *most* as long as they wait for others.

    Parameters
    ----------
    work
        What is done with an item.
    most
        How many threads there may be, 1 at least.
    clock, used
        Seconds that go by, and seconds of the processor this thread has used; for tests.

    Raises
    ------
    RequestError
        *most* is less than 1.

    Examples
    --------
    >>> from contextlib import closing
    >>> with closing(Lanes(str.upper, 8)) as lanes:
    ...     list(lanes.map(["a", "b", "c"]))
    ['A', 'B', 'C']
    """

    def __init__(
        self,
        work: Callable[[_Item], _Result],
        most: int,
        *,
        clock: Callable[[], float] = time.perf_counter,
        used: Callable[[], float] = time.thread_time,
    ) -> None:
        if most < 1:
            raise RequestError(f"{most} jobs do nothing; expected 1 or more", field="jobs")
        self._work, self._most, self._clock, self._used = work, most, clock, used
        self._todo: queue.SimpleQueue[tuple[int, _Item] | None] = queue.SimpleQueue()
        self._done: dict[int, _Result | _Failed] = {}
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._over = threading.Event()
        self._watcher: threading.Thread | None = None
        self._began, self._seconds = clock(), 0.0
        self.wanted = 1
        """How many threads are of use, as far as is known."""

    def map(self, items: Iterable[_Item]) -> Iterator[_Result]:
        """Give the result of each item in order; items are taken as they are needed.

        Raises
        ------
        BaseException
            What *work* raised, once all results before it are given.
        """
        given = taken = 0
        for item in items:
            self._todo.put((taken, item))
            taken += 1
            self.adjust()
            if taken == 2:  # one that waits may keep others waiting
                self._begin_watch()
            if taken - given >= _AHEAD * self._most:
                yield self._await(given)
                given += 1
        for number in range(given, taken):
            yield self._await(number)

    def close(self) -> None:
        """Begin no further item, and wait for those that are under way."""
        with self._lock:
            self._over.set()
            threads = list(self._threads)
        for _ in threads:
            self._todo.put(None)
        for thread in [*threads, *([self._watcher] if self._watcher else [])]:
            if thread.ident is not None:  # Ctrl-C may have come before it was started
                thread.join()

    def adjust(self) -> None:
        """Look how much of a processor all threads together used since the last look, and want fewer or more."""
        with self._lock:
            elapsed = self._clock() - self._began
            if elapsed >= _LOOK:
                share, self._seconds = self._seconds / elapsed, 0.0
                self._began += elapsed
                if share > _BUSY:
                    self.wanted = max(self.wanted // 2, 1)
                elif share < _IDLE and not self._todo.empty():
                    self.wanted = min(self.wanted * 2, self._most)
            self._add()

    def _add(self) -> None:
        """Start the threads that are wanted and have something to do."""
        while not self._over.is_set() and len(self._threads) < min(
            self.wanted, len(self._threads) + self._todo.qsize()
        ):
            thread = threading.Thread(target=self._run, name="clipaudio-lane", daemon=True)
            self._threads.add(thread)  # first: Ctrl-C may come while it starts
            try:
                self._start(thread)
            except RuntimeError:  # the system gives no more threads: fewer do it too
                self._threads.discard(thread)
                if not self._threads:
                    raise
                return

    def _begin_watch(self) -> None:
        """Look also while the items, or who takes the results, keep `map` from it."""
        thread = threading.Thread(target=self._watch, name="clipaudio-lanes", daemon=True)
        with contextlib.suppress(RuntimeError):  # as above
            self._start(thread)
            self._watcher = thread

    def _watch(self) -> None:
        while not self._over.wait(_WATCH):
            with contextlib.suppress(RuntimeError):  # no thread at all: `map` finds that too, and says so
                self.adjust()

    def _start(self, thread: threading.Thread) -> None:
        thread.start()

    def _await(self, number: int) -> _Result:
        pause, longest = _PAUSES
        while number not in self._done:
            if self._over.is_set():
                raise RuntimeError("closed before all was done")
            time.sleep(pause)  # to be told of each result would cost more than it takes
            self.adjust()
            pause = min(2 * pause, longest)
        result = self._done.pop(number)
        if isinstance(result, _Failed):
            raise result.error
        return result

    def _run(self) -> None:
        while self._goes_on() and (taken := self._todo.get()) is not None and not self._over.is_set():
            number, item = taken
            before = self._used()
            result: _Result | _Failed
            try:
                result = self._work(item)
            except BaseException as error:  # noqa: BLE001 - raised where its result is asked for
                result = _Failed(error)
            with self._lock:
                self._seconds += self._used() - before
            self._done[number] = result
        self._threads.discard(threading.current_thread())

    def _goes_on(self) -> bool:
        """Tell whether this thread is still of use; where it is not, it does not count any more, so that one stays."""
        with self._lock:
            is_wanted = not self._over.is_set() and len(self._threads) <= self.wanted
            if not is_wanted:
                self._threads.discard(threading.current_thread())
            return is_wanted
