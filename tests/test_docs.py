"""The pages say what the program does."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from clipaudio.audio.encode import encode
from clipaudio.timing.repair_report import KINDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("script", ["docs/make.py", "benchmarks/table.py"])
def test_made_pages_are_up_to_date(script):
    done = subprocess.run([sys.executable, str(ROOT / script), "--check"], check=False, cwd=ROOT)
    assert done.returncode == 0, f"run python {script}"


def run_example(page, folder):
    """Run the example of *page* beside a saved clip; give what it prints and the files that are there then."""
    block = re.search(r"<!-- example -->\n```python\n(.*?)```", page, re.DOTALL)[1]
    stamps = {"graph_chars": list("Hi."), "graph_times": [[0.0, 0.2], [0.1, 0.3], [0.3, 0.4]]}
    (folder / "callback.json").write_text(json.dumps({"id": "a", "audio_timestamps": stamps}), "utf-8")
    (folder / "clip.wav").write_bytes(encode(np.zeros(11025), 22050))
    done = subprocess.run([sys.executable, "-c", block], check=True, cwd=folder, capture_output=True, text=True)
    return done.stdout.splitlines(), {path.name for path in folder.iterdir()}


def test_the_readme_example_runs(tmp_path):
    lines, files = run_example(README, tmp_path)
    assert lines[0] == "0.00 0.30 Hi"
    assert files >= {"clip.srt", "clip.TextGrid", "clip-16k.wav"}


def test_the_example_of_captions_runs(tmp_path):
    lines, files = run_example((ROOT / "docs" / "captions.md").read_text("utf-8"), tmp_path)
    assert lines == ["0.000 0.500 Hi."]
    assert files >= {"clip.srt", "clip.words.vtt"}


def test_the_example_of_mouths_runs(tmp_path):
    lines, files = run_example((ROOT / "docs" / "lipsync.md").read_text("utf-8"), tmp_path)
    assert lines[0].startswith("0.00 ")
    assert "clip.oculus.json" in files


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda p: p.name)
def test_links_lead_somewhere_and_code_is_python(page):
    text = page.read_text("utf-8")
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert "://" in link or (page.parent / link).exists(), link
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        ast.parse(block)


def test_every_kind_of_finding_is_explained():
    explained = (ROOT / "docs" / "repair.md").read_text("utf-8")
    assert [kind for kind in KINDS if f"| `{kind}` |" not in explained] == []


@pytest.mark.parametrize("page", ["security.md", "faults.md"])
def test_every_row_is_shown_by_tests_that_are_there(page):
    text = (ROOT / "docs" / page).read_text("utf-8")
    tables = re.findall(r"^\|.*\| shown by \|\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    rows = [row for table in tables for row in table.splitlines()]
    there = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", file.read_text("utf-8"))
    }
    assert len(rows) > 15
    assert [row for row in rows if "`test_" not in row] == []
    assert set(re.findall(r"`(test_\w+)`", text)) - there == set()


def test_headings_in_docstrings_stand_on_lines_of_their_own():
    glued = re.compile(r"^[^\S\n]*\S.*[^\S\n]-{4,}(?:\s|$)", re.MULTILINE)
    for module in sorted((ROOT / "clipaudio").rglob("*.py")):
        docstring = ast.get_docstring(ast.parse(module.read_text("utf-8"))) or ""
        assert glued.search(docstring) is None, module
