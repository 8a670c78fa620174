"""Any text into lines that no subtitle format can trip over.

Control characters go, other line ends become spaces or line feeds, lone surrogates become U+FFFD, blank
lines (which end a cue in every text format) vanish. What a reader sees stays as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["plain_lines"]

_SPACES = re.compile("[\t\v\f\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_BREAKS = re.compile("\r\n|\r|\n")


def plain_lines(lines: Iterable[str]) -> tuple[str, ...]:
    r"""Give *lines* clean, in order, without blank ones.

    Examples
    --------
    >>> plain_lines(["a\x00b\r\nc", "  ", "\ufeffd "])
    ('ab', 'c', 'd')
    """
    clean: list[str] = []
    for line in lines:
        for part in _BREAKS.split(line):
            kept = _SURROGATES.sub("\ufffd", _CONTROLS.sub("", _SPACES.sub(" ", part)))
            kept = kept.strip().removeprefix("\ufeff").strip()
            if kept:
                clean.append(kept)
    return tuple(clean)
