"""The cost of a cue said again, one cue at a time in plain Python: what the fast one is checked and timed against."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

from clipaudio.captions import cost_model as c
from clipaudio.captions.break_quality import find_sentence_starts, rate_breaks
from clipaudio.captions.scripts import Joint


def whole(cost):
    return round(cost * c.SCALE)


class Plain:
    """Costs of the cues of *units*, for a profile with a limit of columns."""

    def __init__(self, units, profile, language="en"):
        self.profile, self.count = profile, len(units)
        opens = find_sentence_starts(units, language=language)
        self.quality = rate_breaks(units, opens, language=language).tolist()
        self.opens = [*opens.tolist(), True]
        self.spaced, self.silent = units.spaced.tolist(), (~units.has_words).tolist()
        self.widths = [min(width, profile.max_chars) for width in units.widths.tolist()]
        spoken = [not silent for silent in self.silent] if not all(self.silent) else [True] * self.count
        self.words = [a and joint != Joint.HYPHEN for a, joint in zip(spoken, units.joints.tolist(), strict=True)]
        times = [(round(a * 1e6), round(b * 1e6)) for a, b in units.times.tolist()]
        self.begin, self.finish = [], []
        for i in range(self.count):
            after = [k for k in range(i, self.count) if not self.silent[k]][:1] if self.silent[i] else [i]
            self.begin.append(times[after[0]][0] if after else times[i][0])
        last, latest = None, -math.inf
        for i in range(self.count):
            last = i if not self.silent[i] else last
            latest = max(latest, times[i if last is None else last][1])
            self.finish.append(latest)
        self.forced = self._forced()

    def gap(self, b):
        return self.begin[b] - self.finish[b - 1]

    def _forced(self):
        found = set()
        for b in range(1, self.count):
            if self.silent[b] or self.gap(b) <= 0 or self.gap(b) < self.profile.pause * 1e6 - 2:
                continue
            first = b
            while first > 1 and self.silent[first - 1]:
                first -= 1
            marks = [k for k in range(first, b) if self.silent[k] and self.opens[k] and self.gap(k) > 0]
            found.add(marks[0] if marks else b)
        return found

    def bonus(self, b):
        if not 0 < b < self.count:
            return 0.0
        return min(max(c.PAUSE_BONUS * (self.gap(b) / 1e6 - c.PAUSE_FREE), c.PAUSE_LEAST), c.PAUSE_MOST)

    def columns(self, i, j):
        return sum(self.widths[i:j]) + sum(self.spaced[i + 1 : j])

    def fits(self, i, j):
        return j == i + 1 or self.columns(i, j) <= self.profile.max_chars

    def parts(self, i, j):
        """Return the places inside at which sentences part."""
        return [b for b in range(i + 1, j) if self.opens[b]]

    def lines(self, places):
        """Return the cost of the layout with these places around its lines, None where a line is too wide."""
        if not all(self.fits(a, b) for a, b in pairwise(places)):
            return None
        cost, stop = 0, places[-1]
        for number, (a, b) in enumerate(pairwise(places[:-1])):
            below = len(places) - 2 - number
            relief = c.PARTED_SENTENCE - c.INNER_SENTENCE if self.opens[b] else 0.0
            torn = c.TORN_SHARE * max(self.quality[b] - c.TORN, 0.0)
            end = c.LINE_SHARE * self.quality[b] + torn + relief - c.LINE_PAUSE_SHARE * self.bonus(b)
            uneven = below * self.columns(a, b) - self.columns(b, stop) + 1
            cost += whole(end) + whole(c.LINE) + uneven * uneven // below**2
        return cost

    def layout(self, i, j):
        for count in range(1, min(self.profile.max_lines, j - i) + 1):
            costs = [self.lines((i, *inner, j)) for inner in combinations(range(i + 1, j), count - 1)]
            costs = [cost for cost in costs if cost is not None]
            if costs:
                return min(costs)
        return None

    def cue(self, i, j):
        """Return the cost of the cue of units i to j, None where it keeps not the limits."""
        profile, duration = self.profile, self.finish[j - 1] - self.begin[i]
        words = sum(self.words[i:j])
        if any(b in self.forced for b in range(i + 1, j)):
            return None
        too_many = profile.max_words is not None and words > profile.max_words
        if j > i + 1 and (too_many or duration > profile.max_duration * 1e6 + 2):
            return None
        layout = self.layout(i, j)
        if layout is None:
            return None
        cost = layout + whole(c.CUE) + whole(c.CUE_SHARE * self.quality[j] - self.bonus(j))
        is_whole = self.opens[i] and self.opens[j]
        for b in range(i + 1, j):
            pause = c.INNER_PAUSE * max(self.gap(b) / 1e6 - c.INNER_PAUSE_FREE, 0.0)
            cost += whole(pause + (c.INNER_SENTENCE if self.opens[b] else 0.0))
        cost += whole(c.TORN_SENTENCE) if self.parts(i, j) and not is_whole else 0
        columns = self.columns(i, j)
        short = max(c.SHORT_COLUMNS - columns, 0) ** 2 * c.SHORT / 100
        return cost + whole(short * (c.WHOLE_SHARE if is_whole else 1.0)) + self.time(i, j, duration, columns, words)

    def time(self, i, j, duration, columns, words):
        profile = self.profile
        stays = duration + int(min(profile.hold, 10.0) * 1e6)
        if j < self.count:
            stays = min(stays, self.begin[j] - self.begin[i])
        seconds = max(stays, 100) / 1e6
        cost = c.BRIEF * max(1.0 - seconds / profile.min_duration, 0.0) if profile.min_duration else 0.0
        needed = max(columns / profile.reading_speed, words * profile.seconds_per_word)
        return whole(cost + c.HASTY * min(max(needed / seconds - 1.0, 0.0), 1.0))

    def total(self, places):
        """Return what the cues between *places* cost together, None where one keeps not the limits."""
        costs = [self.cue(i, j) for i, j in pairwise(places)]
        return None if None in costs else sum(costs)

    def best_of_all(self):
        """Try every partition."""
        inner = range(1, self.count)
        every = (choice for size in range(self.count) for choice in combinations(inner, size))
        costs = (self.total((0, *choice, self.count)) for choice in every)
        return min(cost for cost in costs if cost is not None)

    def greedy(self):
        """Fill each cue as far as the limits allow."""
        places = [0]
        while places[-1] < self.count:
            j = places[-1] + 1
            while j < self.count and self.cue(places[-1], j + 1) is not None:
                j += 1
            places.append(j)
        return places
