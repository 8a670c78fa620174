"""Measure a list of cues in whole steps, for the rules of the quality report.

Conventions
-----------
Steps are video frames, or milliseconds without a rate (see `limits`). Arrays are int64, shape (n,). If the words of a
cue are unknown, as in a file, its times on screen replace those of its speech.

Whether a rule could be met is judged for one cue at a time: its own times may move, those of its neighbours stay, and
it does not cover the sound before and after it. Rules are judged leniently and free room strictly, so that a
millisecond lost in a file is neither a fault nor room.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clipaudio.captions.frame_rate import to_video_frames, to_whole_milliseconds
from clipaudio.captions.limits import FOREVER, Limits, count_text, find_limits
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
    """A broken rule: the row of the cue, value and limit, whether it could be met, and a message."""

    place: int
    value: float
    limit: float
    can_be_met: bool
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class CueMetrics:
    """Measurements of a list of cues.

    Attributes
    ----------
    starts, ends
        Times on screen, steps.
    milliseconds
        Times on screen, shape (n, 2).
    has_words
        Whether the speech of each cue is known.
    sound_starts, sound_ends
        Times of its speech, rounded outward to whole steps.
    earliest
        Earliest start by its lead.
    free_from, free_to
        Room that its neighbours, their sound and the audio leave.
    opens
        Earliest start in that room, no later than its actual start; an overlap is the fault of its neighbour.
    columns, words
        Counts of what is read in each.
    stop
        Steps of audio, `FOREVER` if unknown.
    """

    cues: Sequence[Cue]
    profile: Profile
    language: str
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
    columns: list[int]
    words: list[int]
    stop: int
    audio: int | None  # milliseconds

    @property
    def forward(self) -> NDArray[np.bool_]:
        """Whether each cue ends after it starts; others have no duration to judge."""
        lasting: NDArray[np.bool_] = self.ends > self.starts
        return lasting

    @property
    def gaps(self) -> Frames:
        """Steps between each cue and the next, negative if they overlap, shape (n - 1,)."""
        between: Frames = self.starts[1:] - self.ends[:-1]
        return between

    @property
    def in_order(self) -> NDArray[np.bool_]:
        """Whether each cue except the first starts no sooner than the one before, shape (n - 1,)."""
        rising: NDArray[np.bool_] = self.milliseconds[1:, 0] >= self.milliseconds[:-1, 0]
        return rising

    @property
    def first_start(self) -> Frames:
        """The earliest allowed start of each: by its lead, or earlier if its minimum duration needs it."""
        return np.minimum(self.earliest, self.free_to - self.strict.shortest)

    def seconds(self, steps: float) -> float:
        """Return *steps* in seconds."""
        return float(steps / self.limits.rate)


def measure(
    cues: Sequence[Cue],
    profile: Profile,
    *,
    language: str = "en",
    fps: Fraction | None = None,
    duration: float | None = None,
    speech: ArrayLike | None = None,
) -> CueMetrics:
    """Measure *cues* for the limits of *profile*, already of one language; see `check_cues`.

    Raises
    ------
    ExportError
        A time is negative, not finite, or above a billion seconds; `index` names the cue. The rate is invalid, or
        times of speech and cues differ in number.
    """
    limits, strict = find_limits(profile, fps=fps, lenient=True), find_limits(profile, fps=fps)
    times = np.array([(cue.start, cue.end) for cue in cues], np.float64).reshape(-1, 2)
    milliseconds = _checked(times)
    shown = milliseconds if fps is None else to_video_frames(times, fps=limits.rate)
    sound, has_words = _speech(cues, times) if speech is None else _given(speech, times)
    sound_starts = to_video_frames(sound[:, 0], fps=limits.rate, side="before")
    sound_ends = np.maximum(to_video_frames(sound[:, 1], fps=limits.rate, side="after"), sound_starts + 1)
    between = to_video_frames(sound[:, 0], fps=limits.rate, side="after") > sound_starts
    stop = FOREVER if duration is None else int(to_video_frames(duration, fps=limits.rate, side="before"))
    silent = np.maximum(shown[:-1, 1] + strict.gap, np.minimum(sound_starts[1:], sound_ends[:-1] + strict.gap))
    free_from = np.concatenate([np.zeros(min(1, len(cues)), np.int64), silent])
    sizes = [count_text(cue, profile.char_columns) for cue in cues]
    return CueMetrics(
        cues=cues,
        profile=profile,
        language=language,
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
        columns=[columns for columns, _ in sizes],
        words=[words for _, words in sizes],
        stop=stop,
        audio=None if duration is None else int(to_whole_milliseconds(duration, side="after")),
    )


def _speech(cues: Sequence[Cue], times: Times) -> tuple[Times, NDArray[np.bool_]]:
    """Return the speech of each cue by its words, or its times on screen, and whether its words are known."""
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
        return to_whole_milliseconds(times)
    except ExportError as error:
        index = int(error.__dict__["index"]) // 2
        start, end = times[index].tolist()
        raise ExportError(
            f"cue {index} stands from {start} s to {end} s; expected numbers from 0 on", index=index
        ) from error
