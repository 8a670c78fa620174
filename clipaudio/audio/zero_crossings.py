"""Find zero crossings near given places of a recording, so that a cut there does not click.

Conventions
-----------
Places are frames. A frame is a crossing if the mean of its channels is zero or has another sign than the frame before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clipaudio.audio.frames import mix_down
from clipaudio.audio.quantize import to_float
from clipaudio.audio.reader import open_audio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.audio.reader import Recording

__all__ = ["CutPlace", "find_zero_crossings"]

_BLOCK = 1 << 16


class CutPlace(NamedTuple):
    """A cut at *frame* that may move from *least* to *most*, frames, both included."""

    least: int
    frame: int
    most: int


def find_zero_crossings(audio: Recording, places: Sequence[CutPlace]) -> list[int]:
    """Return the crossing nearest to each place within its limits, else the quietest frame there.

    The recording is read once, up to the last place.

    Parameters
    ----------
    audio
        The recording.
    places
        In any order.

    Raises
    ------
    AudioError
        The recording cannot be read.

    Examples
    --------
    >>> from clipaudio.audio.montage import AudioSlice, Montage
    >>> wave = np.sin(np.arange(100)[:, None] / 10)
    >>> find_zero_crossings(Montage((AudioSlice(wave, 0, 100),), 8000, 1, "FLOAT", False), [CutPlace(10, 40, 90)])
    [32]
    """
    found = [place.frame for place in places]
    order = sorted(range(len(places)), key=lambda row: places[row].least)
    held: dict[int, list[NDArray[np.float64]]] = {}
    waiting, now = 0, 0
    with open_audio(audio) as opened:
        for block in opened.blocks(_BLOCK):
            stop = now + len(block)
            while waiting < len(order) and places[order[waiting]].least - 1 < stop:
                held[order[waiting]] = []
                waiting += 1
            mono = mix_down(to_float(block, np.float64))[0] if held else np.empty(0)
            for row in list(held):
                least, _, most = places[row]
                held[row].append(mono[max(least - 1 - now, 0) : most + 1 - now])
                if most < stop:
                    found[row] = _nearest(np.concatenate(held.pop(row)), places[row])
            now = stop
            if waiting == len(order) and not held:
                break
    for row, parts in held.items():  # places at the end of the recording
        found[row] = _nearest(np.concatenate(parts), places[row])
    return found


def _nearest(samples: NDArray[np.float64], place: CutPlace) -> int:
    """Return the crossing nearest to *place* in *samples*, which begin one frame before its limits."""
    first = max(place.least - 1, 0)
    low = place.least - first
    if len(samples) <= low:
        return place.frame
    level = samples[low:]
    before = samples[:-1] if low else np.concatenate((level[:1], level[:-1]))  # nothing crosses at the very start
    rows = np.flatnonzero((level == 0) | (np.sign(level) != np.sign(before)))
    if not len(rows):
        quietest = np.abs(level).min()
        rows = np.flatnonzero(np.abs(level) == quietest)
    frames = rows + place.least
    return int(frames[np.argmin(np.abs(frames - place.frame))])
