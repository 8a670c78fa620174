"""Another text over the same speech: what is kept keeps the times of its letters.

Conventions
-----------
The sound is unchanged, so phones and mouth shapes stay. Only letters of words that are new, replaced or shortened are
estimated. `reports["words"]` tells which.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from clipaudio.timing.intervals import keep_between
from clipaudio.timing.letter_times import grapheme_ranges, lay_letters, split_graphemes
from clipaudio.timing.repair import repair
from clipaudio.timing.repair_report import Finding, RepairReport
from clipaudio.timing.timeline import Timeline
from clipaudio.timing.word_room import PlacedWords, place_words
from clipaudio.timing.written_text import fold, place_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.timing.aligned import Aligned
    from clipaudio.timing.timeline import Index

__all__ = ["replace_text", "split_text"]


def replace_text(clip: Aligned, text: str) -> Aligned:
    """Return *clip* with another text.

    Words that are kept, by the longest common sequence of words without case and marks, keep the times of their
    letters. See `clipaudio.timing.word_room` for all others.

    Examples
    --------
    >>> from clipaudio.timing.aligned import align
    >>> clip = align(Timeline("on too", [[i / 10, (i + 1) / 10] for i in range(6)]))
    >>> edited = replace_text(clip, "On two!")
    >>> edited.words.labels, edited.words.times.round(2).tolist(), str(edited.reports["words"])
    (('On', 'two'), [[0.0, 0.2], [0.3, 0.6]], 'replaced_word: 1 words replace others and have their time')
    """
    text = text.strip()
    if text == clip.text.strip():
        return clip
    old = clip.words
    placed = place_words(text, old.labels, old.times, duration=clip.duration, makes_room=True)
    letters = split_graphemes(text)
    ranges = grapheme_ranges(letters, placed.ranges, len(text))
    filled = ranges[:, 1] > ranges[:, 0]
    line, _ = repair(Timeline(("",) * len(ranges), placed.times), duration=clip.duration, unit="s")
    laid = lay_letters(letters, ranges[filled], line.times[filled])
    origin = _find_origins(clip, letters, ranges, placed)
    known = origin >= 0
    times, shared = laid.times.copy(), laid.times.copy()
    if len(clip.graphemes):
        times[known] = clip.graphemes.times[origin[known]]
        shared[known] = clip.shared_graphemes[origin[known]]
    times = keep_between(times, known)
    notes = [Finding("estimated", np.flatnonzero(~known))]
    reports = {
        **clip.reports,
        "graphemes": RepairReport("s", tuple(note for note in notes if len(note.rows)), shared),
        "words": _report_words(old.labels, placed),
    }
    return replace(clip, graphemes=Timeline(letters, times), reports=MappingProxyType(reports), turns=())


def split_text(text: str, parts: Sequence[Sequence[str]]) -> list[str]:
    """Split *text* where the words of one part end; new words belong to the part before them.

    Parameters
    ----------
    text
        The text of all parts.
    parts
        The spoken words of each part.

    Examples
    --------
    >>> split_text("Hi there, Ben. Hello!", [["Hi", "Ben"], ["Hello"]])
    ['Hi there, Ben. ', 'Hello!']
    """
    placed = place_text(text, [word for words in parts for word in words])
    owner = np.repeat(np.arange(len(parts)), [len(words) for words in parts])
    spoken = placed.pieces[:, 1] > placed.pieces[:, 0]
    owners = owner[placed.pieces[spoken, 0]]
    starts = placed.ranges[spoken, 0]
    rows = np.searchsorted(owners, np.arange(1, len(parts)))
    cuts = [0, *np.append(starts, len(text))[rows].tolist()]
    cuts = [_before_marks(text, cut) for cut in cuts]
    return [text[a:b] for a, b in pairwise([*cuts, len(text)])]


def _before_marks(text: str, cut: int) -> int:
    """Move *cut* before the marks that open a word."""
    while 0 < cut < len(text) and not text[cut - 1].isspace() and not text[cut - 1].isalnum():
        cut -= 1
    return cut


def _find_origins(clip: Aligned, letters: tuple[str, ...], ranges: Index, placed: PlacedWords) -> Index:
    """Return the old grapheme of each new one whose time is kept, -1 for others."""
    origin = np.full(len(letters), -1, np.intp)
    old, rows = clip.graphemes.labels, clip.words.child_ranges
    ends: tuple[int, int] | None = (0, 0)  # old and new grapheme behind the last word that was kept
    columns = ranges.tolist(), placed.pieces.tolist(), placed.is_kept.tolist()
    for (first, stop), (a, b), kept in zip(*columns, strict=True):
        if not kept:
            ends = None
            continue
        begin, end = int(rows[a, 0]), int(rows[b - 1, 1])
        if old[begin:end] == letters[first:stop]:
            origin[first:stop] = np.arange(begin, end)
        else:
            _match_letters(origin, old, letters, (begin, end), (first, stop))
        if ends is not None and old[ends[0] : begin] == letters[ends[1] : first]:
            origin[ends[1] : first] = np.arange(ends[0], begin)
        ends = (end, stop)
    if ends is not None and old[ends[0] :] == letters[ends[1] :]:
        origin[ends[1] :] = np.arange(ends[0], len(old))
    return origin


def _match_letters(
    origin: Index, old: tuple[str, ...], letters: tuple[str, ...], spoken: tuple[int, int], written: tuple[int, int]
) -> None:
    """Match the letters of a word whose case or marks have changed, if there are as many."""
    ours, theirs = (
        [row for row in range(*span) if fold(labels[row])] for labels, span in ((letters, written), (old, spoken))
    )
    if len(ours) == len(theirs) and ours and theirs[0] == spoken[0] and theirs[-1] == spoken[1] - 1:
        origin[ours] = theirs


def _report_words(labels: Sequence[str], placed: PlacedWords) -> RepairReport:
    """Return what became of words that were not kept; rows are stretches of the new text, or old words."""
    spoken = placed.pieces[:, 1] > placed.pieces[:, 0]
    changed = spoken & ~placed.is_kept
    changed[placed.shortened] = False
    first = f"first: {labels[int(placed.dropped[0])]!r}" if len(placed.dropped) else ""
    notes = (
        Finding("replaced_word", np.flatnonzero(changed)),
        Finding("new_word", np.flatnonzero(~spoken)),
        Finding("shortened_word", placed.shortened),
        Finding("unwritten_word", placed.dropped, first),
    )
    return RepairReport("s", tuple(note for note in notes if len(note.rows)), placed.times)
