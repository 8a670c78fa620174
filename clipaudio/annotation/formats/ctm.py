"""Words or phones into CTM: one a line, with the name of the recording, channel, start and duration.

Format: NIST sclite, "ctm"; a space inside a token is written <space>, as NVIDIA NeMo does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clipaudio.annotation.tier import clean_label, spoken_rows

if TYPE_CHECKING:
    from clipaudio.timing.timeline import Timeline

__all__ = ["dumps"]

_SPACE = re.compile(r"\s")


def dumps(timeline: Timeline, *, name: str = "clip", channel: int = 1, digits: int = 4) -> str:
    r"""Give *timeline* as CTM; entries without a label are left out, nothing gives "".

    Parameters
    ----------
    timeline
        Words or phones, tidy.
    name
        Of the recording; white space becomes "_".
    channel
        From 1.
    digits
        Behind the point, at most 9: with two of them, as some tools write, a short phone would take no time.

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
    for label, start, end in spoken_rows(timeline):
        first = int(start * scale + 0.5)
        length = max(int(end * scale + 0.5) - first, 1)
        lines.append(f"{head} {first / scale:.{digits}f} {length / scale:.{digits}f} {_SPACE.sub('<space>', label)}\n")
    return "".join(lines)
