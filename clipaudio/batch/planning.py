"""Turn rows into tasks: the outputs of each clip that are not done yet.

Conventions
-----------
An output is done if the ledger says so and its file still has that size. The first row of an id counts; another row
that would write the same files is an error.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from clipaudio.batch.clip_spec import ClipSpec, Unreadable
from clipaudio.batch.index import Names
from clipaudio.batch.job import Job, Task
from clipaudio.batch.result import Failure, Key, Result
from clipaudio.file_names import safe_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clipaudio.batch.ledger_reader import LedgerReader

__all__ = ["Skipped", "chunked", "plan"]

_Item = TypeVar("_Item")
_GROUP: Final = 512  # rows in one query


@dataclass(frozen=True, slots=True)
class Skipped:
    """A clip whose outputs are all done."""

    id: str


def plan(
    rows: Iterable[ClipSpec | Unreadable], job: Job, ledger: LedgerReader, *, redo: bool = False
) -> Iterator[Task | Result | Skipped | Unreadable]:
    """Yield a task for each clip with outputs to make, and a `Skipped`, error or `Unreadable` for each other row.

    Parameters
    ----------
    redo
        Make finished outputs again.

    Examples
    --------
    >>> import tempfile
    >>> from clipaudio.batch.ledger import Ledger
    >>> from clipaudio.batch.output_store import Folder
    >>> job = Job(place=Folder("out"), exports=("srt", "vtt"))
    >>> with Ledger(tempfile.mkdtemp() + "/ledger.jsonl") as ledger:
    ...     [task] = plan([ClipSpec(id="cecad6f9")], job, ledger)
    ...     [(kind.name, attempt) for kind, attempt in task.kinds]
    [('srt', 1), ('vtt', 1)]
    """
    names = Names()
    try:
        for group in chunked(rows, _GROUP):
            fresh = iter(names.first_seen([row.id for row in group if isinstance(row, ClipSpec)]))
            wanted = []
            for row in group:
                if isinstance(row, Unreadable):
                    yield row
                elif next(fresh):
                    wanted.append(row)
                else:
                    yield _duplicate(row)
            yield from _unfinished(wanted, job, ledger, redo=redo)
    finally:
        names.close()


def chunked(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    """Yield *items* in lists of *size*; the last one may be shorter.

    >>> list(chunked("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    iterator = iter(items)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk


def _unfinished(rows: list[ClipSpec], job: Job, ledger: LedgerReader, *, redo: bool) -> Iterator[Task | Skipped]:
    kinds = job.kinds
    statuses = iter(ledger.done([Key(row.id, kind.name, kind.options) for row in rows for kind in kinds]))
    for row, audio in zip(rows, _fetched(rows, job, ledger), strict=True):
        left = []
        for kind in kinds:
            status = next(statuses)
            is_held = (
                audio is not None if kind.name == "audio" else job.place.holds(job.key(row.id, kind), status.bytes)
            )
            if redo or not status.is_done or not is_held:
                left.append((kind, status.attempt + 1))
        is_refetched = any(kind.name == "audio" for kind, _ in left)
        yield Task(row, tuple(left), None if is_refetched else audio) if left else Skipped(row.id)


def _fetched(rows: list[ClipSpec], job: Job, ledger: LedgerReader) -> list[str | None]:
    """Return where the fetched audio of each row is, None if it is not; its suffix depends on its bytes."""
    if not job.is_fetching and not job.conversions:
        return [None] * len(rows)
    found = ledger.get([Key(row.id, job.audio.name, job.audio.options) for row in rows])
    return [
        one.output
        if one is not None and one.is_ok and one.output is not None and job.place.holds(one.output, one.bytes)
        else None
        for one in found
    ]


def _duplicate(row: ClipSpec) -> Result:
    """Return the error of a row whose files another row of this run writes."""
    name = safe_name(row.id)
    message = f"{row.where or row.id}: a row before it writes the same files ({name}); give it an id of its own"
    failure = Failure(stage="plan", type="DuplicateId", message=message)
    return Result(id=row.id, kind="duplicate", status="error", error=failure)
