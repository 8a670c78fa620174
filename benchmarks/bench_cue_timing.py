"""Timing and checking of cues, against writing the same cues as SubRip text.

There is no peer that does this work in Python, so the writer stands beside it: a user waits for both.

What this cannot show: that a film's two thousand cues feel faster; there all of it takes some ten milliseconds.

    python benchmarks/bench_cue_timing.py
"""

from __future__ import annotations

import random
from fractions import Fraction

from interleave import race, write

from clipaudio.captions.cue import Cue
from clipaudio.captions.cue_timing import time_cues
from clipaudio.captions.formats import srt
from clipaudio.captions.profiles import PROFILES
from clipaudio.captions.quality import check_cues

NETFLIX = PROFILES["netflix"].for_language("en")
NTSC = Fraction(24000, 1001)


def spoken(count: int) -> list[Cue]:
    """Return cues that touch, overlap by a step or stand apart, read too fast one time in three."""
    chance, now, cues = random.Random(7), 0.0, []
    for _ in range(count):
        now += chance.choice([-0.0125, 0.0, 0.0, 0.3, 0.8])
        length = chance.uniform(0.3, 4.0)
        lines = tuple("x" * chance.randint(5, 42) for _ in range(2))
        cues.append(Cue(max(0.0, now), max(0.0, now) + length, lines))
        now = max(0.0, now) + length
    return cues


def main() -> None:
    results = []
    for count in (1_000, 10_000, 20_000):
        cues = spoken(count)
        timed = time_cues(cues, profile=NETFLIX)
        framed = time_cues(cues, profile=NETFLIX, fps=NTSC)
        rivals = {
            "time_cues": lambda cues=cues: time_cues(cues, profile=NETFLIX),
            "time_cues, fps=24000/1001": lambda cues=cues: time_cues(cues, profile=NETFLIX, fps=NTSC),
            "check_cues": lambda cues=timed: check_cues(cues, NETFLIX),
            "check_cues, fps=24000/1001": lambda cues=framed: check_cues(cues, NETFLIX, fps=NTSC),
            "check_cues, nothing timed": lambda cues=cues: check_cues(cues, NETFLIX),
            "srt.dumps": lambda cues=timed: srt.dumps(cues),
        }
        results.append({"what": "times on screen", "size": f"{count} cues", "rivals": race(rivals, rounds=5)})
    write("cue_timing", results)


if __name__ == "__main__":
    main()
