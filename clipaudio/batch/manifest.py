"""What is to be done: any source of clips into rows, one at a time.

Sources, by the first that fits: ``-`` for lines on the standard input (ids, or JSON), ``project:ID`` for the clips of
a project, a folder of callbacks, a file (a callback, JSON Lines, Parquet, an inbox, audio; by its suffix), a pattern.

Conventions
-----------
Rows are made as they are asked for: ten million take no more memory than ten thousand. What is no row is `Unreadable`,
and never an end. Nothing is said about the same id in two rows: `clipaudio.batch.planning` tells.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clipaudio.batch import sources
from clipaudio.batch.callback_header import audio_beside
from clipaudio.batch.clip_spec import ClipSpec, Unreadable, shard
from clipaudio.batch.globbing import has_magic
from clipaudio.batch.manifest_rows import is_remote
from clipaudio.download.task import safe_name
from clipaudio.errors import ClipAudioError, ManifestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clipaudio.batch.sources import ListClips, Rows

__all__ = ["ClipSpec", "Unreadable", "count", "rows", "shard"]

_PROJECT: Final = "project:"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """What the sources may need beside their name."""

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
    """Give a row for each clip of *source*, one at a time.

    Parameters
    ----------
    source
        ``-``, ``project:ID``, a folder, a file, or a pattern with ``*``, ``?``, ``[…]`` or ``**``.
    recursive
        Whether the folders in a folder are searched too.
    audio
        The folder that holds the audio of clips whose row tells of none, called by their ids as `fetch` does it.
    stdin
        The lines to read for ``-``; those of the standard input when None.
    list_clips
        What gives the clips of a project, page by page: their ids, or `ClipItem`.

    Raises
    ------
    ManifestError
        There is no such source, or a pattern matches nothing.
    MissingExtraError
        What reads such a file is not installed.
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
    """Tell how many rows *source* has, for progress; None where that cannot be told, or takes long.

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
    except (OSError, ClipAudioError):  # who reads it says what is wrong with it
        return None


def _with_audio(found: Rows, folder: str) -> Rows:
    """Add the audio that lies in *folder* to rows that have none."""
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
