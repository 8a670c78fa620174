"""Edits of several speakers in any order keep words, speakers, times and files whole."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest

import clipaudio
from clipaudio.audio.reader import open_audio
from clipaudio.audio.wav_writer import encode_wav
from clipaudio.clip.saving import dumps_callback

RATE = 8000
WORDS = "So um we go there, and then Dr. Lee said. Well (maybe) not? “Yes” I think it's fine 世界 ok!".split()


def a_talk(tmp_path, seed):
    """Return a file of three speakers who take turns, with its audio."""
    rng = random.Random(seed)
    rows, now = [], 0.1
    for turn in range(6):
        for _ in range(rng.randint(1, 6)):
            length = rng.uniform(0.08, 0.5)
            speaker = "ABC"[turn % 3]
            rows.append({"word": rng.choice(WORDS), "start": now, "end": now + length, "speaker": speaker})
            now += length + rng.choice([0.0, 0.0, 0.03, 0.4])
    frames = round((now + 0.3) * RATE)
    samples = np.random.default_rng(seed).integers(-9000, 9000, (frames, 1)).astype(np.int16)
    (tmp_path / "talk.wav").write_bytes(encode_wav(samples, RATE, "PCM_16"))
    segments = [{"start": row["start"], "end": row["end"], "text": row["word"], "words": [row]} for row in rows]
    (tmp_path / "talk.json").write_text(json.dumps({"segments": segments}), "utf-8")
    return clipaudio.open_clip(tmp_path / "talk.json", language="en")


def speakers_of(clip):
    return [part.speaker for part in clip.content.parts for _ in part.aligned.words.labels]


def edit_at_random(clip, rng):
    """Return an edited clip, and the words and speakers it must have."""
    words, speakers = list(clip.words.labels), speakers_of(clip)
    kind = rng.choice(["remove", "keep", "move", "pauses", "pad", "text"])
    count = len(words)
    rows = list(range(count))
    if kind == "remove":
        gone = set(rng.sample(rows, rng.randint(0, count - 1)))
        clip, rows = clip.without(sorted(gone)), [row for row in rows if row not in gone]
    elif kind == "keep":
        rows = sorted(rng.sample(rows, rng.randint(1, count)))
        clip = clip.keep(rows)
    elif kind == "move":
        first = rng.randrange(count)
        stop = rng.randint(first + 1, count)
        before = rng.choice([row for row in range(count + 1) if row <= first or row >= stop])
        clip = clip.move(first, stop, before=before)
        rest = [row for row in rows if not first <= row < stop]
        at = len([row for row in rest if row < before])
        rows = rest[:at] + list(range(first, stop)) + rest[at:]
    elif kind == "pauses":
        clip = clip.shorten_pauses(rng.choice([0.0, 0.05, 0.3]))
    elif kind == "pad":
        clip = clip.pad(0.11, 0.07)
    else:
        row = rng.randrange(count)
        clip = clip.with_text(clip.text.replace(words[row], "other", 1)) if words[row].isalpha() else clip
        return clip, None, None
    return clip, [words[row] for row in rows], [speakers[row] for row in rows]


@pytest.mark.parametrize("seed", range(40))
def test_random_edits_keep_what_they_must(tmp_path, seed):
    rng = random.Random(seed)
    clip = a_talk(tmp_path, seed)
    for _ in range(4):
        clip, words, speakers = edit_at_random(clip, rng)
        if words is not None:
            assert list(clip.words.labels) == words
            assert speakers_of(clip) == speakers
        times = clip.words.times.ravel()
        assert (np.diff(times) >= -1e-9).all()
        assert times[0] >= 0
        assert times[-1] <= clip.duration + 1e-9
        assert (np.diff(clip.graphemes.times.ravel()) >= -1e-9).all()
        with open_audio(clip.audio) as audio:
            assert sum(map(len, audio.blocks(4096))) == round(clip.duration * RATE)
    again = clipaudio.open_clip(dumps_callback(clip, name="talk"), language="en")
    assert again.words.labels == clip.words.labels
    np.testing.assert_allclose(again.words.times, clip.words.times, rtol=0, atol=1e-8)
    if len(set(speakers_of(clip))) > 1:
        assert speakers_of(again) == speakers_of(clip)
    for name in ("srt", "textgrid", "vtt-words", "timeline", "eaf"):
        assert clip.dumps(name)
