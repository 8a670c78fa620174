"""Speech times as any source gives them, before repair: letters, or words, or phones, each level only if it was given.

The given level is the truth. Words that were given keep their times; the letters inside them are estimated. `align`
takes a `SpeechTimes` and derives all other levels.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clipaudio.timing.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clipaudio.timing.repair_report import Finding
    from clipaudio.timing.timeline import Times

__all__ = ["SpeechTimes", "TimedText"]


class TimedText(NamedTuple):
    """Pieces of a text with their times, in the order of the text: words, marks, blanks, pieces of words or sentences.

    Attributes
    ----------
    labels
        The text of each piece.
    times
        float64, shape (n, 2), seconds; NaN where a start or an end was not given.
    is_spaced
        Whether the labels carry their blanks, so that joined they are the text. Else words are joined by blanks, and
        marks stand with their word.
    unit
        The level that was given: "words"; "sentences" if a piece may hold several words; "phones" if the times of the
        pieces come from those of phones. Words are estimated unless they were given.
    """

    labels: tuple[str, ...]
    times: Times
    is_spaced: bool = False
    unit: str = "words"

    @classmethod
    def of(
        cls,
        labels: Sequence[str],
        starts: Sequence[float | None],
        ends: Sequence[float | None],
        *,
        is_spaced: bool = False,
        unit: str = "words",
    ) -> TimedText:
        """Return pieces from lists; None is an unknown time.

        Examples
        --------
        >>> TimedText.of(["Hi"], [0.5], [None]).times.tolist()
        [[0.5, nan]]
        """
        times = np.full((len(labels), 2), np.nan)
        times[:, 0] = starts
        times[:, 1] = ends
        return cls(tuple(labels), times, is_spaced, unit)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SpeechTimes:
    """What a source says about one clip, all times in seconds unless `unit` is "auto".

    Parameters
    ----------
    source
        Name of the shape, such as "elevenlabs" or "resemble".
    graphemes
        Letters with their times, if those were given.
    words
        Words with their times, if those were given; used where there are no letters.
    phones
        Phones with their times; empty if none were given.
    visemes
        Mouth shapes with their times, labels as the source spells them; empty if none were given.
    viseme_set
        Name of the set that `visemes` are spelled in.
    speakers
        The speaker of each entry of `graphemes`, else of `words`, None where that is unknown; empty if none is known.
    text
        The text as written, where the source holds it beside its words.
    language
        Language tag as the source says it.
    duration, sample_rate
        Of the audio, as the source says it.
    id, project_id, audio_url, issues
        As the source says it.
    unit
        "s", or "auto" where times may be in another unit that has to be detected.
    confidences
        Of each word, from 0 to 1; empty if none are known.
    is_estimated
        Whether the times were found in the audio and not given by what made it.
    found
        Findings made while reading, by level.
    """

    source: str
    graphemes: Timeline | None = None
    words: TimedText | None = None
    phones: Timeline = field(default_factory=Timeline.empty)
    visemes: Timeline = field(default_factory=Timeline.empty)
    viseme_set: str = ""
    speakers: tuple[str | None, ...] = ()
    text: str | None = None
    language: str | None = None
    duration: float | None = None
    sample_rate: float | None = None
    id: str | None = None
    project_id: str | None = None
    audio_url: str | None = field(default=None)
    issues: tuple[str, ...] = ()
    unit: str = "s"
    confidences: tuple[float, ...] = ()
    is_estimated: bool = False
    found: Mapping[str, tuple[Finding, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def __repr__(self) -> str:
        return f"<SpeechTimes of {self.source}: {' and '.join(self.given) or 'no times'}>"

    @property
    def given(self) -> tuple[str, ...]:
        """The levels that were given, from the largest unit to the smallest."""
        levels = [] if self.words is None or self.words.unit == "phones" else [self.words.unit]
        levels += [] if self.graphemes is None else ["graphemes"]
        named = (("phones", self.phones), ("visemes", self.visemes))
        return tuple(levels + [name for name, line in named if len(line)])

    def with_findings(self, *findings: Finding) -> SpeechTimes:
        """Return these speech times with more *findings*, of the words, else of the letters, else of the phones.

        Examples
        --------
        >>> from clipaudio.timing.repair_report import Finding
        >>> speech = SpeechTimes(source="ctm", words=TimedText.of(["Hi"], [0.5], [0.75]))
        >>> speech.with_findings(Finding("noise", np.arange(1))).found["words"][0].kind
        'noise'
        """
        if not findings:
            return self
        level = "words" if self.words is not None else "phones" if self.graphemes is None else "graphemes"
        return replace(self, found={**self.found, level: (*self.found.get(level, ()), *findings)})
