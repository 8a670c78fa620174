"""axe finds nothing in a page, at any width, in light and dark; nothing is wider than the window."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clipaudio.clip import open_clip
from clipaudio.export.page import dumps_pages
from clipaudio.page import IndexRow, dumps_index

NODE = Path(__file__).parents[1] / "node" / "node_modules"


@pytest.fixture(scope="module")
def axe(needs):
    """Return a function that returns everything that axe finds in a tab."""
    modules = Path(os.environ.get("CLIPAUDIO_NODE_MODULES") or NODE)
    script = modules / "axe-core" / "axe.min.js"
    if not script.is_file():
        needs.absent(f"there is no {script}: run npm install --prefix tests/node, or set CLIPAUDIO_NODE_MODULES")

    def check(tab):
        tab.run(script.read_text("utf-8"))
        found = tab.evaluate("axe.run().then((all) => [all.violations, all.passes.length])")
        assert found[1] > 15
        return [(one["id"], one["impact"], [node["html"][:200] for node in one["nodes"]]) for one in found[0]]

    return check


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [380, 1400])
def test_axe_finds_nothing_in_a_page(browser, axe, clip, tmp_path, width, scheme):
    tab = browser.open(clip.save(tmp_path / "a.html").as_uri(), width=width, scheme=scheme)
    for time in (0.0, 0.2, 1.3):
        tab.evaluate(f"(window.clipaudio.clips[0].seek({time}), new Promise((done) => setTimeout(done, 50)))")
        assert axe(tab) == []
    assert tab.evaluate("window.innerWidth") == width
    assert tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_findings_comparisons_and_index(browser, axe, tmp_path, scheme):
    text = "One. Two."
    times = [[0.1 * row, 0.1 * row + 0.15] for row in range(len(text))]
    times[4] = [0.9, 0.2]
    clip = open_clip(
        {"id": "a", "issues": ["a doubt"], "audio_timestamps": {"graph_chars": list(text), "graph_times": times}}
    )
    tab = browser.open(clip.save(tmp_path / "a.html").as_uri(), scheme=scheme)
    assert tab.evaluate("document.querySelectorAll('.guess').length") >= 1
    assert axe(tab) == []
    (tmp_path / "two.html").write_text(dumps_pages([clip.export_context()] * 2, ["before", "after"]), "utf-8")
    assert axe(browser.open((tmp_path / "two.html").as_uri(), scheme=scheme)) == []
    rows = [IndexRow(id="a", page="a.html", notes=("n",)), IndexRow(id="b", errors=("e",))]
    (tmp_path / "index.html").write_text(dumps_index(rows), "utf-8")
    assert axe(browser.open((tmp_path / "index.html").as_uri(), scheme=scheme)) == []


@pytest.mark.slow
def test_everything_can_be_reached_and_is_named(browser, clip, tmp_path):
    tab = browser.open(clip.save(tmp_path / "a.html").as_uri())
    names = []
    for _ in range(14):
        tab.press("Tab")
        names.append(
            tab.evaluate(
                "((one) => one.getAttribute('aria-label') || one.labels?.[0]?.firstChild.data.trim()"
                " || one.textContent)(document.activeElement)"
            )
        )
    for name in ("Transcript", "Play", "Speed", "Captions", "Zoom out", "Fit", "Zoom in", "Time"):
        assert name in names
    tab.evaluate("(window.clipaudio.clips[0].seek(0.2), new Promise((done) => setTimeout(done, 50)))")
    told = tab.evaluate("document.querySelector('.timeline').getAttribute('aria-valuetext')")
    assert told.startswith("0:00.20 We")
