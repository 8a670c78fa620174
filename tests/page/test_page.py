"""A page holds the numbers and words of its clip exactly, and tells what was guessed, changed or left out."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clipaudio
from clipaudio.audio.encode import encode
from clipaudio.audio.reader import open_audio
from clipaudio.captions.profiles import PROFILES, find_profile
from clipaudio.clip import open_clip
from clipaudio.export import find_format
from clipaudio.export.page_sound import embed_sound
from clipaudio.lipsync.curves import make_curves
from clipaudio.page import IndexRow, PageClip, dumps, dumps_index
from clipaudio.page.encoding import encode_json
from clipaudio.timing.timeline import Timeline


def numbers(level):
    """Return the times of an encoded level."""
    return np.frombuffer(base64.b64decode(level["times"]), "<f8").reshape(-1, 2)


@given(st.lists(st.tuples(st.text(max_size=20), st.floats(0, 1e5)), max_size=20))
def test_labels_and_times_come_back_exactly(rows):
    edges = np.cumsum([length for _, length in rows] or [0.0])
    times = np.stack([edges - edges[0], edges], axis=1)[: len(rows)]
    line = Timeline(tuple(label for label, _ in rows), times)
    text = dumps([PageClip(title="t", duration=1.0, words=line)])
    start = text.index('id="clips">') + len('id="clips">')
    words = json.loads(text[start : text.index("</script>", start)])[0]["levels"]["words"]
    assert words["labels"] == list(line.labels)
    assert numbers(words).tolist() == times.tolist()


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_holds_no_markup_and_means_the_same(value):
    text = encode_json(value)
    assert "<" not in text
    assert json.loads(text) == value


def test_policy_allows_this_script_and_style_only(clip):
    text = clip.dumps("html")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none';")
    for element, directive in (("script", "script-src"), ("style", "style-src")):
        content = re.search(rf"<{element}>(.*?)</{element}>", text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert re.findall(r"(?:src|href)=\"(?!data:)", text) == []
    assert "http:" not in re.sub(r"http://www.w3.org\S*", "", text)


def test_levels_and_cues_of_every_profile_are_those_of_the_clip(clip, page_data):
    found = page_data(clip.dumps("html", profile="bbc"))[0]
    for name, line in (("words", clip.words), ("phones", clip.sounds), ("sentences", clip.sentences)):
        assert found["levels"][name]["labels"] == list(line.labels)
        assert numbers(found["levels"][name]).tolist() == line.times.tolist()
    assert next(iter(found["cues"])) == "bbc"
    assert set(found["cues"]) == set(PROFILES)
    for profile, cues in found["cues"].items():
        wanted = clip.cues(profile=profile)
        assert cues["labels"] == [cue.text for cue in wanted]
        assert numbers(cues).tolist() == [[float(cue.start), float(cue.end)] for cue in wanted]


def test_a_profile_of_the_user_comes_first(clip, page_data):
    from dataclasses import replace

    own = replace(find_profile("bbc"), name="ours", max_chars=20)
    found = page_data(clip.dumps("html", profile=own))[0]["cues"]
    assert next(iter(found)) == "ours"
    assert len(found["ours"]["labels"]) > len(found["bbc"]["labels"])


def test_sound_of_a_short_clip_is_inside_at_a_constant_rate(clip):
    text = clip.dumps("html")
    data = base64.b64decode(re.search(r'src="data:audio/mpeg;base64,([^"]+)"', text)[1])
    with open_audio(data) as audio:
        frames = sum(len(block) for block in audio.blocks(1 << 16))
        assert (audio.format, audio.sample_rate) == ("MP3", 16_000)
    assert frames / 16_000 == pytest.approx(clip.duration, abs=0.03)


def test_sound_that_mp3_cannot_hold_is_stored_as_wav_and_told(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(encode(np.zeros((8000, 3)), 8000))
    stamps = {"graph_chars": ["a"], "graph_times": [[0.1, 0.4]]}
    clip = open_clip({"id": "a", "audio_timestamps": stamps}, audio=path)
    assert "data:audio/wav;base64," in clip.dumps("html")
    notes = find_format("html").notes(clip.export_context())
    assert any("stored without compression" in note for note in notes)


def test_long_sound_of_several_files_is_missing_and_told(clip):
    long = clipaudio.join([clip] * 2, gap=400)
    context = long.export_context()
    assert context.aligned.duration > 600 - 200
    while context.aligned.duration <= 600:
        long = clipaudio.join([long, clip], gap=400)
        context = long.export_context()
    assert any("the page has no sound" in note for note in find_format("html").notes(context))
    assert '<audio hidden preload="none"></audio>' in long.dumps("html")


def test_long_mp3_beside_the_page_is_told_to_be_inexact():
    for name, count in (("talk.mp3", 2), ("talk.flac", 1)):
        found = embed_sound(b"", duration=601, sound_file=f"/a/{name}", folder="/a/b")
        assert found.sound.url == f"../{name}"
        assert len(found.notes) == count


def test_a_clip_without_sound_says_so(clip_of, page_data):
    text = clip_of(["Go", "on."], has_sound=False).dumps("html")
    found = page_data(text)[0]
    assert (found["hasSound"], "waveform" in found) == (False, False)
    assert found["notes"][-1] == "the audio is not at hand: the page has no sound and no waveform"


def test_a_page_says_that_times_were_not_checked_without_sound(clip_of, page_data):
    found = page_data(clip_of(["Go", "on."], has_sound=False).dumps("html", fit=True))[0]
    assert found["notes"][-1].endswith("no waveform; the times were not checked against it")
    assert not [finding for finding in found["findings"] if finding["level"] == "fit"]


def test_what_does_not_fit_the_sound_is_a_finding_with_its_places(clip_of, page_data):
    clip = clip_of(["Go", "on."])
    assert not [finding for finding in page_data(clip.dumps("html"))[0]["findings"] if finding["level"] == "fit"]
    found = [one for one in page_data(clip.shift(0.25).dumps("html", fit=True))[0]["findings"] if one["level"] == "fit"]
    told = clip.shift(0.25).fit.findings
    assert sorted(one["kind"] for one in found) == sorted({finding.kind for finding in told})
    assert sum(len(one["places"]) for one in found) == len(told)


def test_a_clip_without_phones_says_that_the_mouth_is_guessed(clip_of, page_data):
    found = page_data(clip_of(["Go", "on."], has_phones=False).dumps("html", phones="given"))[0]
    assert found["levels"]["phones"]["labels"] == []
    assert found["levels"]["visemes"]["labels"]
    assert "there are no phones: the mouth is guessed from letters" in found["notes"]


def test_a_clip_without_a_word_is_a_page_all_the_same(tmp_path, page_data):
    path = tmp_path / "a.wav"
    path.write_bytes(encode(np.zeros(8000), 8000))
    clip = open_clip({"id": "a", "audio_timestamps": {"graph_chars": [], "graph_times": []}}, audio=path)
    found = page_data(clip.dumps("html"))[0]
    assert (found["cues"], found["duration"]) == ({}, 1.0)


def test_speakers_are_a_level_and_are_named_in_captions(clip_of, page_data):
    words = "We met today. Who came? Nobody came today.".split()
    speakers = ["Ann"] * 3 + ["Bob"] * 2 + ["Ann"] * 3
    clip = clip_of(words, speakers=speakers)
    found = page_data(clip.dumps("html"))[0]
    assert found["levels"]["speakers"]["labels"] == ["Ann", "Bob", "Ann"]
    assert found["cues"]["netflix"]["labels"][0].startswith("Ann: ")
    assert found["levels"]["words"]["labels"] == list(clip.words.labels)


def test_findings_have_the_places_of_their_rows(page_data):
    times = [[row / 5, row / 5 + 0.25] for row in range(12)]
    clip = open_clip({"id": "a", "audio_timestamps": {"graph_chars": list("Hello there!"), "graph_times": times}})
    (finding,) = page_data(clip.dumps("html", phones="given"))[0]["findings"]
    rows = clip.report["graphemes"]["overlap"]
    assert (finding["kind"], finding["count"]) == ("overlap", len(rows))
    assert finding["places"] == clip.graphemes.times[rows][:10].tolist()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_an_index_has_the_worst_clip_first(counts):
    rows = [
        IndexRow(id=f"clip-{number}.", errors=("e",) * errors, notes=("n",) * notes)
        for number, (errors, notes) in enumerate(counts)
    ]
    names = re.findall(r"clip-\d+\.", dumps_index(rows))
    wanted = sorted(rows, key=lambda row: (-len(row.errors), -len(row.notes), row.id))
    assert names == [row.id for row in wanted]


def test_an_index_says_how_many_clips_are_left_out():
    assert "1,001 clips, 1 with failed outputs; the 1,000 clips" in dumps_index(
        [IndexRow(id="a", errors=("e",))], left_out=1000
    )


def test_mouth_moves_by_the_curves_of_the_exporters(clip, page_data):
    moves = page_data(clip.dumps("html"))[0]["moves"]
    curves = make_curves(clip.export_context().mouth, fps=moves["fps"])
    weights = np.frombuffer(base64.b64decode(moves["weights"]), np.uint8).reshape(-1, len(moves["names"])) / 255
    columns = [curves.names.index(name) for name in moves["names"]]
    assert np.abs(weights - curves.weights[:, columns]).max() <= 0.5 / 255 + 1e-6
    assert weights.max(axis=0)[0] > 0.2


def test_page_of_five_seconds_has_at_most_150_kilobytes(tmp_path):
    text = ("We met at the old harbour, and nobody spoke. " * 2).strip()
    edges = np.linspace(0.1, 4.9, len(text) + 1)
    times = np.stack([edges[:-1], edges[1:] + 0.03], axis=1).tolist()
    phones = {"phon_chars": list("mɛtbaɪsʃuː") * 7, "phon_times": times[:70]}
    (tmp_path / "a.wav").write_bytes(encode(np.random.default_rng(1).uniform(-0.5, 0.5, 5 * 48_000), 48_000))
    stamps = {"graph_chars": list(text), "graph_times": times, **phones}
    clip = open_clip({"id": "a", "audio_timestamps": stamps}, audio=tmp_path / "a.wav")
    assert clip.save(tmp_path / "a.html").stat().st_size <= 150_000
