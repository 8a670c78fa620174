"""Find the most likely path through phone states: the first pass of the aligner, with rough edges.

Each gap, before, between and behind the words, may hold silence and then a *filler*: any sound, at a cost, where there
is speech or noise that the text lacks. From the filler of one gap a path may go to that of a later gap, at a cost for
each phone between them, where those words are not said.

Conventions
-----------
A path goes through the states in order. Frames here last 10 ms, two frames of the features. Memory is linear: of each
frame only a band of states is kept, which follows the best one. Costs are natural logarithms of probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.alignment.features import HOP
from clipaudio.errors import AlignmentError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.alignment.pronunciation import PhoneStates

__all__ = ["RoughPath", "find_path"]

_BAND: Final = 1024
"""States that are followed at once: about 45 s of speech."""
_EVERY: Final = 8  # frames between two moves of the band
_SILENCE_COST: Final = 1.0
_FILLER_COST: Final = 100.0  # of entering and of leaving a filler inside a sentence
_BREAK_COST: Final = 30.0  # of the same where the text has a mark, or begins or ends
_SKIP_COST: Final = 2.0  # for each phone that is not said
_SHORTEST: Final = 3  # frames of a phone, below which
_SHORT_COST: Final = 12.0
_LONGEST: Final = (10.0, 2.0)  # frames of a phone, and how often its typical ones, above which each frame
_LONG_COST: Final = 10.0
_STEP, _LEAP, _FAR = 1, 2, 3  # from the state before, from the second or third one; of a filler, 3 is a skip


@dataclass(frozen=True, slots=True)
class RoughPath:
    """Where each state ends, and which were not said.

    Attributes
    ----------
    ends
        intp, shape (n,), ascending: the frame at which each state ends, exclusive. A state that was left out ends where
        the one before it does.
    is_filled
        bool, shape (n,): gaps that hold a filler.
    is_skipped
        bool, shape (n,): phones that are not said, and the gap behind each word of them.
    """

    ends: NDArray[np.intp]
    is_filled: NDArray[np.bool_]
    is_skipped: NDArray[np.bool_]


class _Topology(NamedTuple):
    """The states with a filler behind each silence; arrays of states end with *room* that cannot be entered."""

    rows: NDArray[np.intp]  # of each state here, the row there
    kinds: NDArray[np.intp]
    costs: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]  # of a step, a leap and a far leap
    short: NDArray[np.float32]  # the cost of leaving early; three states before the first
    longest: NDArray[np.float32]  # frames before staying has a cost
    fillers: NDArray[np.intp]
    skips: NDArray[np.float32]  # the cost of going to each filler from the one before


class _Steps(NamedTuple):
    """The first state of the band of each frame, and how each of its states was entered: two bits, packed."""

    lows: NDArray[np.intp]
    ones: NDArray[np.uint8]
    twos: NDArray[np.uint8]

    def entry(self, t: int, state: int) -> int | None:
        """Return how *state* was entered at frame *t*, None outside the band."""
        byte, bit = divmod(state - int(self.lows[t]), 8)
        if not 0 <= byte < self.ones.shape[1]:
            return None
        return (int(self.ones[t, byte]) >> (7 - bit) & 1) | (int(self.twos[t, byte]) >> (7 - bit) & 1) << 1


def find_path(
    scores: NDArray[np.float16], states: PhoneStates, filler: NDArray[np.float16], *, band: int = _BAND
) -> RoughPath:
    """Return the path of the highest score.

    Parameters
    ----------
    scores
        Shape (frames, classes).
    states
        The first and the last are gaps, and no two gaps stand side by side.
    filler
        Shape (frames,): the score of a filler.

    Raises
    ------
    AlignmentError
        There are more phones than frames.
    """
    if int((~states.is_silence).sum()) > len(scores):
        raise AlignmentError("the text is far too long for the sound: it has more phones than the sound has frames")
    band = -(-min(band, len(states) + int(states.is_silence.sum())) // 8) * 8
    topology = _expand(states, band + 3)
    steps, last = _forward(scores, topology, filler, band)
    return _trace(topology, steps, last, len(scores))


def _expand(states: PhoneStates, room: int) -> _Topology:
    """Put a filler behind each silence, and say what each way into each state costs."""
    is_silence = states.is_silence
    rows = np.repeat(np.arange(len(states)), np.where(is_silence, 2, 1))
    fillers = np.flatnonzero(is_silence[rows] & np.append(rows[1:] != rows[:-1], [True]))
    is_filler, is_plain = np.zeros((2, len(rows) + room), np.bool_)
    is_filler[fillers] = is_plain[fillers - 1] = True
    fill = np.where(states.is_break[is_silence], _BREAK_COST, _FILLER_COST)
    step, leap, far = np.full((3, len(rows) + room), np.inf, np.float32)
    step[: len(rows)] = np.where(is_plain[: len(rows)], _SILENCE_COST, 0.0)
    step[fillers] = fill
    step[fillers[:-1] + 1] = fill[:-1]
    leap[fillers] = fill
    leap[fillers[:-1] + 1] = 0  # without a filler
    far[fillers[:-1] + 1] = 0  # without silence
    phones = np.cumsum(~is_silence)[is_silence]
    skips = (np.diff(phones, prepend=0) * _SKIP_COST).astype(np.float32)
    kinds = np.append(states.classes[rows], np.zeros(room, np.intp))
    usual = _LONGEST[0] + _LONGEST[1] * states.durations[rows] / (2 * HOP)
    longest = np.zeros(len(rows) + room, np.float32)
    longest[: len(rows)] = np.where(is_silence[rows], np.inf, usual)
    short = np.zeros(len(rows) + room + 3, np.float32)
    short[3 : len(rows) + 3] = np.where(is_silence[rows], 0.0, _SHORT_COST)
    return _Topology(rows, kinds, (step, leap, far), short, longest, fillers, skips)


def _forward(
    scores: NDArray[np.float16], topology: _Topology, filler: NDArray[np.float16], band: int
) -> tuple[_Steps, int]:
    """Return how each state was entered, and the best last state."""
    frames, states = len(scores), len(topology.rows)
    steps = _Steps(np.zeros(frames, np.intp), *np.zeros((2, frames, band // 8), np.uint8))
    best = np.full(band + 3, -np.inf, np.float32)  # three states before the band, then the band
    best[3] = scores[0, 0]
    best[4] = filler[0] - topology.costs[0][1]
    best[5] = scores[0, topology.kinds[2]]
    age = np.ones(band + 3, np.float32)  # frames since each state was entered
    low, last = 0, max(states - band, 0)
    for t in range(1, frames):
        if t % _EVERY == 0 and low < last:
            middle = low + int(best[3:].argmax()) - band // 2
            wanted = min(max(low, middle, last - (frames - 1 - t) // 2), last)
            empty = np.full(min(wanted - low, band + 3), -np.inf, np.float32)
            best = np.append(best[wanted - low :], empty)[: band + 3]
            age = np.append(age[wanted - low :], np.ones(len(empty), np.float32))[: band + 3]
            low = wanted
        steps.lows[t] = low
        here = slice(low, low + band)
        first, stop = np.searchsorted(topology.fillers, (low, low + band))
        places = topology.fillers[first:stop] - low
        emitted = scores[t].astype(np.float32)[topology.kinds[here]]
        emitted[places] = filler[t]
        leaving = best - topology.short[low : low + band + 3] * (age < _SHORTEST)
        found = best[3:] - np.float32(_LONG_COST) * (age[3:] >= topology.longest[here])
        entry = np.zeros(band, np.uint8)
        for kind, cost in enumerate(topology.costs, 1):
            other = leaving[3 - kind : band + 3 - kind] - cost[here]
            entry[other > found] = kind
            found = np.maximum(other, found)
        found = found + emitted
        _skip(found, entry, places, topology.skips[first:stop])
        steps.ones[t], steps.twos[t] = np.packbits(entry & 1), np.packbits(entry >> 1)
        best[3:] = found
        best[:3] = -np.inf
        age[3:] = np.where(entry == 0, age[3:] + 1, 1)
    ends = best[3 + states - 3 - low : 3 + states - low]  # a phone, silence, or a filler
    return steps, states - 3 + int(ends.argmax())


def _skip(
    found: NDArray[np.float32], entry: NDArray[np.uint8], places: NDArray[np.intp], skips: NDArray[np.float32]
) -> None:
    """Enter each filler from one before it where that is better: the words between them are not said."""
    if not len(places):
        return
    costs = np.cumsum(skips)
    reached = found[places] + costs
    highest = np.maximum.accumulate(reached)
    is_skip = np.append(False, highest[:-1] > reached[1:])
    found[places] = np.where(is_skip, highest - costs, found[places])
    entry[places[is_skip]] = _FAR


def _trace(topology: _Topology, steps: _Steps, state: int, frames: int) -> RoughPath:
    """Follow the entries back from the last state."""
    rows, fillers = topology.rows, topology.fillers
    states = int(rows[-1]) + 1
    is_filled, is_skipped = np.zeros((2, states), np.bool_)
    is_filler = np.zeros(len(rows), np.bool_)
    is_filler[fillers] = True
    ends = np.zeros(len(rows), np.intp)
    ends[state:] = frames
    t = frames - 1
    while t > 0:
        entry = steps.entry(t, state)
        if entry is None:
            break
        is_filled[rows[state]] |= is_filler[state]
        if entry == _FAR and is_filler[state]:
            before = int(fillers[np.searchsorted(fillers, state) - 1])
            ends[before:state] = ends[state]
            is_skipped[rows[before] + 1 : rows[state] + 1] = True
            state = before
            continue
        if entry:
            ends[state - entry : state] = t
            state -= entry
        t -= 1
    is_filled[rows[state]] |= is_filler[state]
    is_last = np.append(rows[1:] != rows[:-1], [True])
    return RoughPath(ends[is_last], is_filled, is_skipped)
