"""What lips and jaw do for one sound."""

from __future__ import annotations

import itertools

import pytest

from clipaudio.lipsync.poses import LEAST_REACH, pose_of
from clipaudio.phonetics.articulation import REST, Articulation, Manner, Place, SoundKind
from clipaudio.phonetics.phones import read_phone


def of(label):
    return pose_of(read_phone(label).sounds[0])


def test_every_sound_has_a_pose_within_bounds_that_pulls_at_something():
    every = itertools.product(SoundKind, Place, Manner, (0.0, 0.5, 1.0), (0.0, 0.4, 1.0), (False, True))
    for kind, place, manner, value, rounding, is_rhotic in every:
        sound = Articulation(kind, place, manner, True, value, 1 - value, rounding, is_rhotic=is_rhotic)
        pose = pose_of(sound)
        assert all(0 <= move <= 1 for move in pose[:6])
        assert min(pose.jaw_dominance, pose.lip_dominance) > 0
        assert min(pose.jaw_reach, pose.lip_reach) > LEAST_REACH
    assert not any(pose_of(REST)[:6])


@pytest.mark.parametrize("order", ["æ ɛ i".split(), "a e i s".split(), "ɔ u ʃ".split(), "h k t s".split()])
def test_jaws_open_further_for_the_more_open_sound(order):
    jaws = [of(label).jaw for label in order]
    assert jaws == sorted(jaws, reverse=True)


def test_lips_round_for_rounded_sounds_alone_and_rounding_reaches_far():
    assert of("u").pucker > of("o").pucker > of("ʃ").pucker > of("s").pucker == 0
    assert of("w").pucker > 0.5
    assert of("w").lip_dominance > of("t").lip_dominance
    assert of("u").lip_reach > of("i").lip_reach
    assert of("i").spread > of("e").spread > of("u").spread == 0
    assert of("ɹ").pucker > of("l").pucker == 0


def test_an_s_insists_on_its_jaw_and_an_h_does_not():
    assert (
        of("s").jaw_dominance
        > of("t").jaw_dominance
        > pose_of(Articulation(SoundKind.CONSONANT, Place.GLOTTAL)).jaw_dominance
    )
    assert of("θ").tongue > of("s").tongue == 0
