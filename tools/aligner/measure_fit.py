"""Measure how well `clip.fit` finds offsets and drifts, on voices that the aligner was not trained on."""

from __future__ import annotations

import sys

import numpy as np
from measure import encode
from speech_sets import clips_of, language_of

from clipaudio.alignment import align_text
from clipaudio.alignment.features import SAMPLE_RATE
from clipaudio.audio.envelope import rms_envelope
from clipaudio.clip.fit import Heard, measure_fit
from clipaudio.timing.timeline import Timeline

MOVES = ((0.0, 0.0), (0.08, 0.0), (-0.08, 0.0), (0.0, 0.02), (0.0, -0.02))


def measure(name: str) -> None:
    """Print a line for each move, with an aligner and by pauses alone."""
    clips = []
    for text, samples, times, _ in clips_of(name):
        found = align_text(encode(samples), text, language=language_of(name))
        if len(found.words.times) == len(times):
            heard = Heard(found.words.times, np.array(found.confidences))
            clips.append((times, heard, rms_envelope([samples[:, None]], SAMPLE_RATE), len(samples) / SAMPLE_RATE))
    for is_heard in (True, False):
        for offset, drift in MOVES:
            fits = [
                measure_fit(
                    Timeline(("w",) * len(times), (times - offset) / (1 + drift)),
                    envelope,
                    duration,
                    heard=heard if is_heard else None,
                )
                for times, heard, envelope, duration in clips
            ]
            near = sum(abs(fit.offset - offset) <= 0.022 for fit in fits)
            drifts = sum(abs((fit.drift or 0) - drift) <= 0.006 for fit in fits)
            lowest = min(fit.score for fit in fits)
            print(
                f"{name:10} {'heard' if is_heard else 'pauses'} offset {offset:+.2f} drift {drift:+.2f}:"
                f" {len(fits)} clips, offset within 22 ms {near}, drift within .6 % {drifts}, lowest score {lowest}"
            )


if __name__ == "__main__":
    for name in sys.argv[1:] or ["slt", "kal", "slt-noise", "it", "ru"]:
        measure(name)
