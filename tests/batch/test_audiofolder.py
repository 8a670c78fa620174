"""Hugging Face's datasets read the outputs of a batch with the metadata beside them."""

from __future__ import annotations

import json

import pytest

from clipaudio.cli.main import main

IDS = ("one", "two", "three")


@pytest.fixture
def folder(clips, tmp_path):
    clips.add(*IDS)
    out = tmp_path / "out"
    words = ["--to", "srt", "--convert", "8000", "--audiofolder"]
    assert main(["batch", str(clips.folder), "--out", str(out), *words]) == 0
    return out


def rows_of(folder):
    return [json.loads(line) for line in (folder / "metadata.jsonl").read_text("utf-8").splitlines()]


def test_every_row_names_audio_that_is_there_with_its_text_and_words(folder):
    rows = rows_of(folder)
    assert len(rows) == len(IDS)
    for row in rows:
        assert (folder / row["file_name"]).is_file()
        assert row["text"] == "Hi you."
        assert row["duration"] == pytest.approx(0.3)
        assert [word["word"] for word in row["words"]] == ["Hi", "you"]
        assert all(0 <= word["start"] < word["end"] <= 0.3 for word in row["words"])


@pytest.mark.slow
def test_load_dataset_reads_the_folder(needs, folder, tmp_path):
    datasets = needs("datasets")
    found = datasets.load_dataset("audiofolder", data_dir=str(folder), cache_dir=str(tmp_path / "cache"))
    table = found["train"].cast_column("audio", datasets.Audio(decode=False))
    expected = {row["file_name"].rpartition("/")[2]: row for row in rows_of(folder)}
    assert len(table) == len(IDS)
    for row in table:
        own = expected[row["audio"]["path"].rpartition("/")[2]]
        assert (row["text"], row["duration"], row["words"]) == (own["text"], own["duration"], own["words"])


SPLITS = ("train_1", "dev", "my test", "1val2", "attest", "tested", "eval.x", "Test", "latest-take", "training")


@pytest.mark.slow
@pytest.mark.parametrize("name", SPLITS)
def test_names_that_datasets_takes_for_splits_are_told(needs, clips, name, tmp_path, capsys):
    datasets = needs("datasets")
    clips.add("one", name)
    out = tmp_path / "out"
    assert main(["batch", str(clips.folder), "--out", str(out), "--convert", "8000", "--audiofolder"]) == 0
    is_told = "for a split" in capsys.readouterr().err
    found = datasets.load_dataset("audiofolder", data_dir=str(out), cache_dir=str(tmp_path / "cache"))
    has_lost = list(found) != ["train"] or len(found["train"]) < 2 or "text" not in found["train"].column_names
    assert is_told == has_lost
    whole = datasets.load_dataset("audiofolder", data_dir=str(out), data_files="**", cache_dir=str(tmp_path / "two"))
    assert whole["train"]["text"] == ["Hi you."] * 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--to", "srt", "--audiofolder"], "add --convert or --fetch"),
        (["--convert", "8000", "--audiofolder", "--ledger", "l"], "needs a folder"),
    ],
)
def test_a_folder_that_datasets_could_not_read_is_refused(clips, tmp_path, words, message, capsys):
    clips.add("a")
    out = "s3://bucket/x" if "--ledger" in words else str(tmp_path / "out")
    assert main(["batch", str(clips.folder), "--out", out, *words]) == 2
    assert message in capsys.readouterr().err


def test_kept_callbacks_give_the_text_of_rows_without_one(clips, tmp_path):
    clips.add("a")
    out = tmp_path / "out"
    assert main(["batch", str(clips.folder), "--out", str(out), "--fetch", "--audiofolder"]) == 0
    (row,) = rows_of(out)
    assert row["file_name"].endswith("/a.wav")
    assert row["text"] == "Hi you."
