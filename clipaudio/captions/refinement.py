"""Move the times of words to where the sound begins and ends.

Services quantise times and begin a word where the last one ends, in the silence before it. The audio shows the first
and the last sound of each cue: within a limit, the start moves to the onset and the end to the end of the sound, but
never across the sound of a neighbour.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from clipaudio.captions.cue import Cue

__all__ = ["Refinement", "refine_cues"]


class Refinement(NamedTuple):
    """Cues, and the seconds by which each start and end moved: float64, shape (n, 2)."""

    cues: tuple[Cue, ...]
    moved: np.ndarray[tuple[int, int], np.dtype[np.float64]]


def refine_cues(cues: Sequence[Cue], sound: ArrayLike, *, limit: float = 0.25) -> Refinement:
    """Move the start and the end of the speech of each cue to those of the sound.

    Parameters
    ----------
    cues
        In order, with the times of their speech, before they are timed for the screen.
    sound
        float64, shape (n, 2), seconds: where the audio has sound, ascending and disjoint.
    limit
        Longest move in seconds; a time that would move further stays.

    Returns
    -------
    Refinement
        The first word of a cue starts with it and the last one ends with it; other words stay. Without sound nothing
        moves.

    Examples
    --------
    >>> from clipaudio.captions.cue import Cue
    >>> refined = refine_cues([Cue(0.0, 1.0, ("Hi",))], [[0.12, 0.93]])
    >>> refined.cues[0].start, refined.cues[0].end, refined.moved.round(2).tolist()
    (0.12, 0.93, [[0.12, -0.07]])
    """
    heard = np.asarray(sound, np.float64).reshape(-1, 2)
    old = np.array([(cue.start, cue.end) for cue in cues], np.float64).reshape(-1, 2)
    if not len(heard) or not len(old):
        return Refinement(tuple(cues), np.zeros_like(old))
    starts, ends = old[:, 0], old[:, 1]
    after = np.concatenate((starts[1:], [np.inf]))
    before = np.concatenate(([-np.inf], ends[:-1]))
    # the first stretch of sound that ends after the cue starts, and the last that starts before it ends
    onset = heard[np.minimum(np.searchsorted(heard[:, 1], starts, side="right"), len(heard) - 1), 0]
    close = heard[np.maximum(np.searchsorted(heard[:, 0], ends, side="left") - 1, 0), 1]
    new_starts = np.where((np.abs(onset - starts) <= limit) & (onset >= before) & (onset < ends), onset, starts)
    new_ends = np.where((np.abs(close - ends) <= limit) & (close <= after) & (close > new_starts), close, ends)
    crosses = np.concatenate(([False], new_starts[1:] < new_ends[:-1]))  # two cues moved into one stretch of sound
    new_starts = np.where(crosses, starts, new_starts)
    new = np.stack((new_starts, np.maximum(new_ends, new_starts)), axis=1)
    moved = tuple(_moved(cue, start, end) for cue, (start, end) in zip(cues, new.tolist(), strict=True))
    return Refinement(moved, new - old)


def _moved(cue: Cue, start: float, end: float) -> Cue:
    words = list(cue.words)
    if words:
        words[0] = words[0]._replace(start=min(start, words[0].end))
        words[-1] = words[-1]._replace(end=max(end, words[-1].start))
    return replace(cue, start=start, end=end, words=tuple(words))
