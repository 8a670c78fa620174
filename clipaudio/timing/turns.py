"""Who speaks when: stretches of graphemes that one speaker says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from clipaudio.timing.timeline import Index

__all__ = ["Turn", "find_turns"]


class Turn(NamedTuple):
    """What one speaker says at a stretch: half-open rows of graphemes."""

    speaker: str | None
    first: int
    stop: int


def find_turns(speakers: tuple[str | None, ...], pieces: Index) -> tuple[Turn, ...]:
    """Return the stretches of one speaker, from the speaker of each piece and the piece of each grapheme.

    Examples
    --------
    >>> import numpy as np
    >>> find_turns(("Ann", "Ann", "Bob"), np.array([0, 0, 1, 2]))
    (Turn(speaker='Ann', first=0, stop=3), Turn(speaker='Bob', first=3, stop=4))
    """
    if not speakers or not len(pieces):
        return ()
    names = [speakers[piece] for piece in pieces.tolist()]
    starts = [row for row in range(len(names)) if not row or names[row] != names[row - 1]]
    return tuple(Turn(names[first], first, stop) for first, stop in zip(starts, [*starts[1:], len(names)], strict=True))
