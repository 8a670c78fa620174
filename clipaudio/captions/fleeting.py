"""Join cues that are gone before anyone could read them to a cue beside them.

Words that nobody says, and words whose source gives them no time of their own, share what room there is. A cue of such
words alone would flash, so that its text stands with that of its neighbour.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.captions.cue import Cue

__all__ = ["join_fleeting"]

_SHORTEST: Final = 0.04
"""Seconds of one frame of video at 25 a second: a shorter cue may never be on screen."""
_FASTEST: Final = 75.0
"""Characters a second: three times the fastest speech."""
_FARTHEST: Final = 1.0
"""Seconds between two cues that are joined."""
_MOST_LINES: Final = 4
"""Lines of a cue that holds another which may never be on screen: too many are better than none."""


def join_fleeting(cues: Sequence[Cue], *, max_lines: int = 2) -> tuple[Cue, ...]:
    """Return timed *cues*, those that flash joined to the nearer cue of the same speaker beside them, if there is one.

    No cue gets more than *max_lines*; or four, where a cue is so short that it may never be on screen.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue
    >>> join_fleeting([Cue(0.0, 1.0, ("Hello.",)), Cue(1.0, 1.001, ("Never said.",)), Cue(1.001, 2.0, ("Bye.",))])
    (Cue(start=0.0, end=1.001, lines=('Hello.', 'Never said.'), words=(), speaker=None),
    Cue(start=1.001, end=2.0, lines=('Bye.',), words=(), speaker=None))
    """
    if not any(map(_is_fleeting, cues)):  # the usual case
        return tuple(cues)
    found: list[Cue] = []
    for row, cue in enumerate(cues):
        before = found[-1] if found else None
        after = cues[row + 1] if row + 1 < len(cues) else None
        if before is None or not _fits(before, cue, max_lines):
            found.append(cue)
        elif _is_fleeting(before) or (_is_fleeting(cue) and not _is_nearer(after, before, cue, max_lines)):
            found[-1] = _joined(before, cue)
        else:
            found.append(cue)
    return tuple(found)


def _is_fleeting(cue: Cue) -> bool:
    return _is_unseen(cue) or sum(map(len, cue.lines)) > _FASTEST * cue.duration


def _is_unseen(cue: Cue) -> bool:
    return cue.duration < _SHORTEST - 1e-9


def _fits(before: Cue, after: Cue, max_lines: int) -> bool:
    """Return True if two cues may be one."""
    most = max(max_lines, _MOST_LINES) if _is_unseen(before) or _is_unseen(after) else max_lines
    is_near = before.speaker == after.speaker and after.start - before.end <= _FARTHEST
    return is_near and len(before.lines) + len(after.lines) <= most


def _is_nearer(after: Cue | None, before: Cue, cue: Cue, max_lines: int) -> bool:
    """Return True if *cue* belongs rather to the cue after it: it is nearer, or as near and longer."""
    if after is None or not _fits(cue, after, max_lines):
        return False
    left, right = cue.start - before.end, after.start - cue.end
    return right < left - 1e-3 or (abs(left - right) <= 1e-3 and after.duration > before.duration)


def _joined(before: Cue, after: Cue) -> Cue:
    moved = tuple(word._replace(line=word.line + len(before.lines)) for word in after.words)
    return replace(before, end=after.end, lines=before.lines + after.lines, words=before.words + moved)
