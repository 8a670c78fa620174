"""Read any source of clips as rows, one at a time.

A source is, by the first that matches: ``-`` for lines on stdin (ids, or JSON), ``project:ID`` for the clips of a
project, a folder of callbacks, a file (a callback, JSON Lines, Parquet, an inbox, audio; by its suffix), a pattern.

Conventions
-----------
Rows are read on demand: ten million take no more memory than ten thousand. A row that cannot be read is `Unreadable`
and does not end the source. Two rows may have the same id: `clipaudio.batch.planning` reports that.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clipaudio.batch import sources
from clipaudio.batch.clip_spec import ClipSpec, Unreadable, shard
from clipaudio.batch.globbing import has_magic
from clipaudio.batch.manifest_rows import is_remote
from clipaudio.download.local_audio import audio_beside
from clipaudio.errors import ClipAudioError, ManifestError
from clipaudio.file_names import safe_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clipaudio.batch.sources import ListClips, Rows

__all__ = ["ClipSpec", "Unreadable", "count", "rows", "shard"]

_PROJECT: Final = "project:"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """The options of all sources."""

    recursive: bool
    stdin: Iterable[bytes] | None
    list_clips: ListClips | None


def rows(
    source: str | os.PathLike[str],
    *,
    recursive: bool = False,
    audio: str | os.PathLike[str] | None = None,
    stdin: Iterable[bytes] | None = None,
    list_clips: ListClips | None = None,
) -> Rows:
    """Yield a row for each clip of *source*.

    Parameters
    ----------
    source
        ``-``, ``project:ID``, a folder, a file, or a pattern with ``*``, ``?``, ``[…]`` or ``**``.
    recursive
        Search subfolders too.
    audio
        A folder with the audio of clips whose row names none, in files named by id, as `fetch` does.
    stdin
        The lines to read for ``-``; None reads stdin.
    list_clips
        Return the clips of a project: their ids, or `ClipItem`.

    Raises
    ------
    ManifestError
        The source does not exist, or a pattern matches nothing.
    MissingExtraError
        The package that reads such a file is not installed.
    InboxError
        A database is no inbox.

    Examples
    --------
    >>> [row.id for row in rows("-", stdin=[b"cecad6f9", b'{"id": "3700a2f1", "text": "Hi."}'])]
    ['cecad6f9', '3700a2f1']
    """
    name = os.fspath(source)
    options = _Options(recursive=recursive, stdin=stdin, list_clips=list_clips)
    found = next(open_ for fits, open_ in _SOURCES if fits(name))(name, options)
    return found if audio is None else _with_audio(found, os.fspath(audio))


def count(source: str | os.PathLike[str], *, recursive: bool = False) -> int | None:
    """Return the number of rows of *source*, for progress; None if that is unknown or slow to find out.

    Examples
    --------
    >>> count("project:3700a2f1"), count("-")
    (None, None)
    """
    name = os.fspath(source)
    if name == "-" or name.startswith(_PROJECT):
        return None
    try:
        return sources.count_folder(name, recursive=recursive) if Path(name).is_dir() else sources.count_file(name)
    except (OSError, ClipAudioError):  # reading the source reports the error
        return None


def _with_audio(found: Rows, folder: str) -> Rows:
    """Add the audio in *folder* to rows without audio."""
    for row in found:
        if isinstance(row, ClipSpec) and row.audio is None:
            yield replace(row, audio=audio_beside(None, folder, safe_name(row.id)))
        else:
            yield row


def _stdin_rows(_: str, options: _Options) -> Rows:
    lines = sys.stdin.buffer if options.stdin is None else options.stdin
    return sources.stream_rows(lines, "<stdin>", "")


def _project_rows(name: str, options: _Options) -> Rows:
    if options.list_clips is None:
        raise ManifestError(f"{name} needs a client that lists clips; pass list_clips", source=name)
    return sources.project_rows(name.removeprefix(_PROJECT), options.list_clips)


def _nothing(name: str, _: _Options) -> Rows:
    hint = "copy it here first, or list its clips in a manifest" if is_remote(name) else "check the path"
    raise ManifestError(f"{name!r} is no file, folder or pattern; {hint}", source=name)


_SOURCES: Final[tuple[tuple[Callable[[str], bool], Callable[[str, _Options], Rows]], ...]] = (
    (lambda name: name == "-", _stdin_rows),
    (lambda name: name.startswith(_PROJECT), _project_rows),
    (os.path.isdir, lambda name, options: sources.folder_rows(name, recursive=options.recursive)),
    (os.path.exists, lambda name, _: sources.file_rows(name)),
    (lambda name: not is_remote(name) and has_magic(name), lambda name, _: sources.pattern_rows(name)),
    (lambda _: True, _nothing),
)
