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
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("script", ["docs/make.py", "benchmarks/table.py"])
def test_made_pages_are_up_to_date(script):
    done = subprocess.run([sys.executable, str(ROOT / script), "--check"], check=False, cwd=ROOT)
    assert done.returncode == 0, f"run python {script}"


def blocks_of(page):
    """Return the Python blocks of *page* and its hidden set-up, in the order of the text."""
    pattern = r"^```python\n(.*?)^```|^<!-- setup\n(.*?)^-->"
    found = re.findall(pattern, page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [block or setup for block, setup in found]


def has_python(page):
    return "```python" in page.read_text("utf-8")


@pytest.mark.parametrize("page", [page for page in PAGES if has_python(page)], ids=lambda page: page.name)
def test_every_python_block_of_the_pages_runs(page, tmp_path):
    stamps = {"graph_chars": list("Hi you."), "graph_times": [[row / 14, (row + 1) / 14] for row in range(7)]}
    callback = json.dumps({"id": "a", "url": "a.wav", "audio_timestamps": stamps})
    (tmp_path / "clips").mkdir()
    for name in ("callback.json", "clips/a.json"):
        (tmp_path / name).write_text(callback, "utf-8")
    for name in ("clip.wav", "clips/a.wav"):
        (tmp_path / name).write_bytes(encode(np.zeros(11025), 22050))
    code = "\n".join(blocks_of(page))
    command = [sys.executable, "-W", "error", "-c", code]
    if "def test_" in code:
        (tmp_path / "test_page.py").write_text(code, "utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_page.py"]
    done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    if page.name == "README.md":
        assert done.stdout.splitlines()[0] == "0.00 0.14 Hi"
        assert {"clip.srt", "clip.TextGrid", "clip-16k.wav"} <= {file.name for file in tmp_path.iterdir()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = page.read_text("utf-8")
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert "://" in link or (page.parent / link).exists(), link


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


@pytest.mark.slow
def test_the_documentation_site_builds_without_a_warning(tmp_path, needs):
    needs("zensical")
    needs("mkdocstrings")
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "site.py"), str(tmp_path)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "to_pandas" in (tmp_path / "api" / "clipaudio.html").read_text("utf-8")
    assert (tmp_path / "index.html").exists()
