"""Expand patterns and folders to paths, one at a time.

Conventions
-----------
Each path is yielded once, in the order of the file system; only the folders on the way to it are kept in memory. ``*``,
``?`` and ``[…]`` match within one name, ``**`` matches any number of folders, also none. Hidden names only match a
pattern that begins with a dot, and ``**`` does not follow links to folders.
"""
# a path object costs more than the rest of what is done for a file, and there are millions
# ruff: noqa: PTH113, PTH118

from __future__ import annotations

import fnmatch
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Matcher: TypeAlias = Callable[[str], object]

__all__ = ["expand", "has_magic", "walk", "walk_root"]

_MAGIC: Final = re.compile(r"[*?\[]")
_DEEP: Final = "**"


def has_magic(path: str) -> bool:
    """Return True if *path* is a pattern."""
    return _MAGIC.search(path) is not None


def expand(paths: Iterable[Path]) -> list[Path]:
    """Replace each pattern by the files that match it, sorted; one without a match stays, and fails where it is read.

    No shell of Windows does it, and others do not for a quoted pattern.

    Examples
    --------
    >>> expand([Path("a.json"), Path("nothing/*.json")]) == [Path("a.json"), Path("nothing/*.json")]
    True
    """
    expanded: list[Path] = []
    for path in paths:
        is_pattern = has_magic(str(path)) and not path.exists()
        matches = sorted(Path(one) for one in walk(str(path)) if isinstance(one, str)) if is_pattern else []
        expanded += matches or [path]
    return expanded


def walk_root(pattern: str) -> str:
    """Return the folder that holds everything *pattern* can match; "" for the current one.

    Examples
    --------
    >>> walk_root("clips/*/*.wav"), walk_root("*.wav")
    ('clips', '')
    """
    return _split(pattern)[0]


def walk(pattern: str, *, below: str | None = None) -> Iterator[str | OSError]:
    """Yield the files that match *pattern*, and the error of each folder that cannot be read.

    If *below* is given, the pattern is relative to that folder, whose own name is taken literally. A missing folder has
    no files.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> (folder / "a").mkdir()
    >>> for name in ("x.json", "a/y.json", "a/z.wav"):
    ...     (folder / name).touch()
    >>> sorted(os.path.basename(path) for path in walk(f"{folder}/**/*.json"))
    ['x.json', 'y.json']
    """
    head, tail = _split(pattern) if below is None else (below, pattern.split("/"))
    if not tail:
        yield from [head] if os.path.isfile(head) else []
        return
    if tail[-1] == _DEEP:  # at the end it means all files below
        tail.append("*")
    parts = [_matcher(part) for part in tail]
    yield from _descend(head, _closed({0}, parts), parts)


def _split(pattern: str) -> tuple[str, list[str]]:
    """Split *pattern* into the folder before its first name with wildcards, and the names from there."""
    drive, rest = os.path.splitdrive(pattern)
    separators = r"[/\\]" if os.sep == "\\" else "/"
    names = [name for name in re.split(separators, rest) if name not in {"", "."}]
    plain = next((row for row, name in enumerate(names) if has_magic(name)), len(names))
    root = os.sep if re.match(separators, rest) else ""
    return drive + root + os.sep.join(names[:plain]), names[plain:]


def _matcher(part: str) -> Matcher | None:
    """Return a function that matches names against *part*; None for ``**``."""
    if part == _DEEP:
        return None
    match = re.compile(fnmatch.translate(os.path.normcase(part))).match
    is_open = part.startswith(".")
    return lambda name: (is_open or not name.startswith(".")) and match(os.path.normcase(name))


def _closed(states: set[int], parts: list[Matcher | None]) -> set[int]:
    """Add the states that are reached without a name: ``**`` may match no folder."""
    for state in sorted(states):
        after = state
        while after < len(parts) and parts[after] is None:
            after += 1
            states.add(after)
    return states


def _descend(folder: str, states: set[int], parts: list[Matcher | None]) -> Iterator[str | OSError]:
    """Search *folder*; *states* are the positions in *parts* that its path has reached."""
    try:
        entries = os.scandir(folder or ".")
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        yield error
        return
    with entries:
        for entry in entries:
            path = os.path.join(folder, entry.name)
            try:
                reached = _advance(states, entry, parts)
                is_match = len(parts) in reached and entry.is_file()
                may_hold_matches = any(state < len(parts) for state in reached) and entry.is_dir()
            except OSError as error:  # links that form a circle
                yield error
                continue
            if is_match:
                yield path
            if may_hold_matches:
                yield from _descend(path, reached, parts)


def _advance(states: set[int], entry: os.DirEntry[str], parts: list[Matcher | None]) -> set[int]:
    """Return the positions in *parts* that are reached with the name of *entry*."""
    reached = set()
    for state in states:
        if state == len(parts):
            continue
        matches = parts[state]
        if matches is None:
            if not entry.name.startswith(".") and not entry.is_symlink():
                reached.add(state)
        elif matches(entry.name):
            reached.add(state + 1)
    return _closed(reached, parts)
