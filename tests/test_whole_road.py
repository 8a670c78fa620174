"""From an update to tidy words: what the engine truly said comes out at the other end."""

from __future__ import annotations

import numpy as np
import pytest

import clipaudio
from clipaudio.emulator import running
from clipaudio.receive.listener import listening

TEXTS = (
    "Hello! Dr. Lee paid $4.50 for a well-known book. Isn't that great?",
    "The quick brown fox jumps over the lazy dog.",
    'She said: "wait...", and left at 5 p.m., didn\'t she?',
    "One, two; three: four — five (six) seven!",
)


def spoken(emulator, text, folder):
    """Walk the road for one text; give the clip and the engine's truth."""
    client = clipaudio.Client("key", base_url=emulator.base_url)
    clip_id = emulator.add_clip("p")
    with listening(clipaudio.Receiver()) as listener:
        uri = listener.url_for("p", clip_id)
        client.update_clip("p", clip_id, body=text, voice_uuid="en-us", callback_uri=uri, sample_rate=16000)
        callback = listener.wait(clip_id, timeout=60)
        return clipaudio.fetch(callback, folder, allow_private=True), emulator.truth(clip_id)


def lateness(clip, truth):
    """Seconds by which words start after the engine's own event for them.

    The engine speaks some words in one breath ("for a") and announces only the first: such a word is left out.
    """
    own = {}
    for word in truth.words:
        samples = [event.sample for event in truth.word_events if word.first <= event.position < word.stop]
        if samples:
            own[truth.text[word.first : word.stop].strip(".,;:!?()\"'")] = min(samples) / truth.sample_rate
    late = [word.start - own[word.label] for word in clip.words if word.label in own]
    assert len(late) >= len(clip.words) - 1
    return np.array(late)


@pytest.mark.parametrize(("shape", "limit"), [("contiguous", 0.001), ("milliseconds", 0.001), ("v1", 0.02)])
def test_words_start_at_the_engines_own_word_events(needs, tmp_path, shape, limit):
    needs("espeakng_loader")
    with running(shape=shape, engine="espeak") as emulator:
        for number, text in enumerate(TEXTS):
            clip, truth = spoken(emulator, text, tmp_path / str(number))
            late = lateness(clip, truth)
            assert np.abs(late).max() <= limit
            assert clip.aligned.text == text
            assert clip.duration == pytest.approx(truth.duration, abs=1e-4)


@pytest.mark.parametrize("shape", ["overlap", "nophon"])
def test_coarse_grids_cost_less_than_two_frames_at_the_median(needs, tmp_path, shape):
    """The legacy grid leaves no entry under 37 ms, and the newest samples show 20 ms: dense speech must give way."""
    needs("espeakng_loader")
    with running(shape=shape, engine="espeak") as emulator:
        late = [lateness(*spoken(emulator, text, tmp_path / str(n))) for n, text in enumerate(TEXTS)]
    assert np.median(np.abs(np.concatenate(late))) <= 0.02


@pytest.mark.parametrize("shape", ["contiguous", "overlap", "nophon", "milliseconds", "v1"])
def test_every_shape_of_tones_comes_out_tidy(tmp_path, shape):
    with running(shape=shape, engine="tone") as emulator:
        clip, truth = spoken(emulator, "This thing, it sings. Yes!", tmp_path)
    assert clip.words.labels == ("This", "thing", "it", "sings", "Yes")
    assert clip.sentences.labels == ("This thing, it sings.", "Yes!")
    assert (clip.graphemes.durations > 0).all()
    assert clip.report["graphemes"].unit == ("ms" if shape == "milliseconds" else "s")
    assert ("overlap" in clip.report["graphemes"].kinds) == (shape == "overlap")
    assert (len(clip.phones) == 0) == (shape == "nophon")
    assert truth.engine == "tone"
