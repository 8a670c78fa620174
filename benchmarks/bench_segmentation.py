"""Cutting text into cues, against a dynamic programming of the same cost in plain Python.

What this cannot show: how good the cuts are. The text is a few English sentences in random order, so that its
vocabulary is small; the plain ones are given the units, their quality and their sums, and choose cues only, while ours
makes its table as well.
"""

from __future__ import annotations

import importlib.util
import random
import re
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from interleave import race, write

from clipaudio.captions import cost_model as cue_costs
from clipaudio.captions.break_units import find_units
from clipaudio.captions.cost_model import IMPOSSIBLE
from clipaudio.captions.profiles import find_profile
from clipaudio.captions.segmentation import cut_cues, find_cheapest_cuts
from clipaudio.captions.tabulation import tabulate
from clipaudio.timing.sentences import find_sentences
from clipaudio.timing.timeline import Timeline
from clipaudio.timing.words import find_words

PROFILE = find_profile("netflix").for_language("en")
SENTENCES = (
    "When the rain had finally stopped, we walked along the river to the old mill, where he once kept his boats.",
    "The committee has decided to postpone the vote until the members have had time to read the full report.",
    "Researchers found that people who slept for at least seven hours were far less likely to make mistakes at work.",
    "No!",
    "It weighs 3.5 kg, costs $ 5, and nobody knows why.",
    "She asked him whether he had seen the keys that she'd left on the kitchen table.",
    "How are you?",
)


def plain_module():
    path = Path(__file__).parent.parent / "tests" / "captions" / "plain_segmentation.py"
    spec = importlib.util.spec_from_file_location("plain_segmentation", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text_of(size: int) -> str:
    chosen, length = [], 0
    dice = random.Random(1)
    while length < size:
        chosen.append(dice.choice(SENTENCES))
        length += len(chosen[-1]) + 1
    return " ".join(chosen)[:size]


def levels(text: str):
    delays = np.zeros(len(text))
    for match in re.finditer(r"[.?!,] (?=\w)", text):
        delays[match.end() - 1] = 0.2 if match[0][0] == "," else 0.4
    starts = np.arange(len(text)) * 0.06 + np.cumsum(delays)
    graphemes = Timeline(tuple(text), np.column_stack((starts, starts + 0.06)))
    words = find_words(graphemes)
    return graphemes, words, find_sentences(graphemes, words)


def by_hand(plain) -> tuple[int, list[int]]:
    """Try, for each unit, every cue that starts with it, and every layout of each."""
    best, length = [0] * (plain.count + 1), [1] * plain.count
    room = plain.profile.max_lines * (plain.profile.max_chars + 1) - 1
    for i in range(plain.count - 1, -1, -1):
        least, j = IMPOSSIBLE, i + 1
        while j <= plain.count and (j == i + 1 or plain.columns(i, j) <= room):
            cost = plain.cue(i, j)
            if cost is not None and cost + best[j] < least:
                least, length[i] = cost + best[j], j - i
            j += 1
        best[i] = least
    places = [0]
    while places[-1] < plain.count:
        places.append(places[-1] + length[places[-1]])
    return best[0], places


class Careful:
    """The same search in plain Python as a careful hand writes it, for two lines: every sum is kept."""

    def __init__(self, plain, costs) -> None:
        count = plain.count
        self.plain, self.costs = plain, costs
        self.ends, self.inner, self.words = [0], [0], [0]
        for b in range(count):
            self.ends.append(self.ends[-1] + plain.widths[b] + plain.spaced[b])
            pause = costs.INNER_PAUSE * max(plain.gap(b) / 1e6 - costs.INNER_PAUSE_FREE, 0.0) if b else 0.0
            sentence = costs.INNER_SENTENCE if b and plain.opens[b] else 0.0
            self.inner.append(self.inner[-1] + plain_whole(costs, pause + sentence))
            self.words.append(self.words[-1] + plain.words[b])
        self.leads = [self.ends[b] + plain.spaced[b] for b in range(count)]
        self.line_end, self.cue_end = [0], [0]
        for b in range(1, count + 1):
            quality, bonus, opens = plain.quality[b], plain.bonus(b), bool(plain.opens[b])
            relief = costs.PARTED_SENTENCE - costs.INNER_SENTENCE if opens else 0.0
            line = costs.LINE_SHARE * quality + relief - costs.LINE_PAUSE_SHARE * bonus
            self.line_end.append(plain_whole(costs, line) + plain_whole(costs, costs.LINE))
            self.cue_end.append(plain_whole(costs, costs.CUE) + plain_whole(costs, costs.CUE_SHARE * quality - bonus))
        self.opened = [0]
        for b in range(count):
            self.opened.append(self.opened[-1] + bool(b and plain.opens[b]))

    def cue(self, i: int, j: int) -> int | None:
        """Return what the cue of units i to j costs, None where it keeps no limit."""
        plain, costs, profile = self.plain, self.costs, self.plain.profile
        duration = plain.finish[j - 1] - plain.begin[i]
        if j > i + 1 and duration > profile.max_duration * 1e6 + 2:
            return None
        columns, parts = self.ends[j] - self.leads[i], self.opened[j] - self.opened[i + 1]
        fits = j == i + 1 or columns <= profile.max_chars
        layout = 0 if fits else None
        for k in range(i + 1, i + 1 if fits else j):
            upper, lower = self.ends[k] - self.leads[i], self.ends[j] - self.leads[k]
            if upper > profile.max_chars and k > i + 1:
                break
            if lower <= profile.max_chars or j == k + 1:
                cost = self.line_end[k] + (upper - lower + 1) ** 2
                layout = cost if layout is None or cost < layout else layout
        if layout is None:
            return None
        cost = layout + self.cue_end[j] + self.inner[j] - self.inner[i + 1]
        is_whole = plain.opens[i] and plain.opens[j]
        if parts and not is_whole:
            cost += plain_whole(costs, costs.TORN_SENTENCE)
        short = max(costs.SHORT_COLUMNS - columns, 0) ** 2 * costs.SHORT / 100
        cost += plain_whole(costs, short * (costs.WHOLE_SHARE if is_whole else 1.0))
        return cost + plain.time(i, j, duration, columns, self.words[j] - self.words[i])

    def search(self) -> tuple[int, list[int]]:
        """Return the least cost and the places of its cues."""
        plain = self.plain
        forced = set(plain.forced)
        best, length = [0] * (plain.count + 1), [1] * plain.count
        room = plain.profile.max_lines * (plain.profile.max_chars + 1) - 1
        for i in range(plain.count - 1, -1, -1):
            least, j = IMPOSSIBLE, i + 1
            while j <= plain.count and (j == i + 1 or self.ends[j] - self.leads[i] <= room):
                cost = self.cue(i, j)
                if cost is not None and cost + best[j] < least:
                    least, length[i] = cost + best[j], j - i
                if j in forced:
                    break
                j += 1
            best[i] = least
        places = [0]
        while places[-1] < plain.count:
            places.append(places[-1] + length[places[-1]])
        return best[0], places


def plain_whole(costs, value: float) -> int:
    return round(value * costs.SCALE)


def bench_long_texts() -> list[dict]:
    results = []
    for name in ("prose", "no punctuation"):
        for size in (250_000, 500_000, 1_000_000):
            text = text_of(size)
            found = levels(text if name == "prose" else re.sub(r"[^\w ]", "", text).lower())
            rivals = {"clipaudio.captions.cut_cues": lambda found=found: cut_cues(*found, profile=PROFILE)}
            results.append(
                {"what": f"text to cues, {name}", "size": f"{size} letters", "rivals": race(rivals, rounds=5)}
            )
    return results


def bench_plain() -> list[dict]:
    module = plain_module()
    results = []
    for size in (2_500, 5_000, 10_000):
        units = find_units(*levels(text_of(size)))
        table = tabulate(units, profile=PROFILE, language="en")
        plain = module.Plain(units, PROFILE)
        ours, (least, theirs) = find_cheapest_cuts(table), by_hand(plain)
        careful = Careful(plain, cue_costs)
        assert plain.total(ours) == plain.total(theirs) == least == careful.search()[0]
        rivals = {
            "tabulate + cheapest_cuts": lambda units=units: find_cheapest_cuts(
                tabulate(units, profile=PROFILE, language="en")
            ),
            "plain Python that keeps its sums": lambda plain=plain: Careful(plain, cue_costs).search(),
            "plain Python of the same cost": lambda plain=plain: by_hand(plain),
        }
        results.append({"what": "choice of cues", "size": f"{size} letters", "rivals": race(rivals, rounds=5)})
    return results


def main() -> int:
    results = [*bench_long_texts(), *bench_plain()]
    write("segmentation", results)
    times = [r["rivals"]["clipaudio.captions.cut_cues"]["median_ms"] for r in results if r["what"].startswith("text")]
    for three in (times[:3], times[3:]):
        print("t(2n) / t(n):", [round(b / a, 2) for a, b in pairwise(three)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
