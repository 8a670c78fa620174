"""Ctrl-C is heard everywhere: the code is read for waits that Windows would not interrupt."""

from __future__ import annotations

import ast
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from clipaudio import waits

ROOT = Path(__file__).parents[2] / "clipaudio"
WAITS = {"join", "result", "exception", "wait", "acquire", "get", "shutdown"}
# (file, call): why it does not keep the main thread
ALLOWED = {
    ("waits.py", "executor.shutdown"): "its tasks are over",
    ("http/loop.py", "task.result"): "a task of our loop, which has ended",
    ("cli/background.py", "self._waiting.get"): "runs in its own thread",
    ("cli/refusals.py", "self._came.wait"): "runs in its own thread",
    ("download/digest.py", "waiting.get"): "runs in its own thread",
    ("receive/commit_batcher.py", "job.result"): "in the thread of the listener, and the job has ended",
    ("receive/commit_batcher.py", "self._thread.shutdown"): "in the thread of the listener",
    ("batch/engines.py", "parent.join"): "runs in its own thread",
    ("batch/engines.py", "ray.shutdown"): "Ray's own, which has its time limits",
    ("batch/runner.py", "pending.exception"): "of the engines, which wait in slices",
    ("batch/runner.py", "pending.result"): "as above",
    ("batch/runner.py", "waiting.exception"): "as above",
    ("batch/runner.py", "waiting.result"): "as above",
    ("resemble/client.py", "self._pace.wait"): "sleeps, which Ctrl-C ends on Windows too",
    ("emulator/server.py", "sys.exception"): "no wait",
    ("receive/listener.py", "task.exception"): "of a task that has ended",
    ("emulator/server.py", "self.shutdown"): "asks the server of socketserver to end, which looks 20 times a second",
}


def has_timeout(call: ast.Call) -> bool:
    names = {word.arg for word in call.keywords}
    return bool(call.args) or "timeout" in names or "blocking" in names


def find_endless_waits():
    """Yield (file, call) of each call that may wait without an end."""
    for file in sorted(ROOT.rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        awaited = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Await)}
        for node in ast.walk(tree):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and id(node) not in awaited
            if is_call and node.func.attr in WAITS and not has_timeout(node):
                yield file.relative_to(ROOT).as_posix(), ast.unparse(node.func)


def test_no_wait_without_a_timeout_can_keep_the_main_thread():
    assert sorted(set(find_endless_waits()) - set(ALLOWED)) == []


def test_each_exception_to_that_rule_is_still_in_the_code():
    assert sorted(set(ALLOWED) - set(find_endless_waits())) == []


def test_no_pool_is_closed_by_a_with_block_in_the_main_thread():
    """Its end waits for all tasks."""
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in sorted(ROOT.rglob("*.py"))
        for item in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(item, ast.withitem) and "PoolExecutor" in ast.unparse(item.context_expr)
        for node in [item.context_expr]
    ]
    assert found == []


def test_join_and_wait_report_a_timeout_and_success():
    event = threading.Event()
    thread = threading.Thread(target=event.wait, args=(60,))
    thread.start()
    assert (waits.join(thread, 0.01), waits.wait(event, 0.01), waits.join(thread, 0)) == (False, False, False)
    event.set()
    assert (waits.join(thread), waits.wait(event), waits.wait(event, 0)) == (True, True, True)


def test_wait_until_holds_the_condition_when_it_returns():
    condition, done = threading.Condition(), []

    def work():
        with condition:
            done.append(1)
            condition.notify_all()

    with condition:
        threading.Thread(target=work).start()
        assert waits.wait_until(condition, lambda: bool(done), 60)
        assert not waits.wait_until(condition, lambda: False, 0.01)


def test_outcome_of_a_task_that_raised_timeout_error_is_that_error():
    error = TimeoutError("of the task")
    future: Future[None] = Future()
    future.set_exception(error)
    assert waits.wait_for_outcome(future) is error


def test_closing_a_pool_cancels_what_has_not_begun_and_waits_for_the_rest():
    begun, may_end = threading.Event(), threading.Event()

    def work():
        begun.set()
        return may_end.wait(60)

    pool = ThreadPoolExecutor(1)
    futures = [pool.submit(work), pool.submit(time.time)]
    assert begun.wait(60)
    closer = threading.Thread(target=waits.close_executor, args=(pool, futures))
    closer.start()
    while not futures[1].cancelled():
        waits.join(closer, 0.01)
    assert closer.is_alive()
    may_end.set()
    assert waits.join(closer, 60)
    assert futures[0].result(0)
    with pytest.raises(RuntimeError, match="shutdown"):
        pool.submit(work)
