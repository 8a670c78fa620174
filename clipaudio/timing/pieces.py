"""From pieces of a text with their times to graphemes: assemble or match the text, complete the times, lay the letters.

Every piece keeps the times that were given; only what was not given is estimated, and the reports say where.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
import regex

from clipaudio.errors import TimelineError
from clipaudio.timing.characters import is_mark
from clipaudio.timing.intervals import SHORTEST
from clipaudio.timing.letter_times import grapheme_ranges, lay_letters, split_graphemes
from clipaudio.timing.missing_times import complete_times
from clipaudio.timing.repair import repair
from clipaudio.timing.repair_report import Finding, RepairReport
from clipaudio.timing.timeline import Timeline
from clipaudio.timing.word_room import place_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clipaudio.timing.speech_times import TimedText
    from clipaudio.timing.timeline import Index, Times

__all__ = ["LaidPieces", "are_apart", "join_pieces", "lay_pieces"]

_NO_BLANK: Final = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\u30fc\uff70\u3006\u0e46]"
)
"""Letters between which words have no blank; the last ones, such as the long vowel of kana, belong to no one script."""
_OPENER: Final = regex.compile(r"[\p{Ps}\p{Pi}¿¡]+\Z")
_CLITIC: Final = regex.compile(r"(?:['’](?:s|t|re|ve|ll|d|m)|n['’]t)\Z", regex.IGNORECASE)


class LaidPieces(NamedTuple):
    """Graphemes of pieces whose times were given.

    Attributes
    ----------
    graphemes
        All graphemes of the text, with estimated times inside their pieces.
    reports
        What was changed or estimated: "words" by piece, "graphemes" by grapheme.
    pieces
        intp, shape (graphemes,): the piece of each grapheme, that of the grapheme before for what lies between pieces.
    """

    graphemes: Timeline
    reports: dict[str, RepairReport]
    pieces: Index


class _Stretches(NamedTuple):
    """Stretches of the text with the times of what was spoken for them, and a piece of each."""

    text: str
    ranges: Index
    times: Times
    pieces: Index
    estimated: Index
    dropped: Index


def lay_pieces(
    words: TimedText,
    *,
    text: str | None = None,
    duration: float | None = None,
    policy: Literal["repair", "strict"] = "repair",
    found: Sequence[Finding] = (),
) -> LaidPieces:
    """Return the graphemes of timed pieces.

    Parameters
    ----------
    words
        Pieces as given.
    text
        The text as written, to be put over the pieces; None joins the pieces to a text.
    duration
        Seconds of the audio, if known.
    policy, found
        As in `clipaudio.timing.repair.repair`.

    Raises
    ------
    UntidyTimelineError
        *policy* is "strict" and the time of a piece needs a change.
    TimelineError
        The pieces are marks, and there is no text that has as many words.

    Examples
    --------
    >>> from clipaudio.timing.speech_times import TimedText
    >>> laid = lay_pieces(TimedText.of(["hi", "you"], [0.1, 0.5], [0.3, 0.8]), text="Hi, you!")
    >>> laid.graphemes.text, laid.graphemes[0].start, laid.graphemes[6].end
    ('Hi, you!', 0.1, 0.8)
    """
    if text is None and words.unit == "marks":
        raise TimelineError("the source times marks, and the text that they stand in is missing; give it as text")
    stretches = _join(words) if text is None else _match(words, text)
    labels = tuple(stretches.text[a:b] for a, b in stretches.ranges.tolist())
    completed = complete_times(labels, _without_sentinels(stretches.times), duration)
    others = tuple(
        replace(each, rows=_rows_of(stretches, each)) if each.kind in {"file_times", "segment_times"} else each
        for each in found
        if each.kind != "estimated_word"
    )
    line, report = repair(Timeline(labels, completed.times), duration=duration, unit="s", policy=policy, found=others)
    rough = [stretches.estimated, *(_rows_of(stretches, each) for each in found if each.kind == "estimated_word")]
    notes = [Finding("estimated_word", np.unique(np.concatenate([completed.rows, *rough])))]
    notes += [Finding("unwritten_word", stretches.dropped, _first(words, stretches.dropped))]
    report = replace(report, findings=(*report.findings, *(note for note in notes if len(note.rows))))
    letters = split_graphemes(stretches.text)
    ranges = grapheme_ranges(letters, stretches.ranges, len(stretches.text))
    kept = ranges[:, 1] > ranges[:, 0]
    ranges, times, pieces = ranges[kept], line.times[kept], stretches.pieces[kept]
    graphemes = lay_letters(letters, ranges, times)
    own = np.searchsorted(ranges[:, 0], np.arange(len(letters)), side="right") - 1
    rows = np.flatnonzero(own >= 0) if len(ranges) else np.empty(0, np.intp)
    notes = [Finding("estimated", rows)] if len(rows) else []
    by_letter = RepairReport("s", tuple(notes), graphemes.times)
    of_letter = pieces[own.clip(min=0)] if len(pieces) else np.zeros(len(letters), np.intp)
    return LaidPieces(graphemes, {"words": report, "graphemes": by_letter}, of_letter)


def _without_sentinels(times: Times) -> Times:
    """Return *times* with NaN for negative numbers that stand for an unknown time: an end below 0 and its own start.

    Examples
    --------
    >>> _without_sentinels(np.array([[0.5, -1.0], [-1.0, -1.0], [-0.5, 0.2]])).tolist()
    [[0.5, nan], [nan, nan], [-0.5, 0.2]]
    """
    odd = (times[:, 1] < 0) & (times[:, 1] < times[:, 0])
    both = (times == -1.0).all(axis=1)
    if not (odd | both).any():
        return times
    known = times.copy()
    known[odd, 1] = np.nan
    known[both] = np.nan
    return known


def are_apart(before: str, after: str) -> bool:
    """Return True if two parts of a text are pieces of their own though no blank stands between them.

    Examples
    --------
    >>> are_apart("東", "京"), are_apart("Hel", "lo"), are_apart("タ", "ー"), are_apart("ก", "\u0e31")
    (True, False, True, False)
    """
    follows = unicodedata.category(after[:1] or " ").startswith("M")
    return not follows and bool(_NO_BLANK.match(before[-1:]) and _NO_BLANK.match(after[:1]))


def join_pieces(labels: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Join words and marks to a text, with blanks where a script has them.

    Returns
    -------
    str, list of tuple
        The text, and the half-open characters of each piece in it.

    Examples
    --------
    >>> join_pieces(["Hello", ",", "“", "world", "”", "!", "世", "界"])[0]
    'Hello, “world”! 世界'
    """
    parts: list[str] = []
    ranges: list[tuple[int, int]] = []
    size, before, in_quotes = 0, "", False
    for label in labels:
        word = label.strip()
        closes = word == '"' and in_quotes
        if before and word and not (closes or _touch(before, word, in_quotes=in_quotes)):
            parts.append(" ")
            size += 1
        in_quotes ^= word.count('"') % 2 == 1
        parts.append(word)
        ranges.append((size, size + len(word)))
        size += len(word)
        before = word or before
    return "".join(parts), ranges


def _touch(before: str, word: str, *, in_quotes: bool) -> bool:
    """Return True if no blank stands between two neighbouring pieces."""
    if _OPENER.search(before) or (before == '"' and in_quotes):
        return True
    if is_mark(word):
        return not _OPENER.match(word) and word != '"' and word[0] not in "-\u2013\u2014"
    if _CLITIC.match(word):
        return True
    tail = before[-1]
    if not _NO_BLANK.match(word):
        return bool(_NO_BLANK.match(tail) and word[0].isdigit())
    return bool(_NO_BLANK.match(tail)) or (is_mark(tail) and not tail.isascii())


def _join(words: TimedText) -> _Stretches:
    """Return the pieces as they stand; marks without a length of their own are text only."""
    if words.is_spaced:
        text = "".join(words.labels)
        stops = np.cumsum([len(label) for label in words.labels], dtype=np.intp)
        lead = np.array([len(label) - len(label.lstrip()) for label in words.labels], np.intp)
        tail = np.array([len(label) - len(label.rstrip()) for label in words.labels], np.intp)
        sizes = np.array([len(label) for label in words.labels], np.intp)
        blank = lead == sizes
        ranges = np.column_stack((stops - sizes + np.where(blank, 0, lead), stops - np.where(blank, 0, tail)))
    else:
        text, pairs = join_pieces(words.labels)
        ranges = np.array(pairs, np.intp).reshape(-1, 2)
    text, ranges = _strip(text, ranges)
    silent = np.array([is_mark(label) for label in words.labels], bool)
    lasting = words.times[:, 1] - words.times[:, 0] >= SHORTEST
    rows = np.flatnonzero((~silent | lasting) & (ranges[:, 1] > ranges[:, 0]))
    rough = np.array([words.unit != "words" or _holds_words(words.labels[row]) for row in rows.tolist()], bool)
    return _Stretches(text, ranges[rows], words.times[rows], rows, np.flatnonzero(rough), np.empty(0, np.intp))


def _holds_words(label: str) -> bool:
    """Return True if a piece holds several words, whose times are estimated inside it."""
    parts = label.split()
    return len(parts) > 1 and sum(not is_mark(part) for part in parts) > 1


def _strip(text: str, ranges: Index) -> tuple[str, Index]:
    """Remove blanks around the text."""
    lead = len(text) - len(text.lstrip())
    kept = text.strip()
    return kept, (ranges - lead).clip(0, len(kept))


def _match(words: TimedText, text: str) -> _Stretches:
    """Put the written text over the pieces."""
    text = text.strip()
    labels = words.labels
    if words.unit == "marks":
        labels = tuple(word for word in text.split() if not is_mark(word))
        if len(labels) != len(words.labels):
            raise TimelineError(f"{len(words.labels)} marks but {len(labels)} words; expected a mark before each word")
    placed = place_words(text, labels, words.times)
    held = np.concatenate(([0], np.cumsum([_holds_words(label) for label in labels], dtype=np.intp)))
    several = np.flatnonzero(held[placed.pieces[:, 1]] > held[placed.pieces[:, 0]])
    rough = np.union1d(placed.estimated, several) if words.unit == "words" else np.arange(len(placed.ranges))
    spoken = placed.pieces[:, 1] > placed.pieces[:, 0]
    first = np.maximum.accumulate(np.where(spoken, placed.pieces[:, 0], 0))  # a new word belongs to the one before it
    return _Stretches(text, placed.ranges, placed.times, first, rough, placed.dropped)


def _rows_of(stretches: _Stretches, finding: Finding) -> Index:
    """Return the stretches of the pieces that a finding names."""
    return np.flatnonzero(np.isin(stretches.pieces, finding.rows))


def _first(words: TimedText, rows: Index) -> str:
    return f"first: {words.labels[int(rows[0])]!r}" if len(rows) else ""
