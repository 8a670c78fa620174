"""Take words out of a clip, keep some, or move them: samples, letters, phones and captions follow.

Rules
-----
A cut lies in the pause beside a word. Where words are taken out, the longer of the two pauses around them remains, and
half of the shorter one stands on each side. The cut moves to the nearest zero crossing within 5 ms, never into a word
that is kept, and the sound fades over 3 ms. All times of a window move by the same whole number of frames.

Marks follow the words that are kept. Where marks of both sides meet, those of the stronger side remain, so that a
sentence still ends: "I think, um. Next" becomes "I think. Next".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.clip.editing import ClipContent
from clipaudio.clip.window_levels import Window, Windowed, arrange_levels
from clipaudio.errors import EditError
from clipaudio.timing.written_text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clipaudio.timing.timeline import Index, Times

__all__ = ["find_word_rows", "keep", "move", "remove", "shorten_pauses"]

_FADE: Final = 0.003
_REACH: Final = 0.005
_MARGIN: Final = 0.1
"""Seconds of silence that a word at the edge of the clip takes with it when it is moved."""


class _Cut(NamedTuple):
    """A place in seconds that may move between two others, the edges of the words beside it.

    Where both words touch between two frames, the cut is before the frame if the word behind it is kept.
    """

    least: float
    place: float
    most: float
    keeps_behind: bool = False


def find_word_rows(labels: Sequence[str], words: Iterable[int | str]) -> Index:
    """Return the rows of words that are given as rows, or as text.

    Parameters
    ----------
    labels
        The words of the clip.
    words
        Rows from 0, negative ones from the end; or words or phrases, compared without case and marks, every place of
        which is found.

    Returns
    -------
    numpy.ndarray
        intp, ascending, each row once. Text that is not found has no rows.

    Raises
    ------
    EditError
        There is no such row, or a text has no letter.

    Examples
    --------
    >>> find_word_rows(["Um", "you", "know", "um", "yes"], ["um", "you know", -1]).tolist()
    [0, 1, 2, 3, 4]
    """
    chosen: set[int] = set()
    phrases: dict[str, list[list[str]]] = {}
    for word in [words] if isinstance(words, str) else words:
        if isinstance(word, str):
            folded = [one for part in word.split() if (one := fold(part))]
            if not folded:
                raise EditError(f"{word!r} has no letter; expected a word, a phrase, or the row of a word")
            phrases.setdefault(folded[0], []).append(folded)
            continue
        if not -len(labels) <= word < len(labels):
            raise EditError(f"there is no word {word}; the clip has {len(labels)} words, rows from 0")
        chosen.add(int(word) % len(labels))
    spoken = [fold(label) for label in labels] if phrases else []
    for row, label in enumerate(spoken):
        for phrase in phrases.get(label, ()):
            if spoken[row : row + len(phrase)] == phrase:
                chosen.update(range(row, row + len(phrase)))
    return np.array(sorted(chosen), np.intp)


def remove(clip: ClipContent, rows: Index) -> ClipContent:
    """Take the words at *rows* out.

    Raises
    ------
    EditError
        No word would be left.
    AudioError
        The audio cannot be read.
    """
    if not len(rows):
        return clip
    line = _Line.of(clip)
    kept = np.ones(len(line.times), bool)
    kept[rows] = False
    if not kept.any():
        raise EditError("no word would be left; keep one at least")
    edges = np.flatnonzero(np.diff(np.concatenate(([True], kept, [True])).astype(int)))
    cuts = []
    runs = edges.reshape(-1, 2).tolist()
    for first, stop in runs:
        before, start = line.end_before(first), float(line.times[first, 0])
        end, after = float(line.times[stop - 1, 1]), line.start_from(stop)
        reach = max(min(start - before, after - end), 0.0) / 2
        cuts += [_Cut(before, start - reach, start), _Cut(end, end + reach, after, keeps_behind=True)]
    places = line.settle(cuts)
    windows, now, row = [], 0.0, 0
    for (first, stop), a, b in zip(runs, places[::2], places[1::2], strict=True):
        windows.append(Window(now, a, row, first))
        now, row = max(a, b), stop  # a word of less than a frame takes nothing with it
    windows.append(Window(now, clip.duration, row, len(line.times)))
    return _arrange(clip, [window for window in windows if window.start < window.end])


def keep(clip: ClipContent, rows: Index) -> ClipContent:
    """Take all words but those at *rows* out; raises as `remove`."""
    others = np.ones(len(_Line.of(clip).times), bool)
    others[rows] = False
    return remove(clip, np.flatnonzero(others))


def move(clip: ClipContent, first: int, stop: int, before: int) -> ClipContent:
    """Move the words from row *first* to *stop*, half-open, to the place before the word *before*.

    Silence at the start and the end of the clip stays there, but for 0.1 s.

    Raises
    ------
    EditError
        There are no such words, or *before* is one of them.
    AudioError
        The audio cannot be read.
    """
    line = _Line.of(clip)
    count = len(line.times)
    if not 0 <= first < stop <= count or not 0 <= before <= count:
        raise EditError(
            f"words {first} to {stop} before {before}; expected rows from 0 to {count}, and first below stop"
        )
    if first < before < stop:
        raise EditError("words cannot stand before one of themselves; choose another word to stand before")
    if before in {first, stop}:
        return clip
    low, middle, high = (before, first, stop) if before < first else (first, stop, before)
    a, b, c = line.settle([line.cut_before(row) for row in (low, middle, high)])
    blocks = [Window(b, c, middle, high), Window(a, b, low, middle)]
    return _arrange(clip, [Window(0.0, a, 0, low), *blocks, Window(c, clip.duration, high, count)])


def shorten_pauses(clip: ClipContent, longest: float) -> ClipContent:
    """Shorten each pause between two words to *longest* seconds; its middle is taken out.

    Raises
    ------
    EditError
        *longest* is negative or not finite.
    AudioError
        The audio cannot be read.
    """
    if not 0 <= longest < math.inf:
        raise EditError(f"a longest pause of {longest} s; expected 0 or more")
    line = _Line.of(clip)
    pauses = line.times[1:, 0] - line.times[:-1, 1]
    rows = np.flatnonzero(pauses > longest + 1e-9) + 1
    cuts = []
    for row in rows.tolist():
        before, after = line.end_before(row), line.start_from(row)
        cuts += [_Cut(before, before + longest / 2, after), _Cut(before, after - longest / 2, after)]
    places = line.settle(cuts)
    windows, now, first = [], 0.0, 0
    for row, a, b in zip(rows.tolist(), places[::2], places[1::2], strict=True):
        if a < b:
            windows.append(Window(now, a, first, row))
            now, first = b, row
    windows.append(Window(now, clip.duration, first, len(line.times)))
    return clip if len(windows) == 1 else _arrange(clip, windows)


@dataclass(frozen=True, eq=False)
class _Line:
    """The words of all parts on one line; seconds of the whole."""

    clip: ClipContent
    times: Times

    @classmethod
    def of(cls, clip: ClipContent) -> _Line:
        return cls(clip, np.concatenate([np.empty((0, 2)), *(p.aligned.words.times + p.offset for p in clip.parts)]))

    def end_before(self, row: int) -> float:
        """Return where the word before *row* ends, 0 before the first."""
        return float(self.times[row - 1, 1]) if row else 0.0

    def start_from(self, row: int) -> float:
        """Return where the word *row* starts, the end of the clip behind the last."""
        return float(self.times[row, 0]) if row < len(self.times) else self.clip.duration

    def cut_before(self, row: int) -> _Cut:
        """Return the cut before the word *row*: in the middle of the pause, near the word at the edge of the clip."""
        before, after = self.end_before(row), self.start_from(row)
        place = (before + after) / 2
        if row == 0:
            place = max(place, after - _MARGIN)
        if row == len(self.times):
            place = min(place, before + _MARGIN)
        return _Cut(before, place, after)

    def settle(self, cuts: Sequence[_Cut]) -> list[float]:
        """Return where each cut is made, seconds: at a zero crossing within reach, at whole frames."""
        montage = self.clip.montage
        if montage is None or not cuts:
            return [cut.place for cut in cuts]
        from clipaudio.audio.zero_crossings import CutPlace, find_zero_crossings  # noqa: PLC0415 - audio loads on use

        rate, frames = montage.sample_rate, montage.frames
        reach = round(_REACH * rate)
        places = []
        for cut in cuts:
            least, most = math.ceil(cut.least * rate - 1e-6), math.floor(cut.most * rate + 1e-6)
            if least > most:
                least = most = most if cut.keeps_behind else least
            frame = min(max(math.floor(cut.place * rate + 0.5 + 1e-6), least), most)
            near = (max(least, frame - reach, 0), min(most, frame + reach, frames))
            places.append(CutPlace(near[0], min(frame, frames), near[1]))
        return [frame / rate for frame in find_zero_crossings(montage, places)]


def _arrange(clip: ClipContent, windows: Sequence[Window]) -> ClipContent:
    """Return the clip of *windows*, one after another."""
    montage = clip.montage
    if montage is None:
        return ClipContent(**arrange_levels(clip.parts, windows, clip.duration)._asdict())
    rate = montage.sample_rate
    frames = [(round(window.start * rate), round(window.end * rate)) for window in windows]
    montage = montage.select(frames, fade=round(_FADE * rate))
    made: Windowed = arrange_levels(clip.parts, windows, clip.duration, rate=rate)
    return ClipContent(parts=made.parts, duration=montage.frames / rate, montage=montage)
