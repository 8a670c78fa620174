"""`clipaudio edit`: the audio and the callback that are written open again with the same words and times."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile

import clipaudio
from clipaudio.audio.decode import read_audio
from clipaudio.audio.wav_writer import encode_wav
from clipaudio.cli.edit import parse_numbers
from clipaudio.cli.main import main
from clipaudio.clip.saving import ESTIMATED, dumps_callback, to_callback

RATE = 16_000
SAID = "So um we go. Um, then we stop, uh, here."


@pytest.fixture
def said(tmp_path):
    """A Whisper-like file of words with its audio beside it, two words a second."""
    words = [
        {"word": f" {word}", "start": 0.2 + row / 2, "end": 0.6 + row / 2} for row, word in enumerate(SAID.split())
    ]
    payload = {"text": SAID, "segments": [{"start": 0.2, "end": 6.0, "text": SAID, "words": words}], "language": "en"}
    path = tmp_path / "talk.json"
    path.write_text(json.dumps(payload), "utf-8")
    samples = np.random.default_rng(1).integers(-9000, 9000, (6 * RATE, 2)).astype(np.int16)
    (tmp_path / "talk.wav").write_bytes(encode_wav(samples, RATE, "PCM_16"))
    return path


def run(capsys, *words):
    code = main(["edit", *map(str, words)])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_words_are_dropped_from_audio_and_callback(said, capsys):
    code, out, err = run(capsys, said, "--drop", "um,uh")
    assert code == 0
    audio, callback = said.with_name("talk.edited.wav"), said.with_name("talk.edited.json")
    assert out.splitlines() == [f"written\t{audio}", f"written\t{callback}"]
    assert "3 words taken out: 2 um, 5 Um, 9 uh" in err
    clip = clipaudio.open_clip(callback)
    assert clip.audio == audio
    assert clip.text == "So we go. then we stop, here."
    expected = clipaudio.open_clip(said).without(["um", "uh"])
    assert clip.words.labels == expected.words.labels
    np.testing.assert_allclose(clip.words.times, expected.words.times, rtol=0, atol=1e-9)
    samples, rate = soundfile.read(audio, dtype="int16")
    assert (rate, len(samples), samples.shape[1]) == (RATE, expected.audio.frames, 2)
    assert main(["export", str(callback), "--to", "srt", "--out", str(said.parent / "out.srt")]) == 0
    assert ESTIMATED in clip.issues


def test_the_same_edits_from_python_and_the_command_line_are_equal(said, capsys):
    out = said.parent / "new"
    edits = ["--text", said.parent / "new.txt", "--drop-words", "1-2", "--max-pause", "0.05", "--pad", "0.5,0.25"]
    (said.parent / "new.txt").write_text(SAID.replace("stop", "halt"), "utf-8-sig")
    code, _, err = run(capsys, said, *edits, "--out", out)
    assert code == 0
    assert "replaced_word: 1 words replace others" in err
    clip = clipaudio.open_clip(said).with_text(SAID.replace("stop", "halt")).without([0, 1]).shorten_pauses(0.05)
    clip = clip.pad(0.5, 0.25)
    again = clipaudio.open_clip(out.with_suffix(".json"))
    assert again.words.labels == clip.words.labels
    np.testing.assert_allclose(again.words.times, clip.words.times, rtol=0, atol=1e-9)
    assert again.measure() == clip.measure()
    assert again.words.times[0, 0] >= 0.5


def test_clips_are_joined_with_their_speakers_and_opened_again(said, tmp_path, capsys):
    other = tmp_path / "other.json"
    words = [{"word": "Yes.", "start": 0.1, "end": 0.5, "speaker": "A"}, {"word": "No.", "start": 0.6, "end": 0.9}]
    other.write_text(
        json.dumps({"segments": [{"start": 0.1, "end": 0.9, "text": "Yes. No.", "words": words}]}), "utf-8"
    )
    (tmp_path / "other.wav").write_bytes(encode_wav(np.ones((RATE, 2), np.int16), RATE, "PCM_16"))
    code, _, _ = run(capsys, said, "--join", other, "--gap", "0.5", "--speed", "1.25", "--out", tmp_path / "both.flac")
    assert code == 0
    again = clipaudio.open_clip(tmp_path / "both.json")
    assert again.audio == tmp_path / "both.flac"
    assert again.words.labels[-2:] == ("Yes", "No")
    assert again.duration == pytest.approx((6 + 0.5 + 1) / 1.25, abs=0.02)


def test_speakers_and_touching_words_of_joined_clips_come_back():
    words = [{"word": "Hi", "start": 0.0, "end": 0.5}]
    talk = clipaudio.join([clipaudio.open_clip(words)] * 2, speakers=["Ann", "Ben"])
    again = clipaudio.open_clip(dumps_callback(talk, name="talk"))
    assert again.words.labels == ("Hi", "Hi")
    np.testing.assert_array_equal(again.words.times, talk.words.times)
    assert [(part.speaker, part.aligned.text.strip()) for part in again.content.parts] == [("Ann", "Hi"), ("Ben", "Hi")]
    payload = to_callback(talk)
    for other in ([["Ann", 10**15]], "x", [["Ann", 1], ["Ben", -1]], {"a": 1}):
        assert clipaudio.open_clip(payload | {"speaker_turns": other}).words.labels == ("Hi", "Hi")


def test_an_input_is_never_overwritten(said, capsys):
    before = said.read_bytes()
    for out in (said, said.with_suffix(".wav"), said.with_name("talk")):
        code, _, err = run(capsys, said, "--drop", "um", "--out", out)
        assert code == 2
        assert "would be overwritten; give another --out" in err
    assert said.read_bytes() == before
    elsewhere = said.parent / "sub"
    elsewhere.mkdir()
    moved = elsewhere / "talk.json"
    moved.write_bytes(before)
    code, _, err = run(
        capsys, moved, "--audio", said.with_suffix(".wav"), "--drop", "um", "--out", said.parent / "talk"
    )
    assert code == 2


def test_a_dry_run_writes_nothing_and_json_says_what_would_be(said, capsys):
    names = sorted(path.name for path in said.parent.iterdir())
    code, out, _ = run(capsys, said, "--drop-words", "2", "--dry-run", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [(row["format"], row["status"], row["words"]) for row in rows] == [
        ("wav", "planned", 9),
        ("callback", "planned", 9),
    ]
    assert rows[1]["notes"] == ["1 words taken out: 2 um"]
    assert sorted(path.name for path in said.parent.iterdir()) == names


def test_numbers_are_those_of_the_list_whatever_else_is_taken_out(said, capsys):
    edits = ["--drop", "um,uh", "--drop-words", "4,6", "--move", "8-10:1"]
    code, _, err = run(capsys, said, *edits)
    assert code == 0
    assert clipaudio.open_clip(said.with_name("talk.edited.json")).text == "stop, here. So we we."
    assert "moved 'stop here' before 'So'" in err
    whole = clipaudio.open_clip(said)
    expected = whole.without([1, 3, 4, 5, 8]).move(3, 5, before=0)
    samples, _ = soundfile.read(said.with_name("talk.edited.wav"), dtype="int16")
    assert len(samples) == expected.audio.frames


def test_words_are_listed_with_the_numbers_that_drop_words_takes(said, capsys):
    code, out, _ = run(capsys, said, "--list")
    assert code == 0
    assert out.splitlines()[1] == "2\t0.700\t1.100\tum"
    assert len(out.splitlines()) == 10


def test_a_clip_without_audio_is_edited_and_told(said, capsys):
    said.with_suffix(".wav").unlink()
    code, out, err = run(capsys, said, "--keep-words", "1-4")
    assert code == 0
    assert out.splitlines() == [f"written\t{said.with_name('talk.edited.json')}"]
    assert "only the callback is written; --audio names that of FILE" in err
    assert clipaudio.open_clip(said.with_name("talk.edited.json")).text == "So um we go."


def test_sound_of_an_earlier_edit_is_not_taken_for_that_of_a_clip_without(said, capsys):
    said.with_suffix(".wav").unlink()
    (said.parent / "q.wav").write_bytes(encode_wav(np.zeros((9, 1), np.int16), RATE, "PCM_16"))
    code, _, err = run(capsys, said, "--keep-words", "1-4", "--out", said.parent / "q")
    assert code == 2
    assert "q.wav would be taken for the audio of the clip" in err
    assert not (said.parent / "q.json").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "nothing to edit"),
        (["--drop", ","], "--drop names no word"),
        (["--drop-words", "0"], "words count from 1"),
        (["--drop-words", "9-3"], "words count from 1"),
        (["--drop-words", "a"], "expected such as 3,7-9"),
        (["--drop-words", "99"], "there is no word 99; there are 10 words, see --list"),
        (["--pad", "1"], "expected BEFORE,AFTER"),
        (["--move", "3"], "no number of a word"),
        (["--move", "3,5:1"], "expected such as 7-9:3"),
        (["--move", "3-5:1-2"], "expected such as 7-9:3"),
        (["--move", "3-5:99"], "there is no word 99"),
        (["--move", "3-5:4"], "cannot stand before one of themselves"),
        (["--move", "2:1", "--drop", "um"], "are taken out by --drop"),
        (["--move", "3:2", "--drop", "um"], "are taken out by --drop"),
        (["--keep-words", "1-2", "--drop-words", "1-10"], "no word would be left"),
    ],
)
def test_wrong_edits_are_told(said, capsys, words, told):
    try:
        code, _, err = run(capsys, said, *words)
    except SystemExit as left:
        code, err = left.code, capsys.readouterr().err
    assert code in {1, 2}
    assert told in err
    assert not said.with_name("talk.edited.json").exists()


def test_numbers_of_words_are_parsed():
    assert parse_numbers("1, 3-5,9") == [0, 2, 3, 4, 8]


def test_praat_reads_the_edited_audio_and_hears_the_kept_words(said, capsys):
    parselmouth = pytest.importorskip("parselmouth", reason="praat-parselmouth is not installed")
    assert run(capsys, said, "--drop", "um,uh", "--max-pause", "0.05")[0] == 0
    sound = parselmouth.Sound(str(said.with_name("talk.edited.wav")))
    clip = clipaudio.open_clip(said.with_name("talk.edited.json"))
    assert sound.duration == pytest.approx(clip.duration, abs=1e-9)
    original = read_audio(said.with_suffix(".wav"))
    old = clipaudio.open_clip(said)
    place, first = round(clip.words.times[1, 0] * RATE), round(old.words.times[2, 0] * RATE)  # "we"
    heard = sound.values[0][place + 100 : place + 5000]
    np.testing.assert_array_equal(heard, original.samples[first + 100 : first + 5000, 0] / 32768)


def test_an_empty_text_takes_no_words_away(tmp_path, capsys):
    stamps = {"graph_chars": ["a"], "graph_times": [[0.0, 0.1]]}
    (tmp_path / "one.json").write_text(json.dumps({"id": "one", "audio_timestamps": stamps}), "utf-8")
    (tmp_path / "new.txt").write_text("\n", "utf-8")
    words = ["edit", str(tmp_path / "one.json"), "--text", str(tmp_path / "new.txt"), "--out", str(tmp_path / "new")]
    assert main(words) == 1
    assert "no word would be left" in capsys.readouterr().err
    assert not (tmp_path / "new.json").exists()
