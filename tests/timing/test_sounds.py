"""Entries join to sounds and sounds to syllables, in every alphabet alike."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.phonetics.phones import PhoneKind, read_phone, read_phones
from clipaudio.timing.aligned import align
from clipaudio.timing.sounds import find_sounds, find_syllables
from clipaudio.timing.timeline import Timeline


def phones(labels) -> Timeline:
    labels = tuple(labels.split("|")) if isinstance(labels, str) else tuple(labels)
    return Timeline(labels, np.arange(len(labels))[:, None] / 10 + [0, 0.1])


@pytest.mark.parametrize(
    ("entries", "labels", "stress", "runs"),
    [
        ("h|ˈe|ɪ| |ð|ˈɛ|ɹ|.", "h e ɪ ð ɛ ɹ", [0, 1, 0, 0, 1, 0], [[0, 1], [1, 2], [2, 3], [4, 5], [5, 6], [6, 7]]),
        ("t|ˈ|ɛ|s|t", "t ɛ s t", [0, 1, 0, 0], [[0, 1], [1, 3], [3, 4], [4, 5]]),
        ("i|ː|n", "iː n", [0, 0], [[0, 2], [2, 3]]),
        ("t͡|ʃ|a", "t͡ʃ a", [0, 0], [[0, 2], [2, 3]]),
        ("ˈ| |a", "a", [0], [[2, 3]]),
        (" |.|", "", [], []),
    ],
)
def test_every_spelling_gives_bare_sounds(entries, labels, stress, runs):
    found = find_sounds(phones(entries))
    assert " ".join(found.labels) == labels
    assert found.stress.tolist() == stress
    assert found.child_ranges.tolist() == runs


def test_labels_stay_in_their_alphabet():
    line = phones("HH|AH0|L|OW1")
    found = find_sounds(line, read_phones(line.labels, "arpabet"))
    assert (found.labels, found.stress.tolist()) == (("HH", "AH", "L", "OW"), [0, 0, 0, 1])
    assert find_syllables(found).labels == ("HHAH", "LOW")


def test_a_sound_has_the_time_of_all_its_entries():
    assert find_sounds(phones("ˈ|ɛ|ː")).times == pytest.approx(np.array([[0.0, 0.3]]))


@pytest.mark.parametrize(
    ("entries", "wanted"),
    [
        ("h|ˈe|ɪ", "h eɪ"),
        ("ˈo|ʊ", "oʊ"),
        ("a|ɪ|ɪ", "aɪ ɪ"),
        ("e|ˈɪ", "e ɪ"),
        ("e| |ɪ", "e ɪ"),
        ("oʊ", "oʊ"),
        ("a|a", "a a"),
        ("a|ʊ|ɪ", "aʊ ɪ"),
    ],
)
def test_split_diphthongs_can_be_joined(entries, wanted):
    assert " ".join(find_sounds(phones(entries), join_diphthongs=True).labels) == wanted


def test_a_diphthong_is_not_joined_across_a_pause():
    line = Timeline(("e", "ɪ"), [[0.0, 0.1], [0.3, 0.4]])
    assert find_sounds(line, join_diphthongs=True).labels == ("e", "ɪ")


def test_many_distinct_labels_take_linear_time():
    labels = [f"x{row}" for row in range(30_000)]
    assert find_sounds(phones(labels), join_diphthongs=True).labels == tuple(labels)


def test_nothing_gives_nothing():
    assert len(find_sounds(Timeline.empty())) == 0
    assert len(find_syllables(find_sounds(Timeline.empty()))) == 0


def test_sounds_survive_pickling():
    found = find_sounds(phones("h|ˈe|ɪ"))
    again = pickle.loads(pickle.dumps(found))
    assert again == found
    assert again.stress.tolist() == found.stress.tolist()


@given(st.lists(st.sampled_from("ˈ|ˌ|ː|a|ˈe|ɪ|t͡|ʃ| |.|AH0|n̩||˥|ʰ".split("|")), max_size=12), st.booleans())
def test_every_sound_lands_in_exactly_one_run(labels, join):
    found = find_sounds(phones(labels), join_diphthongs=join)
    covered = [row for a, b in found.child_ranges.tolist() for row in range(a, b)]
    assert sorted(set(covered)) == covered
    sounds = [row for row, label in enumerate(labels) if read_phone(label).kind == PhoneKind.SOUND]
    assert set(sounds) <= set(covered)
    assert not {row for row in covered if read_phone(labels[row]).kind == PhoneKind.BOUNDARY}


@pytest.mark.parametrize(
    ("sounds", "wanted"),
    [
        ("ɛ|k|s|t|ɹ|iː|m", "ɛk stɹiːm"),
        ("h|ə|l|oʊ", "hə loʊ"),
        ("w|ɔː|t|ɚ", "wɔː tɚ"),
        ("b|ʌ|t|n̩", "bʌ tn̩"),
        ("s|t", "st"),
        ("a|n|t|a", "an ta"),
        ("a|p|l|a", "a pla"),
        ("a|ǃ|a", "a ǃa"),
    ],
)
def test_syllables_have_the_longest_rising_onset(sounds, wanted):
    assert " ".join(find_syllables(find_sounds(phones(sounds))).labels) == wanted


def test_no_syllable_crosses_a_word():
    found = find_sounds(phones("a|t|a|s|t"))
    split = find_syllables(found, np.array([0, 0, 1, 1, 2]))
    assert split.labels == ("at", "as", "t")
    assert split.child_ranges.tolist() == [[0, 2], [2, 4], [4, 5]]


TWINS = {
    "xsampa": '{|k|s|t|r\\|i:|m| |b|V|t|n=| |?|i|t|S|@|"aI',
    "arpabet": "AE1|K|S|T|R|IY0|M| |B|AH1|T|EN0| |Q|IY1|T|SH|AX0|AY1",
    "ipa": "æ|k|s|t|ɹ|iː|m| |b|ʌ|t|n̩| |ʔ|i|t|ʃ|ə|ˈaɪ",
}


@pytest.mark.parametrize("alphabet", TWINS)
def test_same_sounds_make_same_syllables_in_every_alphabet(alphabet):
    line, twin = phones(TWINS[alphabet]), phones(TWINS["ipa"])
    clip, same = (align(Timeline("ab", [[0, 1.2], [1.2, 2]]), each) for each in (line, twin))
    assert clip.alphabet.name == alphabet
    assert clip.syllables.child_ranges.tolist() == same.syllables.child_ranges.tolist()
    assert clip.sounds.vowels.tolist() == same.sounds.vowels.tolist()
    assert clip.phone_words.words.tolist() == same.phone_words.words.tolist()


def test_no_syllable_reaches_over_a_blank_inside_one_written_word():
    line = phones("f|ɔ|ɹ| |p|ɔɪ|n|t| |f|aɪ|v")
    clip = align(Timeline(tuple("$4.5"), np.array([[0, 0.3], [0.3, 0.6], [0.6, 0.9], [0.9, 1.2]])), line)
    assert len(clip.words) == 1
    assert clip.syllables.labels == ("fɔɹ", "pɔɪnt", "faɪv")


def test_rows_of_sounds_keep_their_stress_and_vowels():
    found = find_sounds(phones("h|ˈe|s"))
    assert (found[1:].labels, found[1:].stress.tolist(), found[1:].vowels.tolist()) == (
        ("e", "s"),
        [1, 0],
        [True, False],
    )
