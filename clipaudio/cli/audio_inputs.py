"""Find the audio files that a command line names: files, folders and patterns."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["AUDIO_SUFFIXES", "find_audio", "is_folder_name"]

AUDIO_SUFFIXES = frozenset(
    ".wav .wave .w64 .flac .ogg .oga .opus .spx .mp3 .mp2 .mpga .aif .aiff .aifc .au .snd .caf .rf64 .bwf"
    " .m4a .m4b .mp4 .aac .3gp .amr .webm .mka .mkv .wma .wv .ape .tta .mpc".split()
)
"""Suffixes of the files that are read in a folder."""


def find_audio(names: Iterable[str], out: Path | None = None) -> tuple[list[tuple[Path, Path]], list[OSError]]:
    """Return each file once, with its path below the folder that was named, and each error of the search once.

    Parameters
    ----------
    names
        Files, folders, which are searched with their folders, and patterns.
    out
        A folder whose files are left out if it lies in one that is searched: an earlier run wrote them.
    """
    from clipaudio.batch.globbing import has_magic

    found: dict[Path, Path] = {}
    errors: dict[str, OSError] = {}
    for name in names:
        path = Path(name)
        is_folder = is_folder_name(name)
        if is_folder or (has_magic(name) and not os.path.exists(name)):  # noqa: PTH110 - as in `is_folder_name`
            files, unseen = _search(name, out, is_folder=is_folder)
            errors |= {str(error): error for error in unseen}
        else:
            files = [path]
        for file in files:
            found.setdefault(file, file.relative_to(path) if is_folder else Path(file.name))
    return list(found.items()), list(errors.values())


def is_folder_name(name: str) -> bool:
    """Return True if there is a folder of that name, False if there is none or access is denied."""
    return os.path.isdir(name)  # noqa: PTH112 - a path object raises where access is denied


def _search(name: str, out: Path | None, *, is_folder: bool) -> tuple[list[Path], list[OSError]]:
    """Return the audio in a folder, or the files that match a pattern, in order, and the errors of the search.

    Files in the folder *out* below the place searched were written by an earlier run and are no inputs of this one.
    """
    from clipaudio.batch.globbing import walk, walk_root

    root = Path(name if is_folder else walk_root(name)).resolve()
    written = out.resolve() if out is not None and root in out.resolve().parents else None
    files: list[Path] = []
    errors: list[OSError] = []
    for place in walk("**/*", below=name) if is_folder else walk(name):
        if isinstance(place, OSError):
            errors.append(place)
        elif not is_folder or Path(place).suffix.lower() in AUDIO_SUFFIXES:
            files.append(Path(place))
    if written is not None:
        files = [file for file in files if written not in file.resolve().parents]
    return sorted(files), errors
