"""From the phones of real payloads to every lip-sync format: lips close for every closure, at every frame rate."""

from __future__ import annotations

import csv
import json
from fractions import Fraction

import numpy as np
import pytest

import clipaudio
from clipaudio.lipsync.articulatory_targets import find_targets
from clipaudio.lipsync.curves import make_curves
from clipaudio.lipsync.formats import (
    azure,
    keyframes,
    livelink,
    moho,
    oculus,
    papagayo,
    polly,
    rhubarb,
    talkinghead,
    vrm,
)
from clipaudio.lipsync.mouth_timing import time_mouth
from clipaudio.lipsync.visemes import SETS, to_timeline

NAMES = (
    "go_stream_wav_decoded.json",
    "v2_doc_hey_there.json",
    "synthesize_hello_from_resemble.json",
    "v1_get_clip_ssml_break_PARTIAL.json",
    "sts_doc_arpabet_elided.json",
)
RATES = [Fraction(24000, 1001), 24, Fraction(30000, 1001), 60, 100]


@pytest.fixture(params=NAMES)
def clip(request, samples):
    return clipaudio.open_clip(samples[request.param]).aligned


def mouth(clip, fps=None):
    targets = find_targets(clip.phones, clip.graphemes, duration=clip.duration)
    return targets, time_mouth(targets, duration=clip.duration, fps=fps)


@pytest.mark.parametrize("fps", RATES)
def test_every_closure_that_is_spoken_is_seen_on_a_video_frame(clip, fps):
    targets, track = mouth(clip, fps)
    if not set(clip.text.lower()) & set("pbmfv"):
        assert not any(track.sounds[code].closes_lips for code in track.codes.tolist())
        return
    meant = [row for row, code in enumerate(targets.codes.tolist()) if targets.sounds[code].closes_lips]
    assert meant
    curves = make_curves(track, fps=fps, names="mouth")
    rows = [line.split() for line in moho.dumps(to_timeline(track, "rhubarb"), fps=fps).splitlines()[1:]]
    drawn = np.array([int(frame) - 1 for frame, _ in rows])
    for row in meant:
        middle = targets.times[row].mean()
        now = np.searchsorted(track.times[:, 0], middle, "right") - 1
        near = [i for i in (now, now - 1, now + 1) if 0 <= i < len(track.codes)]
        (held, *_) = [i for i in near if track.sounds[track.codes[i]] == targets.sounds[targets.codes[row]]]
        start, end = track.times[held]
        assert end - start >= 1 / float(fps)
        frames = (curves.times >= start) & (curves.times < end)
        assert curves.weights[frames, 1].min() == pytest.approx(1.0, abs=1e-6)
        shown = np.arange(int(start * float(fps) + 1e-6), int(end * float(fps) + 1e-6))
        assert {rows[row][1] for row in (np.searchsorted(drawn, shown, "right") - 1).tolist()} <= {"A", "G"}
        assert len(shown)


def test_every_set_of_shapes_goes_into_its_format_and_every_curve_into_its_own(clip):
    _, track = mouth(clip, 24)
    drawn = {name: to_timeline(track, name) for name in SETS}
    for made in drawn.values():
        assert (made.starts[0], made.ends[-1]) == (0, clip.duration)
    for kind in ("tsv", "xml", "json"):
        assert len(rhubarb.dumps(drawn["rhubarb"], format=kind).splitlines()) > len(drawn["rhubarb"])
    texts = papagayo.dumps(drawn["papagayo"], words=clip.words, sentences=clip.sentences)
    assert texts.count("\n\t\t\t\t") > 0
    assert len(json.loads(oculus.dumps(drawn["oculus"]))["visemes"]) == len(drawn["oculus"])
    assert len(json.loads(oculus.dumps(drawn["openxr"]))["visemes"]) == len(drawn["openxr"])
    heads = json.loads(talkinghead.dumps(drawn["oculus"], words=clip.words))
    assert heads["words"] == list(clip.words.labels)
    assert len(json.loads(azure.dumps(drawn["azure"]))) == len(drawn["azure"])
    for name in ("polly", "polly-l"):
        marks = polly.dumps(drawn[name], graphemes=clip.graphemes, words=clip.words, sentences=clip.sentences)
        kinds = [json.loads(line)["type"] for line in marks.splitlines()]
        assert [kinds.count(kind) for kind in ("viseme", "word", "sentence")] == [
            len(drawn[name]),
            len(clip.words),
            len(clip.sentences),
        ]
    curves = make_curves(track)
    assert len(livelink.dumps(curves).splitlines()) == len(curves.times) + 1
    assert len(json.loads(azure.dumps_frames(curves))["BlendShapes"]) == len(curves.times)
    assert {row[1] for row in csv.reader(keyframes.dumps(curves).splitlines())} >= {"name", "jawOpen"}
    assert '"aa"' in vrm.dumps(make_curves(track, fps=30, names="vrm"))
