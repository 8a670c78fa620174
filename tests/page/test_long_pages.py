"""An hour of speech opens and scrolls without a wait; long sound stays in its file beside the page."""

from __future__ import annotations

import json

import numpy as np
import pytest

from clipaudio.audio.encode import encode
from clipaudio.clip import open_clip

HOUR = 9_400  # words


@pytest.fixture(scope="module")
def hour(tmp_path_factory, speech, many_words):
    """Return a clip of an hour with phones and sound, and its page."""
    folder = tmp_path_factory.mktemp("hour")
    times, end = speech(many_words(HOUR), pause=0.55)
    draw = np.random.default_rng(2)
    second = draw.integers(-9000, 9000, (8000, 1)).astype(np.int16)
    sound = np.tile(second, (int(end) + 2, 1))
    sound[::3] //= 3
    (folder / "talk.wav").write_bytes(encode(sound, 8000))
    clip = open_clip(times, audio=folder / "talk.wav")
    return clip, clip.save(folder / "talk.html")


OPENED = """(() => { const [page] = performance.getEntriesByType('navigation'); return page.loadEventEnd; })()"""
SCROLL = """new Promise((done) => {
  const {view} = window.clipaudio.clips[0], began = performance.now();
  let frames = 0;
  const step = (now) => {
    if (now - began >= 2000) return done(frames / ((now - began) / 1000));
    frames += 1;
    view.pan(view.span / 40);
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})"""
COST = """(() => {
  const clip = window.clipaudio.clips[0], began = performance.now();
  for (let k = 0; k < 50; k++) { clip.view.start = (k / 50) * (clip.view.duration - clip.view.span); clip.draw(); }
  return (performance.now() - began) / 50;
})()"""


@pytest.mark.slow
def test_an_hour_is_drawn_only_where_it_is_visible(browser, hour, record_property):
    """What a picture costs is the same near the start of an hour as for the whole; the figures are printed only."""
    clip, path = hour
    tab = browser.open(path.as_uri())
    assert tab.evaluate("window.clipaudio.ready") is True
    counted = """(span) => {
      const {timeline, view} = window.clipaudio.clips[0], context = timeline.canvas.getContext("2d");
      const own = context.fillText, rect = context.fillRect;
      let count = 0;
      context.fillText = function (...some) { count += 1; return own.apply(this, some); };
      context.fillRect = function (...some) { count += 1; return rect.apply(this, some); };
      view.show(100, span);
      timeline.draw(100);
      context.fillText = own; context.fillRect = rect;
      return count;
    }"""
    for span in (1, 12, 300, 3600):
        assert tab.evaluate(f"({counted})({span})") < 12_000
    figures = {"opened_ms": tab.evaluate(OPENED)}
    for name, span in (("near", 12), ("middle", 120), ("whole", 4000)):
        tab.evaluate(f"window.clipaudio.clips[0].view.show(0, {span})")
        figures[f"picture_ms_{name}"] = tab.evaluate(COST)
        tab.evaluate(f"window.clipaudio.clips[0].view.show(0, {span})")
        figures[f"frames_{name}"] = tab.evaluate(SCROLL)
    record_property("page", json.dumps(figures))
    print(figures, path.stat().st_size)  # noqa: T201 - figures for people; no test asserts a time
    moments = np.random.default_rng(4).uniform(0, clip.duration, 400).tolist()
    told = tab.evaluate(f"{json.dumps(moments)}.map((time) => window.clipaudio.state(time).word)")
    rows = np.searchsorted(clip.words.starts, moments, "right") - 1
    inside = (rows >= 0) & (np.array(moments) < clip.words.ends[rows])
    assert told == [int(row) if is_in else None for row, is_in in zip(rows, inside, strict=True)]
    assert tab.problems() == []


@pytest.mark.slow
def test_long_sound_plays_from_its_file_beside_the_page(browser, hour, tmp_path):
    clip, path = hour
    assert b"data:audio" not in path.read_bytes()
    tab = browser.open(path.as_uri())
    play = "new Promise((done) => { const audio = document.querySelector('audio'); audio.currentTime = 1800;"
    play += " audio.ontimeupdate = () => { if (audio.currentTime > 1800.05) done(audio.duration); };"
    play += " audio.onerror = () => done('cannot be played'); window.clipaudio.clips[0].clock.play(); })"
    assert tab.evaluate(play) == pytest.approx(clip.duration, abs=0.1)
    (tmp_path / "deep").mkdir()
    from clipaudio.export import find_format

    elsewhere = clip.export_context(folder=tmp_path / "deep")
    notes = find_format("html").notes(elsewhere)
    assert any("the page plays the file ../" in note for note in notes)
    assert any("the page plays the file talk.wav" in note for note in find_format("html").notes(clip.export_context()))
