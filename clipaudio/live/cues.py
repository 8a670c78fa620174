"""Settled graphemes into cues: a cue is settled when no text that may follow can change where it ends.

How
---
A cue ends where the cheapest cut of the text ends it (see `clipaudio.captions.segmentation`). The cheapest cuts up to
each place near the end of what is known are compared: a place that all of them share is in the cheapest cut of any
longer text. The last units are left out of this, because the words after a break take part in its price, and so is text
behind a quote or bracket that is open, in which a sentence may yet go on.

A cue is shown until the next one, so its times are settled when all starts that the next cue may get lead to the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.captions.break_units import find_units
from clipaudio.captions.captioning import Passage, cut_passages
from clipaudio.captions.cost_model import price_cues
from clipaudio.captions.cue import Cue
from clipaudio.captions.cue_timing import time_cues
from clipaudio.captions.limits import find_limits
from clipaudio.captions.segmentation import find_cheapest_cuts
from clipaudio.captions.tabulation import find_windows, tabulate
from clipaudio.timing.language_detection import detect_language
from clipaudio.timing.sentences import find_sentences, has_capitals
from clipaudio.timing.timeline import Timeline
from clipaudio.timing.words import find_words

if TYPE_CHECKING:
    from fractions import Fraction

    from clipaudio.captions.break_units import Units
    from clipaudio.captions.cue_table import CueTable
    from clipaudio.captions.profiles import Profile
    from clipaudio.live.words import Settled
    from clipaudio.timing.timeline import Times

__all__ = ["CueSettler", "find_settled_places"]

_UNSURE: Final = 5
"""Units at the end whose breaks may get another price by what follows."""
_NEAR: Final = 3
"""Units that must follow a silence that always ends a cue."""
_STEP: Final = 2
"""Settled words after which the cues are cut again."""
_OPEN: Final = 600
"""Characters behind an open quote or bracket that wait for its end."""
_LONGEST: Final = 4000
"""Characters in view after which a place that begins no sentence may be left behind."""
_MOST: Final = 6000
"""Characters in view without a settled cue after which all cues wait for the end, so that no work grows."""
_FIRST: Final = 30
"""Words by which a language is found that was not given, and a text without a capital is taken for one without any."""
_CONTEXT: Final = 8
"""Cues before the next one that are timed with it."""
_GUESSES: Final = 9
"""Starts of the next cue that are tried."""
_PAIRS: Final = {
    '"': '"',
    "“": "”",
    "„": "“”",
    "«": "»",
    "(": ")",
    "[": "]",
    "{": "}",
    "‘": "’",
    "「": "」",
    "『": "』",
}


class CueSettler:
    """Collect settled words and return the cues that they settle.

    Parameters
    ----------
    profile, fps
        As in `clipaudio.captions.captioning.make_cues`.
    language
        Language tag; None finds it from the first words.
    """

    def __init__(self, profile: Profile, fps: Fraction | None, language: str | None) -> None:
        self._profile, self._fps, self._language = profile, fps, language
        self._labels: list[str] = []
        self._blocks: list[Times] = []
        self._words = 0  # settled words
        self._fresh = 0  # since the last cut
        self._has_capitals = False
        self._taken = 0  # graphemes in view of cues that were cut for good
        self._cut: list[Cue] = []  # cut for good; the first ones were returned
        self._returned = 0

    @property
    def language(self) -> str | None:
        """The language tag of the text; None until it was found."""
        return self._language

    def push(self, settled: Settled) -> tuple[Cue, ...]:
        """Return the cues that *settled* words settle."""
        if len(self._labels) > _MOST:
            return ()
        self._labels += settled.labels
        self._blocks.append(settled.times)
        self._words += len(settled.words)
        self._fresh += len(settled.words)
        if self._language is None and self._words >= _FIRST:
            self._language = detect_language("".join(self._labels)) or "en"
        if self._fresh < _STEP or self._language is None:
            return ()
        self._has_capitals = self._has_capitals or has_capitals("".join(self._labels), self._language)
        if not self._has_capitals and self._words < _FIRST:
            return ()
        self._fresh = 0
        return self._cut_view()

    def _cut_view(self) -> tuple[Cue, ...]:
        """Cut the text in view, and keep of it what has no settled cue."""
        assert self._language is not None
        line = Timeline(tuple(self._labels), np.concatenate(self._blocks))
        profile = self._profile.for_language(self._language)
        words = find_words(line)
        sentences = find_sentences(line, words, language=self._language, with_capitals=self._has_capitals or None)
        units = find_units(
            line, words, sentences, language=self._language, wide=profile.wide_columns, max_chars=profile.line_columns
        )
        if not len(units):
            return ()
        table = tabulate(units, profile=profile, language=self._language)
        cuts = find_cheapest_cuts(table)
        starts = units.rows[units.first[cuts[:-1]]].tolist()
        starts[0] = 0
        if self._taken not in starts:  # text behind it has changed where the one before would end
            self._keep(line, self._taken)
            return self._cut_view()
        known = frozenset(find_settled_places(table, _count_known(units, table)))
        settled = [number for number, place in enumerate(cuts[:-1]) if place in known]
        most, least = settled[-1], starts.index(self._taken)
        if most <= least:
            return ()
        passage = Passage(graphemes=line, words=words, sentences=sentences, language=self._language)
        self._cut += cut_passages([passage], profile=self._profile)[least:most]
        self._taken = starts[most]
        opens = units.opens if units.opens is not None else np.ones(len(units), bool)
        is_long = len(line) > _LONGEST
        edges = [starts[number] for number in settled[1:] if is_long or opens[cuts[number]]]
        if edges:
            self._keep(line, edges[-1])
        return self._time(float(table.begin[cuts[most]]) / 1e6)

    def _keep(self, line: Timeline, row: int) -> None:
        """Leave the text before *row* behind."""
        del self._labels[:row]
        self._blocks = [line.times[row:]]
        self._taken -= row

    def _time(self, following: float) -> tuple[Cue, ...]:
        """Return the cues whose times are the same wherever the next cue, spoken from *following* on, starts."""
        assert self._language is not None
        profile = self._profile.for_language(self._language)
        limits = find_limits(profile, fps=self._fps)
        rate = float(limits.rate)
        earliest = max(following - max(limits.lead, limits.shortest) / rate, self._cut[-1].end + limits.gap / rate)
        guesses = np.linspace(min(earliest, following), following, _GUESSES) if earliest < following else [following]
        timed = []
        for guess in guesses:
            later = Cue(float(guess), float(guess) + 60.0, ("",))
            timed.append(time_cues([*self._cut, later], profile=profile, fps=self._fps)[:-1])
        first = self._returned
        same = [all(cues[row] == timed[0][row] for cues in timed) for row in range(first, len(self._cut))]
        count = same.index(False) if False in same else len(same)
        found = timed[0][first : first + count]
        self._returned += count
        spare = max(self._returned - _CONTEXT, 0)
        del self._cut[:spare]
        self._returned -= spare
        return found


def find_settled_places(table: CueTable, known: int) -> list[int]:
    """Return the places that are in the cheapest cut of any text that begins with the first *known* units.

    Only the prices of cues that end within them are used. Place 0 is always settled.
    """
    if known < 1:
        return [0]
    forced = [int(place) for place in table.forced if place <= known and place < table.count]
    if table.profile.max_chars is None:
        return forced
    line, cue = find_windows(table)
    span = int(cue[:known].max())
    costs = price_cues(table, 0, known, int(line.max()), span)
    best = [0] * (known + 1)
    shared: list[frozenset[int]] = [frozenset({0})] * (known + 1)
    for stop in range(1, known + 1):
        ways = [(best[at] + int(costs[at, stop - at - 1]), at) for at in range(max(stop - span, 0), stop)]
        ways = [way for way in ways if cue[way[1]] >= stop - way[1]]
        least = min(ways)[0] if ways else best[stop - 1] + int(costs[stop - 1, 0])
        best[stop] = least
        origins = [at for cost, at in ways if cost == least] or [stop - 1]
        shared[stop] = frozenset.intersection(*(shared[at] for at in origins)) | {stop}
    last = max(forced)  # every cut has this place
    ends = [shared[stop] for stop in range(max(known - span + 1, last, 1), known + 1)]
    return sorted(frozenset.intersection(*ends) & frozenset(range(known + 1)))


def _count_known(units: Units, table: CueTable) -> int:
    """Return how many units have breaks whose prices are known: all but the last ones, or up to a long silence."""
    spoken = np.flatnonzero(units.has_words)
    known = int(spoken[-_UNSURE]) if len(spoken) >= _UNSURE else 0
    if table.profile.max_chars is not None and len(spoken) >= _NEAR:
        known = max(known, *(int(place) for place in table.forced if place <= spoken[-_NEAR]))
    return min(known, _first_open(units))


def _first_open(units: Units) -> int:
    """Return the first unit in which a quote or bracket opens that is not closed; the number of units without one."""
    waiting: list[tuple[str, int]] = []
    for at, mark in enumerate(units.text):
        if waiting and mark in waiting[-1][0]:
            waiting.pop()
        elif mark in _PAIRS:
            waiting.append((_PAIRS[mark], at))
    near = [at for _, at in waiting if at >= len(units.text) - _OPEN]
    return int(np.searchsorted(units.first, near[0], side="right")) - 1 if near else len(units)
