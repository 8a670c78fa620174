"""Phones to cues and to 60 fps curves against openfacefx, and an hour of speech to the 52 curves of ARKit.

What this cannot show: which mouth looks better. The two do not do the same work: openfacefx gives the weights of 15
visemes ("matrix") and thins them to keyframes ("track"), we give 52 blend shapes on every video frame. Ours begins
with targets, as `find_targets` makes them; reading labels is in `bench_visemes.py`. Speech here is random: sounds of
75 ms on average, a pause after every tenth. Memory is what Python and numpy allocate while the curves are made.
"""

from __future__ import annotations

import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
from interleave import race, write
from openfacefx import alignment, coarticulation, export_cues, pipeline

from clipaudio.lipsync.curves import make_curves
from clipaudio.lipsync.formats import rhubarb
from clipaudio.lipsync.mouth_timing import time_mouth
from clipaudio.lipsync.mouth_track import ArticulatoryTargets
from clipaudio.phonetics.articulation import Articulation, Manner, Place, SoundKind
from clipaudio.timing.timeline import Timeline

SIZES = (100, 1_000, 4_000)
SOUNDS = {
    "AA": Articulation(SoundKind.VOWEL, height=1.0),
    "IY": Articulation(SoundKind.VOWEL, height=0.0, backness=0.0),
    "UW": Articulation(SoundKind.VOWEL, height=0.0, backness=1.0, rounding=1.0),
    "P": Articulation(SoundKind.CONSONANT, Place.BILABIAL, Manner.PLOSIVE),
    "M": Articulation(SoundKind.CONSONANT, Place.BILABIAL, Manner.NASAL),
    "F": Articulation(SoundKind.CONSONANT, Place.LABIODENTAL, Manner.FRICATIVE),
    "T": Articulation(SoundKind.CONSONANT, Place.ALVEOLAR, Manner.PLOSIVE),
    "S": Articulation(SoundKind.CONSONANT, Place.ALVEOLAR, Manner.SIBILANT),
    "L": Articulation(SoundKind.CONSONANT, Place.ALVEOLAR, Manner.LATERAL),
}
SHAPES = dict(zip(SOUNDS, "DBFAAGBBH", strict=True))


def speech(count: int) -> tuple[list[str], np.ndarray]:
    rng = np.random.default_rng(count)
    lengths = rng.gamma(3, 0.025, count)
    pauses = np.where(np.arange(count) % 10 == 9, 0.25, 0.0)
    ends = np.cumsum(lengths + pauses) - pauses
    return rng.choice(list(SOUNDS), count).tolist(), np.stack([ends - lengths, ends], axis=1)


def targets(labels: list[str], times: np.ndarray) -> ArticulatoryTargets:
    row = {label: index for index, label in enumerate(SOUNDS)}
    return ArticulatoryTargets(
        times, tuple(SOUNDS.values()), np.array([row[label] for label in labels]), np.arange(len(labels))
    )


def cues(aims: ArticulatoryTargets, duration: float) -> str:
    track = time_mouth(aims, duration=duration)
    drawn = dict(zip(SOUNDS.values(), SHAPES.values(), strict=True))
    names = [drawn.get(sound, "X") for sound in track.sounds]
    return rhubarb.dumps(Timeline([names[code] for code in track.codes.tolist()], track.times))


def against(count: int) -> list[dict]:
    labels, times = speech(count)
    aims, duration = targets(labels, times), float(times[-1, 1])
    segments = [alignment.PhonemeSegment(*row) for row in zip(labels, *times.T.tolist(), strict=True)]
    track = pipeline.generate_from_alignment(segments)
    path = str(Path(tempfile.mkdtemp()) / "cues.json")
    rounds = 5 if count >= 4_000 else 9
    return [
        {
            "what": "targets to 60 fps curves",
            "size": f"{count} phones",
            "rivals": race(
                {
                    "clipaudio, 52 curves": lambda: make_curves(time_mouth(aims, duration=duration)),
                    "openfacefx, track of 15 visemes": lambda: pipeline.generate_from_alignment(segments),
                    "openfacefx, matrix of 15 visemes": lambda: coarticulation.build_viseme_curves(segments),
                },
                rounds=rounds,
            ),
        },
        {
            "what": "targets to Rhubarb JSON",
            "size": f"{count} phones",
            "rivals": race(
                {
                    "clipaudio": lambda: cues(aims, duration),
                    "openfacefx, cues from a finished track": lambda: export_cues.write_rhubarb_json(track, path),
                },
                rounds=rounds,
            ),
        },
    ]


def alone(count: int) -> dict:
    labels, times = speech(count)
    aims, duration = targets(labels, times), float(times[-1, 1])
    mouth = time_mouth(aims, duration=duration)
    tracemalloc.start()
    frames = len(make_curves(mouth).times)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    rivals = race({"mouth timing and 52 curves": lambda: make_curves(time_mouth(aims, duration=duration))}, rounds=5)
    size = f"{count} phones, {duration / 3600:.2f} h, {frames} rows, peak {peak / 2**20:.0f} MiB"
    return {"what": "targets to 60 fps curves, alone", "size": size, "rivals": rivals}


def main() -> None:
    results = [result for count in SIZES for result in against(count)]
    results += [alone(count) for count in (4_000, 36_000, 100_000)]
    write("lipsync", results)


if __name__ == "__main__":
    main()
