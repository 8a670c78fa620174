"""Folders hold files of many shapes, and what was exported from them: each clip is one row."""

from __future__ import annotations

import json

from clipaudio.cli.main import main

WORDS = [
    {"word": "hi", "punct": "Hi", "start": 0.1, "end": 0.4},
    {"word": "you", "punct": "you.", "start": 0.5, "end": 0.9},
]


def outputs(folder):
    return sorted(path.name for path in folder.rglob("*.srt"))


def make_folder(folder):
    folder.mkdir()
    (folder / "json.json").write_text(json.dumps({"words": WORDS}), "utf-8")
    lines = [{"type": "WordBoundary", "offset": 1_000_000, "duration": 3_000_000, "text": "hi"}]
    (folder / "lines.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    (folder / "tokens.ctm").write_text("clip 1 0.1 0.3 hi\nclip 1 0.5 0.4 you\n", "utf-8")
    (folder / "cues.vtt").write_text("WEBVTT\n\n00:00.100 --> 00:00.900\nHi you.\n", "utf-8")
    (folder / "notes.txt").write_text("nothing to read", "utf-8")
    return folder


def test_a_folder_of_many_shapes_is_read_file_by_file(tmp_path, capsys):
    folder = make_folder(tmp_path / "clips")
    assert main(["batch", str(folder), "--out", str(tmp_path / "out"), "--to", "srt"]) == 0
    assert outputs(tmp_path / "out") == ["cues.srt", "json.srt", "lines.srt", "tokens.srt"]
    assert "without the audio" not in capsys.readouterr().err


def test_what_was_exported_beside_its_source_is_passed_over_quietly(tmp_path, capsys):
    folder = make_folder(tmp_path / "clips")
    assert main(["export", str(folder / "json.json"), str(folder / "lines.jsonl"), "--to", "all"]) == 0
    capsys.readouterr()
    assert main(["batch", str(folder), "--out", str(tmp_path / "out"), "--to", "srt", "--json"]) == 0
    assert outputs(tmp_path / "out") == ["cues.srt", "json.srt", "lines.srt", "tokens.srt"]


def test_a_corrected_file_is_read_where_it_is_named(tmp_path):
    folder = make_folder(tmp_path / "clips")
    assert main(["export", str(folder / "json.json"), "--to", "textgrid"]) == 0
    grid = folder / "json.TextGrid"
    grid.write_text(grid.read_text("utf-8").replace('"you"', '"they"'), "utf-8")
    assert main(["batch", str(folder / "*.TextGrid"), "--out", str(tmp_path / "out"), "--to", "srt"]) == 0
    (made,) = (tmp_path / "out").rglob("*.srt")
    assert "they." in made.read_text("utf-8")


def test_files_of_one_name_in_two_folders_are_two_clips(tmp_path):
    for speaker in ("ann", "bob"):
        folder = tmp_path / "clips" / speaker
        folder.mkdir(parents=True)
        (folder / "take.json").write_text(json.dumps({"words": WORDS}), "utf-8")
    assert main(["batch", str(tmp_path / "clips"), "--recursive", "--out", str(tmp_path / "out"), "--to", "srt"]) == 0
    assert outputs(tmp_path / "out") == ["ann-take.srt", "bob-take.srt"]


def test_events_that_were_saved_as_lines_are_one_clip(tmp_path, capsys):
    alignment = {
        "characters": ["H", "i"],
        "character_start_times_seconds": [0, 0.1],
        "character_end_times_seconds": [0.1, 0.2],
    }
    data = json.dumps({"audio_base64": "", "alignment": alignment})
    (tmp_path / "s.jsonl").write_text(f": begin\nevent: chunk\ndata: {data}\n\ndata: [DONE]\n", "utf-8")
    assert main(["batch", str(tmp_path / "s.jsonl"), "--out", str(tmp_path / "out"), "--to", "srt"]) == 0
    assert capsys.readouterr().out == "s/s.srt\n"
