"""Measure aligners on speech with known times: `python tools/aligner/measure.py [--engine NAME] [SET …]`.

`speech_sets.py` names the sets. Word edges are compared; phone starts are matched by class within 0.3 s.
"""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

import numpy as np
from speech_sets import SpeechClip, clips_of, language_of

from clipaudio.alignment import align_text
from clipaudio.alignment.features import SAMPLE_RATE
from clipaudio.alignment.phone_classes import classes_of
from clipaudio.audio.wav_writer import encode_wav
from clipaudio.errors import AlignmentError

if TYPE_CHECKING:
    from clipaudio.timing.speech_times import SpeechTimes

SETS = ("slt", "kal", "slt-noise", "slt-babble", "slt-wrong", "kal-wrong", "it", "fi", "ru")
LIMITS = (0.02, 0.05, 0.1, 0.2)


def encode(samples: np.ndarray) -> bytes:
    """Return a WAV file of 16 bits."""
    return encode_wav((np.clip(samples, -1, 1) * 32767).astype(np.int16)[:, None], SAMPLE_RATE, "PCM_16")


def phone_errors(found: SpeechTimes, clip: SpeechClip) -> list[float]:
    """Return the distance of each phone to the nearest one of its class, 1 s where there is none."""
    errors, taken = [], set()
    for kind, start, _ in clip.phones:
        near = [
            (abs(phone.start - start), row)
            for row, phone in enumerate(found.phones)
            if row not in taken and classes_of(phone.label)[0] == kind and abs(phone.start - start) < 0.3
        ]
        if near:
            taken.add(min(near)[1])
        errors.append(min(near)[0] if near else 1.0)
    return errors


def measure(name: str, engine: str) -> str:
    """Return one line of the table."""
    errors, starts, said, unsaid = [], [], [], []
    failed, other, seconds, spent = 0, 0, 0.0, 0.0
    for clip in clips_of(name):
        data = encode(clip.samples)
        began = sum(os.times()[:4])
        try:
            found = align_text(data, clip.text, language=language_of(name), engine=engine)
        except AlignmentError:
            failed += 1
            continue
        finally:
            spent += sum(os.times()[:4]) - began
            seconds += len(clip.samples) / SAMPLE_RATE
        if len(found.words.times) != len(clip.times) and not np.isnan(clip.times).all():
            other += 1
            continue
        is_said = np.isfinite(np.resize(clip.times[:, 0], len(found.words.times)))
        sure = np.array(found.confidences or [np.nan] * len(is_said))
        said.append(sure[is_said])
        unsaid.append(sure[~is_said])
        if is_said.any():
            errors.append(np.abs(found.words.times - clip.times)[is_said].ravel())
            starts += phone_errors(found, clip)
    line = f"{name:12} {engine}:"
    if errors:
        e = np.concatenate(errors)
        shares = " / ".join(f"{(e <= limit).mean() * 100:.1f}" for limit in LIMITS)
        line += f" {len(e)} edges, {shares} % within 20/50/100/200 ms, median {np.median(e) * 1000:.1f} ms"
    if starts and np.min(starts) < 1:
        line += f"; phone starts within 30 ms {np.mean(np.array(starts) <= 0.03):.1%}"
    for words, sure in (("said", np.concatenate(said)), ("not said", np.concatenate(unsaid))):
        if len(sure) and np.isfinite(sure).all():
            line += f"; {len(sure)} words {words}, confidence below .5: {np.mean(sure < 0.5):.1%}"
    return f"{line}; {failed} failed, {other} with other words; CPU {60 * spent / max(seconds, 1e-9):.1f} s a minute"


def main() -> None:
    """Print a line for each set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=SETS)
    parser.add_argument("--engine", default="clipaudio")
    options = parser.parse_args()
    for name in options.sets:
        print(measure(name, options.engine), flush=True)


if __name__ == "__main__":
    main()
