"""Letters into sounds, where there are no phones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.lipsync.letters import read_letters
from clipaudio.lipsync.visemes import shape_of
from clipaudio.phonetics.articulation import SoundKind
from clipaudio.phonetics.letter_rules import read_word
from clipaudio.phonetics.letter_tables import LANGUAGES, SCRIPTS
from clipaudio.phonetics.phones import read_phone
from clipaudio.timing.timeline import Timeline


def line(text, step=0.1):
    return Timeline(tuple(text), np.arange(len(text))[:, None] * step + [0, step])


def spoken(word, language):
    return " ".join(shape_of(sound, "oculus") for unit in read_word(word, language) for sound in unit.sounds)


@pytest.mark.parametrize("spellings", [SCRIPTS, *LANGUAGES.values()])
def test_every_spelling_has_known_sounds(spellings):
    for spelling, ipa in spellings.items():
        sounds = read_phone(ipa).sounds
        assert all(sound.kind != SoundKind.UNKNOWN for sound in sounds), spelling
        assert bool(sounds) == bool(ipa), spelling


@pytest.mark.parametrize(
    ("language", "word", "same"),
    [
        ("en", "ship", "ʃɪp"),
        ("en", "phone", "fɔn"),
        ("en", "the", "ðə"),
        ("en", "knight", "naɪt"),
        ("en", "yes", "jɛs"),
        ("en", "moon", "mun"),
        ("de", "schön", "ʃøn"),
        ("de", "pferd", "pferd"),
        ("de", "stuhl", "ʃtuːl"),
        ("fr", "beau", "bo"),
        ("fr", "château", "ʃato"),
        ("fr", "petits", "pətit"),
        ("es", "chico", "tʃiko"),
        ("es", "h", "h"),
        ("es", "queso", "keso"),
        ("it", "gnocchi", "ɲoki"),
        ("it", "ciao", "tʃao"),
        ("pt", "não", "nɐ̃ʊ̃"),
        ("nl", "goed", "ɣud"),
        ("ru", "щука", "ɕuka"),
        ("uk", "їжа", "jiʒa"),
        ("el", "μπούκα", "buka"),
        ("pl", "szum", "ʃum"),
        ("cs", "čau", "tʃau"),
        ("tr", "şapka", "ʃapka"),
        ("en", "7", "ɐn"),
        ("ja", "かな", "kana"),
        ("ja", "がっこう", "ɡakoɯ"),
        ("ja", "ラーメン", "ɾameɴ"),
        ("ko", "한국", "hanɡuk"),
        ("am", "ቡና", "buna"),
        ("zh", "中文", "ɐnɐn"),
    ],
)
def test_a_word_is_guessed_by_the_rule_of_its_language(language, word, same):
    plain = [shape_of(sound, "oculus") for sound in read_phone(same).sounds]
    assert spoken(word, language).split() == plain


def test_units_cover_the_word_and_silent_letters_go_with_the_sound_before():
    units = read_word("knightly", "en")
    assert [(unit.first, unit.stop) for unit in units] == [(0, 2), (2, 5), (5, 6), (6, 7), (7, 8)]
    assert [(unit.first, unit.stop) for unit in read_word("hola", "es")] == [(1, 2), (2, 3), (3, 4)]


def test_times_follow_the_letters_and_a_long_label_shares_its_own():
    found = read_letters(Timeline(("Sh", "ap", "."), [[0.0, 0.2], [0.2, 0.4], [0.4, 0.5]]))
    assert found.times.round(6).tolist() == [[0.0, 0.2], [0.2, 0.3], [0.3, 0.4]]
    assert found.sources.tolist() == [0, 1, 1]


def test_case_and_composition_do_not_matter():
    composed, parts = line("ÉTÉ"), Timeline(("E\u0301", "T", "E\u0301"), line("ÉTÉ").times)
    assert read_letters(composed, language="fr").sounds == read_letters(parts, language="fr-CA").sounds
    assert read_letters(composed, language="fr").sounds == read_letters(line("été"), language="fr").sounds


def test_characters_of_a_script_without_a_rule_move_the_mouth_and_are_told():
    found = read_letters(line("字 b"), language="zh")
    assert [sound.kind for sound in found.sounds] == [SoundKind.VOWEL, SoundKind.CONSONANT, SoundKind.CONSONANT]
    assert found.unknown == ("字",)


LETTERS = st.characters(categories=["Lo", "Ll", "Lu", "Lt"])


@given(st.one_of(LETTERS, st.sampled_from("\u10d0\u10ef\u0561\u0562\u0531\u05d0\u0e01\u13a0\u2d30\u01a3")))
def test_every_letter_that_reads_as_a_neutral_mouth_is_told_whatever_its_script(letter):
    found = read_letters(line([letter]))
    units = read_word(letter.lower())
    is_neutral = [unit.sounds for unit in units] == [read_phone("\u0250n").sounds]
    assert bool(found.unknown) == is_neutral


@given(st.text(max_size=30), st.sampled_from([*LANGUAGES, "xx"]))
def test_times_are_in_order_and_inside_and_spaces_are_silent(text, language):
    found = read_letters(line(text), language=language)
    assert len(found.times) == len(found.sounds) == len(found.sources)
    assert (found.times[:, 0] <= found.times[:, 1]).all()
    assert (found.times[1:, 0] >= found.times[:-1, 1] - 1e-9).all()
    assert any(c.isalpha() for c in text) <= bool(found.sounds) or not text.isascii()
    assert all(not text[row].isspace() for row in found.sources.tolist())


def test_quiet_letters_rest_and_faint_vowels_open_less():
    levels = np.repeat([1.0, 0.2, 0.0, 1.0], 10)  # a level each 10 ms: four letters
    loud = read_letters(line("aeoa"), language="xx", loudness=(levels, 0.01))
    plain = read_letters(line("aeoa"), language="xx")
    assert loud.sources.tolist() == [0, 1, 3]
    assert loud.sounds[1].height < plain.sounds[1].height
    assert loud.sounds[0] == plain.sounds[0]


def test_a_quiet_stop_beside_a_loud_vowel_is_kept():
    levels = np.repeat([1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0], 10)
    found = read_letters(line("apa stop"), loudness=(levels, 0.01))
    assert found.sources.tolist() == [0, 1, 2, 4]


@pytest.mark.parametrize("levels", [np.empty(0), np.zeros(50)])
def test_silence_says_nothing_about_the_letters(levels):
    plain = read_letters(line("hey"))
    assert read_letters(line("hey"), loudness=(levels, 0.01)).sounds == plain.sounds
