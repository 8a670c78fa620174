"""Find the most likely path through phone states: the first pass of the aligner, with rough edges.

Conventions
-----------
A path goes through the states in order. Silences may be skipped. Frames here last 10 ms, two frames of the features.
Memory is linear: of each frame only a band of states is kept, which follows the best one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.errors import AlignmentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["find_path"]

_BAND: Final = 1024
"""States that are followed at once: about a minute of speech."""
_EVERY: Final = 8  # frames between two moves of the band
_SILENCE_COST: Final = 1.0


def find_path(
    scores: NDArray[np.float16],
    classes: NDArray[np.intp],
    is_silence: NDArray[np.bool_],
    filler: NDArray[np.float16],
    *,
    band: int = _BAND,
) -> NDArray[np.intp]:
    """Return the frame at which each state ends, exclusive.

    Parameters
    ----------
    scores
        Shape (frames, classes).
    classes, is_silence
        Shape (states,), the class of each state and whether it may be skipped; the first and last are silences, and
        no two silences stand side by side.
    filler
        Shape (frames,): the score of the first and the last state.

    Returns
    -------
    intp, shape (states,)
        Ascending; a skipped silence ends where the state before it does.

    Raises
    ------
    AlignmentError
        There are more phones than frames.
    """
    frames, states = len(scores), len(classes)
    if int((~is_silence).sum()) > frames:
        raise AlignmentError("the text is far too long for the sound: it has more phones than the sound has frames")
    band = -(-min(band, states) // 8) * 8
    lows, advanced, skipped = _forward(scores, classes, is_silence, filler, band)
    return _trace(lows, advanced, skipped, frames, states)


def _forward(
    scores: NDArray[np.float16],
    classes: NDArray[np.intp],
    is_silence: NDArray[np.bool_],
    filler: NDArray[np.float16],
    band: int,
) -> tuple[NDArray[np.intp], NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the first state of the band of each frame, and bits: entered from the last state, or the one before."""
    frames, states = len(scores), len(classes)
    room = band + 2
    kinds = np.append(classes, np.zeros(room, np.intp))
    cost = np.where(is_silence, _SILENCE_COST, 0.0).astype(np.float32)
    cost = np.append(cost, np.full(room, np.inf, np.float32))
    cost[states - 1] = 0
    jump = np.full(states + room, np.inf, np.float32)  # the cost of skipping the silence before a state
    jump[2:states][is_silence[1 : states - 1] & ~is_silence[2:]] = 0
    jump[1] = np.inf
    advanced = np.zeros((frames, band // 8), np.uint8)
    skipped = np.zeros_like(advanced)
    lows = np.zeros(frames, np.intp)
    best = np.full(band + 2, -np.inf, np.float32)  # two states before the band, then the band
    low, last = 0, max(states - band, 0)
    for t in range(frames):
        if t and t % _EVERY == 0 and low < last:
            middle = low + int(best[2:].argmax()) - band // 2
            wanted = min(max(low, middle, last - (frames - 1 - t) // 2), last)
            best = np.append(best[wanted - low :], np.full(min(wanted - low, band + 2), -np.inf, np.float32))[
                : band + 2
            ]
            low = wanted
        row = scores[t].astype(np.float32)
        emitted = row[kinds[low : low + band]]
        if low == 0:
            emitted[0] = filler[t]
        if low + band >= states:
            emitted[states - 1 - low] = filler[t]
        if t == 0:
            best[2] = emitted[0]
            if states > 1:
                best[3] = emitted[1]
            lows[t] = low
            continue
        stay, step, leap = best[2:], best[1:-1] - cost[low : low + band], best[:-2] - jump[low : low + band]
        is_step = step > stay
        found = np.where(is_step, step, stay)
        is_leap = leap > found
        found = np.where(is_leap, leap, found)
        advanced[t] = np.packbits(is_step & ~is_leap)
        skipped[t] = np.packbits(is_leap)
        best[2:] = found + emitted
        best[:2] = -np.inf
        lows[t] = low
    return lows, advanced, skipped


def _trace(
    lows: NDArray[np.intp], advanced: NDArray[np.uint8], skipped: NDArray[np.uint8], frames: int, states: int
) -> NDArray[np.intp]:
    """Follow the bits back from the last state."""
    ends = np.zeros(states, np.intp)
    state = states - 1
    ends[state] = frames
    for t in range(frames - 1, 0, -1):
        place = state - int(lows[t])
        byte, bit = divmod(place, 8)
        if byte < 0 or byte >= advanced.shape[1]:
            break
        mask = 128 >> bit
        if skipped[t, byte] & mask:
            ends[state - 1] = ends[state - 2] = t
            state -= 2
        elif advanced[t, byte] & mask:
            state -= 1
            ends[state] = t
    return ends
