"""Clips for pages: spoken ones, silent ones, of several speakers, in other scripts, hostile and long ones."""

from __future__ import annotations

import json

import numpy as np
import pytest

from clipaudio.audio.encode import encode
from clipaudio.clip import open_clip
from clipaudio.timing.speech_times import SpeechTimes, TimedText

RATE = 16_000
SENTENCES = (
    *("We met at the old harbour, and nobody spoke.", "Then a small boat came back with five people!"),
    *("Who had sent them?", "They put up the sail again: it was late."),
)
PHONES = ("m", "ɛ", "t", "uː", "b", "oʊ", "f", "aɪ", "s", "ʃ")


def noise(seconds, seed=7):
    """Return speech-like noise: bursts with pauses."""
    samples = np.random.default_rng(seed).uniform(-0.6, 0.6, round(seconds * RATE))
    return samples * (0.5 - 0.5 * np.cos(np.arange(len(samples)) * (2 * np.pi * 3 / RATE)))


def spoken(words, *, seed=3, has_phones=True, speakers=(), pause=0.4):
    """Return speech times of *words*, drawn at random, with pauses after full stops."""
    draw = np.random.default_rng(seed)
    lengths = draw.uniform(0.12, 0.45, len(words))
    gaps = [pause if word[-1:] in ".!?" else float(draw.choice([0.0, 0.0, 0.03])) for word in words]
    starts = 0.1 + np.concatenate([[0], np.cumsum(lengths + gaps)[:-1]])
    ends = starts + lengths
    phones = None
    if has_phones:
        from clipaudio.timing.timeline import Timeline

        edges = np.linspace(starts, ends, 4, axis=1)
        times = np.stack([edges[:, :-1], edges[:, 1:]], axis=2).reshape(-1, 2)
        phones = Timeline(tuple(np.resize(PHONES, len(times)).tolist()), times)
    line = TimedText.of(list(words), starts.tolist(), ends.tolist())
    more = {} if phones is None else {"phones": phones}
    return SpeechTimes(source="test", words=line, speakers=tuple(speakers), **more), float(ends[-1])


def long_words(count):
    """Return *count* words, in sentences."""
    text = " ".join(SENTENCES).split()
    return [text[row % len(text)] for row in range(count)]


@pytest.fixture(scope="session")
def speech():
    """Return the maker of speech times."""
    return spoken


@pytest.fixture(scope="session")
def many_words():
    """Return the maker of long texts."""
    return long_words


@pytest.fixture
def clip_of(tmp_path):
    """Return a maker of clips: of words, with noise of their length unless *has_sound* is False."""

    def make(words, *, has_sound=True, language=None, **options):
        times, end = spoken(words, **options)
        audio = None
        if has_sound:
            audio = tmp_path / "talk.wav"
            audio.write_bytes(encode(noise(end + 0.2), RATE))
        return open_clip(times, audio=audio, language=language)

    return make


@pytest.fixture
def clip(clip_of):
    """Return a clip of four sentences with phones and sound."""
    return clip_of(" ".join(SENTENCES).split())


@pytest.fixture
def page_data():
    """Return a function that reads the JSON inside a page."""

    def read(text):
        start = text.index('id="clips">') + len('id="clips">')
        return json.loads(text[start : text.index("</script>", start)])

    return read
