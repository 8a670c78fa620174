"""The picture of the README: the demo's clip with its words, phones and mouth shapes.

Run `clipaudio demo --out demo-out`, then `python docs/picture.py demo-out docs/images/demo.png`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")

import matplotlib.pyplot as plt

import clipaudio
from clipaudio.audio.decode import read_audio


def main() -> None:
    """Draw the clip in the folder named first into the file named second."""
    folder, target = Path(sys.argv[1]), Path(sys.argv[2])
    clip = clipaudio.open_clip(folder / "callback.json", audio=folder / "clip.wav")
    audio = read_audio(folder / "clip.wav")
    samples = audio.samples[:, 0].astype(float)
    cues = json.loads((folder / "clip.rhubarb.json").read_text("utf-8"))["mouthCues"]
    figure, (wave, lanes) = plt.subplots(
        2, sharex=True, figsize=(13, 3.6), height_ratios=(3, 2), layout="constrained", dpi=110
    )
    wave.plot(np.arange(len(samples)) / audio.sample_rate, samples / np.abs(samples).max(), lw=0.35, color="#345")
    wave.set(ylim=(-1.05, 1.35), yticks=[], xlim=(0, clip.duration))
    for word in clip.words:
        wave.axvspan(word.start, word.end, color="#2a7de1", alpha=0.13, lw=0)
        wave.text((word.start + word.end) / 2, 1.1, word.label, ha="center", fontsize=10, color="#123")
    for row, entries in ((1, clip.aligned.sounds), (0, cues)):
        for entry in entries:
            label, start, end = (
                (entry["value"], entry["start"], entry["end"])
                if isinstance(entry, dict)
                else (entry.label, entry.start, entry.end)
            )
            color = "#eef1f5" if label == "X" else ("#fde7c9", "#d8ecd9")[row]
            lanes.broken_barh([(start, end - start)], (row, 0.86), facecolor=color, edgecolor="white", lw=0.6)
            if label != "X":
                lanes.text((start + end) / 2, row + 0.4, label, ha="center", va="center", fontsize=7)
    lanes.set(yticks=(0.43, 1.43), yticklabels=("mouth", "phones"), ylim=(-0.05, 1.95), xlabel="seconds")
    for axes in (wave, lanes):
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
    figure.savefig(target)


if __name__ == "__main__":
    main()
