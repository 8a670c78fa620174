"""Letters and phones as they came into one value that knows words, sentences, syllables and who belongs to whom.

Each level is found when it is first asked for, and kept.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from clipaudio.timing.alignment import (
    GraphemePhones,
    PhoneWords,
    grapheme_phones,
    letters_that_disagree,
    phone_words,
    runs_of,
)
from clipaudio.timing.phones import PhoneKind, Sounds, find_sounds, read_phone
from clipaudio.timing.repair import repair
from clipaudio.timing.sentences import find_sentences
from clipaudio.timing.syllables import find_syllables
from clipaudio.timing.time_units import detect_unit
from clipaudio.timing.timeline import Timeline
from clipaudio.timing.words import find_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clipaudio.timing.repair_report import Finding, RepairReport
    from clipaudio.timing.timeline import Index, Spans, Times

__all__ = ["Aligned", "align"]


@dataclass(frozen=True, eq=False, repr=False)
class Aligned:
    """Tidy levels of one clip, from letters up.

    Attributes
    ----------
    graphemes, phones
        Tidy Timelines; phones may be empty.
    reports
        What repair changed, by level: "graphemes", "phones".
    duration
        Seconds: the audio's length where it is known, else the last end.
    language
        ISO 639-1 code, for sentences.
    """

    graphemes: Timeline
    phones: Timeline
    reports: Mapping[str, RepairReport]
    duration: float
    language: str = "en"

    def __reduce__(self) -> tuple[Any, ...]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return _restore, (type(self), {**values, "reports": dict(self.reports)})

    def __repr__(self) -> str:
        levels = f"{len(self.graphemes)} graphemes, {len(self.phones)} phones"
        return f"<Aligned: {levels}, {self.duration:.3f} s, language {self.language!r}>"

    @property
    def text(self) -> str:
        """The spoken text as it was sent."""
        return self.graphemes.text

    @property
    def shared_graphemes(self) -> Times:
        """Times of the letters in which those that share an interval still do, float64, shape (n, 2), seconds."""
        return self.reports["graphemes"].shared_times

    @cached_property
    def words(self) -> Spans:
        """Words; runs are rows of `graphemes`."""
        return find_words(self.graphemes)

    @cached_property
    def sentences(self) -> Spans:
        """Sentences; runs are rows of `words`."""
        return find_sentences(self.graphemes, self.words, language=self.language)

    @cached_property
    def phone_words(self) -> PhoneWords:
        """The word of each phone by largest overlap; spaces and punctuation belong to none."""
        found = phone_words(self.phones.times, self.words.times)
        boundaries = {label for label in set(self.phones.labels) if read_phone(label).kind == PhoneKind.BOUNDARY}
        silent = np.array([label in boundaries for label in self.phones.labels], bool)
        crossing = found.crossing[~silent[found.crossing]]
        return PhoneWords(np.where(silent, -1, found.words), np.where(silent, 0.0, found.shares), crossing)

    @cached_property
    def word_phones(self) -> Index:
        """The run of phones of each word, intp, shape (words, 2), half-open; empty runs without phones."""
        return runs_of(self.phone_words.words, len(self.words))

    @cached_property
    def sounds(self) -> Sounds:
        """Phones without stress marks, spaces and punctuation, diphthongs joined; runs are rows of `phones`."""
        return find_sounds(self.phones, join_diphthongs=True)

    @cached_property
    def syllables(self) -> Spans:
        """Syllables; runs are rows of `sounds`. No syllable crosses a word's edge."""
        return find_syllables(self.sounds, self.phone_words.words[self.sounds.child_ranges[:, 1] - 1])

    @cached_property
    def grapheme_phones(self) -> GraphemePhones:
        """The run of phones of each letter."""
        return grapheme_phones(self.shared_graphemes, self.phones.times)

    @cached_property
    def disagreeing_graphemes(self) -> Index:
        """Rows of letters that cannot stand for their phones, intp, shape (m,)."""
        return letters_that_disagree(
            self.graphemes.labels, self.shared_graphemes, self.grapheme_phones, self.phones.labels
        )


def _restore(kind: type[Aligned], values: dict[str, Any]) -> Aligned:
    """Return the value that was pickled; levels are found again when asked for."""
    return kind(**{**values, "reports": MappingProxyType(values["reports"])})


def align(
    graphemes: Timeline,
    phones: Timeline | None = None,
    *,
    duration: float | None = None,
    sample_rate: float | None = None,
    policy: Literal["repair", "strict"] = "repair",
    found: Mapping[str, tuple[Finding, ...]] = MappingProxyType({}),
    language: str = "en",
) -> Aligned:
    """Repair letters and phones together and give all levels above them.

    Parameters
    ----------
    graphemes, phones
        As they came. Both are taken to be in one unit.
    duration
        Length of the audio in seconds, where known.
    sample_rate
        Samples a second, to understand times that are counted in samples.
    policy
        "repair" mends, "strict" raises at the first thing that would have to be changed.
    found
        Findings made while reading, by level.
    language
        ISO 639-1 code, for sentences.

    Raises
    ------
    UntidyTimelineError
        *policy* is "strict" and something would have to be changed.

    Examples
    --------
    >>> clip = align(Timeline(("H", "i", "!"), [[0.0, 0.1], [0.1, 0.3], [0.3, 0.4]]))
    >>> clip.words.labels, clip.words.times.tolist(), clip.duration
    (('Hi',), [[0.0, 0.3]], 0.4)
    """
    phones = Timeline.empty() if phones is None else phones
    every = np.concatenate((graphemes.times, phones.times))
    unit = detect_unit(every, duration=duration, sample_rate=sample_rate)
    tidy, reports = {}, {}
    for name, level in (("graphemes", graphemes), ("phones", phones)):
        tidy[name], reports[name] = repair(
            level,
            duration=duration,
            sample_rate=sample_rate,
            unit=unit,
            policy=policy,
            found=found.get(name, ()),
        )
    if duration is None:
        duration = max((float(line.ends[-1]) for line in tidy.values() if len(line)), default=0.0)
    return Aligned(tidy["graphemes"], tidy["phones"], MappingProxyType(reports), duration, language)
