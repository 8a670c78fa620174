"""Write the spoken text (.txt) in paragraphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipaudio.captions.sanitize import prepare
from clipaudio.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipaudio.captions.cue import Cue

__all__ = ["dumps"]


def dumps(cues: Iterable[Cue], *, pause: float | None = 2.0, speakers: bool = False) -> str:
    r"""Return the text of *cues*, with a paragraph for each stretch without a long pause; "" if there are none.

    Parameters
    ----------
    pause
        Shortest gap in seconds that begins a new paragraph; None for one paragraph.
    speakers
        Begin a paragraph with `NAME: ` wherever the speaker changes.

    Raises
    ------
    ExportError
        A time is not finite, or *pause* is below 0.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue
    >>> dumps([Cue(0, 1, ("Hello", "there.")), Cue(1.5, 2, ("Yes?",)), Cue(6, 7, ("Bye.",))])
    'Hello there. Yes?\n\nBye.\n'
    """
    if pause is not None and not pause >= 0:
        raise ExportError(f"a pause of {pause} s; expected seconds from 0 on, or None")
    paragraphs: list[list[str]] = []
    before: Cue | None = None
    for cue in prepare(cues, words=False).cues:
        other = speakers and (before is None or cue.speaker != before.speaker)
        paused = before is not None and pause is not None and cue.start - before.end >= pause
        if before is None or other or paused:
            paragraphs.append([])
            if other and cue.speaker is not None:
                paragraphs[-1].append(f"{cue.speaker}:")
        paragraphs[-1] += cue.lines
        before = cue
    return "\n\n".join([" ".join(paragraph) for paragraph in paragraphs]) + ("\n" if paragraphs else "")
