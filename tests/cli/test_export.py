"""Export: captions with profiles and frames, clips joined, and what cannot be asked."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from clipaudio.annotation.formats import textgrid
from clipaudio.audio.encode import encode
from clipaudio.captions.formats import srt
from clipaudio.cli.main import main

RATE = 8000


@pytest.fixture
def clips(tmp_path):
    """Two saved clips of a second, whose sound begins a tenth of a second late."""
    for name, text in (("one", "Go on."), ("two", "I will.")):
        edges = np.linspace(0.0, 0.9, len(text) + 1)
        times = np.stack((edges[:-1], edges[1:]), axis=1).tolist()
        stamps = {"graph_chars": list(text), "graph_times": times}
        payload = {"id": name, "project_id": "p", "url": f"{name}.wav", "audio_timestamps": stamps}
        (tmp_path / f"{name}.json").write_text(json.dumps(payload), "utf-8")
        tone = 0.5 * np.sin(np.arange(RATE) * 0.5)
        tone[: RATE // 10] = 0
        (tmp_path / f"{name}.wav").write_bytes(encode(tone, RATE))
    return [str(tmp_path / f"{name}.json") for name in ("one", "two")]


def cues(path):
    return srt.loads(path.read_text("utf-8"))


def test_clips_are_written_as_one(clips, tmp_path, capsys):
    words = ["export", *clips, "--to", "srt,vtt,chapters,textgrid", "--out", str(tmp_path / "out"), "--join", "talk"]
    assert main([*words, "--gap", "0.5", "--speakers", "Ann,Ben", "--titles", "First,"]) == 0
    assert [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()] == ["written"] * 5  # with the audio
    found = cues(tmp_path / "out" / "talk.srt")
    assert [cue.text for cue in found] == ["Ann: Go on.", "Ben: I will."]
    assert found[1].start == pytest.approx(1.5, abs=0.001)
    vtt = (tmp_path / "out" / "talk.vtt").read_text("utf-8")
    assert "<v Ann>Go on.</v>" in vtt
    chapters = (tmp_path / "out" / "talk.chapters.vtt").read_text("utf-8")
    assert "00:00:00.000 --> 00:00:01.500\nFirst" in chapters
    assert "00:00:01.500 --> 00:00:02.500\ntwo" in chapters


def test_a_clip_of_many_days_has_no_curves_and_does_not_stop_the_next(clips, tmp_path, capsys):
    far = {"graph_chars": ["H", "i"], "graph_times": [[0, 0.1], [0.1, 900_000.0]]}
    bad = {"id": "far", "audio_timestamps": far, "duration": 1e305, "sample_rate": -4}
    (tmp_path / "far.json").write_text(json.dumps(bad), "utf-8")
    words = ["export", str(tmp_path / "far.json"), clips[0], "--to", "livelink", "--out", str(tmp_path / "out")]
    assert main(words) == 1
    told = capsys.readouterr().err.splitlines()
    assert all(f"graphemes: payload_{kind}: 1 " in "".join(told) for kind in ("duration", "sample_rate"))
    (line,) = [line for line in told if "curves" in line]
    assert "far.json: curves of 900000 s" in line
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["one.livelink.csv"]
    assert main(["inspect", str(tmp_path / "far.json")]) == 0
    page = capsys.readouterr().out
    assert "payload_duration: 1 duration in the payload that no audio has: ignored (1e+305)" in page
    assert max(map(len, page.split())) < 30


def test_a_locale_is_a_language_too(clips, tmp_path):
    out = tmp_path / "out"
    assert main(["export", clips[0], "--to", "srt,ttml,words", "--language", "pt_BR", "--out", str(out)]) == 0
    assert 'xml:lang="pt-BR"' in (out / "one.ttml").read_text("utf-8")


def test_unknown_language_is_noted_once_a_run_and_only_for_captions(clips, tmp_path, capsys):
    words = ["export", *clips, "--language", "xx", "--out", str(tmp_path / "out")]
    assert main([*words, "--to", "textgrid,txt,chapters"]) == 0
    assert capsys.readouterr().err == ""
    for more in ([], ["--join", "both"]):
        assert main([*words, "--to", "srt,VTT", *more]) == 0
        said = capsys.readouterr().err
        assert said.startswith("clipaudio export: no words of 'xx' are known: captions break at punctuation")
        assert said.count("\n") == 1
    assert main([*words, "--to", "srt", "--json"]) == 0
    printed = capsys.readouterr()
    assert all("'xx'" in json.loads(line)["notes"][0] for line in printed.out.splitlines())
    assert printed.err == said


def test_an_undecided_language_is_noted_once_a_clip_and_for_captions_only(clips, tmp_path, capsys):
    words = ["export", clips[0], "--to", "srt,vtt,textgrid", "--phones", "given", "--out", str(tmp_path)]
    assert main(words) == 0
    said = capsys.readouterr().err
    assert said.count("too short or mixed to tell it: it is taken for English") == said.count("\n") == 1
    assert main([*words, "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [len(row["notes"]) for row in rows] == [1, 1, 0]
    assert main([*words, "--language", "en"]) == 0
    assert capsys.readouterr().err == ""


def test_times_of_words_are_told_of_only_where_they_are_written(clips, tmp_path, capsys):
    words = [
        "export",
        *clips,
        "--to",
        "srt,vtt-words",
        "--join",
        "talk",
        "--gap",
        "0.3",
        "--fps",
        "24000/1001",
        "--refine",
        "--language",
        "en",
    ]
    assert main([*words, "--json", "--out", str(tmp_path)]) == 0
    plain, timed, _ = [json.loads(line)["notes"] for line in capsys.readouterr().out.splitlines()]
    assert [note.partition(":")[0] for note in plain] == ["refined to the sound"]
    assert timed[-1:] == plain
    assert all("words were brought" in note for note in timed[:-1])


def test_what_a_format_cannot_hold_as_it_is_is_told(tmp_path, capsys):
    text = "a --> b\x00"
    stamps = {"graph_chars": list(text), "graph_times": [[i / 20, (i + 1) / 20] for i in range(len(text))]}
    (tmp_path / "odd.json").write_text(json.dumps({"id": "odd", "audio_timestamps": stamps}), "utf-8")
    assert main(["export", str(tmp_path / "odd.json"), "--to", "srt,vtt,textgrid"]) == 0
    said = capsys.readouterr().err
    assert "odd.json: srt, vtt: cue 1: control characters were removed" in said
    assert "odd.srt: cue 1: the arrow of a line of times" in said
    more = ["--json", "--language", "en", "--phones", "given"]
    assert main(["export", str(tmp_path / "odd.json"), "--to", "srt,textgrid", *more]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [len(row["notes"]) for row in rows] == [2, 2]  # in letters and in the sentence
    assert cues(tmp_path / "odd.srt")[0].text == "a --> b"


@pytest.mark.parametrize(
    ("flags", "cells", "notes"),
    [
        ([], ("'=1+1 is two.", "=1+1"), ["x.tsv"]),
        (["--spreadsheet-safe"], ("'=1+1 is two.", "'=1+1"), ["x.tsv", "x.labels.txt"]),
        (["--no-spreadsheet-safe"], ("=1+1 is two.", "=1+1"), []),
    ],
)
def test_spreadsheets_run_no_cell_unless_it_is_allowed(tmp_path, capsys, flags, cells, notes):
    text = "=1+1 is two."
    stamps = {"graph_chars": list(text), "graph_times": [[i / 5, (i + 1) / 5] for i in range(len(text))]}
    (tmp_path / "x.json").write_text(json.dumps({"id": "x", "audio_timestamps": stamps}), "utf-8")
    assert main(["export", str(tmp_path / "x.json"), "--to", "tsv,audacity", "--language", "en", *flags]) == 0
    said = [line for line in capsys.readouterr().err.splitlines() if "apostrophe" in line]
    assert len(said) == len(notes)
    assert all(name in line for name, line in zip(notes, said, strict=True))
    table, labels = ((tmp_path / name).read_text("utf-8").splitlines() for name in ("x.tsv", "x.labels.txt"))
    assert (table[1].split("\t")[2], labels[0].split("\t")[2]) == cells


def test_one_clip_that_cannot_be_opened_fails_the_whole(clips, tmp_path, capsys):
    (tmp_path / "two.json").write_text("{", "utf-8")
    assert main(["export", *clips, "--to", "srt", "--join", "talk", "--json", "--out", str(tmp_path)]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["status"] == "failed"
    assert said.err.startswith("clipaudio export: ")
    assert not (tmp_path / "talk.srt").exists()


def test_cues_start_where_the_sound_does(clips, tmp_path, capsys):
    assert main(["export", clips[0], "--to", "srt", "--profile", "none"]) == 0
    assert cues(tmp_path / "one.srt")[0].start == 0.0
    assert main(["export", clips[0], "--to", "srt", "--profile", "none", "--refine"]) == 0
    assert cues(tmp_path / "one.srt")[0].start == pytest.approx(0.1, abs=0.01)
    assert "refined to the sound: 1 starts and 1 ends moved, by 0.250 s at most" in capsys.readouterr().err


def test_refine_finds_late_times_over_the_noise_of_the_recording(tmp_path):
    rng = np.random.default_rng(4)
    samples = rng.normal(0, 10 ** (-55 / 20), 3 * RATE)
    spoken = [(0.5, 1.1), (1.25, 1.9), (1.96, 2.4)]
    for start, end in spoken:
        inside = np.arange(round(start * RATE), round(end * RATE))
        samples[inside] += 0.2 * np.sin(inside * 0.4) * np.hanning(len(inside)) ** 0.25
    text = "no noise now"
    edges = [*np.linspace(0.5, 1.1, 3), *np.linspace(1.25, 1.9, 6), *np.linspace(1.96, 2.4, 4)]
    times = [[a + 0.08, b + 0.08] for a, b in pairwise(edges)]
    stamps = {"graph_chars": list(text), "graph_times": times}
    (tmp_path / "late.json").write_text(json.dumps({"id": "late", "audio_timestamps": stamps}), "utf-8")
    (tmp_path / "late.wav").write_bytes(encode(samples, RATE))
    words = ["export", str(tmp_path / "late.json"), "--audio", str(tmp_path / "late.wav"), "--to", "srt"]
    assert main([*words, "--refine", "--profile", "none"]) == 0
    found = cues(tmp_path / "late.srt")
    assert found[0].start == pytest.approx(0.5, abs=0.06)
    assert found[-1].end == pytest.approx(2.4, abs=0.06)


def test_without_audio_nothing_can_be_refined(clips, tmp_path, capsys):
    (tmp_path / "one.wav").unlink()
    assert main(["export", clips[0], "--to", "srt", "--refine"]) == 1
    assert "needs the audio" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--to", "srt", "--profile", "imax"], "no profile 'imax'"),
        (["--to", "srt", "--fps", "abc"], "abc"),
        (["--to", "docx"], "no format 'docx'"),
        (["--to", ","], "--to names no format; expected"),
        (["--to", "srt", "--gap", "1"], "go with --join"),
    ],
)
def test_what_makes_no_sense_is_usage(clips, capsys, words, message):
    assert main(["export", *clips, *words]) == 2
    assert message in capsys.readouterr().err


def test_a_textgrid_may_have_tokens_for_spaces_and_points_for_words(clips, tmp_path):
    words = ["export", clips[0], "--to", "textgrid", "--spaces", "␣", "--word-points"]
    assert main(words) == 0
    tiers = textgrid.loads((tmp_path / "one.TextGrid").read_bytes())
    assert "␣" in tiers["graphemes"].labels
    assert tiers["word starts"].labels == ("Go", "on")
    assert main(["export", clips[0], "--to", "textgrid"]) == 0
    assert "␣" not in (tmp_path / "one.TextGrid").read_text("utf-8")


def test_callback_on_standard_input_and_a_pattern_are_exported(clips, tmp_path, monkeypatch):
    out = tmp_path / "out"
    with Path(clips[1]).open(encoding="utf-8") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert main(["export", "-", "--to", "srt", "--out", str(out)]) == 0
    assert cues(out / "two.srt")[0].text == "I will."
    assert main(["export", str(tmp_path / "*.json"), "--to", "vtt", "--out", str(out)]) == 0
    assert {file.name for file in out.iterdir()} == {"two.srt", "one.vtt", "two.vtt"}


def test_pattern_without_a_match_and_a_folder_fail_with_advice(clips, tmp_path, capsys):
    assert main(["export", clips[0], str(tmp_path / "no*.json"), "--to", "srt"]) == 1
    assert main(["export", str(tmp_path), "--to", "srt"]) == 1
    assert "clipaudio batch" in capsys.readouterr().err
    assert (tmp_path / "one.srt").exists()


@pytest.mark.parametrize(
    ("times", "extra", "words"),
    [
        ([[0.1, 0.2], [0.2, 0.3], [0.05, 0.1]], {}, "graphemes: disorder: 1 entries"),
        ([[0.1, 0.2], [0.2, 0.3], [None, None]], {}, "graphemes: not_finite: 1 entries"),
        ([[0.1, 0.2], [0.2, 0.3], [0.3, 0.4]], {"duration": 1e308}, "graphemes: payload_duration"),
        ([[0.1, 0.2], [0.2, 0.35], [0.3, 0.4]], {}, None),
    ],
)
def test_what_was_guessed_about_the_times_is_told_on_stderr(tmp_path, capsys, times, extra, words):
    path = tmp_path / "c.json"
    arrays = {"graph_chars": ["a", "b", "c"], "graph_times": times, "phon_chars": [], "phon_times": []}
    path.write_text(json.dumps({"id": "c", "audio_timestamps": arrays, **extra}), "utf-8")
    assert main(["export", str(path), "--to", "tsv"]) == 0
    told = capsys.readouterr().err
    assert words in told if words else "graphemes" not in told


@pytest.mark.parametrize("command", ["export", "view", "batch", "check"])
@pytest.mark.parametrize("named", ["de", None])
def test_a_language_that_the_source_names_is_not_called_unknown(tmp_path, capsys, command, named):
    """Two words do not tell their language, but the file does."""
    words = [{"word": " Guten", "start": 0.0, "end": 0.9}, {"word": " Morgen.", "start": 0.9, "end": 2.0}]
    told = {} if named is None else {"language": named}
    text = json.dumps({"text": " Guten Morgen.", "segments": [{"start": 0, "end": 2, "words": words}], **told})
    (tmp_path / "a.json").write_text(text, "utf-8")
    out = ["--out", str(tmp_path / "out.html" if command == "view" else tmp_path / "out")]
    more = {"view": ["--no-open", *out], "check": []}.get(command, ["--to", "srt", *out])
    assert main([command, str(tmp_path / "a.json"), *more]) == 0
    assert ("taken for English" in capsys.readouterr().err) == (named is None)


def test_a_file_that_was_there_is_told(clips, tmp_path, capsys):
    words = ["export", clips[0], "--to", "srt", "--out", str(tmp_path / "out")]
    lines = []
    for more in ([], [], ["--skip-existing"], ["--dry-run"], ["--json"]):
        assert main([*words, *more]) == 0
        lines += capsys.readouterr().out.splitlines()
    path = tmp_path / "out" / "one.srt"
    assert lines[:4] == [f"{word}\t{path}" for word in ("written", "replaced", "skipped", "planned")]
    row = json.loads(lines[4])
    assert (row["status"], row["replaced"]) == ("written", True)
