"""Put sentences of another language over the time in which the old ones were spoken.

Conventions
-----------
Each sentence has its room: the times of the words that it translates, seconds, float64, shape (n, 2). Its words are
dealt out over the room by their usual length, none over a pause. The sounds are those of the old language, so the
result has no phones.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

import numpy as np

from clipaudio.timing.language_detection import detect_language
from clipaudio.timing.letter_times import grapheme_ranges, lay_letters, split_graphemes
from clipaudio.timing.repair import repair
from clipaudio.timing.repair_report import Finding, RepairReport
from clipaudio.timing.timeline import Timeline
from clipaudio.timing.word_room import deal_words, measure_words
from clipaudio.timing.written_text import split_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.timing.aligned import Aligned
    from clipaudio.timing.timeline import Times

__all__ = ["translate_levels"]


def translate_levels(
    clip: Aligned,
    sentences: Sequence[str],
    rooms: Sequence[Times],
    *,
    language: str | None = None,
    left_out: Sequence[str] = (),
) -> Aligned:
    """Return the levels of *sentences*, each spoken in its room.

    Parameters
    ----------
    clip
        The levels of the old language, for the length of the whole.
    sentences, rooms
        As many of both; rooms ascend.
    language
        Language tag of *sentences*; None finds it from the text, and takes English where that is uncertain.
    left_out
        Text that has no place in the clip, for the report.

    Examples
    --------
    >>> from clipaudio.timing.aligned import align
    >>> clip = align(Timeline("Hi Ann.", [[i / 10, (i + 1) / 10] for i in range(7)]))
    >>> new = translate_levels(clip, ["Hallo Anna."], [clip.words.times], language="de")
    >>> new.words.labels, new.words.times.round(2).tolist()
    (('Hallo', 'Anna'), [[0.0, 0.33], [0.33, 0.6]])
    """
    text, places = _join(sentences)
    ranges: list[tuple[int, int]] = []
    times: list[Times] = [np.empty((0, 2))]
    for (first, stop), room in zip(places, rooms, strict=True):
        words = split_words(text, first, stop)
        ranges += words
        times.append(deal_words(measure_words([text[a:b] for a, b in words]), room))
    letters = split_graphemes(text)
    rows = grapheme_ranges(letters, np.array(ranges, np.intp).reshape(-1, 2), len(text))
    labels = tuple([text[a:b] for a, b in ranges])
    line, _ = repair(Timeline(labels, np.concatenate(times)), duration=clip.duration, unit="s")
    filled = rows[:, 1] > rows[:, 0]
    graphemes = lay_letters(letters, rows[filled], line.times[filled])
    found = None if language is not None else detect_language(text)
    notes = [Finding("translated_word", np.arange(len(labels)))]
    if left_out:
        notes.append(Finding("late_cue", np.arange(len(left_out)), f"first: {left_out[0]!r}"))
    reports = {
        "graphemes": RepairReport("s", (Finding("estimated", np.arange(len(letters))),), graphemes.times),
        "phones": RepairReport("s", (), np.empty((0, 2))),
        "words": RepairReport("s", tuple(notes), line.times),
    }
    return replace(
        clip,
        graphemes=graphemes,
        phones=Timeline.empty(),
        visemes=Timeline.empty(),
        viseme_set="",
        reports=MappingProxyType(reports),
        language=language or found or "en",
        found_language=found is not None,
        assumed_language=language is None and found is None,
        known_alphabet=None,
        turns=(),
    )


def _join(sentences: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Join sentences by blanks, none after a wide character; return the half-open characters of each, too."""
    parts: list[str] = []
    places = []
    size = 0
    for sentence in sentences:
        if parts and east_asian_width(parts[-1][-1:] or " ") not in "WF":
            parts.append(" ")
            size += 1
        places.append((size, size + len(sentence)))
        parts.append(sentence)
        size += len(sentence)
    return "".join(parts), places
