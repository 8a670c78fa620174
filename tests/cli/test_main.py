"""The command line as people type it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from clipaudio import __version__
from clipaudio.audio.decode import read_audio
from clipaudio.audio.encode import encode
from clipaudio.cli.main import main
from clipaudio.export import FORMATS


@pytest.fixture
def saved(samples, tmp_path):
    """The documented sample, saved with an id."""
    path = tmp_path / "hey.json"
    payload = {"id": "cecad6f9", "project_id": "3700a2f1", "issues": ["quiet"], "url": "https://example.com/a.wav"}
    path.write_text(json.dumps({**payload, "audio_timestamps": samples["v2_doc_hey_there.json"]}), "utf-8")
    return path


def test_exports_are_named_after_the_callback(saved, tmp_path, capsys):
    assert main(["export", str(saved), "--to", "srt,vtt,textgrid", "--out", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["hey.TextGrid", "hey.srt", "hey.vtt"]
    assert out.splitlines()[0] == f"written\t{tmp_path / 'out' / 'hey.srt'}"
    assert main(["export", str(saved), "--to", "rhubarb"]) == 0
    assert (tmp_path / "hey.rhubarb.json").exists()


def test_one_bad_callback_does_not_stop_the_others(saved, tmp_path, capsys):
    bad = tmp_path / "bad.json"
    bad.write_text("{", "utf-8")
    out = tmp_path / "out"
    assert main(["export", str(bad), str(saved), "--to", "srt", "--out", str(out), "--json"]) == 1
    said = capsys.readouterr()
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert [row["status"] for row in rows] == ["failed", "written"]
    assert "not valid JSON" in said.err
    assert "Traceback" not in said.err


def test_a_dry_run_writes_nothing_and_existing_files_can_be_kept(saved, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["export", str(saved), "--to", "srt", "--out", str(out), "--dry-run"]) == 0
    assert not out.exists()
    bare = tmp_path / "bare.json"
    bare.write_text('{"id": "a"}', "utf-8")
    assert main(["export", str(bare), "--to", "srt", "--out", str(out), "--dry-run"]) == 1
    assert main(["export", str(saved), "--to", "srt", "--out", str(out), "--dry-run", "--strict"]) == 1
    assert not out.exists()
    out.mkdir()
    (out / "hey.srt").write_text("mine")
    assert main(["export", str(saved), "--to", "srt", "--out", str(out), "--skip-existing"]) == 0
    assert (out / "hey.srt").read_text() == "mine"
    assert "skipped" in capsys.readouterr().out


def test_two_callbacks_of_one_name_do_not_overwrite_each_other(saved, tmp_path, capsys):
    other = tmp_path / "sub" / "hey.json"
    other.parent.mkdir()
    other.write_bytes(saved.read_bytes())
    out = tmp_path / "out"
    assert main(["export", str(saved), str(other), "--to", "srt", "--out", str(out)]) == 1
    assert "was written for" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--to", "doc"], "no format 'doc'"),
        (["--to", ","], "--to names no format; expected"),
        (["x.json", "--to", "srt", "--audio", "a.wav"], "--audio is given 1 times for 2 files"),
    ],
)
def test_usage_errors_give_2(saved, capsys, words, message):
    assert main(["export", str(saved), *words]) == 2
    assert message in capsys.readouterr().err


def test_strict_export_fails_where_something_would_be_mended(saved, capsys):
    assert main(["export", str(saved), "--to", "srt", "--strict"]) == 1
    assert "entry 0 needs repair" in capsys.readouterr().err


def test_inspect_gives_one_object(saved, capsys):
    assert main(["inspect", str(saved), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert list(facts) == "source id project_id duration issues text words sentences graphemes phones report".split()
    assert facts["words"] == [
        {"label": "Hey", "start": 0.0374, "end": 0.19955, "phones": [0, 3]},
        {"label": "there", "start": 0.2931, "end": 0.5675, "phones": [4, 7]},
    ]
    assert facts["issues"] == ["quiet"]
    assert facts["report"]["graphemes"]["findings"][0]["kind"] == "shared"


def test_inspect_shows_people_words_phones_and_repairs(saved, capsys):
    assert main(["inspect", str(saved)]) == 0
    out = capsys.readouterr().out
    assert "0.037     0.200  Hey  [h ˈe ɪ]" in out
    assert "graphemes: overlap: 10 neighbours overlap: cut at the midpoint" in out
    assert "issue: quiet" in out


def test_inspect_takes_a_callback_without_times(tmp_path, capsys):
    path = tmp_path / "a.json"
    path.write_text('{"id": "a"}', "utf-8")
    assert main(["inspect", str(path), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["words"] == []
    assert "without audio_timestamps" in facts["report"]["message"]
    assert main(["inspect", str(path)]) == 0
    assert "include_timestamps" in capsys.readouterr().out


def test_inspect_measures_the_audio(saved, tmp_path, capsys):
    audio = tmp_path / "a.wav"
    audio.write_bytes(encode(np.zeros(16_000), 16_000))
    assert main(["inspect", str(saved), "--audio", str(audio), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["duration"] == 1.0
    bare = tmp_path / "bare.json"
    bare.write_text('{"id": "a", "duration": 7}', "utf-8")
    assert main(["inspect", str(bare), "--audio", str(audio), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["duration"] == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_data_is_utf_8_whatever_the_locale(saved, encoding):
    environ = {**os.environ, "PYTHONIOENCODING": encoding}
    for words in (["inspect", str(saved), "--json"], ["inspect", str(saved)]):
        command = [sys.executable, "-m", "clipaudio", *words]
        done = subprocess.run(command, check=True, capture_output=True, env=environ)
        assert "ˈe" in done.stdout.decode("utf-8")


@pytest.mark.skipif(os.name != "posix", reason="file names of bytes")
def test_files_whose_names_are_no_text_are_read_and_written(saved, tmp_path):
    audio = tmp_path / os.fsdecode(b"\xff.wav")
    callback = tmp_path / os.fsdecode(b"\xfe.json")
    try:
        audio.write_bytes(encode(np.zeros(16_000), 16_000))
        callback.write_bytes(saved.read_bytes())
    except OSError:
        pytest.skip("this file system wants text")
    command = [sys.executable, "-m", "clipaudio", "export", callback, "--audio", audio, "--to", "rhubarb", "--json"]
    done = subprocess.run(command, check=True, capture_output=True)
    assert json.loads(done.stdout)["status"] == "written"
    track = (tmp_path / os.fsdecode(b"\xfe.rhubarb.json")).read_text("utf-8")
    assert json.loads(track)["metadata"]["soundFile"].endswith("\ufffd.wav")


def test_errors_are_one_line_without_a_traceback(tmp_path, capsys):
    assert main(["inspect", str(tmp_path / "none.json")]) == 1
    err = capsys.readouterr().err
    assert err == f"clipaudio inspect: {tmp_path / 'none.json'}: no such file or folder; check the path\n"
    assert err.count("\n") == 1
    with pytest.raises(FileNotFoundError):
        main(["--debug", "inspect", str(tmp_path / "none.json")])


def test_version_and_usage(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"clipaudio {__version__}\n"
    with pytest.raises(SystemExit) as caught:
        main([])
    assert caught.value.code == 2


def test_demo_runs_every_step(tmp_path, capsys):
    out = tmp_path / "demo"
    words = ["demo", "--out", str(out), "--engine", "tone", "--text", "Hello, world.", "--sample-rate", "44100"]
    assert main([*words, "--precision", "PCM_24"]) == 0
    said = capsys.readouterr()
    names = {path.name for path in out.iterdir()}
    left_out = {"textgrid-short", "chapters", "ffmetadata"}
    shown = {f"clip{row.extension}" for row in FORMATS if row.name not in left_out and row.is_plain}
    assert names == {"callback.json", "clip.wav", "clip-16k.wav"} | shown
    assert all(name in said.out for name in names)
    assert "spoken by tones\n" in said.err
    original, converted = read_audio(out / "clip.wav"), read_audio(out / "clip-16k.wav")
    assert (original.sample_rate, original.subtype) == (44100, "PCM_24")
    assert (converted.sample_rate, converted.subtype) == (16000, "PCM_16")
    assert "Hello, world." in (out / "clip.srt").read_text("utf-8")


def test_the_demo_speaks_to_machines(needs, tmp_path, capsys):
    needs("espeakng_loader")
    assert main(["demo", "--out", str(tmp_path), "--json", "--voice", "de", "--text", "Guten Tag!"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["engine"] == "espeak"
    assert facts["text"] == "Guten Tag!"
    assert set(facts["files"]) >= {"callback", "clip", "srt", "textgrid", "rhubarb"}


def test_warnings_are_one_line_each(capsys):
    words = ["update", "p", "c", "--body", "x", "--voice", "v", "--callback-uri", "https://example.com/a", "--dry-run"]
    assert main([*words, "--precision", "PCM_64"]) == 0
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "warning: precision is PCM_64" in err


def test_the_demo_warns_in_one_line_and_tells_what_the_service_refused(tmp_path, capsys):
    assert main(["demo", "--out", str(tmp_path), "--engine", "tone", "--precision", "PCM_64"]) == 1
    err = capsys.readouterr().err.splitlines()
    assert err[1].startswith("clipaudio demo: warning: precision is PCM_64")
    assert err[2].startswith("clipaudio demo: the service answered 422")
    assert len(err) == 3


@pytest.mark.skipif(os.name != "posix", reason="pipes and signals of POSIX")
def test_a_reader_that_leaves_ends_the_command_quietly(saved):
    command = [sys.executable, "-m", "clipaudio", "inspect", str(saved), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.wait() in {0, 1}
        assert process.stderr.read() == b""
