"""Write who speaks when as RTTM: one line per turn, as tools for diarization read and score it.

Format: NIST, "RT-09 evaluation plan", appendix A: ten fields parted by blanks, <NA> where nothing is known. White space
inside a name would be a new field: it is written as %20 and the like.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from clipaudio.annotation.tier import clean_label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clipaudio.timing.timeline import Timeline

__all__ = ["dumps"]

_UNSAFE = re.compile(r"[\s%<>]")


def dumps(speakers: Mapping[str, Timeline], *, name: str = "clip", max_pause: float = 0.5, digits: int = 3) -> str:
    r"""Return the turns of *speakers* as RTTM, in order of time; "" without words.

    Parameters
    ----------
    speakers
        The words of each speaker, tidy; "" is an unknown speaker, written as "speaker".
    name
        Name of the recording.
    max_pause
        Seconds of silence within a turn; a longer one begins a new turn.
    digits
        Decimal places of the seconds, at most 9.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> dumps({"Ann Lee": Timeline(("Oh,", "no"), [[0.1, 0.3], [0.5, 1.25]])})
    'SPEAKER clip 1 0.100 1.150 <NA> <NA> Ann%20Lee <NA> <NA>\n'
    """
    scale = 10**digits
    rows = []
    for speaker, words in speakers.items():
        times = words.times[[bool(label.strip()) for label in words.labels]]
        if not len(times):
            continue
        reach = np.maximum.accumulate(times[:, 1])
        first = np.flatnonzero(np.r_[True, times[1:, 0] - reach[:-1] > max_pause])
        for start, end in zip(times[first, 0].tolist(), reach[[*(first[1:] - 1), -1]].tolist(), strict=True):
            begin = int(start * scale + 0.5)
            rows.append((begin, max(int(end * scale + 0.5) - begin, 1), _field(speaker) or "speaker"))
    head = f"SPEAKER {_field(name) or 'clip'} 1"
    return "".join(
        [
            f"{head} {begin / scale:.{digits}f} {length / scale:.{digits}f} <NA> <NA> {speaker} <NA> <NA>\n"
            for begin, length, speaker in sorted(rows)
        ]
    )


def _field(text: str) -> str:
    return _UNSAFE.sub(lambda found: quote(found[0]), clean_label(text))
