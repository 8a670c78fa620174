"""Write LRC lyrics (.lrc), plain or enhanced with the times of words.

A line of LRC has a start and no end; if a cue ends well before the next, an empty line marks its end. The lines of a
cue are joined. Minutes have no upper limit. Text that looks like a time gets a word joiner, see `escaping`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clipaudio.captions.escaping import escape, is_harmless
from clipaudio.captions.sanitize import label_speakers, prepare
from clipaudio.captions.timestamp import round_to_units
from clipaudio.text import close_directions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clipaudio.captions.cue import Cue

__all__ = ["dumps"]

_TWO = tuple(f"{number:02d}" for number in range(100))


def dumps(
    cues: Iterable[Cue], *, words: bool = False, title: str = "", speakers: bool = False, clear: float = 1.0
) -> str:
    r"""Return *cues* as LRC text, without cues that have no text; "" if there are none.

    Parameters
    ----------
    words
        Write the time of each word before it, and the end of the last after it: enhanced LRC.
    title
        Title for the tag `ti`.
    speakers
        Prefix `NAME: ` to the text wherever the speaker changes.
    clear
        Shortest gap in seconds after which an empty line marks the end of a cue.

    Raises
    ------
    ExportError
        A time is not finite.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue, CueWord
    >>> cue = Cue(0.5, 2.0, ("Oh, no",), (CueWord(0, 0, 2, 0.6, 0.9), CueWord(0, 4, 6, 1.1, 1.9)))
    >>> print(dumps([cue], words=True, title="A cry"))
    [ti:A cry]
    [length:00:02]
    [00:00.50]<00:00.60>Oh, <00:01.10>no<00:01.90>
    [00:02.00]
    """
    kept = prepare(cues, words=words).cues
    if speakers:
        kept = label_speakers(kept)
    if not kept:
        return ""
    times = round_to_units(kept, 100)
    length = -(-max(end for _, end in times) // 100)
    out = [f"[ti:{close_directions(' '.join(title.split()))}]\n"] if title.strip() else []
    out.append(f"[length:{_TWO[length // 60] if length < 6000 else length // 60}:{_TWO[length % 60]}]\n")
    following = [start for start, _ in times[1:]]
    harmless = is_harmless("\n".join(["\n".join(cue.lines) for cue in kept]), "lrc")
    for row, (cue, (start, end)) in enumerate(zip(kept, times, strict=True)):
        text = _with_words(cue, start) if words and cue.words else " ".join(cue.lines)
        if not (harmless or (words and cue.words)):
            text = escape(text, "lrc")
        out.append(f"[{_clock(start)}]{text}\n")
        if row == len(following) or following[row] - end >= clear * 100:
            out.append(f"[{_clock(end)}]\n")
    return "".join(out)


def _clock(centiseconds: int) -> str:
    minutes, rest = divmod(centiseconds, 6000)
    minute = _TWO[minutes] if minutes < 100 else str(minutes)
    return f"{minute}:{_TWO[rest // 100]}.{_TWO[rest % 100]}"


def _with_words(cue: Cue, start: int) -> str:
    lines = []
    now = start
    for line in cue.pieces():
        parts = []
        for piece in line:
            now = max(int(piece.start * 100 + 0.5), now)
            parts.append(f"<{_clock(now)}>{escape(piece.text, 'lrc')}")
        lines.append("".join(parts))
    end = max(int(cue.words[-1].end * 100 + 0.5), now)
    return f"{' '.join(lines)}<{_clock(end)}>"
