"""Settled sounds into visemes: a shape is settled when no sound that may follow can change it.

How
---
Shapes are timed by `clipaudio.lipsync.mouth_timing`, in which a sound changes the shapes before it: lips close and
round early, and a shape that is too short takes time from its neighbours. A pause in which the mouth rests ends all
that. So shapes come out up to the last pause, and in speech without one up to `_REACH` seconds before the last settled
sound, if they are the same without the last second of sounds. Phones are used as they come; graphemes if no phone has
come with the first of them.

In speech of ten words a second or more, sounds that have no room may change a shape even after that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.lipsync.articulatory_targets import find_targets
from clipaudio.lipsync.mouth_timing import MouthOptions, time_mouth
from clipaudio.lipsync.visemes import to_timeline
from clipaudio.phonetics.alphabets import detect_alphabet
from clipaudio.timing.repair import repair
from clipaudio.timing.timeline import Entry, Timeline

if TYPE_CHECKING:
    from fractions import Fraction

    from clipaudio.lipsync.mouth_track import ArticulatoryTargets
    from clipaudio.live.words import Settled
    from clipaudio.phonetics.alphabets import Alphabet
    from clipaudio.timing.timeline import Times

__all__ = ["MouthSettler"]

_REACH: Final = 2.0
"""Seconds before the last settled sound in which a later one may yet change a shape."""
_TRIED: Final = 1.0
"""Seconds of the last sounds; a shape that is another without them is not settled."""
_PAUSE: Final = MouthOptions().relaxed_pause
"""Seconds of silence in which the mouth rests."""
_SURE: Final = 20
"""Phones by which the alphabet is found."""
_MOST: Final = 6000
"""Labels in view without a pause after which all shapes wait for the end, so that no work grows."""
_AFTER: Final = 1.0
"""Seconds of rest that are put behind the view; no shape so late comes out."""
_SAME: Final = 1e-9


class MouthSettler:
    """Collect settled sounds and return the visemes that they settle.

    Parameters
    ----------
    viseme_set
        A key of `clipaudio.lipsync.visemes.SETS`.
    fps
        As in `clipaudio.lipsync.mouth_timing.time_mouth`.
    """

    def __init__(self, viseme_set: str, fps: Fraction | None) -> None:
        self._set, self._fps = viseme_set, fps
        self._labels: list[str] = []
        self._times: Times = np.empty((0, 2))
        self._has_phones: bool | None = None  # None until the first sound came
        self._alphabet: Alphabet | None = None
        self._begin = 0.0  # where the next shape begins
        self._last_pause = 0.0  # its middle
        self._is_stuck = False

    def push(self, settled: Settled | None, phones: Timeline, language: str | None) -> tuple[Entry, ...]:
        """Return the visemes that are settled by *settled* graphemes or by *phones*, which are in order."""
        if self._has_phones is None and (len(phones) or settled is not None):
            self._has_phones = bool(len(phones))
        line = phones if self._has_phones else _graphemes(settled)
        self._labels += line.labels
        self._times = np.concatenate((self._times, line.times))
        if self._is_stuck or not len(line) or (language is None and not self._has_phones):
            return ()
        if self._has_phones and self._alphabet is None:
            if len(self._labels) < _SURE:
                return ()
            self._alphabet = detect_alphabet(self._labels)
        self._is_stuck = len(self._labels) > _MOST
        return self._shapes(language or "en")

    def _shapes(self, language: str) -> tuple[Entry, ...]:
        """Return the new shapes of the view, and leave what is before the last pause behind."""
        line = Timeline(tuple(self._labels), self._times)
        if self._has_phones:  # graphemes are repaired already; the last phone may yet be cut at the next
            line = repair(line, unit="s").timeline[: len(line) - 1]
        if not len(line) or not line.times[-1, 1] > 0:
            return ()
        last = float(line.times[-1, 1])
        targets, shapes = self._make(line, language)
        without = self._make(line[: int(np.searchsorted(line.times[:, 0], last - _TRIED))], language)[1]
        pause = _last_pause(targets.times, self._begin)
        limit = max(last - _REACH, -1.0 if pause is None else pause[0])
        found = []
        for entry, other in zip(shapes, without, strict=False):
            if entry.end > limit + _SAME or entry.label != other.label or abs(entry.end - other.end) > _SAME:
                break  # the last sounds have changed it, so that others may
            if entry.end > self._begin + _SAME:
                found.append(entry._replace(start=self._begin))
                self._begin = entry.end
        if pause is not None and self._last_pause < pause[0] <= self._begin + _SAME:
            self._forget(self._last_pause)  # of a pause its length counts: the one before stays in view
            self._last_pause = sum(pause) / 2
        return tuple(found)

    def _make(self, line: Timeline, language: str) -> tuple[ArticulatoryTargets, Timeline]:
        """Return the targets and shapes of *line*, with a rest behind it."""
        empty = Timeline.empty()
        duration = (float(line.times[-1, 1]) if len(line) else 0.0) + _AFTER
        phones, graphemes = (line, empty) if self._has_phones else (empty, line)
        targets = find_targets(phones, graphemes, duration=duration, alphabet=self._alphabet, language=language)
        return targets, to_timeline(time_mouth(targets, duration=duration, fps=self._fps), self._set)

    def _forget(self, second: float) -> None:
        """Leave the labels that end before *second* behind."""
        starts = self._times[:, 0]
        first = int(np.argmax(starts >= second)) if (starts >= second).any() else 0
        del self._labels[:first]
        self._times = self._times[first:]


def _graphemes(settled: Settled | None) -> Timeline:
    return Timeline.empty() if settled is None else Timeline(settled.labels, settled.times)


def _last_pause(times: Times, begin: float) -> tuple[float, float] | None:
    """Return the last silence between two of *times* that ends behind *begin* and in which the mouth rests."""
    gaps = np.flatnonzero(times[1:, 0] - times[:-1, 1] >= _PAUSE)
    gaps = gaps[times[1:, 0][gaps] > begin]
    return (float(times[gaps[-1], 1]), float(times[gaps[-1] + 1, 0])) if len(gaps) else None
