"""Match phones with words and graphemes.

Conventions
-----------
All times are tidy. A run is half-open rows, (first, stop); -1 is no word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clipaudio.phonetics.letter_agreement import letter_classes, sound_classes
from clipaudio.timing.characters import CharacterKind, classify, read_text
from clipaudio.timing.intervals import TOUCH, find_overlapping_rows, list_run_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from clipaudio.phonetics.letter_agreement import SoundClass
    from clipaudio.phonetics.phones import PhoneTable
    from clipaudio.timing.timeline import Index, Times

__all__ = [
    "GraphemePhones",
    "PhoneWords",
    "find_disagreeing_letters",
    "group_runs",
    "match_grapheme_phones",
    "match_phone_words",
]


class PhoneWords(NamedTuple):
    """The word of each phone.

    Attributes
    ----------
    words
        intp, shape (n,): row of the word that overlaps the phone most (the earlier of two equals), -1 for none.
    shares
        float64, shape (n,): the part of the phone that lies in that word, 0 to 1.
    crossing
        intp, shape (m,): rows of phones that reach beyond their word into another one.
    """

    words: Index
    shares: NDArray[np.float64]
    crossing: Index


def match_phone_words(phones: Times, words: Times, *, order: tuple[Index, Index] | None = None) -> PhoneWords:
    """Find the word that each phone overlaps most.

    Parameters
    ----------
    phones, words
        float64, shape (n, 2) and (m, 2), seconds, tidy.
    order
        Of clips that are laid end to end: whole numbers in the order of *phones* and *words*, see `rank_in_turn`.

    Examples
    --------
    >>> phones = np.array([[0.0, 0.1], [0.1, 0.3], [0.3, 0.4], [0.5, 0.6]])
    >>> found = match_phone_words(phones, np.array([[0.0, 0.25], [0.25, 0.4]]))
    >>> found.words.tolist(), found.shares.round(2).tolist(), found.crossing.tolist()
    ([0, 0, 1, -1], [1.0, 0.75, 1.0, 0.0], [1])
    """
    first, count = find_overlapping_rows(*(order or (phones, words)))
    if not len(words):
        return PhoneWords(np.full(len(phones), -1), np.zeros(len(phones)), np.empty(0, np.intp))
    starts, ends = np.ascontiguousarray(phones[:, 0]), np.ascontiguousarray(phones[:, 1])
    word = np.minimum(first, len(words) - 1)
    shared = np.minimum(ends, words[:, 1][word]) - np.maximum(starts, words[:, 0][word])
    crossing = np.flatnonzero(count > 1)
    if len(crossing):
        word[crossing], shared[crossing] = _largest(phones[crossing], words, first[crossing], count[crossing])
    found = (count > 0) & (shared > 0)
    index = np.where(found, word, -1)
    shares = np.divide(shared, ends - starts, out=np.zeros(len(phones)), where=found)
    return PhoneWords(index, shares, crossing)


def _largest(phones: Times, words: Times, first: Index, count: Index) -> tuple[Index, NDArray[np.float64]]:
    """Return the word of largest overlap (the earlier of equals) and the seconds, for phones that overlap several."""
    word = list_run_rows(first, count)
    phone = np.repeat(np.arange(len(phones)), count)
    seconds = np.minimum(phones[phone, 1], words[word, 1]) - np.maximum(phones[phone, 0], words[word, 0])
    most = np.maximum.reduceat(seconds, np.cumsum(count) - count)
    best = np.flatnonzero(seconds == most[phone])[::-1]  # backwards, so the earlier of equals wins
    rows = np.empty(len(phones), np.intp)
    rows[phone[best]] = word[best]
    return rows, most


def group_runs(index: Index, count: int) -> Index:
    """Return the run of phones of each word, from the word of each phone; a word without phones gets an empty run.

    Examples
    --------
    >>> group_runs(np.array([0, 0, -1, 2]), 3).tolist()
    [[0, 2], [3, 3], [3, 4]]
    """
    rows = np.flatnonzero(index >= 0)
    first = np.searchsorted(index[rows], np.arange(count), side="left")
    stop = np.searchsorted(index[rows], np.arange(count), side="right")
    begins = np.append(rows, len(index))[first]
    ends = np.where(stop > first, np.append(rows, 0)[stop - 1] + 1, begins)
    return np.column_stack((begins, ends))


class GraphemePhones(NamedTuple):
    """The phones of each grapheme.

    Attributes
    ----------
    child_ranges
        intp, shape (n, 2): half-open rows of the phones, empty if the grapheme has none.
    exact
        bool, shape (n,): the interval of the grapheme is exactly that of its phones.
    """

    child_ranges: Index
    exact: NDArray[np.bool_]


def match_grapheme_phones(graphemes: Times, phones: Times) -> GraphemePhones:
    """Find the run of phones that each grapheme spans.

    In real payloads with phones, the interval of a grapheme equals that of one to four phones: the run is exact.
    Elsewhere it is every phone with at least half of its time in the grapheme, or else the one that overlaps it most.

    Parameters
    ----------
    graphemes
        float64, shape (n, 2), seconds, with shared intervals still shared (`RepairReport.shared_times`).
    phones
        float64, shape (m, 2), seconds, tidy.

    Examples
    --------
    >>> letters = np.array([[0.0, 0.1], [0.0, 0.1], [0.1, 0.4], [0.4, 0.45]])
    >>> found = match_grapheme_phones(letters, np.array([[0.0, 0.1], [0.1, 0.2], [0.2, 0.4], [0.4, 0.6]]))
    >>> found.child_ranges.tolist(), found.exact.tolist()
    ([[0, 1], [0, 1], [1, 3], [3, 4]], [True, True, True, False])
    """
    if not len(phones):
        return GraphemePhones(np.zeros((len(graphemes), 2), np.intp), np.zeros(len(graphemes), bool))
    first = np.searchsorted(phones[:, 0], graphemes[:, 0] - TOUCH)
    last = np.searchsorted(phones[:, 1], graphemes[:, 1] - TOUCH)
    row_a, row_b = np.minimum(first, len(phones) - 1), np.minimum(last, len(phones) - 1)
    exact = (
        (np.abs(phones[row_a, 0] - graphemes[:, 0]) <= TOUCH)
        & (np.abs(phones[row_b, 1] - graphemes[:, 1]) <= TOUCH)
        & (row_a <= row_b)
    )
    runs = np.column_stack((row_a, row_b + 1))
    loose = np.flatnonzero(~exact)
    if len(loose):
        runs[loose] = _by_overlap(graphemes[loose], phones)
    return GraphemePhones(runs, exact)


def _by_overlap(graphemes: Times, phones: Times) -> Index:
    """Return the run of phones that lie in each grapheme by half or more, else the one it overlaps most."""
    middle = phones.mean(axis=1)
    first = np.searchsorted(middle, graphemes[:, 0], side="left")
    stop = np.searchsorted(middle, graphemes[:, 1], side="left")
    none = np.flatnonzero(stop <= first)
    host = np.searchsorted(phones[:, 1], graphemes[none].mean(axis=1), side="right").clip(max=len(phones) - 1)
    inside = phones[host, 0] < graphemes[none, 1]
    inside &= phones[host, 1] > graphemes[none, 0]
    first[none] = host
    stop[none] = np.where(inside, host + 1, host)
    return np.column_stack((first, stop))


def find_disagreeing_letters(labels: Sequence[str], times: Times, found: GraphemePhones, phones: PhoneTable) -> Index:
    """Find graphemes whose phones they cannot stand for.

    Some voices time graphemes one phone off inside a word: there "r" carries /t/. A space or mark that carries a
    sound, or a letter that carries a pause, disagrees too. Graphemes that share an interval agree if one of them
    does. Letters that are not Latin are not judged.

    Parameters
    ----------
    labels, times
        Graphemes and their times, with shared intervals still shared.
    found
        Their phones, from `match_grapheme_phones`.
    phones
        Labels of the phones, from `read_phones`.

    Returns
    -------
    numpy.ndarray
        intp, shape (m,): rows of graphemes, ascending.

    Examples
    --------
    >>> from clipaudio.phonetics.phones import read_phones
    >>> times = np.array([[0.0, 0.1], [0.1, 0.2]])
    >>> find_disagreeing_letters("tr", times, match_grapheme_phones(times, times), read_phones("ts")).tolist()
    [1]
    """
    if not len(labels) or not len(phones.codes):
        return np.empty(0, np.intp)
    text = read_text(labels)
    kinds = np.full(len(labels), CharacterKind.SPACE, np.uint8)
    kinds[text.rows] = classify(text.codes)
    runs = list(map(tuple, found.child_ranges.tolist()))
    heard = {run: _hear(phones, *run) for run in set(runs)}  # graphemes that share an interval share their run
    agrees = np.array(
        [_agree(label, kind, heard[run]) for label, kind, run in zip(labels, kinds.tolist(), runs, strict=True)]
    )
    fresh = np.ones(len(labels), bool)
    fresh[1:] = (times[1:] != times[:-1]).any(axis=1)
    group = np.cumsum(fresh) - 1
    return np.flatnonzero(~np.logical_or.reduceat(agrees, np.flatnonzero(fresh))[group])


class _Heard(NamedTuple):
    """What a run of phones sounds like."""

    is_empty: bool
    has_sound: bool
    classes: frozenset[SoundClass]


def _hear(phones: PhoneTable, first: int, stop: int) -> _Heard:
    """Read a run of phones once, for all graphemes that span it."""
    distinct = set(phones.codes[first:stop].tolist())
    sounds = {sound for code in distinct for sound in phones.phones[code].sounds}
    return _Heard(first == stop, bool(sounds), sound_classes(sounds))


def _agree(letter: str, kind: int, heard: _Heard) -> bool:
    """Return True if *letter* can stand for what is *heard*."""
    if kind in {CharacterKind.SPACE, CharacterKind.BREAK, CharacterKind.EDGE}:
        return not heard.has_sound or letter in {"'", "\u2019", "-"}
    if kind != CharacterKind.LETTER:
        return True
    if not heard.has_sound:
        return heard.is_empty
    own = letter_classes(letter.lower()[:1])
    return own is None or not heard.classes or not own.isdisjoint(heard.classes)
