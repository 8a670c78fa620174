"""Patterns and folders into paths, one at a time.

Conventions
-----------
A path is met once, however many ways a pattern matches it, in the order in which the file system gives names: nothing
is held but the folders from the root of the walk to the place it is at. ``*``, ``?`` and ``[…]`` match within one name,
``**`` any number of folders, none too. Hidden names are matched only by a pattern that begins with a dot, and ``**``
does not follow links to folders.
"""
# a path object costs more than the rest of what is done for a file, and there are millions
# ruff: noqa: PTH113, PTH118

from __future__ import annotations

import fnmatch
import os
import re
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Matcher: TypeAlias = Callable[[str], object]

__all__ = ["has_magic", "walk", "walk_root"]

_MAGIC: Final = re.compile(r"[*?\[]")
_DEEP: Final = "**"


def has_magic(path: str) -> bool:
    """Tell whether *path* is a pattern."""
    return _MAGIC.search(path) is not None


def walk_root(pattern: str) -> str:
    """Give the folder in which all that *pattern* matches lies; empty for the present one.

    Examples
    --------
    >>> walk_root("clips/*/*.wav"), walk_root("*.wav")
    ('clips', '')
    """
    return _split(pattern)[0]


def walk(pattern: str, *, below: str | None = None) -> Iterator[str | OSError]:
    """Give the files that *pattern* matches, and the error of each place that cannot be looked at.

    The pattern counts from the folder *below*, whose own name is no pattern, where that is given. A folder that is not
    there has no files.

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
    """Divide *pattern* into the folder before its first magic name, and the names from there."""
    drive, rest = os.path.splitdrive(pattern)
    separators = r"[/\\]" if os.sep == "\\" else "/"
    names = [name for name in re.split(separators, rest) if name not in {"", "."}]
    plain = next((row for row, name in enumerate(names) if has_magic(name)), len(names))
    root = os.sep if re.match(separators, rest) else ""
    return drive + root + os.sep.join(names[:plain]), names[plain:]


def _matcher(part: str) -> Matcher | None:
    """Give what tells whether a name matches *part*; None for ``**``."""
    if part == _DEEP:
        return None
    match = re.compile(fnmatch.translate(os.path.normcase(part))).match
    is_open = part.startswith(".")
    return lambda name: (is_open or not name.startswith(".")) and match(os.path.normcase(name))


def _closed(states: set[int], parts: list[Matcher | None]) -> set[int]:
    """Add the states that are reached without a name: ``**`` may stand for no folder."""
    for state in sorted(states):
        after = state
        while after < len(parts) and parts[after] is None:
            after += 1
            states.add(after)
    return states


def _descend(folder: str, states: set[int], parts: list[Matcher | None]) -> Iterator[str | OSError]:
    """Go through *folder*; *states* are the places in *parts* the path to it has reached."""
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
                is_way = any(state < len(parts) for state in reached) and entry.is_dir()
            except OSError as error:  # links that lead round in a circle
                yield error
                continue
            if is_match:
                yield path
            if is_way:
                yield from _descend(path, reached, parts)


def _advance(states: set[int], entry: os.DirEntry[str], parts: list[Matcher | None]) -> set[int]:
    """Give the places in *parts* that are reached by the name of *entry*."""
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
