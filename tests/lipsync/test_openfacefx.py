"""Mouths and tiers against two programs that know nothing of each other: openfacefx and praatio."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from clipaudio.captions.formats import srt, webvtt
from clipaudio.export.context import ExportContext
from clipaudio.export.registry import dumps
from clipaudio.lipsync.articulatory_targets import find_targets
from clipaudio.lipsync.mouth_timing import time_mouth
from clipaudio.lipsync.visemes import shapes_of, to_timeline
from clipaudio.timing.aligned import align
from clipaudio.timing.timeline import Timeline

ARPABET = (
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH"
).split()
ELSE = {"AW": ("aa", "O"), "HH": ("E", "kk"), "IH": ("I", "E")}  # ours and theirs, where opinions differ
SAID = {
    "move my boat": "M UW1 V | M AY1 | B OW1 T",
    "five big apples": "F AY1 V | B IH1 G | AE1 P AH0 L Z",
    "keep the lamp off": "K IY1 P | DH AH0 | L AE1 M P | AO1 F",
    "we are happy": "W IY1 | AA1 R | HH AE1 P IY0",
    "show them some fish": "SH OW1 | DH EH1 M | S AH1 M | F IH1 SH",
}


def clip_of(text):
    """Align the phones of a text at 90 ms each with its words; a blank of 30 ms lies between two words."""
    edges, labels = [0.2], []
    for token in SAID[text].split():
        labels.append(" " if token == "|" else token)
        edges.append(edges[-1] + (0.03 if token == "|" else 0.09))
    phones = Timeline(tuple(labels), np.array(list(itertools.pairwise(edges))))
    words = [phones.times[list(rows)] for blank, rows in runs(labels) if not blank]
    letters, times = [], []
    for word, spans in zip(text.split(), words, strict=True):
        at = np.linspace(spans[0, 0], spans[-1, 1], len(word) + 1)
        if letters:
            letters.append(" ")
            times.append((times[-1][1], at[0]))
        letters += list(word)
        times += itertools.pairwise(at.tolist())
    return align(Timeline(tuple(letters), times), phones, duration=edges[-1] + 0.3)


def runs(labels):
    return [(blank, [*rows]) for blank, rows in itertools.groupby(range(len(labels)), lambda row: labels[row] == " ")]


@pytest.mark.parametrize("phone", ARPABET)
def test_a_phone_begins_with_the_shape_of_openfacefx(needs, phone):
    theirs = needs("openfacefx").phoneme_to_viseme(phone)
    ours = shapes_of(phone, "oculus", alphabet="arpabet")[0]
    assert (ours, theirs) == ELSE.get(phone, (ours, ours))


@pytest.mark.parametrize("text", SAID)
def test_lips_close_when_those_of_openfacefx_do(needs, text):
    other = needs("openfacefx")
    clip = clip_of(text)
    segments = [other.PhonemeSegment("sil", 0.0, 0.2)]
    segments += [other.PhonemeSegment(one.label.strip("012") or "sil", one.start, one.end) for one in clip.phones]
    segments.append(other.PhonemeSegment("sil", segments[-1].end, clip.duration))
    times, weights = other.build_viseme_curves(segments, fps=100)
    targets = find_targets(clip.phones, clip.graphemes, duration=clip.duration)
    shapes = to_timeline(time_mouth(targets, duration=clip.duration), "oculus")
    for phone in clip.spoken_phones:
        if phone.label not in {"M", "B", "P", "F", "V"}:
            continue
        middle = (phone.start + phone.end) / 2
        frame = int(np.searchsorted(times, middle))
        theirs = other.VISEMES[int(np.argmax(weights[frame]))]
        near = {one.label for one in shapes if one.start < phone.end and one.end > phone.start}
        assert theirs in near, (phone, theirs, near)
        assert theirs == ("FF" if phone.label in {"F", "V"} else "PP")
    assert (shapes.labels[0], shapes.labels[-1]) == ("sil", "sil")
    assert [other.VISEMES[row] for row in weights[[0, -1]].argmax(axis=1)] == ["sil", "sil"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # openfacefx leaves the file open
@pytest.mark.parametrize("text", SAID)
def test_openfacefx_and_praatio_read_the_tiers_of_a_clip(needs, tmp_path, text):
    clip = clip_of(text)
    path = tmp_path / "clip.TextGrid"
    path.write_text(dumps(ExportContext(aligned=clip), "textgrid"), "utf-8")
    grid = needs("praatio.textgrid").openTextgrid(str(path), includeEmptyIntervals=False)
    words = [(one.label, one.start, one.end) for one in grid.getTier("words").entries]
    assert [word for word, *_ in words] == text.split()
    assert np.array([pair for _, *pair in words]) == pytest.approx(clip.words.times, abs=1e-9)
    spoken = [(one.label, one.start, one.end) for one in grid.getTier("phones").entries]
    assert spoken == [(one.label, pytest.approx(one.start), pytest.approx(one.end)) for one in clip.spoken_phones]
    segments = needs("openfacefx").load_mfa_textgrid(str(path))
    sounds = [(one.phoneme, one.start, one.end) for one in segments if one.phoneme != "sil"]
    assert [(label.rstrip("012"), *pair) for label, *pair in spoken] == [
        (label.rstrip("012"), pytest.approx(start), pytest.approx(end)) for label, start, end in sounds
    ]


@pytest.mark.parametrize("text", SAID)
@pytest.mark.parametrize(("name", "reader"), [("srt", "parse_srt"), ("vtt", "parse_vtt")])
def test_openfacefx_finds_the_captions_of_a_clip(needs, text, name, reader):
    made = dumps(ExportContext(aligned=clip_of(text)), name)
    theirs = getattr(needs("openfacefx"), reader)(made)
    ours = (srt if name == "srt" else webvtt).loads(made)
    assert len(theirs) == len(ours)
    for one, cue in zip(theirs, ours, strict=True):
        assert (one.start, one.end) == (pytest.approx(cue.start), pytest.approx(cue.end))
        assert one.text.split() == cue.text.split()
