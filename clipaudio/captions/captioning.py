"""Passages of speech into cues: cut each, put them behind one another, then time them all for the screen.

Conventions
-----------
Seconds. A passage is what one clip says; its offset is where it begins in the whole. No cue holds text of two
passages, and gaps and overlaps are resolved across their borders like everywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypedDict

from clipaudio.captions.cue import speaker_label
from clipaudio.captions.cue_timing import time_cues
from clipaudio.captions.explanation import explain_cues
from clipaudio.captions.profiles import find_profile
from clipaudio.captions.refinement import refine_cues
from clipaudio.captions.segmentation import cut_cues

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from numpy.typing import ArrayLike

    from clipaudio.captions.cue import Cue
    from clipaudio.captions.explanation import CueExplanation
    from clipaudio.captions.profiles import Profile
    from clipaudio.timing.timeline import Spans, Timeline

__all__ = ["Passage", "cut_passages", "explain_passages", "make_cues", "time_passages"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Passage:
    """What one clip says.

    Parameters
    ----------
    graphemes, words, sentences
        Tidy levels; words are spans over graphemes, sentences over words and may be empty.
    language
        ISO 639-1 code of the text, for limits and for words that lean on the next.
    offset
        Seconds at which it begins.
    speaker
        Who speaks, None where that is not known.
    """

    graphemes: Timeline
    words: Spans
    sentences: Spans
    language: str = "en"
    offset: float = 0.0
    speaker: str | None = None


class _CutOptions(TypedDict):
    profile: Profile
    language: str
    label: str


def make_cues(
    passages: Sequence[Passage],
    *,
    profile: str | Profile = "netflix",
    fps: Fraction | None = None,
    duration: float | None = None,
    sound: ArrayLike | None = None,
) -> tuple[Cue, ...]:
    """Make cues of everything said.

    Parameters
    ----------
    passages
        In order, not overlapping; offsets rise.
    profile
        Limits of a cue, by name or as a `Profile`; those of the first passage's language hold for the times of all.
    fps
        Video frames a second, exactly: cues start and end on frames.
    duration
        Seconds of audio: no cue is held beyond. None where that is not known.
    sound
        float64, shape (n, 2), seconds: where something sounds, in order, apart. Cues start and end there, see
        `clipaudio.captions.refinement`; None leaves their times as they are.

    Returns
    -------
    tuple of Cue
        In order, disjoint, each with start < end. No text, no cues.

    Raises
    ------
    ExportError
        There is no such profile.

    Examples
    --------
    >>> from clipaudio.timing.aligned import align
    >>> from clipaudio.timing.timeline import Timeline
    >>> said = align(Timeline("Go. Now!", [[i / 2, (i + 1) / 2] for i in range(8)]))
    >>> passage = Passage(graphemes=said.graphemes, words=said.words, sentences=said.sentences)
    >>> [cue.text for cue in make_cues([passage], profile="none")]
    ['Go.', 'Now!']
    """
    cues = cut_passages(passages, profile=profile)
    if sound is not None:
        cues = refine_cues(cues, sound).cues
    return time_passages(cues, passages, profile=profile, fps=fps, duration=duration)


def cut_passages(passages: Sequence[Passage], *, profile: str | Profile = "netflix") -> tuple[Cue, ...]:
    """Cut everything said into cues with the times of their speech; the first step of `make_cues`."""
    limits = find_profile(profile)
    cues: list[Cue] = []
    last = None
    for passage in passages:
        found = cut_cues(*_cut_arguments(passage), **_cut_options(passage, limits, last))
        last = passage.speaker if found else last
        cues.extend(_placed(cue, passage) for cue in found)
    return tuple(cues)


def explain_passages(passages: Sequence[Passage], *, profile: str | Profile = "netflix") -> tuple[CueExplanation, ...]:
    """Explain each cue that `cut_passages` makes of the same arguments."""
    limits = find_profile(profile)
    explained: list[CueExplanation] = []
    last = None
    for passage in passages:
        found = explain_cues(*_cut_arguments(passage), **_cut_options(passage, limits, last))
        last = passage.speaker if found else last
        explained.extend(replace(cue, start=cue.start + passage.offset) for cue in found)
    return tuple(explained)


def _cut_arguments(passage: Passage) -> tuple[Timeline, Spans, Spans]:
    return passage.graphemes, passage.words, passage.sentences


def _cut_options(passage: Passage, limits: Profile, last: str | None) -> _CutOptions:
    return {
        "profile": limits.for_language(passage.language),
        "language": passage.language,
        "label": speaker_label(passage.speaker, last),
    }


def time_passages(
    cues: Sequence[Cue],
    passages: Sequence[Passage],
    *,
    profile: str | Profile = "netflix",
    fps: Fraction | None = None,
    duration: float | None = None,
) -> tuple[Cue, ...]:
    """Time the cues of *passages* for the screen; the last step of `make_cues`."""
    language = passages[0].language if passages else "en"
    return time_cues(cues, profile=find_profile(profile).for_language(language), fps=fps, duration=duration)


def _placed(cue: Cue, passage: Passage) -> Cue:
    """Move *cue* to where its passage begins, and say who speaks."""
    if not passage.offset:
        return cue if passage.speaker is None else replace(cue, speaker=passage.speaker)
    by = passage.offset
    words = tuple(word._replace(start=word.start + by, end=word.end + by) for word in cue.words)
    return replace(cue, start=cue.start + by, end=cue.end + by, words=words, speaker=passage.speaker)
