"""Phones into targets and shapes, against a plain look-up of each label and against one another.

What this cannot show: that a clip looks better. The look-up does less: it knows no times, no neighbours and no pauses.
"""

from __future__ import annotations

import numpy as np
from interleave import race, write

from clipaudio.lipsync.articulatory_targets import find_targets
from clipaudio.lipsync.mouth_track import MouthTrack
from clipaudio.lipsync.visemes import shapes_of, to_timeline
from clipaudio.phonetics.articulation import REST
from clipaudio.phonetics.label_cache import forget
from clipaudio.phonetics.phones import read_phone
from clipaudio.timing.timeline import Timeline

PHONES = "ð|ə| |k|w|ˈɪ|k| |b|ɹ|ˈa|ʊ|n| |f|ˈɒ|k|s| |h|ˈæ|t|ʃ|t͡ʃ|iː|ŋ|oʊ| ".split("|")[:28]
TEXT = "the quick brown fox jumps over a lazy dog, twice. "
NONE = Timeline.empty()


def contiguous(labels: list[str]) -> Timeline:
    starts = np.arange(len(labels)) * 0.07
    return Timeline(tuple(labels), np.column_stack((starts, starts + 0.07)))


def phones_of(count: int) -> Timeline:
    return contiguous((PHONES * (count // len(PHONES) + 1))[:count])


def bench_targets() -> list[dict]:
    results = []
    for count in (1_000, 10_000, 100_000):
        phones, letters = phones_of(count), contiguous(list(TEXT * (count // len(TEXT))))
        end = float(phones.ends[-1])
        rivals = {
            "find_targets from phones": lambda phones=phones, end=end: find_targets(phones, NONE, duration=end),
            "find_targets from letters": lambda letters=letters, end=end: find_targets(NONE, letters, duration=end),
            "a look-up of each label": lambda phones=phones: [shapes_of(label, "oculus") for label in phones.labels],
        }
        results.append({"what": "targets", "size": f"{count} phones", "rivals": race(rivals, rounds=7)})
    return results


def bench_shapes() -> list[dict]:
    results = []
    for count in (1_000, 10_000, 100_000):
        targets = find_targets(phones_of(count), NONE, duration=count * 0.07)
        track = MouthTrack(targets.times, (*targets.sounds, REST), targets.codes)
        rivals = {
            name: lambda track=track, name=name: to_timeline(track, name) for name in ("oculus", "azure", "rhubarb")
        }
        results.append({"what": "shapes of a track", "size": f"{count} phones", "rivals": race(rivals, rounds=7)})
    return results


def bench_reading() -> list[dict]:
    def afresh() -> None:
        forget()
        for label in PHONES:
            read_phone(label)

    return [
        {"what": "labels read for the first time", "size": f"{len(PHONES)} labels", "rivals": race({"ipa": afresh})}
    ]


def main() -> None:
    results = [*bench_targets(), *bench_shapes(), *bench_reading()]
    write("visemes", results)
    by_size = [r["rivals"]["find_targets from phones"]["median_ms"] for r in results[:3]]
    print("100k : 10k phones", round(by_size[2] / by_size[1], 2))


if __name__ == "__main__":
    main()
