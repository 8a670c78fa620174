"""Speak the training sentences: samples at 16 kHz and the class of each frame of 5 ms.

Voices: espeak-ng in ten languages with its variants, `rms` and `awb` of flite, and four of festival (Debian packages
festvox-kdlpc16k, -itapc16k, -suopuhe-mv, -czech-dita). The voices of `measure.py` are none of these. Words are shuffled
for all but the first round, so that sounds meet in new orders.
"""

from __future__ import annotations

import random
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soxr

from clipaudio.alignment.features import HOP, SAMPLE_RATE
from clipaudio.alignment.phone_classes import SILENCE, classes_of
from clipaudio.audio.decode import read_audio
from clipaudio.synthesis.espeak import run_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

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
ITALIAN = dict(pair.split(":") for pair in "J:ɲ L:ʎ S:ʃ E:ɛ O:ɔ dZ:dʒ tS:tʃ ng:ŋ g:ɡ".split())
FINNISH = dict(pair.split("=") for pair in "@=æ 7=ø N=ŋ g=ɡ".split())
CZECH = dict(pair.split(":") for pair in "c:ts c~:tʃ s~:ʃ z~:ʒ r~:r r~*:r t~:c d~:ɟ n~:ɲ ch:x g:ɡ".split())
FESTIVAL = {
    "ked_diphone": ("en", "latin-1", CMU),
    "pc_diphone": ("it", "latin-1", ITALIAN),
    "hy_fi_mv_diphone": ("fi", "latin-1", FINNISH),
    "czech_dita": ("cs", "iso-8859-2", CZECH),
}
"""Voices of festival: language, encoding of their text, and their phones in IPA where these are spelled otherwise."""

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


def speak_festival(text: str, voice: str) -> tuple[np.ndarray, list[tuple[str, float, float]]]:
    """Speak with festival: samples at 16 kHz, and (IPA, start, end) of each phone."""
    _, encoding, names = FESTIVAL[voice]
    with tempfile.TemporaryDirectory() as folder:
        script = (
            f'(voice_{voice}) (set! u (utt.synth (Utterance Text "{text.replace(chr(34), "")}")))'
            f' (utt.save.wave u "{folder}/a.wav" \'riff) (utt.save.segs u "{folder}/s")'
        )
        subprocess.run(
            ["festival", "--pipe"], input=script.encode(encoding, "replace"), capture_output=True, check=True
        )
        audio = read_audio(Path(folder, "a.wav"))
        lines = [line.split() for line in Path(folder, "s").read_text("latin-1").splitlines()]
    samples = soxr.resample(audio.samples[:, 0] / np.float32(32768), audio.sample_rate, SAMPLE_RATE)
    phones, start = [], 0.0
    for end, _, label in (line for line in lines if len(line) == 3):
        plain = label.rstrip("0123456789:") or label
        if plain not in ("pau", "#", "_"):
            phones.append((names.get(plain, plain), start, float(end)))
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
        for text in _texts(pools["en"], draw, turns=english, size=2):
            samples, phones = speak_flite(text, voice)
            clips.append((samples, label_frames(phones, _count(samples))))
    for voice, (language, *_) in FESTIVAL.items():
        for text in _texts(pools[language], draw, turns=english - 1 if language == "en" else other * 3, size=2):
            samples, phones = speak_festival(text, voice)
            clips.append((samples, label_frames(phones, _count(samples))))
    for language, pool in pools.items():
        for dialect in ("en-us", "en-gb") if language == "en" else (language,):
            for text in _texts(pool, draw, turns=english if language == "en" else other * 2, size=5):
                clips.append(speak_espeak(text, dialect + draw.choice(VARIANTS)))
    return clips


def _count(samples: np.ndarray) -> int:
    return int(len(samples) / SAMPLE_RATE / HOP) + 1


def _texts(pool: list[str], draw: random.Random, *, turns: int, size: int) -> Iterator[str]:
    """Yield texts of *size* sentences each; in all turns but the first, words are shuffled over the whole pool."""
    for turn in range(turns):
        sentences = pool
        if turn:
            words = " ".join(pool).split()
            draw.shuffle(words)
            step = max(1, len(words) // len(pool))
            sentences = [" ".join(words[i : i + step]) for i in range(0, len(words), step)]
        yield from (" ".join(sentences[i : i + size]) for i in range(0, len(sentences), size))
