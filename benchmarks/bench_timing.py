"""Repair, words and the phone-to-word join, against decoding the same payload and against a loop; and the import.

What this cannot show: that a clip of a few hundred letters feels faster; there everything takes a millisecond.
"""

from __future__ import annotations

import subprocess
import sys

import msgspec
import numpy as np
from interleave import race, write
from payloads import payload

from clipaudio.resemble.callback import read_callback
from clipaudio.timing.alignment import match_phone_words
from clipaudio.timing.repair import repair
from clipaudio.timing.words import find_words

HEAVY = ("scipy", "soundfile", "praatio", "pydub", "uvicorn", "rich")


def align(callback) -> object:
    graphemes = repair(callback.graphemes).timeline
    phones = repair(callback.phones).timeline
    return match_phone_words(phones.times, find_words(graphemes).times)


def by_two_pointers(phones: list, words: list) -> list[int]:
    """Join as one would by hand: both lists are sorted, so one pointer walks each."""
    index, first = [], 0
    for start, end in phones:
        while first < len(words) and words[first][1] <= start:
            first += 1
        best, most, word = -1, 0.0, first
        while word < len(words) and words[word][0] < end:
            shared = min(end, words[word][1]) - max(start, words[word][0])
            if shared > most:
                best, most = word, shared
            word += 1
        index.append(best)
    return index


def bench_alignment() -> list[dict]:
    results = []
    for shape in ("overlap", "contiguous"):
        for graphemes in (10_000, 100_000, 1_000_000):
            raw = payload(graphemes, shape=shape)
            callback = read_callback(raw)
            rivals = {
                "repair + words + phone index": lambda callback=callback: align(callback),
                "msgspec.json.decode of the payload": lambda raw=raw: msgspec.json.decode(raw),
            }
            rounds = race(rivals, rounds=7)
            results.append({"what": f"alignment, {shape} times", "size": f"{graphemes} letters", "rivals": rounds})
    return results


def bench_join() -> list[dict]:
    results = []
    for phones in (1_000, 10_000, 100_000):
        callback = read_callback(payload(phones * 10 // 7 + 10, shape="overlap"))
        words = find_words(repair(callback.graphemes).timeline).times
        times = repair(callback.phones).timeline.times[:phones]
        pairs, word_pairs = times.tolist(), words.tolist()
        assert match_phone_words(times, words).words.tolist() == by_two_pointers(pairs, word_pairs)
        rivals = {
            "clipaudio.timing.phone_words": lambda times=times, words=words: match_phone_words(times, words),
            "two-pointer loop": lambda pairs=pairs, words=word_pairs: by_two_pointers(pairs, words),
        }
        results.append({"what": "phone-to-word join", "size": f"{phones} phones", "rivals": race(rivals)})
    return results


def bench_import() -> list[dict]:
    def start(statement: str) -> None:
        subprocess.run([sys.executable, "-c", statement], check=True)

    loaded = subprocess.run(
        [sys.executable, "-c", f"import sys, clipaudio; print([m for m in {HEAVY} if m in sys.modules])"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    assert loaded == "[]", loaded
    rivals = {name: lambda name=name: start(name) for name in ("import clipaudio", "import numpy", "pass")}
    return [{"what": "process start", "size": "1", "rivals": race(rivals, rounds=15)}]


def main() -> None:
    results = [*bench_alignment(), *bench_join(), *bench_import()]
    write("timing", results)
    by_size = {r["size"]: r["rivals"]["repair + words + phone index"]["median_ms"] for r in results[:3]}
    print("1e6 : 1e5 letters", round(by_size["1000000 letters"] / by_size["100000 letters"], 2))
    assert np.isfinite(list(by_size.values())).all()


if __name__ == "__main__":
    main()
