"""Words are taken out, kept and moved with their samples; what is kept keeps its samples and times."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clipaudio
from clipaudio.audio.reader import open_audio
from clipaudio.audio.wav_writer import encode_wav
from clipaudio.clip.word_editing import find_word_rows
from clipaudio.errors import EditError
from clipaudio.timing.timeline import Timeline

RATE = 8000
FADE = round(0.003 * RATE)
REACH = round(0.005 * RATE)


def spoken_clip(tmp_path, seed, count=8, *, audio=True):
    """Return a clip of words with pauses; the samples are noise, each of them different from its neighbours."""
    rng = random.Random(seed)
    words, times, now = [], [], rng.choice([0, 1, 900])
    for row in range(count):
        length = rng.randint(400, 1600)
        words.append(rng.choice(["um", "so", "we", "go", "Ann"]) + rng.choice(["", "", ",", "."]))
        times.append((now / RATE, (now + length) / RATE))
        now += length + (rng.choice([0, 0, 1, 80, 900, 4000]) if row < count - 1 else 0)
    frames = now + rng.choice([0, 1, 700])
    samples = np.random.default_rng(seed).integers(-20_000, 20_000, (frames, 1)).astype(np.int16)
    path = tmp_path / f"{seed}.wav"
    path.write_bytes(encode_wav(samples, RATE, "PCM_16"))
    letters = Timeline(tuple(words), times)
    payload = [{"word": word, "start": a, "end": b} for word, a, b in letters]
    return clipaudio.open_clip(payload, audio=path if audio else None)


def samples_of(clip):
    with open_audio(clip.audio) as audio:
        return np.concatenate(list(audio.blocks(1 << 10)))[:, 0].astype(int).tolist()


def cut_frames(samples, least, want, most):
    """Return the zero crossing nearest to *want*, by looking at each frame: the slow reference."""
    low, high = max(least, want - REACH, 0), min(most, want + REACH, len(samples))
    frames = [f for f in range(low, high + 1) if f < len(samples)]
    if not frames:
        return want
    crossings = [f for f in frames if samples[f] == 0 or (f > 0 and np.sign(samples[f]) != np.sign(samples[f - 1]))]
    quietest = min(abs(samples[f]) for f in frames)
    return min(crossings or [f for f in frames if abs(samples[f]) == quietest], key=lambda f: (abs(f - want), f))


def remove_slowly(clip, dropped):
    """Return (samples, words, windows) of the clip without the words at *dropped*, one sample at a time."""
    samples = samples_of(clip)
    spans = [(round(a * RATE), round(b * RATE)) for _, a, b in clip.words]
    count, kept = len(spans), [True] * len(samples)
    row = 0
    while row < count:
        if row not in dropped:
            row += 1
            continue
        stop = row
        while stop < count and stop in dropped:
            stop += 1
        before = spans[row - 1][1] if row else 0
        after = spans[stop][0] if stop < count else len(samples)
        start, end = spans[row][0], spans[stop - 1][1]
        reach = min(start - before, after - end) / 2
        first = cut_frames(samples, before, int(np.floor(start - reach + 0.5 + 1e-6)), start)
        last = cut_frames(samples, end, int(np.floor(end + reach + 0.5 + 1e-6)), after)
        for frame in range(first, last):
            kept[frame] = False
        row = stop
    frames = [frame for frame in range(len(samples)) if kept[frame]]
    moved = {frame: place for place, frame in enumerate(frames)}
    words = [
        (clip.words.labels[row], moved[a] / RATE, moved[a] / RATE + (b - a) / RATE)
        for row, (a, b) in enumerate(spans)
        if row not in dropped
    ]
    return samples, frames, words


def is_faded(frames, total):
    """Return which places of the result are within a fade: beside a jump, or at an edge that was cut."""
    jumps = [0] if frames[0] else []
    jumps += [place for place in range(1, len(frames)) if frames[place] != frames[place - 1] + 1]
    jumps += [len(frames)] if frames[-1] != total - 1 else []
    near = np.zeros(len(frames), bool)
    for jump in jumps:
        near[max(jump - FADE, 0) : jump + FADE] = True
    return near


@pytest.mark.slow
def test_a_thousand_random_removals_equal_a_slow_reference(tmp_path):
    rng = random.Random(7)
    for seed in range(1000):
        clip = spoken_clip(tmp_path, seed % 50)
        dropped = set(rng.sample(range(8), rng.randint(1, 7)))
        check_removal(clip, dropped)


@given(st.integers(1000, 1020), st.sets(st.integers(0, 7), min_size=1, max_size=7))
@settings(deadline=None, max_examples=60)
def test_what_is_kept_keeps_its_samples_and_its_times_moved_by_frames(tmp_path_factory, seed, dropped):
    check_removal(spoken_clip(tmp_path_factory.mktemp("clip"), seed), dropped)


def check_removal(clip, dropped):
    samples, frames, words = remove_slowly(clip, dropped)
    edited = clip.without(sorted(dropped))
    heard = samples_of(edited)
    assert len(heard) == len(frames)
    expected = np.array([samples[frame] for frame in frames])
    differs = np.array(heard) != expected
    assert not (differs & ~is_faded(frames, len(samples))).any()
    assert (np.abs(heard) <= np.abs(expected)).all()
    assert edited.words.labels == tuple(word for word, _, _ in words)
    np.testing.assert_allclose(edited.words.times, [times for _, *times in words], rtol=0, atol=1e-9)
    assert edited.duration == len(frames) / RATE


def test_keeping_words_is_taking_the_others_out(tmp_path):
    clip = spoken_clip(tmp_path, 3)
    kept, removed = clip.keep([0, 2, 5]), clip.without([1, 3, 4, 6, 7])
    assert kept.graphemes == removed.graphemes
    assert samples_of(kept) == samples_of(removed)


@given(st.integers(0, 20), st.integers(0, 7), st.integers(0, 8), st.integers(0, 8))
@settings(deadline=None, max_examples=60)
def test_moving_words_loses_no_sample_and_no_word(tmp_path_factory, seed, first, stop, before):
    clip = spoken_clip(tmp_path_factory.mktemp("clip"), seed)
    if not first < stop or first < before < stop:
        with pytest.raises(EditError):
            clip.move(first, stop, before=before)
        return
    moved = clip.move(first, stop, before=before)
    rows = list(range(8))
    block = rows[first:stop]
    head = [row for row in rows[:before] if row not in block]
    order = head + block + [row for row in rows[before:] if row not in block]
    assert moved.words.labels == tuple(clip.words.labels[row] for row in order)
    assert moved.duration == clip.duration
    assert len(samples_of(moved)) == len(samples_of(clip))
    lengths = clip.words.durations[order]
    np.testing.assert_allclose(moved.words.durations, lengths, rtol=0, atol=1e-9)
    heard, before_edit = np.array(samples_of(moved)), np.array(samples_of(clip))
    for (_, a, b), row in zip(moved.words, order, strict=True):
        start, old = round(a * RATE), round(clip.words.times[row, 0] * RATE)
        inner = slice(FADE, round((b - a) * RATE) - FADE)
        assert (heard[start:][inner] == before_edit[old:][inner]).all()


@given(st.integers(0, 30), st.floats(0.0, 0.6))
@settings(deadline=None, max_examples=40)
def test_no_pause_is_longer_than_asked_and_no_word_changes(tmp_path_factory, seed, longest):
    clip = spoken_clip(tmp_path_factory.mktemp("clip"), seed)
    short = clip.shorten_pauses(longest)
    pauses = short.words.times[1:, 0] - short.words.times[:-1, 1]
    old = clip.words.times[1:, 0] - clip.words.times[:-1, 1]
    assert (pauses <= np.minimum(old, longest + (2 * REACH + 2) / RATE) + 1e-9).all()
    np.testing.assert_allclose(short.words.durations, clip.words.durations, rtol=0, atol=1e-9)
    assert short.text == clip.text
    assert len(samples_of(short)) / RATE == short.duration


def test_marks_of_the_stronger_side_remain():
    def text_without(said, words):
        labels = said.split()
        payload = [{"word": word, "start": row + 0.1, "end": row + 0.6} for row, word in enumerate(labels)]
        return clipaudio.open_clip(payload).without(words).text

    assert text_without("I, um, think so.", ["um"]) == "I, think so."
    assert text_without("I think, um. Next!", ["um"]) == "I think. Next!"
    assert text_without("Um, yes.", ["um"]) == "yes."
    assert text_without("Yes, you know.", ["you know"]) == "Yes."
    assert text_without("Hello, Dr. Lee paid.", ["Dr"]) == "Hello, Lee paid."
    assert text_without("He said: «Um, no» again.", ["um"]) == "He said: «no» again."
    assert text_without("Well. Um. Uh. So we go.", ["um", "uh"]) == "Well. So we go."


def test_words_moved_to_an_end_of_the_text_are_divided_by_a_blank():
    payload = [{"word": word, "start": row + 0.1, "end": row + 0.6} for row, word in enumerate(["one", "two", "six."])]
    clip = clipaudio.open_clip(payload)
    assert clip.move(0, 1, before=3).words.labels == ("two", "six", "one")
    assert clip.move(2, 3, before=0).words.labels == ("six", "one", "two")


def test_phones_follow_their_words():
    stamps = {"graph_chars": list("a um b"), "graph_times": [[0.1 * k, 0.1 * k + 0.1] for k in range(6)]}
    stamps |= {"phon_chars": ["A", "U", "M", "B"], "phon_times": [[0.0, 0.1], [0.2, 0.3], [0.3, 0.4], [0.5, 0.6]]}
    clip = clipaudio.open_clip({"id": "x", "audio_timestamps": stamps}).without(["um"])
    assert clip.phones.labels == ("A", "B")
    assert [clip.phones.labels[a:b] for a, b in clip.aligned.word_phones.tolist()] == [("A",), ("B",)]
    np.testing.assert_allclose(clip.phones.times[1], clip.words.times[1])


def test_several_speakers_keep_their_names_and_a_sentence_goes_on_over_a_cut(tmp_path):
    ann, bob = spoken_clip(tmp_path, 1), spoken_clip(tmp_path, 2)
    talk = clipaudio.join([ann, bob], gap=0.3, speakers=["Ann", "Bob"]).without([2, 9])
    assert [part.speaker for part in talk.content.parts] == ["Ann", "Bob"]
    assert [len(part.aligned.words) for part in talk.content.parts] == [7, 7]
    swapped = talk.move(7, 14, before=0)
    assert [part.speaker for part in swapped.content.parts] == ["Bob", "Ann"]
    assert swapped.words.labels == talk.words.labels[7:] + talk.words.labels[:7]
    assert (np.diff(swapped.words.times.ravel()) >= -1e-9).all()


def test_words_are_found_as_rows_and_as_text_without_case_and_marks():
    labels = ["Um,", "you", "know", "UM", "yes"]
    assert find_word_rows(labels, ["um"]).tolist() == [0, 3]
    assert find_word_rows(labels, "you know").tolist() == [1, 2]
    assert find_word_rows(labels, [-1, 0]).tolist() == [0, 4]
    assert find_word_rows(labels, ["absent"]).tolist() == []
    with pytest.raises(EditError, match="there is no word 5; the clip has 5 words"):
        find_word_rows(labels, [5])
    with pytest.raises(EditError, match="has no letter"):
        find_word_rows(labels, ["--"])


def test_a_clip_without_audio_is_edited_by_its_times(tmp_path):
    clip = spoken_clip(tmp_path, 4, audio=False)
    edited = clip.without([1])
    assert len(edited.words) == 7
    assert edited.duration < clip.duration
    with pytest.raises(EditError, match="keep one at least"):
        clip.without(range(8))
