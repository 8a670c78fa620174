"""Editing moves samples, letters and phones together, to the frame."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clipaudio
from clipaudio.audio.decode import read_audio
from clipaudio.audio.encode import encode
from clipaudio.audio.envelope import find_sound, read_envelope
from clipaudio.audio.reader import open_audio
from clipaudio.captions.formats import srt
from clipaudio.captions.quality import check_cues
from clipaudio.errors import AudioError, EditError

RATE = 8000
TEXT = "Go on, my dear friend. Stop here!"


def a_clip(tmp_path, name="clip", *, rate=RATE, text=TEXT, step=0.05, audio=True):
    """Return a clip whose letters each sound as a tone of their own, spaces and marks as silence."""
    times = np.arange(len(text))[:, np.newaxis] * step + [0.0, step]
    stamps = {"graph_chars": list(text), "graph_times": times.tolist()}
    stamps |= {"phon_chars": [c for c in text if c.isalpha()]}
    stamps |= {"phon_times": [t for c, t in zip(text, times.tolist(), strict=True) if c.isalpha()]}
    frames = round(len(text) * step * rate)
    now = np.minimum((np.arange(frames) / rate / step + 1e-9).astype(int), len(text) - 1)
    loud = np.array([c.isalpha() for c in text])[now]
    samples = loud * 0.5 * np.sin(2 * np.pi * 500 * np.arange(frames) / rate)
    path = tmp_path / f"{name}.wav"
    path.write_bytes(encode(samples, rate))
    payload = {"id": name, "project_id": "p", "audio_timestamps": stamps}
    return clipaudio.open_clip(payload, audio=path if audio else None)


def sound_of(clip):
    with open_audio(clip.audio) as audio:
        return find_sound(read_envelope(audio), min_silence=0.02)


def samples_of(clip):
    with open_audio(clip.audio) as audio:
        return np.concatenate(list(audio.blocks(1 << 12)))


def test_words_of_a_cut_still_sound_where_they_say(tmp_path):
    clip = a_clip(tmp_path)
    edited = clip.cut(0.33, 1.12).pad(0.4, 0.1)
    assert [word.label for word in edited.words] == ["my", "dear", "friend"]
    assert sound_of(edited) == pytest.approx(edited.words.times, abs=0.006)
    assert edited.duration == samples_of(edited).shape[0] / RATE
    assert edited.id == "clip"


@given(st.integers(0, 12_000), st.integers(0, 12_000))
@settings(deadline=None, max_examples=60)
def test_two_cuts_that_touch_share_nothing_and_lose_nothing(tmp_path_factory, first, second):
    clip = a_clip(tmp_path_factory.mktemp("clip"))
    frames = round(clip.duration * RATE)
    middle = 1 + (first + second) % (frames - 1)
    head, tail = clip.cut(0, middle / RATE), clip.cut(middle / RATE, clip.duration)
    assert head.graphemes.labels + tail.graphemes.labels == clip.graphemes.labels
    assert head.phones.labels + tail.phones.labels == clip.phones.labels
    whole = head.join(tail)
    assert np.array_equal(samples_of(whole), samples_of(clip))
    assert whole.duration == clip.duration
    assert np.abs(whole.graphemes.times - clip.graphemes.times).max() <= 0.05
    starts = np.abs(whole.graphemes.starts - clip.graphemes.starts)
    assert (np.sort(starts)[:-1] < 1e-9).all()  # all but the letter that was cut through


def test_a_thousand_clips_do_not_drift(tmp_path):
    """At 44 100 frames a second a clip of 0.0123 s is no whole number of frames at 8000."""
    short = a_clip(tmp_path, "short", text="Hi.", step=0.1)
    odd = a_clip(tmp_path, "odd", rate=44_100, text="Oh.", step=0.0123)
    joined = clipaudio.join([short, *[odd] * 999], gap=0.01)
    frames = [part.offset * RATE for part in joined.content.parts]
    assert np.abs(np.array(frames) - np.rint(frames)).max() < 1e-6  # each begins at a frame
    exact = short.duration + 998 * odd.duration + 999 * 0.01
    assert joined.content.parts[-1].offset == pytest.approx(exact, abs=999 / 2 / RATE)
    assert joined.duration == joined.audio.frames / RATE
    assert samples_of(joined.cut(0, 1.0)).shape[0] == RATE
    tail = joined.cut(joined.duration - 1.0, joined.duration)
    heard = sound_of(clipaudio.join([short] * 3, gap=0.5))
    assert heard[:, 0] == pytest.approx([0.0, 0.8, 1.6], abs=0.006)
    assert len(tail.words) == pytest.approx(1.0 / (odd.duration + 0.01), abs=1.5)


def test_clips_joined_at_one_rate_do_not_drift_at_another(tmp_path):
    """A clip of 0.0123 s a letter is 0.2 frames of 8000 a second off a whole number, so 300 of them are 60."""
    odd = a_clip(tmp_path, "odd", rate=44_100, text="Oh.", step=0.0123)
    inner = clipaudio.join([odd] * 300)
    outer = clipaudio.join([a_clip(tmp_path), inner])
    assert outer.audio.frames / RATE == pytest.approx(1.65 + inner.duration, abs=1 / RATE)
    assert len(samples_of(outer)) == outer.audio.frames
    assert outer.graphemes.ends.max() <= outer.duration + 1e-9


@given(
    st.lists(st.tuples(st.sampled_from([8000, 11_025, 22_050, 44_100]), st.integers(1, 5)), min_size=2, max_size=6),
    st.floats(0.5, 2.0),
)
@settings(deadline=None, max_examples=30)
def test_clips_put_before_others_at_other_rates_can_be_heard_and_end_in_time(tmp_path_factory, clips, factor):
    folder = tmp_path_factory.mktemp("rates")
    whole = None
    for number, (rate, letters) in enumerate(clips):
        clip = a_clip(folder, f"{number}", rate=rate, text="abcde"[:letters], step=0.0517)
        whole = clip if whole is None else clipaudio.join([clip, whole])
        if number == 1:
            whole = whole.speed(factor)
    assert len(samples_of(whole)) == whole.audio.frames
    assert whole.graphemes.ends.max() <= whole.duration + 1e-9
    assert (whole.graphemes.starts[1:] >= whole.graphemes.starts[:-1]).all()
    assert len(whole.graphemes) == sum(letters for _, letters in clips)


def test_joined_clips_keep_their_words_and_sentences_apart(tmp_path):
    one = a_clip(tmp_path, "one", text="No end")
    two = a_clip(tmp_path, "two", text="in sight.")
    both = clipaudio.join([one, two], gap=0.2, speakers=["Ann", "Ben"], titles=["First", None])
    assert both.words.labels == ("No", "end", "in", "sight")
    assert both.sentences.labels == ("No end", "in sight.")
    assert both.sentences.child_ranges.tolist() == [[0, 2], [2, 4]]
    assert both.words.child_ranges.tolist() == [[0, 2], [3, 6], [6, 8], [9, 14]]
    assert [cue.speaker for cue in both.cues()] == ["Ann", "Ben"]
    assert [part.title for part in both.content.parts] == ["First", "two"]
    assert both.id is None
    assert repr(both) == "<Clip (no id): audio edited>"
    facts = both.to_dict()
    assert [word["phones"] for word in facts["words"]] == [[0, 2], [2, 5], [5, 7], [7, 12]]
    start = 6 * 0.05 + 0.2
    assert both.words[2].start == pytest.approx(start)
    again = both.cut(start, both.duration)
    assert again.sentences.labels == ("in sight.",)
    assert again.words[0].start == 0.0


def test_speed_moves_words_to_where_they_sound(tmp_path):
    clip = a_clip(tmp_path)
    fast = clip.speed(1.25)
    assert fast.duration == pytest.approx(clip.duration / 1.25, abs=1 / RATE)
    assert len(samples_of(fast)) == round(fast.duration * RATE)
    assert fast.words.times == pytest.approx(clip.words.times / 1.25, abs=1 / RATE)
    heard = sound_of(fast)
    assert heard.shape == fast.words.times.shape
    assert heard == pytest.approx(fast.words.times, abs=0.025)
    slow = fast.speed(0.8)
    assert slow.words.times == pytest.approx(clip.words.times, abs=2 / RATE)


def test_shift_moves_times_alone(tmp_path):
    clip = a_clip(tmp_path)
    late = clip.shift(0.1)
    assert np.array_equal(samples_of(late), samples_of(clip))
    assert late.words[0].start == pytest.approx(0.1)
    assert late.duration == clip.duration
    assert late.graphemes.ends[-1] <= clip.duration
    early = clip.shift(-0.1)
    assert early.words.labels[0] == "on"
    assert early.words[0].start == pytest.approx(0.05)
    back = late.shift(-0.1)
    assert back.words.labels[:4] == clip.words.labels[:4]
    assert back.words.times[:4] == pytest.approx(clip.words.times[:4])


def test_times_move_without_audio_too(tmp_path):
    clip = a_clip(tmp_path, audio=False)
    edited = clip.cut(0.35, 1.05).pad(before=0.123).speed(2.0)
    assert edited.audio is None
    assert edited.words[0].label == "my"
    assert edited.words[0].start == pytest.approx(0.123 / 2)
    both = clip.join(clip, clip, gap=0.1)
    assert both.content.parts[2].offset == pytest.approx(2 * clip.duration + 0.2)
    with pytest.raises(AudioError, match="no audio"):
        both.convert(tmp_path / "both.wav")


def test_an_edited_clip_is_written_like_any_other(tmp_path):
    clip = a_clip(tmp_path).pad(0.5)
    report = clip.convert(tmp_path / "new.wav", sample_rate=16_000, with_words=True)
    assert report.source == "<montage>"
    assert report.frames == 2 * len(samples_of(clip))
    assert read_audio(tmp_path / "new.wav").subtype == "PCM_16"
    data = json.loads(clip.dumps("timeline"))
    assert data["words"][0]["start"] == pytest.approx(0.5)
    assert clip.save(tmp_path / "new.TextGrid").stat().st_size


def test_captions_of_joined_clips_are_in_order_and_apart(tmp_path):
    clips = [a_clip(tmp_path, f"c{i}", step=0.04 + i / 100) for i in range(4)]
    cues = clipaudio.join(clips).cues(profile="netflix", fps=25)
    assert all(one.end <= other.start for one, other in itertools.pairwise(cues))
    assert "".join("".join(cue.text.split()) for cue in cues) == "".join(TEXT.split()) * 4


@given(st.lists(st.sampled_from(["Ann", "Professor Abraham", "Dr. Who", None]), min_size=3, max_size=3))
@settings(deadline=None, max_examples=25)
def test_names_of_speakers_find_room_in_the_lines(tmp_path_factory, speakers):
    text = "Well, I think that this is a sentence which fills all the lines of its cue. And this is one more of them."
    clip = a_clip(tmp_path_factory.mktemp("named"), text=text, audio=False)
    for profile in ("netflix", "bbc", "social"):
        written = clipaudio.join([clip] * 3, speakers=speakers).dumps("srt", profile=profile)
        assert check_cues(srt.loads(written), profile, rules=["line-length", "lines"]).violations == ()


@pytest.mark.parametrize("audio", [True, False])
def test_silence_can_be_cut_out_and_edited_on(tmp_path, audio):
    one = a_clip(tmp_path, audio=audio)
    still = clipaudio.join([one, one], gap=2.0).cut(one.duration + 0.5, one.duration + 1.5)
    assert still.duration == pytest.approx(1.0)
    assert still.words.labels == still.phones.labels == still.cues() == ()
    assert not still.report["graphemes"]
    assert still.dumps("srt") == ""
    assert still.speed(2.0).pad(0.25).join(one).words.labels == one.words.labels


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda clip: clip.cut(1.0, 1.0), "cut from 1.0 to 1.0 s; the clip lasts from 0 to 1.65 s"),
        (lambda clip: clip.cut(-0.1, 1.0), "cut from -0.1"),
        (lambda clip: clip.cut(0.0, 9.0), "cut from 0.0 to 9.0"),
        (lambda clip: clip.cut(math.nan, 1.0), "cut from nan"),
        (lambda clip: clip.cut(0.1, 0.1 + 1e-7), "keeps no sample"),
        (lambda clip: clip.pad(-1.0), "silence of -1.0 s"),
        (lambda clip: clip.pad(after=math.inf), "finite number of seconds"),
        (lambda clip: clip.speed(0.0), "a speed of 0.0"),
        (lambda clip: clip.shift(math.nan), "a place at nan s"),
        (lambda clip: clip.join(clip, gap=-1.0), "a gap of -1.0 s"),
        (lambda _: clipaudio.join([]), "nothing to join"),
        (lambda clip: clipaudio.join([clip], speakers=["a", "b"]), "2 speakers for 1 clips"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path, edit, message):
    with pytest.raises(EditError, match=message):
        edit(a_clip(tmp_path))
