"""The whole way from tidy letters to SubRip text: words, sentences, cues, times on screen, writing.

What this cannot show: how good the captions are, and how each step compares with its rivals; `bench_segmentation.py`,
`bench_cue_timing.py` and `bench_caption_formats.py` do that. The second row finds words and sentences too.
"""

from __future__ import annotations

import importlib.util
import sys
from itertools import pairwise
from pathlib import Path

from interleave import race, write

from clipaudio.captions.captioning import Passage, make_cues
from clipaudio.captions.formats import srt


def segmentation():
    spec = importlib.util.spec_from_file_location("bench_segmentation", Path(__file__).parent / "bench_segmentation.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> int:
    made = segmentation()
    results = []
    for size in (250_000, 500_000, 1_000_000):
        text = made.text_of(size)
        graphemes, words, sentences = made.levels(text)

        passage = Passage(graphemes=graphemes, words=words, sentences=sentences)

        def captions(passage: Passage = passage) -> str:
            return srt.dumps(make_cues([passage], profile="netflix"))

        rivals = {
            "letters to cues to SubRip": captions,
            "the same, words and sentences found before": lambda text=text: made.levels(text) and captions(),
        }
        results.append({"what": "letters to captions", "size": f"{size} letters", "rivals": race(rivals, rounds=3)})
    write("captions", results)
    times = [row["rivals"]["letters to cues to SubRip"]["median_ms"] for row in results]
    print("t(2n) / t(n):", [round(b / a, 2) for a, b in pairwise(times)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
