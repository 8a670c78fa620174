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
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.errors import ExportError, TimelineError
from clipaudio.lipsync.min_duration import DurationLimits, enforce_durations
from clipaudio.lipsync.mouth_track import MouthTrack
from clipaudio.phonetics.articulation import REST, Articulation, Manner, Place, SoundKind
from clipaudio.timing.intervals import mark_changes, pair_up_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.lipsync.mouth_track import ArticulatoryTargets
    from clipaudio.timing.timeline import Times

    Seconds = NDArray[np.float64]
    Rows = NDArray[np.intp]

__all__ = ["MouthOptions", "time_mouth"]

_FILM: Final = Fraction(24)  # the default rate
_MARGIN: Final = 1e-6  # seconds that a closure exceeds a video frame, against rounding
_SAME: Final = 1e-9
_NEUTRAL: Final = Articulation(SoundKind.UNKNOWN)


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
    chosen = options or MouthOptions()
    end, rate = _above_zero(duration, "duration"), _above_zero(_FILM if fps is None else fps, "frame rate")
    _check(chosen)
    table = _Table.of(targets.sounds)
    starts, ends, codes = _inside(targets, table.closes, end, chosen.lead)
    opening = _edge_rest(float(starts.min(initial=end)), end, rate, chosen)
    closing = end - _edge_rest(end - float(ends.max(initial=0.0)), end, rate, chosen)
    starts, ends = np.minimum(np.maximum((starts, ends), opening), closing) - opening
    kept = (ends > starts) | table.closes[codes]
    spoken = closing - opening
    edges, codes = _with_pauses(starts[kept], ends[kept], codes[kept], table, spoken, chosen)
    edges, codes = _without_repeats(edges, codes)
    edges = _anticipated(edges, codes, table, chosen)
    limits = DurationLimits(chosen.minimum_hold, chosen.closure_frames / rate + _MARGIN, spoken)
    edges, codes = enforce_durations(edges, codes, closes=table.closes, weight=table.weight, limits=limits)
    edges, codes = _with_edges(edges + opening, codes, opening, closing if closing < end else None, table.rest)
    times: Times = pair_up_columns(edges, np.concatenate((edges[1:], [end])))
    times.flags.writeable = False
    return MouthTrack(times, table.sounds, codes, targets.estimated, targets.unknown)


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


@dataclass(frozen=True, slots=True)
class _Table:
    """The sounds of a clip and of its pauses, with their properties for the rules; one row per sound."""

    sounds: tuple[Articulation, ...]
    rest: int
    relaxed: Rows  # of the sounds without pauses
    closes: NDArray[np.bool_]
    plosive: NDArray[np.bool_]  # p and b
    rounded: NDArray[np.bool_]
    gives_way: NDArray[np.bool_]  # a pause, or a consonant during which the lips may round
    weight: Rows  # visibility

    @classmethod
    def of(cls, sounds: tuple[Articulation, ...]) -> _Table:
        rows = {sound: row for row, sound in reversed(list(enumerate(sounds)))}
        table = list(sounds)
        relaxed = [_traits(sound).relaxed for sound in sounds]
        for sound in (REST, *relaxed):
            if sound not in rows:
                rows[sound] = len(table)
                table.append(sound)
        closes, plosive, rounded, gives_way = np.array([_traits(sound).masks for sound in table], bool).T
        return cls(
            sounds=tuple(table),
            rest=rows[REST],
            relaxed=np.array([rows[sound] for sound in relaxed], np.intp),
            closes=closes,
            plosive=plosive,
            rounded=rounded,
            gives_way=gives_way,
            weight=np.array([_traits(sound).weight for sound in table], np.intp),
        )


class _Traits(NamedTuple):
    """A sound as relaxed in a pause, and its row of a `_Table`: four masks from `closes` on, and its weight."""

    relaxed: Articulation
    masks: tuple[bool, bool, bool, bool]
    weight: int


@lru_cache(maxsize=4096)
def _traits(sound: Articulation) -> _Traits:
    closes = sound.closes_lips
    masks = (closes, closes and sound.manner == Manner.PLOSIVE, _is_rounded(sound), _gives_way(sound))
    return _Traits(_relax(sound), masks, _weight(sound))


def _is_rounded(sound: Articulation) -> bool:
    is_sound = sound.kind in {SoundKind.VOWEL, SoundKind.CONSONANT} and not sound.closes_lips
    return is_sound and (sound.rounding >= 0.5 or sound.place == Place.LABIOVELAR)


def _gives_way(sound: Articulation) -> bool:
    lips = {Place.BILABIAL, Place.LABIODENTAL, Place.LABIOVELAR}
    return sound.kind == SoundKind.REST or (sound.kind == SoundKind.CONSONANT and sound.place not in lips)


def _weight(sound: Articulation) -> int:
    """Return the visibility of a sound: open vowels and rounded lips most, then other vowels."""
    if sound.kind == SoundKind.REST:
        return 0
    if sound.kind == SoundKind.VOWEL:
        return 3 if sound.height > 0.6 or _is_rounded(sound) else 2
    return 3 if _is_rounded(sound) else 1


def _relax(sound: Articulation) -> Articulation:
    """Return a sound as relaxed in a pause of medium length."""
    if sound.kind == SoundKind.VOWEL:
        return Articulation(SoundKind.VOWEL, is_voiced=True, height=sound.height / 2, backness=sound.backness)
    if sound.kind != SoundKind.CONSONANT:
        return sound
    if sound.place == Place.LABIODENTAL:
        return REST
    is_plain = sound.manner != Manner.LATERAL and not _is_rounded(sound)
    return sound if is_plain else _NEUTRAL


def _inside(
    targets: ArticulatoryTargets, closes: NDArray[np.bool_], end: float, lead: float
) -> tuple[Seconds, Seconds, Rows]:
    """Return the targets inside the clip, ascending and disjoint; only closures may have no length yet."""
    times = np.asarray(targets.times, np.float64).reshape(-1, 2)
    codes = np.asarray(targets.codes, np.intp)
    wrong: NDArray[np.bool_] = np.asarray(~np.isfinite(times).all(axis=1))
    wrong[1:] |= times[1:, 0] < times[:-1, 0]
    if wrong.any():
        index = int(np.flatnonzero(wrong)[0])
        raise TimelineError(
            f"target {index} is at {times[index, 0]}-{times[index, 1]} s; expected finite ascending times: repair the"
            " timeline first",
            index=index,
        )
    heard = (times[:, 0] < end - _SAME) & (times.max(axis=1) > 0)
    starts, ends = np.minimum(np.maximum(times[heard] - lead, 0.0), end).T
    codes = codes[heard]
    ends = np.maximum(starts, np.concatenate((np.minimum(ends[:-1], starts[1:]), ends[-1:])))
    kept = (ends > starts) | closes[codes]
    return starts[kept], ends[kept], codes[kept]


def _edge_rest(silence: float, end: float, rate: float, options: MouthOptions) -> float:
    """Return the seconds at one end of a clip that the rules leave alone, given its *silence*.

    A silence shorter than a shape would be given to the sound beside it: it is kept whole.
    """
    least = min(options.rest_frames / rate, end / 3)
    return silence if least and least < silence < min(options.minimum_hold + least, end / 3) else least


def _with_edges(edges: Seconds, codes: Rows, opening: float, closing: float | None, rest: int) -> tuple[Seconds, Rows]:
    """Put a rest before *opening* and after *closing*."""
    edges = np.concatenate(([0.0] if opening else [], edges, [] if closing is None else [closing]))
    codes = np.concatenate(([rest] if opening else [], codes, [] if closing is None else [rest])).astype(np.intp)
    return _without_repeats(edges, codes)


def _with_pauses(
    starts: Seconds, ends: Seconds, codes: Rows, table: _Table, end: float, options: MouthOptions
) -> tuple[Seconds, Rows]:
    """Return starts and sounds of all stretches, including pauses, from 0 on."""
    if not len(starts):
        return np.zeros(1), np.array([table.rest], np.intp)
    pauses = np.concatenate((starts[1:], [end])) - ends
    fillers = np.where(pauses < options.relaxed_pause - _SAME, table.relaxed[codes], table.rest)
    fillers[-1] = table.rest
    is_pause = pauses >= options.held_pause
    is_pause[-1] = True
    shown = np.ones((len(starts), 2), bool)  # each sound and the pause after it
    shown[:, 1] = is_pause & (pauses > 0)
    edges = pair_up_columns(starts, ends)[shown]
    filled = pair_up_columns(codes, fillers)[shown]
    if edges[0] > 0:
        edges, filled = np.concatenate(([0.0], edges)), np.concatenate(([table.rest], filled))
    return edges, filled


def _without_repeats(edges: Seconds, codes: Rows) -> tuple[Seconds, Rows]:
    fresh = mark_changes(codes)
    return edges[fresh], codes[fresh]


def _anticipated(edges: Seconds, codes: Rows, table: _Table, options: MouthOptions) -> Seconds:
    """Start plosives and rounded sounds early, at the cost of the stretch before them."""
    if len(edges) < 2:
        return edges
    before = edges[1:] - edges[:-1]
    spare = np.maximum(before - options.minimum_hold, 0.0)
    own = np.concatenate((before[1:], [options.minimum_hold]))
    least, most = options.plosive_anticipation
    part = before / np.where(codes[:-1] == table.rest, 3, 2)
    closing = np.minimum(np.minimum(np.maximum(part, least), most), np.maximum(most - own, least))
    closing[table.closes[codes[:-1]]] = 0.0
    rounding = np.minimum(part, options.rounding_anticipation)
    rounding[~table.gives_way[codes[:-1]]] = 0.0
    early = np.where(table.plosive[codes[1:]], closing, np.where(table.rounded[codes[1:]], rounding, 0.0))
    return np.concatenate((edges[:1], edges[1:] - np.minimum(early, spare)))
