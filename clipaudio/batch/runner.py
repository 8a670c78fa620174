"""Rows of clips into results: what is not done yet goes to workers in chunks, and into the ledger as it comes back.

Conventions
-----------
Only a window of chunks is under way, and nothing of a chunk is kept once it is in the ledger: ten million clips take
no more memory than ten thousand. A run that is killed has lost its window at most, (window + 1) chunks a worker; the
next run does those again, and writes the same bytes.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from clipaudio.api.download import safe_name
from clipaudio.batch.job import Job, Kind, Task
from clipaudio.batch.result import Failure, Key, Result
from clipaudio.batch.row import Row, Unreadable
from clipaudio.batch.worker import failed, work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from clipaudio.batch.engines import Engine, Pending
    from clipaudio.batch.ledger import Ledger

__all__ = ["Batch", "Skipped"]

_Item = TypeVar("_Item")
_GROUP: Final = 512  # rows that are looked up at once


@dataclass(frozen=True, slots=True)
class Skipped:
    """A clip of which everything is done already."""

    id: str


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
    do
        What a worker does with a job and its tasks.

    Examples
    --------
    >>> import tempfile
    >>> from clipaudio.batch.engines import open_engine
    >>> from clipaudio.batch.ledger import Ledger
    >>> from clipaudio.batch.storage import Folder
    >>> folder = tempfile.mkdtemp()
    >>> stamps = b'{"graph_chars": ["H", "i"], "graph_times": [[0.0, 0.1], [0.1, 0.3]]}'
    >>> row = Row(id="cecad6f9", callback=b'{"id": "cecad6f9", "audio_timestamps": ' + stamps + b"}")
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
    do: Callable[[Job, Sequence[Task]], list[Result]] = work

    def run(self, rows: Iterable[Row | Unreadable]) -> Iterator[Result | Skipped | Unreadable]:
        """Give what becomes of each output, and of each row that asks for none, as it is known."""
        said: deque[Result | Skipped | Unreadable] = deque()
        chunks = _chunked(self._tasks(rows, said), self.chunk)
        under_way: deque[tuple[list[Task], Pending]] = deque()
        while True:
            while len(under_way) < self.engine.workers * (self.window + 1) and not self.stop.is_set():
                chunk = next(chunks, None)
                if chunk is None:
                    break
                under_way.append((chunk, self._submit(chunk)))
            while said:
                yield said.popleft()
            if not under_way:
                return
            yield from self._take(under_way)

    def plan(self, rows: Iterable[Row | Unreadable]) -> Iterator[Task | Result | Skipped | Unreadable]:
        """Tell what would be done, and do nothing."""
        said: deque[Result | Skipped | Unreadable] = deque()
        for task in self._tasks(rows, said, is_dry=True):
            while said:
                yield said.popleft()
            yield task
        yield from said

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
        self.engine.renew(error)
        for tasks, trouble in lost:
            self.ledger.append(failed(tasks, "lost", trouble))
        for tasks, _ in lost:
            yield from self._alone(_again(tasks))

    def _alone(self, chunk: list[Task]) -> Iterator[Result]:
        """Do *chunk* with nothing else under way; where it goes down again, clip by clip."""
        if self.stop.is_set():
            return
        pending = self._submit(chunk)
        error = pending.exception()
        if error is None:
            yield from self._written(pending.result())
            return
        self.engine.renew(error)
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

    def _tasks(
        self, rows: Iterable[Row | Unreadable], said: deque[Result | Skipped | Unreadable], *, is_dry: bool = False
    ) -> Iterator[Task]:
        """Give what is left to be done, and put what is to be said of other rows into *said*."""
        kinds = self.job.kinds
        for group in _chunked(rows, _GROUP):
            clips = []
            for row in group:
                if isinstance(row, Row):
                    clips.append(row)
                else:
                    said.append(row)
            fresh = self.ledger.first_seen([row.id for row in clips])
            for row, is_first in zip(clips, fresh, strict=True):
                if not is_first:
                    again = _duplicate(row)
                    said.append(again)
                    if not is_dry:
                        self.ledger.append([again])
            wanted = [row for row, is_first in zip(clips, fresh, strict=True) if is_first]
            yield from self._unfinished(wanted, kinds, said)

    def _unfinished(
        self, rows: list[Row], kinds: tuple[Kind, ...], said: deque[Result | Skipped | Unreadable]
    ) -> Iterator[Task]:
        standings = iter(self.ledger.done([Key(row.id, kind.name, kind.options) for row in rows for kind in kinds]))
        for row in rows:
            audio = None
            left = []
            for kind in kinds:
                standing = next(standings)
                if standing.is_done and not self.redo and self._is_there(row, kind, standing.bytes):
                    if kind.name == "audio":
                        audio = self._output_of(row, kind)
                    continue
                left.append((kind, standing.attempt + 1))
            if left:
                yield Task(row, tuple(left), audio)
            else:
                said.append(Skipped(row.id))

    def _is_there(self, row: Row, kind: Kind, size: int | None) -> bool:
        key = self._output_of(row, kind) if kind.name == "audio" else self.job.key(row.id, kind)
        return key is not None and self.job.place.holds(key, size)

    def _output_of(self, row: Row, kind: Kind) -> str | None:
        """Tell where a fetched audio lies: its bytes gave its suffix."""
        (found,) = self.ledger.get([Key(row.id, kind.name, kind.options)])
        return None if found is None else found.output


def _chunked(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    iterator = iter(items)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


def _again(tasks: list[Task]) -> list[Task]:
    """Count one more try."""
    return [task._replace(kinds=tuple((kind, attempt + 1) for kind, attempt in task.kinds)) for task in tasks]


def _duplicate(row: Row) -> Result:
    """Say that another row of this run writes the same files; that row stands."""
    name = safe_name(row.id)
    message = f"{row.where or row.id}: a row before it writes the same files ({name}); give it an id of its own"
    failure = Failure(stage="plan", type="DuplicateId", message=message)
    return Result(id=row.id, kind="duplicate", status="error", error=failure)
