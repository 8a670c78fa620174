"""Time the mouth: articulatory targets become a gapless track from 0 to the end of the clip.

Conventions
-----------
Seconds, float64. The track has no gap; neighbours differ. Four rules apply, in this order:

1. Pauses. A short pause holds the sound before it, a medium one relaxes it, in a long one the mouth rests. It also
   rests at both ends of the clip, at the cost of the sound there if need be: players hold the first and last shape.
2. Anticipation. Lips close before a plosive is heard and round before a rounded sound is heard.
3. Closures. Lip closure and lip-teeth contact last one video frame at least and are never dropped, because a missing
   closure is visible. Their neighbours give the time.
4. Holding. No other stretch is shorter than a limit: it takes time from its neighbours or leaves its time to them.
   Between two closures one video frame is enough.

The constants are those of Rhubarb Lip Sync (https://github.com/DanielSWolf/rhubarb-lip-sync), except that the mouth
rests in pauses from 0.2 s on. Work and memory are linear.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.errors import ExportError, TimelineError
from clipaudio.lipsync.min_duration import DurationLimits, Visibility, hold_stretches, join_equal
from clipaudio.lipsync.mouth_track import MouthTrack
from clipaudio.lipsync.sound_traits import SoundTable
from clipaudio.timing.intervals import mark_changes, pair_up_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.lipsync.mouth_track import ArticulatoryTargets
    from clipaudio.phonetics.articulation import Articulation
    from clipaudio.timing.timeline import Times

    Seconds = NDArray[np.float64]
    Rows = NDArray[np.intp]

__all__ = ["MouthOptions", "time_mouth", "time_mouths"]

_FILM: Final = Fraction(24)  # the default rate
_MARGIN: Final = 1e-6  # seconds that a closure exceeds a video frame, against rounding
_SAME: Final = 1e-9


@dataclass(frozen=True, slots=True)
class MouthOptions:
    """How the mouth moves in time, in seconds except for `closure_frames` and `rest_frames`.

    Attributes
    ----------
    lead
        How much earlier than the sound the mouth moves; negative for later.
    minimum_hold
        Shortest duration of a shape, except for closures and shapes between two closures.
    closure_frames
        Shortest closure in video frames.
    held_pause, relaxed_pause
        A pause shorter than the first holds the sound before it; one shorter than the second relaxes it. In others,
        and at both ends of the clip, the mouth rests.
    rest_frames
        Shortest rest at both ends of the clip in video frames, each at most a third of the clip; 0 for none.
    plosive_anticipation
        Shortest and longest time by which lips close before p or b, at most half of the sound or a third of the rest
        before.
    rounding_anticipation
        Longest time by which lips round before a rounded sound, at most half of the consonant or a third of the rest
        before.
    """

    lead: float = 0.0
    minimum_hold: float = 0.07
    closure_frames: int = 1
    held_pause: float = 0.12
    relaxed_pause: float = 0.2
    rest_frames: int = 1
    plosive_anticipation: tuple[float, float] = (0.04, 0.12)
    rounding_anticipation: float = 0.2


def time_mouth(
    targets: ArticulatoryTargets,
    *,
    duration: float,
    options: MouthOptions | None = None,
    fps: Fraction | float | None = None,
) -> MouthTrack:
    """Return the track of the mouth over a clip.

    Parameters
    ----------
    targets
        Articulatory targets; they are cut at the edges of the clip.
    duration
        Seconds of audio.
    options
        None: the defaults of `MouthOptions`.
    fps
        Video frames per second on which closures must be visible; None: 24.

    Returns
    -------
    MouthTrack
        From 0 to *duration*. Without targets it is one stretch of `REST`.

    Raises
    ------
    ExportError
        The duration or the rate is not a finite number above 0, or an option is negative or not finite.
    TimelineError
        A target is not finite or starts before the one before it; `index` names it.

    Examples
    --------
    >>> from clipaudio.lipsync.mouth_track import ArticulatoryTargets
    >>> from clipaudio.phonetics.articulation import Articulation, Manner, Place, SoundKind
    >>> sounds = (
    ...     Articulation(SoundKind.VOWEL, height=1.0),
    ...     Articulation(SoundKind.CONSONANT, Place.BILABIAL, Manner.NASAL, is_voiced=True),
    ... )
    >>> times = np.array([[0.2, 0.5], [0.5, 0.501], [0.501, 0.9]])
    >>> track = time_mouth(ArticulatoryTargets(times, sounds, np.array([0, 1, 0]), np.arange(3)), duration=1.5, fps=25)
    >>> [track.sounds[code].kind.name for code in track.codes]
    ['REST', 'VOWEL', 'CONSONANT', 'VOWEL', 'REST']
    >>> track.times.round(3).tolist()
    [[0.0, 0.2], [0.2, 0.461], [0.461, 0.501], [0.501, 0.9], [0.9, 1.5]]
    """
    return time_mouths([targets], durations=[duration], options=options, fps=fps)[0]


def time_mouths(
    clips: Sequence[ArticulatoryTargets],
    *,
    durations: Sequence[float],
    options: MouthOptions | None = None,
    fps: Fraction | float | None = None,
) -> list[MouthTrack]:
    """Do for each of *clips*, which last *durations*, what `time_mouth` does, in less time than one by one."""
    if not clips:
        return []
    chosen = options or MouthOptions()
    rate = _above_zero(_FILM if fps is None else fps, "frame rate")
    _check(chosen)
    sounds, codes = _join_sounds(clips)
    table = SoundTable.of(sounds)
    ends = [_above_zero(duration, "duration") for duration in durations]
    aims = _Aimed(*_inside(clips, codes, table.closes, ends, chosen.lead))
    openings, closings = _find_edges(aims, ends, rate, chosen)
    edges, shown, bounds = _with_pauses(_crop(aims, openings, closings, table), table, closings - openings, chosen)
    edges, shown, bounds = _without_repeats(edges, shown, bounds)
    edges = _anticipated(edges, shown, bounds, table, chosen)
    held = _hold(edges, shown, bounds, table, openings, closings, ends, chosen.closure_frames / rate, chosen)
    return _make_tracks(held, ends, clips, table.sounds)


class _Aimed(NamedTuple):
    """Starts, ends and sounds of the targets of clips that begin at *bounds*."""

    starts: Seconds
    ends: Seconds
    codes: Rows
    bounds: Rows

    @property
    def clips(self) -> Rows:
        """The number of the clip of each."""
        return _numbers_of(self.bounds)


def _numbers_of(bounds: Rows) -> Rows:
    return np.arange(len(bounds) - 1).repeat(bounds[1:] - bounds[:-1])


def _join_sounds(clips: Sequence[ArticulatoryTargets]) -> tuple[tuple[Articulation, ...], list[Rows]]:
    """Return one table of distinct sounds, and the row of each target of each clip."""
    codes = [np.asarray(clip.codes, np.intp) for clip in clips]
    first = clips[0].sounds
    if all(clip.sounds is first for clip in clips):
        return first, codes
    number: dict[Articulation, int] = {}
    for clip in clips:
        for sound in clip.sounds:
            number.setdefault(sound, len(number))
    rows = [np.array([number[sound] for sound in clip.sounds], np.intp) for clip in clips]
    return tuple(number), [own[code] for own, code in zip(rows, codes, strict=True)]


def _find_edges(aims: _Aimed, ends: Sequence[float], rate: float, options: MouthOptions) -> tuple[Seconds, Seconds]:
    """Return when the rests at the start of each clip end, and those at its end begin."""
    openings, closings = [], []
    for (first, stop), end in zip(pairwise(aims.bounds.tolist()), ends, strict=True):
        begin, last = (aims.starts.item(first), aims.ends.item(stop - 1)) if stop > first else (end, 0.0)
        openings.append(_edge_rest(min(begin, end), end, rate, options))
        closings.append(end - _edge_rest(end - max(last, 0.0), end, rate, options))
    return np.array(openings), np.array(closings)


def _crop(aims: _Aimed, openings: Seconds, closings: Seconds, table: SoundTable) -> _Aimed:
    """Return the targets between the rests at both ends, counted from the first of them; closures are all kept."""
    clips = aims.clips
    opening, closing = openings[clips], closings[clips]
    starts, ends = np.minimum(np.maximum((aims.starts, aims.ends), opening), closing) - opening
    kept = ((ends > starts) | table.closes[aims.codes]).nonzero()[0]
    return _Aimed(starts[kept], ends[kept], aims.codes[kept], kept.searchsorted(aims.bounds))


def _hold(  # noqa: PLR0913, PLR0917 - what is known of the stretches
    edges: Seconds,
    codes: Rows,
    bounds: Rows,
    table: SoundTable,
    openings: Seconds,
    closings: Seconds,
    ends: Sequence[float],
    closure: float,
    options: MouthOptions,
) -> list[list[tuple[float, int]]]:
    """Return the stretches of each clip, long enough to be seen, with the rests at both ends."""
    visibility = Visibility(table.closes.tolist(), table.weight.tolist())
    starts, rows = edges.tolist(), codes.tolist()
    made = []
    for (first, stop), opening, closing, end in zip(
        pairwise(bounds.tolist()), openings.tolist(), closings.tolist(), ends, strict=True
    ):
        limits = DurationLimits(options.minimum_hold, closure + _MARGIN, closing - opening)
        own = list(zip(starts[first:stop], rows[first:stop], strict=True))
        held = [(start + opening, code) for start, code in hold_stretches(own, visibility, limits)]
        before = [(0.0, table.rest)] if opening else []
        after = [(closing, table.rest)] if closing < end else []
        made.append(join_equal([*before, *held, *after]))
    return made


def _make_tracks(
    held: Sequence[Sequence[tuple[float, int]]],
    ends: Sequence[float],
    clips: Sequence[ArticulatoryTargets],
    sounds: tuple[Articulation, ...],
) -> list[MouthTrack]:
    bounds = np.array([0, *accumulate(map(len, held))])
    edges = np.array([start for own in held for start, _ in own])
    codes = np.array([code for own in held for _, code in own], np.intp)
    times: Times = pair_up_columns(edges, np.concatenate((edges[1:], [0.0])))
    times[bounds[1:] - 1, 1] = ends
    times.flags.writeable = False
    return [
        MouthTrack(times[a:b], sounds, codes[a:b], clip.estimated, clip.unknown)
        for (a, b), clip in zip(pairwise(bounds.tolist()), clips, strict=True)
    ]


def _above_zero(value: float | Fraction, name: str) -> float:
    number = float(value)
    if not (math.isfinite(number) and number > 0):
        raise ExportError(f"the {name} is {value}; expected a finite number above 0")
    return number


def _check(options: MouthOptions) -> None:
    values: dict[str, float] = {
        "minimum_hold": options.minimum_hold,
        "closure_frames": options.closure_frames,
        "rest_frames": options.rest_frames,
        "held_pause": options.held_pause,
        "relaxed_pause": options.relaxed_pause,
        "plosive_anticipation": min(options.plosive_anticipation),
        "rounding_anticipation": options.rounding_anticipation,
    }
    for name, value in values.items():
        if not 0 <= value < math.inf:
            raise ExportError(f"{name} is {value}; expected a finite number of 0 or more")
    if not math.isfinite(options.lead):
        raise ExportError(f"lead is {options.lead}; expected a finite number of seconds")


def _inside(
    clips: Sequence[ArticulatoryTargets],
    codes: Sequence[Rows],
    closes: NDArray[np.bool_],
    ends_of_clips: Sequence[float],
    lead: float,
) -> tuple[Seconds, Seconds, Rows, Rows]:
    """Return the targets inside the clips, ascending and disjoint; only closures may have no length yet."""
    times = np.concatenate([np.asarray(clip.times, np.float64).reshape(-1, 2) for clip in clips])
    bounds = np.array([0, *accumulate(map(len, codes))])
    clip_of, code = _numbers_of(bounds), np.concatenate(codes)
    firsts = bounds[:-1][bounds[:-1] < bounds[1:]]
    wrong: NDArray[np.bool_] = times[1:, 0] < times[:-1, 0]
    wrong = np.concatenate(([False], wrong))[: len(times)]
    wrong[firsts] = False
    wrong |= ~np.isfinite(times).all(axis=1)
    if wrong.any():
        row = int(wrong.argmax())
        index = row - int(bounds[clip_of[row]])
        raise TimelineError(
            f"target {index} is at {times[row, 0]}-{times[row, 1]} s; expected finite ascending times: repair the"
            " timeline first",
            index=index,
        )
    end = np.array(ends_of_clips)[clip_of]
    heard = ((times[:, 0] < end - _SAME) & (times.max(axis=1) > 0)).nonzero()[0]
    starts, ends = np.minimum(np.maximum(times[heard] - lead, 0.0), end[heard][:, None]).T
    code, bounds = code[heard], heard.searchsorted(bounds)
    following = np.concatenate((starts[1:], [np.inf]))[: len(starts)]
    following[bounds[1:][bounds[1:] > bounds[:-1]] - 1] = np.inf
    ends = np.maximum(starts, np.minimum(ends, following))
    kept = ((ends > starts) | closes[code]).nonzero()[0]
    return starts[kept], ends[kept], code[kept], kept.searchsorted(bounds)


def _edge_rest(silence: float, end: float, rate: float, options: MouthOptions) -> float:
    """Return the seconds at one end of a clip that the rules leave alone, given its *silence*.

    A silence shorter than a shape would be given to the sound beside it: it is kept whole.
    """
    least = min(options.rest_frames / rate, end / 3)
    return silence if least and least < silence < min(options.minimum_hold + least, end / 3) else least


def _with_pauses(aims: _Aimed, table: SoundTable, spoken: Seconds, options: MouthOptions) -> tuple[Seconds, Rows, Rows]:
    """Return starts and sounds of all stretches, including pauses, from 0 on, and where each clip begins."""
    starts, ends, codes, bounds = aims
    speaks = bounds[1:] > bounds[:-1]
    last = bounds[1:][speaks] - 1
    following = np.concatenate((starts[1:], [0.0]))[: len(starts)]
    following[last] = spoken[speaks]
    pauses = following - ends
    fillers = np.where(pauses < options.relaxed_pause - _SAME, table.relaxed[codes], table.rest)
    fillers[last] = table.rest
    is_pause = pauses >= options.held_pause
    is_pause[last] = True
    shown = np.ones((len(starts), 2), bool)  # each sound and the pause after it
    shown[:, 1] = is_pause & (pauses > 0)
    edges = pair_up_columns(starts, ends)[shown]
    filled = pair_up_columns(codes, fillers)[shown]
    places = np.concatenate(([0], shown.sum(axis=1).cumsum()))[bounds]
    opened = ~speaks  # a clip begins with a rest unless it begins with a sound
    opened[speaks] = starts[bounds[:-1][speaks]] > 0
    if opened.any():
        edges, filled = np.insert(edges, places[:-1][opened], 0.0), np.insert(filled, places[:-1][opened], table.rest)
        places[1:] += opened.cumsum()
    return edges, filled, places


def _without_repeats(edges: Seconds, codes: Rows, bounds: Rows) -> tuple[Seconds, Rows, Rows]:
    fresh = mark_changes(codes)
    fresh[bounds[:-1]] = True
    rows = fresh.nonzero()[0]
    return edges[rows], codes[rows], rows.searchsorted(bounds)


def _anticipated(edges: Seconds, codes: Rows, bounds: Rows, table: SoundTable, options: MouthOptions) -> Seconds:
    """Start plosives and rounded sounds early, at the cost of the stretch before them."""
    if len(edges) < 2:
        return edges
    before = edges[1:] - edges[:-1]
    spare = np.maximum(before - options.minimum_hold, 0.0)
    own = np.concatenate((before[1:], [options.minimum_hold]))
    firsts = bounds[1:-1]  # of the other clips
    own[firsts[firsts > 1] - 2] = options.minimum_hold
    least, most = options.plosive_anticipation
    part = before / np.where(codes[:-1] == table.rest, 3, 2)
    closing = np.minimum(np.minimum(np.maximum(part, least), most), np.maximum(most - own, least))
    closing[table.closes[codes[:-1]]] = 0.0
    rounding = np.minimum(part, options.rounding_anticipation)
    rounding[~table.gives_way[codes[:-1]]] = 0.0
    early = np.where(table.plosive[codes[1:]], closing, np.where(table.rounded[codes[1:]], rounding, 0.0))
    moved = np.concatenate((edges[:1], edges[1:] - np.minimum(early, spare)))
    moved[firsts] = edges[firsts]
    return moved
