"""Measure how well our captions break where people broke theirs: F1 of any break, of cues and of lines.

The last figure is the share of cues on two lines that we would break at the same place if the cue were given.

    python tools/captions/measure_breaks.py en FOLDER [fr FOLDER ...]

Each folder is a set of `caption_sets`. Its files are split in two: the costs of captions may be tuned on one half, if
the licence of the set allows it, and are judged on the other.
"""

from __future__ import annotations

import sys
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from caption_sets import CaptionedTalk, limits_of, read_set, split_set

from clipaudio.captions.break_units import TextLevels, find_units
from clipaudio.captions.layout import Layout
from clipaudio.captions.segmentation import cut_texts
from clipaudio.captions.tabulation import tabulate
from clipaudio.timing.aligned import align

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clipaudio.captions.cue import Cue
    from clipaudio.captions.profiles import Profile


class Score(NamedTuple):
    """F1 in percent of places that end a line or a cue, of those that end a cue, and of those that end a line only."""

    any_break: float
    cue: float
    line: float


def find_levels(talk: CaptionedTalk, language: str) -> TextLevels:
    """Return graphemes, words and sentences of a talk."""
    found = align(talk.spoken, language=language)
    return TextLevels(found.graphemes, found.words, found.sentences)


def find_places(cues: Sequence[Cue]) -> tuple[frozenset[int], frozenset[int]]:
    """Return the places at which *cues* end, and those at which their lines break."""
    sizes = [len("".join(line.split())) for cue in cues for line in cue.lines]
    ends = list(accumulate(sizes))
    last = list(accumulate(len(cue.lines) for cue in cues))
    of_cues = frozenset(ends[row - 1] for row in last[:-1])
    return of_cues, frozenset(ends[:-1]) - of_cues


def score(pairs: Iterable[tuple[CaptionedTalk, tuple[frozenset[int], frozenset[int]]]]) -> Score:
    """Score the places found in each talk; each place counts the same."""
    hits, sizes = [0, 0, 0], [0, 0, 0]
    for talk, (cues, lines) in pairs:
        for number, (true, found) in enumerate(
            ((talk.cues | talk.lines, cues | lines), (talk.cues, cues), (talk.lines, lines))
        ):
            hits[number] += len(true & found)
            sizes[number] += len(true) + len(found)
    return Score(*(200 * hit / max(size, 1) for hit, size in zip(hits, sizes, strict=True)))


def judge(talks: Sequence[CaptionedTalk], language: str, profile: Profile) -> Score:
    """Caption each of *talks*, and score the places."""
    levels = [find_levels(talk, language) for talk in talks]
    captioned = cut_texts(levels, profile=profile, language=language)
    return score(zip(talks, map(find_places, captioned), strict=True))


def place_lines(talks: Sequence[CaptionedTalk], language: str, profile: Profile) -> tuple[int, int]:
    """Return how many cues on two lines we break at the same place, and how many there are."""
    same = count = 0
    profile = profile.for_language(language)
    for talk in talks:
        units = find_units(*find_levels(talk, language), language=language, max_chars=profile.line_columns)
        layout = Layout(tabulate(units, profile=profile, language=language))
        ends = list(accumulate((len("".join(text.split())) for text in units.texts), initial=0))
        row = {letters: unit for unit, letters in enumerate(ends)}
        for first, stop in pairwise(sorted({0, *talk.cues, ends[-1]})):
            inner = [place for place in talk.lines if first < place < stop]
            if len(inner) != 1 or not {first, stop, inner[0]} <= row.keys():
                continue
            begin, end = row[first], row[stop]
            costs = {unit: layout.upper_line(begin, unit, end, 1) for unit in range(begin + 1, end)}
            same += row[inner[0]] == min(costs, key=costs.__getitem__)
            count += 1
    return same, count


def _report(language: str, folder: str) -> None:
    talks = read_set(folder)
    limits = limits_of(talks)
    for name, half in zip(("tuning", "judging"), split_set(talks), strict=True):
        if not half:
            continue
        cues, lines = sum(len(talk.cues) + 1 for talk in half), sum(len(talk.lines) for talk in half)
        found = judge(half, language, limits)
        same, two = place_lines(half, language, limits)
        print(
            f"{folder} {language} {name}: {len(half)} files, {cues} cues, {lines} inner lines, "
            f"{limits.max_lines} x {limits.max_chars} columns: "
            f"any {found.any_break:.1f} cue {found.cue:.1f} line {found.line:.1f}, "
            f"same place {100 * same / max(two, 1):.1f} % of {two}"
        )


if __name__ == "__main__":
    for language, folder in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        _report(language, folder)
