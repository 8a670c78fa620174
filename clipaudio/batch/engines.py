"""Engines that run tasks: threads, processes, a Dask or Ray cluster, or any executor, behind one small interface.

Conventions
-----------
`submit` takes a function with its arguments and returns an object with ``exception()`` and ``result()``, which wait.
Results travel by pickle, so they are small. A worker that dies shows as an exception.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any, Final, Protocol

from clipaudio.errors import EngineError
from clipaudio.extras import import_extra
from clipaudio.system import ENDING_SIGNALS, MOST_PROCESSES, signals_blocked
from clipaudio.waits import SLICE, close_executor, wait_for_outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ENGINES", "Engine", "ExecutorEngine", "Pending", "open_engine"]

_MOST_JOBS: Final = 8  # by default


class Pending(Protocol):
    """A submitted task."""

    def exception(self) -> BaseException | None:
        """Wait; return the exception of the task or of its worker, None if it succeeded."""
        ...

    def result(self) -> Any:  # noqa: ANN401 - the result of any function
        """Wait; return the result of the function."""
        ...


class Engine(Protocol):
    """A runner of tasks, `workers` at once."""

    workers: int

    def submit(self, function: Callable[..., Any], /, *arguments: object) -> Pending:
        """Start a task."""
        ...

    def renew(self, error: BaseException) -> None:
        """Recover from *error*, so that tasks can be submitted again."""
        ...


class ExecutorEngine:
    """Any `concurrent.futures.Executor`: a pool of your own, loky, mpi4py.futures, dask's ``get_executor``, ….

    Parameters
    ----------
    make
        Return a new executor; called again if one breaks.
    workers
        The number of tasks it runs at once.

    Examples
    --------
    >>> engine = ExecutorEngine(lambda: ThreadPoolExecutor(2), 2)
    >>> engine.submit(pow, 2, 5).result()
    32
    >>> engine.close()
    """

    def __init__(self, make: Callable[[], Executor], workers: int) -> None:
        self.workers = workers
        self._make = make
        self._executor = make()
        self._under_way: set[Future[Any]] = set()

    def submit(self, function: Callable[..., Any], /, *arguments: object) -> Pending:
        """Start a task; a broken pool is replaced first."""
        try:
            return self._start(function, *arguments)
        except BrokenExecutor as error:
            self.renew(error)
            return self._start(function, *arguments)

    def _start(self, function: Callable[..., Any], /, *arguments: object) -> Pending:
        future = self._executor.submit(function, *arguments)
        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        return _ExecutorPending(future)

    def renew(self, error: BaseException) -> None:
        """Replace the pool if *error* says that it is broken."""
        if isinstance(error, BrokenExecutor):
            self.close()
            self._executor = self._make()

    def close(self) -> None:
        """Cancel tasks that have not started, and wait for the others."""
        close_executor(self._executor, self._under_way.copy())


class _ProcessEngine(ExecutorEngine):
    """A pool of processes, which start when tasks are submitted."""

    def submit(self, function: Callable[..., Any], /, *arguments: object) -> Pending:
        """Start a task; a worker process that starts now must not receive Ctrl-C."""
        with _uninterrupted():
            return super().submit(function, *arguments)


class _ClusterEngine:
    """A cluster that replaces its own workers."""

    def __init__(self, workers: int, submit: Callable[..., Pending]) -> None:
        self.workers = workers
        self._submit = submit

    def submit(self, function: Callable[..., Any], /, *arguments: object) -> Pending:
        """Start a task."""
        return self._submit(function, *arguments)

    def renew(self, error: BaseException) -> None:
        """Do nothing: the cluster has replaced its workers already."""


@contextlib.contextmanager
def open_engine(name: str, *, jobs: int | None = None, scheduler: str | None = None) -> Iterator[Engine]:
    """Open the engine *name*, one of `ENGINES`, until the block ends.

    Parameters
    ----------
    jobs
        Workers; None means one a processor, at most 8, or all workers of an existing cluster.
    scheduler
        The address of an existing cluster (``tcp://…`` for dask, ``ray://…`` or "auto" for ray); None starts one on
        this machine.

    Raises
    ------
    MissingExtraError
        The package of the engine is not installed.
    EngineError
        There is no cluster at *scheduler*.
    KeyError
        There is no such engine.

    Examples
    --------
    >>> with open_engine("threads", jobs=2) as engine:
    ...     engine.submit(len, "abc").result()
    3
    """
    with ENGINES[name](jobs, scheduler) as engine:
        yield engine


def _usual(jobs: int | None) -> int:
    return jobs or min(os.cpu_count() or 1, _MOST_JOBS)


@contextlib.contextmanager
def _threads(jobs: int | None, _: str | None) -> Iterator[Engine]:
    workers = _usual(jobs)
    engine = ExecutorEngine(lambda: ThreadPoolExecutor(workers, thread_name_prefix="clipaudio-batch"), workers)
    with contextlib.closing(engine):
        yield engine


@contextlib.contextmanager
def _processes(jobs: int | None, _: str | None) -> Iterator[Engine]:
    workers = min(_usual(jobs), MOST_PROCESSES)
    context = multiprocessing.get_context("spawn")  # a fork would copy locks that our threads hold
    engine = _ProcessEngine(
        lambda: ProcessPoolExecutor(workers, mp_context=context, initializer=_follow_the_parent), workers
    )
    with contextlib.closing(engine):
        yield engine


@contextlib.contextmanager
def _dask(jobs: int | None, scheduler: str | None) -> Iterator[Engine]:
    distributed = import_extra("distributed", extra="dask", purpose="this engine")
    with contextlib.ExitStack() as opened:
        where: Any = scheduler
        if where is None:
            with _uninterrupted():
                where = distributed.LocalCluster(
                    n_workers=_usual(jobs),
                    threads_per_worker=1,
                    dashboard_address=":0",  # any free port: another cluster may have the usual one
                    silence_logs=logging.ERROR,
                    scheduler_kwargs={"allowed_failures": 0},  # the batch retries by itself, one chunk at a time
                )
            opened.enter_context(where)
        try:
            client = opened.enter_context(distributed.Client(where))
        except (OSError, ValueError) as error:
            raise EngineError(f"no dask scheduler at {scheduler}: {error}; check the address") from error
        workers = jobs or max(sum(client.nthreads().values()), 1)
        yield _ClusterEngine(
            workers, lambda function, *arguments: _DaskPending(client.submit(function, *arguments, pure=False))
        )


@contextlib.contextmanager
def _ray(jobs: int | None, scheduler: str | None) -> Iterator[Engine]:
    ray = import_extra("ray", extra="ray", purpose="this engine")
    here: dict[str, Any] = {} if scheduler else {"num_cpus": _usual(jobs), "include_dashboard": False}
    ray.init(address=scheduler, log_to_driver=False, configure_logging=False, **here)
    try:
        workers = jobs or max(int(ray.cluster_resources().get("CPU", 1)), 1)
        call = ray.remote(max_retries=0)(_call)  # the batch retries by itself, one chunk at a time
        yield _ClusterEngine(workers, lambda function, *arguments: _RayPending(call.remote(function, *arguments)))
    finally:
        ray.shutdown()


class _ExecutorPending:
    """A future, waited for in slices."""

    def __init__(self, future: Future[Any]) -> None:
        self._future = future

    def exception(self) -> BaseException | None:
        return wait_for_outcome(self._future)

    def result(self) -> Any:  # noqa: ANN401 - the result of any function
        wait_for_outcome(self._future)
        return self._future.result(timeout=0)


class _DaskPending:
    """A future of Dask; a lost scheduler is an `EngineError`, because nothing can be retried without it."""

    def __init__(self, future: Any) -> None:  # noqa: ANN401 - dask's own
        self._future = future
        self._is_over = threading.Event()
        future.add_done_callback(lambda _: self._is_over.set())

    def _wait(self) -> None:
        """Wait in slices; a future that is lost with its cluster may call nobody back."""
        while not (self._is_over.wait(SLICE) or self._future.done()):
            pass

    def exception(self) -> BaseException | None:
        self._wait()
        try:
            found: BaseException | None = self._future.exception(timeout=None)
        except CancelledError as error:
            raise self._lost() from error
        if self._future.cancelled():
            raise self._lost()
        return found

    def result(self) -> Any:  # noqa: ANN401 - the result of any function
        self._wait()
        try:
            return self._future.result(timeout=None)
        except CancelledError as error:
            raise self._lost() from error

    @staticmethod
    def _lost() -> EngineError:
        return EngineError("the dask cluster went away; run the same command again when it is back")


class _RayPending:
    """The reference of a task, with the two methods of a future."""

    def __init__(self, reference: Any) -> None:  # noqa: ANN401 - ray's own
        self._reference = reference

    def exception(self) -> BaseException | None:
        import ray  # noqa: PLC0415 - already loaded by `_ray`

        self._wait()
        try:
            ray.get(self._reference)
        except ray.exceptions.RayError as error:
            found: BaseException = getattr(error, "cause", None) or error  # the exception of the function
            return found
        return None

    def result(self) -> Any:  # noqa: ANN401 - the result of any function
        import ray  # noqa: PLC0415 - as above

        self._wait()
        return ray.get(self._reference)

    def _wait(self) -> None:
        import ray  # noqa: PLC0415 - as above

        while not ray.wait([self._reference], timeout=SLICE, fetch_local=False)[0]:
            pass


ENGINES: Final[dict[str, Callable[[int | None, str | None], contextlib.AbstractContextManager[Engine]]]] = {
    "threads": _threads,
    "processes": _processes,
    "dask": _dask,
    "ray": _ray,
}
"""The engines by name."""


def _call(function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401 - the result of any function
    return function(*arguments)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Block Ctrl-C in threads and processes that start in this block, from their first moment."""
    if sys.platform != "win32":
        resource_tracker.ensure_running()  # else the first process starts it, which unblocks the signal too early
    with signals_blocked(signal.SIGINT):
        yield


def _follow_the_parent() -> None:
    """Set up a worker: ignore Ctrl-C, which the parent handles, and exit if the parent is killed."""
    for number in set(ENDING_SIGNALS) - {signal.SIGTERM}:
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
