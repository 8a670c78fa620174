"""Cut text into units: the pieces between which a cue or a line may end.

Conventions
-----------
A unit is a stretch of the text with white space collapsed to single spaces: a word with its punctuation in scripts with
spaces; a word, a phrase or a character in scripts without. A number ("10 000", "$ 5"), an abbreviation ("z. B."), an
address, and words joined by no-break spaces are one unit each. The time of a unit is that of the words in it, or else
of its marks. Row i of each array is unit i.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import regex

from clipaudio.captions.collapse import collapse_texts
from clipaudio.captions.glue import find_glued
from clipaudio.captions.scripts import Joint, find_cutter, find_inner_breaks, is_unspaced
from clipaudio.captions.widths import count_columns_before, list_code_points, match_characters
from clipaudio.errors import ExportError
from clipaudio.text import primary_language
from clipaudio.timing.intervals import pair_up_columns, shift_rows, span_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from clipaudio.captions.collapse import CollapsedTexts
    from clipaudio.captions.scripts import Cutter
    from clipaudio.timing.timeline import Index, Spans, Timeline, Times

__all__ = ["TextLevels", "Units", "find_units", "find_units_together"]

_SPACE: Final = int(Joint.SPACE)
_COMPOUND: Final = regex.compile(
    r"(?<=\p{L}{2}[-‐])(?=\p{L}{2})(?![\u0e33\u0eb3])|(?<=\p{L}[\p{Pe}\p{Pf}\"'!?.]?[—…])(?=\p{L})(?![\u0e33\u0eb3])"
)
_ADDRESS: Final = re.compile(r"[@/\\]|www\.")


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Units as arrays.

    Attributes
    ----------
    text
        The whole text, with white space collapsed.
    first, stop
        intp, shape (n,): unit i is `text[first[i]:stop[i]]`; one space or nothing is between two units.
    joints
        uint8, shape (n,): `Joint` to the unit before.
    widths
        int64, shape (n,): columns.
    times
        float64, shape (n, 2), seconds of the words in each.
    has_words
        bool, shape (n,): whether it contains a word.
    opens
        bool, shape (n,): whether a sentence starts with it; None if sentences are unknown.
    word_runs
        intp, shape (m, 2): characters of `text` that each word covers.
    rows
        intp: the grapheme of each character of `text`.
    bounds
        intp, shape (k + 1,): the first unit of each of k texts that were joined, and n; no text is without a unit.
    """

    text: str
    first: Index
    stop: Index
    joints: NDArray[np.uint8]
    widths: NDArray[np.int64]
    times: Times
    has_words: NDArray[np.bool_]
    opens: NDArray[np.bool_] | None
    word_runs: Index
    rows: Index
    bounds: Index

    def __len__(self) -> int:
        return len(self.first)

    @property
    def texts(self) -> list[str]:
        """The text of each unit."""
        text = self.text
        return [text[a:b] for a, b in zip(self.first.tolist(), self.stop.tolist(), strict=True)]

    @property
    def spaced(self) -> NDArray[np.bool_]:
        """Whether a space comes before each, bool, shape (n,)."""
        spaced: NDArray[np.bool_] = self.joints == _SPACE
        return spaced


def find_units(
    graphemes: Timeline,
    words: Spans,
    sentences: Spans,
    *,
    language: str = "en",
    wide: int = 1,
    max_chars: int | None = None,
    cutters: Callable[[str], Cutter | None] = find_cutter,
) -> Units:
    """Cut the text of *graphemes* into units.

    Parameters
    ----------
    graphemes, words, sentences
        The levels of the text; words and sentences may be empty.
    language
        Language tag (`pt`, `pt-BR`).
    wide
        Columns of an East Asian wide character.
    max_chars
        Columns of a line. Wider runs of numbers or initials, and wider phrases of a dictionary, may break. None keeps
        them whole.
    cutters
        Returns the dictionary of a language without spaces.

    Raises
    ------
    ExportError
        A time is not finite.

    Examples
    --------
    >>> from clipaudio.timing.timeline import Spans, Timeline
    >>> letters = Timeline("Oh, no!", [[i / 10, (i + 1) / 10] for i in range(7)])
    >>> words = Spans(("Oh", "no"), [[0, 0.2], [0.4, 0.6]], [[0, 2], [4, 6]])
    >>> units = find_units(letters, words, Spans((), [], []))
    >>> units.texts, units.times.tolist()
    (['Oh,', 'no!'], [[0.0, 0.2], [0.4, 0.6]])
    """
    texts = [TextLevels(graphemes, words, sentences)]
    return find_units_together(texts, language=language, wide=wide, max_chars=max_chars, cutters=cutters)


class TextLevels(NamedTuple):
    """The levels of a text, as `find_units` takes them."""

    graphemes: Timeline
    words: Spans
    sentences: Spans


def find_units_together(
    texts: Sequence[TextLevels],
    *,
    language: str = "en",
    wide: int = 1,
    max_chars: int | None = None,
    cutters: Callable[[str], Cutter | None] = find_cutter,
) -> Units:
    """Cut each of *texts* into units, as `find_units` does, and lay them end to end; their times stay as they are.

    Parameters
    ----------
    texts
        At least one. Of several, each has more than white space; sentences are known of all or of none.
    language, wide, max_chars, cutters
        As in `find_units`.
    """
    times = np.concatenate([one.graphemes.times for one in texts])
    if not (np.isfinite(times).all() and all(np.isfinite(one.words.times).all() for one in texts)):
        raise ExportError("a time is not finite; clipaudio.timing.repair gives times that are")
    laid = collapse_texts([one.graphemes for one in texts])
    text, rows, gaps = laid.text, laid.rows, laid.gaps
    starts = rows.searchsorted(np.arange(len(times) + 1))  # start of each row in the collapsed text
    word_rows = shift_rows([one.words.child_ranges for one in texts], [len(one.graphemes) for one in texts])
    word_runs = starts[word_rows]
    word_runs[:, 0] += gaps[word_runs[:, 0]]  # a label of several characters may hold the space before a word
    word_runs[:, 1] = np.maximum(word_runs[:, 1] - gaps[word_runs[:, 1] - 1], word_runs[:, 0])
    _part_labels(text, word_runs, [one.words.labels for one in texts])
    most = len(text) if max_chars is None else max_chars // wide
    first, stop, joints = _cut(laid, word_runs[:, 0], primary_language(language), cutters, most)
    unit_times, has_words = _spoken_times(times, word_rows, rows[first], rows[stop - 1] + 1)
    columns = count_columns_before(laid.texts, wide)
    widths = np.maximum(columns[stop] - columns[first], 1)
    opens = _openings(text, first, word_runs, texts) if len(texts[0].sentences) else None
    bounds = np.unique(first.searchsorted(laid.firsts))
    return Units(text, first, stop, joints, widths, unit_times, has_words, opens, word_runs, rows, bounds)


def _part_labels(text: str, runs: Index, labels: Sequence[Sequence[str]]) -> None:
    """Narrow the *runs* of words that share a label to their own characters, in place."""
    shared = np.zeros(len(runs) + 1, bool)
    shared[1:-1] = runs[1:, 0] < runs[:-1, 1]
    found = (shared[1:] | shared[:-1]).nonzero()[0].tolist()
    every = [label for own in labels for label in own] if found else []
    at = 0
    for row in found:
        first, stop = runs[row].tolist()
        at = max(at, first)
        place = text.find(every[row], at, stop)
        if place >= 0:
            at = place + len(every[row])
            runs[row] = place, at


def _cut(
    laid: CollapsedTexts, word_starts: Index, language: str, cutters: Callable[[str], Cutter | None], most: int
) -> tuple[Index, Index, NDArray[np.uint8]]:
    """Return first and stop of each unit, and its joint to the one before."""
    text, firsts = laid.text, laid.firsts
    if not text:
        return np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0, np.uint8)
    spaces = laid.gaps.nonzero()[0]
    first = np.sort(np.concatenate((firsts[:-1], spaces + 1)))
    stop = np.sort(np.concatenate((spaces, firsts[1:])))
    tokens = [text[a:b] for a, b in zip(first.tolist(), stop.tolist(), strict=True)]
    inner = _inner_breaks(laid, tokens, first, word_starts, language, cutters, most)
    apart = ~find_glued(tokens, most, language=language, firsts=first.searchsorted(firsts).tolist())
    cuts = first[apart]
    kinds = np.full(len(cuts), _SPACE, np.uint8)
    if inner:
        cuts = np.concatenate((cuts, np.fromiter(inner, np.intp, len(inner))))
        kinds = np.concatenate((kinds, np.fromiter(inner.values(), np.uint8, len(inner))))
        order = np.argsort(cuts, kind="stable")
        cuts, kinds = cuts[order], kinds[order]
    stops = np.concatenate((cuts[1:] - (kinds[1:] == _SPACE), [len(text)]))
    stops[cuts.searchsorted(firsts[1:]) - 1] = firsts[1:]
    return cuts, stops, kinds


def _inner_breaks(
    laid: CollapsedTexts,
    tokens: list[str],
    first: Index,
    word_starts: Index,
    language: str,
    cutters: Callable[[str], Cutter | None],
    most: int,
) -> dict[int, Joint]:
    """Return the places inside tokens where a unit may end, with their kind."""
    found: dict[int, Joint] = {}
    if laid.text.isascii() and "-" not in laid.text:  # the usual case
        return found
    places = laid.firsts.tolist()
    for number, text in enumerate(laid.texts):
        begin, end = places[number : number + 2]
        breaks = _compounds(text, laid.gaps[begin:end])
        if not text.isascii():
            own = slice(*first.searchsorted([begin, end]).tolist())
            breaks += _unspaced_breaks(
                text, tokens[own], first[own] - begin, word_starts - begin, language, cutters, most
            )
        found.update((begin + at, joint) for at, joint in breaks)
    return found


def _compounds(text: str, gaps: NDArray[np.bool_]) -> list[tuple[int, Joint]]:
    """Find the places after hyphens and long dashes inside words, except in addresses."""
    if not any(mark in text for mark in "-‐—…"):
        return []
    places = [match.start() for match in _COMPOUND.finditer(text)]
    spaces = np.flatnonzero(gaps)
    tokens = np.searchsorted(spaces, places).tolist()
    edges = [-1, *spaces.tolist(), len(text)]
    plain = {row for row in set(tokens) if not _ADDRESS.search(text, edges[row] + 1, edges[row + 1])}
    return [
        (at, Joint.HYPHEN if text[at - 1] in "-‐" else Joint.DASH)
        for at, row in zip(places, tokens, strict=True)
        if row in plain
    ]


def _unspaced_breaks(
    text: str,
    tokens: list[str],
    first: Index,
    word_starts: Index,
    language: str,
    cutters: Callable[[str], Cutter | None],
    most: int,
) -> list[tuple[int, Joint]]:
    """Find the breaks inside tokens of scripts without spaces."""
    unspaced = match_characters(list_code_points(text), is_unspaced)
    if not unspaced.any():
        return []
    found = []
    rows = np.unique(np.searchsorted(first, np.flatnonzero(unspaced), side="right") - 1)
    known = np.unique(word_starts)
    for row in rows.tolist():
        begin, token = int(first[row]), tokens[row]
        left, right = np.searchsorted(known, [begin, begin + len(token)])
        starts = frozenset((known[left:right] - begin).tolist())
        breaks = find_inner_breaks(token, language, known=starts, most=most, cutters=cutters)
        found += [(begin + at, joint) for at, joint in breaks]
    return found


def _spoken_times(times: Times, word_rows: Index, tops: Index, bottoms: Index) -> tuple[Times, NDArray[np.bool_]]:
    """Return the time of the words in each run of rows, and whether there are any."""
    steps = np.bincount(word_rows[:, 0], minlength=len(times) + 1) - np.bincount(
        word_rows[:, 1], minlength=len(times) + 1
    )
    spoken = (steps[:-1].cumsum() > 0).nonzero()[0]
    left, right = spoken.searchsorted(tops), spoken.searchsorted(bottoms)
    has_words = right > left
    runs = pair_up_columns(tops, bottoms)
    runs[has_words, 0] = spoken[left[has_words]]
    runs[has_words, 1] = spoken[right[has_words] - 1] + 1
    return span_runs(times, runs), has_words


def _openings(text: str, first: Index, word_runs: Index, texts: Sequence[TextLevels]) -> NDArray[np.bool_]:
    """Return which units start a sentence.

    Between the last word of a sentence and the first of the next, closing marks belong to the former, opening marks
    and dashes to the latter.
    """
    opens = np.zeros(len(first), bool)
    sizes = [len(one.words) for one in texts]
    before = shift_rows([one.sentences.child_ranges[:-1, 1] for one in texts], sizes)
    after = shift_rows([one.sentences.child_ranges[1:, 0] for one in texts], sizes)
    number = first.searchsorted(word_runs[before - 1, 1])  # the first unit after a sentence
    last = first.searchsorted(word_runs[after, 0], side="right") - 1
    opens[last[number >= last]] = True
    opens[last[number > last]] = False  # one sentence ends inside the unit where the next begins
    for row, end in zip(number[number < last].tolist(), last[number < last].tolist(), strict=True):
        at = next((unit for unit in range(row, end) if _opens(text[int(first[unit])])), end)
        opens[at] = True
    return opens


def _opens(character: str) -> bool:
    return unicodedata.category(character) in {"Ps", "Pi", "Pd"} or character in "¿¡"
