"""The picture of the mouth: a clip's waveform, phones, visemes and curves, drawn in three languages.

Run `clipaudio demo --out demo-en`, `clipaudio demo --out demo-de --voice de --text …` and so on, then
`python docs/mouth_picture.py docs/images/mouth.png demo-en demo-de demo-ja`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")

import matplotlib.pyplot as plt

import clipaudio
from clipaudio.audio.decode import read_audio
from clipaudio.lipsync.curves import make_curves
from clipaudio.lipsync.visemes import to_timeline

REST = {"sil", "X"}


def draw(figure: mpl.figure.SubFigure, folder: Path) -> None:
    """Draw one clip."""
    clip = clipaudio.open_clip(folder / "callback.json", audio=folder / "clip.wav")
    audio = read_audio(folder / "clip.wav")
    samples = audio.samples[:, 0].astype(float)
    track = clip.export_context().mouth
    curves = make_curves(track, fps=100, names="mouth")
    wave, lanes, mouth = figure.subplots(3, 1, sharex=True, height_ratios=(2, 2, 2))
    wave.plot(np.arange(len(samples)) / audio.sample_rate, samples / np.abs(samples).max(), lw=0.3, color="#345")
    wave.set(ylim=(-1.05, 1.5), yticks=[], xlim=(0, clip.duration))
    for word in clip.words:
        wave.axvspan(word.start, word.end, color="#2a7de1", alpha=0.12, lw=0)
        wave.text((word.start + word.end) / 2, 1.12, word.label, ha="center", fontsize=8, color="#123")
    for row, entries, color in ((1, clip.aligned.sounds, "#d8ecd9"), (0, to_timeline(track, "oculus"), "#fde7c9")):
        for entry in entries:
            shade = "#eef1f5" if entry.label in REST else color
            lanes.broken_barh([(entry.start, entry.duration)], (row, 0.86), facecolor=shade, edgecolor="white", lw=0.5)
            if entry.label not in REST:
                lanes.text((entry.start + entry.end) / 2, row + 0.4, entry.label, ha="center", va="center", fontsize=6)
    lanes.set(yticks=(0.43, 1.43), yticklabels=("visemes", "phones"), ylim=(-0.05, 1.95))
    for column, (name, color) in enumerate((("jaw", "#c0392b"), ("lips", "#2a7de1"), ("rounding", "#7d5ba6"))):
        mouth.plot(curves.times, curves.weights[:, column], color=color, lw=1.2, label=name)
    mouth.set(ylim=(-0.03, 1.05), yticks=(0, 1))
    mouth.legend(loc="upper right", ncols=3, frameon=False, fontsize=7)
    for axes in (wave, lanes, mouth):
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0, labelsize=7)


def main() -> None:
    """Draw the clips in the folders named after the file to write."""
    target, *folders = map(Path, sys.argv[1:])
    figure = plt.figure(figsize=(13, 3.4 * len(folders)), layout="constrained", dpi=110)
    parts = np.atleast_1d(figure.subfigures(len(folders), 1))
    for part, folder in zip(parts, folders, strict=True):
        draw(part, folder)
    figure.savefig(target)


if __name__ == "__main__":
    main()
