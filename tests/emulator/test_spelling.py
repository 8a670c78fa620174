from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipaudio.synthesis.spelling import DIGRAPHS, SOUNDS, blocks

PHONES = st.lists(st.sampled_from(["ð", "ˈɛ", "ɹ", "k", "s", "oʊ", "ˌaɪ", "n", "", "ʲ", "ts"]), min_size=1, max_size=12)


@given(st.text(min_size=1, max_size=12), PHONES, st.booleans())
def test_blocks_use_every_letter_and_phone_once_and_leave_none_alone(word, phones, spelled):
    row = blocks(word, phones, spelled=spelled)
    assert sum(letters for letters, _ in row) == len(word)
    assert sum(count for _, count in row) == len(phones)
    assert all(letters > 0 and count > 0 for letters, count in row)


@pytest.mark.parametrize(
    ("word", "phones", "expected"),
    [
        ("there", "ð ˈɛ ɹ", "th|e|re"),
        ("hello", "h ə l ˈoʊ", "h|e|ll|o"),
        ("through", "θ ɹ uː", "th|r|ough"),
        ("streaming", "s t ɹ ˈiː m ɪ ŋ", "s|t|r|ea|m|i|ng"),
        ("box", "b ɑː k s", "b|o|x"),
        ("it's", "ɪ t s", "i|t'|s"),
        ("Привет", "p rʲ i vʲ ˈe t", "П|р|и|в|е|т"),
        ("été", "e t e", "é|t|é"),
        ("e\u0301te\u0301", "e t e", "e\u0301|t|e\u0301"),
    ],
)
def test_letters_stand_with_the_sounds_a_reader_would_give_them(word, phones, expected):
    cut = []
    for letters, _ in blocks(word, phones.split()):
        cut.append(word[:letters])
        word = word[letters:]
    assert "|".join(cut) == expected


@given(st.text(sorted(letter for letter in SOUNDS if letter.isascii()), min_size=1, max_size=10))
def test_a_word_said_letter_by_letter_is_cut_letter_by_letter(word):
    if not any(pair in word for pair in DIGRAPHS) and "x" not in word:
        assert blocks(word, [SOUNDS[letter][0] for letter in word]) == [(1, 1)] * len(word)


def test_a_word_without_phones_is_one_block_and_nothing_is_none():
    assert blocks("abc", []) == [(3, 0)]
    assert blocks("", ["a"]) == [(0, 1)]
    assert blocks("", []) == []


def test_a_word_longer_than_any_is_dealt_out():
    assert blocks("a" * 500, ["a"] * 250) == [(2, 1)] * 250
