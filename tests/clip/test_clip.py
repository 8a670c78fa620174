"""A clip is its callback and its audio, found where they are."""

from __future__ import annotations

import contextlib
import json

import numpy as np
import pytest

import clipaudio
from clipaudio.audio.decode import read_audio
from clipaudio.audio.encode import encode
from clipaudio.emulator import running
from clipaudio.errors import (
    AudioError,
    CallbackError,
    TimestampsMissingError,
    UnsafeAddressError,
    UntidyTimelineError,
)

STAMPS = {"graph_chars": ["H", "i", "!"], "graph_times": [[0.0, 0.2], [0.1, 0.3], [0.3, 0.4]]}


@pytest.fixture
def folder(tmp_path):
    """A saved clip: callback and half a second of tone."""
    payload = {"id": "cecad6f9", "project_id": "p", "url": "clip.wav", "audio_timestamps": STAMPS}
    (tmp_path / "clip.json").write_text(json.dumps(payload), "utf-8")
    tone = np.sin(np.arange(11025) * 0.1) / 2
    (tmp_path / "clip.wav").write_bytes(encode(tone, 22050, subtype="PCM_16"))
    return tmp_path


def test_a_url_that_is_a_file_name_means_the_file_beside(folder):
    for source in (folder / "clip.json", str(folder / "clip.json")):
        clip = clipaudio.open_clip(source)
        assert clip.audio == folder / "clip.wav"
        assert clip.duration == 0.5
        assert repr(clip) == "<Clip cecad6f9: audio clip.wav>"


def test_a_callback_that_is_no_file_has_no_audio_beside_it(folder):
    """Text off the wire must not open files of the folder it is read in."""
    text = (folder / "clip.json").read_text("utf-8")
    with contextlib.chdir(folder):
        for source in (text, "\ufeff" + text, text.encode(), json.loads(text)):
            assert clipaudio.open_clip(source).audio is None


def test_audio_that_is_given_wins(folder):
    other = folder / "other.wav"
    other.write_bytes(encode(np.zeros(8000), 8000))
    assert clipaudio.open_clip(folder / "clip.json", audio=other).duration == 1.0
    with pytest.raises(FileNotFoundError, match="no such audio file"):
        clipaudio.open_clip(folder / "clip.json", audio=folder / "none.wav")


def test_without_audio_the_clip_ends_with_its_last_letter(folder):
    (folder / "clip.wav").unlink()
    clip = clipaudio.open_clip(folder / "clip.json")
    assert clip.audio is None
    assert clip.duration == 0.4
    assert repr(clip) == "<Clip cecad6f9: audio not at hand>"
    with pytest.raises(AudioError, match="no audio file; fetch it"):
        clip.convert(folder / "x.wav", sample_rate=8000)
    assert clipaudio.open_clip({**STAMPS, "duration": 0.9}).duration == 0.9


def test_levels_and_reports_are_at_hand(folder):
    clip = clipaudio.open_clip(folder / "clip.json")
    assert clip.id == "cecad6f9"
    assert clip.words.labels == ("Hi",)
    assert clip.sentences.labels == ("Hi!",)
    assert clip.graphemes.times.tolist() == pytest.approx(np.array([[0, 0.15], [0.15, 0.3], [0.3, 0.4]]))
    assert len(clip.phones) == 0
    assert clip.report["graphemes"].kinds == ("overlap",)
    assert clip.to_dict()["project_id"] == "p"
    assert clip.to_praatio(phones="given").tierNames == ("sentences", "words", "graphemes")


def test_strict_clips_refuse_what_would_be_mended(folder):
    with pytest.raises(UntidyTimelineError, match="entry 0 needs repair"):
        _ = clipaudio.open_clip(folder / "clip.json", policy="strict").words


def test_a_clip_is_converted(folder):
    report = clipaudio.open_clip(folder / "clip.json").convert(folder / "x.wav", sample_rate=16_000, subtype="PCM_32")
    audio = read_audio(folder / "x.wav")
    assert (audio.sample_rate, audio.subtype, audio.frames) == (16_000, "PCM_32", 8000)
    assert report.frames == 8000


def test_a_clip_without_times_still_has_its_audio(folder):
    (folder / "clip.json").write_text('{"id": "a", "url": "clip.wav"}', "utf-8")
    clip = clipaudio.open_clip(folder / "clip.json")
    assert clip.convert(folder / "x.wav", sample_rate=8000).sample_rate == 8000
    with pytest.raises(TimestampsMissingError, match="include_timestamps"):
        clip.save(folder / "a.srt")
    assert not (folder / "a.srt").exists()


@pytest.mark.parametrize(
    ("payload", "field"), [({"url": "https://x/a.wav"}, "id"), ({"id": "a", "issues": ["!"]}, "url")]
)
def test_a_callback_without_id_or_url_cannot_be_fetched(tmp_path, payload, field):
    with pytest.raises(CallbackError, match=f"has no {field}, there is nothing to fetch") as caught:
        clipaudio.fetch(payload, tmp_path)
    assert caught.value.path == f"$.{field}"


def test_a_fetched_clip_is_kept_with_its_callback(tmp_path):
    with running(engine="tone") as emulator:
        client = clipaudio.Client("key", base_url=emulator.base_url)
        item = client.create_clip("p", body="Hello.", voice_uuid="en-us")
        payload = {"id": item.uuid, "project_id": "p", "url": item.audio_src, "audio_timestamps": STAMPS}
        with pytest.raises(UnsafeAddressError, match="not https; refused"):
            clipaudio.fetch(payload, tmp_path / "new")
        assert json.loads((tmp_path / "new" / f"{item.uuid}.json").read_text("utf-8")) == payload
        clip = clipaudio.fetch(payload, tmp_path / "new", allow_private=True)
    assert clip.audio == tmp_path / "new" / f"{item.uuid}.wav"
    assert read_audio(clip.audio).duration == item.duration


def test_everything_public_is_there_and_loads_on_use():
    for name in clipaudio.__all__:
        assert getattr(clipaudio, name) is not None
    assert set(clipaudio.__all__) <= set(dir(clipaudio))
    with pytest.raises(AttributeError, match="nothing"):
        _ = clipaudio.nothing


def test_sounds_leave_out_marks_and_blanks_that_phones_keep():
    labels = ["h", "ˈ", "aɪ", ",", " ", "j", "uː", "."]
    times = [[row / 10, (row + 1) / 10] for row in range(len(labels))]
    stamps = {"graph_chars": labels, "graph_times": times, "phon_chars": labels, "phon_times": times}
    clip = clipaudio.open_clip({"id": "a", "audio_timestamps": stamps})
    assert clip.phones.labels == tuple(labels)
    assert clip.sounds.labels == ("h", "aɪ", "j", "uː")
    assert clip.sounds.child_ranges.tolist() == [[0, 1], [1, 3], [5, 6], [6, 7]]
