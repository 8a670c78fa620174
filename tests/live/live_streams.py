"""Streams for tests: which sources are streams, sentences, and utterances drawn from them."""

from __future__ import annotations

from hypothesis import strategies as st
from source_writing import Word

STREAMS = [
    *("elevenlabs-websocket", "elevenlabs-stream", "cartesia", "rime", "fish", "hume-stream", "smallest", "gradium"),
    *("edge-tts", "resemble-stream", "kokoro-fastapi", "vllm-omni", "soniox", "inworld-characters", "assemblyai-tts"),
    *("kugelaudio", "inworld", "lmnt"),
]
SENTENCES = [
    "We went to the old house on the hill.",
    'He said, "well, then." And she left.',
    "Dr. Smith (the tall one) came at 5 p.m. on Monday, and sat down.",
    "Is it you?",
    "“Oh,” he cried. “It is late. Come in!”",
    "It costs $4.50, or 3.5 percent of it.",
    "I don't know — nobody does.",
    "There are many things that I would like to tell you about, because they matter to me and to all who live here.",
    "Then it rained and nobody knew what to do with the wet hay that lay in the fields",
    "Go!",
]


@st.composite
def utterances(draw, shortest=30):
    """Draw sentences whose words have at least *shortest* ms each; neighbours touch or have a pause."""
    words, place = [], draw(st.integers(0, 500))
    for label in " ".join(draw(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=6))).split():
        stop = place + draw(st.integers(shortest, 700))
        words.append(Word(label, place, stop))
        place = stop + draw(st.sampled_from([0, 0, 1, 20, 250, 1500]))
    return words


def spoken(text, step=300):
    """Return the words of *text*, each of *step* milliseconds without a pause."""
    return [Word(label, step * row, step * row + step - 20) for row, label in enumerate(text.split())]


def run_with_mouth(feed, parts):
    """As `run`, with the visemes."""
    words, cues, visemes = [], [], []
    for part in parts:
        update = feed.push(part)
        words += update.words
        cues += update.cues
        visemes += update.visemes
    early = len(words), len(cues), len(visemes)
    rest = feed.finish()
    return early, [*words, *rest.words], [*cues, *rest.cues], [*visemes, *rest.visemes]
