"""Phones to classes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.alignment.phone_classes import CLASSES, SILENCE, classes_of
from clipaudio.phonetics.ipa_table import BASES


def test_there_are_a_silence_16_vowels_and_24_consonants():
    assert len(set(CLASSES)) == len(CLASSES) == 41
    assert CLASSES[SILENCE] == "sil"


@given(st.text(max_size=8))
def test_any_label_has_a_class_and_none_is_silence(label):
    found = classes_of(label)
    assert found
    assert all(0 < number < len(CLASSES) for number in found)


@pytest.mark.parametrize(
    "letter", sorted(set("aeiouyøœɑɒæʌɐəɛɜɪʊɔɨʉɯptkbdɡfvθðszʃʒxhmnŋlrɾʁɹjwçɕʑʂʐɲʎβɣɟcqʔ") & set(BASES))
)
def test_every_common_ipa_letter_has_a_class_of_its_own_kind(letter):
    (number,) = classes_of(letter)
    is_vowel = BASES[letter].kind.name == "VOWEL"
    assert is_vowel == (1 <= number <= 16)


def test_stress_length_and_ties_do_not_matter():
    assert classes_of("ˈiː") == classes_of("i")
    assert classes_of("t͡ʃ") == classes_of("tʃ") == classes_of("t") + classes_of("ʃ")


def test_the_training_script_names_phones_of_flite_that_have_classes():
    text = Path(__file__).parents[2].joinpath("tools/aligner/make_speech.py").read_text("utf-8")
    pairs = re.findall(r"\b([a-z]{1,3}):(\S+?)[\s\"]", text[text.index("CMU") : text.index("Phones of flite")])
    assert len(pairs) > 35
    assert all(len(classes_of(ipa)) == len(ipa) for _, ipa in pairs)
