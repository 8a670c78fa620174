"""Compute curves of weights from a mouth track, on video frames or at any times.

Conventions
-----------
Seconds; weights are float32, 0 to 1, one row per time and one column per name. At rest all weights are 0, so curves can
be added to an expression; among viseme curves the shape of rest is 1 instead.

A weight is the mean of the poses of the sounds around it, weighted by their dominance (see `poses`), which falls to
zero a little before and after each sound. Closures are exact: the lips are closed for the whole closure, and ease in
and out within a third of the neighbours. On video frames the first and the last row are at rest, because players hold
them; a rest at either end eases to it. Each sound affects only the times near it, so work is linear; memory besides
the result is a few megabytes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.errors import ExportError
from clipaudio.lipsync.blendshapes import ARKIT, MOUTH, MOVES, mix_moves
from clipaudio.lipsync.poses import LEAST_REACH, pose_of
from clipaudio.lipsync.visemes import SETS
from clipaudio.lipsync.visemes import to_timeline as shapes_of_track
from clipaudio.phonetics.articulation import REST, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from numpy.typing import ArrayLike, NDArray

    from clipaudio.lipsync.mouth_track import MouthTrack
    from clipaudio.timing.timeline import Timeline, Times

    Seconds = NDArray[np.float64]

__all__ = ["CLOSED", "Curves", "iterate_curves", "make_curves", "make_viseme_curves"]

CLOSED: Final = frozenset({"PP", "FF", "p", "f", "A", "G", "MBP", "FV", "21", "18", "vrc.v_pp", "vrc.v_ff"})
"""Shapes of closed lips in the usual sets; `make_viseme_curves` accepts others."""

_LONGEST: Final = 24 * 3600  # seconds
_MOST_ROWS: Final = _LONGEST * 60

_COLUMNS: Final = {"arkit": ARKIT, "mouth": MOUTH}
_CORE: Final = 0.05  # dominance is full except in the first and last twentieth of a second, or quarter
_EASE: Final = 0.06  # seconds in which lips close or part
_MARGIN: Final = 2.0  # seconds: no sound has an effect so far away
_PLAIN_REACH: Final = 0.1  # of a mouth shape known by name only
_PAIRS: Final = 200_000  # of sound and time, per block
_ROWS: Final = 32_768  # of the result, per block


@dataclass(frozen=True, eq=False, slots=True)
class Curves:
    """Weights over time.

    Attributes
    ----------
    times
        float64, shape (n,), seconds, ascending.
    names
        One per curve.
    weights
        float32, shape (n, number of names), 0 to 1.
    fps
        Rows per second if they are on a grid, else None.
    """

    times: Seconds
    names: tuple[str, ...]
    weights: NDArray[np.float32]
    fps: Fraction | float | None = None


def make_curves(
    track: MouthTrack,
    *,
    fps: Fraction | float = 60,
    times: ArrayLike | None = None,
    names: str = "arkit",
) -> Curves:
    """Return the curves of a mouth.

    Parameters
    ----------
    track
        Track of the mouth, from `mouth_timing.time_mouth`.
    fps
        Rows per second, from 0 to before the end.
    times
        Ascending seconds, instead of *fps*; times outside the track read its edges.
    names
        "arkit": the 52 blend shapes of Apple's face tracking, of which speech moves about twenty; "mouth": "jaw",
        "lips" (closing) and "rounding" only; or a key of `visemes.SETS`: the shapes of that set, as from
        `make_viseme_curves`.

    Raises
    ------
    ExportError
        There are no such names; the rate is not a finite number above 0; the track is longer than 24 hours or has too
        many video frames; or the times are not finite, ascending and
        one-dimensional.

    Examples
    --------
    >>> from clipaudio.phonetics.articulation import REST, Articulation, SoundKind
    >>> from clipaudio.lipsync.mouth_track import MouthTrack
    >>> sounds = (REST, Articulation(SoundKind.VOWEL, height=1.0))
    >>> track = MouthTrack(np.array([[0.0, 0.5], [0.5, 1.0]]), sounds, np.array([0, 1]))
    >>> curves = make_curves(track, times=[0.1, 0.5, 0.9], names="mouth")
    >>> curves.names, [f"{weight:.2f}" for weight in curves.weights[:, 0]]
    (('jaw', 'lips', 'rounding'), ['0.00', '0.29', '0.62'])
    """
    if names in SETS:
        # in a set without a shape of closed lips, rest closes them
        closed = CLOSED if CLOSED & set(SETS[names].names) else frozenset({SETS[names].rest})
        to_timeline = shapes_of_track(track, names)
        curves = make_viseme_curves(to_timeline, names=SETS[names].names, fps=fps, times=times, closed=closed)
        _settle(curves, track, _rest_of(curves.names, names))
        return curves
    if names not in _COLUMNS:
        raise ExportError(f"curves {names!r} are not known; expected one of {', '.join([*_COLUMNS, *SETS])}")
    columns = _COLUMNS[names]
    grid, rate = _grid(float(track.times[-1, 1]), fps, times)
    moves = _moves(track, np.clip(grid, track.times[0, 0], track.times[-1, 1]))
    mix = mix_moves(columns)
    weights = np.empty((len(grid), len(columns)), np.float32)
    for first in range(0, len(grid), _ROWS):
        rows = slice(first, first + _ROWS)
        np.matmul(moves[:, rows].T, mix, out=weights[rows])
        np.clip(weights[rows], 0.0, 1.0, out=weights[rows])
    curves = Curves(grid, columns, weights, rate)
    _settle(curves, track, _rest_of(columns, names))
    return curves


def iterate_curves(track: MouthTrack, *, fps: Fraction | float, names: str = "arkit") -> Iterator[Curves]:
    """Return the curves of `make_curves` in blocks of rows, so that a day of them needs little memory.

    Raises
    ------
    ExportError
        As for `make_curves`.
    """
    grid, rate = _grid(float(track.times[-1, 1]), fps, None)
    ends = (grid[0], grid[-1])

    def block(first: int) -> Curves:
        times = grid[first : first + _ROWS]
        low = max(int(np.searchsorted(track.times[:, 1], times[0] - _MARGIN)) - 1, 0)
        high = int(np.searchsorted(track.times[:, 0], times[-1] + _MARGIN)) + 1
        part = replace(track, times=track.times[low:high], codes=track.codes[low:high])
        curves = replace(make_curves(part, times=times, names=names), fps=rate)
        _settle(curves, track, _rest_of(curves.names, names), ends)
        return curves

    return map(block, range(0, len(grid), _ROWS))


def make_viseme_curves(
    to_timeline: Timeline,
    *,
    names: Sequence[str],
    fps: Fraction | float = 60,
    times: ArrayLike | None = None,
    closed: frozenset[str] = CLOSED,
) -> Curves:
    """Return a curve for each shape of a set; they sum to 1 at every time.

    Parameters
    ----------
    shapes
        Mouth shapes from 0 to the end without a gap.
    names
        The set, in the order of the columns. A shape that is not in it moves nothing.
    fps, times
        As for `make_curves`.
    closed
        Shapes that are fully reached for their whole duration.

    Raises
    ------
    ExportError
        There are no shapes, or as for `make_curves`.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Timeline
    >>> to_timeline = Timeline(("sil", "PP", "aa"), [[0.0, 0.5], [0.5, 0.6], [0.6, 1.0]])
    >>> make_viseme_curves(to_timeline, names=("sil", "PP", "aa"), times=[0.1, 0.5, 0.9]).weights.round(2).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    if not len(to_timeline):
        raise ExportError("there are no mouth shapes; expected them from 0 to the end")
    grid, rate = _grid(float(to_timeline.ends[-1]), fps, times)
    inside = np.clip(grid, to_timeline.starts[0], to_timeline.ends[-1])
    columns = tuple(names)
    row = {name: i for i, name in enumerate(columns)}
    chosen = np.array([row.get(label, len(columns)) for label in to_timeline.labels], np.intp)
    width = len(columns) + 1
    pull = np.zeros(len(grid) * width)
    for part in _pairs(_cores(to_timeline.times), np.full(len(to_timeline), _PLAIN_REACH), inside):
        cell = part.frame * width + chosen[part.span]
        low = int(cell.min())
        counted = np.bincount(cell - low, _dominance(part.distance, 1.0, _PLAIN_REACH))
        pull[low : low + len(counted)] += counted
    weights = pull.reshape(-1, width)
    weights /= weights.sum(axis=1, keepdims=True)
    for name in sorted(closed & set(to_timeline.labels) & set(columns)):
        is_it = np.array([label == name for label in to_timeline.labels])
        ease = _closing(to_timeline.times, is_it, inside)[:, None]
        weights *= 1 - ease
        weights[:, row[name]] += ease[:, 0]
    return Curves(grid, columns, np.clip(weights[:, :-1], 0.0, 1.0).astype(np.float32), rate)


def _grid(end: float, fps: Fraction | float, times: ArrayLike | None) -> tuple[Seconds, Fraction | float | None]:
    """Return the times of the rows, and their rate if there is one."""
    if times is not None:
        given: Seconds = np.array(times, np.float64)
        if given.ndim != 1 or not np.isfinite(given).all() or (np.diff(given) < 0).any():
            raise ExportError(f"times of shape {given.shape}; expected finite ascending seconds in one dimension")
        return given, None
    rate = float(fps)
    if not (math.isfinite(rate) and rate > 0):
        raise ExportError(f"the frame rate is {fps}; expected a finite number above 0")
    rows = max(end * rate - 1e-6, 1)
    if end > _LONGEST or rows > _MOST_ROWS:
        raise ExportError(
            f"curves of {end:.0f} s at {rate:.4g} frames per second are too long; expected 24 hours and"
            f" {_MOST_ROWS} video frames at most: cut the clip, or choose a lower rate"
        )
    return np.arange(math.ceil(rows)) / rate, fps


def _rest_of(columns: Sequence[str], names: str) -> NDArray[np.float32]:
    """Return the weights of a mouth at rest."""
    return np.array([names in SETS and column == SETS[names].rest for column in columns], np.float32)


def _settle(
    curves: Curves, track: MouthTrack, at_rest: NDArray[np.float32], ends: tuple[float, float] | None = None
) -> None:
    """Bring the rows at *ends* (the first and the last of all) to rest, and ease the rests at both ends to it."""
    if curves.fps is None:
        return
    first, last = ends or (curves.times[0], curves.times[-1])
    is_rest = [track.sounds[code] == REST for code in track.codes[[0, -1]].tolist()]
    ease_in = min(_EASE, track.times[0, 1] - first) if is_rest[0] else 0.0
    ease_out = max(min(_EASE, last - track.times[-1, 0]), 0.0) if is_rest[1] else 0.0
    for rows, distance, ease in (
        (slice(None, int(np.searchsorted(curves.times, first + ease_in, "right"))), curves.times - first, ease_in),
        (slice(int(np.searchsorted(curves.times, last - ease_out, "left")), None), last - curves.times, ease_out),
    ):
        near = np.minimum(distance[rows] / max(ease, 1e-9), 1.0)
        share = (near * near * (3 - 2 * near)).astype(np.float32)[:, None]
        curves.weights[rows] = share * curves.weights[rows] + (1 - share) * at_rest


def _cores(times: Times) -> Times:
    """Return where each span has full dominance, float64, shape (n, 2)."""
    inset = np.minimum((times[:, 1] - times[:, 0]) / 4, _CORE)
    return np.stack([times[:, 0] + inset, times[:, 1] - inset], axis=1)


class _Part(NamedTuple):
    """Pairs of a span and a time near it, by row, with the seconds from the time to the core of the span."""

    span: NDArray[np.intp]
    frame: NDArray[np.intp]
    distance: Seconds


def _pairs(cores: Times, reach: Seconds, grid: Seconds) -> Iterator[_Part]:
    """Yield every pair of a span and a time in its reach, in blocks."""
    first = np.searchsorted(grid, cores[:, 0] - reach, "left")
    count = np.searchsorted(grid, cores[:, 1] + reach, "right") - first
    total = np.cumsum(count)
    begin = 0
    while begin < len(cores):
        done = total[begin - 1] if begin else 0
        stop = max(int(np.searchsorted(total, done + _PAIRS, "right")), begin + 1)
        rows = slice(begin, stop)
        span = np.repeat(np.arange(begin, stop), count[rows])
        frame = np.arange(len(span)) + np.repeat(first[rows] - (total[rows] - count[rows] - done), count[rows])
        begin = stop
        if len(span):
            now = grid[frame]
            distance = np.maximum(cores[span, 0] - now, now - cores[span, 1])
            yield _Part(span, frame, np.maximum(distance, 0.0))


def _dominance(distance: Seconds, most: Seconds | float, reach: Seconds | float) -> Seconds:
    """Return the dominance at a distance from the core: it falls smoothly to zero at *reach*."""
    near: Seconds = 1 - np.square(np.minimum(distance / reach, 1.0))
    return most * np.square(near)


def _moves(track: MouthTrack, grid: Seconds) -> NDArray[np.float32]:
    """Return each of `MOVES` at each time, float32, shape (8, n)."""
    poses = np.array([pose_of(sound) for sound in track.sounds], np.float64).reshape(-1, 10)
    wanted, insistence = poses[:, :6], poses[:, 6:]
    insistence[:, 1::2] = np.maximum(insistence[:, 1::2], LEAST_REACH)
    codes = track.codes
    moves = np.zeros((len(MOVES), len(grid)), np.float32)
    for columns, muscles in ((0, (0, 4, 5)), (2, (1, 2, 3))):  # jaw, teeth and tongue; the lips
        most, reach = insistence[codes, columns], insistence[codes, columns + 1]
        pull = np.zeros((len(muscles) + 1, len(grid)))
        for part in _pairs(_cores(track.times), reach, grid):
            dominance = _dominance(part.distance, most[part.span], reach[part.span])
            low = int(part.frame.min())
            for row, weight in enumerate((dominance, *(dominance * wanted[codes[part.span], i] for i in muscles))):
                counted = np.bincount(part.frame - low, weight)
                pull[row, low : low + len(counted)] += counted
        np.divide(pull[1:], pull[0], out=pull[1:])
        moves[list(muscles)] = pull[1:]
    _close(moves, track, grid)
    return moves


def _close(moves: NDArray[np.float32], track: MouthTrack, grid: Seconds) -> None:
    """Set closures: the lips meet each other or the teeth, whatever the sounds around them."""
    by_sound = [(sound.closes_lips, sound.place == Place.LABIODENTAL) for sound in track.sounds]
    closes, on_teeth = np.array(by_sound, bool).reshape(-1, 2)[track.codes].T
    press = _closing(track.times, closes & ~on_teeth, grid)
    bite = _closing(track.times, closes & on_teeth, grid)
    either = np.maximum(press, bite)
    bite *= 1 - press
    for name, left in {"jaw": 0.0, "funnel": 0.0, "teeth": 0.0, "tongue": 0.0, "spread": 0.4, "pucker": 0.5}.items():
        moves[MOVES.index(name)] *= (1 - (1 - left) * either).astype(np.float32)
    moves[MOVES.index("jaw")] += 0.05 * bite
    moves[MOVES.index("press")] = press
    moves[MOVES.index("bite")] = bite


def _closing(times: Times, closes: NDArray[np.bool_], grid: Seconds) -> Seconds:
    """Return the closure of the lips, 0 to 1: 1 for all of a closure, eased within a third of its neighbours."""
    closed: Seconds = np.zeros(len(grid))
    rows = np.flatnonzero(closes)
    if not len(rows):
        return closed
    starts, ends = times[rows].T
    room = np.minimum(_EASE, np.concatenate([[math.inf], times[:, 1] - times[:, 0], [math.inf]]) / 3)
    rise, fall = room[rows], room[rows + 2]
    spans = np.stack([starts, ends], axis=1)
    for part in _pairs(spans, np.maximum(rise, fall), grid):
        ease = np.where(grid[part.frame] < starts[part.span], rise[part.span], fall[part.span])
        near = 1 - np.minimum(part.distance / ease, 1.0)
        np.maximum.at(closed, part.frame, near * near * (3 - 2 * near))
    return closed
