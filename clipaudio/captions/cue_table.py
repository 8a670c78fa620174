"""Measurements of units for the cost model, as arrays.

Conventions
-----------
A cue holds units i to j (half-open); place b is the border before unit b. Costs are whole numbers, `SCALE` to one.
Times are whole microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from clipaudio.captions.profiles import Profile

    Whole = NDArray[np.int64]
    Costs = NDArray[np.int32]

__all__ = ["CueTable"]


@dataclass(frozen=True, slots=True, eq=False)
class CueTable:
    """Measurements behind the cost of a cue, as arrays over n units or the n + 1 places around them.

    Attributes
    ----------
    count
        n.
    ends, leads
        Columns until place b, without a CJK full stop that hangs there; columns before the first column of unit i:
        units i to j take `ends[j] - leads[i]`.
    line_end, cue_end
        Cost of a line or cue that ends at place b.
    inside
        Sum of what the places up to b cost inside a cue.
    opened
        How many sentences start at the places up to b; `starts` is whether one starts at b.
    cuts
        How many places up to b always end a cue.
    begin, finish
        Microseconds: first sound from unit i on, last sound up to unit i.
    next_begin
        Microseconds: first sound after place b; far away at the end.
    words
        Spoken units before place b.
    lead_words
        Spoken units before unit i, less those of the label, which is read with the first: units i to j have
        `words[j] - lead_words[i]`.
    """

    count: int
    profile: Profile
    max_chars: int
    max_lines: int
    ends: Costs
    leads: Costs
    line_end: Costs
    cue_end: Costs
    inside: Whole
    opened: Whole
    starts: NDArray[np.bool_]
    cuts: Whole
    begin: Whole
    finish: Whole
    next_begin: Whole
    words: Whole
    lead_words: Whole

    @property
    def forced(self) -> NDArray[np.intp]:
        """The places that always end a cue, including both edges of the text."""
        forced = self.cuts[: self.count + 1].copy()
        forced[1:] -= self.cuts[: self.count]
        return forced.nonzero()[0]
