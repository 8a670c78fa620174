"""Letters and words into units: the pieces of text between which a cue or a line may end.

Conventions
-----------
A unit is a stretch of the text, white space collapsed to single spaces: a word with its punctuation, in scripts that
put spaces between words; a word, a phrase or a character in those that do not. A number ("10 000", "$ 5"), an
abbreviation ("z. B."), an address, and what spaces join that forbid a break, are one unit each. A unit's time is that
of what is spoken in it; where nothing is, that of its marks. Units stand in columns: row i of each array is unit i.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import regex

from clipaudio.captions.scripts import Joint, find_cutter, inner_breaks, is_unspaced
from clipaudio.errors import ExportError
from clipaudio.text import primary_language
from clipaudio.timing.characters import read_text
from clipaudio.timing.intervals import spanning_times

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from clipaudio.captions.scripts import Cutter
    from clipaudio.timing.timeline import Index, Spans, Timeline, Times

__all__ = ["Units", "find_units", "measure_width"]

_SPACE: Final = int(Joint.SPACE)
_STICKY: Final = "\u00a0\u202f\u2007"  # spaces that forbid a break
_CLUSTER: Final = regex.compile(r"\X")
_CLUSTERED: Final = regex.compile(
    r"[\p{M}\p{Grapheme_Extend}\p{Cf}\p{Emoji_Modifier}\p{Regional_Indicator}"
    r"\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff\U0001f3fb-\U0001f3ff\u0e33\u0eb3]"
)
_EXTENDS: Final = regex.compile(r"[\p{M}\p{Grapheme_Extend}\u200d\U0001f3fb-\U0001f3ff\u0e33\u0eb3]")
_COMPOUND: Final = regex.compile(
    r"(?<=\p{L}{2}[-‐])(?=\p{L}{2})(?![\u0e33\u0eb3])|(?<=\p{L}[\p{Pe}\p{Pf}\"'!?.]?[—…])(?=\p{L})(?![\u0e33\u0eb3])"
)
_ADDRESS: Final = re.compile(r"[@/\\]|www\.")
_SOLITARY: Final = regex.compile(r"[\p{Ps}\p{Pi}\"'¿¡]+")
_CLOSER: Final = regex.compile(r"[\p{Pe}\p{Pf}!?.,:;…%‰\"'、。，！？：；؟،؛।]+")
_CURRENCY: Final = regex.compile(r"\p{Sc}|[#§№]")
_INITIAL: Final = regex.compile(r"[\p{Ps}\p{Pi}\"']*\p{L}{1,2}\.")
_DIGITS: Final = regex.compile(r".*(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})*")
_THOUSANDS: Final = regex.compile(r"\d{3}(?!\d).*")


class _Glue(NamedTuple):
    """Whether a token belongs to its neighbours."""

    to_next: bool
    to_previous: bool
    is_initial: bool
    ends_number: bool
    is_thousands: bool
    is_sign: bool
    starts_number: bool


_FREE: Final = _Glue(*[False] * 7)


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Units in columns.

    Attributes
    ----------
    text
        The whole text, white space collapsed.
    first, stop
        intp, shape (n,): unit i is `text[first[i]:stop[i]]`; one space or nothing stands between two.
    joints
        uint8, shape (n,): `Joint` to the unit before.
    widths
        int64, shape (n,): columns.
    times
        float64, shape (n, 2), seconds: of what is spoken in it.
    has_words
        bool, shape (n,): whether anything in it is spoken.
    opens
        bool, shape (n,): whether a sentence starts with it; None where no sentences are known.
    word_runs
        intp, shape (m, 2): characters of `text` that each word covers.
    rows
        intp: the grapheme of each character of `text`.
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

    def __len__(self) -> int:
        return len(self.first)

    @property
    def texts(self) -> list[str]:
        """The text of each unit."""
        text = self.text
        return [text[a:b] for a, b in zip(self.first.tolist(), self.stop.tolist(), strict=True)]

    @property
    def spaced(self) -> NDArray[np.bool_]:
        """Whether a space stands before each, bool, shape (n,)."""
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
        ISO 639-1 code.
    wide
        Columns of an East Asian wide character.
    max_chars
        Columns of a line: a row of numbers or initials and a phrase of a dictionary that are wider come apart after
        all. None keeps them whole.
    cutters
        Finds the dictionary of a language without spaces.

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
    if not (np.isfinite(graphemes.times).all() and np.isfinite(words.times).all()):
        raise ExportError("a time is not finite; clipaudio.timing.repair gives times that are")
    text, rows, gaps = _collapse(graphemes)
    starts = np.searchsorted(rows, np.arange(len(graphemes) + 1))  # where each row starts in the collapsed text
    word_runs = starts[words.child_ranges]
    word_runs[:, 0] += gaps[word_runs[:, 0]]  # a label of several characters may hold the space before a word
    word_runs[:, 1] = np.maximum(word_runs[:, 1] - gaps[word_runs[:, 1] - 1], word_runs[:, 0])
    code = primary_language(language)
    most = len(text) if max_chars is None else max_chars // wide
    first, stop, joints = _cut(text, gaps, word_runs[:, 0], code, cutters, most)
    times, has_words = _spoken_times(graphemes.times, words.child_ranges, rows[first], rows[stop - 1] + 1)
    columns = _columns(text, wide)
    widths = np.maximum(columns[stop] - columns[first], 1)
    opens = _openings(text, first, word_runs, sentences.child_ranges) if len(sentences) else None
    return Units(text, first, stop, joints, widths, times, has_words, opens, word_runs, rows)


def measure_width(text: str, *, wide: int = 1) -> int:
    """Count the columns of *text*: graphemes a reader sees, East Asian wide ones as *wide*.

    >>> measure_width("e\u0301tat"), measure_width("👩‍👧"), measure_width("字a", wide=2)
    (4, 1, 3)
    """
    if text.isascii():
        return len(text)
    clusters = _CLUSTER.findall(text)
    return len(clusters) if wide == 1 else sum(wide if _is_wide(cluster[0]) else 1 for cluster in clusters)


@lru_cache(maxsize=4096)
def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _table(codes: NDArray[np.uint32], test: Callable[[str], object]) -> NDArray[np.bool_]:
    """Tell which characters pass *test*, asked once for each that occurs."""
    seen = np.zeros(int(codes.max(initial=0)) + 1, bool)
    seen[codes] = True
    passed = np.zeros(len(seen), bool)
    for code in np.flatnonzero(seen).tolist():
        passed[code] = bool(test(chr(code)))
    found: NDArray[np.bool_] = passed[codes]
    return found


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _collapse(graphemes: Timeline) -> tuple[str, Index, NDArray[np.bool_]]:
    """Give the text with white space collapsed, the row of each of its characters, and which are gaps.

    White space that forbids a break stays as it is between words, and forbids nothing beside other white space.
    """
    text = read_text(graphemes.labels)
    if " ".join(text.string.split()) == text.string:  # as most texts come
        return text.string, text.rows, np.concatenate((text.codes == ord(" "), [False]))
    blank = _table(text.codes, str.isspace)
    breaking = blank & ~np.isin(text.codes, [ord(space) for space in _STICKY])
    edges = np.diff(blank, prepend=False, append=False)
    starts, stops = np.flatnonzero(edges)[::2], np.flatnonzero(edges)[1::2]
    counts = np.concatenate(([0], np.cumsum(breaking)))
    at_edge = (starts == 0) | (stops == len(blank))
    parts = (counts[stops] > counts[starts]) & ~at_edge
    steps = np.zeros(len(blank) + 1, np.int64)
    gone = parts | at_edge
    steps[starts[gone]] += 1
    steps[stops[gone]] -= 1
    keep = np.cumsum(steps[:-1]) == 0
    keep[starts[parts]] = True
    codes = text.codes.copy()
    codes[starts[parts]] = ord(" ")
    is_gap = np.zeros(len(blank), bool)
    is_gap[starts[parts]] = True
    collapsed = codes[keep].tobytes().decode("utf-32-le", "surrogatepass")
    return collapsed, text.rows[keep], np.append(is_gap[keep], False)


def _cut(
    text: str,
    gaps: NDArray[np.bool_],
    word_starts: Index,
    language: str,
    cutters: Callable[[str], Cutter | None],
    most: int,
) -> tuple[Index, Index, NDArray[np.uint8]]:
    """Give first and stop of each unit, and its joint to the one before."""
    spaces = np.flatnonzero(gaps)
    first = np.concatenate(([0], spaces + 1)) if text else np.empty(0, np.intp)
    stop = np.concatenate((spaces, [len(text)])) if text else np.empty(0, np.intp)
    tokens = [text[a:b] for a, b in zip(first.tolist(), stop.tolist(), strict=True)]
    inner = dict(_compounds(text, gaps))
    inner.update(_unspaced_breaks(text, tokens, first, word_starts, language, cutters, most))
    apart = ~_glued(tokens, most)
    cuts = first[apart]
    kinds = np.full(len(cuts), _SPACE, np.uint8)
    if inner:
        cuts = np.concatenate((cuts, np.fromiter(inner, np.intp, len(inner))))
        kinds = np.concatenate((kinds, np.fromiter(inner.values(), np.uint8, len(inner))))
        order = np.argsort(cuts, kind="stable")
        cuts, kinds = cuts[order], kinds[order]
    stops = np.concatenate((cuts[1:] - (kinds[1:] == _SPACE), [len(text)]))[: len(cuts)]
    return cuts, stops, kinds


def _glued(tokens: list[str], most: int) -> NDArray[np.bool_]:
    """Tell which tokens must stay with the one before: marks, and, up to *most*, parts of a number or abbreviation."""
    memo: dict[str, _Glue] = {}
    for token in tokens:
        if token not in memo:
            memo[token] = _glue(token)
    if not any(map(any, memo.values())):
        return np.zeros(len(tokens), bool)
    found = np.array([memo[token] for token in tokens], bool).reshape(-1, 7)
    before, after = found[:-1], found[1:]
    marks, glued = np.zeros((2, len(tokens)), bool)
    marks[1:] = before[:, 0] | after[:, 1]
    glued[1:] = marks[1:] | (before[:, 2] & after[:, 2])
    glued[1:] |= (before[:, 3] & after[:, 4]) | (before[:, 5] & after[:, 6])
    if (glued & ~marks).any():
        row = np.cumsum(~glued)
        too_long = np.bincount(row, [len(token) + 1 for token in tokens]) - 1 > most
        glued &= marks | ~too_long[row]
    return glued


def _glue(token: str) -> _Glue:
    if token.isalpha() and not _EXTENDS.match(token):
        return _FREE
    return _Glue(
        to_next=_SOLITARY.fullmatch(token) is not None and token not in {'"', "'"},
        to_previous=_CLOSER.fullmatch(token) is not None or _EXTENDS.match(token) is not None,
        is_initial=_INITIAL.fullmatch(token) is not None,
        ends_number=_DIGITS.fullmatch(token) is not None,
        is_thousands=_THOUSANDS.fullmatch(token) is not None,
        is_sign=_CURRENCY.fullmatch(token) is not None,
        starts_number=token[0].isdigit(),
    )


def _compounds(text: str, gaps: NDArray[np.bool_]) -> list[tuple[int, Joint]]:
    """Find the places after hyphens and long dashes inside words, addresses excepted."""
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
    if text.isascii():
        return []
    unspaced = _table(_codes(text), is_unspaced)
    if not unspaced.any():
        return []
    found = []
    rows = np.unique(np.searchsorted(first, np.flatnonzero(unspaced), side="right") - 1)
    known = np.unique(word_starts)
    for row in rows.tolist():
        begin, token = int(first[row]), tokens[row]
        left, right = np.searchsorted(known, [begin, begin + len(token)])
        starts = frozenset((known[left:right] - begin).tolist())
        breaks = inner_breaks(token, language, known=starts, most=most, cutters=cutters)
        found += [(begin + at, joint) for at, joint in breaks]
    return found


def _spoken_times(times: Times, word_rows: Index, tops: Index, bottoms: Index) -> tuple[Times, NDArray[np.bool_]]:
    """Give the time of what is spoken in each run of rows, and whether anything is."""
    steps = np.bincount(word_rows[:, 0], minlength=len(times) + 1) - np.bincount(
        word_rows[:, 1], minlength=len(times) + 1
    )
    spoken = (steps[:-1].cumsum() > 0).nonzero()[0]
    left, right = spoken.searchsorted(tops), spoken.searchsorted(bottoms)
    has_words = right > left
    runs = np.column_stack((tops, bottoms))
    runs[has_words, 0] = spoken[left[has_words]]
    runs[has_words, 1] = spoken[right[has_words] - 1] + 1
    return spanning_times(times, runs), has_words


def _columns(text: str, wide: int) -> NDArray[np.int64]:
    """Count the columns before each character, int64, shape (n + 1,)."""
    codes = _codes(text)
    heads = np.ones(len(codes), np.int64)
    if not text.isascii() and _CLUSTERED.search(text):
        heads[:] = 0
        heads[[match.start() for match in _CLUSTER.finditer(text)]] = 1
    if wide > 1 and not text.isascii():
        heads[_table(codes, _is_wide)] *= wide
    return np.concatenate(([0], np.cumsum(heads)))


def _openings(text: str, first: Index, word_runs: Index, sentences: Index) -> NDArray[np.bool_]:
    """Tell with which units sentences start.

    Between the last word of one sentence and the first of the next, closing marks stay with the old one,
    opening marks and dashes go with the new one.
    """
    opens = np.zeros(len(first), bool)
    number = np.searchsorted(first, word_runs[sentences[:-1, 1] - 1, 1])  # the first unit after the old sentence
    last = np.searchsorted(first, word_runs[sentences[1:, 0], 0], side="right") - 1
    opens[last[number >= last]] = True
    opens[last[number > last]] = False  # one sentence ends inside the unit where the next begins
    for row, end in zip(number[number < last].tolist(), last[number < last].tolist(), strict=True):
        at = next((unit for unit in range(row, end) if _opens(text[int(first[unit])])), end)
        opens[at] = True
    return opens


def _opens(character: str) -> bool:
    return unicodedata.category(character) in {"Ps", "Pi", "Pd"} or character in "¿¡"
