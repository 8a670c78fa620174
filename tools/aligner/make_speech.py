"""Speak the training sentences: samples at 16 kHz and the class of each frame of 5 ms.

Voices: espeak-ng in ten languages with its variants, and the voices `rms` and `awb` of flite. The voices `slt` and
`kal` of flite stay for measurement. Words are shuffled for all but the first round, so that sounds meet in new orders.
"""

from __future__ import annotations

import random
import re
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soxr

from clipaudio.alignment.features import HOP, SAMPLE_RATE
from clipaudio.alignment.phone_classes import SILENCE, classes_of
from clipaudio.audio.decode import read_audio
from clipaudio.synthesis.espeak import run_engine

SENTENCES = Path(__file__).with_name("sentences.txt")
VARIANTS = ("", "+f1", "+f2", "+f3", "+f4", "+f5", "+m1", "+m2", "+m3", "+m4", "+m5", "+m7", "+croak", "+klatt2")
FLITE = ("rms", "awb")
CMU = dict(
    pair.split(":")
    for pair in (
        "aa:ɑ ae:æ ah:ʌ ao:ɔ aw:aʊ ax:ə axr:ə ay:aɪ eh:ɛ er:ɜ ey:eɪ ih:ɪ iy:i ow:oʊ oy:ɔɪ uh:ʊ uw:u b:b ch:tʃ d:d dh:ð"
        " f:f g:ɡ hh:h jh:dʒ k:k l:l m:m n:n ng:ŋ p:p r:ɹ s:s sh:ʃ t:t th:θ v:v w:w y:j z:z zh:ʒ"
    ).split()
)
"""Phones of flite in IPA."""

Clip = tuple[np.ndarray, np.ndarray]


def label_frames(phones: list[tuple[str, float, float]], count: int) -> np.ndarray:
    """Return the class of each of *count* frames of (IPA, start, end) phones, uint8; a gap is silence."""
    row = np.full(count, SILENCE, np.uint8)
    for label, start, end in phones:
        parts = classes_of(label)
        weights = {2: (0.6, 0.4)}.get(len(parts), [1 / len(parts)] * len(parts)) if label[:1] in "aɔoeɑ" else None
        edges = start + (end - start) * np.cumsum((0, *(weights or [1 / len(parts)] * len(parts))))
        for part, low, high in zip(parts, edges[:-1], edges[1:], strict=True):
            row[round(low / HOP) : round(high / HOP)] = part
    return row


def speak_espeak(text: str, voice: str) -> Clip:
    """Speak with espeak-ng."""
    header, pcm = run_engine({"voice": voice, "pieces": [{"offset": 0, "text": text}]})
    rate, events = header["sample_rate"], header["events"]
    ends = [event[1] for event in events[1:]] + [header["frames"]]
    phones = [
        (event[4], event[1] / rate, end / rate) for event, end in zip(events, ends, strict=True) if event[0] == "phone"
    ]
    samples = soxr.resample(np.frombuffer(pcm, "<i2") / np.float32(32768), rate, SAMPLE_RATE)
    return samples, label_frames(phones, int(len(samples) / SAMPLE_RATE / HOP) + 1)


def speak_flite(text: str, voice: str) -> tuple[np.ndarray, list[tuple[str, float, float]]]:
    """Speak with flite: samples at 16 kHz, and (IPA, start, end) of each phone."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.wav")
        done = subprocess.run(
            ["flite", "-voice", voice, "-psdur", "-t", text, "-o", str(path)],
            capture_output=True,
            text=True,
            check=True,
        )
        audio = read_audio(path)
    samples = soxr.resample(audio.samples[:, 0] / np.float32(32768), audio.sample_rate, SAMPLE_RATE)
    phones, start = [], 0.0
    for label, end in re.findall(r"(\w+):([\d.]+)", done.stdout):
        if label in CMU:
            phones.append((CMU[label], start, float(end)))
        start = float(end)
    return samples, phones


def make_clips(seed: int, *, english: int = 5, other: int = 3) -> list[Clip]:
    """Return all training clips: samples (float32, 16 kHz) and the class of each frame (uint8)."""
    draw = random.Random(seed)
    pools: dict[str, list[str]] = {}
    for line in SENTENCES.read_text("utf-8").splitlines():
        language, _, text = line.partition("|")
        pools.setdefault(language, []).append(text)
    clips: list[Clip] = []
    for voice in FLITE:
        for turn in range(english):
            for text in _groups(pools["en"], draw, shuffled=turn > 0, size=2):
                samples, phones = speak_flite(text, voice)
                clips.append((samples, label_frames(phones, int(len(samples) / SAMPLE_RATE / HOP) + 1)))
    for language, pool in pools.items():
        for dialect in ("en-us", "en-gb") if language == "en" else (language,):
            for turn in range(english if language == "en" else other * 2):
                for text in _groups(pool, draw, shuffled=turn > 0, size=5):
                    clips.append(speak_espeak(text, dialect + draw.choice(VARIANTS)))
    return clips


def _groups(pool: list[str], draw: random.Random, *, shuffled: bool, size: int) -> list[str]:
    """Return texts of *size* sentences each, their words shuffled over the whole pool if asked for."""
    if shuffled:
        words = " ".join(pool).split()
        draw.shuffle(words)
        step = max(1, len(words) // len(pool))
        pool = [" ".join(words[i : i + step]) for i in range(0, len(words), step)]
    return [" ".join(pool[i : i + size]) for i in range(0, len(pool), size)]
