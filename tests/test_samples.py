"""Every real payload exports to every format, and other people's programs read the same back."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import clipaudio
from clipaudio.captions.formats import srt
from clipaudio.captions.quality import check_cues
from clipaudio.cli.main import main
from clipaudio.export import FORMATS, find_format, tiers_of

NAMES = (
    "go_stream_wav_decoded.json",
    "sts_doc_arpabet_elided.json",
    "synthesize_hello_from_resemble.json",
    "v1_doc_this_is_a_test_PARTIAL.json",
    "v1_get_clip_ssml_break_PARTIAL.json",
    "v2_callback_doc_elided.json",
    "v2_doc_hey_there.json",
    "v2_get_clip_doc.json",
    "ws_frame_doc.json",
)


def test_no_sample_is_forgotten(samples):
    assert tuple(samples) == NAMES


def squeezed(text):
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("row", [row for row in FORMATS if not row.needs_audio], ids=lambda row: row.name)
@pytest.mark.parametrize("name", NAMES)
def test_every_sample_exports_to_every_format(needs, samples, tmp_path, name, row):
    needs.format(row.name)
    clip = clipaudio.open_clip(samples[name])
    path = clip.save(tmp_path / f"clip{row.extension}")
    if row.is_binary:
        assert path.read_bytes() == b"".join(row.iterate(clip.export_context()))
        return
    text = path.read_text("utf-8")
    assert text == clip.dumps(row.name)
    has_phones = len(clip.export_context().with_phones.aligned.phones) > 0  # given ones, else those of the text
    if row.name in {"ctm-phones", "lab-phones"} and not has_phones:
        assert text == ""
    else:
        assert text.endswith("\n")


@pytest.mark.parametrize("name", NAMES)
def test_praat_reads_every_interval_as_it_was_meant(needs, samples, tmp_path, name):
    parselmouth = needs("parselmouth")
    clip = clipaudio.open_clip(samples[name])
    spoken = clip.export_context().with_phones.aligned
    for extension in (".TextGrid", ".short.TextGrid"):
        grid = parselmouth.Data.read(str(clip.save(tmp_path / f"clip{extension}")))
        call = parselmouth.praat.call
        for number, (tier, line) in enumerate(tiers_of(spoken).items(), start=1):
            assert call(grid, "Get tier name", number) == tier
            found = [
                (
                    call(grid, "Get label of interval", number, i),
                    call(grid, "Get start time of interval", number, i),
                    call(grid, "Get end time of interval", number, i),
                )
                for i in range(1, call(grid, "Get number of intervals", number) + 1)
            ]
            assert [row for row in found if row[0]] == [tuple_of(entry) for entry in line if entry.label.strip()]
            assert call(grid, "Get total duration") == clip.duration


def tuple_of(entry):
    return entry.label, entry.start, entry.end


@pytest.mark.parametrize("name", NAMES)
def test_the_captions_read_as_the_text(needs, samples, name):
    pysubs2 = needs("pysubs2")
    clip = clipaudio.open_clip(samples[name])
    for format_name in ("srt", "vtt"):
        read = pysubs2.SSAFile.from_string(clip.dumps(format_name), format_=format_name)
        assert squeezed("".join(event.plaintext for event in read)) == squeezed(clip.aligned.text)
        assert max(event.end for event in read) <= round(clip.duration * 1000)


@pytest.mark.parametrize("name", NAMES)
def test_captions_keep_a_guideline_in_whole_video_frames(samples, tmp_path, name):
    (tmp_path / "clip.json").write_text(json.dumps(samples[name]), "utf-8")
    words = ["export", str(tmp_path / "clip.json"), "--to", "srt,vtt,ass,ttml,lrc", "--profile", "netflix"]
    assert main([*words, "--fps", "24000/1001", "--out", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"clip.{extension}" for extension in ("ass", "lrc", "srt", "ttml", "vtt")
    ]
    clip = clipaudio.open_clip(samples[name])
    cues = clip.cues(profile="netflix", fps="24000/1001")
    assert srt.loads((tmp_path / "out" / "clip.srt").read_text("utf-8")) == tuple(
        replace(cue, words=()) for cue in cues
    )
    for cue in cues:
        for time in (cue.start, cue.end):
            frame = round(Fraction(time) * Fraction(24000, 1001))
            assert round(time * 1000) == int(frame * Fraction(1001, 24000) * 1000)  # cut, not rounded
    report = check_cues(cues, "netflix", fps="24000/1001", duration=clip.duration)
    assert report.avoidable == ()


@pytest.mark.parametrize(("voice", "text"), [("en-us", "Hello, my friend!"), ("de", "Guten Tag!"), ("fr", "Bonjour !")])
def test_the_demo_exports_tiers_and_mouths_in_three_languages(needs, tmp_path, voice, text):
    needs("espeakng_loader")
    assert main(["demo", "--out", str(tmp_path), "--voice", voice, "--text", text]) == 0
    names = "textgrid,eaf,emu,ctm,rhubarb,oculus,azure,polly,livelink,talkinghead"
    words = ["export", str(tmp_path / "callback.json"), "--audio", str(tmp_path / "clip.wav"), "--to", names]
    assert main([*words, "--language", voice[:2], "--out", str(tmp_path / "out")]) == 0
    assert len(list((tmp_path / "out").iterdir())) == 10
    track = clipaudio.open_clip(tmp_path / "callback.json", audio=tmp_path / "clip.wav").export_context().mouth
    assert not track.estimated
    assert track.unknown == ()


@pytest.mark.parametrize("name", NAMES)
def test_mouth_shapes_cover_the_clip_without_a_gap(samples, name):
    clip = clipaudio.open_clip(samples[name])
    cues = json.loads(clip.dumps("rhubarb"))["mouthCues"]
    assert cues[0]["start"] == 0
    assert cues[-1]["end"] == pytest.approx(clip.duration, abs=0.0101)
    assert all(a["end"] == b["start"] for a, b in itertools.pairwise(cues))
    assert {cue["value"] for cue in cues} <= set("ABCDEFGHX")


@pytest.mark.parametrize("name", NAMES)
def test_timelines_are_tidy_and_text_is_whole(samples, name):
    payload = samples[name]
    stamps = payload.get("audio_timestamps") or payload.get("item", payload).get("timestamps") or payload
    clip = clipaudio.open_clip(payload)
    assert clip.aligned.text == "".join(stamps["graph_chars"])
    for line in (clip.graphemes, clip.phones, clip.words, clip.sentences):
        assert (np.diff(line.times.ravel()) >= 0).all()
    facts = json.loads(clip.dumps("timeline"))
    assert [word["label"] for word in facts["words"]] == list(clip.words.labels)
    for word in facts["words"]:
        first, stop = word["phones"]
        assert 0 <= first <= stop <= len(facts["phones"])


def test_the_milliseconds_of_the_snippets_are_understood(samples):
    for name in ("v2_callback_doc_elided.json", "v2_get_clip_doc.json"):
        clip = clipaudio.open_clip(samples[name])
        assert clip.report["graphemes"].unit == "ms"


def test_letters_whose_times_the_source_cut_are_kept(samples):
    clip = clipaudio.open_clip(samples["v1_get_clip_ssml_break_PARTIAL.json"])
    assert clip.sentences.labels == (
        "Resemble increases productivity through an easy to use API.",
        "What do you think?",
    )
    assert len(clip.report["graphemes"]["unpaired_label"]) == 26


def test_a_format_is_found_by_name_and_by_file():
    assert find_format(path="a.TEXTGRID").name == "textgrid"
    assert find_format(path="a.short.TextGrid").name == "textgrid-short"
    assert find_format(" SRT ").name == "srt"
    with pytest.raises(clipaudio.ClipAudioError, match="no format 'doc'; there are srt, vtt"):
        find_format("doc")
    with pytest.raises(clipaudio.ClipAudioError, match=r"a\.doc has the extension of no format"):
        find_format(path="a.doc")
