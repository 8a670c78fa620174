"""Tasks are resumed with what they waited for, in order, and end where they are cancelled."""

from __future__ import annotations

import threading
import time

import pytest

from clipaudio.errors import DeadlineError
from clipaudio.http.loop import DiskCall, EventLoop, Sleep, Spawn, ThreadCall
from clipaudio.http.transfer import Handle


@pytest.fixture
def loop():
    made = EventLoop(Handle)
    yield made
    made.close()


def test_sleepers_wake_in_the_order_of_their_times(loop):
    woken = []

    def sleeper(seconds):
        yield Sleep(seconds)
        woken.append(seconds)

    def steps():
        late = yield Spawn(sleeper(0.03))
        for seconds in (0.0, 0.02, 0.01):
            yield Spawn(sleeper(seconds))
        yield late

    loop.run(steps())
    assert woken == [0.0, 0.01, 0.02, 0.03]


def test_a_thread_call_runs_elsewhere_and_gives_its_result_or_its_error(loop):
    def steps():
        thread = yield ThreadCall(threading.get_ident)
        try:
            yield ThreadCall(lambda: 1 // 0)
        except ZeroDivisionError as error:
            return thread, error

    thread, error = loop.run(steps())
    assert thread != threading.get_ident()
    assert isinstance(error, ZeroDivisionError)


def test_a_thread_call_that_is_late_is_a_deadline_and_its_answer_is_ignored(loop):
    let_go = threading.Event()

    def steps():
        try:
            yield ThreadCall(let_go.wait, 0.01)
        except DeadlineError:
            let_go.set()
        return (yield ThreadCall(lambda: time.sleep(0.05) or "second"))

    assert loop.run(steps()) == "second"


def test_a_disk_call_runs_in_the_loop_or_elsewhere_with_the_same_result(loop):
    def steps():
        first = yield DiskCall(lambda: time.sleep(0.01) or threading.get_ident())
        return first, (yield DiskCall(lambda: 7))

    assert loop.run(steps()) == (threading.get_ident(), 7)
    with pytest.raises(OSError, match="full"):
        loop.run(failing())


def failing():
    def fail():
        raise OSError("full")

    yield DiskCall(fail)


def test_a_task_that_waits_for_one_that_has_ended_goes_on(loop):
    def nothing():
        return 3
        yield

    def steps():
        task = yield Spawn(nothing())
        yield task
        yield task
        return task.result()

    assert loop.run(steps()) == 3


def test_a_cancelled_task_ends_where_it_waits(loop):
    ended = []

    def steps():
        try:
            yield Sleep(3600.0)
        finally:
            ended.append(True)

    task = loop.spawn(steps())
    loop.advance()
    task.cancel()
    task.cancel()
    assert ended == [True]
    with pytest.raises(RuntimeError, match="cancelled"):
        task.result()


def test_an_error_of_a_task_is_raised_where_its_result_is_asked_for(loop):
    def steps():
        yield Sleep(0.0)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        loop.run(steps())


def test_another_thread_can_wake_a_loop_that_waits(loop):
    task = loop.spawn(iter_forever())
    loop.advance()
    threading.Timer(0.01, loop.wake).start()
    loop.advance()
    task.cancel()


def iter_forever():
    yield Sleep(3600.0)


def test_a_loop_that_is_closed_twice_is_closed(loop):
    loop.close()
    loop.close()
