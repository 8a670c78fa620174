"""Cutting text into cues, against a dynamic programming of the same cost in plain Python.

What this cannot show: how good the cuts are. The text is a few English sentences in random order, so that its
vocabulary is small; the plain one is given the units and their quality, and chooses cues only.
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

from clipaudio.captions.cue_costs import IMPOSSIBLE, tabulate
from clipaudio.captions.profiles import find_profile
from clipaudio.captions.segmentation import cheapest_cuts, cut_cues
from clipaudio.captions.units import find_units
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
        ours, (least, theirs) = cheapest_cuts(table), by_hand(plain)
        assert plain.total(ours) == plain.total(theirs) == least
        rivals = {
            "tabulate + cheapest_cuts": lambda units=units: cheapest_cuts(
                tabulate(units, profile=PROFILE, language="en")
            ),
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
