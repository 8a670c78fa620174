"""Labels of every alphabet are read by one parser; a question mark is judged by what is around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.phonetics.alphabets import ALPHABETS
from clipaudio.phonetics.phones import PhoneKind, read_phone, read_phones


@pytest.mark.parametrize(
    ("label", "kind", "bare", "stress", "vowel"),
    [
        ("ˈe", "SOUND", "e", 1, True),
        ("ˈiː", "SOUND", "iː", 1, True),
        ("ˌɔ", "SOUND", "ɔ", 2, True),
        ("'a", "SOUND", "a", 1, True),
        ("EH1 arpabet", "SOUND", "EH", 1, True),
        ("AY2 arpabet", "SOUND", "AY", 2, True),
        ("HH arpabet", "SOUND", "HH", 0, False),
        ("hh_B arpabet", "SOUND", "hh", 0, False),
        ("EN0_E arpabet", "SOUND", "EN", 0, True),
        ('"{ xsampa', "SOUND", "{", 1, True),
        ("%n= xsampa", "SOUND", "n=", 2, True),
        ("t_S xsampa", "SOUND", "t_S", 0, False),
        ("@_S xsampa", "SOUND", "@", 0, True),
        ("'oU kirshenbaum", "SOUND", "oU", 1, True),
        ("i̯", "SOUND", "i̯", 0, False),
        ("w", "SOUND", "w", 0, False),
        ("ᵻ", "SOUND", "ᵻ", 0, True),
        ("♪", "SOUND", "♪", 0, False),
        ("?", "BOUNDARY", "?", 0, False),
        ("<p:>", "BOUNDARY", "<p:>", 0, False),
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
    phone = read_phone(*label.split(" ")) if label.strip() else read_phone(label)
    assert (phone.kind.name, phone.label, phone.stress, phone.is_vowel) == (kind, bare, stress, vowel)


def kinds(labels, alphabet):
    table = read_phones(labels, alphabet)
    return [table.phones[code].kind.name[0] for code in table.codes.tolist()]


@pytest.mark.parametrize(
    ("labels", "alphabet", "wanted"),
    [
        ("? a p", "ipa", "SSS"),
        ("? a p", "espeak", "SSS"),
        ("? a p", "xsampa", "SSS"),
        ("? a p", "arpabet", "BSS"),
        ("s ɔ ?", "ipa", "SSB"),
        ("s O ?", "xsampa", "SSB"),
        ("b V ? n=", "xsampa", "SSSS"),
        ("b ʌ ? ə", "ipa", "SSBS"),
        ("? t a", "ipa", "BSS"),
        ("? ? a", "ipa", "BBS"),
        ("? ˈ a", "ipa", "STS"),
    ],
)
def test_question_mark_is_a_sound_only_where_a_glottal_stop_may_be(labels, alphabet, wanted):
    assert "".join(kinds(labels.split(), alphabet)) == wanted.replace("T", "S")


@given(st.lists(st.sampled_from(["?", "a", "t", " ", "ˈ", "@", "AH0", "sil"]), max_size=12), st.sampled_from(ALPHABETS))
def test_entries_of_a_clip_are_read_like_single_labels_but_for_question_marks(labels, alphabet):
    table = read_phones(labels, alphabet)
    for label, code in zip(labels, table.codes.tolist(), strict=True):
        if label == "?":
            assert table.phones[code].label == "?"
            assert table.phones[code].kind in {PhoneKind.SOUND, PhoneKind.BOUNDARY}
        else:
            assert table.phones[code] == read_phone(label, alphabet)
