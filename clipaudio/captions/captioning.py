"""Make cues of passages of speech: cut each passage, join the cues, then time all for the screen.

Conventions
-----------
Seconds. A passage is the speech of one clip; its offset is the second at which it begins. No cue has text of two
passages; gaps and overlaps between passages are resolved like all others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, TypedDict

from clipaudio.captions.break_units import TextLevels
from clipaudio.captions.cue import make_speaker_label
from clipaudio.captions.cue_timing import time_clips, time_cues
from clipaudio.captions.explanation import explain_cues
from clipaudio.captions.profiles import find_profile
from clipaudio.captions.refinement import refine_cues
from clipaudio.captions.segmentation import cut_texts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from numpy.typing import ArrayLike

    from clipaudio.captions.cue import Cue
    from clipaudio.captions.explanation import CueExplanation
    from clipaudio.captions.profiles import Profile
    from clipaudio.timing.timeline import Spans, Timeline

__all__ = ["Passage", "cut_clips", "cut_passages", "explain_passages", "make_cues", "make_cues_of", "time_passages"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Passage:
    """The speech of one clip.

    Parameters
    ----------
    graphemes, words, sentences
        Tidy levels; words are spans over graphemes, sentences over words and may be empty.
    language
        Language tag of the text, for limits and for breaks.
    offset
        Second at which it begins.
    speaker
        Name of the speaker, None if unknown.
    """

    graphemes: Timeline
    words: Spans
    sentences: Spans
    language: str = "en"
    offset: float = 0.0
    speaker: str | None = None

    @property
    def has_text(self) -> bool:
        """Whether there is more than white space: such a passage has a cue."""
        return bool(self.graphemes.text.strip())


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
    """Make the cues of all passages.

    Parameters
    ----------
    passages
        In order and without overlap; offsets ascend.
    profile
        Limits of a cue, by name or as a `Profile`. The language of the first passage decides the limits of all times.
    fps
        Exact video frames per second: cues start and end on frames.
    duration
        Seconds of audio, which no cue exceeds; None if unknown.
    sound
        float64, shape (n, 2), seconds: where the audio has sound, ascending and disjoint. Cues start and end there,
        see `clipaudio.captions.refinement`; None leaves their times unchanged.

    Returns
    -------
    tuple of Cue
        Ascending, disjoint, each with start < end. Empty without text.

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
    if sound is None:
        return make_cues_of([passages], profile=profile, fps=fps, durations=[duration])[0]
    cues = refine_cues(cut_passages(passages, profile=profile), sound).cues
    return time_passages(cues, passages, profile=profile, fps=fps, duration=duration)


def cut_passages(passages: Sequence[Passage], *, profile: str | Profile = "netflix") -> tuple[Cue, ...]:
    """Cut passages into cues with the times of their speech; the first step of `make_cues`."""
    return cut_clips([passages], profile=profile)[0]


def cut_clips(clips: Sequence[Sequence[Passage]], *, profile: str | Profile = "netflix") -> list[tuple[Cue, ...]]:
    """Do for each of *clips* what `cut_passages` does; passages of one language and label are cut together."""
    limits = find_profile(profile)
    rows: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for number, passages in enumerate(clips):
        last = None
        for row, passage in enumerate(passages):
            rows.setdefault((passage.language, make_speaker_label(passage.speaker, last)), []).append((number, row))
            last = passage.speaker if passage.has_text else last
    found: list[list[tuple[Cue, ...]]] = [[()] * len(passages) for passages in clips]
    for (language, label), places in rows.items():
        texts = [TextLevels(*_cut_arguments(clips[number][row])) for number, row in places]
        cut = cut_texts(texts, profile=limits.for_language(language), language=language, label=label)
        for (number, row), cues in zip(places, cut, strict=True):
            passage = clips[number][row]
            found[number][row] = tuple([_placed(cue, passage) for cue in cues])
    return [tuple(chain.from_iterable(cues)) for cues in found]


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
        "label": make_speaker_label(passage.speaker, last),
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
    return time_cues(cues, profile=_screen_profile(passages, profile), fps=fps, duration=duration)


def make_cues_of(
    clips: Sequence[Sequence[Passage]],
    *,
    profile: str | Profile = "netflix",
    fps: Fraction | None = None,
    durations: Sequence[float | None],
) -> list[tuple[Cue, ...]]:
    """Do for each of *clips*, which last *durations*, what `make_cues` does, in less time than one by one."""
    cut = cut_clips(clips, profile=profile)
    rows: dict[Profile, list[int]] = {}
    for row, passages in enumerate(clips):
        rows.setdefault(_screen_profile(passages, profile), []).append(row)
    for limits, those in rows.items():
        cues, lengths = [cut[row] for row in those], [durations[row] for row in those]
        for row, timed in zip(those, time_clips(cues, profile=limits, fps=fps, durations=lengths), strict=True):
            cut[row] = timed
    return cut


def _screen_profile(passages: Sequence[Passage], profile: str | Profile) -> Profile:
    """Return the limits of times: those of the language of the first passage."""
    return find_profile(profile).for_language(passages[0].language if passages else "en")


def _placed(cue: Cue, passage: Passage) -> Cue:
    """Move *cue* by the offset of its passage, and set its speaker."""
    if not passage.offset:
        return cue if passage.speaker is None else replace(cue, speaker=passage.speaker)
    by = passage.offset
    words = tuple(word._replace(start=word.start + by, end=word.end + by) for word in cue.words)
    return replace(cue, start=cue.start + by, end=cue.end + by, words=words, speaker=passage.speaker)
