"""An aligner as many programs are built: espeak-ng speaks the text, and dynamic time warping maps its times.

A peer to compare with, through the interface of engines: `measure.py --engine dtw_engine:align_by_warping SET`.
"""

from __future__ import annotations

import numpy as np
import soxr

from clipaudio import SpeechTimes, TimedText
from clipaudio.alignment.features import HOP, SAMPLE_RATE, log_mel
from clipaudio.alignment.pronunciation import voice_of_language
from clipaudio.synthesis.espeak import run_engine
from clipaudio.synthesis.speech import from_events

STEP = 2  # frames of 5 ms


def cepstra(samples: np.ndarray) -> np.ndarray:
    """Return 13 cepstra each 10 ms, of mean 0 and deviation 1; what is 52 dB below the loudest is silent.

    Slopes, as some programs add, and digital silence make it worse on `slt`: 73 and 55 % within 50 ms, not 81.
    """
    bands = log_mel([samples.astype(np.float32)]).astype(np.float64)[::STEP]
    bands = np.maximum(bands, bands.max() - 12)
    basis = np.cos(np.pi / bands.shape[1] * (np.arange(bands.shape[1])[:, None] + 0.5) * np.arange(13))
    plain = bands @ basis
    return (plain - plain.mean(axis=0)) / (plain.std(axis=0) + 1e-9)


def warp(spoken: np.ndarray, heard: np.ndarray) -> np.ndarray:
    """Return the row of *heard* that each row of *spoken* is matched with."""
    best, ways = np.full(len(heard), np.inf), np.zeros((len(spoken), len(heard)), np.int8)
    for row, frame in enumerate(spoken):
        cost = np.sqrt(((heard - frame) ** 2).sum(axis=1))
        slanted = np.append(np.inf if row else 0.0, best[:-1])
        start = np.minimum(best, slanted) if row else slanted
        sums = np.cumsum(cost)
        entered = start - np.append(0.0, sums[:-1])
        lowest = np.minimum.accumulate(entered)
        best = lowest + sums
        ways[row] = np.where(lowest < entered, 2, np.where(slanted < start + 1e-12, 1, 0))
    found, column = np.zeros(len(spoken), np.intp), len(heard) - 1
    for row in range(len(spoken) - 1, -1, -1):
        while ways[row, column] == 2 and column:
            column -= 1
        found[row] = column
        column -= int(ways[row, column] == 1 and column > 0)
    return found


def align_by_warping(samples: np.ndarray, sample_rate: int, text: str, language: str) -> SpeechTimes:
    """Return the words of *text*: an engine of `align_text`."""
    header, pcm = run_engine({"voice": voice_of_language(language), "pieces": [{"offset": 0, "text": text}]})
    words, _ = from_events(text, [tuple(event) for event in header["events"]], header["frames"])
    spoken = soxr.resample(np.frombuffer(pcm, "<i2") / np.float32(32768), header["sample_rate"], SAMPLE_RATE)
    path = warp(cepstra(spoken), cepstra(soxr.resample(samples, sample_rate, SAMPLE_RATE)))
    edges = np.array([(word.start, word.end) for word in words]) / header["sample_rate"]
    rows = np.clip(np.round(edges / (HOP * STEP)).astype(int), 0, len(path) - 1)
    return SpeechTimes(source="warping", words=TimedText(tuple(word.text for word in words), path[rows] * HOP * STEP))
