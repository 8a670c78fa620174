"""Clips behind one another have the mouths they have alone."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from clipaudio.clip.editing import ClipContent, cut, join
from clipaudio.export.context import ExportContext
from clipaudio.export.mouth import notes_on_lips
from clipaudio.export.mouth_track import find_clip_targets
from clipaudio.export.options import Options, Part
from clipaudio.export.registry import dumps
from clipaudio.timing.aligned import align
from clipaudio.timing.timeline import Timeline

KEYED = ("azure", "polly", "rhubarb-tsv", "oculus", "livelink", "azure-frames", "keyframes")
EVEN = np.arange(40)[:, None] / 10 + [0.0, 0.1]


def spoken(text, phones=(), language="en"):
    letters, sounds = Timeline(tuple(text), EVEN[: len(text)]), Timeline(phones, EVEN[: len(phones)])
    return align(letters, sounds, duration=len(text) / 10, language=language)


def material(clip):
    return ClipContent(parts=(Part(aligned=clip),), duration=clip.duration)


def source_of(made, **more):
    return ExportContext(aligned=made.aligned, parts=made.parts, **more)


def aims(targets, offset=0.0):
    pairs = (targets.times + offset).round(9).tolist()
    return [(targets.sounds[code], *pair) for code, pair in zip(targets.codes.tolist(), pairs, strict=True)]


CLIPS = (
    spoken("papa", ("p", "a", "p", "a")),
    spoken("mama"),
    spoken("chapeau", language="fr"),
    spoken("   "),
    spoken("hello", ("HH", "AH0", "L", "OW1")),
    spoken("schiff", ("ʃ", "ɪ", "f"), "de"),
)


def test_each_of_several_clips_has_the_targets_it_has_alone():
    made = join([material(clip) for clip in CLIPS], gap=0.3)
    alone = [aim for part in made.parts for aim in aims(find_clip_targets([Part(aligned=part.aligned)]), part.offset)]
    found = find_clip_targets(source_of(made).clips)
    assert aims(found) == alone
    assert found.estimated


def test_a_clip_without_phones_among_others_moves_its_mouth_and_says_so():
    made = source_of(join([material(clip) for clip in CLIPS[:2]]))
    track = made.mouth
    closures = [code for code in track.codes[track.times[:, 1] > 0.41].tolist() if track.sounds[code].closes_lips]
    assert len(closures) == 2
    assert notes_on_lips(made) == ("some of the clips have no phones: the mouth is guessed from letters",)


@pytest.mark.parametrize("clips", [CLIPS[:1], (CLIPS[0], CLIPS[3]), (CLIPS[3], CLIPS[0], CLIPS[5])])
def test_where_all_that_is_spoken_has_phones_nothing_is_guessed(clips):
    assert notes_on_lips(source_of(join([material(clip) for clip in clips]))) == ()


def test_a_stretch_of_a_joined_clip_keeps_the_letters_that_stand_for_phones():
    made = cut(join([material(clip) for clip in CLIPS[:2]]), 0.2, 0.8)
    assert len(find_clip_targets(source_of(made).clips).codes) == 6


def test_a_clip_of_few_plain_letters_is_spelled_as_those_around_it_are():
    voices = (spoken("show", ("S", "@U", "{", "E")), spoken("you", ("j", "u")), spoken("eh", ("ˈe", "ɜ")))
    made = join([material(clip) for clip in voices])
    assert find_clip_targets(source_of(made).clips).alphabet == "xsampa"
    parts = [
        aims(find_clip_targets([Part(aligned=clip)]), offset)
        for clip, offset in zip(voices, (0, 0.4, 0.7), strict=True)
    ]
    assert aims(find_clip_targets(source_of(made).clips)) == [aim for part in parts for aim in part]


def test_uncertain_alphabet_is_told_until_it_is_chosen():
    clip = spoken("stn", ("S", "T", "N"))
    (note,) = notes_on_lips(ExportContext(aligned=clip))
    assert "certain: choose the alphabet" in note
    assert clip.alphabet.name in note
    chosen = ExportContext(aligned=clip, options=Options(alphabet="arpabet"))
    assert notes_on_lips(chosen) == ()
    assert chosen.aligned.alphabet.name == "arpabet"
    assert notes_on_lips(ExportContext(aligned=spoken("hello", ("h", "ə", "l", "oʊ")))) == ()


def test_chosen_alphabet_reaches_syllables():
    clip = spoken("cat", ("k", "{", "t"))
    assert ExportContext(aligned=clip, options=Options(alphabet="xsampa")).aligned.syllables.labels == ("k{t",)
    assert ExportContext(aligned=clip, options=Options(alphabet="ipa")).aligned.sounds.vowels.tolist() == [False] * 3


@pytest.mark.parametrize("tail", [0.0, 0.03, 0.4])
@pytest.mark.parametrize("phones", [("o", "m", "a", "b", "u"), ("a", "v", "i", "w", "a")])
def test_the_first_and_the_last_key_of_every_format_are_at_rest(phones, tail):
    times = EVEN[: len(phones)]
    clip = align(Timeline("x" * len(phones), times), Timeline(phones, times), duration=float(times[-1, 1]) + tail)
    texts = {name: dumps(ExportContext(aligned=clip), name) for name in KEYED}
    azure = json.loads(texts["azure"])
    assert azure[0]["viseme_id"] == azure[-1]["viseme_id"] == 0
    assert azure[-1]["audio_offset"] <= clip.duration * 1e7 + 1
    marks = [json.loads(line) for line in texts["polly"].splitlines()]
    shapes = [mark["value"] for mark in marks if mark["type"] == "viseme"]
    assert shapes[0] == shapes[-1] == "sil"
    cues = [line.split("\t")[1] for line in texts["rhubarb-tsv"].splitlines()]
    assert cues[0] == cues[-1] == "X"
    names = [shape["name"] for shape in json.loads(texts["oculus"])["visemes"]]
    assert names[0] == names[-1] == "sil"
    rows = list(csv.reader(texts["livelink"].splitlines()))
    assert {float(value) for row in (rows[1], rows[-1]) for value in row[2:]} == {0.0}
    frames = [frame for line in texts["azure-frames"].splitlines() for frame in json.loads(line)["BlendShapes"]]
    assert {value for frame in (frames[0], frames[-1]) for value in frame} == {0.0}
    keys = {}
    for _, name, value in list(csv.reader(texts["keyframes"].splitlines()))[1:]:
        keys.setdefault(name, []).append(float(value))
    assert {values[end] for values in keys.values() for end in (0, -1)} == {0.0}


@pytest.mark.parametrize("letters", ["\u10d3\u10d8\u10da\u10d0", "\u0562\u0561\u0580", "\u05e9\u05dc"])
def test_letters_that_move_a_neutral_mouth_are_told(letters):
    notes = notes_on_lips(ExportContext(aligned=spoken(letters)))
    assert "there are no phones: the mouth is guessed from letters" in notes
    named = ", ".join(map(repr, sorted(letters)))
    assert f"no known sounds are {named}: the mouth is neutral there" in notes


def test_many_letters_that_move_a_neutral_mouth_are_told_in_one_note():
    letters = "".join(map(chr, range(0x4E00, 0x4E00 + 40)))
    (note,) = [note for note in notes_on_lips(ExportContext(aligned=spoken(letters))) if "neutral" in note]
    assert note.count("'") == 24
    assert note.endswith("and 28 more: the mouth is neutral there")
