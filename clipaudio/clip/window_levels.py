"""Arrange windows of a clip in another order: the levels of each part follow, and marks stay with their words.

Conventions
-----------
Seconds of the whole. A window is half-open; its words are rows of the words of all parts. Every time of a window moves
by the same number of frames. Neighbouring windows of one part become one part, so that a sentence may go on over a cut.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import regex

from clipaudio.timing.intervals import keep_between
from clipaudio.timing.pieces import join_pieces
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from clipaudio.export.options import Part
    from clipaudio.timing.aligned import Aligned
    from clipaudio.timing.timeline import Index, Times

__all__ = ["Window", "Windowed", "arrange_levels"]

_OPENERS: Final = regex.compile(r"[\p{Ps}\p{Pi}\u201e\u201a\u00bf\u00a1\"']+\Z")


class Window(NamedTuple):
    """The seconds from *start* to *end*, with the words from row *first* to *stop*."""

    start: float
    end: float
    first: int
    stop: int


class Windowed(NamedTuple):
    """The parts of the arranged windows, and the seconds they last together."""

    parts: tuple[Part, ...]
    duration: float


class _Piece(NamedTuple):
    """What one window has of one part: seconds of the whole, words of the part, and by how much times move."""

    part: int
    start: float
    end: float
    shift: float
    first: int
    stop: int


def arrange_levels(
    parts: Sequence[Part], windows: Sequence[Window], duration: float, *, rate: int | None = None
) -> Windowed:
    """Return the parts of *windows*, one after another.

    Parameters
    ----------
    parts
        The spoken parts of the clip, in order.
    windows
        What is kept, in the order of the result; words ascend inside a window.
    duration
        Seconds of the clip.
    rate
        Frames a second, at which windows begin and end; None without audio.
    """
    pieces, length = _cut_pieces(parts, windows, duration, rate)
    groups: list[list[_Piece]] = []
    for piece in pieces:
        if groups and groups[-1][0].part == piece.part:
            groups[-1].append(piece)
        elif piece.first < piece.stop or not groups:
            groups.append([piece])
    spoken = [group for group in groups if any(piece.first < piece.stop for piece in group)]
    return Windowed(tuple(_make_part(parts[group[0].part], group) for group in spoken), length)


def _cut_pieces(
    parts: Sequence[Part], windows: Sequence[Window], duration: float, rate: int | None
) -> tuple[list[_Piece], float]:
    """Cut windows at the borders of parts; return the pieces and the length of the whole."""
    begins = [0.0, *(part.offset for part in parts[1:]), duration]
    bases = [0, *accumulate(len(part.aligned.words) for part in parts)]
    pieces: list[_Piece] = []
    frames, seconds = 0, 0.0
    for window in windows:
        now = seconds
        shift = seconds - window.start
        if rate is not None:
            first = round(window.start * rate)
            shift = (frames - first) / rate
            frames += round(window.end * rate) - first
        seconds = now + window.end - window.start if rate is None else frames / rate
        lowest = int(np.searchsorted(begins, window.start, side="right")) - 1
        for row in range(max(min(lowest, _owner(bases, window.first)), 0), len(parts)):
            start, end = max(window.start, begins[row]), min(window.end, begins[row + 1])
            first, stop = max(window.first, bases[row]), min(window.stop, bases[row + 1])
            if start < end or first < stop:
                pieces.append(_Piece(row, start, end, shift, first - bases[row], max(stop, first) - bases[row]))
            elif begins[row] >= window.end:
                break
    return pieces, seconds


def _owner(bases: Sequence[int], word: int) -> int:
    """Return the part of a word, from the first word of each part."""
    return int(np.searchsorted(bases, word, side="right")) - 1


def _make_part(part: Part, pieces: Sequence[_Piece]) -> Part:
    """Return the part of neighbouring pieces."""
    clip = part.aligned
    offset = pieces[0].start + pieces[0].shift
    length = pieces[-1].end + pieces[-1].shift - offset
    rows, owners, known = _select_graphemes(part, pieces)
    spoken = [piece for piece in pieces if piece.first < piece.stop]
    moves = np.array([(piece.shift, piece.start, piece.end) for piece in spoken])[owners]
    shifts, starts, ends = moves.T[:, :, np.newaxis]

    def moved(times: Times) -> Times:  # a letter that a cut crosses, by less than a frame, ends at the cut
        result: Times = np.clip(times[rows] + part.offset, starts, ends) + shifts - offset
        return result

    reports = dict(clip.reports)
    if "graphemes" in reports:
        reports["graphemes"] = replace(reports["graphemes"], shared_times=moved(reports["graphemes"].shared_times))
    graphemes = Timeline(
        tuple([clip.graphemes.labels[row] for row in rows.tolist()]),
        keep_between(moved(clip.graphemes.times), known),
    )
    levels = {}
    for name, line in (("phones", clip.phones), ("visemes", clip.visemes)):
        levels[name], chosen, move = _select_sounds(line, part.offset, pieces, offset)
        if name in reports:
            times = reports[name].shared_times[chosen] + part.offset + move - offset
            reports[name] = replace(reports[name], shared_times=times)
    aligned = replace(
        clip,
        graphemes=graphemes,
        phones=levels["phones"],
        visemes=levels["visemes"],
        reports=MappingProxyType(reports),
        duration=length,
        turns=(),
    )
    return part.with_levels(aligned, offset=offset)


def _select_sounds(
    line: Timeline, offset: float, pieces: Sequence[_Piece], new_offset: float
) -> tuple[Timeline, Index, Times]:
    """Return the entries whose middle is in a piece, their rows, and by how much each moves."""
    middles = line.times.mean(axis=1) + offset if len(line) else np.empty(0)
    times, rows, shifts = [np.empty((0, 2))], [np.empty(0, np.intp)], [np.empty((0, 1))]
    for number, piece in enumerate(pieces):
        is_last = number == len(pieces) - 1
        first = int(np.searchsorted(middles, piece.start))
        stop = int(np.searchsorted(middles, piece.end, side="right" if is_last else "left"))
        rows.append(np.arange(first, stop))
        shifts.append(np.full((max(stop - first, 0), 1), piece.shift))
        inside = np.clip(line.times[first:stop] + offset, piece.start, piece.end)
        times.append(inside + piece.shift - new_offset)
    chosen = np.concatenate(rows)
    labels = tuple([line.labels[row] for row in chosen.tolist()])
    return Timeline(labels, np.concatenate(times)), chosen, np.concatenate(shifts)


def _select_graphemes(part: Part, pieces: Sequence[_Piece]) -> tuple[Index, Index, NDArray[np.bool_]]:
    """Return the rows of graphemes that are kept, the spoken piece of each, and whether it is part of a word."""
    labels, ranges = part.aligned.graphemes.labels, part.aligned.words.child_ranges
    spoken = [piece for piece in pieces if piece.first < piece.stop]
    chosen: list[int] = []
    owners: list[int] = []
    known: list[bool] = []

    def add(rows: Iterable[int], owner: int, *, is_word: bool = False) -> None:
        before = len(chosen)
        chosen.extend(rows)
        owners.extend([owner] * (len(chosen) - before))
        known.extend([is_word] * (len(chosen) - before))

    first_gap = _gap(part.aligned, spoken[0].first)
    add(_openers(labels, first_gap) if spoken[0].first else first_gap, 0)
    for number, piece in enumerate(spoken):
        if number:
            add(*_seam(part.aligned, spoken, number))
        first, stop = int(ranges[piece.first, 0]), int(ranges[piece.stop - 1, 1])
        inside = np.zeros(stop - first, np.int8)  # letters of words, not what stands between
        own = ranges[piece.first : piece.stop] - first
        np.add.at(inside, own[:, 0], 1)
        np.subtract.at(inside, own[own[:, 1] < len(inside), 1], 1)
        before = len(chosen)
        add(range(first, stop), number)
        known[before:] = np.cumsum(inside).astype(bool).tolist()
    last = spoken[-1].stop
    tail = _gap(part.aligned, last)
    if last < len(ranges):
        strongest = max(last, len(ranges), key=lambda word: _strength(part.aligned, word))
        tail = _without_blanks(labels, _gap(part.aligned, strongest))
    add(tail, len(spoken) - 1)
    return np.array(chosen, np.intp), np.array(owners, np.intp), np.array(known, bool)


def _gap(clip: Aligned, word: int) -> range:
    """Return the rows of graphemes between a word and the one before it."""
    ranges = clip.words.child_ranges
    first = int(ranges[word - 1, 1]) if word else 0
    return range(first, int(ranges[word, 0]) if word < len(ranges) else len(clip.graphemes))


def _seam(clip: Aligned, pieces: Sequence[_Piece], number: int) -> tuple[list[int], int]:
    """Return the rows of graphemes between the words of a piece and of the one before it, and the piece they follow."""
    labels, words = clip.graphemes.labels, clip.words.labels
    before, piece = pieces[number - 1], pieces[number]
    after, gap = _gap(clip, before.stop), _gap(clip, piece.first)
    if before.stop == piece.first:
        return [*after], number
    is_left = _strength(clip, before.stop) >= _strength(clip, piece.first)
    rows = [*(after if is_left else gap)]
    is_apart = " " in join_pieces([words[before.stop - 1], words[piece.first]])[0]
    if is_apart and not any(labels[row].isspace() for row in rows):  # marks of the end of a text, or none at all
        rows += [row for row in (*gap, *after, *range(len(labels))) if labels[row].isspace()][:1]
    return rows, number - 1 if is_left else number


def _strength(clip: Aligned, word: int) -> int:
    """Return how strongly the marks before a word divide: 2 end a sentence, 1 are other marks, 0 are blanks."""
    rows = _gap(clip, word)
    stops = clip.sentences.child_ranges[:, 1]
    row = int(np.searchsorted(stops, word))
    if row < len(stops) and stops[row] == word:  # the point of "Dr." is no such end
        return 2
    return int(bool("".join(clip.graphemes.labels[rows.start : rows.stop]).strip()))


def _openers(labels: Sequence[str], rows: range) -> range:
    """Return the rows of marks that open the word behind them."""
    first = rows.stop
    while first > rows.start and _OPENERS.match(labels[first - 1]):
        first -= 1
    return range(first, rows.stop)


def _without_blanks(labels: Sequence[str], rows: range) -> range:
    """Return *rows* up to the first blank."""
    blank = next((row for row in rows if labels[row].isspace()), rows.stop)
    return range(rows.start, blank)
