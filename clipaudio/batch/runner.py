"""Run a batch: send unfinished outputs to workers in chunks, and write their results to the ledger.

Conventions
-----------
Only a window of chunks is in memory: ten million clips take no more than ten thousand. A killed run loses its window at
most, (window + 1) chunks a worker; the next run repeats those and writes the same bytes.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clipaudio.batch.job import Job, Task
from clipaudio.batch.planning import Skipped, plan
from clipaudio.batch.result import Result, encodable
from clipaudio.batch.worker import failed, work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from clipaudio.batch.clip_spec import ClipSpec, Unreadable
    from clipaudio.batch.engines import Engine, Pending
    from clipaudio.batch.ledger import Ledger

__all__ = ["Batch"]

_log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Batch:
    """A run over *rows*.

    Parameters
    ----------
    job
        The outputs of every clip.
    ledger
        The results so far; new ones are appended.
    engine
        It runs the tasks.
    chunk
        Clips in one task of a worker, None for `Job.chunk`; half a second to two seconds of work is best.
    window
        Chunks waiting for each worker, besides the one it works on.
    redo
        Make finished outputs again.
    fail_fast
        Submit nothing more after the first failure.
    stop
        Set it to stop in order: tasks under way are finished and recorded.
    sweep
        Remove unfinished files of killed runs from each folder before writing there. Turn it off if other machines
        write to the same place: their unfinished files look the same.
    do
        The function a worker calls with a job and its tasks.

    Examples
    --------
    >>> import tempfile
    >>> from clipaudio.batch.engines import open_engine
    >>> from clipaudio.batch.ledger import Ledger
    >>> from clipaudio.batch.clip_spec import ClipSpec
    >>> from clipaudio.batch.output_store import Folder
    >>> folder = tempfile.mkdtemp()
    >>> stamps = b'{"graph_chars": ["H", "i"], "graph_times": [[0.0, 0.1], [0.1, 0.3]]}'
    >>> row = ClipSpec(id="cecad6f9", callback=b'{"id": "cecad6f9", "audio_timestamps": ' + stamps + b"}")
    >>> job = Job(place=Folder(folder), exports=("srt",))
    >>> with Ledger(folder + "/ledger.jsonl") as ledger, open_engine("threads") as engine:
    ...     [result.output for result in Batch(job=job, ledger=ledger, engine=engine).run([row])]
    ...     list(Batch(job=job, ledger=ledger, engine=engine).run([row]))
    ['ce/cecad6f9.srt']
    [Skipped(id='cecad6f9')]
    """

    job: Job
    ledger: Ledger
    engine: Engine
    chunk: int | None = None
    window: int = 2
    redo: bool = False
    fail_fast: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    sweep: bool = True
    do: Callable[[Job, Sequence[Task]], list[Result]] = work
    _swept: set[str] = field(default_factory=set, init=False, repr=False)

    def run(self, rows: Iterable[ClipSpec | Unreadable]) -> Iterator[Result | Skipped | Unreadable]:
        """Yield the result of each output, and each skipped or unreadable row, as they become known."""
        under_way: deque[tuple[list[Task], Pending]] = deque()
        chunk: list[Task] = []
        size = self.job.chunk if self.chunk is None else self.chunk
        for step in plan(rows, self.job, self.ledger, redo=self.redo):
            if self.stop.is_set():
                break
            if isinstance(step, Task):
                self._prepare(step)
                chunk.append(step)
            elif isinstance(step, Result):
                yield from self._record([step])
            else:
                yield step
            if len(chunk) == size:
                under_way.append((chunk, self._submit(chunk)))
                chunk = []
            while len(under_way) >= self.engine.workers * (self.window + 1):
                yield from self._take(under_way)
        if chunk and not self.stop.is_set():
            under_way.append((chunk, self._submit(chunk)))
        while under_way:
            yield from self._take(under_way)

    def _prepare(self, task: Task) -> None:
        """Sweep the output folder of *task*, once."""
        folder = self.job.key(task.row.id, task.kinds[0][0]).rpartition("/")[0]
        if self.sweep and folder not in self._swept:
            self._swept.add(folder)
            self.job.place.sweep(folder)

    def _renew(self, error: BaseException) -> None:
        """Replace the workers; their unfinished files are swept before the clips are tried again."""
        self.engine.renew(error)
        self._swept.clear()

    def _submit(self, chunk: list[Task]) -> Pending:
        return self.engine.submit(self.do, self.job, chunk)

    def _take(self, under_way: deque[tuple[list[Task], Pending]]) -> Iterator[Result]:
        """Wait for the oldest chunk and record its results."""
        chunk, pending = under_way.popleft()
        error = pending.exception()
        if error is None:
            yield from self._record(pending.result())
            return
        # a broken pool has lost all its chunks: each is tried alone, to find the one at fault
        lost = [(chunk, error)]
        for _ in range(len(under_way)):
            other, waiting = under_way.popleft()
            trouble = waiting.exception()
            if trouble is None:
                yield from self._record(waiting.result())
            else:
                lost.append((other, trouble))
        _log.info("%d chunks were lost: %s; each is tried alone", len(lost), error)
        self._renew(error)
        for tasks, trouble in lost:
            self.ledger.append(failed(tasks, "lost", trouble))
        for tasks, _ in lost:
            yield from self._alone(_again(tasks))

    def _alone(self, chunk: list[Task]) -> Iterator[Result]:
        """Run *chunk* with nothing else under way; if it breaks the pool again, run it clip by clip."""
        if self.stop.is_set():
            return
        for task in chunk:
            self._prepare(task)
        pending = self._submit(chunk)
        error = pending.exception()
        if error is None:
            yield from self._record(pending.result())
            return
        self._renew(error)
        if len(chunk) == 1:
            yield from self._record(failed(chunk, "crashed", error))
            return
        self.ledger.append(failed(chunk, "lost", error))
        for task in _again(chunk):
            yield from self._alone([task])

    def _record(self, results: list[Result]) -> Iterator[Result]:
        try:
            self.ledger.append(results)
        except (TypeError, ValueError, OverflowError, RecursionError):  # one of them has no JSON form; none is written
            results = [encodable(result) for result in results]
            self.ledger.append(results)
        if self.fail_fast and not all(result.is_ok for result in results):
            self.stop.set()
        yield from results


def _again(tasks: list[Task]) -> list[Task]:
    """Return *tasks* with their attempts counted up."""
    return [task._replace(kinds=tuple((kind, attempt + 1) for kind, attempt in task.kinds)) for task in tasks]
