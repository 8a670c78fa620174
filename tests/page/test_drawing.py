"""What is drawn: lips follow the curves, labels without room are whole in the tip, captions those of the profile."""

from __future__ import annotations

import numpy as np
import pytest

from clipaudio.lipsync.curves import make_curves

OPENING = """(time) => {
  const clip = window.clipaudio.clips[0];
  clip.mouth.draw(time);
  return clip.element.querySelector(".inner.dark").getBBox().height;
}"""


@pytest.mark.slow
def test_lips_close_where_the_curves_press_them_and_open_with_the_jaw(browser, clip, tmp_path):
    tab = browser.open(clip.save(tmp_path / "a.html").as_uri())
    curves = make_curves(clip.export_context().mouth, fps=60)
    press = curves.weights[:, curves.names.index("mouthPressLeft")]
    jaw = curves.weights[:, curves.names.index("jawOpen")]
    closed = curves.times[press > 0.49].tolist()
    open_ = curves.times[jaw > 0.9 * jaw.max()].tolist()
    assert closed
    assert open_
    heights = [tab.evaluate(f"{closed}.map({OPENING})"), tab.evaluate(f"{open_}.map({OPENING})")]
    assert max(heights[0]) < 2
    assert min(heights[1]) > 15


@pytest.mark.slow
def test_label_without_room_is_whole_in_the_tip(browser, clip, tmp_path):
    tab = browser.open(clip.save(tmp_path / "a.html").as_uri(), width=400)
    tab.evaluate("window.clipaudio.clips[0].view.show(0, 100)")
    left, top, scale = tab.evaluate(
        """(() => {
      const {timeline, view} = window.clipaudio.clips[0], {left, top} = timeline.element.getBoundingClientRect();
      const {box} = timeline.placed.find((tier) => tier.name === "sentences");
      return [left + box.left, top + box.top + box.height / 2, box.width / view.span];
    })()"""
    )
    for row, sentence in enumerate(clip.sentences):
        tab.mouse("mouseMoved", left + (sentence.start + sentence.end) / 2 * scale, top)
        tip = tab.evaluate("(({hidden, textContent}) => hidden ? null : textContent)(document.querySelector('.tip'))")
        assert tip.startswith(sentence.label), row
    tab.mouse("mouseMoved", 2, 2)
    assert tab.evaluate("document.querySelector('.tip').hidden") is True


@pytest.mark.slow
def test_choosing_a_profile_shows_its_captions(browser, clip, tmp_path):
    tab = browser.open(clip.save(tmp_path / "a.html").as_uri())
    moment = float(np.mean(clip.words.times[4]))
    for profile in ("word", "bbc", "social"):
        tab.evaluate(
            f"""(() => {{
          const choice = document.querySelector(".profile");
          choice.value = "{profile}";
          choice.dispatchEvent(new Event("change"));
          window.clipaudio.clips[0].seek({moment});
        }})()"""
        )
        tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        (cue,) = [cue for cue in clip.cues(profile=profile) if cue.start <= moment < cue.end]
        lines = "[...document.querySelectorAll('.cue .line')].map((line) => line.textContent)"
        assert tab.evaluate(lines) == list(cue.lines)


@pytest.mark.slow
def test_transcript_is_the_text_sentence_by_sentence(browser, clip_of, tmp_path):
    words = "“We met,” she said. (Nobody came!) Was it «he»?".split()
    clip = clip_of(words, speakers=["Ann"] * 4 + ["Bob"] * 2 + [None] * 3)
    tab = browser.open(clip.save(tmp_path / "a.html").as_uri())
    texts = "[...document.querySelectorAll('.transcript p')].map((one) => one.textContent)"
    names = ["Ann", "Bob", ""]
    assert tab.evaluate(texts) == [name + sentence.label for name, sentence in zip(names, clip.sentences, strict=True)]
    assert "".join(words) == "".join(clip.sentences.labels).replace(" ", "")


@pytest.mark.slow
def test_lines_of_a_caption_are_not_broken_again_on_a_narrow_screen(browser, clip_of, tmp_path):
    words = "They would never have come back this late.".split()
    clip = clip_of(words)
    assert [len(cue.lines) for cue in clip.cues()] == [1]
    tab = browser.open(clip.save(tmp_path / "a.html").as_uri(), width=380)
    tab.evaluate("window.clipaudio.clips[0].seek(0.5)")
    tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert tab.evaluate("document.querySelector('.cue .line').getClientRects().length") == 1
    height, line = tab.evaluate(
        "((one) => [one.offsetHeight, parseFloat(getComputedStyle(one).lineHeight)])"
        "(document.querySelector('.cue .line'))"
    )
    assert height < 1.5 * line
