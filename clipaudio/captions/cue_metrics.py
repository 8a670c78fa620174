"""What a list of cues measures, in whole steps: the ground on which every rule of the quality report judges.

Conventions
-----------
Steps are video frames, or milliseconds where no rate is given (see `limits`). Arrays are int64, shape (n,). Where the
words of a cue are unknown, as in a file read, its times on screen are taken for those of its speech.

What could have been met is judged for one cue at a time: its own times may move, its neighbours' stay, and the sound
before and after it is not covered. A rule is judged leniently and its room strictly, so that a millisecond lost in a
file is no fault and no room either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clipaudio.captions.frame_rate import video_frames, whole_milliseconds
from clipaudio.captions.limits import FOREVER, Limits, find_limits, size
from clipaudio.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from numpy.typing import ArrayLike, NDArray

    from clipaudio.captions.cue import Cue
    from clipaudio.captions.frame_rate import Frames
    from clipaudio.captions.profiles import Profile
    from clipaudio.timing.timeline import Times

__all__ = ["CueMetrics", "RuleFinding", "measure"]


class RuleFinding(NamedTuple):
    """A rule is broken: by the cue at *place*, counted from 0, how far, whether it had to be, and in words."""

    place: int
    value: float
    limit: float
    can_be_met: bool
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class CueMetrics:
    """A list of cues, measured.

    Attributes
    ----------
    starts, ends
        On screen, steps.
    milliseconds
        On screen, shape (n, 2).
    has_words
        Whether the speech of each is known.
    sound_starts, sound_ends
        Of its speech, outward to whole steps.
    earliest
        Where it may start by its lead alone.
    free_from, free_to
        The room its neighbours, their sound and the audio leave it.
    opens
        Where it may start: as free, but no later than it stands; what takes that is its neighbour's fault.
    chars, words
        What is read in each.
    stop
        Steps of audio, `FOREVER` where not known.
    """

    cues: Sequence[Cue]
    profile: Profile
    fps: Fraction | None
    limits: Limits
    strict: Limits
    starts: Frames
    ends: Frames
    milliseconds: Frames
    has_words: NDArray[np.bool_]
    sound_starts: Frames
    sound_ends: Frames
    earliest: Frames
    free_from: Frames
    free_to: Frames
    opens: Frames
    chars: list[int]
    words: list[int]
    stop: int
    audio: int | None  # milliseconds

    @property
    def forward(self) -> NDArray[np.bool_]:
        """Whether each cue ends after it starts: the others have no duration to judge."""
        lasting: NDArray[np.bool_] = self.ends > self.starts
        return lasting

    @property
    def gaps(self) -> Frames:
        """Steps between each cue and the next, negative where they overlap, shape (n - 1,)."""
        between: Frames = self.starts[1:] - self.ends[:-1]
        return between

    @property
    def in_order(self) -> NDArray[np.bool_]:
        """Whether each cue but the first starts no sooner than the one before, shape (n - 1,)."""
        rising: NDArray[np.bool_] = self.milliseconds[1:, 0] >= self.milliseconds[:-1, 0]
        return rising

    @property
    def first_start(self) -> Frames:
        """The first start of each that is not too early: by its lead, or further where the minimum needs it."""
        return np.minimum(self.earliest, self.free_to - self.strict.shortest)

    def seconds(self, steps: float) -> float:
        """Give *steps* in seconds."""
        return float(steps / self.limits.rate)


def measure(
    cues: Sequence[Cue],
    profile: Profile,
    *,
    fps: Fraction | None = None,
    duration: float | None = None,
    speech: ArrayLike | None = None,
) -> CueMetrics:
    """Measure *cues* against the limits of *profile*, those of the language already chosen; see `check_cues`.

    Raises
    ------
    ExportError
        A time is negative, not finite, or above a billion seconds; `index` names the cue. The rate is none. There are
        not as many times of speech as cues.
    """
    limits, strict = find_limits(profile, fps=fps, lenient=True), find_limits(profile, fps=fps)
    times = np.array([(cue.start, cue.end) for cue in cues], np.float64).reshape(-1, 2)
    milliseconds = _checked(times)
    shown = milliseconds if fps is None else video_frames(times, fps=limits.rate)
    sound, has_words = _speech(cues, times) if speech is None else _given(speech, times)
    sound_starts = video_frames(sound[:, 0], fps=limits.rate, side="before")
    sound_ends = np.maximum(video_frames(sound[:, 1], fps=limits.rate, side="after"), sound_starts + 1)
    between = video_frames(sound[:, 0], fps=limits.rate, side="after") > sound_starts
    stop = FOREVER if duration is None else int(video_frames(duration, fps=limits.rate, side="before"))
    silent = np.maximum(shown[:-1, 1] + strict.gap, np.minimum(sound_starts[1:], sound_ends[:-1] + strict.gap))
    free_from = np.concatenate([np.zeros(min(1, len(cues)), np.int64), silent])
    sizes = [size(cue) for cue in cues]
    return CueMetrics(
        cues=cues,
        profile=profile,
        fps=fps,
        limits=limits,
        strict=strict,
        starts=shown[:, 0],
        ends=shown[:, 1],
        milliseconds=milliseconds,
        has_words=has_words,
        sound_starts=sound_starts,
        sound_ends=sound_ends,
        earliest=sound_starts - strict.lead + between,
        free_from=free_from,
        free_to=np.minimum(np.concatenate([shown[1:, 0] - strict.gap, [FOREVER]])[: len(cues)], stop),
        opens=np.minimum(free_from, shown[:, 0]),
        chars=[chars for chars, _ in sizes],
        words=[words for _, words in sizes],
        stop=stop,
        audio=None if duration is None else int(whole_milliseconds(duration, side="after")),
    )


def _speech(cues: Sequence[Cue], times: Times) -> tuple[Times, NDArray[np.bool_]]:
    """Give when each cue is spoken by its words, or stands where that is not known, and for which it is."""
    known = [cue.speech for cue in cues]
    has_words = np.array([one is not None for one in known], np.bool_)
    sound = [screen if one is None else one for one, screen in zip(known, times.tolist(), strict=True)]
    return np.maximum(np.array(sound, np.float64).reshape(-1, 2), 0.0), has_words


def _given(speech: ArrayLike, times: Times) -> tuple[Times, NDArray[np.bool_]]:
    sound = np.asarray(speech, np.float64).reshape(-1, 2)
    if len(sound) != len(times):
        raise ExportError(f"{len(sound)} times of speech for {len(times)} cues; expected as many")
    return np.maximum(sound, 0.0), np.ones(len(sound), np.bool_)


def _checked(times: Times) -> Frames:
    try:
        return whole_milliseconds(times)
    except ExportError as error:
        index = int(error.__dict__["index"]) // 2
        start, end = times[index].tolist()
        raise ExportError(
            f"cue {index} stands from {start} s to {end} s; expected numbers from 0 on", index=index
        ) from error
