"""Whatever the text is, it stays text: nothing of it runs, nothing is asked for, and it is shown as it is."""

from __future__ import annotations

import numpy as np
import pytest

from clipaudio.clip import open_clip
from clipaudio.page import IndexRow, PageClip, PageFinding, dumps, dumps_index
from clipaudio.page.page_clip import PageCue
from clipaudio.timing.timeline import Timeline

LONG = "a" * 100_000
HOSTILE = [
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "<!--<script>",
    "]]></style><svg/onload=window.hacked=1>",
    "a\u2028b\u2029c",
    "\u202eevil\u2066",
    "\u2069\u202c",
    "javascript:window.hacked=1",
    '"onmouseover="window.hacked=1',
    "&lt;b&gt;&amp;",
    "{{7*7}}${7*7}`",
    "nul\x00bell\x07",
    "__proto__",
    "constructor",
    "שלום",
    "👩\u200d👧",
    LONG,
]


def clip_of(labels):
    """Return a clip whose words, sentences, phones, captions, speakers and messages are these texts."""
    line = Timeline(tuple(labels), [[row / 2, row / 2 + 0.4] for row in range(len(labels))])
    cues = tuple(PageCue(start=one.start, end=one.end, lines=(one.label,)) for one in line)
    return PageClip(
        title=labels[0],
        duration=float(line.ends[-1]),
        language='en"><script>window.hacked=1</script>',
        facts=tuple((label, label) for label in labels[:3]),
        words=line,
        phones=line,
        sentences=line,
        sentence_words=np.array([[row, row + 1] for row in range(len(line))]),
        speakers=line,
        mouth=line,
        cues={labels[1]: cues, "plain": cues},
        findings=tuple(
            PageFinding(level=label, kind=label, message=label, count=1, is_guess=True, places=((0.1, 0.2),))
            for label in labels
        ),
        issues=tuple(labels),
        notes=tuple(labels),
    )


@pytest.mark.slow
def test_hostile_text_runs_nothing_and_is_shown_as_it_is(browser, tmp_path):
    page = tmp_path / "a.html"
    page.write_text(dumps([clip_of(HOSTILE)]), "utf-8")
    tab = browser.open(page.as_uri())
    assert tab.evaluate("window.clipaudio.ready") is True
    for row in range(len(HOSTILE)):
        tab.evaluate(f"window.clipaudio.clips[0].seek({row / 2 + 0.1})")
        tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        shown = tab.evaluate("document.querySelector('.cue').textContent")
        assert shown == HOSTILE[row][:2000]
    assert tab.evaluate("window.clipaudio.clips[0].data.levels.words.labels") == HOSTILE
    words = tab.evaluate("[...document.querySelectorAll('.transcript [data-row]')].map((word) => word.textContent)")
    assert words == HOSTILE
    assert tab.evaluate("window.hacked") is None
    assert tab.evaluate("document.querySelectorAll('img, script').length") == 2  # the data and our own script
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1400
    assert tab.problems() == []
    assert tab.requests() == []


@pytest.mark.slow
@pytest.mark.parametrize("text", [one for one in HOSTILE if one.isprintable()] + ["🏳️\u200d🌈 שלום abc"])
def test_hostile_clips_go_the_whole_way_to_the_page(browser, tmp_path, text):
    stamps = {"graph_chars": list(text), "graph_times": [[row / 9, row / 9 + 0.1] for row in range(len(text))]}
    clip = open_clip({"id": text[:200], "issues": [text], "audio_timestamps": stamps})
    tab = browser.open(clip.save(tmp_path / "a.html").as_uri())
    assert tab.evaluate("window.clipaudio.ready") is True
    assert tab.evaluate("window.hacked") is None
    assert tab.evaluate("window.clipaudio.clips[0].data.levels.words.labels") == list(clip.words.labels)
    assert tab.problems() == []
    assert tab.requests() == []


@pytest.mark.slow
def test_scripts_that_are_not_of_the_page_do_not_run(browser, tmp_path):
    page = tmp_path / "a.html"
    text = dumps([clip_of(["a", "b"])])
    page.write_text(text.replace("</body>", "<script>window.hacked=1</script></body>"), "utf-8")
    tab = browser.open(page.as_uri())
    assert tab.evaluate("window.clipaudio.ready") is True
    assert tab.evaluate("window.hacked") is None
    tab.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://a.example/x.png'}))")
    assert len(tab.problems()) == 2  # the policy refuses the script and the picture


@pytest.mark.slow
def test_an_index_of_hostile_names_leads_to_their_pages_and_runs_nothing(browser, tmp_path):
    rows = [
        IndexRow(id=text[:5000], page=f"sub/{row} #?%25<b>.html", errors=(text,), notes=(text,) * 9)
        for row, text in enumerate(HOSTILE)
    ]
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "0 #?%25<b>.html").write_text("<title>there</title>", "utf-8")
    page = tmp_path / "index.html"
    page.write_text(dumps_index(rows, title=HOSTILE[0]), "utf-8")
    tab = browser.open(page.as_uri())
    assert tab.evaluate("window.hacked") is None
    assert tab.evaluate("document.querySelectorAll('img, script').length") == 0
    names = tab.evaluate("[...document.querySelectorAll('.name')].map((name) => name.textContent)")
    assert sorted(names) == sorted(row.id.replace("\x00", "") for row in rows)
    assert (tab.problems(), tab.requests()) == ([], [])
    link = tab.evaluate("[...document.querySelectorAll('a')].find((one) => one.href.includes('/0%20')).href")
    assert browser.open(link).evaluate("document.title") == "there"
