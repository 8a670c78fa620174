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


BODY = '<body><div><p begin="0.1s" end="0.9s">Hi you.</p></div></body>'
CAPTIONS = {
    "a.ass": "[Script Info]\n\n[Events]\nFormat: Start, End, Text\nDialogue: 0:00:00.10,0:00:00.90,Hi you.\n",
    "b.ttml": f'<tt xmlns="http://www.w3.org/ns/ttml">{BODY}</tt>',
    "c.sbv": "0:00:00.100,0:00:00.900\nHi you.\n",
    "d.srt": "1\n00:00:00,100 --> 00:00:00,900\nHi you.\n",
    "e.lrc": "[00:00.10]Hi you.\n[00:00.90]\n",
    "f.en.json3": json.dumps({"events": [{"tStartMs": 100, "dDurationMs": 800, "segs": [{"utf8": "Hi you."}]}]}),
    "g.srv1": '<transcript><text start="0.1" dur="0.8">Hi you.</text></transcript>',
    "h.srv3": '<timedtext format="3"><body><p t="100" d="800">Hi you.</p></body></timedtext>',
    "i.SSA": "[Script Info]\n\n[Events]\nFormat: Start, End, Text\nDialogue: 0:00:00.10,0:00:00.90,Hi you.\n",
    "j.dfxp": f'<tt xmlns="http://www.w3.org/2006/10/ttaf1">{BODY}</tt>',
}


def test_captions_of_every_format_that_is_read_are_clips_of_a_folder(tmp_path):
    folder = tmp_path / "captions"
    folder.mkdir()
    for name, content in CAPTIONS.items():
        (folder / name).write_text(content, "utf-8")
    assert main(["batch", str(folder), "--out", str(tmp_path / "out"), "--to", "vtt"]) == 0
    made = {path.read_text("utf-8") for path in (tmp_path / "out").rglob("*.vtt")}
    assert len(list((tmp_path / "out").rglob("*.vtt"))) == len(CAPTIONS)
    assert all("--> 00:00:00.900" in text and "Hi you." in text for text in made)


def test_a_damaged_file_is_told_although_exports_are_called_like_it(tmp_path, capsys):
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / "a.TextGrid").write_text("no TextGrid", "utf-8")
    (folder / "b.ass").write_text("[Events]\nDialogue: 1\n", "utf-8")
    (folder / "c.srt").write_text("1\n00:00:00,100 --> 00:00:00,900\nHi.\n", "utf-8")
    main(["batch", str(folder), "--out", str(tmp_path / "out"), "--to", "vtt"])
    told = capsys.readouterr().err
    assert "a.TextGrid" in told
    assert "b.ass" in told
    assert "2 rows unreadable" in told
