"""Characters that are syllables into IPA."""

from __future__ import annotations

import pytest

from clipaudio.phonetics.articulation import SoundKind
from clipaudio.phonetics.ipa import read_label
from clipaudio.phonetics.syllabaries import spell_syllable

KANA = [chr(code) for first, last in ((0x3041, 0x3096), (0x30A1, 0x30FA)) for code in range(first, last + 1)]
HANGUL = [chr(code) for code in range(0xAC00, 0xD7A4)]
ETHIOPIC = [chr(code) for code in range(0x1200, 0x1357) if spell_syllable(chr(code)) is not None]


@pytest.mark.parametrize("script", [KANA, HANGUL, ETHIOPIC], ids=["kana", "hangul", "ethiopic"])
def test_every_syllable_is_read(script):
    assert len(script) > 100
    for character in script:
        sounds = read_label(spell_syllable(character))
        assert all(sound.kind != SoundKind.UNKNOWN for sound in sounds), character
        assert sounds or character in "っッ", character


@pytest.mark.parametrize(
    ("characters", "ipa"),
    [
        ("かカ", "ka"),
        ("し", "ɕi"),
        ("ふ", "ɸɯ"),
        ("が", "ɡa"),
        ("ゃ", "ja"),
        ("ん", "ɴ"),
        ("서", "sʌ"),
        ("으", "ɯ"),
        ("ቡ", "bu"),
    ],
)
def test_a_syllable_is_spelled_in_ipa(characters, ipa):
    assert {spell_syllable(character) for character in characters} == {ipa}


@pytest.mark.parametrize("character", ["a", "字", "♪", "ᄀ", " "])
def test_another_character_is_no_syllable(character):
    assert spell_syllable(character) is None


def test_phones_written_in_kana_move_the_mouth():
    assert read_label("か") == read_label("ka")
    assert read_label("か\u3099") == read_label("ɡa")
    assert read_label("ッ") == ()
    assert [sound.kind for sound in read_label("か\u0303字")] == [
        SoundKind.CONSONANT,
        SoundKind.VOWEL,
        SoundKind.UNKNOWN,
    ]
    assert read_label("ᵐbã") == read_label("bã")
