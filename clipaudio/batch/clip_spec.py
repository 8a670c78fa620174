"""One clip to process, or a line of a manifest that cannot be read.

Conventions
-----------
Rows are small and travel to workers by pickle. A row has the JSON of a callback if the manifest contained it, else its
path, which the worker reads.
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
    """One clip to process.

    Attributes
    ----------
    id
        Any text but the empty one; `clipaudio.download.task.safe_name` makes a file name of it.
    callback
        Its JSON as bytes; or, as text, the path or s3:// url from which the worker reads it; None if there is none.
    audio
        The path, s3:// or https:// url of its audio; None for the url of the callback.
    text
        The spoken text, if the manifest has it.
    project
        The id of its project, if known.
    fields
        Other fields of the manifest, which are copied to the manifests that are written.
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
    """A row that cannot be read: other JSON, a torn line, no id. It is reported and skipped.

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

    Only the id decides (BLAKE2b), so that every machine and every run splits alike, whatever the order of the rows. For
    an unreadable row its place decides.

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
        raise ManifestError(f"no shard {number}/{count}; expected a number from 1 to {max(count, 1)}")
    return (row for row in rows if _share(row.id if isinstance(row, ClipSpec) else row.where) % count == number - 1)


def _share(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
