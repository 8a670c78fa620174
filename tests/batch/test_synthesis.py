"""Many texts are spoken, each asked for once, and an interrupted run resumes; against the emulator."""

from __future__ import annotations

import json

import numpy as np
import pytest

import clipaudio
from clipaudio.audio.decode import read_audio
from clipaudio.batch.lock import Lock
from clipaudio.batch.synthesis import SpokenText, speak_texts
from clipaudio.errors import DeadlineError, LedgerBusyError
from clipaudio.http.retry import Retry

NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture
def emulator():
    with clipaudio.emulator.running(engine="tone", tries=1) as running:
        yield running


def client_of(emulator, **options):
    return clipaudio.Client("any", base_url=emulator.base_url, retry=Retry(attempts=1), **options)


def speak(emulator, texts, folder, **options):
    options = {"allow_private": True, "poll": 0.02, "timeout": 20.0, **options}
    return list(speak_texts(texts, client_of(emulator), "demo", folder, **options))


def texts_of(*bodies, **fields):
    fields = {"sample_rate": 8000, "precision": "PCM_16", **fields}
    return [SpokenText(name=f"{row:03d}", fields={**fields, "body": body}) for row, body in enumerate(bodies, 1)]


def asked(emulator, method):
    return [request for request in emulator.requests if request.method == method]


def test_each_text_becomes_a_clip_with_its_words(emulator, tmp_path):
    lines = speak(emulator, texts_of("One two.", "Three.", "Four."), tmp_path)
    assert [(line.name, line.status) for line in lines] == [("001", "spoken"), ("002", "spoken"), ("003", "spoken")]
    for line, words in zip(lines, [("One", "two"), ("Three",), ("Four",)], strict=True):
        clip = clipaudio.open_clip(line.callback, audio=line.audio)
        assert clip.words.labels == words
        assert clip.id == line.clip


def test_a_second_run_asks_for_nothing(emulator, tmp_path):
    texts = texts_of("One.", "Two.")
    first = speak(emulator, texts, tmp_path)
    count = len(emulator.requests)
    second = speak(emulator, texts, tmp_path)
    assert [line.status for line in second] == ["kept", "kept"]
    assert [line.audio for line in second] == [line.audio for line in first]
    assert len(emulator.requests) == count


def test_an_accepted_text_is_never_asked_for_again(emulator, tmp_path):
    """The audio was lost, or the run ended between the answer and the download."""
    texts = texts_of("One.", "Two.")
    first = speak(emulator, texts, tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "asked.jsonl").read_text("utf-8").splitlines()]
    kept = [row for row in rows if "audio" not in row]
    text = "".join(json.dumps(row) + "\n" for row in kept)
    (tmp_path / "asked.jsonl").write_text(text + '{"key": "torn', "utf-8")
    (tmp_path / "002.wav").unlink()
    again = speak(emulator, texts, tmp_path)
    assert [line.status for line in again] == ["spoken", "spoken"]
    assert [line.clip for line in again] == [line.clip for line in first]
    assert len(asked(emulator, "POST")) == 2
    assert (tmp_path / "002.wav").is_file()


def test_another_text_under_the_same_name_is_asked_for(emulator, tmp_path):
    speak(emulator, texts_of("One."), tmp_path)
    (line,) = speak(emulator, texts_of("Other."), tmp_path)
    assert line.status == "spoken"
    assert clipaudio.open_clip(line.callback).words.labels == ("Other",)


def test_clips_that_exist_are_updated_and_polled(emulator, tmp_path):
    clip = emulator.add_clip("demo", "c1", body="Old words.")
    fields = {"body": "New words.", "callback_uri": NOWHERE, "sample_rate": 8000}
    (line,) = speak(emulator, [SpokenText(name="intro", clip=clip, fields=fields)], tmp_path)
    assert (line.status, line.clip, line.name) == ("spoken", "c1", "intro")
    assert clipaudio.open_clip(tmp_path / "intro.json").words.labels == ("New", "words")
    fields = {**fields, "body": "Newer words here."}
    speak(emulator, [SpokenText(name="intro", clip=clip, fields=fields)], tmp_path)
    assert clipaudio.open_clip(tmp_path / "intro.json").words.labels == ("Newer", "words", "here")


def test_one_that_fails_stops_no_other_and_is_asked_for_by_the_next_run(emulator, tmp_path):
    texts = texts_of("One.", "Two.")
    missing = SpokenText(name="gone", clip="nobody", fields={"body": "x", "callback_uri": NOWHERE})
    lines = speak(emulator, [texts[0], missing, texts[1]], tmp_path)
    assert [line.status for line in lines] == ["spoken", "failed", "spoken"]
    assert "404" in lines[1].error
    emulator.add_clip("demo", "nobody")
    assert [line.status for line in speak(emulator, [texts[0], missing, texts[1]], tmp_path)] == [
        "kept",
        "spoken",
        "kept",
    ]


def test_pieces_join_to_the_sample(emulator, tmp_path):
    lines = speak(emulator, texts_of("One two.", "Three.", "Four five six."), tmp_path)
    clips = [clipaudio.open_clip(line.callback, audio=line.audio) for line in lines]
    whole = clipaudio.join(clips)
    whole.convert(tmp_path / "whole.wav")
    pieces = [read_audio(line.audio).samples for line in lines]
    np.testing.assert_array_equal(read_audio(tmp_path / "whole.wav").samples, np.concatenate(pieces))
    starts = np.cumsum([0, *(len(piece) for piece in pieces[:-1])]) / 8000
    expected = np.concatenate([clip.words.times + start for clip, start in zip(clips, starts, strict=True)])
    np.testing.assert_allclose(whole.words.times, expected, rtol=0, atol=1e-9)


def test_one_folder_is_filled_by_one_process(emulator, tmp_path):
    lock = Lock(tmp_path / "asked.jsonl")
    with pytest.raises(LedgerBusyError):
        speak(emulator, texts_of("One."), tmp_path)
    lock.release()


def test_a_clip_that_is_never_ready_is_an_error_after_the_timeout(emulator):
    now = [0.0]
    client = client_of(emulator, clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    emulator.add_clip("demo", "silent")
    with pytest.raises(DeadlineError, match="silent was not ready within 7 s"):
        client.wait_for_clip("demo", "silent", timeout=7.0, poll=2.0)
    assert now[0] == pytest.approx(7.0, abs=0.2)
