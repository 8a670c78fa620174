"""Write words or phones as CTM: one per line, with the name of the recording, channel, start and duration.

Format: NIST sclite, "ctm"; a space inside a token is written <space>, as NVIDIA NeMo does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clipaudio.annotation.tier import clean_label, iterate_labels

if TYPE_CHECKING:
    from clipaudio.timing.timeline import Timeline

__all__ = ["dumps"]

_SPACE = re.compile(r"\s")


def dumps(timeline: Timeline, *, name: str = "clip", channel: int = 1, digits: int = 4) -> str:
    r"""Return *timeline* as CTM, without entries that have no label; "" if it is empty.

    Parameters
    ----------
    timeline
        Words or phones, tidy.
    name
        Name of the recording; white space becomes "_".
    channel
        Number of the channel, from 1.
    digits
        Decimal places, at most 9. With two, as some tools write, a short phone may have no duration.

    Raises
    ------
    ExportError
        A time is not finite or negative.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> dumps(Timeline(("Hi", "New York"), [[0.1, 0.3], [0.5, 1.25]]))
    'clip 1 0.1000 0.2000 Hi\nclip 1 0.5000 0.7500 New<space>York\n'
    """
    scale = 10**digits
    head = f"{_SPACE.sub('_', clean_label(name)) or 'clip'} {channel}"
    lines = []
    for label, start, end in iterate_labels(timeline):
        first = int(start * scale + 0.5)
        length = max(int(end * scale + 0.5) - first, 1)
        lines.append(f"{head} {first / scale:.{digits}f} {length / scale:.{digits}f} {_SPACE.sub('<space>', label)}\n")
    return "".join(lines)
