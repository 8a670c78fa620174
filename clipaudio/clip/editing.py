"""Cut, pad, join, stretch and shift clips: samples, graphemes and phones move together, to the frame.

Conventions
-----------
A position in seconds is rounded to the nearest frame of the audio once, and times move by that frame's seconds, so that
audio and times stay in sync. Without audio, times move by the given seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from clipaudio.clip.moving import move_parts
from clipaudio.errors import EditError
from clipaudio.timing.joining import join_aligned
from clipaudio.timing.text_editing import replace_text, split_text
from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.audio.montage import Montage
    from clipaudio.export.options import Part
    from clipaudio.timing.aligned import Aligned

__all__ = ["ClipContent", "cut", "join", "pad", "retime", "shift", "speed", "with_text"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ClipContent:
    """What a clip is made of.

    Parameters
    ----------
    parts
        What is spoken, each part with the seconds at which it begins.
    duration
        Seconds of the whole.
    montage
        The audio, None where it is not at hand.
    whole
        The levels of the whole; None joins those of the parts.
    """

    parts: tuple[Part, ...]
    duration: float
    montage: Montage | None = None
    whole: Aligned | None = None

    @cached_property
    def aligned(self) -> Aligned:
        """The levels of the whole."""
        if self.whole is not None:
            return self.whole
        if len(self.parts) == 1 and not self.parts[0].offset and self.parts[0].aligned.duration == self.duration:
            return self.parts[0].aligned
        return join_aligned([(part.aligned, part.offset) for part in self.parts], duration=self.duration)

    def place(self, seconds: float) -> tuple[float, int]:
        """Return the time of the nearest frame and its number; without audio, *seconds* and 0."""
        if not math.isfinite(seconds):
            raise EditError(f"a place at {seconds} s; expected a finite number of seconds")
        if self.montage is None:
            return seconds, 0
        frame = math.floor(seconds * self.montage.sample_rate + 0.5)
        return frame / self.montage.sample_rate, frame


def cut(clip: ClipContent, start: float, stop: float) -> ClipContent:
    """Keep what lies from *start* until *stop*, seconds.

    Raises
    ------
    EditError
        There is nothing between the two, or a place is outside the clip.
    """
    if not 0 <= start < stop <= clip.duration + 1e-9:
        raise EditError(f"cut from {start} to {stop} s; the clip lasts from 0 to {clip.duration:.10g} s")
    (start, first), (stop, last) = clip.place(start), clip.place(stop)
    stop = min(stop, clip.duration)
    if start >= stop:
        raise EditError(f"cut from {start} to {stop} s keeps no sample")
    parts = []
    for part in clip.parts:
        begin, end = part.offset, part.offset + part.aligned.duration
        if end <= start or begin >= stop:
            continue
        last_second = min(stop - begin, part.aligned.duration)
        parts.append(part.crop(max(start - begin, 0.0), last_second, offset=max(begin - start, 0.0)))
    montage = None if clip.montage is None else clip.montage.cut(first, last)
    return ClipContent(parts=tuple(parts), duration=_length(montage, stop - start), montage=montage)


def pad(clip: ClipContent, before: float = 0.0, after: float = 0.0) -> ClipContent:
    """Add seconds of silence before and after.

    Raises
    ------
    EditError
        A length is negative or not finite.
    """
    if before < 0 or after < 0:
        raise EditError(f"silence of {min(before, after)} s; expected 0 or more; `cut` takes away")
    (before, head), (after, tail) = clip.place(before), clip.place(after)
    parts = tuple(replace(part, offset=part.offset + before) for part in clip.parts)
    montage = None if clip.montage is None else clip.montage.pad(head, tail)
    return ClipContent(parts=parts, duration=_length(montage, before + clip.duration + after), montage=montage)


def join(
    clips: Sequence[ClipContent],
    *,
    gap: float = 0.0,
    speakers: Sequence[str | None] = (),
    titles: Sequence[str | None] = (),
) -> ClipContent:
    """Concatenate clips, with *gap* seconds of silence between them.

    The audio takes the sample rate of the first. Each clip begins at a frame, and its times count from there: however
    many are joined, nothing drifts. Where one of the clips has no audio the whole has none. *speakers* and *titles*
    name the parts of each clip.

    Raises
    ------
    EditError
        There is nothing to join, the gap is negative or not finite, or there are more or fewer names than clips.
    AudioError
        Their numbers of channels do not go together.
    """
    if not clips:
        raise EditError("nothing to join; give at least one clip")
    if not 0 <= gap < math.inf:
        raise EditError(f"a gap of {gap} s; expected 0 or more")
    names = zip(_names(len(clips), "speakers", speakers), _names(len(clips), "titles", titles), strict=True)
    clips = [_named(clip, *both) for clip, both in zip(clips, names, strict=True)]
    montages = [clip.montage for clip in clips if clip.montage is not None]
    if len(montages) < len(clips):
        lengths = [clip.duration for clip in clips]
        offsets = [
            float(start)
            for start in accumulate((Fraction(length) + Fraction(gap) for length in lengths[:-1]), initial=Fraction(0))
        ]
        return ClipContent(parts=_placed(clips, offsets), duration=offsets[-1] + lengths[-1])
    from clipaudio.audio.montage import join_montages  # noqa: PLC0415 - audio loads on use

    rate = montages[0].sample_rate
    silence = math.floor(gap * rate + 0.5)
    montages = [montage.at_rate(rate) for montage in montages]
    whole = join_montages(montages, gap=silence)
    frames = [montage.frames for montage in montages]
    clips = [_within(clip, count / rate) for clip, count in zip(clips, frames, strict=True)]
    starts = np.concatenate(([0], np.cumsum([count + silence for count in frames[:-1]]))).astype(np.int64)
    return ClipContent(parts=_placed(clips, (starts / rate).tolist()), duration=whole.frames / rate, montage=whole)


def speed(clip: ClipContent, factor: float) -> ClipContent:
    """Speak *factor* times as fast, at the same pitch; see `clipaudio.audio.stretch`.

    Takes the whole audio into memory.

    Raises
    ------
    EditError
        The factor is outside 0.1 to 10.
    """
    if not 0.1 <= factor <= 10:
        raise EditError(f"a speed of {factor}; expected 0.1 to 10")
    montage, real = clip.montage, factor
    if montage is not None:
        montage = _stretched(montage, factor)
        real = clip.duration * montage.sample_rate / montage.frames if montage.frames else factor
    parts = tuple(part.crop(0.0, part.aligned.duration, speed=real, offset=part.offset / real) for part in clip.parts)
    return ClipContent(parts=parts, duration=_length(montage, clip.duration / real), montage=montage)


def shift(clip: ClipContent, seconds: float) -> ClipContent:
    """Move the times against the audio: later by *seconds*, earlier where that is negative.

    For audio whose sound comes late, as behind an MP3's decoder. What would lie outside the audio ends at its edge;
    letters that lie outside altogether are gone.

    Raises
    ------
    EditError
        The seconds are not finite.
    """
    seconds, _ = clip.place(seconds)
    parts = []
    for part in clip.parts:
        begin = part.offset + seconds
        last_second = min(part.aligned.duration, clip.duration - begin)
        parts.append(part.crop(max(-begin, 0.0), last_second, offset=max(begin, 0.0)))
    return ClipContent(parts=tuple(parts), duration=clip.duration, montage=clip.montage)


def with_text(clip: ClipContent, text: str) -> ClipContent:
    """Replace the text; see `clipaudio.timing.text_editing`. The text of several parts is divided between them."""
    texts = [text]
    if len(clip.parts) > 1:
        texts = split_text(text, [part.aligned.words.labels for part in clip.parts])
    levels = [replace_text(part.aligned, own) for part, own in zip(clip.parts, texts, strict=True)]
    if all(new is part.aligned for new, part in zip(levels, clip.parts, strict=True)):
        return clip
    parts = tuple(part.with_levels(new) for part, new in zip(clip.parts, levels, strict=True))
    return replace(clip, parts=parts, whole=None)


def retime(clip: ClipContent, offset: float, drift: float) -> ClipContent:
    """Move times against the audio: a time t becomes offset + (1 + drift) * t; see `clipaudio.clip.moving`.

    Raises
    ------
    EditError
        A number is not finite, or the drift is outside -0.5 to 1.
    """
    if not -0.5 <= drift <= 1:
        raise EditError(f"a drift of {drift}; expected -0.5 to 1")
    seconds, _ = clip.place(offset)
    return replace(clip, parts=move_parts(clip.parts, seconds, 1 + drift, duration=clip.duration), whole=None)


def _names(count: int, what: str, names: Sequence[str | None]) -> Sequence[str | None]:
    """Return a name or None for each of *count* clips."""
    if names and len(names) != count:
        raise EditError(f"{len(names)} {what} for {count} clips; give one each, or none")
    return names or [None] * count


def _named(clip: ClipContent, speaker: str | None, title: str | None) -> ClipContent:
    """Set the speaker and title of the parts of a clip."""
    parts = (replace(part, speaker=speaker or part.speaker, title=title or part.title) for part in clip.parts)
    return replace(clip, parts=tuple(parts), whole=None)


def _within(clip: ClipContent, length: float) -> ClipContent:
    """End what a clip says with its audio, of which rounding to another rate may have taken half a frame."""
    parts = []
    for part in clip.parts:
        aligned, offset = part.aligned, min(part.offset, length)
        limit = length - offset
        if aligned.duration > limit:
            original = None if part.original is None else _ended(part.original, limit)
            part = replace(part, aligned=_ended(aligned, limit), original=original)  # noqa: PLW2901 - shortened
        parts.append(replace(part, offset=offset))
    return replace(clip, parts=tuple(parts), whole=None)


def _ended(aligned: Aligned, limit: float) -> Aligned:
    """Return levels that end at *limit* seconds."""
    letters, phones, visemes = (
        Timeline(line.labels, np.minimum(line.times, limit))
        for line in (aligned.graphemes, aligned.phones, aligned.visemes)
    )
    return replace(aligned, graphemes=letters, phones=phones, visemes=visemes, duration=limit)


def _placed(clips: Sequence[ClipContent], offsets: Sequence[float]) -> tuple[Part, ...]:
    """Return the parts of all clips, offset to the start of their clip."""
    return tuple(
        replace(part, offset=part.offset + offset)
        for clip, offset in zip(clips, offsets, strict=True)
        for part in clip.parts
    )


def _length(montage: Montage | None, seconds: float) -> float:
    """Return the length of the audio in seconds, or *seconds* without audio."""
    return seconds if montage is None else montage.frames / montage.sample_rate


def _stretched(montage: Montage, factor: float) -> Montage:
    """Return the audio *factor* times as fast, as samples in memory."""
    from clipaudio.audio.montage import AudioSlice  # noqa: PLC0415 - audio loads on use
    from clipaudio.audio.reader import open_audio  # noqa: PLC0415 - as above
    from clipaudio.audio.stretch import stretch  # noqa: PLC0415 - as above

    with open_audio(montage) as audio:
        samples = stretch(np.concatenate(list(audio.blocks(1 << 18))), montage.sample_rate, factor)
    return replace(montage, takes=(AudioSlice(samples, 0, len(samples)),), is_plain=False)
