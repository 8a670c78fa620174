"""A batch says how well the times of each clip fit its sound, and holds back those that do not."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

import clipaudio
from clipaudio.batch.job import Job
from clipaudio.batch.ledger import read
from clipaudio.batch.output_store import Folder
from clipaudio.cli.main import main
from clipaudio.synthesis import espeak_pool

TEXT = "The boy was there when the sun rose. A rod is used to catch pink salmon."


@pytest.fixture(scope="module")
def spoken(needs, tmp_path_factory):
    """Return a folder with a clip whose times fit its sound, one that is 0.3 s late, and one without sound."""
    needs("espeakng_loader")
    folder = tmp_path_factory.mktemp("spoken")
    path = folder / "fitting.wav"
    subprocess.run([needs.program("flite"), "-voice", "slt", "-t", TEXT, "-o", str(path)], check=True)
    times = clipaudio.align_text(path, TEXT, language="en")
    clip = clipaudio.open_clip(times, audio=path, language="en")
    (folder / "late.wav").write_bytes(path.read_bytes())
    for name, found in (("fitting", clip), ("late", clip.shift(0.3)), ("mute", clip)):
        stamps = {"graph_chars": list(found.graphemes.labels), "graph_times": found.graphemes.times.tolist()}
        content = {"id": name, "audio_timestamps": stamps}
        (folder / f"{name}.json").write_text(json.dumps(content), "utf-8")
    return folder


def run(source, out, *words):
    return main(["batch", str(source), "--out", str(out), "--language", "en", "--flat", "--jobs", "1", *words])


def test_each_result_has_the_score_of_its_clip(spoken, tmp_path):
    table = tmp_path / "table.jsonl"
    assert run(spoken, tmp_path / "out", "--to", "srt,vtt", "--convert", "8000", "--fit", "--table", str(table)) == 1
    found = {}
    for row in map(json.loads, table.read_text("utf-8").splitlines()):
        found.setdefault(row["id"], []).append(row["fit"])
    assert min(found["fitting"]) > 95
    assert max(found["late"]) < 80
    assert found["mute"] == [None] * 3
    notes = {one.id: one.notes for one in read(tmp_path / "out/ledger.jsonl") if one.kind == "srt"}
    assert "its fit to the sound cannot be measured" in notes["mute"][0]
    assert notes["late"] == ()


def test_clips_below_the_lowest_fit_are_held_back_with_the_reason(spoken, tmp_path, capsys):
    out = tmp_path / "out"
    assert run(spoken, out, "--to", "srt", "--convert", "8000", "--min-fit", "80", "--json") == 1
    assert {path.name for path in out.iterdir() if "ledger" not in path.name} == {"fitting.srt", "fitting.8000.wav"}
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    failed = {row["id"]: row for row in found if row.get("status") == "error" and row["kind"] == "srt"}
    assert set(failed) == {"late", "mute"}
    assert (failed["late"]["error"]["stage"], failed["late"]["error"]["type"]) == ("fit", "FitError")
    assert re.search(r"held back, below 80: fit .* the times are \d+ ms too late", failed["late"]["error"]["message"])
    assert failed["late"]["fit"] < 80
    assert "cannot be measured" in failed["mute"]["error"]["message"]


def test_original_audio_is_kept_of_clips_that_are_held_back(spoken, tmp_path):
    run(spoken, tmp_path / "out", "--to", "srt", "--fetch", "--min-fit", "80")
    assert {path.name for path in (tmp_path / "out").glob("late.*")} == {"late.wav", "late.json"}


def test_another_lowest_fit_decides_anew(spoken, tmp_path):
    out = tmp_path / "out"
    run(spoken, out, "--to", "srt", "--min-fit", "80")
    assert not (out / "late.srt").exists()
    run(spoken, out, "--to", "srt", "--min-fit", "10")
    assert (out / "late.srt").exists()


def test_a_batch_that_does_not_ask_for_the_fit_measures_none(spoken, tmp_path):
    run(spoken, tmp_path / "out", "--to", "srt")
    assert {one.fit for one in read(tmp_path / "out/ledger.jsonl")} == {None}


def test_pages_show_what_does_not_fit_and_the_index_the_score(spoken, tmp_path):
    out = tmp_path / "out"
    run(spoken, out, "--html", "--fit")
    index = (out / "index.html").read_text("utf-8")
    assert '<th scope="col">fit</th>' in index
    assert index.index("late.html") < index.index("fitting.html"), "the worst fit comes first"
    assert "<td>100</td>" in index
    page = (out / "late.html").read_text("utf-8")
    assert '"kind":"offset"' in page
    assert '"kind":"offset"' not in (out / "fitting.html").read_text("utf-8")


def test_an_index_without_the_fit_has_no_column_of_it(spoken, tmp_path):
    run(spoken, tmp_path / "out", "--html")
    assert '<th scope="col">fit</th>' not in (tmp_path / "out/index.html").read_text("utf-8")


def test_mouths_of_a_batch_are_those_of_an_export_and_one_process_says_their_phones(spoken, tmp_path):
    espeak_pool._close_all()
    assert run(spoken, tmp_path / "out", "--to", "rhubarb,textgrid") == 0
    assert len(espeak_pool._idle) == 1
    for name in ("fitting", "mute"):
        clip = clipaudio.open_clip(spoken / f"{name}.json", language="en")
        assert (tmp_path / f"out/{name}.TextGrid").read_text("utf-8") == clip.dumps("textgrid")
        assert (
            json.loads((tmp_path / f"out/{name}.rhubarb.json").read_text("utf-8"))["mouthCues"]
            == (json.loads(clip.dumps("rhubarb"))["mouthCues"])
        )


@pytest.mark.slow
def test_processes_make_the_mouths_that_threads_make(spoken, tmp_path):
    for engine in ("threads", "processes"):
        run(spoken, tmp_path / engine, "--to", "rhubarb", "--engine", engine)
    for path in (tmp_path / "threads").glob("*.json"):
        assert path.read_bytes() == (tmp_path / "processes" / path.name).read_bytes()


def test_one_alignment_serves_the_fit_and_the_phones(spoken):
    clip = clipaudio.open_clip(spoken / "fitting.json", language="en")
    page = clip.dumps("html", fit=True)
    assert '"fit","100 of 100"' in page
    assert len(clip._hearing._heard) == 1
    assert len(clip._hearing._spoken) == 1


def test_a_job_with_another_lexicon_makes_other_outputs(tmp_path):
    path = tmp_path / "own.dict"
    hashes = set()
    for text in ("HI  HH AY1\n", "HI  HH IY1\n"):
        path.write_text(text, "utf-8")
        job = Job(place=Folder(str(tmp_path)), exports=("srt",), options={"lexicon": str(path), "phones": "given"})
        hashes.add(job.kinds[0].options)
    plain = Job(place=Folder(str(tmp_path)), exports=("srt",))
    default = Job(place=Folder(str(tmp_path)), exports=("srt",), options={"phones": "auto", "lexicon": None})
    assert len(hashes) == 2
    assert default.kinds[0].options == plain.kinds[0].options
