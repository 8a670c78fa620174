"""Turn the results of a batch into the rows of an index of its pages, the worst clips first."""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from clipaudio import files
from clipaudio.page import IndexRow, dumps_index

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from clipaudio.batch.output_store import OutputStore
    from clipaudio.batch.result import Result

__all__ = ["PAGE", "RankedRows", "rank_rows", "write_index"]

PAGE: Final = "html"
"""The kind of output that is a page."""

_MOST_ROWS: Final = 5_000
"""Clips in an index; a browser shows no more at once."""


class RankedRows(NamedTuple):
    """The rows of an index, the worst first, and the number of clips that are not among them."""

    rows: list[IndexRow]
    left_out: int


def rank_rows(
    results: Callable[[], Iterable[Result]], kinds: Iterable[tuple[str, str]], *, most: int = _MOST_ROWS
) -> RankedRows:
    """Return a row for each clip, the worst first, and at most *most* of them.

    Parameters
    ----------
    results
        Returns the last result of each output anew at each call; it is called twice, so that memory does not grow with
        the number of clips.
    kinds
        (kind, hash of its options) of the batch; other results are passed over.
    most
        Number of rows kept.

    Examples
    --------
    >>> from clipaudio.batch.result import Failure, Result
    >>> failure = Failure(stage="read", type="OSError", message="gone")
    >>> results = [
    ...     Result(id="a", kind="html", status="ok", output="a.html"),
    ...     Result(id="b", kind="html", status="error", error=failure),
    ... ]
    >>> [row.id for row in rank_rows(lambda: results, [("html", "")]).rows]
    ['b', 'a']
    """
    wanted = set(kinds)

    def of_batch() -> Iterator[Result]:
        return (result for result in results() if (result.kind, result.options) in wanted)

    errors: defaultdict[str, list[str]] = defaultdict(list)
    for result in of_batch():
        if not result.is_ok and (result.id in errors or len(errors) < most):
            message = result.status if result.error is None else result.error.message
            errors[result.id].append(f"{result.kind}: {message}")
    count = 0

    def rows() -> Iterator[IndexRow]:
        nonlocal count
        for result in of_batch():
            if result.kind == PAGE:
                count += 1
                page = result.output if result.is_ok else None
                messages = tuple(errors.get(result.id, ()))
                yield IndexRow(id=result.id, page=page, errors=messages, notes=result.notes, fit=result.fit)

    kept = heapq.nsmallest(most, rows(), key=lambda row: row.rank)
    return RankedRows(kept, count - len(kept))


def write_index(ranked: RankedRows, place: OutputStore, *, title: str, shard: tuple[int, int] | None = None) -> str:
    """Write the index at the top of *place* and return its key, which no page has.

    The key is "index.html", or "index-1-of-4.html" for the first of four shards, which share the place.

    Raises
    ------
    OSError
        It cannot be written.
    """
    taken = {row.page for row in ranked.rows}
    key = "index.html" if shard is None else "index-{}-of-{}.html".format(*shard)
    while key in taken:
        key = f"_{key}"
    page = dumps_index(ranked.rows, title=title, left_out=ranked.left_out)
    with place.writing(key) as path:
        files.write_bytes(path, page.encode("utf-8"))
    return key
