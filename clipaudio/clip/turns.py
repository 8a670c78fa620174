"""Split a clip of several speakers into its turns, so that captions and tiers name who speaks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from clipaudio.export.options import Part
from clipaudio.timing.crop import crop_levels
from clipaudio.timing.joining import join_aligned

if TYPE_CHECKING:
    from clipaudio.timing.aligned import Aligned

__all__ = ["SpokenParts", "split_turns"]


class SpokenParts(NamedTuple):
    """The parts of a clip, and its levels as a whole."""

    parts: tuple[Part, ...]
    whole: Aligned


def split_turns(clip: Aligned, *, title: str | None) -> SpokenParts:
    """Return the turns of *clip*; one part if it has one speaker or none is known.

    Examples
    --------
    >>> from clipaudio.timing.aligned import align
    >>> from clipaudio.timing.speech_times import SpeechTimes, TimedText
    >>> words = TimedText.of(["Hi.", "Hello."], [0.0, 0.5], [0.4, 0.9])
    >>> clip = align(SpeechTimes(source="x", words=words, speakers=("Ann", "Bob")))
    >>> [(part.speaker, part.offset, part.aligned.text.strip()) for part in split_turns(clip, title=None).parts]
    [('Ann', 0.0, 'Hi.'), ('Bob', 0.5, 'Hello.')]
    """
    if len({turn.speaker for turn in clip.turns}) < 2:
        return SpokenParts((Part(aligned=clip, title=title),), clip)
    starts = [0.0, *(float(clip.graphemes.starts[turn.first]) for turn in clip.turns[1:])]
    stops = [*starts[1:], clip.duration]
    parts = []
    for turn, start, stop in zip(clip.turns, starts, stops, strict=True):
        kept = crop_levels(clip, start, stop, rows=(turn.first, turn.stop))
        parts.append(Part(aligned=kept, offset=start, speaker=turn.speaker, title=turn.speaker or title))
    joined = join_aligned([(part.aligned, part.offset) for part in parts], duration=clip.duration)
    return SpokenParts(tuple(parts), replace(joined, reports=clip.reports))
