"""`clipaudio view` makes a page and opens it; `batch --html` makes an index of pages; `demo` ends with one."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from clipaudio.cli.main import main, make_parser
from clipaudio.cli.view import run


def view(*words):
    """Run the command with a browser that only notes what it was told to open."""
    opened = []
    options = make_parser().parse_args(["view", *map(str, words)])
    return run(options, open_page=lambda url: opened.append(url) or True), opened


@pytest.fixture
def saved(clips):
    """Return two saved callbacks with their sound."""
    clips.add("one", "two", seconds=0.5)
    return sorted(clips.folder.glob("*.json"))


def test_page_is_made_in_a_new_folder_and_opened(saved, capsys):
    code, opened = view(saved[0])
    (path,) = capsys.readouterr().out.splitlines()
    assert code == 0
    assert opened == [f"file://{path}"]
    assert path.endswith("/00000.html")
    assert "data:audio/mpeg" in Path(path).read_text("utf-8")
    shutil.rmtree(Path(path).parent)


def test_no_open_only_writes_and_json_tells_the_notes(saved, tmp_path, capsys):
    code, opened = view(saved[0], "--no-open", "--json", "--out", tmp_path / "deep" / "a.html", "--profile", "bbc")
    row = json.loads(capsys.readouterr().out)
    assert (code, opened) == (0, [])
    assert row["path"] == str(tmp_path / "deep" / "a.html")
    assert isinstance(row["notes"], list)
    assert '"cues":{"bbc":' in (tmp_path / "deep" / "a.html").read_text("utf-8")


def test_several_files_are_one_page_with_their_names(saved, tmp_path, page_titles):
    code, _ = view(*saved, "--out", tmp_path / "pages", "--no-open")
    text = (tmp_path / "pages" / "00000-00001.html").read_text("utf-8")
    assert code == 0
    assert page_titles(text) == ["00000.json", "00001.json"]


@pytest.fixture
def page_titles():
    """Return a function that returns the titles of the clips of a page."""
    return lambda text: re.findall(r'\{"title":"([^"]*)","duration"', text)


def test_files_of_one_name_are_told_apart_by_their_folders(saved, tmp_path, page_titles):
    other = tmp_path / "other" / saved[0].name
    other.parent.mkdir()
    other.write_bytes(saved[0].read_bytes())
    view(saved[0], other, "--out", tmp_path / "a.html", "--no-open")
    assert page_titles((tmp_path / "a.html").read_text("utf-8")) == [str(saved[0]), str(other)]


def test_a_wrong_command_is_2_and_makes_nothing(saved, tmp_path, capsys):
    for words, said in (
        (("--audio", "a.wav"), "--audio is given 1 times for 2 files"),
        (("--profile", "nope"), "no profile 'nope'"),
    ):
        code, opened = view(*saved, *words, "--out", tmp_path / "x" / "a.html")
        assert (code, opened) == (2, [])
        assert said in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_file_without_times_is_one_sentence(tmp_path, capsys):
    (tmp_path / "a.json").write_text('{"id": "a", "url": "a.wav"}', "utf-8")
    assert main(["view", str(tmp_path / "a.json"), "--no-open"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_without_a_browser_the_command_says_what_to_open(saved, tmp_path, capsys):
    options = make_parser().parse_args(["view", str(saved[0]), "--out", str(tmp_path / "a.html")])
    assert run(options, open_page=lambda _: False) == 0
    assert f"open {tmp_path / 'a.html'} in one" in capsys.readouterr().err


def test_batch_writes_an_index_with_the_worst_clip_first(clips, tmp_path, capsys):
    clips.add("good", "bad", "none")
    damaged = clips.folder / "00001.json"
    whole = json.loads(damaged.read_text("utf-8"))
    whole["audio_timestamps"]["graph_times"][2] = [0.2, 0.05]
    damaged.write_text(json.dumps(whole), "utf-8")
    gone = clips.folder / "00002.json"
    gone.write_text('{"id": "none", "url": null}', "utf-8")
    out = tmp_path / "out"
    assert main(["batch", str(clips.folder), "--out", str(out), "--html", "--jobs", "1"]) == 1
    text = (out / "index.html").read_text("utf-8")
    assert re.findall(r'<bdi class="name">(\w+)</bdi>', text) == ["00002", "bad", "good"]
    links = re.findall(r'href="\./([^"]+)"', text)
    assert len(links) == 2
    for link in links:
        assert "data:audio/mpeg" in (out / link).read_text("utf-8")
    assert capsys.readouterr().out.splitlines()[-1] == "index.html"
    before = text
    assert main(["batch", str(clips.folder), "--out", str(out), "--html", "--jobs", "1"]) == 1
    assert (out / "index.html").read_text("utf-8") == before


def test_shards_that_share_a_folder_have_an_index_each(clips, tmp_path):
    clips.add("a", "b", "c", "d")
    for shard in ("1/2", "2/2"):
        ledger = str(tmp_path / f"{shard[0]}.jsonl")
        words = ["--out", str(tmp_path / "out"), "--html", "--shard", shard, "--ledger", ledger]
        assert main(["batch", str(clips.folder), *words]) == 0
    texts = [(tmp_path / "out" / f"index-{number}-of-2.html").read_text("utf-8") for number in (1, 2)]
    names = [re.findall(r'<bdi class="name">(\w+)</bdi>', text) for text in texts]
    assert sorted(names[0] + names[1]) == ["a", "b", "c", "d"]


def test_a_page_called_index_keeps_its_name(clips, tmp_path):
    clips.add("index")
    assert main(["batch", str(clips.folder), "--out", str(tmp_path / "out"), "--html", "--flat"]) == 0
    assert "data:audio" in (tmp_path / "out" / "index.html").read_text("utf-8")
    assert 'href="./index.html"' in (tmp_path / "out" / "_index.html").read_text("utf-8")
