"""No output of one input replaces another's where names are one file on macOS or Windows."""

from __future__ import annotations

import json
import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.audio.encode import encode
from clipaudio.cli.main import main
from clipaudio.file_names import ClaimedTargets

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\\\0."), min_size=1)
ACUTE = "\N{LATIN SMALL LETTER E WITH ACUTE}"


@given(NAMES)
def test_other_case_and_other_normal_form_are_the_same_target(name):
    for form in ("NFC", "NFD"):
        for change in (str, str.casefold):
            targets = ClaimedTargets()
            assert targets.claim(name, "a") is None
            assert targets.claim(change(unicodedata.normalize(form, name)), "b") == "a"


@given(st.lists(NAMES, unique_by=lambda name: unicodedata.normalize("NFKC", name).casefold()))
def test_names_that_differ_in_more_are_other_targets(names):
    targets = ClaimedTargets()
    assert [targets.claim(f"out/{name}", name) for name in names] == [None] * len(names)


@pytest.mark.parametrize(("first", "second"), [("Take", "take"), (f"caf{ACUTE}", "CAFe\N{COMBINING ACUTE ACCENT}")])
def test_convert_refuses_the_second_of_two_inputs_with_one_output(tmp_path, capsys, first, second):
    for name in (f"{first}.wav", f"{second}.flac"):
        (tmp_path / name).write_bytes(encode(np.zeros(800), 8000, format=name.rpartition(".")[2]))
    words = [str(tmp_path / f"{first}.wav"), str(tmp_path / f"{second}.flac"), "--out", f"{tmp_path / 'out'}/"]
    assert main(["convert", *words]) == 1
    assert "rename one" in capsys.readouterr().err
    assert len(list((tmp_path / "out").iterdir())) == 1


@pytest.mark.parametrize("words", [[], ["--name", "{stem}.{ext}"]])
def test_export_refuses_the_second_of_two_files_with_one_output(tmp_path, capsys, words):
    times = {"graph_chars": ["H", "i"], "graph_times": [[0.0, 0.1], [0.1, 0.3]]}
    for name in ("Take", "take"):
        (tmp_path / f"{name}.json").write_text(json.dumps({"id": name, "audio_timestamps": times}), "utf-8")
    files = [str(tmp_path / "Take.json"), str(tmp_path / "take.json")]
    assert main(["export", *files, "--to", "srt", "--out", str(tmp_path / "out"), *words]) == 1
    assert "was written for" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["Take.srt"]
