"""Convert many audio files in threads; one bad file does not stop the others.

Threads are enough: soxr and the file system do their work without the interpreter's lock. A chunk of files goes to a
thread at a time, and only a few chunks are under way, so that a million files take no more memory than a hundred.
"""

from __future__ import annotations

import itertools
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from clipaudio.audio.convert import ConvertReport, convert
from clipaudio.errors import ClipAudioError, ConvertError
from clipaudio.waits import close_executor, wait_for_outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

__all__ = ["ConvertFailure", "Outcome", "convert_many"]

_CHUNK: Final = 8
_AHEAD: Final = 3  # chunks under way for each thread


@dataclass(frozen=True, slots=True)
class ConvertFailure:
    """A file that could not be converted, and why; nothing was written for it."""

    source: str
    target: str
    error: Exception

    def as_row(self) -> dict[str, object]:
        """Return the failure as plain values for a table or JSON."""
        return {
            "source": self.source,
            "target": self.target,
            "status": "failed",
            "kind": getattr(self.error, "kind", type(self.error).__name__),
            "error": str(self.error),
        }


Outcome: TypeAlias = ConvertReport | ConvertFailure
Path: TypeAlias = str | os.PathLike[str]


def convert_many(
    pairs: Iterable[tuple[Path, Path]],
    *,
    threads: int | None = None,
    **options: Any,  # noqa: ANN401 - those of `convert`, which checks them
) -> Iterator[Outcome]:
    """Convert each source to its target; yield a report or a failure for each, in order.

    Parameters
    ----------
    pairs
        (source, target); missing folders of targets are made.
    threads
        How many work at once, 1 or more; None takes one a processor, at most 8.
    **options
        As `clipaudio.audio.convert.convert` takes them.

    Raises
    ------
    ConvertError
        There are fewer threads than one.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "bad.wav").write_bytes(b"<html>")
    >>> [outcome] = convert_many([(folder / "bad.wav", folder / "out.wav")], sample_rate=16_000)
    >>> outcome.error.kind, (folder / "out.wav").exists()
    ('error_document', False)
    """
    if threads is not None and threads < 1:
        raise ConvertError(f"{threads} threads asked for, 1 or more expected; None takes one a processor")
    workers = threads if threads is not None else min(os.cpu_count() or 1, 8)
    waiting = iter(pairs)
    under_way: deque[Future[list[Outcome]]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="clipaudio-convert")
    try:
        while True:
            while len(under_way) < workers * _AHEAD and (chunk := list(itertools.islice(waiting, _CHUNK))):
                under_way.append(pool.submit(_convert_chunk, chunk, options))
            if not under_way:
                return
            oldest = under_way.popleft()
            wait_for_outcome(oldest)
            yield from oldest.result(timeout=0)
    finally:
        close_executor(pool, under_way)


def _convert_chunk(chunk: list[tuple[Path, Path]], options: dict[str, Any]) -> list[Outcome]:
    """Convert one file after the other."""
    outcomes: list[Outcome] = []
    for source, target in chunk:
        try:
            folder = os.path.dirname(target)
            if folder:
                os.makedirs(folder, exist_ok=True)
            outcomes.append(convert(source, target, **options))
        except (ClipAudioError, OSError, MemoryError) as error:
            outcomes.append(ConvertFailure(os.fspath(source), os.fspath(target), _without_frames(error)))
    return outcomes


def _without_frames(error: Exception) -> Exception:
    """Remove the tracebacks: they would keep the data of every failed file in memory."""
    link: BaseException | None = error
    while link is not None:
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error
