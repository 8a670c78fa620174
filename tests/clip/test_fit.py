"""Times against the sound."""

from __future__ import annotations

import json
import subprocess

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.audio.envelope import Envelope, find_sound, read_envelope
from clipaudio.audio.reader import open_audio
from clipaudio.captions.cue import Cue
from clipaudio.captions.formats import srt
from clipaudio.clip.fit import Heard, measure_fit
from clipaudio.errors import AudioError
from clipaudio.timing.timeline import Timeline

TEXT = "The boy was there when the sun rose. A rod is used to catch pink salmon."


def _clip(seed, count=12):
    """Return words with pauses and the envelope of a sound exactly where they are."""
    draw = np.random.default_rng(seed)
    steps = draw.integers(30, 120, 2 * count + 1)
    edges = np.cumsum(steps)
    levels = np.zeros(edges[-1] + 50)
    for start, end in edges[: 2 * count].reshape(-1, 2):
        levels[start:end] = draw.uniform(0.1, 0.3, end - start)
    times = edges[: 2 * count].reshape(-1, 2) * 0.005
    return Timeline(tuple(f"w{row}" for row in range(count)), times), Envelope(levels, 0.005), len(levels) * 0.005


@given(st.integers(0, 10**6), st.floats(-0.4, 0.4))
def test_pauses_alone_show_an_offset(seed, shift):
    words, envelope, duration = _clip(seed)
    found = measure_fit(Timeline(words.labels, words.times - shift), envelope, duration).offset
    assert abs(found - shift) <= 0.02 or (found == 0 and abs(shift) < 0.06)


@given(st.integers(0, 10**6))
def test_times_that_fit_score_100_and_are_not_moved(seed):
    words, envelope, duration = _clip(seed)
    fit = measure_fit(words, envelope, duration)
    assert (fit.score, fit.offset, fit.findings) == (100.0, 0.0, ())


@given(st.integers(0, 10**6), st.floats(-0.3, 0.3), st.sampled_from([-0.03, -0.02, 0.0, 0.02, 0.03]))
def test_heard_words_show_offset_and_drift(seed, shift, drift):
    words, envelope, duration = _clip(seed)
    draw = np.random.default_rng(seed)
    heard = Heard(words.times + draw.normal(0, 0.01, words.times.shape), draw.uniform(0.6, 1, len(words)))
    heard.times[3] += 0.7  # one word is heard in the wrong place
    given_times = (words.times - shift) / (1 + drift)
    fit = measure_fit(Timeline(words.labels, given_times), envelope, duration, heard=heard)
    assert fit.drift == pytest.approx(drift, abs=0.007)
    moved = given_times.mean() * ((fit.drift or 0) - drift) + fit.offset - shift
    assert abs(moved) < 0.05


def test_words_where_nothing_sounds_and_sound_without_words_are_named():
    words, envelope, duration = _clip(5)
    kept = np.array([row for row in range(12) if row != 6])
    more = np.append(words.times[kept], [[duration - 0.2, duration]], axis=0)
    fit = measure_fit(Timeline((*(words.labels[row] for row in kept), "extra"), more), envelope, duration)
    kinds = {finding.kind: finding for finding in fit.findings}
    assert kinds["silent_word"].words == (11,)
    assert kinds["uncovered_sound"].start == pytest.approx(words.times[6, 0], abs=0.11)
    assert fit.score < 95


def test_silence_and_no_words_and_a_cut_sound_are_told():
    words, envelope, duration = _clip(1)
    assert measure_fit(words, Envelope(np.zeros(100), 0.005), 0.5).findings[0].kind == "silent_audio"
    assert measure_fit(Timeline.empty(), envelope, duration).findings[0].kind == "uncovered_sound"
    cut = Envelope(envelope.levels[: int(words.times[8, 0] / 0.005) + 10], 0.005)
    fit = measure_fit(words, cut, len(cut.levels) * 0.005)
    assert "truncated" in {finding.kind for finding in fit.findings}


@given(st.integers(0, 10**6))
def test_the_numbers_of_a_fit_have_a_json_form(seed):
    words, envelope, duration = _clip(seed)
    fit = measure_fit(words[5:6], envelope, duration)
    assert json.loads(msgspec.json.encode(fit.to_dict())) == fit.to_dict()  # it refuses the numbers of numpy


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 3)), max_size=9), st.lists(st.floats(0, 1), max_size=99))
def test_any_words_and_any_sound_give_a_score(pairs, levels):
    times = np.array(sorted((start, start + length) for start, length in pairs)).reshape(-1, 2)
    fit = measure_fit(Timeline(tuple("w" * len(times)), times), Envelope(np.array(levels), 0.005), len(levels) * 0.005)
    assert 0 <= fit.score <= 100
    assert np.isfinite(fit.offset)


@pytest.fixture(scope="module")
def spoken(needs, tmp_path_factory):
    """Return the path of spoken words, and the clip that the aligner makes of it."""
    needs("espeakng_loader")
    path = tmp_path_factory.mktemp("fit") / "boy.wav"
    subprocess.run([needs.program("flite"), "-voice", "slt", "-t", TEXT, "-o", str(path)], check=True)
    return path, clipaudio.align_text(path, TEXT, language="en")


@pytest.mark.parametrize(("offset", "drift"), [(0.08, 0.0), (-0.08, 0.0), (0.0, 0.0), (0.05, 0.02)])
def test_a_shifted_clip_is_set_right_by_what_its_fit_says(spoken, offset, drift):
    path, times = spoken
    clip = clipaudio.open_clip(times, audio=path, language="en").retime(-offset / (1 + drift), 1 / (1 + drift) - 1)
    fit = clip.fit
    assert fit.offset == pytest.approx(offset, abs=0.022)
    assert fit.drift == pytest.approx(drift, abs=0.006)
    fixed = clip.retime(fit.offset, fit.drift)
    assert fixed.fit.score >= 95
    assert fixed.fit.offset == 0


def test_another_text_is_named_as_not_heard(spoken):
    path, times = spoken
    wrong = clipaudio.SpeechTimes(
        source="x",
        words=times.words._replace(
            labels=tuple(
                "her purse was full of useless trash and snow fell over all roofs".split()[: len(times.words.labels)]
                + ["today"] * 3
            )
        ),
    )
    fit = clipaudio.open_clip(wrong, audio=path, language="en").fit
    assert "unheard_text" in {finding.kind for finding in fit.findings}
    assert fit.score < 50


def test_refined_captions_begin_where_the_fit_finds_sound(spoken):
    path, times = spoken
    late = clipaudio.open_clip(times, audio=path, language="en").shift(0.12)
    with open_audio(path) as audio:
        envelope = read_envelope(audio)
    sound = find_sound(envelope)
    (cue, *_) = late.cues(refine=True, profile="none")
    assert cue.start == pytest.approx(sound[0, 0], abs=1e-6)
    (first, *_) = measure_fit(Timeline(("x",), [[9.0, 9.1]]), envelope, late.duration).findings
    assert first.start == pytest.approx(cue.start, abs=1e-3)


def test_a_clip_without_audio_has_no_fit(spoken):
    with pytest.raises(AudioError, match="no audio file"):
        _ = clipaudio.open_clip(spoken[1]).fit


@pytest.mark.parametrize("shift", [-0.9, -0.3])
def test_times_before_the_start_of_the_sound_are_compared_and_moved_as_given(spoken, shift):
    path, times = spoken
    clip = clipaudio.open_clip(times, audio=path, language="en")
    assert clip.words.starts[0] < -shift < clip.words.ends[-1]
    early = [{"word": word.label, "start": word.start + shift, "end": word.end + shift} for word in clip.words]
    moved = clipaudio.open_clip(early, audio=path, language="en")
    assert {"negative", "outside"} & set(moved.report["words"].kinds)
    assert moved.fit.offset == pytest.approx(-shift, abs=0.04)
    fixed = moved.retime(-shift)
    assert fixed.words.labels == clip.words.labels
    assert fixed.words.times == pytest.approx(clip.words.times, abs=1e-6)


@pytest.mark.parametrize("shift", [0.7, 1.5, 3.5])
@pytest.mark.parametrize("kind", ["rows", "srt"])
def test_times_behind_the_end_of_the_sound_are_compared_as_given(spoken, tmp_path, shift, kind):
    path, times = spoken
    clip = clipaudio.open_clip(times, audio=path, language="en")
    late = [{"word": word.label, "start": word.start + shift, "end": word.end + shift} for word in clip.words]
    if kind == "srt":
        late = tmp_path / "late.srt"
        bounds = [clip.words.times[first:stop] for first, stop in clip.sentences.child_ranges.tolist()]
        cues = [
            Cue(own[0, 0] + shift, own[-1, 1] + shift, (label,))
            for own, label in zip(bounds, clip.sentences.labels, strict=True)
        ]
        late.write_text(srt.dumps(cues), "utf-8")
    moved = clipaudio.open_clip(late, audio=path, language="en")
    assert moved.fit.offset == pytest.approx(-shift, abs=0.04)
    fixed = moved.retime(moved.fit.offset, moved.fit.drift or 0.0)
    assert fixed.words.labels == moved.words.labels
    assert fixed.words.times[[0, -1]] == pytest.approx(clip.words.times[[0, -1]], abs=0.12 if kind == "srt" else 0.03)


def test_the_spoken_language_of_a_translation_is_compared(spoken):
    path, times = spoken
    clip = clipaudio.open_clip(times, audio=path, language="en")
    german = clip.translated(
        ["Der Junge war da, als die Sonne aufging.", "Man fängt Lachse mit der Rute."], language="de"
    )
    assert german.fit == clip.fit
    late = german.retime(0.1).fit
    assert late.offset == pytest.approx(-0.1, abs=0.03)
    assert "unheard_text" not in {finding.kind for finding in late.findings}
