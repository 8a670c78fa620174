"""Names of files and outputs mean what people expect of them."""

from __future__ import annotations

import json
from pathlib import PurePath

import numpy as np
import pytest

import clipaudio
from clipaudio.audio.encode import encode
from clipaudio.audio.reader import open_audio
from clipaudio.batch.manifest import rows
from clipaudio.cli.main import main
from clipaudio.export import FORMATS

STAMPS = {"graph_chars": list("Hi you."), "graph_times": [[row / 10, row / 10 + 0.1] for row in range(7)]}
WAV = encode(np.zeros(800), 8000)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        callback = {"id": name, "url": f"{name}.wav", "audio_timestamps": STAMPS}
        (tmp_path / f"{name}.json").write_text(json.dumps(callback), "utf-8")
    return tmp_path


def test_dots_in_names_are_no_extensions(folder):
    for name in ("take 1.5", "take 1.6"):
        (folder / name).write_bytes(WAV)
        assert main(["convert", name, "--out", "o/"]) == 0
    assert sorted(path.name for path in (folder / "o").iterdir()) == ["take 1.5.wav", "take 1.6.wav"]


@pytest.mark.parametrize("name", ["q.wma", "q.caf", "q.webm"])
def test_convert_makes_no_folder_named_like_a_file_it_cannot_write(folder, name, capsys):
    (folder / "a.wav").write_bytes(WAV)
    assert main(["convert", "a.wav", "--out", name]) == 2
    assert f"--out {name} cannot be written" in capsys.readouterr().err
    assert not (folder / name).exists()
    assert main(["convert", "a.wav", "--out", f"{name}/"]) == 0
    assert (folder / name / "a.wav").is_file()


@pytest.mark.parametrize("suffix", [".caf", ".m4b", ".webm", ".AIFC"])
def test_a_folder_search_finds_every_kind_that_can_be_read(folder, suffix):
    (folder / "in").mkdir()
    (folder / "in" / f"a{suffix}").write_bytes(WAV)  # the bytes decide what it is
    assert main(["convert", "in", "--out", "o"]) == 0
    assert (folder / "o" / "a.wav").is_file()


def test_export_writes_the_file_that_out_names(folder):
    assert main(["export", "one.json", "--to", "srt", "--out", "deep/q.srt"]) == 0
    assert (folder / "deep" / "q.srt").is_file()


@pytest.mark.parametrize(
    "arguments", [["one.json", "two.json", "--to", "srt"], ["one.json", "--to", "srt,vtt"], ["one.json", "--to", "vtt"]]
)
def test_export_makes_no_folder_named_like_a_file(folder, arguments, capsys):
    assert main(["export", *arguments, "--out", "q.srt"]) == 2
    assert "is the name of a file" in capsys.readouterr().err
    assert not (folder / "q.srt").exists()


@pytest.mark.parametrize("row", [row for row in FORMATS if row.is_plain], ids=lambda row: row.name)
def test_export_writes_the_file_that_out_names_by_the_last_part_of_its_extension(folder, row, capsys):
    """As `--to rhubarb --out mouth.json`; two formats are still refused, as no folder is meant."""
    out = f"q{PurePath('q' + row.extension).suffix}"
    assert main(["export", "one.json", "--to", row.name, "--phones", "given", "--out", out]) == 0
    assert (folder / out).is_file()
    capsys.readouterr()
    assert (
        main(["export", "one.json", "--to", f"{row.name},{'txt' if row.name == 'srt' else 'srt'}", "--out", "p" + out])
        == 2
    )
    assert "is the name of a file" in capsys.readouterr().err


def test_every_format_is_listed(capsys):
    assert main(["formats"]) == 0
    listed = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
    assert listed == [[row.name, row.extension] for row in FORMATS]


def test_all_stands_for_every_format(folder):
    assert main(["export", "one.json", "--to", "all", "--out", "o"]) == 0
    assert len(list((folder / "o").iterdir())) == sum(row.is_plain for row in FORMATS)


def test_files_of_the_same_name_in_two_folders_are_two_clips(folder):
    for speaker in ("spk1", "spk2"):
        (folder / speaker).mkdir()
        (folder / speaker / "utt1.wav").write_bytes(WAV)
    lines = [json.dumps({"audio_filepath": f"{speaker}/utt1.wav"}) for speaker in ("spk1", "spk2")]
    (folder / "m.jsonl").write_text("\n".join(lines), "utf-8")
    assert [row.id for row in rows("m.jsonl")] == ["spk1-utt1", "spk2-utt1"]
    assert sorted(row.id for row in rows("*/*.wav")) == ["spk1-utt1", "spk2-utt1"]
    for _ in range(2):
        assert main(["batch", "m.jsonl", "--out", "out", "--convert", "8000:PCM_16", "--flat"]) == 0
    assert len(list((folder / "out").glob("*.wav"))) == 2


@pytest.mark.parametrize("text", ['[{"audio_filepath": "a.wav"}]', "[]", "7", '"a"'])
def test_a_manifest_without_a_readable_row_fails(folder, text):
    (folder / "array.json").write_text(text, "utf-8")
    assert main(["batch", "array.json", "--out", "out", "--to", "srt"]) == 1


@pytest.mark.parametrize("number", [10**19, 10**30, -(10**30)])
@pytest.mark.parametrize("name", ["bytes", "attempt"])
def test_a_number_beyond_64_bits_makes_a_torn_line(folder, name, number):
    command = ["batch", "one.json", "--out", "out", "--to", "srt"]
    assert main(command) == 0
    ledger = folder / "out" / "ledger.jsonl"
    row = json.loads(ledger.read_text("utf-8").splitlines()[-1]) | {name: number}
    with ledger.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    assert main(command) == 0
    assert main([*command, "--verify"]) == 0


def test_the_folder_of_the_demo_is_a_source_of_batch(folder):
    assert main(["demo", "--engine", "tone", "--out", "demo", "--text", "Hello."]) == 0
    assert main(["batch", "demo", "--out", "out", "--to", "srt", "--convert", "16000:PCM_16"]) == 0
    assert len(list((folder / "out").rglob("*.srt"))) == 1


def test_a_table_that_cannot_be_written_is_refused_before_the_work(folder, capsys):
    import sys

    saved = sys.modules.get("pyarrow")
    sys.modules["pyarrow"] = None
    try:
        assert main(["batch", "one.json", "--out", "out", "--to", "srt", "--table", "t.parquet"]) == 1
    finally:
        if saved is None:
            del sys.modules["pyarrow"]
        else:
            sys.modules["pyarrow"] = saved
    assert "Parquet needs pyarrow" in capsys.readouterr().err
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("url", "audio"), [("a.wav", "a.wav"), ("https://x.example/1", "one.wav"), (None, "clip-7.wav")]
)
def test_the_audio_beside_a_callback_is_found_the_same_way_everywhere(folder, url, audio, capsys):
    """By the url, by the name of the JSON, by the id of the clip."""
    callback = {"id": "clip-7", "url": url, "audio_timestamps": STAMPS}
    (folder / "one.json").write_text(json.dumps(callback), "utf-8")
    (folder / audio).write_bytes(encode(np.zeros(8000 * 3), 8000))
    assert clipaudio.open_clip("one.json").duration == 3.0
    assert main(["inspect", "one.json", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["duration"] == 3.0
    assert main(["export", "one.json", "--to", "timeline", "--out", "o"]) == 0
    assert json.loads((folder / "o" / "one.timeline.json").read_text("utf-8"))["duration"] == 3.0


def test_joined_clips_begin_where_their_audio_begins_and_the_audio_is_written(folder):
    for name in ("one", "two"):
        (folder / f"{name}.wav").write_bytes(encode(np.zeros(8000 * 3), 8000))
    assert main(["export", "one.json", "two.json", "--join", "all", "--gap", "0.1", "--to", "timeline"]) == 0
    words = json.loads((folder / "all.timeline.json").read_text("utf-8"))["words"]
    assert [word["start"] for word in words][2] == pytest.approx(3.1, abs=1e-3)
    with open_audio("all.wav") as audio:
        assert audio.frames == 8000 * 6 + 800


@pytest.mark.usefixtures("folder")
def test_joining_without_audio_says_so(capsys):
    assert main(["export", "one.json", "two.json", "--join", "all", "--to", "srt"]) == 0
    assert "has no audio beside it" in capsys.readouterr().err


def test_each_of_several_callbacks_may_be_given_its_audio(folder, capsys):
    for name in ("x", "y"):
        (folder / f"{name}.wav").write_bytes(encode(np.zeros(8000 * 2), 8000))
    assert main(["export", "one.json", "two.json", "--audio", "x.wav", "--audio", "y.wav", "--to", "timeline"]) == 0
    assert json.loads((folder / "two.timeline.json").read_text("utf-8"))["duration"] == 2.0
    assert main(["export", "one.json", "two.json", "--audio", "x.wav", "--to", "srt"]) == 2
    assert "--audio is given 1 times for 2 files" in capsys.readouterr().err


def test_what_exports_wrote_beside_callbacks_is_no_row(folder, capsys):
    command = ["batch", str(folder), "--out", str(folder), "--flat", "--to", "srt,timeline,words,rhubarb,emu"]
    assert main(command) == 0
    capsys.readouterr()
    assert main([*command, "--strict"]) == 0
    assert "0 rows unreadable" in capsys.readouterr().err
    (folder / "no.json").write_text("{}", "utf-8")
    assert main([*command, "--strict"]) == 1


def test_quiet_prints_problems_only(folder, capsys):
    command = ["batch", str(folder), "--out", "out", "--to", "srt,rhubarb", "--quiet"]
    assert main(command) == 0
    assert capsys.readouterr().err == ""
    (folder / "no.json").write_text("{}", "utf-8")
    main(command)
    assert "no.json" in capsys.readouterr().err


def test_a_pattern_names_outputs(folder):
    assert (
        main(["export", "one.json", "two.json", "--to", "srt,words", "--out", "o", "--name", "{n:02}/{id}.{ext}"]) == 0
    )
    found = sorted(str(path.relative_to(folder / "o")) for path in (folder / "o").rglob("*.*"))
    assert found == ["01/one.srt", "01/one.words.json", "02/two.srt", "02/two.words.json"]


def test_a_pattern_that_names_two_clips_alike_overwrites_none(folder, capsys):
    assert main(["export", "one.json", "two.json", "--to", "srt", "--out", "o", "--name", "clip.{ext}"]) == 1
    assert len(list((folder / "o").iterdir())) == 1
    assert "was written for one.json already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{clip}.{ext}", "there is no field {clip}; use some of {ext}, {id}, {n}, {stem}"),
        ("{id}", "it has no {ext}"),
        ("../{id}.{ext}", "leads out of the output folder"),
        ("/etc/{id}.{ext}", "leads out of the output folder"),
        ("C:\\{id}.{ext}", "leads out of the output folder"),
        ("{id.__class__}.{ext}", "there is no field {id.__class__}"),
        ("{n:999999999}.{ext}", "a field takes a width alone"),
        ("{id!r}.{ext}", "a field takes a width alone"),
        ("{id", "write a field as {id}"),
    ],
)
def test_a_pattern_that_cannot_be_filled_is_told(folder, capsys, pattern, said):
    assert main(["export", "one.json", "--to", "srt", "--name", pattern]) == 2
    assert said in capsys.readouterr().err
    assert not list(folder.rglob("*.srt"))
