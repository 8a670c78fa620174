"""The output of a speech engine: samples, words and phones, exact to the sample.

Conventions
-----------
Samples are int16, shape (frames, 1). Every start and end is a sample count from the start of the clip,
half-open. Words stand in the order of the text, do not overlap, and cover letters `first` to `stop` of it;
what no word covers (spaces, punctuation) stands in the gaps. A word's phones are a run of `Speech.phones`,
touch each other, and the first starts and the last ends with the word. Silence before, between and after
words is exact zeros in most voices.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clipaudio.synthesis.spelling import blocks
from clipaudio.text import is_spoken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Speech", "SpokenPhone", "Word", "WordEvent", "from_events"]

Samples = NDArray[np.int16]

LEAD = 1102
"""Frames of silence before the first word, 50 ms: engines start at once, the service does not."""
STEP = 441
"""A clip's length is a multiple of this, 0.02 s: a whole number of frames at every rate of the service."""


@dataclass(frozen=True, slots=True)
class SpokenPhone:
    """A speech sound, its label in IPA, from sample `start` to sample `end`."""

    label: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Word:
    """Letters `first` to `stop` of the text, spoken from `start` to `end` as phones `run[0]` to `run[1]`.

    `is_spelled` says that the sounds follow the letters; digits and symbols are read out instead. `is_announced`
    is False for the second of two words the engine speaks in one breath ("of the"): its start is that of its first
    phone, found by matching letters with phones.
    """

    text: str
    first: int
    stop: int
    start: int
    end: int
    run: tuple[int, int]
    is_spelled: bool = True
    is_announced: bool = True


@dataclass(frozen=True, slots=True)
class WordEvent:
    """The engine's own announcement of a word: its sample, and the position it names in the text."""

    sample: int
    position: int
    length: int


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """The truth about a clip, before any shape of times is made of it.

    Parameters
    ----------
    engine
        "espeak" or "tone".
    version
        The engine's version.
    text
        The cleaned text.
    sample_rate
        Of `samples` and of every sample count here; what is served may be resampled.
    samples
        int16, shape (frames, 1).
    words, phones, word_events
        See the conventions of this module.
    """

    engine: str
    version: str
    text: str
    sample_rate: int
    samples: Samples = field(repr=False)
    words: tuple[Word, ...] = ()
    phones: tuple[SpokenPhone, ...] = ()
    word_events: tuple[WordEvent, ...] = ()

    @property
    def frames(self) -> int:
        """Samples a channel."""
        return len(self.samples)

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.frames / self.sample_rate

    def framed(self) -> Speech:
        """Put silence before and after, so that the length is a whole number of 0.02 s."""
        room = 0 if self.words else len(self.text) * STEP  # punctuation alone is silent, and still takes time
        tail = STEP + room + -(LEAD + self.frames) % STEP
        return replace(
            self,
            samples=np.pad(self.samples, ((LEAD, tail), (0, 0))),
            words=tuple(replace(word, start=word.start + LEAD, end=word.end + LEAD) for word in self.words),
            phones=tuple(replace(one, start=one.start + LEAD, end=one.end + LEAD) for one in self.phones),
            word_events=tuple(replace(event, sample=event.sample + LEAD) for event in self.word_events),
        )


@dataclass(slots=True)
class _Unit:
    """A word in the making."""

    position: int  # where its first event points
    token: tuple[int, int]
    sample: int
    reach: int = 0  # behind the last position an event merged into it names
    merged: bool = False
    phones: list[tuple[str, int]] = field(default_factory=list)
    end: int = -1  # sample of the first pause after the last phone


Event = tuple[str, int, int, int, str]


def from_events(text: str, events: Sequence[Event], frames: int) -> tuple[tuple[Word, ...], tuple[SpokenPhone, ...]]:
    """Make words and phones of an engine's events.

    Parameters
    ----------
    events
        (kind, sample, position, length, label) in the order they came; kinds "word", "phone", "pause", "end".
        A phone ends where anything else begins. The time between a word and its first phone (the closure of a
        stop) belongs to that phone. Phones reported at one sample share their interval evenly.
    frames
        Frames of the clip: nothing ends later.
    """
    units = _units(text, events)
    words: list[Word] = []
    phones: list[SpokenPhone] = []
    for unit, following in pairwise([*units, None]):
        assert unit is not None
        latest = frames if following is None else following.sample
        end = min(unit.end if unit.end >= 0 else latest, latest)
        first, stop = _letters(text, unit, following)
        timed = _phone_times(unit, end)
        if stop <= first or not timed:
            continue
        spans = [(first, stop), *_unannounced(text, unit, following)]
        for (a, b), (i, j) in zip(spans, _shares(text, spans, timed, is_merged=unit.merged), strict=True):
            if i < j:
                run = (len(phones) + i, len(phones) + j)
                is_spelled = _is_spelled(text[a:b], is_merged=unit.merged)
                start, stop = timed[i].start, timed[j - 1].end
                words.append(Word(text[a:b], a, b, start, stop, run, is_spelled, a == first))
        phones += timed
    return tuple(words), tuple(phones)


def _is_spelled(text: str, *, is_merged: bool) -> bool:
    return not is_merged and not any(c.isdigit() for c in text)


def _unannounced(text: str, unit: _Unit, following: _Unit | None) -> list[tuple[int, int]]:
    """Return the words after *unit* that no event announces, without the punctuation around them."""
    first, stop = unit.token[1], len(text) if following is None else following.token[0]
    spans = []
    for token in re.finditer(r"\S+", text[first:stop]):
        spoken = [i for i in range(first + token.start(), first + token.end()) if is_spoken(text[i])]
        if spoken:
            spans.append((spoken[0], spoken[-1] + 1))
    return spans


def _shares(
    text: str, spans: list[tuple[int, int]], phones: list[SpokenPhone], *, is_merged: bool
) -> list[tuple[int, int]]:
    """Return the run of *phones* of each span of letters: at least one for the first, empty if there are too few."""
    if len(spans) == 1:
        return [(0, len(phones))]
    letters = "".join(text[a:b] for a, b in spans)
    row = blocks(letters, [phone.label for phone in phones], spelled=_is_spelled(letters, is_merged=is_merged))
    owners = [0] * len(phones)
    edges = list(accumulate(b - a for a, b in spans))
    letter = phone = 0
    for taken, sounds in row:
        owner = bisect_right(edges, letter + (taken - 1) / 2)
        owners[phone : phone + sounds] = [owner] * sounds
        letter, phone = letter + taken, phone + sounds
    owners[0] = 0
    return [(bisect_left(owners, k), bisect_right(owners, k)) for k in range(len(spans))]


def _units(text: str, events: Sequence[Event]) -> list[_Unit]:
    """Gather phones under words; an event that points into the token before belongs to that one."""
    units: list[_Unit] = []
    for kind, sample, position, label in _placed(text, events):
        last = units[-1] if units else None
        if kind == "word":
            token = _token(text, position)
            if last is None or (token and _opens(text, position, token, last)):
                where = token or _token(text, 0) or (0, len(text))
                units.append(_Unit(position if token else where[0], where, sample))
            else:
                last.merged = True
                last.reach = max(last.reach, position + 1 if token == last.token else last.token[1])
                last.end = -1
        elif last is None:
            continue
        elif kind == "phone":
            last.phones.append((label, sample))
            last.end = -1
        elif last.phones and last.end < 0:
            last.end = sample
    return units


def _placed(text: str, events: Sequence[Event]) -> Iterator[tuple[str, int, int, str]]:
    """Move an event on a space to the word behind it where no other event speaks that word.

    After some abbreviations ("etc. and") the engine points one too low.
    """
    places = [position for kind, _, position, _, _ in events if kind == "word"]
    following = iter([*places[1:], len(text)])
    for kind, sample, position, _, label in events:
        place = position
        if kind == "word":
            later = next(following)
            token = _token(text, position + 1)
            on_space = 0 <= position < len(text) and text[position].isspace()
            if on_space and token and later >= token[1] and any(is_spoken(c) for c in text[slice(*token)]):
                place = position + 1
        yield kind, sample, place, label


def _token(text: str, position: int) -> tuple[int, int] | None:
    """Return the token around *position*, or None."""
    if not 0 <= position < len(text) or text[position].isspace():
        return None
    first = text.rfind(" ", 0, position) + 1
    stop = text.find(" ", position)
    return first, len(text) if stop < 0 else stop


def _opens(text: str, position: int, token: tuple[int, int], last: _Unit) -> bool:
    """Return True if a word event starts a new word: a new token, or a new word of letters inside one."""
    if token[0] >= last.token[1]:
        return True
    inside = token == last.token and position > max(last.position, last.reach - 1)
    return inside and text[position].isalpha() and not any(c.isdigit() for c in text[slice(*token)])


def _letters(text: str, unit: _Unit, following: _Unit | None) -> tuple[int, int]:
    """Return the letters of a word: without the punctuation around it, up to the next word in its token."""
    start, stop = unit.token
    if unit.position > start and any(is_spoken(c) for c in text[start : unit.position]):
        start = unit.position
    if following is not None and following.token == unit.token:
        stop = following.position
    first = next((i for i in range(start, stop) if is_spoken(text[i])), unit.position)
    first = min(first, max(unit.position, start))
    last = next((i for i in range(stop - 1, first - 1, -1) if is_spoken(text[i])), None)
    if last is None:  # nothing but symbols, and still spoken
        return first, stop
    return first, max(last + 1, min(unit.reach, stop))


def _phone_times(unit: _Unit, end: int) -> list[SpokenPhone]:
    """Return the interval of each phone; phones at one sample share theirs evenly."""
    starts = [min(max(sample, unit.sample), end) for _, sample in unit.phones]
    if not starts or end <= unit.sample:
        return []
    starts[0] = unit.sample
    latest = max(start for start in starts if start < end)
    starts = [min(start, latest) for start in starts]  # one that starts where the next word does
    edges = [*starts, end]
    index = 0
    while index < len(starts):
        same = index + 1
        while same < len(starts) and edges[same] == edges[index]:
            same += 1
        width = edges[same] - edges[index]
        for offset in range(1, same - index):
            edges[index + offset] = edges[index] + width * offset // (same - index)
        index = same
    return [SpokenPhone(label, *edge) for (label, _), edge in zip(unit.phones, pairwise(edges), strict=True)]
