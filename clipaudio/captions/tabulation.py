"""Measure units for the cost model: columns, times, sentences and pauses, as arrays.

Conventions
-----------
As in `clipaudio.captions.cue_table`.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

import numpy as np

from clipaudio.captions.break_quality import find_sentence_starts, rate_breaks
from clipaudio.captions.cost_model import (
    ROUNDING,
    price_cue_ends,
    price_inner_places,
    price_line_ends,
    rate_pauses,
)
from clipaudio.captions.cue_table import CueTable
from clipaudio.captions.limits import count_spaced_words
from clipaudio.captions.scripts import Joint
from clipaudio.captions.widths import HANGING, list_code_points, measure_width

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clipaudio.captions.break_units import Units
    from clipaudio.captions.cue_table import Whole
    from clipaudio.captions.profiles import Profile
    from clipaudio.timing.timeline import Index

__all__ = ["find_windows", "tabulate"]

MOST_UNITS: Final = 256  # of a cue: without a limit of columns the work stays linear
_WIDEST: Final = 30_000  # columns of a cue: their square still fits a cost
_HYPHEN: Final = int(Joint.HYPHEN)
_NEVER: Final = 1 << 60  # microseconds


def tabulate(units: Units, *, profile: Profile, language: str, label: str = "") -> CueTable:
    """Measure *units* for a *profile* of their language; *label* is the text before the first unit of each text."""
    count, bounds = len(units), units.bounds
    firsts = bounds[:-1]
    begin, finish = _sounds(units)
    gaps = np.zeros(count + 1, np.int64)
    gaps[1:-1] = begin[1:] - finish[:-1]
    gaps[bounds] = 0
    opens = find_sentence_starts(units, language=language)
    starts = np.concatenate((opens, [True]))
    quality = rate_breaks(units, opens, language=language)
    cuts = _forced(gaps, opens, units, profile)
    if profile.max_chars is None:
        cuts |= starts
    max_lines = min(profile.max_lines, max(count, 1))
    max_chars = min(profile.line_columns or _WIDEST, max(_WIDEST // max_lines, 1))
    pauses = gaps / 1e6
    if profile.max_chars is None:
        pauses[:] = 0.0
    parts = starts.copy()
    parts[bounds] = False
    bonus = rate_pauses(pauses, bounds, has_limit=profile.max_chars is not None)
    spaced = units.spaced
    widest = max_chars + profile.half_width  # a unit too wide for a line shares none, not with a hanging mark either
    ends = np.concatenate(([0], (np.minimum(units.widths, widest) + spaced).cumsum())).astype(np.int32)
    leads = ends[:-1] + spaced
    if profile.half_width and count:
        last = list_code_points(units.text)[units.stop - 1]
        hanging = profile.wide_columns * np.isin(last, [ord(mark) for mark in HANGING])
        ends[1:] += np.minimum(units.widths - hanging, widest) - np.minimum(units.widths, widest)
    leads[firsts] -= min(measure_width(label, wide=profile.wide_columns), max_chars)
    words = np.concatenate(([0], (_read_words(units) & (units.joints != _HYPHEN)).cumsum()))
    lead_words = words[:-1].copy()
    lead_words[firsts] -= count_spaced_words(label)
    next_begin = np.concatenate((begin, [_NEVER]))
    next_begin[bounds[1:]] = _NEVER
    return CueTable(
        count=count,
        profile=profile,
        max_chars=max_chars,
        max_lines=max_lines,
        ends=ends,
        leads=leads,
        line_end=price_line_ends(quality, bonus, parts),
        cue_end=price_cue_ends(quality, bonus),
        inside=price_inner_places(pauses, parts).cumsum(),
        opened=parts.cumsum(),
        starts=starts,
        cuts=cuts.cumsum(),
        begin=begin,
        finish=finish,
        next_begin=next_begin,
        words=words,
        lead_words=lead_words,
    )


def _read_words(units: Units) -> NDArray[np.bool_]:
    """Return which units are read as words: those that have one, or all of a text without any."""
    if units.has_words.all() or not len(units):
        return units.has_words
    silent = ~np.logical_or.reduceat(units.has_words, units.bounds[:-1])
    return units.has_words | silent.repeat(units.bounds[1:] - units.bounds[:-1])


def find_windows(table: CueTable) -> tuple[Whole, Whole]:
    """Return how many units a line and a cue that start with each unit may hold: 1 to `MOST_UNITS`."""
    rows = np.arange(table.count)
    line = table.ends.searchsorted(table.leads + table.max_chars, side="right") - 1 - rows
    room = table.max_lines * (table.max_chars + 1 + table.profile.half_width) - 1
    cue = table.ends.searchsorted(table.leads + room, side="right") - 1 - rows
    cue = np.minimum(cue, _next(table.forced, rows) - rows)
    if table.profile.max_words is not None:
        most = table.words.searchsorted(table.lead_words + table.profile.max_words, side="right") - 1
        cue = np.minimum(cue, most - rows)
    if table.profile.max_duration < inf:
        latest = table.begin + int(table.profile.max_duration * 1e6) + ROUNDING
        cue = np.minimum(cue, table.finish.searchsorted(latest, side="right") - rows)
    cue = np.minimum(np.maximum(cue, 1), MOST_UNITS)
    return np.minimum(np.maximum(line, 1), cue), cue


def _next(forced: NDArray[np.intp], rows: NDArray[np.intp]) -> NDArray[np.intp]:
    following: NDArray[np.intp] = forced[forced.searchsorted(rows, side="right")]
    return following


def _sounds(units: Units) -> tuple[Whole, Whole]:
    """Return the first sound from each unit on and the last sound up to each unit, in microseconds.

    Each text begins after the one before has ended.
    """
    times = _in_turn(np.rint(units.times * 1e6).astype(np.int64), units.bounds)
    begin, finish = times[:, 0].copy(), times[:, 1].copy()
    if not units.has_words.all():
        sizes = units.bounds[1:] - units.bounds[:-1]
        spoken = np.flatnonzero(units.has_words)
        rows = np.arange(len(units))
        following = np.append(spoken, len(units))[spoken.searchsorted(rows)]
        inside = following < units.bounds[1:].repeat(sizes)
        begin[inside] = times[following[inside], 0]
        earlier = np.append(spoken, -1)[spoken.searchsorted(rows, side="right") - 1]
        inside = earlier >= units.bounds[:-1].repeat(sizes)
        finish[inside] = times[earlier[inside], 1]
    return begin, np.maximum.accumulate(finish) if len(finish) else finish


def _in_turn(times: Whole, bounds: Index) -> Whole:
    """Move the texts between *bounds* so that each begins after the one before has ended; the first stays."""
    if len(bounds) < 3:
        return times
    lengths = np.maximum.reduceat(times.max(axis=1), bounds[:-1]) + 1
    moved: Whole = times + (lengths.cumsum() - lengths).repeat(bounds[1:] - bounds[:-1])[:, None]
    return moved


def _forced(gaps: Whole, opens: NDArray[np.bool_], units: Units, profile: Profile) -> NDArray[np.bool_]:
    """Return the places that always end a cue: the edges of texts, and long silences.

    A lone mark comes before the silence, unless it opens a sentence.
    """
    count, has_words = len(units), units.has_words
    forced = np.zeros(count + 1, bool)
    silent = (gaps[:-1] > 0) & (gaps[:-1] >= profile.pause * 1e6 - ROUNDING)
    forced[:-1] = silent & has_words
    for row in (forced[1:-1] & ~has_words[:-1]).nonzero()[0].tolist():  # unit *row* is a lone mark
        first = row
        least = int(units.bounds[units.bounds.searchsorted(row, side="right") - 1])
        while first > least and not has_words[first - 1]:
            first -= 1
        opening = [unit for unit in range(max(first, 1), row + 1) if opens[unit] and silent[unit]]
        if opening:
            forced[row + 1], forced[opening[0]] = False, True
    forced[units.bounds] = True
    return forced
