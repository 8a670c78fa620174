"""Clips behind one another have the mouths they have alone."""

from __future__ import annotations

import numpy as np
import pytest

from clipaudio.clip.editing import ClipContent, cut, join
from clipaudio.export.context import ExportContext
from clipaudio.export.mouth import notes_on_lips
from clipaudio.export.mouth_track import find_clip_targets
from clipaudio.export.options import Options, Part
from clipaudio.timing.aligned import align
from clipaudio.timing.timeline import Timeline

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
