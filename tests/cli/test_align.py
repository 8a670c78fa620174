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


def test_a_fixed_file_has_no_phones_that_did_not_come(spoken, tmp_path):
    assert main(["align", str(spoken), "--out", str(tmp_path), "--language", "en"]) == 0
    words = open_clip(tmp_path / "boy.json").words
    rows = [{"word": word.label, "start": word.start + 0.2, "end": word.end + 0.2} for word in words]
    late = tmp_path / "late.json"
    late.write_text(json.dumps(rows), "utf-8")
    command = ["check", str(late), "--profile", "none", "--language", "en", "--audio", str(spoken)]
    main([*command, "--fix", str(tmp_path / "fixed.timeline.json")])
    fixed = open_clip(tmp_path / "fixed.timeline.json")
    assert fixed.words.starts == pytest.approx(words.starts, abs=0.03)
    assert not len(fixed.phones)


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


def test_one_command_writes_every_format_as_an_export_of_the_callback_does(spoken, tmp_path, capsys):
    out, again = tmp_path / "out", tmp_path / "again"
    words = ["align", str(spoken), "--to", "srt,textgrid,rhubarb,html", "--language", "en", "--profile", "bbc"]
    assert main([*words, "--out", str(out), "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row.get("format") for row in rows] == [None, "srt", "textgrid", "rhubarb", "html"]
    export = ["export", str(out / "boy.json"), "--audio", str(spoken), "--to", "srt,textgrid,rhubarb,html"]
    assert main([*export, "--language", "en", "--profile", "bbc", "--out", str(again)]) == 0
    for name in ("boy.srt", "boy.TextGrid", "boy.rhubarb.json", "boy.html"):
        assert (out / name).read_bytes() == (again / name).read_bytes(), name


def test_praat_reads_the_phones_of_an_aligned_clip(spoken, tmp_path, needs):
    call = needs("parselmouth").praat.call
    main(["align", str(spoken), "--to", "textgrid", "--language", "en", "--out", str(tmp_path / "out")])
    grid = needs("parselmouth").read(str(tmp_path / "out/boy.TextGrid"))
    names = [call(grid, "Get tier name", tier) for tier in range(1, call(grid, "Get number of tiers") + 1)]
    assert names == ["sentences", "words", "syllables", "phones", "graphemes"]
    count = call(grid, "Get number of intervals", 4)
    labels = [call(grid, "Get label of interval", 4, row) for row in range(1, count + 1)]
    assert "".join(labels).replace("ˈ", "").startswith("ðəbɔɪ")


def test_a_format_that_fails_does_not_stop_the_others(spoken, tmp_path, capsys):
    (tmp_path / "out/boy.srt").mkdir(parents=True)  # a folder is in the way
    assert main(["align", str(spoken), "--to", "srt,vtt", "--language", "en", "--out", str(tmp_path / "out")]) == 1
    assert (tmp_path / "out/boy.vtt").exists()
    assert "boy.srt" in capsys.readouterr().err


def test_wrong_formats_and_lexicons_are_told_before_any_work(spoken, tmp_path, capsys):
    words = ["align", str(spoken), "--out", str(tmp_path / "o")]
    assert main([*words, "--to", "srt,magic"]) == 2
    assert main([*words, "--lexicon", str(tmp_path / "none.dict")]) == 2
    assert "none.dict cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_a_dry_run_names_every_file(spoken, tmp_path, capsys):
    words = ["align", str(spoken), "--to", "srt,html", "--out", str(tmp_path / "o"), "--dry-run"]
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines() == [
        str(tmp_path / "o" / f"boy.{end}") for end in ("json", "srt", "html")
    ]
    assert not (tmp_path / "o").exists()


def test_words_of_a_lexicon_are_aligned_with_its_phones(spoken, tmp_path):
    lexicon = tmp_path / "own.dict"
    lexicon.write_text("BOY  B UH1 OY2\n", "utf-8")
    words = ["align", str(spoken), "--language", "en", "--lexicon", str(lexicon), "--out", str(tmp_path / "o")]
    assert main(words) == 0
    phones = open_clip(tmp_path / "o/boy.json").phones.labels
    assert phones[2:5] == ("b", "ˈʊ", "ˌɔɪ")


def test_the_demo_finds_the_times_of_a_clip_that_came_without(needs, tmp_path):
    needs("espeakng_loader")
    for name, more in (("given", []), ("found", ["--without-times"])):
        assert main(["demo", "--out", str(tmp_path / name), *more, "--json"]) == 0
    names = [{path.name for path in (tmp_path / name).iterdir()} for name in ("given", "found")]
    assert names[0] == names[1]
    given, found = (open_clip(tmp_path / name / "callback.json", language="en") for name in ("given", "found"))
    assert found.words.labels == given.words.labels
    assert abs(found.words.times - given.words.times).mean() < 0.05
    assert json.loads((tmp_path / "found/callback.json").read_text("utf-8"))["alignment"]["estimated"]


def test_a_demo_without_times_needs_speech(tmp_path, capsys):
    assert main(["demo", "--without-times", "--engine", "tone", "--out", str(tmp_path / "o")]) == 2
    assert "needs speech" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            "file,text\nhello.wav,Hello there, my friend.\n",
            "row 1 has more fields than the first; put text",
        ),
        ("file,text\nhello.wav\n", "row 1 has fewer fields"),
        ("file,text\nhello.wav,Hello.\nhello.wav,Bye.\n", "has two texts for hello.wav"),
    ],
)
def test_tables_that_would_lose_text_are_refused(spoken, tmp_path, capsys, rows, told):
    table = tmp_path / "texts.csv"
    table.write_text(rows.replace("hello.wav", spoken.name), "utf-8")
    try:
        code = main(["align", str(spoken), "--text-of", str(table), "--out", str(tmp_path / "o")])
    except SystemExit as left:
        code = left.code
    assert code in {1, 2}
    assert told.replace("hello.wav", spoken.name) in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
