"""Browsers show of a page what Python knows: words, phones, cues, mouth shapes, without a request, in playback too."""

from __future__ import annotations

import json

import numpy as np
import pytest

from clipaudio.audio.encode import encode
from clipaudio.clip import open_clip
from clipaudio.export.page import VISEME_SET, dumps_page
from clipaudio.lipsync.visemes import to_timeline

MOMENTS = 400
LEVELS = ("word", "phone", "cue", "viseme")


def active(times, moment):
    """Return the row that holds *moment*, by looking at every row."""
    rows = [row for row, (start, end) in enumerate(times) if start <= moment < end]
    assert len(rows) <= 1
    return rows[0] if rows else None


def levels_of(clip, profile):
    """Return the times of each level, as Python has them."""
    return {
        "word": clip.words.times.tolist(),
        "phone": clip.sounds.times.tolist(),
        "cue": [(float(cue.start), float(cue.end)) for cue in clip.cues(profile=profile)],
        "viseme": to_timeline(clip.export_context().mouth, VISEME_SET).times.tolist(),
    }


def moments_of(levels, duration):
    """Return moments at random, and the edges of every level with the numbers next to them."""
    draw = np.random.default_rng(11)
    edges = np.concatenate([np.ravel(times) for times in levels.values()])
    near = np.concatenate([edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf)])
    return [*draw.uniform(-0.1, duration + 0.2, MOMENTS).tolist(), *near.tolist()]


def open_page(browser, path, text=None, **options):
    if text is not None:
        path.write_text(text, "utf-8")
    tab = browser.open(path.as_uri(), **options)
    assert tab.evaluate("window.clipaudio.ready") is True
    return tab


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["netflix", "bbc", "social", "word"])
def test_state_is_what_python_says_at_every_moment(browser, clip, tmp_path, profile):
    tab = open_page(browser, clip.save(tmp_path / "a.html"))
    levels = levels_of(clip, profile)
    moments = moments_of(levels, clip.duration)
    tab.evaluate(f"window.clipaudio.clips[0].profile = {json.dumps(profile)}")
    told = tab.evaluate(f"{json.dumps(moments)}.map(window.clipaudio.state)")
    wanted = [{level: active(levels[level], moment) for level in LEVELS} for moment in moments]
    assert told == wanted
    assert {level for level in LEVELS for row in told[:MOMENTS] if row[level] is not None} == set(LEVELS)
    assert tab.problems() == []
    assert tab.requests() == []


WATCH = """new Promise((done) => {
  const clip = window.clipaudio.clips[0], seen = [];
  const look = () => {
    const span = clip.element.querySelector(".transcript .now");
    seen.push({time: clip.clock.time, word: span ? Number(span.dataset.row) : null,
               cue: [...clip.element.querySelectorAll(".cue .line")].map((line) => line.textContent).join("\\n"),
               lips: clip.element.querySelector(".outer").getAttribute("d")});
    if (clip.clock.isPlaying || clip.clock.time < 0.1) requestAnimationFrame(look);
    else done(seen);
  };
  clip.clock.play();
  requestAnimationFrame(look);
})"""
LATE = 0.05  # seconds


@pytest.mark.slow
@pytest.mark.parametrize("has_sound", [True, False])
def test_playback_shows_each_word_and_cue_within_fifty_milliseconds(browser, clip_of, tmp_path, has_sound):
    clip = clip_of("We met at the old harbour. Nobody spoke!".split(), has_sound=has_sound)
    tab = open_page(browser, clip.save(tmp_path / "a.html"))
    seen = tab.evaluate(WATCH)
    levels = levels_of(clip, "netflix")
    cues = clip.cues()
    assert {row["word"] for row in seen} - {None} == set(range(len(clip.words)))
    for row in seen:
        near = [row["time"] - LATE, *np.linspace(row["time"] - LATE, row["time"], 6), row["time"]]
        assert row["word"] in {active(levels["word"], moment) for moment in near}
        shown = {active(levels["cue"], moment) for moment in near}
        assert row["cue"] in {"" if one is None else cues[one].text for one in shown}
    assert len({row["lips"] for row in seen}) > 10
    assert tab.problems() == []


@pytest.mark.slow
def test_sound_inside_the_page_is_where_it_was_in_the_file(browser, clip, tmp_path):
    """The waveform that the browser decodes has its bursts where those of the file are."""
    tab = open_page(browser, clip.save(tmp_path / "a.html"))
    decoded = tab.evaluate("""(async () => {
      const text = document.querySelector("audio").src.split(",")[1];
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const sound = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(bytes.buffer);
      return {rate: sound.sampleRate, samples: Array.from(sound.getChannelData(0))};
    })()""")
    from clipaudio.audio.decode import read_audio
    from clipaudio.audio.resample import resample

    wanted = resample(read_audio(clip.audio).samples[:, :1].astype(float), 16_000, 8000)[:, 0]
    found = np.array(decoded["samples"])
    assert decoded["rate"] == 8000
    assert len(found) == pytest.approx(len(wanted), abs=0.03 * 8000)
    size = 1 << 18
    product = np.fft.irfft(np.fft.rfft(found, size) * np.conj(np.fft.rfft(wanted, size)), size)
    lag = int(np.argmax(product))
    assert abs(lag if lag < size // 2 else lag - size) / 8000 < 0.005
    assert tab.evaluate("document.querySelector('audio').duration") == pytest.approx(clip.duration, abs=0.03)


HEARD = """(async (moments) => {
  const {clock} = window.clipaudio.clips[0], context = new AudioContext({sampleRate: 16000});
  const ear = new AnalyserNode(context, {fftSize: 4096, smoothingTimeConstant: 0});
  const audio = document.querySelector("audio");
  context.createMediaElementSource(audio).connect(ear).connect(context.destination);
  const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
  const heard = [], bins = new Float32Array(ear.frequencyBinCount);
  for (const moment of moments) {
    clock.seek(moment);
    clock.play();
    while (clock.time < moment + 0.5) await wait(0.02);
    ear.getFloatFrequencyData(bins);
    heard.push([clock.time, bins.indexOf(Math.max(...bins)) * 16000 / 4096]);
  }
  clock.pause();
  return heard;
})"""


@pytest.mark.slow
def test_sound_after_a_jump_in_a_long_clip_is_that_of_its_time(browser, tmp_path):
    """A tone rises for 30 s, again and again: its pitch tells the time of what is heard."""
    if browser.name != "chromium":
        pytest.skip("without a sound card only the audio graph of Chromium runs")
    time = np.arange(9 * 60 * 16_000) / 16_000
    phase = 2 * np.pi * np.cumsum(400 + 100 * (time % 30)) / 16_000
    (tmp_path / "a.wav").write_bytes(encode(np.sin(phase) * 0.4, 16_000))
    stamps = {"graph_chars": ["a"], "graph_times": [[0.1, 0.4]]}
    clip = open_clip({"id": "a", "audio_timestamps": stamps}, audio=tmp_path / "a.wav")
    tab = open_page(browser, clip.save(tmp_path / "a.html"))
    moments = [5.0, 515.0, 130.0, 371.5, 252.0]
    for (shown, pitch), moment in zip(tab.evaluate(f"{HEARD}({moments})"), moments, strict=True):
        heard = moment - moment % 30 + (pitch - 400) / 100
        assert heard == pytest.approx(shown, abs=0.25)  # the pitch is the mean of a quarter of a second


@pytest.mark.slow
def test_keys_move_through_words_sentences_and_seconds(browser, clip, tmp_path):
    tab = open_page(browser, clip.save(tmp_path / "a.html"))

    def time():
        return tab.evaluate("window.clipaudio.clips[0].clock.time")

    tab.press("ArrowRight")
    assert time() == pytest.approx(clip.words.starts[0], abs=1e-5)
    assert tab.evaluate("window.clipaudio.state(window.clipaudio.clips[0].clock.time).word") == 0
    tab.press("ArrowRight")
    assert time() == pytest.approx(clip.words.starts[1], abs=1e-5)
    tab.press("ArrowLeft")
    assert time() == pytest.approx(clip.words.starts[0], abs=1e-5)
    tab.press("ArrowDown")
    assert time() == pytest.approx(clip.sentences.starts[1], abs=1e-5)
    before = time()
    tab.press("l")
    assert time() == pytest.approx(before + 1, abs=1e-5)
    tab.press("j")
    assert time() == pytest.approx(before, abs=1e-5)
    for key in ("k", " "):
        tab.press(key)
        assert tab.evaluate("window.clipaudio.clips[0].clock.isPlaying") is True
        tab.press(key)
        assert tab.evaluate("window.clipaudio.clips[0].clock.isPlaying") is False
    span = tab.evaluate("window.clipaudio.clips[0].view.span")
    tab.press("+")
    assert tab.evaluate("window.clipaudio.clips[0].view.span") == pytest.approx(span / 2)
    tab.press("0")
    assert tab.evaluate("window.clipaudio.clips[0].view.span") == pytest.approx(clip.duration)


PLACE = "(() => { const {left, top, width, height} = document.querySelector('%s').getBoundingClientRect();"
PLACE += " return [left + width / 2, top + height / 2]; })()"
STOPPED = """new Promise((done) => {
  const {clock} = window.clipaudio.clips[0];
  const look = () => clock.isPlaying ? requestAnimationFrame(look) : done(clock.time);
  look();
})"""


@pytest.mark.slow
def test_clicking_a_word_plays_that_word_alone(browser, clip, tmp_path):
    tab = open_page(browser, clip.save(tmp_path / "a.html"))
    tab.click(*tab.evaluate(PLACE % '.transcript [data-row=\\"3\\"]'))
    assert tab.evaluate("window.clipaudio.clips[0].clock.isPlaying") is True
    start, end = clip.words.times[3]
    assert tab.evaluate("window.clipaudio.state(window.clipaudio.clips[0].clock.time).word") == 3
    assert start <= tab.evaluate("window.clipaudio.clips[0].clock.time") <= end + LATE
    assert tab.evaluate(STOPPED) == pytest.approx(end, abs=1e-5)


@pytest.mark.slow
def test_a_finding_plays_what_lies_around_it(browser, tmp_path):
    letters = [[row / 5, row / 5 + 0.25] for row in range(12)]
    stamps = {"graph_chars": list("Hello there!"), "graph_times": letters}
    clip = open_clip({"id": "a", "audio_timestamps": stamps})
    tab = open_page(browser, clip.save(tmp_path / "a.html", phones="given"))
    places = tab.evaluate("window.clipaudio.clips[0].data.findings.map((one) => [one.kind, one.count, one.places])")
    assert [(kind, count) for kind, count, _ in places] == [("overlap", len(clip.report["graphemes"]["overlap"]))]
    tab.evaluate("document.querySelectorAll('.place')[3].click()")
    start, end = places[0][2][3]
    assert tab.evaluate("window.clipaudio.clips[0].clock.time") == pytest.approx(start - 0.3, abs=LATE)
    assert tab.evaluate(STOPPED) == pytest.approx(end + 0.3, abs=1e-5)


@pytest.mark.slow
def test_a_word_where_nothing_sounds_can_be_heard(browser, tmp_path):
    sound = np.random.default_rng(4).uniform(-0.3, 0.3, 32_000)
    for first, stop in ((0, 1600), (14_400, 25_600), (30_400, 32_000)):  # all but the first and the last word
        sound[first:stop] = 0
    (tmp_path / "a.wav").write_bytes(encode(sound, 16_000))
    words = [("one", 0.1, 0.9), ("mute", 1.1, 1.4), ("two", 1.6, 1.9)]
    rows = [{"word": word, "start": start, "end": end} for word, start, end in words]
    clip = open_clip(rows, audio=tmp_path / "a.wav", language="xx")
    tab = open_page(browser, clip.save(tmp_path / "a.html", fit=True, phones="given"))
    assert tab.evaluate("document.querySelector('.findings').textContent.includes('nothing sounds where')") is True
    place = "[...document.querySelectorAll('.findings li')].find((one) => one.textContent.includes('silent'))"
    tab.evaluate(f"{place}.querySelector('.place').click()")
    assert tab.evaluate(STOPPED) == pytest.approx(1.7, abs=1e-5)


@pytest.mark.slow
def test_dragging_moves_the_timeline_and_control_with_the_wheel_zooms_at_the_pointer(browser, clip, tmp_path):
    tab = open_page(browser, clip.save(tmp_path / "a.html"))
    tab.evaluate("window.clipaudio.clips[0].view.show(1, 2)")
    x, y = tab.evaluate(PLACE % ".timeline")
    tab.mouse("mousePressed", x, y, button="left", buttons=1, clickCount=1)
    tab.mouse("mouseMoved", x - 200, y, button="left", buttons=1)
    tab.mouse("mouseReleased", x - 200, y, button="left")
    moved = tab.evaluate("[window.clipaudio.clips[0].view.start, window.clipaudio.clips[0].clock.isPlaying]")
    assert moved[0] > 1.2
    assert moved[1] is False
    left = tab.evaluate("document.querySelector('.timeline').getBoundingClientRect().x")
    under = f"window.clipaudio.clips[0].timeline.timeAt({x - left})"
    before = tab.evaluate(under)
    tab.mouse("mouseWheel", x, y, deltaX=0, deltaY=-100, modifiers=2)
    assert tab.evaluate("window.clipaudio.clips[0].view.span") < 2
    assert tab.evaluate(under) == pytest.approx(before, abs=0.01)


@pytest.mark.slow
def test_dragging_with_shift_plays_the_stretch_and_enter_plays_it_again(browser, clip, tmp_path):
    tab = open_page(browser, clip.save(tmp_path / "a.html"))
    tab.evaluate("window.clipaudio.clips[0].view.show(1, 2)")
    x, y = tab.evaluate(PLACE % ".timeline")
    tab.mouse("mousePressed", x, y, button="left", buttons=1, clickCount=1, modifiers=8)
    tab.mouse("mouseMoved", x - 150, y, button="left", buttons=1, modifiers=8)
    tab.mouse("mouseReleased", x - 150, y, button="left", modifiers=8)
    start, end = tab.evaluate("window.clipaudio.clips[0].timeline.selection")
    assert 0.1 < end - start < 0.5
    assert tab.evaluate("window.clipaudio.clips[0].view.start") == 1
    assert tab.evaluate(STOPPED) == pytest.approx(end, abs=1e-5)
    sought = "new Promise((done) => audio.addEventListener('seeking', () => done(audio.currentTime), {once: true}))"
    tab.evaluate(f"((audio) => void (window.sought = {sought}))(document.querySelector('audio'))")
    tab.press("Enter")
    assert tab.evaluate("window.sought") == pytest.approx(start, abs=1e-5)
    assert tab.evaluate(STOPPED) == pytest.approx(end, abs=1e-5)
    tab.click(x, y)
    assert tab.evaluate("window.clipaudio.clips[0].timeline.selection") is None


@pytest.mark.slow
def test_a_missing_sound_file_leaves_a_clock_that_runs(browser, clip, tmp_path):
    page = tmp_path / "a.html"
    text = clip.dumps("html")
    start, end = text.index("data:audio"), text.index('"', text.index("data:audio"))
    tab = open_page(browser, page, text[:start] + "data:audio/mpeg;base64,AAAA" + text[end:])
    tab.evaluate("new Promise((done) => setTimeout(done, 100))")
    assert tab.evaluate("document.querySelector('.silent').hidden") is False
    tab.press("k")
    assert tab.evaluate("window.clipaudio.clips[0].clock.isPlaying") is True


@pytest.mark.slow
def test_a_sound_that_fails_while_it_plays_leaves_a_clock_that_goes_on(browser, clip, tmp_path):
    """As in Firefox without a sound card: the error comes after play."""
    tab = open_page(browser, clip.save(tmp_path / "a.html"))
    tab.evaluate("(window.clipaudio.clips[0].seek(0.5), window.clipaudio.clips[0].clock.play())")
    tab.evaluate("document.querySelector('audio').dispatchEvent(new Event('error'))")
    assert tab.evaluate("document.querySelector('.silent').hidden") is False
    state = "(({time, isPlaying}) => [time, isPlaying])(window.clipaudio.clips[0].clock)"
    before, is_playing = tab.evaluate(state)
    assert is_playing is True
    assert before >= 0.5
    tab.evaluate(
        f"new Promise((done) => {{ const look = () => ({state})[0] > {before} + 0.1 ? done() : "
        "requestAnimationFrame(look); look(); })"
    )


@pytest.mark.slow
def test_two_clips_stand_side_by_side_and_only_one_plays(browser, clip_of, tmp_path):
    from clipaudio.export.page import dumps_pages

    sources = [clip_of(["Go", "on."]).export_context(), clip_of(["Not", "yet!"], has_sound=False).export_context()]
    tab = open_page(browser, tmp_path / "two.html", dumps_pages(sources, ["first", "second"]))
    assert tab.evaluate("[...document.querySelectorAll('h1')].map((head) => head.textContent)") == ["first", "second"]
    lefts = tab.evaluate("[...document.querySelectorAll('article')].map((one) => one.getBoundingClientRect().left)")
    assert lefts[0] < lefts[1]
    tab.evaluate("window.clipaudio.clips[0].clock.play()")
    tab.click(
        *tab.evaluate(
            "(() => { const b = document.querySelectorAll('.play')[1].getBoundingClientRect();"
            " return [b.x + 5, b.y + 20]; })()"
        )
    )
    assert tab.evaluate("window.clipaudio.clips.map((one) => one.clock.isPlaying)") == [False, True]
    tab.evaluate("(window.clipaudio.clips[1].clock.pause(), window.clipaudio.clips[1].seek(0.3))")
    tab.press("x")
    assert tab.evaluate("window.clipaudio.clips[0].clock.time") == pytest.approx(0.3, abs=1e-5)
    assert tab.evaluate("document.querySelectorAll('.active h1')[0].textContent") == "first"


def test_pages_of_the_same_clip_are_the_same(clip):
    assert dumps_page(clip.export_context()) == dumps_page(clip.export_context())
