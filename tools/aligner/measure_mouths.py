"""Measure how well mouths of estimated phones agree with those of true ones: Rhubarb's shapes, 10 ms frames."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path

import numpy as np
from make_speech import speak_flite
from measure import encode
from speech_sets import ENGLISH, speak

from clipaudio import open_clip
from clipaudio.alignment.features import SAMPLE_RATE
from clipaudio.timing.speech_times import SpeechTimes, TimedText
from clipaudio.timing.timeline import Timeline


def shapes(clip, duration: float) -> np.ndarray:
    """Return the shape of each 10 ms."""
    cues = json.loads(clip.dumps("rhubarb", phones="given"))["mouthCues"]
    row = np.full(int(duration * 100), "X")
    for cue in cues:
        row[round(cue["start"] * 100) : round(cue["end"] * 100)] = cue["value"]
    return row


def main() -> None:
    """Print the shares."""
    for voice in ("slt", "kal"):
        agree: dict[str, list[np.ndarray]] = {"letters": [], "without sound": [], "with sound": []}
        for text in ENGLISH:
            made = speak(text, voice)
            if made is None:
                continue
            _, samples, times, _ = made
            _, phones = speak_flite(text, voice)
            words = TimedText(tuple(re.findall(r"[A-Za-z']+", text)), times)
            truth = Timeline(tuple(label for label, *_ in phones), [pair for _, *pair in phones])
            duration = len(samples) / SAMPLE_RATE
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "a.wav")
                path.write_bytes(encode(samples))
                plain = SpeechTimes(source="x", words=words, text=text, duration=duration)
                full = SpeechTimes(source="x", words=words, text=text, phones=truth, duration=duration)
                true = shapes(open_clip(full, audio=path, language="en"), duration)
                clips = {
                    "letters": open_clip(plain, audio=path, language="en"),
                    "without sound": open_clip(plain, language="en").with_phones(),
                    "with sound": open_clip(plain, audio=path, language="en").with_phones(),
                }
                for name, clip in clips.items():
                    agree[name].append(shapes(clip, duration) == true)
        print(voice, ", ".join(f"{name} {np.concatenate(rows).mean():.1%}" for name, rows in agree.items()))


if __name__ == "__main__":
    main()
