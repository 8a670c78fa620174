"""Rows of clips into results: what is not done yet goes to workers in chunks, and into the ledger as it comes back.

Conventions
-----------
Only a window of chunks is under way, and nothing of a chunk is kept once it is in the ledger: ten million clips take
no more memory than ten thousand. A run that is killed has lost its window at most, (window + 1) chunks a worker; the
next run does those again, and writes the same bytes.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clipaudio.batch.job import Job, Task
from clipaudio.batch.planning import Skipped, plan
from clipaudio.batch.result import Result
from clipaudio.batch.worker import failed, work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from clipaudio.batch.clip_spec import ClipSpec, Unreadable
    from clipaudio.batch.engines import Engine, Pending
    from clipaudio.batch.ledger import Ledger

__all__ = ["Batch"]


@dataclass(kw_only=True)
class Batch:
    """A run over *rows*.

    Parameters
    ----------
    job
        What is made of every clip.
    ledger
        What was done, and where what is done now is written.
    engine
        Who does it.
    chunk
        Clips a worker is handed at once; half a second of work to two is best.
    window
        Chunks a worker has waiting besides the one it is at.
    redo
        Do again what is done already.
    fail_fast
        Hand out nothing more once something failed.
    stop
        Set it to end in order: what is under way is finished and written down.
    sweep
        Remove what runs that were killed had begun to write, in each folder before something is written there. Turn it
        off where other machines write into the place: what they are at looks the same.
    do
        What a worker does with a job and its tasks.

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
    chunk: int = 16
    window: int = 2
    redo: bool = False
    fail_fast: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    sweep: bool = True
    do: Callable[[Job, Sequence[Task]], list[Result]] = work
    _swept: set[str] = field(default_factory=set, init=False, repr=False)

    def run(self, rows: Iterable[ClipSpec | Unreadable]) -> Iterator[Result | Skipped | Unreadable]:
        """Give what becomes of each output, and of each row that asks for none, as it is known."""
        under_way: deque[tuple[list[Task], Pending]] = deque()
        chunk: list[Task] = []
        for step in plan(rows, self.job, self.ledger, redo=self.redo):
            if self.stop.is_set():
                break
            if isinstance(step, Task):
                self._prepare(step)
                chunk.append(step)
            elif isinstance(step, Result):
                yield from self._written([step])
            else:
                yield step
            if len(chunk) == self.chunk:
                under_way.append((chunk, self._submit(chunk)))
                chunk = []
            while len(under_way) >= self.engine.workers * (self.window + 1):
                yield from self._take(under_way)
        if chunk and not self.stop.is_set():
            under_way.append((chunk, self._submit(chunk)))
        while under_way:
            yield from self._take(under_way)

    def _prepare(self, task: Task) -> None:
        """Sweep the folder of what *task* writes, once."""
        folder = self.job.key(task.row.id, task.kinds[0][0]).rpartition("/")[0]
        if self.sweep and folder not in self._swept:
            self._swept.add(folder)
            self.job.place.sweep(folder)

    def _renew(self, error: BaseException) -> None:
        """Go on with new workers; what the old ones had begun is swept before its clip is tried again."""
        self.engine.renew(error)
        self._swept.clear()

    def _submit(self, chunk: list[Task]) -> Pending:
        return self.engine.submit(self.do, self.job, chunk)

    def _take(self, under_way: deque[tuple[list[Task], Pending]]) -> Iterator[Result]:
        """Wait for the oldest chunk and write down what became of it."""
        chunk, pending = under_way.popleft()
        error = pending.exception()
        if error is None:
            yield from self._written(pending.result())
            return
        # a pool that broke has lost all it had: each chunk is tried alone, so that the one at fault is found
        lost = [(chunk, error)]
        for _ in range(len(under_way)):
            other, waiting = under_way.popleft()
            trouble = waiting.exception()
            if trouble is None:
                yield from self._written(waiting.result())
            else:
                lost.append((other, trouble))
        self._renew(error)
        for tasks, trouble in lost:
            self.ledger.append(failed(tasks, "lost", trouble))
        for tasks, _ in lost:
            yield from self._alone(_again(tasks))

    def _alone(self, chunk: list[Task]) -> Iterator[Result]:
        """Do *chunk* with nothing else under way; where it goes down again, clip by clip."""
        if self.stop.is_set():
            return
        for task in chunk:
            self._prepare(task)
        pending = self._submit(chunk)
        error = pending.exception()
        if error is None:
            yield from self._written(pending.result())
            return
        self._renew(error)
        if len(chunk) == 1:
            yield from self._written(failed(chunk, "crashed", error))
            return
        self.ledger.append(failed(chunk, "lost", error))
        for task in _again(chunk):
            yield from self._alone([task])

    def _written(self, results: list[Result]) -> Iterator[Result]:
        self.ledger.append(results)
        if self.fail_fast and not all(result.is_ok for result in results):
            self.stop.set()
        yield from results


def _again(tasks: list[Task]) -> list[Task]:
    """Count one more try."""
    return [task._replace(kinds=tuple((kind, attempt + 1) for kind, attempt in task.kinds)) for task in tasks]
