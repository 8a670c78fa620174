"""Labels into articulations, against panphon's features and the labels of 83 voices."""

from __future__ import annotations

import csv
import importlib.resources
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.phonetics.articulation import Glide, Manner, Place, SoundKind
from clipaudio.phonetics.ipa import split_shares
from clipaudio.phonetics.phones import read_phone
from clipaudio.phonetics.syllabaries import spell_syllable

CHART = (
    "p b t d ʈ ɖ c ɟ k ɡ q ɢ ʔ m ɱ n ɳ ɲ ŋ ɴ ʙ r ʀ ⱱ ɾ ɽ ɸ β f v θ ð s z ʃ ʒ ʂ ʐ ç ʝ x ɣ χ ʁ ħ ʕ h ɦ ɬ ɮ "
    "ʋ ɹ ɻ j ɰ l ɭ ʎ ʟ ʘ ǀ ǃ ǂ ǁ ɓ ɗ ʄ ɠ ʛ ʍ w ɥ ʜ ʢ ʡ ɕ ʑ ɺ ɧ i y ɨ ʉ ɯ u ɪ ʏ ʊ e ø ɘ ɵ ɤ o ə ɛ œ ɜ ɞ ʌ "
    "ɔ æ ɐ a ɶ ɑ ɒ ɚ ɝ ᵻ ʧ ʤ ʦ ʣ ʨ ʥ ɫ g ε"
).split()


@pytest.fixture(scope="module")
def panphon_rows(needs) -> list[dict[str, str]]:
    needs("panphon")
    text = (importlib.resources.files("panphon") / "data" / "ipa_all.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def one(label, alphabet="ipa"):
    (sound,) = read_phone(label, alphabet).sounds
    return sound


@pytest.mark.parametrize("letter", CHART)
def test_every_letter_of_the_chart_is_one_known_sound_with_any_mark(letter):
    plain = one(letter)
    assert plain.kind in {SoundKind.CONSONANT, SoundKind.VOWEL}
    for label in ("ˈ" + letter, letter + "ʰ˥˩", letter + "\u0330", "ˌ" + letter + "1", letter + "ʼ"):
        assert one(label) == plain
    assert one(letter + "\u0303") == plain._replace(is_nasal=True)
    assert one(letter + "ː") == plain._replace(is_long=True)
    assert one(letter + "ʷ").rounding == 1.0


@pytest.mark.parametrize(
    "label", ["", " ", ",", "ˈ", "ː", "˥˩", "‖", "sil", "SP", "1", "-", "<eps>", "(en)", "\u0301", "."]
)
def test_what_is_no_sound_gives_nothing(label):
    assert read_phone(label).sounds == ()


@pytest.mark.parametrize("label", ["♪", "字", "Ω", "©", "€", "\ufffd", "N"])
def test_a_symbol_that_is_not_known_is_a_sound_of_its_own_kind(label):
    assert one(label).kind == SoundKind.UNKNOWN


@given(st.text(max_size=6))
def test_no_label_closes_the_lips_without_a_letter_that_does(label):
    found = read_phone(label).sounds
    plain = "".join(spell_syllable(c) or c for c in unicodedata.normalize("NFC", label))
    closing = set("pbmfvɓʙʘɱʋⱱƥȹȸᶀᶠᵛ") & set(unicodedata.normalize("NFD", plain))
    assert closing or not any(sound.closes_lips for sound in found)


@given(st.text(max_size=6))
def test_composition_does_not_matter(label):
    assert (
        read_phone(unicodedata.normalize("NFC", label)).sounds == read_phone(unicodedata.normalize("NFD", label)).sounds
    )


@pytest.mark.parametrize(
    ("spellings", "place", "manner"),
    [
        ("t͡ʃ tʃ ʧ t͜ʃ t̠ʃ", Place.POSTALVEOLAR, Manner.AFFRICATE),
        ("ʈ͡ʂ ʈʂ ꭧ", Place.RETROFLEX, Manner.AFFRICATE),
        ("t͡s ts ʦ tˢ", Place.ALVEOLAR, Manner.AFFRICATE),
        ("t̪͡s̪", Place.DENTAL, Manner.AFFRICATE),
        ("t͡θ t̪θ", Place.DENTAL, Manner.FRICATIVE),
        ("t͡ɬ tɬ ƛ", Place.ALVEOLAR, Manner.LATERAL),
        ("k͡x kx", Place.VELAR, Manner.FRICATIVE),
        ("k͡p kp p͡k p͡t", Place.BILABIAL, Manner.PLOSIVE),
        ("ŋ͡m", Place.BILABIAL, Manner.NASAL),
        ("k͡ǃ kǃ ǃ͡q ǃ", Place.ALVEOLAR, Manner.CLICK),
        ("p̪ b̪", Place.LABIODENTAL, Manner.PLOSIVE),
        ("t̪ d̪", Place.DENTAL, Manner.PLOSIVE),
        ("t̼ p̼", Place.DENTAL, Manner.PLOSIVE),
        ("β̞", Place.BILABIAL, Manner.APPROXIMANT),
        ("ɹ̝", Place.ALVEOLAR, Manner.FRICATIVE),
        ("s̠ ʃ", Place.POSTALVEOLAR, Manner.SIBILANT),
        ("ʈʈ ʈː ʈ", Place.RETROFLEX, Manner.PLOSIVE),
        ("t͡ʔ ʔ͡t", Place.ALVEOLAR, Manner.PLOSIVE),
    ],
)
def test_letters_that_are_one_sound_are_read_as_one(spellings, place, manner):
    for spelling in spellings.split():
        sound = one(spelling)
        assert (spelling, sound.place.name, sound.manner.name) == (spelling, place.name, manner.name)


def test_a_stop_that_closes_the_lips_is_seen_before_its_release():
    assert [sound.place for sound in read_phone("p͡f").sounds] == [Place.BILABIAL, Place.LABIODENTAL]
    assert [sound.closes_lips for sound in read_phone("p͡ɸ").sounds] == [True, False]


def test_rounding_marks_round_the_lips():
    assert one("ɯᵝ").rounding >= 0.5
    assert one("ɯ").rounding == 0.0
    assert one("ɔ̜").rounding < one("ɔ").rounding
    assert [one(letter).rounding for letter in "wɥʍ"] == [1.0, 1.0, 1.0]


def test_marks_move_the_tongue():
    assert one("e̞").height > one("e").height > one("e̝").height
    assert one("ä").backness > one("a").backness
    assert one("u̟").backness < one("u").backness
    assert one("ə̽") == one("ə")
    assert one("n̥").is_voiced is False
    assert one("s̬").is_voiced is True
    assert one("ɚ") == one("ə˞")
    assert one("ɚ").is_rhotic


def test_a_diphthong_is_two_sounds_that_know_each_other():
    first, second = read_phone("ˈaʊ").sounds
    assert (first.glide, second.glide, second.nucleus) == (Glide.BACK, Glide.BACK, first)
    assert [sound.glide for sound in read_phone("ɪə").sounds] == [Glide.CENTRE, Glide.CENTRE]
    assert [sound.glide for sound in read_phone("ia").sounds] == [Glide.NONE, Glide.NONE]
    assert [sound.glide.name for sound in read_phone("ae̯").sounds] == ["FRONT", "FRONT"]
    assert [sound.glide.name for sound in read_phone("aɪə").sounds] == ["FRONT", "FRONT", "CENTRE"]
    assert len(read_phone("aa").sounds) == 1


def test_shares_are_sixty_to_forty_for_a_diphthong_and_sum_to_one():
    assert split_shares(read_phone("oʊ").sounds) == (0.6, 0.4)
    for label in ("aɪə", "ʔi", "tra", "pf", "m"):
        assert sum(split_shares(read_phone(label).sounds)) == pytest.approx(1.0)


def test_every_label_of_the_voices_of_espeak_is_understood(data):
    inventory = json.loads((data / "lipsync" / "espeak_tokens.json").read_text("utf-8"))
    unknown, silent, count = {}, set(), 0
    for voice, tokens in inventory.items():
        for label, times in tokens.items():
            sounds = read_phone(label, "espeak").sounds
            count += times
            if any(sound.kind == SoundKind.UNKNOWN for sound in sounds):
                unknown[voice, label] = times
            if not sounds and any(c.isalpha() and unicodedata.category(c) != "Lm" for c in label) and label[0] != "(":
                silent.add(label)
    assert len(inventory) >= 68
    assert count > 500_000
    assert (unknown, silent) == ({}, set())


def test_every_segment_of_panphon_is_understood_but_bare_tones(panphon_rows):
    silent = [row["ipa"] for row in panphon_rows if not read_phone(row["ipa"]).sounds]
    unknown = [
        row["ipa"] for row in panphon_rows if any(s.kind == SoundKind.UNKNOWN for s in read_phone(row["ipa"]).sounds)
    ]
    assert all(segment[0] in "˥˦˧˨˩" for segment in silent)
    assert unknown == []
    assert 1 - len(silent) / len(panphon_rows) >= 0.998


# panphon moves the tongue for ˠ ˤ, rounds all r-coloured vowels, and calls t͡p coronal: those are left out
APART = set("ˠˤ˞ⁿˡ\u0334\u031a")


@pytest.mark.parametrize(
    ("feature", "of", "ours", "share"),
    [
        ("voi", "all", lambda sound: sound.is_voiced, 1.0),
        ("nas", "all", lambda sound: sound.is_nasal or sound.manner == Manner.NASAL, 0.99),
        ("long", "all", lambda sound: sound.is_long, 0.99),
        ("round", "vowels", lambda sound: sound.rounding >= 0.5, 0.99),
        ("hi", "vowels", lambda sound: sound.height < 0.25, 0.95),
        ("lo", "vowels", lambda sound: sound.height >= 0.75, 0.95),
        ("round", "consonants", lambda sound: sound.rounding >= 0.5, 0.99),
        ("lab", "plain consonants", lambda sound: sound.place in {1, 2} or sound.rounding >= 0.5, 0.99),
        ("cor", "consonants", lambda sound: Place.DENTAL <= sound.place <= Place.RETROFLEX, 0.9),
        ("lat", "consonants", lambda sound: sound.manner == Manner.LATERAL, 0.97),
    ],
)
def test_articulations_agree_with_the_features_of_panphon(panphon_rows, feature, of, ours, share):
    agreed = []
    for row in panphon_rows:
        sounds = read_phone(row["ipa"]).sounds
        is_vowel = row["syl"] == "+" and row["cons"] == "-"
        if not sounds or set(row["ipa"]) & APART or (of != "all" and is_vowel != (of == "vowels")):
            continue
        if of == "plain consonants" and set(row["ipa"]) & set("ʷᶣ\u033c"):
            continue
        agreed.append((row[feature] == "+") == ours(sounds[-1]))
    assert len(agreed) > 300
    assert sum(agreed) / len(agreed) >= share
