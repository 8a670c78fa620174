"""One clip that is to be worked on, or the place where a row should be and is none.

Conventions
-----------
Rows are small and travel to workers by pickle: a row carries the JSON of a callback where the manifest held it, and
else says where it is read from. What is read is read by the worker.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clipaudio.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["ClipSpec", "Unreadable", "shard"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipSpec:
    """One clip that is to be worked on.

    Attributes
    ----------
    id
        Any text but the empty one; `clipaudio.download.task.safe_name` makes a file name of it.
    callback
        Its JSON as bytes; or, as text, the path or s3:// url the worker reads it from; None where there is none.
    audio
        The path, s3:// or https:// url of its audio; None for what the callback says.
    text
        What is spoken, where the manifest tells.
    project
        The id of its project, where it is known.
    fields
        What else the manifest told, to go through to the manifests that are written.
    where
        The file and line it came from, for messages.

    Examples
    --------
    >>> ClipSpec(id="cecad6f9", callback="clips/cecad6f9.json", where="clips/cecad6f9.json").audio is None
    True
    """

    id: str
    callback: bytes | str | None = field(default=None, repr=False)
    audio: str | None = None
    text: str | None = None
    project: str | None = None
    fields: dict[str, object] = field(default_factory=dict, hash=False)
    where: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A place where a row should be and is none: other JSON, a torn line, no id. It is named and passed over.

    Examples
    --------
    >>> str(Unreadable("clips.jsonl:7", "the line is not JSON"))
    'clips.jsonl:7: the line is not JSON'
    """

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


def shard(rows: Iterable[ClipSpec | Unreadable], number: int, count: int) -> Iterator[ClipSpec | Unreadable]:
    """Keep the rows of shard *number* of *count*; every row is in exactly one of 1 to *count*.

    The id alone decides (BLAKE2b), so that every machine and every run divides alike, whatever the order of the rows.
    What is unreadable goes by its place.

    Raises
    ------
    ManifestError
        *number* is not one of 1 to *count*.

    Examples
    --------
    >>> rows = [ClipSpec(id=id) for id in ("cecad6f9", "3700a2f1", "98d37d44")]
    >>> [[row.id for row in shard(rows, number, 2)] for number in (1, 2)]
    [['cecad6f9', '98d37d44'], ['3700a2f1']]
    """
    if not 1 <= number <= count:
        raise ManifestError(f"shard {number}/{count} is none; shards are numbered 1 to {max(count, 1)}")
    return (row for row in rows if _share(row.id if isinstance(row, ClipSpec) else row.where) % count == number - 1)


def _share(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
