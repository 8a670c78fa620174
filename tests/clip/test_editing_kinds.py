"""Kinds of edited texts that people report to makers of aligners, caption editors and translators."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import clipaudio
from clipaudio.audio.reader import open_audio
from clipaudio.audio.wav_writer import encode_wav
from clipaudio.captions.formats import ass

VERSE = "the rain in spain stays mainly in the plain".split()


def spoken(words, *, step=0.4, length=0.3, **options):
    rows = [
        {"word": word, "start": 0.1 + row * step, "end": 0.1 + row * step + length} for row, word in enumerate(words)
    ]
    return clipaudio.open_clip(rows, language="en", **options)


def kept(old, new, rows):
    """Assert that the words of *new* have the times of *rows* of *old*."""
    np.testing.assert_array_equal(new.words.times, old.words.times[rows])


def test_a_text_that_is_read_three_times_keeps_each_reading_in_its_place():
    clip = spoken(VERSE * 3)
    rows = [*range(9), *range(9, 13), *range(14, 27)]  # "stays" of the second reading is missing
    kept(clip, clip.with_text(" ".join((VERSE * 3)[row] for row in rows)), rows)


def test_a_sentence_that_is_left_out_moves_no_other_word():
    words = [f"w{row}" for row in range(400)]
    clip = spoken(words)
    rows = [*range(100), *range(250, 400)]
    kept(clip, clip.with_text(" ".join(words[row] for row in rows)), rows)


def test_many_corrections_in_a_long_text_never_add_up_to_a_drift():
    words = [f"w{row}" for row in range(2000)]
    clip = spoken(words)
    other = [f"new{row}" if row % 7 == 3 else word for row, word in enumerate(words)]
    edited = clip.with_text(" ".join(other))
    np.testing.assert_array_equal(edited.words.times, clip.words.times)


def test_every_word_of_an_edited_caption_has_a_time_of_its_own_to_be_highlighted():
    clip = spoken(["on", "y", "va", "demain"], step=0.3)
    edited = clip.with_text("on y va tous ensemble demain matin")
    assert len(edited.words) == 7
    assert (edited.words.durations > 0.03).all()
    cue = edited.cues(profile="none")[0]
    assert len(cue.words) == 7
    assert ass.dumps([cue], words="kf").count("\\kf") == 7


def test_a_word_put_between_two_that_touch_gets_time():
    clip = spoken(["we", "go"], step=0.3)
    edited = clip.with_text("we will go")
    assert edited.words[1].duration > 0.1
    assert edited.words[0].start == clip.words[0].start
    assert edited.words[2].end == pytest.approx(clip.words[1].end)


def test_numbers_and_names_in_other_words_take_the_time_of_what_was_said():
    clip = spoken("it costs four dollars fifty at oh brian s".split())
    edited = clip.with_text("It costs $4.50 at O'Brien's.")
    assert edited.words.labels == ("It", "costs", "$4.50", "at", "O'Brien's")
    assert tuple(edited.words[2])[1:] == (clip.words[2].start, clip.words[4].end)
    assert tuple(edited.words[4])[1:] == (clip.words[6].start, clip.words[8].end)


@pytest.mark.parametrize(
    ("said", "drop", "left"),
    [
        (["我", "嗯", "想", "去"], "嗯", "我想去"),
        (["אני", "אה", "חושב."], "אה", "אני חושב."),
        (["Ich", "äh,", "denke", "ja."], "Äh", "Ich, denke ja."),
        (["I", "can't", "cant", "go."], "can’t", "I go."),
    ],
)
def test_words_of_any_script_are_dropped_with_their_sound(tmp_path, said, drop, left):
    samples = np.random.default_rng(2).integers(-9000, 9000, (16_000, 1)).astype(np.int16)
    (tmp_path / "a.wav").write_bytes(encode_wav(samples, 8000, "PCM_16"))
    clip = spoken(said, audio=tmp_path / "a.wav")
    edited = clip.without([drop])
    assert edited.text == left
    with open_audio(edited.audio) as audio:
        assert sum(map(len, audio.blocks(1 << 16))) / 8000 == edited.duration
    assert edited.duration < clip.duration


def test_an_edited_clip_survives_pickling_with_its_text_and_sound(tmp_path):
    (tmp_path / "a.wav").write_bytes(encode_wav(np.ones((32_000, 1), np.int16), 8000, "PCM_16"))
    clip = spoken(VERSE, audio=tmp_path / "a.wav").without([1]).with_text("The rein in Spain")
    again = pickle.loads(pickle.dumps(clip))
    assert again.words == clip.words
    assert again.audio == clip.audio or again.audio.takes == clip.audio.takes
    assert again.text == "The rein in Spain"


def test_edits_of_an_edited_clip_go_on_from_it(tmp_path):
    (tmp_path / "a.wav").write_bytes(encode_wav(np.arange(32_000, dtype=np.int16)[:, None] % 99, 8000, "PCM_16"))
    clip = spoken(VERSE, audio=tmp_path / "a.wav")
    once = clip.without([1, 4, 6])
    twice = clip.without([1]).without([3]).without([4])
    assert once.words.labels == twice.words.labels
    np.testing.assert_allclose(once.words.times, twice.words.times, rtol=0, atol=0.011)
    joined = once.join(clip.speed(1.5).cut(0.0, 1.0), gap=0.1)
    with open_audio(joined.audio) as audio:
        assert sum(map(len, audio.blocks(1 << 16))) == round(joined.duration * 8000)
