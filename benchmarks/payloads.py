"""Payloads of any size in the two shapes that real voices send, made without randomness from outside."""

from __future__ import annotations

import json

import numpy as np

TEXT = "the quick brown fox jumps over a lazy dog, twice. "
SOUNDS = "ð|ə| |k|w|ˈɪ|k| |b|ɹ|ˈa|ʊ|n| |f|ˈɒ|k|s| |".split("|")[:19]
GRID = 275 / 22050  # the legacy voices' frame, seconds


def times(count: int, seconds: float, *, shape: str) -> np.ndarray:
    """Return (count, 2) times: "overlap" as the legacy voices, each neighbour by some frames, or "contiguous"."""
    rng = np.random.default_rng(count)
    starts = np.sort(rng.random(count)) * 0.2 + np.linspace(0, 1, count, endpoint=False)
    starts = np.rint(np.maximum.accumulate(starts / starts[-1] * seconds / GRID))
    if shape == "contiguous":
        edges = np.linspace(0, seconds, count + 1)
        return np.round(np.column_stack((edges[:-1], edges[1:])), 4)
    ends = np.maximum.accumulate(starts + rng.integers(7, 13, count))
    return np.round(np.column_stack((starts, ends)) * GRID, 4)


def payload(graphemes: int, *, shape: str) -> bytes:
    """Return a callback with so many letters and seven tenths as many phones."""
    phones = graphemes * 7 // 10
    seconds = graphemes * 0.075
    stamps = {
        "graph_chars": list((TEXT * (graphemes // len(TEXT) + 1))[:graphemes]),
        "graph_times": times(graphemes, seconds, shape=shape).tolist(),
        "phon_chars": (SOUNDS * (phones // len(SOUNDS) + 1))[:phones],
        "phon_times": times(phones, seconds, shape=shape).tolist(),
    }
    callback = {"id": "cecad6f9", "project_id": "3700a2f1", "url": "https://example.com/a.wav", "issues": []}
    return json.dumps({**callback, "audio_timestamps": stamps}).encode()
