"""Write a level as a label track of Audacity: start, end and label, separated by tabs.

Format: https://support.audacityteam.org/basics/audacity-projects/importing-and-exporting-labels.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clipaudio.annotation.tier import iterate_labels

if TYPE_CHECKING:
    from clipaudio.timing.timeline import Timeline

__all__ = ["dumps"]

_SPACE = re.compile(r"\s+")


def dumps(timeline: Timeline) -> str:
    r"""Return *timeline* as a label track, without entries that have no label.

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
    rows = iterate_labels(timeline)
    return "".join(f"{start:.6f}\t{end:.6f}\t{_SPACE.sub(' ', label)}\n" for label, start, end in rows)
