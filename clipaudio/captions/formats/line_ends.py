r"""Bring the line ends of caption files to one form, also where a program doubled them.

Text with `\r\n` that is written in text mode on Windows gets `\r\r\n`, which editors show and save as two line ends.
Each cue then falls apart into its number, its times and its text.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

__all__ = ["unify_line_ends"]

_TIMES: Final = re.compile(r"\s*\d.*:\d\d.*\d")


def unify_line_ends(text: str) -> tuple[str, bool]:
    r"""Return *text* with line feeds as line ends and without a byte order mark, and whether they were doubled.

    Examples
    --------
    >>> unify_line_ends("1\r\r\n00:01 --> 00:02\r\r\nHi\r\r\n\r\r\n")
    ('1\n00:01 --> 00:02\nHi\n\n', True)
    >>> unify_line_ends("1\r\n00:01 --> 00:02\r\nHi\r\n")
    ('1\n00:01 --> 00:02\nHi\n', False)
    """
    text = text.removeprefix("\ufeff")
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = plain.split("\n")
    kept = lines[::2]
    if any(line and not line.isspace() for line in lines[1::2]) or not any(
        _TIMES.match(line) and after.strip() for line, after in pairwise(kept)
    ):
        return plain, False
    return "\n".join(kept) + ("\n" if len(lines) % 2 == 0 else ""), True
