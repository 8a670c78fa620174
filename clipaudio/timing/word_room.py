"""Written words over spoken ones: kept words keep their times, others share the room of those they replace.

Rules
-----
A word that replaces others has their time from start to end. Several words that replace several share the room between
the pauses, by their usual length, and none lasts over a pause. A word for which nothing was spoken has no time where
the given words are the truth. Where the text is the truth, it stands in the pause if that is long enough; else the
words beside it are shortened, by half at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.timing.letter_times import split_graphemes, usual_lengths
from clipaudio.timing.written_text import place_text, split_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.timing.timeline import Index, Times

__all__ = ["PAUSE", "PlacedWords", "deal_words", "measure_words", "place_words"]

PAUSE: Final = 0.2
"""Seconds of silence that no word lasts over."""
_SHORTEST: Final = 0.05
"""Seconds that a text without a letter lasts."""


class PlacedWords(NamedTuple):
    """Stretches of the written text with their times.

    Attributes
    ----------
    ranges
        intp, shape (n, 2): half-open characters of the text; ascending and disjoint.
    times
        float64, shape (n, 2), seconds; NaN where the time is unknown.
    pieces
        intp, shape (n, 2): half-open spoken words; empty where nothing was spoken for a stretch.
    is_kept
        bool, shape (n,): the letters and the time are those of the spoken words.
    estimated
        intp: stretches whose time is a share of another, or that were not spoken.
    shortened
        intp: stretches that were shortened for a new one.
    dropped
        intp: spoken words that the text lacks.
    """

    ranges: Index
    times: Times
    pieces: Index
    is_kept: NDArray[np.bool_]
    estimated: Index
    shortened: Index
    dropped: Index


def place_words(
    text: str, labels: Sequence[str], times: Times, *, duration: float | None = None, makes_room: bool = False
) -> PlacedWords:
    """Find the words of *text* among spoken ones, and the time of each.

    Parameters
    ----------
    text
        The text as written.
    labels, times
        The spoken words; float64, shape (n, 2), seconds, NaN where a time is unknown.
    duration
        Seconds of the audio, None if unknown.
    makes_room
        Place words for which nothing was spoken; else their time is NaN.

    Examples
    --------
    >>> times = np.array([[0.0, 0.3], [0.3, 0.5], [1.0, 1.4]])
    >>> placed = place_words("I brought only two", ["I", "brought", "two"], times, makes_room=True)
    >>> placed.times.round(2).tolist(), placed.is_kept.tolist()
    ([[0.0, 0.3], [0.3, 0.5], [0.59, 0.91], [1.0, 1.4]], [True, True, False, True])
    """
    placed = place_text(text, labels)
    ranges, pieces, kept = placed.ranges, placed.pieces, placed.is_equal
    counts = pieces[:, 1] - pieces[:, 0]
    divided = _divide_stretches(text, ranges, pieces, kept, times)
    if divided is not None:
        ranges, pieces, kept, shares = divided
        counts = pieces[:, 1] - pieces[:, 0]
    else:
        shares = np.full((len(ranges), 2), np.nan)
    result = np.full((len(ranges), 2), np.nan)
    spoken = counts > 0
    result[spoken, 0] = times[pieces[spoken, 0], 0]
    result[spoken, 1] = times[pieces[spoken, 1] - 1, 1]
    shared = ~np.isnan(shares[:, 0])
    result[shared] = shares[shared]
    silent = np.flatnonzero(~spoken) if makes_room else np.empty(0, np.intp)
    shortened = _make_room(text, ranges, result, silent, duration)
    is_kept = kept & spoken
    is_kept[shortened] = False
    rough = ~spoken | shared | ((counts > 1) & ~kept)
    return PlacedWords(ranges, result, pieces, is_kept, np.flatnonzero(rough), shortened, placed.dropped)


def measure_words(words: Sequence[str]) -> NDArray[np.float64]:
    """Return the usual seconds of each word, float64, shape (n,)."""
    lengths = [float(usual_lengths(split_graphemes(word)).sum()) if word else 0.0 for word in words]
    return np.maximum(np.array(lengths, np.float64), _SHORTEST)


def deal_words(lengths: NDArray[np.float64], spoken: Times) -> Times:
    """Deal words out over the time that was spoken, none over a pause.

    Parameters
    ----------
    lengths
        float64, shape (n,): usual seconds of each word.
    spoken
        float64, shape (m, 2), seconds: when was spoken, ascending and disjoint; not empty. Two intervals belong
        together unless a pause of `PAUSE` seconds is between them.

    Returns
    -------
    numpy.ndarray
        float64, shape (n, 2), seconds. The words between two pauses fill the room there by their lengths.

    Examples
    --------
    >>> deal_words(np.array([0.1, 0.1, 0.2]), np.array([[0.0, 0.2], [0.2, 0.4], [1.0, 1.4]])).round(3).tolist()
    [[0.0, 0.2], [0.2, 0.4], [1.0, 1.4]]
    """
    if not len(lengths):
        return np.empty((0, 2))
    new = np.concatenate(([True], spoken[1:, 0] - spoken[:-1, 1] >= PAUSE))
    rooms = np.column_stack((spoken[new, 0], spoken[np.append(np.flatnonzero(new)[1:], len(spoken)) - 1, 1]))
    sizes = rooms[:, 1] - rooms[:, 0]
    stops = np.cumsum(lengths)
    middles = (stops - lengths / 2) / stops[-1] * sizes.sum()
    room = np.searchsorted(np.cumsum(sizes), middles, side="right").clip(max=len(rooms) - 1)
    result = np.empty((len(lengths), 2))
    for place in np.unique(room).tolist():
        rows = np.flatnonzero(room == place)
        ends = np.cumsum(lengths[rows])
        cuts = rooms[place, 0] + np.concatenate(([0.0], ends)) / ends[-1] * sizes[place]
        cuts[-1] = rooms[place, 1]
        result[rows, 0], result[rows, 1] = cuts[:-1], cuts[1:]
    return result


def _divide_stretches(
    text: str, ranges: Index, pieces: Index, kept: NDArray[np.bool_], times: Times
) -> tuple[Index, Index, NDArray[np.bool_], Times] | None:
    """Divide stretches of several words over a pause into words, each with its time; None if there are none."""
    if not len(times):
        return None
    silent = np.append(times[1:, 0] - times[:-1, 1] >= PAUSE, False)
    pauses = np.concatenate(([0], np.cumsum(silent)))
    several = np.flatnonzero((pieces[:, 1] - pieces[:, 0] > 1) & ~kept)
    wide = {
        row: words
        for row in several.tolist()
        if pauses[pieces[row, 1] - 1] > pauses[pieces[row, 0]]
        and not np.isnan(times[pieces[row, 0] : pieces[row, 1]]).any()
        and len(words := split_words(text, *ranges[row].tolist())) > 1
    }
    if not wide:
        return None
    parts: list[tuple[Index, Index, NDArray[np.bool_], Times]] = []
    done = 0
    for row, words in wide.items():
        parts.append((ranges[done:row], pieces[done:row], kept[done:row], np.full((row - done, 2), np.nan)))
        first, stop = pieces[row].tolist()
        shares = deal_words(measure_words([text[a:b] for a, b in words]), times[first:stop])
        each = np.tile(pieces[row], (len(words), 1))
        parts.append((np.array(words, np.intp), each, np.zeros(len(words), bool), shares))
        done = row + 1
    parts.append((ranges[done:], pieces[done:], kept[done:], np.full((len(ranges) - done, 2), np.nan)))
    columns = list(zip(*parts, strict=True))
    return tuple(np.concatenate(column) for column in columns)  # type: ignore[return-value]


def _make_room(text: str, ranges: Index, times: Times, rows: Index, duration: float | None) -> Index:
    """Set the times of *rows*, which were not spoken, and return the rows that were shortened for them."""
    shortened: set[int] = set()
    for row in rows.tolist():
        before = float(times[row - 1, 1]) if row else 0.0
        after = float(times[row + 1, 0]) if row + 1 < len(times) else np.nan
        usual = float(measure_words([text[slice(*ranges[row].tolist())]])[0])
        if row + 1 == len(times):
            after = before + usual if duration is None else max(duration, before)
        room = max(after - before, 0.0)
        if room >= usual:
            start = before if row + 1 == len(times) else after - usual if not row else before + (room - usual) / 2
            times[row] = start, start + usual
            continue
        times[row] = before, before + room
        if room < usual / 2:
            shortened.update(_take_room(times, row, usual - room))
    return np.array(sorted(shortened), np.intp)


def _take_room(times: Times, row: int, need: float) -> list[int]:
    """Take *need* seconds of the stretches beside *row*, at most half of each; return those that are shorter."""
    beside = [other for other in (row - 1, row + 1) if 0 <= other < len(times)]
    given = {other: max(float(times[other, 1] - times[other, 0]), 0.0) / 2 for other in beside}
    total = sum(given.values())
    if not total > 0:
        return []
    share = min(need / total, 1.0)
    for other, most in given.items():
        if other < row:
            times[other, 1] -= most * share
            times[row, 0] = times[other, 1]
        else:
            times[other, 0] += most * share
            times[row, 1] = times[other, 0]
    return beside
