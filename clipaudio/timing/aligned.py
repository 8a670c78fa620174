"""Repair the graphemes and phones of a clip, and derive words, sentences, syllables and their relations.

Each level is computed on first use and cached.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self, TypeVar

import numpy as np

from clipaudio.errors import ClipAudioError
from clipaudio.phonetics.alphabets import Alphabet, check_alphabet, detect_alphabet
from clipaudio.phonetics.phones import PhoneKind, PhoneTable, read_phones
from clipaudio.timing.alignment import (
    GraphemePhones,
    PhoneWords,
    find_disagreeing_letters,
    group_runs,
    match_grapheme_phones,
    match_phone_words,
)
from clipaudio.timing.language_detection import detect_language
from clipaudio.timing.pieces import lay_pieces
from clipaudio.timing.repair import Untidy, refuse_changes, repair_together
from clipaudio.timing.sentences import find_sentences
from clipaudio.timing.sounds import Sounds, find_sounds, find_spoken_words, find_syllables
from clipaudio.timing.speech_times import SpeechTimes, TimedText
from clipaudio.timing.time_units import detect_unit
from clipaudio.timing.timeline import Spans, Timeline
from clipaudio.timing.turns import Turn, find_turns
from clipaudio.timing.words import find_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clipaudio.timing.repair import Repaired
    from clipaudio.timing.repair_report import Finding, RepairReport
    from clipaudio.timing.timeline import Index, Times

__all__ = ["AlignInput", "Aligned", "align", "align_together"]

_Made = TypeVar("_Made")


_ROUNDED = 1.0
"""Seconds by which the length that a source says may be too short: some services round it down."""


@dataclass(frozen=True, eq=False, repr=False)
class Aligned:
    """Tidy levels of one clip, from graphemes up.

    Attributes
    ----------
    graphemes, phones
        Tidy Timelines; phones may be empty.
    reports
        What repair changed, by level: "graphemes", "phones".
    duration
        Seconds: the length of the audio if known, else the last end.
    language
        Language tag (`pt`, `pt-BR`), for sentences.
    known_alphabet
        The alphabet of the phone labels, None to detect it.
    found_language
        Whether `language` was found from the text.
    assumed_language
        Whether `language` is English only because neither the caller, the source nor the text told another.
    turns
        Who speaks when, if a source says so; empty if no speaker is known.
    visemes, viseme_set
        Tidy mouth shapes that a source gave, and the set that they are spelled in; empty if none were given.
    """

    graphemes: Timeline
    phones: Timeline
    reports: Mapping[str, RepairReport]
    duration: float
    language: str = "en"
    known_alphabet: Alphabet | None = field(default=None, kw_only=True)
    found_language: bool = field(default=False, kw_only=True)
    assumed_language: bool = field(default=False, kw_only=True)
    turns: tuple[Turn, ...] = field(default=(), kw_only=True)
    visemes: Timeline = field(default_factory=Timeline.empty, kw_only=True)
    viseme_set: str = field(default="", kw_only=True)

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
        """Times of the graphemes before shared intervals are split, float64, shape (n, 2), seconds."""
        return self.reports["graphemes"].shared_times

    @property
    def has_estimated_phones(self) -> bool:
        """Whether the phones are those of the text, because none were given."""
        return "phones" in self.reports and "estimated_phone" in self.reports["phones"].kinds

    def with_alphabet(self, name: str) -> Self:
        """Return the same levels with phone labels read in the alphabet of that name.

        Raises
        ------
        ExportError
            There is no such alphabet.
        """
        return replace(self, known_alphabet=check_alphabet(name))

    @cached_property
    def words(self) -> Spans:
        """Words; runs are rows of `graphemes`."""
        return find_words(self.graphemes)

    @cached_property
    def sentences(self) -> Spans:
        """Sentences; runs are rows of `words`."""
        return find_sentences(self.graphemes, self.words, language=self.language)

    @cached_property
    def alphabet(self) -> Alphabet:
        """The alphabet of the phone labels: as given to `align`, else detected."""
        return self.known_alphabet or detect_alphabet(self.phones.labels)

    @cached_property
    def phone_table(self) -> PhoneTable:
        """The phone labels, read in the alphabet of the clip."""
        return read_phones(self.phones.labels, self.alphabet.name)

    @cached_property
    def phone_words(self) -> PhoneWords:
        """The word of each phone by largest overlap; spaces and punctuation belong to none."""
        found = match_phone_words(self.phones.times, self.words.times)
        silent = self.phone_table.kinds == PhoneKind.BOUNDARY.value
        crossing = found.crossing[~silent[found.crossing]]
        return PhoneWords(np.where(silent, -1, found.words), np.where(silent, 0.0, found.shares), crossing)

    @cached_property
    def word_phones(self) -> Index:
        """The run of phones of each word, intp, shape (words, 2), half-open; empty for a word without phones."""
        return group_runs(self.phone_words.words, len(self.words))

    @cached_property
    def spoken_phones(self) -> Spans:
        """Phones with labels as spelled, without spaces and punctuation; runs are rows of `phones`.

        Stress, length and tone in entries of their own belong to their sound.
        """
        found = self.plain_sounds
        labels = self.phones.labels
        joined = ["".join(labels[first:stop]).strip() for first, stop in found.child_ranges.tolist()]
        return Spans(tuple(joined), found.times, found.child_ranges)

    @cached_property
    def plain_sounds(self) -> Sounds:
        """As `sounds`, but the two entries of a diphthong stay two."""
        return find_sounds(self.phones, self.phone_table)

    @cached_property
    def sounds(self) -> Sounds:
        """Phones without stress marks, spaces and punctuation, diphthongs joined; runs are rows of `phones`."""
        return find_sounds(self.phones, self.phone_table, join_diphthongs=True)

    @cached_property
    def syllables(self) -> Spans:
        """Syllables; runs are rows of `sounds`. None crosses the edge of a word, written or spoken.

        A blank among the phones is the edge of a spoken word, also inside one written word (`$4.50`).
        """
        return find_syllables(self.sounds, find_spoken_words(self.sounds, self.phone_table, self.phone_words.words))

    @cached_property
    def grapheme_phones(self) -> GraphemePhones:
        """The run of phones of each grapheme."""
        return match_grapheme_phones(self.shared_graphemes, self.phones.times)

    @cached_property
    def disagreeing_graphemes(self) -> Index:
        """Rows of graphemes that cannot stand for their phones, intp, shape (m,)."""
        return find_disagreeing_letters(
            self.graphemes.labels, self.shared_graphemes, self.grapheme_phones, self.phone_table
        )


def _restore(kind: type[Aligned], values: dict[str, Any]) -> Aligned:
    """Return the value that was pickled; levels are found again when asked for."""
    return kind(**{**values, "reports": MappingProxyType(values["reports"])})


def align(  # noqa: PLR0913 - all that is known of a clip, by keyword
    times: SpeechTimes | Timeline,
    phones: Timeline | None = None,
    *,
    duration: float | None = None,
    sample_rate: float | None = None,
    policy: Literal["repair", "strict"] = "repair",
    found: Mapping[str, tuple[Finding, ...]] = MappingProxyType({}),
    language: str | None = "en",
    alphabet: str | None = None,
    text: str | None = None,
) -> Aligned:
    """Repair the levels that were given; the result derives all others.

    Parameters
    ----------
    times
        Speech times of any source, or graphemes as received.
    phones
        Phones as received, in the unit of the graphemes; only where *times* are graphemes.
    duration
        Length of the audio in seconds, if known.
    sample_rate
        Samples per second, needed for times counted in samples.
    policy
        "repair" changes times, "strict" raises at the first entry that would be changed.
    found
        Findings made while reading, by level.
    language
        Language tag (`pt`, `pt-BR`), for sentences; None takes that of the source, finds it from the text, or takes
        English.
    alphabet
        Alphabet of the phone labels, one of `clipaudio.phonetics.alphabets.ALPHABETS`; None detects it.
    text
        The text as written, to be put over the words that were timed; None takes that of the source.

    Raises
    ------
    UntidyTimelineError
        *policy* is "strict" and an entry needs a change.
    ExportError
        There is no such alphabet.

    Examples
    --------
    >>> clip = align(Timeline(("H", "i", "!"), [[0.0, 0.1], [0.1, 0.3], [0.3, 0.4]]))
    >>> clip.words.labels, clip.words.times.tolist(), clip.duration
    (('Hi',), [[0.0, 0.3]], 0.4)
    """
    if isinstance(times, Timeline):
        times = SpeechTimes(source="timelines", graphemes=times, phones=phones or Timeline.empty(), unit="auto")
    given = AlignInput(times, duration, sample_rate, policy, found, language, alphabet, text)
    [aligned] = align_together([given])
    if isinstance(aligned, ClipAudioError):
        raise aligned
    return aligned


class AlignInput(NamedTuple):
    """What `align` is told of a clip."""

    times: SpeechTimes
    duration: float | None = None
    sample_rate: float | None = None
    policy: Literal["repair", "strict"] = "repair"
    found: Mapping[str, tuple[Finding, ...]] = MappingProxyType({})
    language: str | None = "en"
    alphabet: str | None = None
    text: str | None = None


def align_together(clips: Sequence[AlignInput]) -> list[Aligned | ClipAudioError]:
    """Do for each of *clips* what `align` does; return its error for one that fails.

    Many short clips take less time together than one by one.

    Examples
    --------
    >>> times = SpeechTimes(source="timelines", graphemes=Timeline(("H", "i"), [[0.0, 0.1], [0.1, 0.3]]))
    >>> fine, failed = align_together([AlignInput(times), AlignInput(times, alphabet="runes")])
    >>> fine.words.labels, type(failed).__name__
    (('Hi',), 'ExportError')
    """
    readers = [_catch(lambda clip=clip: _LevelReader(clip)) for clip in clips]  # type: ignore[misc]
    untidy = [line for reader in readers if isinstance(reader, _LevelReader) for line in reader.lines.values()]
    repaired = iter(repair_together(untidy))
    for reader in readers:
        if isinstance(reader, _LevelReader):
            reader.repaired = {level: next(repaired) for level in reader.lines}
    return [reader if isinstance(reader, ClipAudioError) else _catch(reader.align) for reader in readers]


def _catch(make: Callable[[], _Made]) -> _Made | ClipAudioError:
    """Return what *make* makes, or its error."""
    try:
        return make()
    except ClipAudioError as error:
        return error


class _LevelReader:
    """Makes the levels of a source tidy, and keeps the reports.

    Attributes
    ----------
    lines
        The levels to be repaired, as received.
    repaired
        The same after repair, to be set before `align`.
    """

    def __init__(self, clip: AlignInput) -> None:
        self._clip = clip
        self._known = None if clip.alphabet is None else check_alphabet(clip.alphabet)
        self._duration = _duration_of(clip.times) if clip.duration is None else clip.duration
        self.reports: dict[str, RepairReport] = {}
        self.repaired: Mapping[str, Repaired] = {}
        speech = clip.times
        given = {"graphemes": speech.graphemes, "phones": speech.phones, "visemes": speech.visemes}
        if speech.graphemes is None and speech.words is None:
            given["graphemes"] = Timeline.empty()
        sample_rate = speech.sample_rate if clip.sample_rate is None else clip.sample_rate
        unit = "s"
        if speech.unit == "auto":
            every = [line.times for line in (speech.graphemes, speech.phones) if line is not None]
            unit = detect_unit(np.concatenate(every), duration=self._duration, sample_rate=sample_rate)
        self._found = {**speech.found, **clip.found}
        self.lines = {
            level: Untidy(line, self._duration, sample_rate, unit, self._found.get(level, ())).checked()
            for level, line in given.items()
            if line is not None and (level != "visemes" or len(line))
        }

    def align(self) -> Aligned:
        """Return the levels."""
        speech, duration, language = self._clip.times, self._duration, self._clip.language
        graphemes, pieces, speakers = self._read_text(self._clip.text)
        phones = self._tidy("phones")
        visemes = self._tidy("visemes") if len(speech.visemes) else speech.visemes
        if duration is None:
            duration = max((float(line.ends[-1]) for line in (graphemes, phones) if len(line)), default=0.0)
        language = language or speech.language
        detected = detect_language(graphemes.text) if language is None else None
        return Aligned(
            graphemes,
            phones,
            MappingProxyType(self.reports),
            duration,
            language or detected or "en",
            known_alphabet=self._known,
            found_language=detected is not None,
            assumed_language=language is None and detected is None,
            turns=find_turns(speakers, pieces),
            visemes=visemes,
            viseme_set=speech.viseme_set,
        )

    def _tidy(self, level: str) -> Timeline:
        """Return one level after repair, and keep its report."""
        tidy, self.reports[level] = self.repaired[level]
        if self._clip.policy == "strict":
            refuse_changes(self.reports[level])
        return tidy

    def _read_text(self, text: str | None) -> tuple[Timeline, Index, tuple[str | None, ...]]:
        """Return the graphemes, the piece of each, and the speakers of the pieces; *text* goes over what was timed."""
        speech = self._clip.times
        words, speakers = speech.words, speech.speakers
        if "graphemes" in self.lines:
            graphemes = self._tidy("graphemes")
            if text is None or not len(graphemes):
                return graphemes, np.arange(len(graphemes)), speakers
            spoken = find_words(graphemes)
            speakers = tuple(speakers[row] for row in spoken.child_ranges[:, 0].tolist()) if speakers else ()
            words = TimedText(spoken.labels, spoken.times)
        assert words is not None
        laid = lay_pieces(
            words,
            text=speech.text if text is None else text,
            duration=self._duration,
            policy=self._clip.policy,
            found=self._found.get("words", ()),
        )
        self.reports |= laid.reports
        return laid.graphemes, laid.pieces, speakers


def _duration_of(speech: SpeechTimes) -> float | None:
    """Return the length that the source says; services round it, so it is not shorter than the times of its words."""
    if speech.duration is None or speech.unit == "auto":
        return speech.duration
    lines = [speech.words.times if speech.words else None, speech.graphemes.times if speech.graphemes else None]
    ends = [float(np.nanmax(times, initial=0.0)) for times in lines if times is not None and len(times)]
    return max([speech.duration, *(end for end in ends if end <= speech.duration + _ROUNDED)])
