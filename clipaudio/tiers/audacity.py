"""A level into a label track of Audacity: start, end and label, parted by tabs.

Format: https://support.audacityteam.org/basics/audacity-projects/importing-and-exporting-labels.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clipaudio.errors import ExportError
from clipaudio.tiers.tier import clean_label

if TYPE_CHECKING:
    from clipaudio.timing.timeline import Timeline

__all__ = ["dumps"]

_SPACE = re.compile(r"\s+")


def dumps(timeline: Timeline) -> str:
    r"""Give *timeline* as a label track; entries without a label are left out.

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
    lines = []
    for index, (label, (start, end)) in enumerate(zip(timeline.labels, timeline.times.tolist(), strict=True)):
        text = _SPACE.sub(" ", clean_label(label))
        if not text:
            continue
        if not 0 <= start <= end < float("inf"):
            raise ExportError(
                f"label {index} ({label!r}) is at {start}-{end} s; expected finite times from 0 on: repair the timeline"
                " first",
                index=index,
            )
        lines.append(f"{start:.6f}\t{end:.6f}\t{text}\n")
    return "".join(lines)
