"""The command `align`."""

from __future__ import annotations

import json
import subprocess

import pytest

from clipaudio import open_clip
from clipaudio.cli.main import main

TEXT = "The boy was there when the sun rose."


@pytest.fixture
def spoken(needs, tmp_path):
    """Return the path of a spoken sentence, with its text beside it."""
    needs("espeakng_loader")
    path = tmp_path / "boy.wav"
    subprocess.run([needs.program("flite"), "-voice", "slt", "-t", TEXT, "-o", str(path)], check=True)
    path.with_suffix(".txt").write_text(TEXT, "utf-8")
    return path


def test_align_writes_a_callback_that_others_read(spoken, tmp_path, capsys):
    assert main(["align", str(spoken), "--out", str(tmp_path / "out"), "--language", "en", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["status"], row["words"]) == ("done", 8)
    assert open_clip(tmp_path / "out/boy.json").text == TEXT
    assert main(["export", str(tmp_path / "out/boy.json"), "--to", "srt", "--out", str(tmp_path / "out")]) == 0
    assert "The boy was there" in (tmp_path / "out/boy.srt").read_text("utf-8")


@pytest.mark.parametrize(
    "table", ["file,text\nboy.wav,{}\n", "boy|x|{}\nother|x|None.\n", "id;text\nboy;{}\n", "text\tfile\n{}\tboy\n"]
)
def test_texts_come_from_a_table(spoken, tmp_path, table, capsys):
    script = tmp_path / "script.csv"
    script.write_text(table.format(TEXT), "utf-8")
    assert main(["align", str(spoken), "--text-of", str(script), "--out", str(tmp_path / "o")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'o/boy.json'}\n"


def test_a_dry_run_writes_nothing(spoken, tmp_path, capsys):
    assert main(["align", str(spoken), "--out", str(tmp_path / "o"), "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "planned"
    assert not (tmp_path / "o").exists()


def test_one_bad_file_does_not_stop_the_others(spoken, tmp_path, capsys):
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"<html>gone</html>")
    bad.with_suffix(".txt").write_text("Hello.", "utf-8")
    (tmp_path / "mute.wav").write_bytes(spoken.read_bytes())
    assert main(["align", str(tmp_path), "--out", str(tmp_path / "o"), "--json"]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["status"] for row in rows] == ["failed", "done", "failed"]
    assert "no mute.txt beside it" in rows[2]["error"]


def test_a_wrong_command_line_is_told_before_any_work(spoken, tmp_path, capsys):
    out = ["--out", str(tmp_path / "o")]
    assert main(["align", str(spoken), *out, "--engine", "magic"]) == 2
    assert main(["align", str(tmp_path / "none/*.wav"), *out]) == 2
    assert main(["align", str(spoken), str(tmp_path / "b.wav"), "--text", str(spoken.with_suffix(".txt")), *out]) == 2
    assert not (tmp_path / "o").exists()
    table = tmp_path / "t.csv"
    table.write_text("a,b,text\n1,2,3\n", "utf-8")
    assert main(["align", str(spoken), "--text-of", str(table), *out]) == 1
    assert "expected one named file and one named text" in capsys.readouterr().err


def test_check_names_a_shift_and_writes_what_fits(spoken, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["align", str(spoken), "--out", str(out), "--language", "en"]) == 0
    content = json.loads((out / "boy.json").read_text("utf-8"))
    for key in ("graph_times", "phon_times"):
        pairs = content["audio_timestamps"][key]
        content["audio_timestamps"][key] = [[start + 0.1, end + 0.1] for start, end in pairs]
    late = tmp_path / "late.json"
    late.write_text(json.dumps(content), "utf-8")
    capsys.readouterr()
    command = ["check", str(late), "--profile", "none", "--language", "en", "--json", "--audio", str(spoken)]
    main([*command, "--fix", str(out / "fixed.timeline.json")])
    row = json.loads(capsys.readouterr().out)
    assert row["fit"]["offset"] == pytest.approx(-0.1, abs=0.022)
    assert row["fit"]["findings"][0]["kind"] == "offset"
    assert row["fixed"]["score"] >= 95
    main(["inspect", str(out / "fixed.timeline.json"), "--audio", str(spoken), "--language", "en", "--json"])
    assert json.loads(capsys.readouterr().out)["fit"]["offset"] == 0


def test_check_writes_nothing_where_times_fit(spoken, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["align", str(spoken), "--out", str(out), "--language", "en"]) == 0
    command = ["check", str(out / "boy.json"), "--profile", "none", "--audio", str(spoken)]
    main([*command, "--fix", str(out / "fixed.srt")])
    assert "nothing written" in capsys.readouterr().out
    assert not (out / "fixed.srt").exists()


def test_check_says_which_flags_go_together(spoken, capsys):
    assert main(["check", str(spoken), "--fix", "x.srt"]) == 2
    assert main(["check", str(spoken), str(spoken), "--audio", str(spoken)]) == 2
    assert "--fix needs --audio" in capsys.readouterr().err
