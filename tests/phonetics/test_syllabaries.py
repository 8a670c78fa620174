"""Characters that are syllables into IPA."""

from __future__ import annotations

import pytest

from clipaudio.phonetics.articulation import SoundKind
from clipaudio.phonetics.phones import read_phone
from clipaudio.phonetics.syllabaries import spell_syllable

KANA = [chr(code) for first, last in ((0x3041, 0x3096), (0x30A1, 0x30FA)) for code in range(first, last + 1)]
HANGUL = [chr(code) for code in range(0xAC00, 0xD7A4)]
ETHIOPIC = [chr(code) for code in range(0x1200, 0x1357) if spell_syllable(chr(code)) is not None]


@pytest.mark.parametrize("script", [KANA, HANGUL, ETHIOPIC], ids=["kana", "hangul", "ethiopic"])
def test_every_syllable_is_read(script):
    assert len(script) > 100
    for character in script:
        sounds = read_phone(spell_syllable(character)).sounds
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
    assert read_phone("か").sounds == read_phone("ka").sounds
    assert read_phone("か\u3099").sounds == read_phone("ɡa").sounds
    assert read_phone("ッ").sounds == ()
    assert [sound.kind for sound in read_phone("か\u0303字").sounds] == [
        SoundKind.CONSONANT,
        SoundKind.VOWEL,
        SoundKind.UNKNOWN,
    ]
    assert read_phone("ᵐbã").sounds == read_phone("bã").sounds
