"""Train the acoustic model of the aligner: `python tools/aligner/train.py`, some minutes on one core.

Needs espeakng-loader, flite, and festival with the voices of `make_speech.py`. Writes
`clipaudio/alignment/acoustic_model.npz`: weights in 8 bits with a scale for each column, biases, and the priors of the
classes. The seed fixes the clips and their noise; BLAS may round differently elsewhere.
"""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import soxr
from make_speech import make_clips

from clipaudio.alignment.features import BANDS, CONTEXT, HOP, SAMPLE_RATE, log_mel, normalize
from clipaudio.alignment.phone_classes import CLASSES, SILENCE

SEED = 20
EPOCHS = 9
BATCH = 512
WIDTH = 256
RATE = 2e-3
DROPOUT = 0.15
COLOUR = 0.7  # of the natural log of power: how much each class of each clip differs from its usual spectrum and level
TARGET = Path(__file__).parents[2] / "clipaudio/alignment/acoustic_model.npz"


def augment(samples: np.ndarray, labels: np.ndarray, others: list[np.ndarray], rng: np.random.Generator):
    """Return the clip in another room: warped, tilted, reverberant, with noise or babble, silence at both ends."""
    speed = rng.uniform(0.85, 1.18)
    samples = soxr.resample(samples, SAMPLE_RATE, SAMPLE_RATE / speed)
    count = int(len(samples) / SAMPLE_RATE / HOP) + 1
    labels = labels[np.clip(np.round(np.arange(count) * speed).astype(int), 0, len(labels) - 1)]
    edge = round(0.8 * SAMPLE_RATE)
    samples = np.pad(samples, edge)
    labels = np.pad(labels, round(0.8 / HOP), constant_values=SILENCE)
    if rng.random() < 0.5:
        tail = rng.standard_normal(3200) * np.exp(-np.arange(3200) / rng.uniform(150, 900)) * rng.uniform(0.02, 0.12)
        tail[0] = 1
        samples = np.convolve(samples, tail)[: len(samples)]
    tilt = rng.uniform(-0.5, 0.5)
    samples = samples + tilt * np.append(0, samples[:-1])
    level = np.sqrt(np.mean(samples**2)) + 1e-9
    noise = coloured(len(samples), rng.uniform(0.25, 1.2), rng)
    samples = samples + noise * level * 10 ** (-rng.uniform(12, 60) / 20)
    if rng.random() < 0.25:
        babble = sum(
            np.resize(np.roll(others[i], rng.integers(9**9)), len(samples)) for i in rng.integers(len(others), size=5)
        )
        samples = samples + babble / (np.std(babble) + 1e-9) * level * 10 ** (-rng.uniform(12, 30) / 20)
    return (samples * rng.uniform(0.05, 1.2)).astype(np.float32), labels


def coloured(count: int, slope: float, rng: np.random.Generator) -> np.ndarray:
    """Return noise of power 1 whose spectrum falls by frequency ** -slope."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    spectrum *= np.maximum(np.arange(len(spectrum)), 20.0) ** -slope
    noise = np.fft.irfft(spectrum, count)
    return noise / noise.std()


def colour_classes(features: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return log-mel features in which each class has a level and a smooth spectrum of this clip's own.

    Other voices differ by class: a loud, sharp s of one is a soft one of another.
    """
    knots = rng.standard_normal((len(CLASSES), 7)) * COLOUR
    curves = np.stack([np.interp(np.arange(BANDS), np.linspace(0, BANDS - 1, 7), row) for row in knots])
    curves += rng.standard_normal((len(CLASSES), 1)) * COLOUR
    curves[SILENCE] = 0
    sums = np.cumsum(np.pad(curves[labels], ((4, 3), (0, 0)), mode="edge"), axis=0)
    return features + (sums[7:] - sums[:-7]) / 7  # over 35 ms: the edge of a phone is none of the colour


def features_of(clips, rng):
    """Return features (frames, 40) and labels of all clips, each augmented once."""
    rows, kinds = [], []
    others = [samples for samples, _ in clips]
    for samples, labels in clips:
        changed, wanted = augment(samples, labels, others, rng)
        found = log_mel([changed])
        count = min(len(found), len(wanted))
        found = normalize(colour_classes(found[:count], wanted[:count], rng).astype(np.float16))
        rows.append(found)
        kinds.append(wanted[:count])
    return np.concatenate(rows), np.concatenate(kinds)


def train(clips, rng):
    """Return the weights and biases of the net, and the share of frames of each class."""
    sizes = (CONTEXT * BANDS, WIDTH, WIDTH, len(CLASSES))
    weights = [rng.standard_normal((a, b)).astype(np.float32) * np.sqrt(2 / a) for a, b in pairwise(sizes)]
    parts = [*weights, *(np.zeros(b, np.float32) for b in sizes[1:])]
    means, squares = [np.zeros_like(p) for p in parts], [np.zeros_like(p) for p in parts]
    around = np.arange(-(CONTEXT // 2), CONTEXT // 2 + 1) * 2
    step, shares, began = 0, np.zeros(len(CLASSES)), time.monotonic()
    for epoch in range(EPOCHS):
        if epoch % 3 == 0:
            frames, labels = features_of(clips, rng)
            shares += np.bincount(labels, minlength=len(CLASSES))
        order = rng.permutation(len(labels))[: len(labels) // 2]
        right = count = 0
        total = EPOCHS * (len(order) // BATCH)
        for first in range(0, len(order) - BATCH, BATCH):
            batch = order[first : first + BATCH]
            x = frames[np.clip(batch[:, None] + around, 0, len(frames) - 1)].reshape(BATCH, -1).astype(np.float32)
            keep1, keep2 = ((rng.random((BATCH, WIDTH)) > DROPOUT) / np.float32(1 - DROPOUT) for _ in range(2))
            h1 = np.maximum(x @ parts[0] + parts[3], 0) * keep1.astype(np.float32)
            h2 = np.maximum(h1 @ parts[1] + parts[4], 0) * keep2.astype(np.float32)
            z = h2 @ parts[2] + parts[5]
            p = np.exp(z - z.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            right += (p.argmax(axis=1) == labels[batch]).sum()
            count += BATCH
            p[np.arange(BATCH), labels[batch]] -= 1
            p /= BATCH
            d2 = (p @ parts[2].T) * (h2 > 0) / np.float32(1 - DROPOUT)
            d1 = (d2 @ parts[1].T) * (h1 > 0) / np.float32(1 - DROPOUT)
            slopes = [x.T @ d1, h1.T @ d2, h2.T @ p, d1.sum(0), d2.sum(0), p.sum(0)]
            step += 1
            rate = RATE * (1 + np.cos(np.pi * min(step / total, 1))) / 2 + 1e-6
            for part, mean, square, slope in zip(parts, means, squares, slopes, strict=True):
                mean += 0.1 * (slope - mean)
                square += 0.001 * (slope * slope - square)
                part -= rate * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
        print(
            f"epoch {epoch}: {len(labels)} frames, {right / count:.3f} right, {time.monotonic() - began:.0f} s",
            flush=True,
        )
    return parts, shares / shares.sum()


def main() -> None:
    """Make the speech, train, write the model."""
    clips = make_clips(SEED)
    print(f"{len(clips)} clips, {sum(len(c[0]) for c in clips) / SAMPLE_RATE / 60:.1f} minutes", flush=True)
    parts, shares = train(clips, np.random.default_rng(SEED))
    arrays: dict[str, np.ndarray] = {"priors": np.log(np.maximum(shares, 1e-4)).astype(np.float16)}
    for layer, (weights, bias) in enumerate(zip(parts[:3], parts[3:], strict=True)):
        scale = np.abs(weights).max(axis=0) / 127
        arrays[f"w{layer}"] = np.round(weights / scale).astype(np.int8)
        arrays[f"s{layer}"] = scale.astype(np.float32)
        arrays[f"b{layer}"] = bias.astype(np.float16)
    np.savez_compressed(TARGET, **arrays)
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
