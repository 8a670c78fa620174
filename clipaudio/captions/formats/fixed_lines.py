"""Fit text into lines of a fixed number of columns, for the captions of broadcast, which have no other size."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["fit_lines"]


def fit_lines(lines: Iterable[str], *, columns: int) -> list[str]:
    """Return *lines* with each longer than *columns* broken between words, or within a word that is longer itself.

    Examples
    --------
    >>> fit_lines(["one two three", "four"], columns=8)
    ['one two', 'three', 'four']
    """
    out: list[str] = []
    for line in lines:
        rest = line.strip()
        while len(rest) > columns:
            cut = rest.rfind(" ", 1, columns + 1)
            cut = columns if cut < 0 else cut
            out.append(rest[:cut].rstrip())
            rest = rest[cut:].lstrip()
        out.append(rest)
    return [line for line in out if line]
