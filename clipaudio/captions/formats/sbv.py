"""Write the captions of YouTube's editor (.sbv): a line of times, the text, a blank line.

There is no published rule; the form is that of files which YouTube exports: hours without a leading zero, three digits
of milliseconds, a comma between the times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipaudio.captions.escaping import escape
from clipaudio.captions.sanitize import label_speakers, prepare
from clipaudio.captions.timestamp import format_milliseconds, round_to_units

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipaudio.captions.cue import Cue

__all__ = ["dumps"]


def dumps(cues: Iterable[Cue], *, speakers: bool = False) -> str:
    r"""Return *cues* as SBV text, without cues that have no text; "" if there are none.

    Parameters
    ----------
    speakers
        Name the speaker before the text where it changes.

    Raises
    ------
    ExportError
        A time is not finite.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue
    >>> dumps([Cue(0.5, 2.0, ("Oh,", "no"))])
    '0:00:00.500,0:00:02.000\nOh,\nno\n\n'
    """
    kept = prepare(cues).cues
    if speakers:
        kept = label_speakers(kept)
    return "".join(
        [
            f"{_clock(start)},{_clock(end)}\n{escape(cue.text, 'sbv')}\n\n"
            for cue, (start, end) in zip(kept, round_to_units(kept, 1000), strict=True)
        ]
    )


def _clock(milliseconds: int) -> str:
    text = format_milliseconds(milliseconds)
    return text[1:] if text[0] == "0" else text
