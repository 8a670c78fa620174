"""Time cues for the screen: long enough to read, never two at once.

Conventions
-----------
Times are whole steps: video frames with a rate, milliseconds without. The result is strictly ascending and disjoint,
each cue lasts at least one step, and every time is a whole millisecond: that of a frame is truncated, not rounded (see
`frame_rate`), so text formats write it unchanged. Speech takes every step it touches.

Priorities, if not all can be met:

1. the order of the cues, one step for each, none beyond the audio;
2. the minimum gap: the cue before ends earlier for it, even during its last sound;
3. the maximum duration, but speech is never without its cue;
4. the minimum duration: the end is held, beyond the `hold` of the profile if necessary, up to the next cue; then the
   start moves into the silence before;
5. the reading speed: the end is held for at most `hold`, or up to the next cue if chaining would close the rest; then
   the start moves by at most `lead_frames`;
6. the in-time on the first sound: no cue starts earlier than 4 and 5 need.

The name of the speaker, which some formats write before the text wherever the speaker changes, takes reading time in
all formats, so that times are the same in all.

Cues share the silence between them, from the last cue to the first: each starts as late as its own needs allow. If all
needs can be met together, they are; a need that cannot be met takes nothing from another cue.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clipaudio.captions.cue import Cue, make_speaker_label
from clipaudio.captions.frame_rate import time_video_frames, to_video_frames
from clipaudio.captions.limits import FOREVER, count_spaced_words, count_text, find_limits
from clipaudio.captions.widths import measure_width
from clipaudio.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from clipaudio.captions.frame_rate import Frames
    from clipaudio.captions.limits import Limits
    from clipaudio.captions.profiles import Profile
    from clipaudio.timing.timeline import Index

__all__ = ["time_clips", "time_cues"]


class _Sound(NamedTuple):
    """Per cue, in steps: first and last of its speech, and the earliest start by its lead and the silence before."""

    starts: list[int]
    ends: list[int]
    leads: list[int]
    silences: list[int]
    stop: int  # of the audio


def time_cues(
    cues: Sequence[Cue], *, profile: Profile, fps: Fraction | None = None, duration: float | None = None
) -> tuple[Cue, ...]:
    """Return *cues* with their times on screen.

    Parameters
    ----------
    cues
        In the order of their text, with the times of their speech, seconds. These may touch, overlap or be out of
        order: an overlap ends where the later cue starts; as few starts as possible move.
    profile
        The limits, already of one language.
    fps
        Video frames per second: every time is that of a frame. None for whole milliseconds.
    duration
        Seconds of audio, which no cue exceeds. None lets the last cue stay as long as it needs.

    Returns
    -------
    tuple of Cue
        The same number in the same order, with the same lines, words and speakers.

    Raises
    ------
    ExportError
        A time is not finite, or above a billion seconds, or a cue ends before it starts; `index` names it. The rate is
        invalid.

    Examples
    --------
    >>> from clipaudio.captions.profiles import PROFILES
    >>> spoken = [Cue(0.5, 0.9, ("Well,",)), Cue(0.9, 2.0, ("hello there.",)), Cue(3.0, 3.2, ("Bye.",))]
    >>> [(cue.start, cue.end) for cue in time_cues(spoken, profile=PROFILES["netflix"])]
    [(0.0, 0.816), (0.9, 2.0), (3.0, 3.834)]
    """
    return time_clips([cues], profile=profile, fps=fps, durations=[duration])[0]


def time_clips(
    clips: Sequence[Sequence[Cue]],
    *,
    profile: Profile,
    fps: Fraction | None = None,
    durations: Sequence[float | None],
) -> list[tuple[Cue, ...]]:
    """Do for the cues of each of *clips*, which last *durations*, what `time_cues` does."""
    cues = [cue for clip in clips for cue in clip]
    if not cues:
        return [()] * len(clips)
    limits = find_limits(profile, fps=fps)
    bounds = np.array([0, *accumulate(map(len, clips))], np.intp)
    starts: list[int] = []
    ends: list[int] = []
    for clip, sound in zip(clips, _hear(cues, bounds, limits, durations), strict=True):
        before = [None, *(cue.speaker for cue in clip)]
        needs = [
            _need(cue, make_speaker_label(cue.speaker, last), limits) for cue, last in zip(clip, before, strict=False)
        ]
        if not clip:
            continue
        first, last = _hold(_starts(sound, needs, limits), sound, needs, limits)
        starts += first
        ends += last
    shown = np.array([starts, ends], np.int64)
    shown[1] = _chained(shown[0], shown[1], bounds, limits)
    times = time_video_frames(shown, fps=limits.rate).tolist()
    timed = [Cue(start, end, cue.lines, cue.words, cue.speaker) for cue, start, end in zip(cues, *times, strict=True)]
    return [tuple(timed[first:stop]) for first, stop in pairwise(bounds.tolist())]


def _need(cue: Cue, label: str, limits: Limits) -> int:
    chars, words = count_text(cue, limits.char_columns)
    if label:
        chars, words = chars + measure_width(label, wide=limits.char_columns), words + count_spaced_words(label)
    return min(limits.reading(chars, words), limits.longest)


def _hear(cues: Sequence[Cue], bounds: Index, limits: Limits, durations: Sequence[float | None]) -> list[_Sound]:
    """Return the speech of each clip in steps, ascending, one step per cue at least, before the audio ends.

    Clip k has the cues from `bounds[k]` to `bounds[k + 1]`.
    """
    times = np.array([(cue.start, cue.end) for cue in cues], np.float64)
    backward = np.flatnonzero(~(times[:, 0] <= times[:, 1]))
    if len(backward):
        index = int(backward[0])
        raise ExportError(
            f"cue {index} is spoken from {times[index, 0]} s to {times[index, 1]} s; expected numbers going forward",
            index=index,
        )
    times = np.maximum(times, 0.0)
    starts = to_video_frames(times[:, 0], fps=limits.rate, side="before")
    inside = to_video_frames(times[:, 0], fps=limits.rate, side="after") > starts
    ends = to_video_frames(times[:, 1], fps=limits.rate, side="after")
    leads = starts - limits.lead + inside
    sizes = bounds[1:] - bounds[:-1]
    stops = np.full(len(sizes), FOREVER, np.int64)
    known = {row: duration for row, duration in enumerate(durations) if duration is not None}
    stops[list(known)] = to_video_frames(list(known.values()), fps=limits.rate, side="before")
    stops = np.maximum(stops, sizes)
    starts = _in_order(starts, bounds, stops)
    ends = np.maximum(np.minimum(ends, stops.repeat(sizes)), starts + 1)
    free = np.concatenate([[0], ends + limits.gap])
    free[bounds[:-1]] = 0
    silences = np.minimum(starts, free[:-1])
    leads = np.minimum(starts, np.maximum(leads, silences))
    begun, ended, led, quiet = (column.tolist() for column in (starts, ends, leads, silences))
    return [
        _Sound(begun[first:last], ended[first:last], led[first:last], quiet[first:last], stop)
        for (first, last), stop in zip(pairwise(bounds.tolist()), stops.tolist(), strict=True)
    ]


def _in_order(starts: Frames, bounds: Index, stops: Frames) -> Frames:
    """Move as few *starts* as possible, as little as possible, so that each is a step after the one before."""
    sizes = bounds[1:] - bounds[:-1]
    steps = np.arange(len(starts)) - bounds[:-1].repeat(sizes)
    spare: Frames = np.minimum(
        np.maximum(starts - steps, 0), (stops - sizes).repeat(sizes)
    )  # beyond those of the cues before
    falls = (spare[1:] < spare[:-1]).nonzero()[0] + 1
    clips = np.unique(bounds.searchsorted(falls, side="right") - 1) if len(falls) else falls
    for first, stop in zip(bounds[clips].tolist(), bounds[clips + 1].tolist(), strict=True):
        spare[first:stop] = _ascending(spare[first:stop])
    return spare + steps


def _ascending(spare: Frames) -> Frames:
    """Keep the longest run of *spare* that ascends, and move the others between its values."""
    kept = np.zeros(len(spare), np.bool_)
    kept[_longest_rise(spare.tolist())] = True
    least = np.maximum.accumulate(np.where(kept, spare, 0))
    most = np.minimum.accumulate(np.where(kept, spare, FOREVER)[::-1])[::-1]
    return np.maximum.accumulate(np.clip(spare, least, most))


def _longest_rise(values: list[int]) -> list[int]:
    """Return the rows of the longest non-descending subsequence; of several, one of lowest values."""
    tails: list[int] = []
    places: list[int] = []
    origin = []
    for place, value in enumerate(values):
        length = bisect_right(tails, value)
        origin.append(places[length - 1] if length else -1)
        tails[length : length + 1] = [value]
        places[length : length + 1] = [place]
    rise = [places[-1]]
    while origin[rise[-1]] >= 0:
        rise.append(origin[rise[-1]])
    return rise


def _starts(sound: _Sound, needs: list[int], limits: Limits) -> list[int]:
    """Set starts from the last cue to the first: each as late as its needs allow."""
    starts = sound.starts.copy()
    room = sound.stop
    shortest = limits.shortest
    for i in range(len(starts) - 1, -1, -1):
        start, need = starts[i], needs[i]
        if need > shortest:
            latest = _held(start, sound.ends[i], room, limits, is_last=i + 1 == len(starts)) - need
            if sound.leads[i] <= latest < start:
                starts[i] = latest
        latest = room - shortest
        if sound.silences[i] <= latest < starts[i]:
            starts[i] = latest
        room = starts[i] - limits.gap
    return starts


def _hold(starts: list[int], sound: _Sound, needs: list[int], limits: Limits) -> tuple[list[int], list[int]]:
    """Hold each end for the needs of its cue; a cue still too short also takes the silence left before it."""
    begun, ends = [], []
    free = 0  # earliest start of the next cue
    rooms = [start - limits.gap for start in starts[1:]] + [sound.stop]
    for i, (start, room, need) in enumerate(zip(starts, rooms, needs, strict=True)):
        until = _held(start, sound.ends[i], room, limits, is_last=i + 1 == len(starts))
        latest = until - need
        if need > limits.shortest and latest < start:
            start = min(start, max(latest, free, sound.leads[i]))  # noqa: PLW2901 - the start it gets
        latest = room - limits.shortest
        if latest < start:
            start = min(start, max(latest, free, sound.silences[i]))  # noqa: PLW2901
        held = max(sound.ends[i], start + limits.shortest, min(start + need, until))
        begun.append(start)
        ends.append(max(start + 1, min(held, room, max(start + limits.longest, sound.ends[i]))))
        free = ends[-1] + limits.gap
    return begun, ends


def _held(start: int, sounded: int, room: int, limits: Limits, *, is_last: bool) -> int:
    """Return how far a cue may be held for reading: up to the next cue if the gap would be closed anyway."""
    until = sounded + limits.hold
    if until < room < until + limits.chain - limits.gap and room - start <= limits.longest and not is_last:
        return room
    return min(room, until)


def _chained(starts: Frames, ends: Frames, bounds: Index, limits: Limits) -> Frames:
    """Close gaps inside a clip that are too short, as the maximum duration allows."""
    gaps = starts[1:] - ends[:-1]
    reached = starts[1:] - limits.gap
    short = (gaps > limits.gap) & (gaps < limits.chain) & (reached - starts[:-1] <= limits.longest)
    between = bounds[(bounds > 0) & (bounds < len(starts))]
    short[between - 1] = False
    return np.where(np.append(short, False), np.append(reached, 0), ends)
