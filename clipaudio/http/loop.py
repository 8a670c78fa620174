"""Run generator tasks over one libcurl multi handle: transfers, waits, and calls in helper threads.

Conventions
-----------
A task is a generator. It yields what it waits for, a `Transfer`, `Sleep`, `ThreadCall`, `DiskCall`, `Spawn` or
`LoopTask`, and is resumed with the result. Nothing runs between two calls of `EventLoop.advance`: the thread that waits
for a result drives the loop. A loop is used by one thread at a time, which may change between calls.
"""

from __future__ import annotations

import contextlib
import functools
import heapq
import itertools
import math
import os
import queue
import selectors
import socket
import threading
import time
import weakref
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar, cast

import pycurl

from clipaudio.errors import DeadlineError
from clipaudio.http.transfer import Handle, Transfer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

__all__ = ["DiskCall", "EventLoop", "LoopTask", "Sleep", "Spawn", "Steps", "ThreadCall"]

_Result = TypeVar("_Result")
_LONGEST: Final = 0.5  # seconds of one wait of the system: on Windows Ctrl-C is heard after it
_KEPT_CONNECTIONS: Final = 32
_IDLE_HANDLES: Final = 32
_SLOW_DISK: Final = 0.002  # seconds
_EVENTS: Final = {
    pycurl.POLL_IN: selectors.EVENT_READ,
    pycurl.POLL_OUT: selectors.EVENT_WRITE,
    pycurl.POLL_INOUT: selectors.EVENT_READ | selectors.EVENT_WRITE,
}


@dataclass(frozen=True, slots=True)
class Sleep:
    """Resume the task after *seconds*."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ThreadCall:
    """Resume the task with what *call* returns in a helper thread; `DeadlineError` after *seconds*."""

    call: Callable[[], Any]
    seconds: float = math.inf


@dataclass(frozen=True, slots=True)
class DiskCall:
    """Resume the task with what *call* returns, as `ThreadCall` if the disk is slow and others would wait for it."""

    call: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Spawn:
    """Start another task and resume at once with its `LoopTask`."""

    steps: Steps[Any]


class LoopTask(Generic[_Result]):
    """A task that runs, or has ended."""

    def __init__(self, steps: Steps[_Result]) -> None:
        self.steps = steps
        self.is_done = False
        self.turn = 0  # counts the waits: a late answer to an earlier wait is ignored
        self.waiters: list[tuple[LoopTask[Any], int]] = []
        self._value: _Result | None = None
        self._error: BaseException | None = None

    def result(self) -> _Result:
        """Return what the task returned, or raise its error."""
        if self._error is not None:
            raise self._error
        return cast("_Result", self._value)

    def end(self, value: _Result | None = None, error: BaseException | None = None) -> None:
        """Set the result."""
        self.is_done, self._value, self._error = True, value, error

    def cancel(self) -> None:
        """End the task where it waits; one that has ended stays as it is."""
        if not self.is_done:
            self.end(error=RuntimeError("the task was cancelled"))
            self.steps.close()


Wait: TypeAlias = Transfer | Sleep | ThreadCall | DiskCall | Spawn | LoopTask[Any]
Steps: TypeAlias = "Generator[Wait, Any, _Result]"


class EventLoop:
    """Tasks and their transfers.

    Parameters
    ----------
    make_handle
        Makes a configured libcurl handle.
    clock
        Seconds that never go back.

    Examples
    --------
    >>> def steps():
    ...     yield Sleep(0.0)
    ...     return (yield ThreadCall(lambda: 7))
    >>> EventLoop(Handle).run(steps())
    7
    """

    def __init__(self, make_handle: Callable[[], Handle], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._make_handle, self._clock = make_handle, clock
        self._sockets = _Sockets()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._sockets.watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._sockets.set_timer)
        self._multi.setopt(pycurl.M_MAXCONNECTS, _KEPT_CONNECTIONS)
        self._handles: list[Handle] = []
        self._transfers: dict[pycurl.Curl, Transfer] = {}
        self._ready: deque[tuple[LoopTask[Any], int, Any, BaseException | None]] = deque()
        self._sleepers: list[tuple[float, int, LoopTask[Any], int, BaseException | None]] = []
        self._count = itertools.count()
        self._disk_seconds = 0.0
        self._answers: queue.SimpleQueue[tuple[LoopTask[Any], int, Any, BaseException | None]] = queue.SimpleQueue()
        self.close = weakref.finalize(self, _close, self._multi, self._sockets, self._handles, os.getpid())

    def run(self, steps: Steps[_Result]) -> _Result:
        """Run a task to its end and return its result; other tasks advance meanwhile."""
        task = self.spawn(steps)
        try:
            while not task.is_done:
                self.advance()
        finally:
            task.cancel()
        return task.result()

    def spawn(self, steps: Steps[_Result]) -> LoopTask[_Result]:
        """Start a task; it runs while the loop is advanced."""
        task = LoopTask(steps)
        self._ready.append((task, task.turn, None, None))
        return task

    def advance(self, longest: float = math.inf) -> None:
        """Resume the tasks that can go on; wait *longest* seconds at most until there is one."""
        if not self._ready:
            self._poll(longest)
        for _ in range(len(self._ready)):
            task, turn, value, error = self._ready.popleft()
            if turn == task.turn and not task.is_done:
                self._step(task, value, error)

    def wake(self) -> None:
        """Let a running `advance` return soon; from any thread."""
        self._sockets.wake()

    def _step(self, task: LoopTask[Any], value: object, error: BaseException | None) -> None:
        task.turn += 1
        try:
            wait = task.steps.send(value) if error is None else task.steps.throw(error)
        except StopIteration as stop:
            task.end(stop.value)
        except Exception as raised:  # noqa: BLE001 - raised where the result is asked for
            task.end(error=raised)
        except BaseException as raised:  # raised again in the thread that waits for the task
            task.end(error=raised)
            raise
        else:
            self._wait_for(task, wait)
            return
        self._tell_waiters(task)

    def _tell_waiters(self, task: LoopTask[Any]) -> None:
        self._ready.extend((waiter, turn, None, None) for waiter, turn in task.waiters)
        task.waiters.clear()

    def _wait_for(self, task: LoopTask[Any], wait: Wait) -> None:
        if isinstance(wait, Transfer):
            if wait.handle is None:
                self._start(wait)
            wait.waiter = (task, task.turn)
            if wait.is_over:
                self._tell(wait)
        elif isinstance(wait, Sleep):
            self._sleep(wait.seconds, task, None)
        elif isinstance(wait, ThreadCall):
            self._call(wait, task)
        elif isinstance(wait, DiskCall):
            self._call_disk(wait, task)
        elif isinstance(wait, Spawn):
            self._ready.append((task, task.turn, self.spawn(wait.steps), None))
        elif wait.is_done:
            self._ready.append((task, task.turn, None, None))
        else:
            wait.waiters.append((task, task.turn))

    def _sleep(self, seconds: float, task: LoopTask[Any], error: BaseException | None) -> None:
        heapq.heappush(self._sleepers, (self._clock() + seconds, next(self._count), task, task.turn, error))

    def _call(self, wait: ThreadCall, task: LoopTask[Any]) -> None:
        turn = task.turn

        def run() -> None:
            try:
                answer = (task, turn, wait.call(), None)
            except BaseException as error:  # noqa: BLE001 - raised in the task
                self._answers.put((task, turn, None, error))
            else:
                self._answers.put(answer)
            self._sockets.wake()

        if wait.seconds < math.inf:
            late = DeadlineError(f"not done within {wait.seconds:g} s; try again or allow more time")
            self._sleep(wait.seconds, task, late)
        try:
            threading.Thread(target=run, name="clipaudio-helper", daemon=True).start()
        except RuntimeError:  # the system gives no more threads
            run()

    def _call_disk(self, wait: DiskCall, task: LoopTask[Any]) -> None:
        if self._transfers and self._disk_seconds > _SLOW_DISK:
            self._call(ThreadCall(functools.partial(self._timed, wait.call)), task)
            return
        try:
            value = self._timed(wait.call)
        except Exception as error:  # noqa: BLE001 - raised in the task
            self._ready.append((task, task.turn, None, error))
        else:
            self._ready.append((task, task.turn, value, None))

    def _timed(self, call: Callable[[], _Result]) -> _Result:
        began = time.monotonic()
        try:
            return call()
        finally:
            self._disk_seconds = time.monotonic() - began

    def _start(self, transfer: Transfer) -> None:
        handle = self._handles.pop() if self._handles else self._make_handle()
        transfer.start(handle, self._release, self._clock())
        self._transfers[handle.curl] = transfer
        self._multi.add_handle(handle.curl)

    def _release(self, transfer: Transfer) -> None:
        """Keep the handle of a transfer for the next one; a transfer that has not ended loses its connection."""
        handle = transfer.handle
        assert handle is not None
        if self._transfers.pop(handle.curl, None) is not None and self.close.alive:
            self._multi.remove_handle(handle.curl)
        if transfer.is_plain and len(self._handles) < _IDLE_HANDLES and self.close.alive:
            self._handles.append(handle)

    def _poll(self, longest: float) -> None:
        """Wait for sockets, timers and helper threads, and note which tasks can go on."""
        sockets, transfers = self._sockets, self._transfers
        now = self._clock()
        wait = min(longest, _LONGEST, *(one.due - now for one in transfers.values()))
        if self._sleepers:
            wait = min(wait, self._sleepers[0][0] - now)
        for event in sockets.wait(wait):
            self._multi.socket_action(*event)
        if sockets.is_timer_due():
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        if transfers:
            self._collect()
        now = self._clock()
        while self._sleepers and self._sleepers[0][0] <= now:
            _, _, task, turn, error = heapq.heappop(self._sleepers)
            self._ready.append((task, turn, None, error))
        while not self._answers.empty():
            self._ready.append(self._answers.get_nowait())

    def _collect(self) -> None:
        """Resume the tasks of transfers that have ended, have news, or are late."""
        _, done, failed = self._multi.info_read()
        for curl, code, message in (*((one, 0, "") for one in done), *failed):
            transfer = self._transfers.pop(curl)
            self._multi.remove_handle(curl)
            transfer.end(code, message)
            self._tell(transfer)
        now = self._clock()
        for transfer in self._transfers.values():
            if transfer.has_news(now):
                self._tell(transfer)

    def _tell(self, transfer: Transfer) -> None:
        if transfer.waiter is not None:
            task, turn = transfer.waiter
            transfer.waiter = None
            self._ready.append((task, turn, None, None))


class _Sockets:
    """The sockets and the timer that libcurl wants watched."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timer = math.inf
        self._woken, self._waker = socket.socketpair()
        for one in (self._woken, self._waker):
            one.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)

    def watch(self, what: int, descriptor: int, _multi: object, _data: object) -> None:
        """Watch a socket as libcurl asks."""
        if what == pycurl.POLL_REMOVE:
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(descriptor)
            return
        try:
            self._selector.modify(descriptor, _EVENTS[what])
        except KeyError:
            self._selector.register(descriptor, _EVENTS[what])

    def set_timer(self, milliseconds: int) -> None:
        """Note when libcurl wants to be called; -1 is never."""
        self._timer = math.inf if milliseconds < 0 else time.monotonic() + milliseconds / 1e3

    def is_timer_due(self) -> bool:
        if self._timer > time.monotonic():
            return False
        self._timer = math.inf
        return True

    def wait(self, seconds: float) -> list[tuple[int, int]]:
        """Return sockets with what happened to them, after *seconds* at most."""
        seconds = max(0.0, min(seconds, self._timer - time.monotonic()))
        events = []
        for key, mask in self._selector.select(seconds):
            if key.fileobj is self._woken:
                with contextlib.suppress(BlockingIOError):
                    self._woken.recv(4096)
                continue
            happened = (pycurl.CSELECT_IN if mask & selectors.EVENT_READ else 0) | (
                pycurl.CSELECT_OUT if mask & selectors.EVENT_WRITE else 0
            )
            events.append((key.fd, happened))
        return events

    def wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it wakes already; closed: nobody waits
            self._waker.send(b"\0")

    def close(self) -> None:
        self._selector.close()
        self._woken.close()
        self._waker.close()


def _close(multi: pycurl.CurlMulti, sockets: _Sockets, handles: list[Handle], process: int) -> None:
    """Close all connections, except in a process that was forked: they are its parent's."""
    if os.getpid() != process:
        return
    handles.clear()
    multi.close()
    sockets.close()
