"""Cues of captions as speech times: words where the file times them, else cues in which words are estimated."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from clipaudio.errors import SourceError
from clipaudio.timing.characters import is_mark
from clipaudio.timing.repair_report import Finding
from clipaudio.timing.speech_times import SpeechTimes, TimedText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clipaudio.captions.cue import Cue, CueWord

__all__ = ["read_cue_words", "read_cues"]

_CLOSE: Final = 0.0015
"""Seconds: times of files are whole milliseconds, so that two that touch may be one apart."""


class _TimedLabel(NamedTuple):
    """One word, or several without times of their own, with seconds of which the end may be NaN."""

    text: str
    start: float
    end: float
    is_estimated: bool


def read_cues(source: str, cues: Sequence[Cue], *, has_ends: bool = True) -> SpeechTimes:
    """Return cues as speech times.

    Where a cue has timed words, the words of all cues are given: a cue without them is one entry, and what stands in it
    is estimated, as a finding tells. *has_ends* says whether the file gives the ends of words.

    Raises
    ------
    SourceError
        No cue has text.
    """
    spoken = [cue for cue in cues if cue.text.strip()]
    if not spoken:
        raise SourceError(f"the {source} file has no cue with text", path="$")
    if any(cue.words for cue in spoken):
        return read_cue_words(f"{source}-words", spoken, has_ends=has_ends)
    labels = tuple(" ".join(cue.text.split()) for cue in spoken)
    times = np.array([(cue.start, cue.end) for cue in spoken])
    names = tuple(cue.speaker for cue in spoken)
    return SpeechTimes(
        source=source, words=TimedText(labels, times, unit="sentences"), speakers=names if any(names) else ()
    )


def read_cue_words(source: str, cues: Sequence[Cue], *, has_ends: bool) -> SpeechTimes:
    """Return the words of cues; one without a known end lasts until the next, the last of a cue until the cue ends."""
    found: list[_TimedLabel] = []
    speakers: list[str | None] = []
    for cue in cues:
        own = (
            list(_words_of(cue, has_ends=has_ends))
            if cue.words
            else [_TimedLabel(cue.text, cue.start, cue.end, is_estimated=True)]
        )
        found += own
        speakers += [cue.speaker] * len(own)
    rows = np.flatnonzero([label.is_estimated for label in found])
    example = f"first: {' '.join(found[int(rows[0])].text.split())!r}" if len(rows) else ""
    return SpeechTimes(
        source=source,
        words=TimedText(
            tuple(" ".join(label.text.split()) for label in found),
            np.array([(label.start, label.end) for label in found]),
        ),
        speakers=tuple(speakers) if any(speakers) else (),
        found={"words": (Finding("estimated_word", rows, example),)} if len(rows) else {},
    )


def _words_of(cue: Cue, *, has_ends: bool) -> Iterator[_TimedLabel]:
    """Return each word of a cue with the text up to the next; words of one time are one entry.

    Those without a start, of which neighbours are one entry, have the room between the words beside them.
    """
    text = cue.text
    heads = [0, *accumulate(len(line) + 1 for line in cue.lines)]  # a word counts from the start of its line
    first = [row for row, word in enumerate(cue.words) if not row or not _has_time_of(cue.words[row - 1], word)]
    words = [cue.words[row] for row in first]
    places = [0, *(heads[word.line] + word.first for word in words[1:]), len(text)]
    starts = [*(word.start for word in words), cue.end]
    now = cue.start
    for row, word in enumerate(words):
        label, following = text[places[row] : places[row + 1]], starts[row + 1]
        if np.isnan(word.start):
            is_free = now < following
            yield _TimedLabel(label, now if is_free else np.nan, following if is_free else np.nan, is_estimated=True)
            continue
        later = starts[row + 2] if np.isnan(following) and row + 1 < len(words) else following
        is_known = has_ends and word.start < word.end <= later + _CLOSE
        now = word.end if is_known else cue.end if row + 1 == len(words) else np.nan
        yield _TimedLabel(label, word.start, now, is_estimated=sum(not is_mark(part) for part in label.split()) > 1)


def _has_time_of(before: CueWord, word: CueWord) -> bool:
    return (before.start, before.end) == (word.start, word.end) or bool(np.isnan(before.start) and np.isnan(word.start))
