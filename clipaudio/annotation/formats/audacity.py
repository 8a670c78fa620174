"""Write a level as a label track of Audacity: start, end and label, separated by tabs.

Format: https://support.audacityteam.org/basics/audacity-projects/importing-and-exporting-labels.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clipaudio.annotation.tier import iterate_labels
from clipaudio.text import escape_formula

if TYPE_CHECKING:
    from clipaudio.timing.timeline import Timeline

__all__ = ["dumps"]

_SPACE = re.compile(r"\s+")


def dumps(timeline: Timeline, *, spreadsheet_safe: bool = False) -> str:
    r"""Return *timeline* as a label track, without entries that have no label.

    Parameters
    ----------
    timeline
        Words or others, with times that repair has checked.
    spreadsheet_safe
        Put an apostrophe before labels that a spreadsheet would read as formulas, such as `=1+1`. Audacity shows it.

    Raises
    ------
    ExportError
        A time is not finite or negative.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> dumps(Timeline(("Hi", " "), [[0.1, 0.3], [0.3, 0.4]]))
    '0.100000\t0.300000\tHi\n'
    """
    rows = [(start, end, _SPACE.sub(" ", label)) for label, start, end in iterate_labels(timeline)]
    if spreadsheet_safe:
        rows = [(start, end, escape_formula(label)) for start, end, label in rows]
    return "".join([f"{start:.6f}\t{end:.6f}\t{label}\n" for start, end, label in rows])
