"""One spelling for every way the service writes a sound, and syllables from them."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.timing.phones import PhoneKind, find_sounds, is_vowel, read_phone
from clipaudio.timing.syllables import find_syllables
from clipaudio.timing.timeline import Timeline


def phones(labels) -> Timeline:
    labels = tuple(labels.split("|")) if isinstance(labels, str) else tuple(labels)
    return Timeline(labels, np.arange(len(labels))[:, None] / 10 + [0, 0.1])


@pytest.mark.parametrize(
    ("label", "kind", "bare", "stress", "vowel"),
    [
        ("ˈe", "SOUND", "e", 1, True),
        ("ˈiː", "SOUND", "iː", 1, True),
        ("ˌɔ", "SOUND", "ɔ", 2, True),
        ("'a", "SOUND", "a", 1, True),
        ("EH1", "SOUND", "EH", 1, True),
        ("AY2", "SOUND", "AY", 2, True),
        ("HH", "SOUND", "HH", 0, False),
        ("t͡ʃ", "SOUND", "t͡ʃ", 0, False),
        ("n̩", "SOUND", "n̩", 0, True),
        ("ã", "SOUND", "ã", 0, True),
        ("ˈ", "STRESS", "", 1, False),
        ("ˌ", "STRESS", "", 2, False),
        ("ː", "MODIFIER", "ː", 0, False),
        ("˥", "MODIFIER", "˥", 0, False),
        ("3", "MODIFIER", "3", 0, False),
        (" ", "BOUNDARY", "", 0, False),
        ("", "BOUNDARY", "", 0, False),
        (".", "BOUNDARY", ".", 0, False),
        ("'", "BOUNDARY", "'", 0, False),
    ],
)
def test_each_entry_is_read_for_what_it_is(label, kind, bare, stress, vowel):
    phone = read_phone(label)
    assert (phone.kind.name, phone.label, phone.stress, phone.is_vowel) == (kind, bare, stress, vowel)


@pytest.mark.parametrize(
    ("entries", "labels", "stress", "runs"),
    [
        ("h|ˈe|ɪ| |ð|ˈɛ|ɹ|.", "h e ɪ ð ɛ ɹ", [0, 1, 0, 0, 1, 0], [[0, 1], [1, 2], [2, 3], [4, 5], [5, 6], [6, 7]]),
        ("t|ˈ|ɛ|s|t", "t ɛ s t", [0, 1, 0, 0], [[0, 1], [1, 3], [3, 4], [4, 5]]),
        ("i|ː|n", "iː n", [0, 0], [[0, 2], [2, 3]]),
        ("t͡|ʃ|a", "t͡ʃ a", [0, 0], [[0, 2], [2, 3]]),
        ("HH|AH0|L|OW1", "HH AH L OW", [0, 0, 0, 1], [[0, 1], [1, 2], [2, 3], [3, 4]]),
        ("ˈ| |a", "a", [0], [[2, 3]]),
        (" |.|", "", [], []),
    ],
)
def test_every_spelling_gives_bare_sounds(entries, labels, stress, runs):
    found = find_sounds(phones(entries))
    assert " ".join(found.labels) == labels
    assert found.stress.tolist() == stress
    assert found.child_ranges.tolist() == runs


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
        ("HH|AH0|L|OW1", "HHAH LOW"),
        ("EH1|K|S|T|R|AH0", "EHK STRAH"),
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


def test_vowels_are_those_that_carry_a_syllable():
    assert is_vowel("ɚ")
    assert is_vowel("ᵻ")
    assert not is_vowel("w")
    assert not is_vowel("")
